/* Long polls: calls that stay on their loop until an event is due to them (contract.md 4). One that waits is a call and a
 * number: no thread, no buffer, nothing to do until the head moves. Reads the tape, and the store when the window has
 * passed, as a stream that is behind does. All functions are for the loop's thread. */
#ifndef WIRE_POLL_H
#define WIRE_POLL_H

#include "http/call.h"
#include "wire/live.h"

struct polls { /* of one loop; part of its live */
    struct list waiting;    /* have decided all there is, or rest after a failed read */
    struct list ready;      /* may go on: served a slice a turn */
    uint64_t head;          /* at which the waiting were looked at last */
    _Atomic uint64_t count; /* not answered yet */
};

/* Answers the call, now or when something is due to it or wait_ms are over; what the handler returns. Takes the seat
 * reserved by live_reserve and gives it back when it answers or the client goes away. ask: who peer session filter format
 * with_archive and the cursor; it may lie in the call's state, which is dropped (drop_state) and replaced. */
enum next poll_open(struct live *v, struct call *c, const struct live_ask *ask, int64_t wait_ms);

void poll_init(struct polls *all, uint64_t head);
void poll_turn(struct live *v);  /* wakes those that wait when the head has moved; one slice of those that are ready */
void poll_rouse(struct live *v); /* now and then: those that rest try again */
/* Those whose account, token or session no longer holds are answered with nothing. now_ms: real time. */
void poll_check(struct live *v, int64_t now_ms);
void poll_stop(struct live *v); /* answers all with what they have; live->is_stopping is set */

#endif
