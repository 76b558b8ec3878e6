/* The inside of the HTTP server, shared by conn.c (reading, states), reply.c (writing), call.c (the way back) and
 * server.c (listeners, caps). One loop's thread. A connection is never freed before its server, only given a new
 * generation, so that a call that comes back may look at it safely.
 *
 * States: IDLE between requests -> HEAD -> (SIZED | CHUNKED) -> RUNNING -> WRITING -> IDLE again, or LINGER (said all,
 * swallowing what the client still sends so that our last answer is not lost to a reset) and closed. */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include "http/chunk.h"
#include "http/parse.h"
#include "http/server.h"

#define CONN_READ 65536
#define CONN_LINE 224 /* status line, Date, Connection, Content-Length */

enum conn_state { CONN_IDLE, CONN_HEAD, CONN_SIZED, CONN_CHUNKED, CONN_RUNNING, CONN_WRITING, CONN_LINGER };
enum conn_step { CONN_MORE, CONN_WAIT, CONN_DONE };

/* A call with what only the connection sees of it; both live in the call's arena. */
struct trip {
    struct call call; /* first: a call is its trip */
    struct buf body;
};

struct conn {
    unsigned magic;
    enum conn_state state;
    struct server *server;
    uint64_t generation;
    struct watch watch;
    struct timer timer;
    struct list link;  /* in the server's idle, awaiting, busy or spare list */
    struct list later; /* in the server's list of those with requests left over, or alone */
    struct address peer;
    bool is_inner, is_head, is_http10, is_keeping;
    bool must_linger;    /* the client may be sending still when we close */
    uint8_t reads_left;  /* of this turn; 0 once the socket is empty */
    unsigned requests;
    int64_t head_at_ms; /* from when the head deadline counts */
    struct str view;    /* bytes not yet taken; in `in` or in the server's read buffer */
    struct buf in;      /* what an earlier turn left over */
    size_t searched, parsed; /* bytes of the incomplete head looked at, and tried to parse */
    struct trip *trip;       /* the call while it is ours; NULL while it is away */
    struct call *held;       /* the call while it waits on this loop (call_hold) */
    struct chunk chunk;
    uint64_t left;          /* of a sized body */
    size_t body_mark;       /* body bytes at the last check of the rate */
    struct iovec out[4];    /* what is still to be written */
    int out_at, out_count;
    struct blob *blob;      /* holds what `out` points to */
    char line[CONN_LINE];
};

struct listener {
    struct watch watch;
    struct timer pause; /* no descriptors left at all: look again later */
    struct server *server;
    bool is_inner;
};

#define SERVER_LISTENERS 16
#define SERVER_TRIPS 64 /* empty arenas kept for the next calls */

struct server {
    struct loop *loop;
    unsigned index;
    struct server_options options;
    struct list idle, awaiting, busy, spare; /* connections; idle in the order of their last use, busy while a call runs,
                                              * awaiting (between the two) in that of their request's begin */
    struct list later;             /* requests of theirs wait although no byte is to come */
    struct listener listeners[SERVER_LISTENERS];
    unsigned listener_count;
    int spare_fd; /* given up for a moment to say 503 when descriptors run out */
    bool is_stopping;
    struct arena *arenas[SERVER_TRIPS];
    unsigned arena_count;
    struct parse parse; /* scratch of the head being read */
    char date[48];      /* "Date: ...\r\n" */
    size_t date_size;
    int64_t date_until_ms;
    _Atomic uint64_t accepted, requests, refused, open, bytes_out;
    char read[CONN_READ];
};

/* conn.c */
void conn_open(struct server *s, int fd, const struct address *peer, bool is_inner);
void conn_close(struct conn *c);
void conn_turn(struct conn *c);    /* goes on as far as it can */
void conn_back(struct call *call); /* an away call is back on its loop */
void conn_forget(struct conn *c);  /* the socket has been taken */
bool conn_is_coming(const struct conn *c); /* its request is not whole yet */

/* reply.c */
void reply_call(struct conn *c); /* the trip's answer is to be written */
void reply_cached(struct conn *c, struct blob *own_blob, size_t head_bytes);
enum conn_step reply_write(struct conn *c);
void reply_continue(struct conn *c); /* 100 Continue, when it can be sent at once */

/* server.c */
struct trip *server_trip(struct server *s);
void server_trip_free(struct server *s, struct trip **t);
struct str server_date(struct server *s);
void server_left(struct server *s, struct conn *c); /* gone from the counts */

/* A counter with one writer: other threads only read. */
static inline void server_tally(_Atomic uint64_t *n, uint64_t by)
{
    atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) + by, memory_order_relaxed);
}

#endif
