#include "http/conn.h"

#include "base/clock.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONN_MAGIC 0x434f4e4e
#define CONN_BURST 16 /* requests of one connection answered in one turn */
#define CONN_READS 4  /* reads of one connection in one turn */
#define CONN_REPARSE 4096
#define CONN_RATE 1024 /* bytes of a body per second, at least */
#define CONN_LINGER_MS 5000

/* --- input --- */

static bool conn_view_is_own(const struct conn *c)
{
    return c->in.p && c->view.p >= c->in.p && c->view.p <= c->in.p + c->in.n;
}

static void conn_take(struct conn *c, size_t n)
{
    c->view = str_sub(c->view, n, c->view.n);
}

/* Puts what was not taken where the next turn finds it; the usual connection keeps nothing. */
static void conn_keep(struct conn *c)
{
    if (c->view.n == 0) {
        buf_fini(&c->in);
        return;
    }
    if (conn_view_is_own(c)) {
        buf_shift(&c->in, (size_t)(c->view.p - c->in.p));
    } else {
        buf_reset(&c->in);
        buf_add(&c->in, c->view);
    }
    must(buf_ok(&c->in));
    c->view = buf_str(&c->in);
}

/* Reads once. An empty view is filled from the server's buffer, so that only an incomplete rest is ever copied. */
static enum conn_step conn_fill(struct conn *c)
{
    if (c->reads_left == 0)
        return CONN_WAIT;
    c->reads_left--;
    bool is_fresh = c->view.n == 0;
    if (!is_fresh)
        conn_keep(c);
    size_t room = is_fresh ? CONN_READ : CONN_READ / 4;
    char *to = is_fresh ? c->server->read : buf_room(&c->in, room);
    must(to);
    size_t n = 0;
    switch (stream_read(c->watch.fd, to, room, &n)) {
    case STREAM_OK:
        break;
    case STREAM_AGAIN:
        c->reads_left = 0;
        return CONN_WAIT;
    default:
        return CONN_DONE;
    }
    if (n < room)
        c->reads_left = 0;
    if (!is_fresh)
        c->in.n += n;
    c->view = is_fresh ? str_of(to, n) : buf_str(&c->in);
    return CONN_MORE;
}

static enum conn_step conn_wait(struct conn *c, unsigned events, int64_t ms)
{
    loop_change(c->server->loop, &c->watch, events);
    loop_timer(c->server->loop, &c->timer, ms);
    return CONN_WAIT;
}

/* --- a request begins --- */

static enum conn_step conn_refuse(struct conn *c, int status, const char *detail)
{
    if (!c->trip)
        c->trip = server_trip(c->server);
    struct call *call = &c->trip->call;
    call->req.peer = c->peer;
    call->req.is_inner = c->is_inner;
    res_reset(&call->res);
    res_status(&call->res, status, detail);
    call->res.is_closing = true;
    c->must_linger = true;
    server_tally(&c->server->refused, 1);
    reply_call(c);
    return CONN_MORE;
}

static enum conn_step conn_after(struct conn *c, enum next next)
{
    struct trip *t = c->trip;
    if (next == NEXT_WAIT) { /* given away: not even to be looked at from now on */
        c->trip = NULL;
        return CONN_WAIT;
    }
    if (!t->call.res.is_taken) {
        reply_call(c);
        return CONN_MORE;
    }
    server_trip_free(c->server, &c->trip);
    c->reads_left = 0;
    return CONN_WAIT;
}

static enum conn_step conn_run(struct conn *c, handler *run)
{
    c->state = CONN_RUNNING;
    loop_timer_off(c->server->loop, &c->timer);
    return conn_after(c, run(&c->trip->call));
}

static struct str conn_move(struct str s, struct str from, const char *to)
{
    return s.p >= from.p && s.p <= from.p + from.n && s.p ? str_of(to + (s.p - from.p), s.n) : s;
}

