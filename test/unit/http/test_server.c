/* The server on real loopback sockets: one loop in a thread, the client here. */
#include "http/server.h"

#include "../tap.h"
#include "base/id.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BIG ((size_t)8 << 20)

static struct pool *pool;
static _Atomic(struct call *) parked;
static atomic_int dropped, state_dropped, returned;
static struct blob *page;
static size_t page_head;

/* --- handlers --- */

static enum next hello(struct call *c)
{
    res_start(&c->res, 200, "text/plain");
    res_body(&c->res, S("hello"));
    return NEXT_DONE;
}
static enum next echo(struct call *c)
{
    res_start(&c->res, 200, NULL);
    res_body(&c->res, c->req.body);
    return NEXT_DONE;
}
static enum next big(struct call *c)
{
    res_start(&c->res, 200, NULL);
    memset(buf_room(&c->res.body, BIG), 'b', BIG);
    c->res.body.n = BIG;
    return NEXT_DONE;
}
static enum next slow_part(struct call *c, void *reader)
{
    usleep(20000);
    return hello(c);
}
static enum next later(struct call *c)
{
    return call_work(c, pool, slow_part);
}
/* A pool of one thread and one place: the first call holds the thread, the second the place. */
static struct pool *tight;
static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static atomic_int at_door;
static enum next wait_at_door(struct call *c, void *reader)
{
    atomic_fetch_add(&at_door, 1);
    pthread_mutex_lock(&door);
    pthread_mutex_unlock(&door);
    return hello(c);
}
static enum next queue_up(struct call *c)
{
    return call_work(c, tight, wait_at_door);
}
static enum next home_again(struct call *c)
{
    loop_assert(c->loop);
    res_start(&c->res, 200, NULL);
    res_body(&c->res, S("home"));
    return NEXT_DONE;
}
static enum next send_home(struct call *c, void *reader)
{
    call_return(c, home_again);
    return NEXT_WAIT;
}
static enum next around(struct call *c)
{
    return call_work(c, pool, send_home);
}
static void note_drop(void *who)
{
    atomic_fetch_add(&dropped, 1);
}
static void note_state(void *state)
{
    atomic_fetch_add(&state_dropped, state == &state_dropped);
}
static enum next come_back(struct call *c)
{
    atomic_fetch_add(&returned, 1);
    res_start(&c->res, 200, NULL);
    return NEXT_DONE;
}
static enum next park(struct call *c)
{
    c->state = &state_dropped;
    c->drop_state = note_state;
    c->who = &dropped;
    c->drop_who = note_drop;
    atomic_store(&parked, c);
    return NEXT_WAIT;
}
static atomic_int ends;
static void ended(struct call *c)
{
    loop_assert(c->loop);
    atomic_fetch_add(&ends, 1);
    res_start(&c->res, 200, NULL);
    res_body(&c->res, S("ended"));
    call_answer(c);
}
static enum next hold(struct call *c)
{
    c->state = &state_dropped;
    c->drop_state = note_state;
    call_hold(c, ended);
    atomic_store(&parked, c);
    return NEXT_WAIT;
}
/* On the loop: what holds a call lets it go by itself. */
static struct message nudge;
static void let_go(struct message *m)
{
    struct call *c = atomic_exchange(&parked, NULL);
    call_let_go(c);
    call_return(c, come_back);
}
static enum next take(struct call *c)
{
    int fd = call_take(c);
    (void)!write(fd, "TAKEN", 5);
    close(fd);
    return NEXT_DONE;
}
static enum next nothing(struct call *c)
{
    res_start(&c->res, 204, NULL);
    return NEXT_DONE;
}
static enum next name_it(struct call *c)
{
    res_start(&c->res, 200, NULL);
    res_body(&c->res, c->req.params[0]);
    return NEXT_DONE;
}
static enum next missing(struct call *c)
{
    must(c->route == NULL);
    return call_fail(c, ERR_NONE, "no page");
}
static void finish(struct call *c)
{
    res_header(&c->res, "X-Last", S("yes"));
}
static bool cached(void *app, unsigned index, const struct req *req, struct blob **out, size_t *head_bytes)
{
    if (!str_is(req->path, "/cached") || req_header(req, "X-Skip").p)
        return false;
    *out = blob_ref(page);
    *head_bytes = page_head;
    return true;
}

