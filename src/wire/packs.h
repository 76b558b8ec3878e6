/* What lines that read the same past in step share: batches encoded once and sent by every line that comes to the same
 * place with the same terms. A loop's own; bounded in bytes and number, the one that was used least recently goes first.
 * Nothing of a story outlives its kill here: every kill empties the lot. */
#ifndef WIRE_PACKS_H
#define WIRE_PACKS_H

#include "tape/tape.h"
#include "wire/audience.h"

#define PACKS_BYTES ((size_t)2 << 20)
#define PACKS_MOST 256 /* each step of a line looks through them */

/* All that the bytes of a batch depend on, besides the records. */
struct pack_key {
    const struct audience *audience;
    struct org *org; /* as it is now, with its past; NULL for desk roles */
    bool has_ended;  /* see batch_has_ended */
    uint64_t cursor, prev;
};
struct pack {
    struct list link;
    struct pack_key from;
    uint64_t cursor, prev; /* where a line is after it */
    uint32_t events;
    struct blob *blob;     /* ref; NULL when nothing is due */
};
struct packs {
    struct tape *tape; /* borrowed */
    struct list packs; /* least recently used first */
    size_t bytes, count;
    uint64_t recalls;  /* tape_recalls when they were good */
};

void packs_init(struct packs *p, struct tape *tape);
void packs_drop(struct packs *p); /* all of them; also at the end */
void packs_forget(struct packs *p, const struct audience *a); /* before it goes */
/* NULL when there is none; good until the next call of packs_. */
const struct pack *packs_find(struct packs *p, const struct pack_key *from);
/* Keeps a copy of `fresh`, whose blob it takes; its org gets a ref. recalls: tape_recalls before its frames were read. */
const struct pack *packs_keep(struct packs *p, const struct pack *fresh, uint64_t recalls);

#endif
