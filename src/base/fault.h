/* Named failure points for tests: compiled in only with -Dfault=true, else always false. Set by the environment:
 * TELLAL_FAULT="name:3" fails the third time the point is passed, "name:3+" from then on. Any thread. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

#ifdef TELLAL_FAULTS
bool fault_hit(const char *name);
#else
static inline bool fault_hit(const char *name)
{
    (void)name;
    return false;
}
#endif

#endif