static const struct route rows[] = {
    {METHOD_GET, "/hello", hello, 0, 0, "t"},         {METHOD_POST, "/echo", echo, 300000, 0, "t"},
    {METHOD_PUT, "/small", echo, 10, 0, "t"},         {METHOD_GET, "/big", big, 0, 0, "t"},
    {METHOD_GET, "/later", later, 0, 0, "t"},         {METHOD_GET, "/around", around, 0, 0, "t"},
    {METHOD_GET, "/queue", queue_up, 0, 0, "t"},      {METHOD_GET, "/park", park, 0, 0, "t"},
    {METHOD_GET, "/hold", hold, 0, 0, "t"},
    {METHOD_GET, "/take", take, 0, 0, "t"},           {METHOD_GET, "/nothing", nothing, 0, 0, "t"},
    {METHOD_GET, "/name/{name}", name_it, 0, 0, "t"}, {METHOD_GET, "/inner", hello, 0, ROUTE_INNER, "t"},
};

/* --- one server in a thread --- */

struct stand {
    struct loop *loop;
    struct server *server;
    struct message stop;
    pthread_t thread;
    uint16_t port;
};

static void *run(void *arg)
{
    loop_run(((struct stand *)arg)->loop);
    return NULL;
}
static void stop_now(struct message *m)
{
    struct stand *s = list_of(m, struct stand, stop);
    server_stop(s->server);
}
static struct stand *stand_up(struct server_options o, const struct routes *routes)
{
    struct stand *s = calloc(1, sizeof *s);
    o.routes = routes;
    o.not_found = missing;
    o.finish = finish;
    o.cached = cached;
    o.connections_max = o.connections_max ? o.connections_max : 100;
    o.head_ms = o.head_ms ? o.head_ms : 10000;
    o.idle_ms = o.idle_ms ? o.idle_ms : 60000;
    s->loop = loop_new();
    s->server = server_new(s->loop, 0, &o);
    int fd = -1;
    must(stream_listen(S("127.0.0.1:0"), &fd, &s->port, NULL) == OK);
    must(server_listen(s->server, fd, false) == OK);
    pthread_create(&s->thread, NULL, run, s);
    return s;
}
static void tear_down(struct stand **ps)
{
    struct stand *s = *ps;
    loop_stop(s->loop);
    pthread_join(s->thread, NULL);
    server_free(&s->server);
    loop_free(&s->loop);
    free(s);
    *ps = NULL;
}

/* --- the client --- */

static struct buf answer = BUF_INIT(BIG * 2);

static int dial(const struct stand *s)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(s->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    must(connect(fd, (struct sockaddr *)&a, sizeof a) == 0);
    return fd;
}
static void say(int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}
static bool more(int fd, int wait_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (poll(&p, 1, wait_ms) != 1)
        return false;
    char *to = buf_room(&answer, 65536);
    ssize_t n = recv(fd, to, 65536, 0);
    answer.n += n > 0 ? (size_t)n : 0;
    return n > 0;
}
/* One whole answer; its head and body in `answer`. Returns the status, 0 when the connection ended first. */
static int hear(int fd, bool is_head)
{
    buf_reset(&answer);
    size_t end;
    while ((end = str_find(buf_str(&answer), S("\r\n\r\n"))) == SIZE_MAX)
        if (!more(fd, 5000))
            return 0;
    size_t at = str_find(buf_str(&answer), S("Content-Length: "));
    size_t body = at < end && !is_head ? strtoul(answer.p + at + 16, NULL, 10) : 0;
    while (answer.n < end + 4 + body)
        if (!more(fd, 5000))
            return 0;
    return (int)strtol(answer.p + 9, NULL, 10);
}
static struct str body(void)
{
    size_t end = str_find(buf_str(&answer), S("\r\n\r\n"));
    return end == SIZE_MAX ? STR_NONE : str_sub(buf_str(&answer), end + 4, answer.n);
}
static bool has(const char *part)
{
    return str_has(buf_str(&answer), str_from(part));
}
static bool is_closed(int fd)
{
    buf_reset(&answer);
    while (more(fd, 7000))
        ;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}
