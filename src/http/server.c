#include "http/server.h"

#include "base/clock.h"
#include "http/conn.h"
#include "http/peers.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVER_ACCEPTS 64 /* per turn */
#define SERVER_PAUSE_MS 100
#define SERVER_ARENA 8192
#define SERVER_ARENA_KEPT 65536 /* a larger arena is given back after its call */

/* --- calls and their arenas --- */

struct trip *server_trip(struct server *s)
{
    struct arena *a = s->arena_count ? s->arenas[--s->arena_count] : arena_new(SERVER_ARENA);
    struct trip *t = arena_make(a, struct trip);
    struct call *c = &t->call;
    c->arena = a;
    c->loop = s->loop;
    c->app = s->options.app;
    res_init(&c->res);
    buf_init(&t->body, 0);
    return t;
}

void server_trip_free(struct server *s, struct trip **pt)
{
    struct trip *t = *pt;
    *pt = NULL;
    if (t->call.drop_state)
        t->call.drop_state(t->call.state); /* first: it may borrow from who asked */
    if (t->call.who && t->call.drop_who)
        t->call.drop_who(t->call.who);
    res_fini(&t->call.res);
    buf_fini(&t->body);
    struct arena *a = t->call.arena;
    if (s->arena_count == SERVER_TRIPS || arena_bytes(a) > SERVER_ARENA_KEPT) {
        arena_free(&a);
        return;
    }
    arena_reset(a);
    s->arenas[s->arena_count++] = a;
}

struct str server_date(struct server *s)
{
    int64_t mono = loop_now_ms(s->loop);
    if (mono >= s->date_until_ms) {
        int64_t now = clock_now_ms();
        char text[CLOCK_TEXT];
        clock_rfc1123(now, text);
        s->date_size = (size_t)snprintf(s->date, sizeof s->date, "Date: %s\r\n", text);
        must(s->date_size < sizeof s->date);
        s->date_until_ms = mono + 1000 - now % 1000;
    }
    return str_of(s->date, s->date_size);
}

void server_left(struct server *s, struct conn *c)
{
    peers_leave(&c->peer);
    server_tally(&s->open, (uint64_t)-1);
}

/* --- accepting --- */