/* The request moves from the read buffer into the arena of its call. */
static void conn_adopt(struct conn *c, const struct parse *p)
{
    struct server *s = c->server;
    c->trip = server_trip(s);
    struct call *call = &c->trip->call;
    struct str head = str_sub(c->view, 0, p->head_bytes);
    const char *to = arena_str(call->arena, head).p;
    struct req *r = &call->req;
    size_t n = p->req.header_count;
    memcpy(r->headers, p->req.headers, n * sizeof r->headers[0]);
    for (size_t i = 0; i < n; i++) {
        r->headers[i].name = conn_move(r->headers[i].name, head, to);
        r->headers[i].value = conn_move(r->headers[i].value, head, to);
    }
    r->header_count = n;
    r->method = p->req.method;
    r->is_http10 = p->req.is_http10;
    r->target = conn_move(p->req.target, head, to);
    r->query = conn_move(p->req.query, head, to);
    r->path = p->req.path.p == p->decoded ? arena_str(call->arena, p->req.path) : conn_move(p->req.path, head, to);
    r->peer = c->peer;
    r->is_inner = c->is_inner;
    r->at_us = p->req.at_us;
    call->conn = c;
    call->generation = c->generation;
}

static void conn_say_allowed(struct call *call, unsigned allowed)
{
    static const struct {
        unsigned method;
        const char *name;
    } names[] = {{METHOD_GET, "GET"}, {METHOD_HEAD, "HEAD"},     {METHOD_POST, "POST"},
                 {METHOD_PUT, "PUT"}, {METHOD_DELETE, "DELETE"}, {METHOD_OPTIONS, "OPTIONS"}};
    struct buf line = BUF_INIT(128);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (allowed & names[i].method)
            buf_printf(&line, "%s%s", line.n ? ", " : "", names[i].name);
    call_fail(call, ERR_METHOD, NULL);
    res_header(&call->res, "Allow", buf_str(&line));
    buf_fini(&line);
}

static enum conn_step conn_no_route(struct conn *c, unsigned allowed, bool has_body)
{
    struct call *call = &c->trip->call;
    handler *missing = c->server->options.not_found;
    if (has_body) { /* it will not be read, so nothing can follow it */
        call->res.is_closing = true;
        c->must_linger = true;
    }
    if (!allowed && missing)
        return conn_run(c, missing);
    if (allowed)
        conn_say_allowed(call, allowed);
    else
        call_fail(call, ERR_NONE, NULL);
    return conn_after(c, NEXT_DONE);
}

static enum conn_step conn_expect_body(struct conn *c, const struct parse *p)
{
    size_t max = c->trip->call.route->body_max;
    if (max == 0 || (!p->is_chunked && p->length > max))
        return conn_refuse(c, 413, max ? "the body is longer than this path takes" : "this path takes no body");
    buf_init(&c->trip->body, max);
    c->state = p->is_chunked ? CONN_CHUNKED : CONN_SIZED;
    c->left = p->length;
    c->body_mark = 0;
    chunk_start(&c->chunk);
    loop_timer(c->server->loop, &c->timer, c->server->options.body_ms);
    if (p->expects_continue && c->view.n == 0)
        reply_continue(c);
    return CONN_MORE;
}

static bool conn_is_cached(struct conn *c, const struct parse *p)
{
    const struct server_options *o = &c->server->options;
    if (!o->cached || !(p->req.method & (METHOD_GET | METHOD_HEAD)))
        return false;
    struct blob *blob;
    size_t head_bytes;
    if (!o->cached(o->app, c->server->index, &p->req, &blob, &head_bytes))
        return false;
    conn_take(c, p->head_bytes);
    reply_cached(c, blob, head_bytes);
    return true;
}