/* A connection for one request; the status. */
static int once(const struct stand *s, const char *text)
{
    int fd = dial(s);
    say(fd, text);
    int status = hear(fd, false);
    close(fd);
    return status;
}
#define H " HTTP/1.1\r\nHost: a\r\n"

static void test_plain(struct stand *s)
{
    int fd = dial(s);
    say(fd, "GET /hello" H "\r\n");
    ok_int(hear(fd, false), 200, "an answer");
    ok_str(body(), "hello", "its body");
    ok(has("Date: ") && has("Content-Length: 5\r\n") && has("X-Last: yes\r\n") && !has("Connection:"), "its headers");
    say(fd, "HEAD /hello" H "\r\nGET /nothing" H "\r\n");
    ok_int(hear(fd, true), 200, "HEAD on the same connection");
    ok(has("Content-Length: 5\r\n"), "with the length of GET");
    if (str_find(body(), S("204")) == SIZE_MAX)
        (void)more(fd, 5000);
    ok(str_starts(body(), S("HTTP/1.1 204 No Content\r\n")) && !str_has(body(), S("Content-Length")),
       "and no body before the next, which has neither length nor body");
    say(fd, "GET /name/%C3%A7a%3Ab?x=1" H "\r\n");
    ok(hear(fd, false) == 200 && str_is(body(), "\xC3\xA7"
                                                "a:b"),
       "a decoded path");
    say(fd, "GET /none" H "\r\n");
    ok(hear(fd, false) == 404 && has("no page"), "not found is rendered by its handler");
    say(fd, "DELETE /hello" H "\r\n");
    ok(hear(fd, false) == 405 && has("Allow: GET, HEAD\r\n"), "405 with Allow");
    say(fd, "GET /inner" H "\r\n");
    ok_int(hear(fd, false), 404, "an inner path from outside");
    say(fd, "GET /hello" H "Connection: close\r\n\r\n");
    ok(hear(fd, false) == 200 && has("Connection: close\r\n"), "close is answered in kind");
    ok(is_closed(fd), "and done");
    close(fd);
    fd = dial(s);
    say(fd, "GET /hello HTTP/1.0\r\n\r\n");
    ok(hear(fd, false) == 200 && has("Connection: close\r\n") && is_closed(fd), "1.0 closes");
    close(fd);
    fd = dial(s);
    say(fd, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    ok(hear(fd, false) == 200 && has("Connection: keep-alive\r\n"), "1.0 keeps when asked");
    close(fd);
}

static void test_pipeline(struct stand *s)
{
    int fd = dial(s);
    struct buf all = BUF_INIT(65536);
    for (int i = 0; i < 100; i++)
        if (i % 7 == 3)
            buf_puts(&all, "GET /around" H "\r\n");
        else
            buf_printf(&all, "GET /name/%d" H "\r\n", i);
    buf_puts(&all,
             "POST /echo" H "Content-Length: 3\r\n\r\nabcGET /later" H "\r\nGET /hello" H "Connection: close\r\n\r\n");
    ok(send(fd, all.p, all.n, 0) == (ssize_t)all.n, "103 requests in one breath");
    buf_reset(&answer);
    while (more(fd, 5000))
        ;
    unsigned wrong = 0;
    size_t last = 0;
    for (int i = 0; i < 100; i++) {
        char want[32];
        if (i % 7 == 3)
            continue;
        snprintf(want, sizeof want, "\r\n\r\n%dHTTP/1.1", i);
        size_t at = str_find(buf_str(&answer), str_from(want));
        wrong += at == SIZE_MAX || at < last;
        last = at;
    }
    ok_int(wrong, 0, "answered in order");
    ok(has("abcHTTP/1.1 200 OK") && str_ends(buf_str(&answer), S("hello")), "to the last");
    buf_fini(&all);
    close(fd);
}

static void test_bytewise(struct stand *s)
{
    static const char text[] =
        "POST /echo" H "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n";
    int fd = dial(s);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        (void)!send(fd, text + i, 1, 0);
        usleep(200);
    }
    ok(hear(fd, false) == 200 && str_is(body(), "abcde"), "a chunked body, byte by byte");
    say(fd, "GET /hello" H "\r\n");
    ok_int(hear(fd, false), 200, "the connection goes on behind it");
    close(fd);
}

