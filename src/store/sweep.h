/* What a kill leaves in the word indexes. FTS5 answers a deletion with a mark: the words and their places stay in older
 * segments until these happen to be merged, and a text can be put together from them again. So after a kill all segments
 * are merged into one, a slice at a time while the writer has nothing else to do; a flag in `meta` outlives the process.
 * Store thread. */
#ifndef STORE_SWEEP_H
#define STORE_SWEEP_H

#include "store/writer.h"

struct sweep {
    bool is_needed, is_begun, is_under_way;
    uint64_t asked;  /* counts kills, so that a slice knows of one that came after it was posted */
    int64_t next_ms; /* monotonic: not before */
};
/* In the transaction of a kill. */
enum err sweep_ask(struct sweep *s, struct db *d) MUST_USE;
enum err sweep_load(struct sweep *s, struct db *d) MUST_USE; /* at start */
/* All of it at once, when a sweep is due: for a copy of the database that nobody else has open. */
enum err sweep_all(struct db *d) MUST_USE;
/* Posts the next slice when the writer is idle. The monotonic time to come again, 0 = nothing to do. */
int64_t sweep_next(struct sweep *s, struct writer *w);

#endif