/* A refusal before anything was read: said in one breath and hung up. */
static void server_turn_away(struct server *s, int fd)
{
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\n"
                               "Connection: close\r\n\r\n";
    char scrap[4096];
    server_tally(&s->refused, 1);
    (void)send(fd, text, sizeof text - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    /* What has already come is swallowed: unread bytes would turn our close into a reset that eats the answer. */
    (void)shutdown(fd, SHUT_WR);
    (void)recv(fd, scrap, sizeof scrap, MSG_DONTWAIT);
    close(fd);
}

static size_t server_room(const struct server *s)
{
    size_t most = s->options.connections_max, left = s->options.room ? s->options.room(s->options.app) : most;
    return left < most ? left : most;
}

/* A place for a newcomer: of the connection that is idle for longest, else of the one that has waited for its client for
 * longest. Whoever sends or takes drop by drop never keeps out those who do it at once (trust 3). */
static bool server_make_room(struct server *s)
{
    struct list *from = list_is_empty(&s->idle) ? &s->awaiting : &s->idle;
    if (list_is_empty(from))
        return false;
    struct conn *c = list_of(from->next, struct conn, link);
    if (!conn_is_coming(c)) {
        conn_close(c);
        return true;
    }
    loop_remove(s->loop, &c->watch);
    server_turn_away(s, c->watch.fd);
    conn_forget(c);
    return true;
}

static void server_admit(struct listener *l, int fd, const struct address *peer)
{
    struct server *s = l->server;
    server_tally(&s->accepted, 1);
    if (!peers_enter(peer, s->options.connections_per_address)) {
        server_turn_away(s, fd);
        return;
    }
    if (atomic_load_explicit(&s->open, memory_order_relaxed) >= server_room(s) && !server_make_room(s)) {
        peers_leave(peer);
        server_turn_away(s, fd);
        return;
    }
    conn_open(s, fd, peer, l->is_inner);
}

static int server_open_spare(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* No descriptor is to be had: the waiting connection would wake us for ever. It gets the spare one, long enough for a
 * 503; when even that fails, the listener sleeps a little. */
static void server_starved(struct listener *l)
{
    struct server *s = l->server;
    int fd;
    struct address peer;
    if (s->spare_fd >= 0) {
        close(s->spare_fd);
        enum stream_result r = stream_accept(l->watch.fd, &fd, &peer);
        if (r == STREAM_OK)
            server_turn_away(s, fd);
        s->spare_fd = server_open_spare();
        if (r != STREAM_BROKEN)
            return;
    } else {
        s->spare_fd = server_open_spare();
    }
    loop_change(s->loop, &l->watch, 0);
    loop_timer(s->loop, &l->pause, SERVER_PAUSE_MS);
}

static void server_resume(struct timer *t)
{
    struct listener *l = list_of(t, struct listener, pause);
    loop_change(l->server->loop, &l->watch, LOOP_IN);
}

static void server_accept(struct watch *w, unsigned events)
{
    struct listener *l = list_of(w, struct listener, watch);
    struct address peer;
    for (int i = 0; i < SERVER_ACCEPTS; i++) {
        int fd;
        enum stream_result r = stream_accept(w->fd, &fd, &peer);
        if (r == STREAM_BROKEN)
            server_starved(l);
        if (r != STREAM_OK)
            return;
        server_admit(l, fd, &peer);
    }
}

/* --- life --- */

/* Goes on with connections that had more requests in hand than one turn answers. */
static void server_each_turn(void *arg)
{
    struct server *s = arg;
    struct list now;
    list_init(&now);
    list_move_all(&s->later, &now);
    struct list *l;
    while ((l = list_pop(&now)))
        conn_turn(list_of(l, struct conn, later));
}

struct server *server_new(struct loop *l, unsigned loop_index, const struct server_options *o)
{
    must(o->routes && o->connections_max > 0 && o->head_ms > 0 && o->idle_ms > 0);
    struct server *s = mem_new(struct server);
    s->loop = l;
    s->index = loop_index;
    s->options = *o;
    if (o->body_ms == 0)
        s->options.body_ms = 10000;
    if (o->stall_ms == 0)
        s->options.stall_ms = 30000;
    list_init(&s->idle);
    list_init(&s->awaiting);
    list_init(&s->busy);
    list_init(&s->spare);
    list_init(&s->later);
    s->spare_fd = server_open_spare();
    loop_each_turn(l, server_each_turn, s);
    return s;
}

enum err server_listen(struct server *s, int fd, bool is_inner)
{
    if (s->listener_count == SERVER_LISTENERS)
        return ERR_LIMIT;
    struct listener *l = &s->listeners[s->listener_count];
    l->server = s;
    l->is_inner = is_inner;
    l->watch = (struct watch){fd, LOOP_IN, server_accept};
    timer_init(&l->pause, server_resume);
    enum err e = loop_add(s->loop, &l->watch);
    s->listener_count += e == OK;
    return e;
}

void server_stop(struct server *s)
{
    loop_assert(s->loop);
    if (s->is_stopping)
        return;
    s->is_stopping = true;
    for (unsigned i = 0; i < s->listener_count; i++) {
        struct listener *l = &s->listeners[i];
        loop_timer_off(s->loop, &l->pause);
        loop_remove(s->loop, &l->watch);
        close(l->watch.fd);
    }
    while (!list_is_empty(&s->idle))
        conn_close(list_of(s->idle.next, struct conn, link));
    list_each(it, &s->awaiting)
    {
        struct conn *c = list_of(it, struct conn, link);
        if (c->state == CONN_HEAD && c->view.n == 0)
            conn_close(c);
    }
}

void server_free(struct server **ps)
{
    struct server *s = *ps;
    if (!s)
        return;
    server_stop(s);
    /* Before the calls that came back after the last turn: without a connection they are dropped, and no handler runs
     * that would look for what is gone by now. */
    while (!list_is_empty(&s->awaiting))
        conn_close(list_of(s->awaiting.next, struct conn, link));
    while (!list_is_empty(&s->busy))
        conn_close(list_of(s->busy.next, struct conn, link));
    mailbox_deliver(loop_mailbox(s->loop));
    struct list *l;
    while ((l = list_pop(&s->spare)))
        mem_free(list_of(l, struct conn, link));
    while (s->arena_count)
        arena_free(&s->arenas[--s->arena_count]);
    if (s->spare_fd >= 0)
        close(s->spare_fd);
    mem_free(s);
    *ps = NULL;
}

void server_count(const struct server *s, struct server_counts *out)
{
    out->accepted = atomic_load_explicit(&s->accepted, memory_order_relaxed);
    out->requests = atomic_load_explicit(&s->requests, memory_order_relaxed);
    out->refused = atomic_load_explicit(&s->refused, memory_order_relaxed);
    out->open = atomic_load_explicit(&s->open, memory_order_relaxed);
    out->bytes_out = atomic_load_explicit(&s->bytes_out, memory_order_relaxed);
}
