/* How many streams each user and organisation has open, over all loops: the limits `streams_per_account` and `--lines`.
 * One table under a leaf lock. Any thread. */
#ifndef WIRE_SEATS_H
#define WIRE_SEATS_H

#include "base/err.h"
#include <stdint.h>

/* Most streams in all, over every account: what the descriptors allow. 0 = no limit. Once, before threads. */
void seats_limit(unsigned most);
unsigned seats_in_all(void); /* taken */
/* Takes a seat for the user and, when org is not 0, a line of the organisation; 0 = no limit. ERR_RATE when full. */
enum err seats_take(uint32_t user, unsigned user_max, uint32_t org, unsigned org_max, struct why *why) MUST_USE;
void seats_leave(uint32_t user, uint32_t org);
unsigned seats_of_user(uint32_t user);
unsigned seats_of_org(uint32_t org);

#endif
