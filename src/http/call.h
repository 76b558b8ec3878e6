/* One request being answered. A call has one owner at a time: the connection while it is read and written, the handler
 * while it works, a work thread or the store while it waits there (it is given away and comes back by mailbox). The
 * connection may be gone when it comes back: then the answer is dropped. */
#ifndef HTTP_CALL_H
#define HTTP_CALL_H

#include "http/req.h"
#include "http/res.h"
#include "io/mailbox.h"
#include "io/pool.h"

enum next {
    NEXT_DONE, /* res is ready (or the socket was taken: res.is_taken) */
    NEXT_WAIT  /* the call was given away and will come back by call_answer */
};

struct call {
    struct message message; /* for the way back */
    struct job job;         /* for a trip to a work thread */
    struct req req;
    struct res res;
    struct arena *arena;    /* request lifetime */
    struct loop *loop;      /* where it came from */
    void *conn;             /* opaque: slot and generation are checked on return */
    uint64_t generation;
    void *app;              /* what the route table was given: the views' shared things */
    const struct route *route;
    void *who;              /* set by the views: the account behind the request (ref) */
    void (*drop_who)(void *who);
    enum next (*step)(struct call *c);            /* used by trips: what runs there */
    enum next (*on_work)(struct call *c, void *reader);
    void (*on_end)(struct call *c); /* of call_hold */
    void *state;            /* of the handler, in the arena */
    /* Frees what the state holds outside of the arena. Runs once on the loop's thread when the call ends, answered or
     * dropped because its connection has gone; may be NULL. A handler that sets it leaves `state` set. */
    void (*drop_state)(void *state);
};

typedef enum next handler(struct call *c);

/* Sends the call back to its loop, answered. Any thread. */
void call_answer(struct call *c);
/* Sends the call back to its loop, where fn runs as if it were the handler (it may take the socket, answer, or give the
 * call on). When the connection has gone meanwhile, fn is not run and the call is freed. Any thread. */
void call_return(struct call *c, enum next (*fn)(struct call *c));
/* Runs fn on a pool; what it returns decides: DONE answers, WAIT means it gave the call on. When the queue is full the
 * call is answered 503 with Retry-After at once. Returns what the handler should return. */
enum next call_work(struct call *c, struct pool *pool, enum next (*fn)(struct call *c, void *reader));
/* Keeps the call on its loop (loop thread, handler running there, which then returns NEXT_WAIT) until call_let_go. When
 * the client goes away or sends its last byte meanwhile, on_end runs once on the loop's thread, let go already; it must
 * send the call back. Without it nobody would see a client leave before the answer is written. */
void call_hold(struct call *c, void (*on_end)(struct call *c));
/* Ends the holding; before the call is sent back or given on. Loop thread. */
void call_let_go(struct call *c);
/* Convenience: fills res with a problem and returns NEXT_DONE. */
enum next call_fail(struct call *c, enum err e, const char *detail);
/* Takes the socket out of the HTTP connection (loop thread, handler running there). The bytes of `first` (whole status
 * line and headers included) are still to be written by the taker. Returns the descriptor, now the taker's. */
int call_take(struct call *c);
/* What the client sent behind this request and was read with it; for whoever takes the socket. Borrowed until the handler
 * returns. */
struct str call_rest(const struct call *c);

#endif
