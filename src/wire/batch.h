/* Deciding and encoding the past for one reader: frames in the order of the wire, by its rights as they stood at each and
 * by what is valid today. Streams that are behind and polls read through it. One thread at a time. */
#ifndef WIRE_BATCH_H
#define WIRE_BATCH_H

#include "wire/audience.h"

#define BATCH_ROOM (256u << 20) /* for `out`: one event goes out whatever its size */

struct live;

struct batch {
    const struct audience *audience; /* borrowed: filter, format, protocol; its right is asked of desk roles alone */
    const struct org *org;           /* borrowed, as it is now; NULL = a desk role */
    struct live *live;               /* whose ledger hears what the words of a filter found; NULL = nobody's */
    uint64_t cursor, prev;           /* last seq decided; last seq encoded, 0 = none */
    size_t events;                   /* encoded, added up */
    size_t events_most;
    size_t bytes_enough, bytes_most; /* of `out`: stops at the one, and takes an event back that oversteps the other
                                      * unless it stands alone */
    bool has_ended;                  /* some was decided for a contract at its end: kills and corrections alone */
    bool is_full;                    /* one of the three was reached */
};

/* Goes over frames up to `head` until the batch is full; appends to out, moves cursor and prev. Frames beyond are left.
 * out must hold bytes_enough and one event. */
void batch_add(struct batch *b, struct frame *const *frames, size_t n, uint64_t head, struct buf *out);
/* The right as it stood at a record: of the organisation, else what the audience has. NULL = none yet. Borrowed. */
const struct right *batch_right(const struct audience *a, const struct org *org, uint64_t seq);
/* A contract at its end by now: it is told of kills and corrections alone. NULL = a desk role, which has none. */
bool batch_has_ended(const struct org *org);
/* Puts the organisation as it is now in place of *org (may be NULL): its history must reach the record that changes it,
 * and whether its contract runs at all is asked of today. */
void batch_refresh(struct org **org, struct people *people);

#endif
