/* Connections of one loop: accept, read, call the handler, write, keep alive; deadlines and caps of trust.md 3. One
 * server object per loop; they share nothing but the (read-only) options and routes. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/route.h"
#include "io/loop.h"

struct server_options {
    const struct routes *routes;
    void *app;                 /* becomes call->app */
    handler *not_found;        /* no such path or method; may render a page. Reads call->route == NULL */
    /* Fixes the answer's last headers before it is written (security headers); loop thread; may be NULL */
    void (*finish)(struct call *c);
    /* Answer from a cache without making a call: true when *out and *head_bytes were set (a ref given). Loop thread; may be NULL.
     * Is asked for GET and HEAD without body only. The returned bytes are header lines + blank line + body, status 200;
     * head_bytes includes the blank line; no Date, Content-Length or Connection among the lines. The slices of req are
     * good for the call only. */
    bool (*cached)(void *app, unsigned loop_index, const struct req *req, struct blob **out, size_t *head_bytes);
    size_t connections_max;             /* per loop; the longest idle one makes room for a newcomer */
    /* Room left on each loop by what other descriptors the process holds; any thread; may be NULL: no other limit */
    size_t (*room)(void *app);
    unsigned connections_per_address;   /* over all loops of the process; 0 = no limit; loopback counts too */
    unsigned requests_per_connection;   /* 0 = no limit */
    int64_t head_ms, idle_ms;           /* 10,000 and 60,000; the first byte must come in half of head_ms */
    int64_t body_ms, stall_ms;          /* 0 = 10,000 and 30,000: what the body rate is averaged over (1 KiB/s); how long
                                         * a client may take no byte of an answer */
};

struct server;
struct server_counts { /* any thread; relaxed atomics */
    uint64_t accepted, requests, refused, open, bytes_out;
};

struct server *server_new(struct loop *l, unsigned loop_index, const struct server_options *o);
/* Adds a listening descriptor (one per loop by SO_REUSEPORT), which is the server's from then on; is_inner as in req.
 * ERR_LIMIT over 16. */
enum err server_listen(struct server *s, int fd, bool is_inner) MUST_USE;
void server_stop(struct server *s); /* no more accepts; idle connections closed, running calls are finished */
/* After the loop has stopped and after every thread that may hold a call has ended; the loop must not run again. */
void server_free(struct server **s);
void server_count(const struct server *s, struct server_counts *out);

#endif
