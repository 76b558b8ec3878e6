/* A flash known at once to whoever lags (contract.md 4, Order): a line that is behind is told the headline ahead of the
 * event, which follows in its place. The loop keeps the last flashes and each line how many of them it has settled, so
 * that a line whose socket is full costs a number and hears at the next edge of a frame. Loop thread. */
#ifndef WIRE_AHEAD_H
#define WIRE_AHEAD_H

#include "http/res.h"
#include "wire/audience.h"

struct line;
struct live;

#define AHEAD_KEPT 8 /* whoever took nothing for longer hears of the last ones */

struct flash {
    struct frame *frame; /* ref; NULL once it was killed, held or corrected */
    struct blob *words[PROTOCOL_WS + 1];
};
struct ahead {
    uint64_t seen;  /* last seq looked at */
    uint32_t count; /* flashes so far: the newest lies at (count - 1) % AHEAD_KEPT */
    struct flash kept[AHEAD_KEPT];
    struct list untold; /* lines behind, to be told: struct line, link */
};

void ahead_init(struct ahead *a, uint64_t head);
void ahead_fini(struct ahead *a);
/* Looks for flashes in what is new on the tape. The seq of the last one, 0 = none. */
uint64_t ahead_look(struct live *v);
/* Puts all lines that are behind to be told; ahead_step tells a slice of them. */
void ahead_begin(struct live *v);
void ahead_step(struct live *v);
/* Tells a line what it has not been told, unless it is blocked. False when the line was closed. */
bool ahead_tell(struct line *l);

#endif
