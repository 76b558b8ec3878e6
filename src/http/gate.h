/* Token buckets (GCRA): per user, per address, per route. One table for the process under a leaf lock; old rows are
 * dropped; size is capped (then the oldest go). Any thread. */
#ifndef HTTP_GATE_H
#define HTTP_GATE_H

#include "base/str.h"

struct gate;
struct gate *gate_new(size_t rows_max);
void gate_free(struct gate **g);
/* One call of `key` under "one per interval_us, burst at once"; a refused call does not consume. False when too fast,
 * then *wait_ms (may be NULL) tells when the next would pass. tolerance_percent widens the interval check. */
bool gate_pass(struct gate *g, struct str key, int64_t interval_us, unsigned burst, unsigned tolerance_percent,
               int64_t *wait_ms);

#endif
