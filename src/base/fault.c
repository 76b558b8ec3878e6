#include "base/fault.h"

#ifdef TELLAL_FAULTS
#include "base/str.h"

#include <stdatomic.h>
#include <stdlib.h>

/* One point per run: a sweep starts the program anew for each point and count. */
bool fault_hit(const char *name)
{
    static atomic_ullong passed;
    const char *wish = getenv("TELLAL_FAULT");
    if (wish == NULL)
        return false;
    struct str rest = str_from(wish), point;
    uint64_t at;
    if (!str_split(&rest, ':', &point) || !str_is(point, name))
        return false;
    bool is_lasting = str_ends(rest, S("+"));
    if (is_lasting)
        rest.n--;
    if (!str_u64(rest, &at))
        return false;
    uint64_t n = atomic_fetch_add(&passed, 1) + 1;
    return is_lasting ? n >= at : n == at;
}
#endif