static void test_bodies(struct stand *s)
{
    ok(once(s, "PUT /small" H "Content-Length: 10\r\n\r\n0123456789") == 200 && str_is(body(), "0123456789"),
       "a body at the cap");
    ok(once(s, "PUT /small" H "Content-Length: 11\r\n\r\n") == 413 && has("Connection: close\r\n"), "413 above it");
    ok(once(s, "PUT /small" H "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n1\r\n") == 413,
       "413 for chunks above it");
    ok(once(s, "PUT /small" H "Transfer-Encoding: chunked\r\n\r\nx\r\n") == 400, "400 for a bad chunk");
    ok(once(s, "GET /hello" H "Content-Length: 1\r\n\r\nx") == 413, "413 where no body is taken");
    ok(once(s, "GET /hello" H "Content-Length: 0\r\n\r\n") == 200, "an empty body is none");
    ok(once(s, "POST /none" H "Content-Length: 1\r\n\r\nx") == 404 && has("Connection: close\r\n"),
       "a body for nobody closes");
    int fd = dial(s);
    say(fd, "PUT /small" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    ok_int(hear(fd, false), 100, "100 Continue");
    say(fd, "ok");
    ok(hear(fd, false) == 200 && str_is(body(), "ok"), "then the answer");
    close(fd);
    ok(once(s, "PUT /small" H "Expect: 100-continue\r\nContent-Length: 11\r\n\r\n") == 413,
       "no 100 for what is too long");

    struct buf big_one = BUF_INIT(1 << 20);
    buf_puts(&big_one, "POST /echo" H "Content-Length: 300000\r\n\r\n");
    for (int i = 0; i < 300000; i++)
        buf_addc(&big_one, (char)('a' + i % 26));
    fd = dial(s);
    ok(send(fd, big_one.p, big_one.n, 0) == (ssize_t)big_one.n && hear(fd, false) == 200 && body().n == 300000 &&
           str_ends(buf_str(&big_one), body()),
       "300,000 bytes there and back");
    close(fd);
    buf_fini(&big_one);
}

/* The whole of a refused upload is swallowed, so that the answer survives. */
static void test_refused_upload(struct stand *s)
{
    int fd = dial(s);
    static char much[1 << 20];
    say(fd, "PUT /small" H "Content-Length: 1048576\r\n\r\n");
    for (size_t sent = 0; sent < sizeof much;) {
        ssize_t n = send(fd, much + sent, sizeof much - sent, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    ok(hear(fd, false) == 413 && has("problem+json"), "413 is heard after a megabyte was sent");
    close(fd);
}

static void test_refusals(struct stand *s)
{
    static const struct {
        const char *text;
        int status;
    } rows_[] = {
        {"GET / HTTP/1.1\nHost: a\n\n", 400}, {"PATCH /" H "\r\n", 501},  {"GET /a/../b" H "\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},      {"GET /%00" H "\r\n", 400}, {"GET /" H "Host: b\r\n\r\n", 400},
        {"GET /" H "Expect: x\r\n\r\n", 417},
    };
    for (size_t i = 0; i < sizeof rows_ / sizeof rows_[0]; i++) {
        int fd = dial(s);
        say(fd, rows_[i].text);
        ok_int(hear(fd, false), rows_[i].status, "refusal %zu", i);
        ok(has("Connection: close\r\n") && has("application/problem+json") && has("X-Last"),
           "as a problem that closes");
        shutdown(fd, SHUT_WR);
        ok(is_closed(fd), "closed");
        close(fd);
    }
    struct buf line = BUF_INIT(65536);
    buf_puts(&line, "GET /");
    for (int i = 0; i < 9000; i++)
        buf_addc(&line, 'a');
    buf_puts(&line, H "\r\n");
    buf_addc(&line, '\0');
    ok_int(once(s, line.p), 414, "414");
    buf_reset(&line);
    buf_puts(&line, "GET /hello" H);
    for (int i = 0; i < 70; i++)
        buf_puts(&line, "A: b\r\n");
    buf_puts(&line, "\r\n");
    buf_addc(&line, '\0');
    ok_int(once(s, line.p), 431, "431");
    buf_fini(&line);
}

static void test_cached(struct stand *s)
{
    int fd = dial(s);
    for (int i = 0; i < 3; i++) {
        say(fd, "GET /cached" H "\r\n");
        ok(hear(fd, false) == 200 && str_is(body(), "a page") && has("\r\nX-Page: 1\r\n") &&
               has("Content-Length: 6\r\n"),
           "a cached page");
    }
    say(fd, "HEAD /cached" H "\r\nGET /hello" H "\r\n");
    ok(hear(fd, true) == 200 && has("Content-Length: 6\r\n"), "HEAD of it");
    if (body().n == 0)
        (void)more(fd, 5000);
    ok(str_starts(body(), S("HTTP/1.1 200")), "has no body");
    close(fd);
    ok(once(s, "GET /cached" H "X-Skip: 1\r\n\r\n") == 404, "what the cache lacks goes on");
    ok(once(s, "GET /cached HTTP/1.0\r\n\r\n") == 200 && has("Connection: close\r\n"), "cached on 1.0");
}

static void test_trips(struct stand *s)
{
    ok(once(s, "GET /later" H "\r\n") == 200 && str_is(body(), "hello"), "answered by a work thread");
    ok(once(s, "GET /around" H "\r\n") == 200 && str_is(body(), "home"), "came back to its loop");
    int fd = dial(s);
    say(fd, "GET /take" H "\r\n");
    ok(is_closed(fd) && str_is(buf_str(&answer), "TAKEN"), "a socket is taken");
    close(fd);

    fd = dial(s);
    say(fd, "GET /park" H "\r\nGET /hello" H "\r\n");
    while (!atomic_load(&parked))
        usleep(1000);
    say(fd, "GET /nothing" H "\r\n");
    usleep(20000);
    struct call *c = atomic_exchange(&parked, NULL);
    res_start(&c->res, 200, NULL);
    res_body(&c->res, S("after all"));
    call_answer(c);
    ok(hear(fd, false) == 200 && str_starts(body(), S("after all")), "what was sent while the call was away waits");
    while (!has("204") && more(fd, 5000))
        ;
    ok(has("hello") && has("204"), "and is answered after it");
    close(fd);
    ok(atomic_load(&dropped) == 1 && atomic_load(&state_dropped) == 1, "who asked is let go, and what the handler held");

    fd = dial(s);
    say(fd, "GET /park" H "\r\n");
    while (!atomic_load(&parked))
        usleep(1000);
    struct linger hard = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
    usleep(50000);
    ok_int(once(s, "GET /hello" H "\r\n"), 200, "another connection takes the place");
    c = atomic_exchange(&parked, NULL);
    call_return(c, come_back);
    for (int i = 0; i < 500 && atomic_load(&dropped) < 2; i++)
        usleep(10000);
    ok(atomic_load(&dropped) == 2 && atomic_load(&state_dropped) == 2 && atomic_load(&returned) == 0,
       "a call whose connection went is dropped with all it held, and its handler is not run");
}

static int dial_held(const struct stand *s, const char *then)
{
    int fd = dial(s);
    atomic_store(&parked, NULL);
    say(fd, "GET /hold" H "\r\n");
    while (!atomic_load(&parked))
        usleep(1000);
    say(fd, then);
    return fd;
}

static bool is_reached(atomic_int *n, int want)
{
    for (int i = 0; i < 500 && atomic_load(n) < want; i++)
        usleep(10000);
    return atomic_load(n) == want;
}

static void test_held(struct stand *s)
{
    int before = atomic_load(&state_dropped);
    int fd = dial_held(s, "");
    shutdown(fd, SHUT_WR);
    ok(hear(fd, false) == 200 && str_is(body(), "ended"), "who ends his side while his call waits is answered");
    ok(is_closed(fd) && atomic_load(&ends) == 1, "and told once");
    close(fd);
    fd = dial_held(s, "GET /hello" H "\r\n");
    shutdown(fd, SHUT_WR);
    ok(hear(fd, false) == 200 && str_starts(body(), S("ended")), "also when he asked for more before");
    while (!has("hello") && more(fd, 5000))
        ;
    ok(has("hello"), "which he gets");
    close(fd);
    fd = dial_held(s, "");
    close(fd);
    ok(is_reached(&ends, 3) && is_reached(&state_dropped, before + 3), "who closes is missed at once, and his call freed");
    fd = dial_held(s, "");
    struct linger hard = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
    ok(is_reached(&ends, 4) && is_reached(&state_dropped, before + 4), "and who breaks off too");
    atomic_store(&returned, 0);
    fd = dial_held(s, "GET /hello" H "\r\n");
    nudge.deliver = let_go;
    mailbox_post(loop_mailbox(s->loop), &nudge);
    ok(hear(fd, false) == 200 && atomic_load(&returned) == 1 && atomic_load(&ends) == 4, "a call that is let go goes on");
    while (!has("hello") && more(fd, 5000))
        ;
    ok(has("hello"), "and so does its connection");
    close(fd);
    atomic_store(&returned, 0);
}

static void test_full_pool(struct stand *s)
{
    int fd[3];
    tight = pool_new("tight", 1, 1, NULL, NULL, NULL);
    pthread_mutex_lock(&door);
    for (int i = 0; i < 3; i++) {
        fd[i] = dial(s);
        say(fd[i], "GET /queue" H "\r\n");
        while ((i == 0 && !atomic_load(&at_door)) || (i == 1 && pool_waiting(tight) == 0))
            usleep(1000);
    }
    int status = hear(fd[2], false);
    size_t at = str_find(buf_str(&answer), S("Retry-After: "));
    long wait = at == SIZE_MAX ? 0 : strtol(answer.p + at + 13, NULL, 10);
    ok(status == 503 && wait >= 1 && wait <= 5 && !has("Connection: close"), "a full queue: 503, come again in one to five seconds");
    pthread_mutex_unlock(&door);
    ok(hear(fd[0], false) == 200 && hear(fd[1], false) == 200, "who was taken is answered");
    for (int i = 0; i < 3; i++)
        close(fd[i]);
    pool_free(&tight);
}

static void test_slow_reader(struct stand *s)
{
    int fd = dial(s);
    say(fd, "GET /big" H "\r\n");
    usleep(100000);
    ok(hear(fd, false) == 200 && body().n == BIG && body().p[BIG - 1] == 'b', "eight megabytes through a full socket");
    close(fd);
}

static void test_deadlines(const struct routes *routes)
{
    struct stand *s = stand_up(
        (struct server_options){
            .head_ms = 1000, .idle_ms = 400, .requests_per_connection = 3, .body_ms = 700, .stall_ms = 500},
        routes);
    int drip = dial(s), stalled = dial(s);
    say(drip, "POST /echo" H "Content-Length: 5000\r\n\r\nsome");
    say(stalled, "GET /big" H "\r\n");
    int silent = dial(s), slow = dial(s), idle = dial(s);
    say(slow, "GET /hello HTTP/1.1\r\nHos");
    say(idle, "GET /hello" H "\r\n");
    ok_int(hear(idle, false), 200, "an answer first");
    ok(is_closed(idle) && answer.n == 0, "then idle too long: closed without a word");
    ok(is_closed(silent) && answer.n == 0, "nothing said: closed without a word");
    ok_int(hear(slow, false), 408, "half a head: 408");
    ok_int(hear(drip, false), 408, "half a body: 408");
    ok(hear(stalled, false) == 0 && answer.n > 0 && answer.n < BIG, "an answer that nobody takes is given up");
    close(drip);
    close(stalled);
    close(silent);
    close(slow);
    close(idle);
    int fd = dial(s);
    say(fd, "GET /hello" H "\r\nGET /hello" H "\r\nGET /hello" H "\r\nGET /hello" H "\r\n");
    buf_reset(&answer);
    while (more(fd, 5000))
        ;
    unsigned count = 0;
    for (struct str rest = buf_str(&answer); str_has(rest, S("HTTP/1.1 200")); count++)
        rest = str_sub(rest, str_find(rest, S("HTTP/1.1 200")) + 8, rest.n);
    ok_int(count, 3, "three requests per connection");
    ok(has("Connection: close\r\n"), "the last one says so");
    close(fd);
    tear_down(&s);
}

static void test_crowd(const struct routes *routes)
{
    struct stand *s = stand_up((struct server_options){.connections_per_address = 3}, routes);
    int fd[4];
    for (int i = 0; i < 4; i++)
        fd[i] = dial(s);
    ok(is_closed(fd[3]) && str_starts(buf_str(&answer), S("HTTP/1.1 503")), "the fourth of one address is turned away");
    say(fd[0], "GET /hello" H "\r\n");
    ok_int(hear(fd[0], false), 200, "the others are served");
    for (int i = 0; i < 4; i++)
        close(fd[i]);
    tear_down(&s);

    s = stand_up((struct server_options){.connections_max = 2}, routes);
    fd[0] = dial(s);
    say(fd[0], "GET /hello" H "\r\n");
    ok_int(hear(fd[0], false), 200, "one idles");
    fd[1] = dial(s);
    fd[2] = dial(s);
    say(fd[2], "GET /hello" H "\r\n");
    ok_int(hear(fd[2], false), 200, "a full house puts out the idle one for a newcomer");
    ok(is_closed(fd[0]), "who is closed");
    for (int i = 0; i < 3; i++)
        close(fd[i]);
    struct server_counts n;
    server_count(s->server, &n);
    ok(n.accepted == 3 && n.requests == 2 && n.bytes_out > 0, "counted");
    tear_down(&s);
}

static void test_slow_ones(const struct routes *routes)
{
    struct stand *s = stand_up((struct server_options){.connections_max = 2}, routes);
    int first = dial(s), second = dial(s);
    say(first, "GET /hel");
    say(second, "GET /hello" H);
    usleep(20000);
    say(first, "l");
    ok_int(once(s, "GET /hello" H "\r\n"), 200, "a full house of requests that do not come to an end: the newcomer is served");
    ok(is_closed(first) && str_starts(buf_str(&answer), S("HTTP/1.1 503")), "for the oldest that is not whole, which drops more");
    say(second, "\r\n");
    ok_int(hear(second, false), 200, "the other one goes on");
    close(first);
    close(second);
    tear_down(&s);
}

static void test_starved(const struct routes *routes)
{
    struct stand *s = stand_up((struct server_options){0}, routes);
    int reserve = dial(s);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    int hoard[4096], n = 0;
    struct rlimit was, now;
    getrlimit(RLIMIT_NOFILE, &was);
    usleep(50000);
    now = was;
    now.rlim_cur = 64;
    setrlimit(RLIMIT_NOFILE, &now);
    while (n < 4096 && (hoard[n] = dup(client)) >= 0)
        n++;
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(s->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ok(n > 0 && connect(client, (struct sockaddr *)&a, sizeof a) == 0, "descriptors are gone, a client comes");
    ok(is_closed(client) && str_starts(buf_str(&answer), S("HTTP/1.1 503")), "it is told 503");
    say(reserve, "GET /hello" H "\r\n");
    ok_int(hear(reserve, false), 200, "others are served meanwhile");
    while (n > 0)
        close(hoard[--n]);
    setrlimit(RLIMIT_NOFILE, &was);
    ok_int(once(s, "GET /hello" H "\r\n"), 200, "and newcomers afterwards");
    close(client);
    close(reserve);
    tear_down(&s);
}

static void test_stop(const struct routes *routes)
{
    struct stand *s = stand_up((struct server_options){0}, routes);
    int idle = dial(s), busy = dial(s);
    say(idle, "GET /hello" H "\r\n");
    ok_int(hear(idle, false), 200, "one idles");
    say(busy, "GET /park" H "\r\n");
    while (!atomic_load(&parked))
        usleep(1000);
    s->stop.deliver = stop_now;
    mailbox_post(loop_mailbox(s->loop), &s->stop);
    ok(is_closed(idle), "a stop closes the idle");
    struct call *c = atomic_exchange(&parked, NULL);
    res_start(&c->res, 200, NULL);
    call_answer(c);
    ok(hear(busy, false) == 200 && has("Connection: close\r\n") && is_closed(busy), "and finishes the running");
    struct server_counts n = {.open = 1};
    for (int i = 0; i < 500 && n.open; i++, usleep(10000))
        server_count(s->server, &n);
    ok_int(n.open, 0, "nobody is left");
    close(idle);
    close(busy);
    tear_down(&s);
}

/* A work thread may answer after the loop has run for the last time: what the handler would look for may be gone. */
static void test_after_the_end(const struct routes *routes)
{
    struct stand *s = stand_up((struct server_options){0}, routes);
    int fd = dial(s), before = atomic_load(&state_dropped);
    say(fd, "GET /park" H "\r\n");
    while (!atomic_load(&parked))
        usleep(1000);
    loop_stop(s->loop);
    pthread_join(s->thread, NULL);
    call_return(atomic_exchange(&parked, NULL), come_back);
    server_free(&s->server);
    ok(atomic_load(&returned) == 0 && atomic_load(&state_dropped) == before + 1, "a call that comes after the end is dropped");
    loop_free(&s->loop);
    free(s);
    close(fd);
}

int main(void)
{
    id_init();
    page = blob_new(S("X-Page: 1\r\n\r\na page"));
    page_head = page->n - strlen("a page");
    pool = pool_new("work", 2, 16, NULL, NULL, NULL);
    struct routes *routes = routes_new(rows, sizeof rows / sizeof rows[0]);
    struct stand *s = stand_up((struct server_options){0}, routes);
    test_plain(s);
    test_pipeline(s);
    test_bytewise(s);
    test_bodies(s);
    test_refused_upload(s);
    test_refusals(s);
    test_cached(s);
    test_trips(s);
    test_held(s);
    test_full_pool(s);
    test_slow_reader(s);
    test_stop(routes);
    test_after_the_end(routes);
    test_deadlines(routes);
    test_crowd(routes);
    test_slow_ones(routes);
    test_starved(routes);
    pool_free(&pool);
    tear_down(&s);
    routes_free(&routes);
    blob_unref(&page);
    buf_fini(&answer);
    return tap_end();
}