static enum conn_step conn_begin(struct conn *c, struct parse *p)
{
    struct server *s = c->server;
    bool has_body = p->is_chunked || p->length > 0;
    c->requests++;
    server_tally(&s->requests, 1);
    c->is_head = p->req.method == METHOD_HEAD;
    c->is_http10 = p->req.is_http10;
    c->is_keeping = p->is_keeping;
    if (s->options.requests_per_connection && c->requests >= s->options.requests_per_connection) {
        c->is_keeping = false;
        c->must_linger = true; /* pipelined ones may be under way */
    }
    p->req.peer = c->peer;
    p->req.is_inner = c->is_inner;
    p->req.at_us = clock_mono_us();
    if (!has_body && conn_is_cached(c, p))
        return CONN_MORE;
    conn_adopt(c, p);
    conn_take(c, p->head_bytes);
    struct call *call = &c->trip->call;
    unsigned allowed = 0;
    call->route = routes_find(s->options.routes, &call->req, &allowed);
    if (!call->route)
        return conn_no_route(c, allowed, has_body);
    return has_body ? conn_expect_body(c, p) : conn_run(c, call->route->run);
}

/* --- steps, one per state --- */

static enum conn_step conn_idle(struct conn *c)
{
    if (c->view.n == 0) {
        enum conn_step r = conn_fill(c);
        if (r == CONN_WAIT)
            return c->server->is_stopping ? CONN_DONE : conn_wait(c, LOOP_IN, c->server->options.idle_ms);
        if (r != CONN_MORE)
            return r;
    }
    c->state = CONN_HEAD;
    c->head_at_ms = loop_now_ms(c->server->loop);
    c->searched = c->parsed = 0;
    return CONN_MORE;
}

/* A head that drips in is parsed again only when a line was completed or much has come, else a byte at a time would
 * cost the square of its length. */
static bool conn_is_worth_parsing(struct conn *c)
{
    size_t from = c->searched;
    c->searched = c->view.n;
    return c->view.n > from &&
           (memchr(c->view.p + from, '\n', c->view.n - from) || c->view.n - c->parsed >= CONN_REPARSE);
}

static enum conn_step conn_head(struct conn *c)
{
    struct server *s = c->server;
    struct parse *p = &s->parse;
    if (conn_is_worth_parsing(c)) {
        c->parsed = c->view.n;
        switch (parse_head(p, c->view)) {
        case PARSE_DONE:
            return conn_begin(c, p);
        case PARSE_BAD:
            c->is_head = c->is_http10 = false;
            return conn_refuse(c, p->status, p->detail);
        case PARSE_MORE:
            break;
        }
    }
    enum conn_step r = conn_fill(c);
    if (r != CONN_WAIT)
        return r;
    int64_t total = c->view.n ? s->options.head_ms : s->options.head_ms / 2;
    return conn_wait(c, LOOP_IN, c->head_at_ms + total - loop_now_ms(s->loop));
}

static enum conn_step conn_body_whole(struct conn *c)
{
    struct call *call = &c->trip->call;
    call->req.body = buf_str(&c->trip->body);
    return conn_run(c, call->route->run);
}

static enum conn_step conn_more_body(struct conn *c)
{
    enum conn_step r = conn_fill(c);
    if (r == CONN_WAIT)
        loop_change(c->server->loop, &c->watch, LOOP_IN); /* the rate timer runs already */
    return r;
}

static enum conn_step conn_sized(struct conn *c)
{
    size_t n = c->left < c->view.n ? (size_t)c->left : c->view.n;
    buf_add(&c->trip->body, str_sub(c->view, 0, n));
    conn_take(c, n);
    c->left -= n;
    return c->left == 0 ? conn_body_whole(c) : conn_more_body(c);
}

static enum conn_step conn_chunked(struct conn *c)
{
    switch (chunk_feed(&c->chunk, &c->view, &c->trip->body)) {
    case CHUNK_MORE:
        return conn_more_body(c);
    case CHUNK_DONE:
        return conn_body_whole(c);
    case CHUNK_OVER:
        return conn_refuse(c, 413, "the body is longer than this path takes");
    default:
        return conn_refuse(c, 400, "malformed chunk");
    }
}

