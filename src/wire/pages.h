/* What lines that read the same past share: runs of frames made from the store once and used by all lines of the loop that
 * come by. A loop's own; bounded in bytes, the page that was used least recently goes first. Nothing of a story outlives its
 * kill here: every kill empties the lot. */
#ifndef WIRE_PAGES_H
#define WIRE_PAGES_H

#include "tape/tape.h"

#define PAGES_BYTES ((size_t)8 << 20)

struct pages {
    struct tape *tape; /* borrowed */
    struct list pages; /* least recently used first */
    size_t bytes;
    uint64_t recalls;  /* tape_recalls when the pages were good */
};

void pages_init(struct pages *p, struct tape *tape);
void pages_drop(struct pages *p); /* all of them */
void pages_fini(struct pages *p); /* the same at the end, when the tape has gone already */
/* How frames were read. */
struct pages_mark {
    uint64_t recalls; /* tape_recalls before the store was read */
    unsigned ready;   /* bits: what was made of the frames on the way */
};
/* Up to max frames that follow `after`, with a ref each; 0 when no page that is ready for these needs holds the next one. */
size_t pages_read(struct pages *p, uint64_t after, unsigned needs, struct frame **out, size_t max);
/* Keeps frames that the store gave as following `after` (refs are taken), unless a story was killed since they were read.
 * False then: what was read must not be used. */
bool pages_keep(struct pages *p, uint64_t after, struct frame *const *frames, size_t count, const struct pages_mark *mark);

#endif
