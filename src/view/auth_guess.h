/* Password guessing (trust 3): per account and address block five misses, then one second doubling to 15 minutes; per
 * address twenty misses a minute. No account is ever shut for everybody. Leaf lock; any thread. */
#ifndef VIEW_AUTH_GUESS_H
#define VIEW_AUTH_GUESS_H

#include "io/stream.h"

void guess_init(void);
void guess_fini(void);
/* Seconds to wait before the next try, 0 = go on. */
unsigned guess_wait(struct str account, const struct address *peer, int64_t mono_ms);
void guess_missed(struct str account, const struct address *peer, int64_t mono_ms);
void guess_passed(struct str account, const struct address *peer); /* forgets the account's misses from there */

#endif