static enum conn_step conn_running(struct conn *c)
{
    return CONN_WAIT;
}

static enum conn_step conn_end_answer(struct conn *c)
{
    blob_unref(&c->blob);
    if (c->trip)
        server_trip_free(c->server, &c->trip);
    if (c->is_keeping && !c->server->is_stopping) {
        c->state = CONN_IDLE;
        return CONN_MORE;
    }
    if (!c->must_linger && c->view.n == 0)
        return CONN_DONE;
    if (shutdown(c->watch.fd, SHUT_WR) < 0)
        return CONN_DONE;
    c->state = CONN_LINGER;
    c->view = STR_NONE;
    c->reads_left = CONN_READS;
    loop_timer(c->server->loop, &c->timer, CONN_LINGER_MS);
    return CONN_MORE;
}

static enum conn_step conn_writing(struct conn *c)
{
    enum conn_step r = reply_write(c);
    return r == CONN_MORE ? conn_end_answer(c) : r;
}

static enum conn_step conn_linger(struct conn *c)
{
    while (c->reads_left) {
        c->view = STR_NONE;
        if (conn_fill(c) == CONN_DONE)
            return CONN_DONE;
    }
    c->view = STR_NONE;
    loop_change(c->server->loop, &c->watch, LOOP_IN);
    return CONN_WAIT;
}

static enum conn_step (*const conn_steps[])(struct conn *c) = {
    [CONN_IDLE] = conn_idle,       [CONN_HEAD] = conn_head,       [CONN_SIZED] = conn_sized,
    [CONN_CHUNKED] = conn_chunked, [CONN_RUNNING] = conn_running, [CONN_WRITING] = conn_writing,
    [CONN_LINGER] = conn_linger,
};

/* --- turns --- */

static bool conn_is_at_rest(const struct conn *c)
{
    return c->state == CONN_IDLE && c->view.n == 0;
}

bool conn_is_coming(const struct conn *c)
{
    return c->state == CONN_HEAD || c->state == CONN_SIZED || c->state == CONN_CHUNKED;
}

/* Nothing runs for it: its request is not whole, our answer not taken, or it has asked for more than one turn answers. */
static bool conn_is_awaiting(const struct conn *c)
{
    return c->state != CONN_RUNNING && !conn_is_at_rest(c);
}

static void conn_file(struct conn *c)
{
    struct server *s = c->server;
    list_del(&c->link);
    list_add_tail(conn_is_at_rest(c) ? &s->idle : conn_is_awaiting(c) ? &s->awaiting : &s->busy, &c->link);
}

void conn_turn(struct conn *c)
{
    struct server *s = c->server;
    unsigned first = c->requests;
    bool was_awaiting = conn_is_awaiting(c);
    int64_t since_ms = c->head_at_ms;
    enum conn_step r = CONN_MORE;
    list_del(&c->later);
    while (r == CONN_MORE) {
        if (c->state == CONN_IDLE && c->view.n && c->requests - first >= CONN_BURST) {
            list_add_tail(&s->later, &c->later);
            loop_again(s->loop);
            break;
        }
        r = conn_steps[c->state](c);
    }
    if (r == CONN_DONE) {
        conn_close(c);
        return;
    }
    if (c->watch.fd < 0) { /* taken by a stream */
        conn_forget(c);
        return;
    }
    conn_keep(c);
    if (!was_awaiting || !conn_is_awaiting(c) || c->head_at_ms != since_ms) /* a drop more wins no new place */
        conn_file(c);
}

static void conn_tell_held(struct conn *c)
{
    struct call *held = c->held;
    c->held = NULL;
    if (held)
        held->on_end(held);
}

