/* The way in: how many openings of streams and polls a loop has under way at once. Each asks the store, and after a restart
 * thousands come at the same moment; the others wait their turn here, on their loop, so that the work threads have room for
 * who publishes and searches. Loop thread. */
#ifndef WIRE_ENTRY_H
#define WIRE_ENTRY_H

#include "base/list.h"
#include "http/call.h"

#define ENTRIES_MOST 32           /* of one loop */
#define ENTRIES_WAITING_MOST 4096 /* then a newcomer is sent away for a few seconds */

struct live;

/* Of a loop: part of struct live. */
struct entries {
    struct list waiting;
    unsigned under_way, waiting_count;
};
/* Of one opening: part of the call's state, all zero before entry_ask. */
struct entry {
    struct list link;
    struct live *live;
    struct call *call;
    enum next (*go)(struct call *c);
    bool is_in, is_waiting;
};

/* Runs go(c) now or when it is its turn. on_end: call_hold's, it calls entry_hurry. Answers 503 when too many wait. */
enum next entry_ask(struct entry *e, struct live *v, struct call *c, enum next (*go)(struct call *c),
                    void (*on_end)(struct call *c));
/* Its client hung up while it waited: out of turn, to be dropped or answered. */
void entry_hurry(struct entry *e);
/* The opening is over, however it ended; the next one begins. Harmless twice. */
void entry_leave(struct entry *e);
void entry_stop(struct live *v); /* nobody waits any more */

#endif