static void conn_ready(struct watch *w, unsigned events)
{
    struct conn *c = list_of(w, struct conn, watch);
    must(c->magic == CONN_MAGIC);
    if (events & LOOP_HUP) {
        conn_close(c);
        return;
    }
    if (c->state == CONN_RUNNING) { /* it may send what it likes: it waits in the kernel until the answer is out */
        loop_change(c->server->loop, w, 0);
        if (events & LOOP_END)
            conn_tell_held(c);
        return;
    }
    c->reads_left = events & LOOP_IN ? CONN_READS : 0;
    conn_turn(c);
}

static void conn_check_rate(struct conn *c)
{
    size_t have = c->trip->body.n;
    int64_t over_ms = c->server->options.body_ms;
    if ((int64_t)(have - c->body_mark) >= CONN_RATE * over_ms / 1000) {
        c->body_mark = have;
        loop_timer(c->server->loop, &c->timer, over_ms);
        return;
    }
    if (conn_refuse(c, 408, "the body came too slowly") == CONN_MORE)
        conn_turn(c);
}

static void conn_late(struct timer *t)
{
    struct conn *c = list_of(t, struct conn, timer);
    must(c->magic == CONN_MAGIC);
    c->reads_left = 0;
    switch (c->state) {
    case CONN_SIZED:
    case CONN_CHUNKED:
        conn_check_rate(c);
        break;
    case CONN_HEAD:
        if (c->view.n && conn_refuse(c, 408, "the head came too slowly") == CONN_MORE) {
            conn_turn(c);
            break;
        }
        conn_close(c);
        break;
    default: /* idle too long, nothing taken for too long, lingered long enough */
        conn_close(c);
    }
}

void conn_back(struct call *call)
{
    struct conn *c = call->conn;
    must(c->magic == CONN_MAGIC);
    struct trip *t = (struct trip *)call;
    if (c->generation != call->generation || c->state != CONN_RUNNING) {
        server_trip_free(c->server, &t);
        return;
    }
    c->trip = t;
    c->reads_left = 0;
    enum next (*step)(struct call *) = call->step;
    call->step = NULL;
    (void)conn_after(c, step ? step(call) : NEXT_DONE);
    conn_turn(c);
}

/* --- life --- */

void conn_open(struct server *s, int fd, const struct address *peer, bool is_inner)
{
    struct list *l = list_pop(&s->spare);
    struct conn *c = l ? list_of(l, struct conn, link) : mem_new(struct conn);
    uint64_t generation = c->generation + 1;
    memset(c, 0, offsetof(struct conn, line));
    c->magic = CONN_MAGIC;
    c->state = CONN_HEAD;
    c->server = s;
    c->generation = generation;
    c->watch = (struct watch){fd, LOOP_IN, conn_ready};
    timer_init(&c->timer, conn_late);
    list_init(&c->link);
    list_init(&c->later);
    c->peer = *peer;
    c->is_inner = is_inner;
    c->head_at_ms = loop_now_ms(s->loop);
    buf_init(&c->in, CONN_READ * 2);
    server_tally(&s->open, 1);
    list_add_tail(&s->awaiting, &c->link);
    if (loop_add(s->loop, &c->watch) != OK) {
        close(fd);
        conn_forget(c);
        return;
    }
    loop_timer(s->loop, &c->timer, s->options.head_ms / 2);
}

void conn_forget(struct conn *c)
{
    struct server *s = c->server;
    loop_timer_off(s->loop, &c->timer);
    c->generation++;
    c->watch.fd = -1;
    if (c->trip)
        server_trip_free(s, &c->trip);
    blob_unref(&c->blob);
    buf_fini(&c->in);
    c->view = STR_NONE;
    c->state = CONN_IDLE;
    list_del(&c->later);
    list_del(&c->link);
    list_add_tail(&s->spare, &c->link);
    server_left(s, c);
    conn_tell_held(c); /* last: the call comes back to a connection that is no longer its own */
}

void conn_close(struct conn *c)
{
    loop_remove(c->server->loop, &c->watch);
    close(c->watch.fd);
    conn_forget(c);
}
