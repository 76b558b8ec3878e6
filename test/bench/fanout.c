/* The load client of the live wire: N subscribers, and who publishes to them. One thread; see usage() for its words.
 *
 * Every message carries a mark (run, number, time of sending) in front of a filler that no JSON or XML writer changes;
 * each subscriber looks for marks whatever stands around them, and counts a delivery when the last byte of the text is
 * there. One bit for each message and subscriber: lost, repeated and swapped deliveries are counted exactly.
 *
 * `lat_us` runs from just before the message is written until it is read; with --rest until it has arrived in the reader's
 * socket by the kernel's clock, the client being asleep meanwhile: so a server on all cores is not slowed by its client.
 * `cpu_us_per_delivery` is the scheduler's time of all threads of --pid between first publish and last delivery.
 * Exit status: 0 all arrived, 3 something did not, 2 could not run. */
#include "fanout.h"

#include <getopt.h>
#include <sched.h>
#include <sys/epoll.h>

struct options opt = {.path = "/", .pub_path = "/", .body = "{payload}", .label = "", .pin = -1, .n = 100, .size = 512, .count = 100,
                      .window = 1, .publishers = 1, .inflight = 128, .match = 1, .settle = 1, .drain = 3, .most_secs = 120, .run = UINT32_MAX};
struct tally tally;
int poller;
char **tokens;
size_t token_count;

void fail(const char *what, const char *more)
{
    fprintf(stderr, "fanout: %s%s%s\n", what, more ? ": " : "", more ? more : "");
    exit(2);
}

uint64_t stamp_ns(void)
{
    return clock_ns(opt.rest_ms ? CLOCK_REALTIME : CLOCK_MONOTONIC);
}

void watch(void *who, int fd, uint32_t events, bool is_new)
{
    struct epoll_event e = {.events = events, .data.ptr = who};
    if (epoll_ctl(poller, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &e) != 0)
        fail("epoll", strerror(errno));
}

/* A template with {i} (the connection), {token} (its token), {n} (the message) and {payload} put in; the length. */
size_t expand(char *to, size_t room, const char *text, uint32_t i, uint32_t message, const char *payload)
{
    size_t n = 0;
    while (*text) {
        char number[16];
        const char *put = text;
        size_t length = 1, step = 1;
        if (strncmp(text, "{i}", 3) == 0 || strncmp(text, "{n}", 3) == 0) {
            length = (size_t)snprintf(number, sizeof number, "%u", text[1] == 'i' ? i : message);
            put = number;
            step = 3;
        } else if (strncmp(text, "{token}", 7) == 0 && token_count) {
            put = tokens[i % token_count];
            length = strlen(put);
            step = 7;
        } else if (payload && strncmp(text, "{payload}", 9) == 0) {
            put = payload;
            length = opt.size;
            step = 9;
        }
        if (n + length >= room)
            fail("a request is too long", NULL);
        memcpy(to + n, put, length);
        n += length;
        text += step;
    }
    to[n] = 0;
    return n;
}

static void read_tokens(void)
{
    char row[512];
    FILE *f = fopen(opt.tokens_file, "r");
    if (f == NULL)
        fail(opt.tokens_file, strerror(errno));
    while (fgets(row, sizeof row, f)) {
        row[strcspn(row, "\n")] = 0;
        tokens = realloc(tokens, (token_count + 1) * sizeof *tokens);
        if (tokens == NULL || (tokens[token_count++] = strdup(row)) == NULL)
            fail("memory", NULL);
    }
    fclose(f);
}

/* One look at the sockets, waiting at most wait_ns for something to come. */
static void turn(uint64_t wait_ns)
{
    struct epoll_event events[256];
    struct timespec wait = {(time_t)(wait_ns / 1000000000u), (long)(wait_ns % 1000000000u)};
    int n = epoll_pwait2(poller, events, 256, &wait, NULL);
    for (int i = 0; i < n; i++)
        if (!subs_event(events[i].data.ptr, events[i].events))
            pubs_event(events[i].data.ptr, events[i].events);
    subs_slow_step();
}

static void open_subscribers(void)
{
    uint64_t progress = now_ns();
    for (uint32_t known = 0; known < opt.n;) {
        uint32_t under_way = subs_dialled() - known;
        if (under_way < opt.inflight)
            subs_dial(opt.inflight - under_way);
        turn(100000000);
        if (tally.live + tally.refused != known) {
            known = tally.live + tally.refused;
            progress = now_ns();
        } else if (now_ns() - progress > 20000000000u) {
            fail("no subscription was confirmed for 20 s", NULL);
        }
    }
}

static uint64_t due_ns(uint64_t start)
{
    return start + (uint64_t)(tally.published * 1e9 / opt.rate);
}

static bool is_time_up(uint64_t start)
{
    uint64_t t = now_ns(), heard = tally.last_ns > start ? tally.last_ns : start;
    bool is_stuck = opt.rate <= 0 && opt.n > 0 && (double)(t - heard) > (opt.drain + 2) * 1e9;
    return is_stuck || (opt.secs > 0 && (double)(t - start) > opt.secs * 1e9) || (double)(t - start) > opt.most_secs * 1e9;
}

static bool is_next_due(uint64_t start)
{
    if (!pubs_can())
        return false;
    if (opt.rate > 0)
        return now_ns() >= due_ns(start);
    return opt.n == 0 || tally.published - tally.completed < opt.window;
}

/* With --rest the client leaves the processor to the server for so long after each message. */
static void rest(void)
{
    struct timespec t = {opt.rest_ms / 1000, opt.rest_ms % 1000 * 1000000};
    if (opt.rest_ms)
        nanosleep(&t, NULL);
}

static void publish_all(uint64_t start)
{
    while (tally.published < opt.count && !is_time_up(start)) {
        while (tally.published < opt.count && is_next_due(start)) {
            uint64_t lag = opt.rate > 0 ? now_ns() - due_ns(start) : 0;
            if (lag > tally.lag_ns)
                tally.lag_ns = lag;
            pubs_publish(tally.published++);
            rest();
        }
        uint64_t t = now_ns();
        bool is_paced = opt.rate > 0 && due_ns(start) > t && due_ns(start) - t < 50000000;
        turn(tally.published == opt.count ? 0 : is_paced ? due_ns(start) - t : 50000000);
    }
    for (uint64_t from = now_ns(); !pubs_are_idle() && now_ns() - from < 10000000000u;)
        turn(50000000);
}

static uint64_t wanted(void)
{
    return (uint64_t)(opt.is_external ? opt.count : tally.published) * tally.active;
}

static void await_the_rest(uint64_t start)
{
    for (uint64_t from = now_ns(); tally.received < wanted();) {
        turn(20000000);
        uint64_t t = now_ns(), heard = tally.last_ns > from ? tally.last_ns : from;
        bool is_waiting = opt.is_external && tally.received == 0;
        if ((double)(t - heard) > opt.drain * 1e9 * (is_waiting ? 10 : 1) || (double)(t - start) > opt.most_secs * 1e9)
            return;
    }
}

static void wait_for(double seconds)
{
    for (uint64_t end = now_ns() + (uint64_t)(seconds * 1e9); now_ns() < end;)
        turn(10000000);
}

struct moment {
    struct cost server;
    double own_us;
    uint64_t ns;
};

static struct moment moment(bool with_memory)
{
    struct moment m = {.server = cost_of(opt.pids, opt.pid_count, with_memory)};
    m.own_us = own_cpu_us();
    m.ns = now_ns();
    return m;
}

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static void report_arrivals(double wall, double dial_s)
{
    const char *names[] = {"sse", "ws", "raw"};
    struct tally *t = &tally;
    double got = (double)t->received;
    printf("{\"label\":\"%s\",\"proto\":\"%s\",\"n\":%u,\"size\":%u,\"rate\":%g,\"window\":%u,\"connected\":%u,\"failed\":%u,"
           "\"closed\":%u,\"slow_closed\":%u,\"published\":%u,\"expected\":%llu,\"received\":%llu,\"lost\":%lld,",
           opt.label, names[opt.proto], opt.n, opt.size, opt.rate, opt.window, t->live, t->refused, t->closed, t->slow_closed,
           t->published, (unsigned long long)wanted(), (unsigned long long)t->received, (long long)(wanted() - t->received));
    printf("\"duplicated\":%llu,\"out_of_order\":%llu,\"foreign\":%llu,\"unexpected\":%llu,\"bytes_in\":%llu,"
           "\"bytes_per_delivery\":%.1f,\"wall_s\":%.4f,\"deliveries_per_s\":%.0f,\"publish_lag_max_us\":%.0f,"
           "\"pub_errors\":%u,\"pub_first_error\":\"%s\",\"connects_per_s\":%.0f,",
           (unsigned long long)t->duplicated, (unsigned long long)t->out_of_order, (unsigned long long)t->foreign,
           (unsigned long long)t->unexpected, (unsigned long long)t->bytes, share((double)t->bytes, got), wall, share(got, wall),
           (double)t->lag_ns / 1e3, t->pub_errors, t->pub_error, share(t->live, dial_s));
    printf("\"lat_us\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f},", spread_at(&t->delays, .5) / 1e3,
           spread_at(&t->delays, .9) / 1e3, spread_at(&t->delays, .99) / 1e3, spread_at(&t->delays, .999) / 1e3,
           (double)t->delays.most / 1e3);
}

/* before: nobody connected; idle: all are; post: all has arrived. */
static void report(const struct moment *before, const struct moment *idle, const struct moment *post, double dial_s)
{
    const struct cost *a = &before->server, *b = &idle->server, *c = &post->server;
    double wall = tally.last_ns > idle->ns ? (double)(tally.last_ns - idle->ns) / 1e9 : 0, got = (double)tally.received;
    double cpu_us = (c->cpu_ns - b->cpu_ns) / 1e3, own_us = post->own_us - idle->own_us;
    report_arrivals(wall, dial_s);
    printf("\"client\":{\"cpu_us_per_delivery\":%.3f,\"busy\":%.3f},", share(own_us, got), share(own_us, wall * 1e6));
    printf("\"server\":{\"procs\":%d,\"cpu_us\":%.0f,\"cpu_us_per_delivery\":%.4f,\"user_share\":%.3f,\"busy\":%.3f,"
           "\"bytes_per_idle_conn\":%.0f,\"pss_kb_before\":%.0f,\"pss_kb_idle\":%.0f,\"pss_kb_after\":%.0f,"
           "\"rss_kb_idle\":%.0f,\"rss_kb_after\":%.0f,\"rss_kb_peak\":%.0f},",
           c->found, cpu_us, share(cpu_us, got), share(c->user_ticks - b->user_ticks, c->all_ticks - b->all_ticks),
           share(cpu_us, wall * 1e6), share((b->pss_kb - a->pss_kb) * 1024, tally.live), a->pss_kb, b->pss_kb, c->pss_kb, b->rss_kb,
           c->rss_kb, c->peak_kb);
    printf("\"kernel_tcp_kb\":{\"before\":%.0f,\"idle\":%.0f,\"after\":%.0f}}\n", a->kernel_kb, b->kernel_kb, c->kernel_kb);
}

static _Noreturn void usage(void)
{
    fprintf(stderr, "usage: fanout --proto sse|ws|raw --port P [words]\n"
                    "  --n N --size B --count M     subscribers, bytes of a text (64 at least), messages at most\n"
                    "  --window W | --rate R        at most W messages under way, or R a second\n"
                    "  --secs S                     no new message after so long\n"
                    "  --path T --header T          how a subscriber asks; {i} its number, {token} its line of --tokens FILE\n"
                    "  --pub-port P --pub-path T --pub-header T --body T --publishers P\n"
                    "                               how is published; {payload} and {n} in the body\n"
                    "  --match K                    only subscribers whose number is a multiple of K are due; others count as unexpected\n"
                    "  --slow-pct X --slow-read B   so many stop reading, or read only B bytes ten times a second\n"
                    "  --external --run HEX         somebody else publishes the --count messages, with this mark (also: --n 0 --run HEX)\n"
                    "  --replay                     they were published before: the clock starts with the first connect\n"
                    "  --rest MS                    sleep so long after each message; delays until arrival in the socket\n"
                    "  --pid P[,P] --pin CPU --addresses K --inflight K --settle S --drain S --most-secs S --label T\n");
    exit(2);
}

static void read_pids(const char *list)
{
    char *end = NULL;
    for (const char *p = list; *p && opt.pid_count < 16; p = *end ? end + 1 : end)
        opt.pids[opt.pid_count++] = (int)strtol(p, &end, 10);
}

static void add_header(const char **rows, const char *row)
{
    size_t n = 0;
    while (rows[n])
        n++;
    if (n == TEMPLATES)
        fail("too many headers", NULL);
    rows[n] = row;
}

static void read_options(int argc, char **argv)
{
    enum { PROTO = 1, HEADER, PUB_HEADER, PIDS, EXTERNAL, REPLAY, RUN, TEXTS, COUNTS = TEXTS + 16, INTS = COUNTS + 16, REALS = INTS + 16 };
    const char **texts[] = {&opt.path, &opt.pub_path, &opt.body, &opt.label, &opt.tokens_file};
    uint32_t *counts[] = {&opt.n, &opt.size, &opt.count, &opt.window, &opt.publishers, &opt.addresses, &opt.inflight,
                          &opt.match, &opt.slow_read, &opt.rest_ms};
    int *ints[] = {&opt.port, &opt.pub_port, &opt.pin};
    double *reals[] = {&opt.rate, &opt.secs, &opt.settle, &opt.drain, &opt.most_secs, &opt.slow_pct};
    static const struct option names[] = {
        {"proto", 1, 0, PROTO}, {"header", 1, 0, HEADER}, {"pub-header", 1, 0, PUB_HEADER}, {"pid", 1, 0, PIDS},
        {"external", 0, 0, EXTERNAL}, {"replay", 0, 0, REPLAY}, {"run", 1, 0, RUN},
        {"path", 1, 0, TEXTS}, {"pub-path", 1, 0, TEXTS + 1}, {"body", 1, 0, TEXTS + 2}, {"label", 1, 0, TEXTS + 3}, {"tokens", 1, 0, TEXTS + 4},
        {"n", 1, 0, COUNTS}, {"size", 1, 0, COUNTS + 1}, {"count", 1, 0, COUNTS + 2}, {"window", 1, 0, COUNTS + 3},
        {"publishers", 1, 0, COUNTS + 4}, {"addresses", 1, 0, COUNTS + 5}, {"inflight", 1, 0, COUNTS + 6},
        {"match", 1, 0, COUNTS + 7}, {"slow-read", 1, 0, COUNTS + 8}, {"rest", 1, 0, COUNTS + 9},
        {"port", 1, 0, INTS}, {"pub-port", 1, 0, INTS + 1}, {"pin", 1, 0, INTS + 2},
        {"rate", 1, 0, REALS}, {"secs", 1, 0, REALS + 1}, {"settle", 1, 0, REALS + 2}, {"drain", 1, 0, REALS + 3},
        {"most-secs", 1, 0, REALS + 4}, {"slow-pct", 1, 0, REALS + 5}, {0}};
    bool has_proto = false;
    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;)
        switch (c) {
        case PROTO:
            has_proto = true;
            opt.proto = strcmp(optarg, "sse") == 0 ? PROTO_SSE : strcmp(optarg, "ws") == 0 ? PROTO_WS : PROTO_RAW;
            break;
        case HEADER: add_header(opt.headers, optarg); break;
        case PUB_HEADER: add_header(opt.pub_headers, optarg); break;
        case PIDS: read_pids(optarg); break;
        case EXTERNAL: opt.is_external = true; break;
        case REPLAY: opt.is_replay = true; break;
        case RUN: opt.run = (uint32_t)strtoul(optarg, NULL, 16) & 0xffff; break;
        case '?': usage();
        default:
            if (c >= REALS)
                *reals[c - REALS] = strtod(optarg, NULL);
            else if (c >= INTS)
                *ints[c - INTS] = (int)strtol(optarg, NULL, 10);
            else if (c >= COUNTS)
                *counts[c - COUNTS] = (uint32_t)strtoul(optarg, NULL, 10);
            else
                *texts[c - TEXTS] = optarg;
        }
    if (!has_proto || !opt.port || opt.size < 2 * MARK || !opt.count || !opt.match || !opt.publishers || optind != argc)
        usage();
    if (opt.run == UINT32_MAX)
        opt.run = (uint32_t)((now_ns() >> 10 ^ (uint64_t)getpid()) & 0xffff);
    opt.pub_port = opt.pub_port ? opt.pub_port : opt.port;
}

static void pin(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)opt.pin, &set);
    if (opt.pin >= 0 && sched_setaffinity(0, sizeof set, &set) != 0)
        fail("--pin", strerror(errno));
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    pin();
    if (opt.tokens_file)
        read_tokens();
    poller = epoll_create1(EPOLL_CLOEXEC);
    subs_init();
    if (!opt.is_external)
        pubs_init();
    struct moment before = moment(true), idle = before;
    uint64_t from = now_ns();
    open_subscribers();
    double dial_s = (double)(now_ns() - from) / 1e9;
    if (!opt.is_replay) {
        wait_for(opt.settle);
        idle = moment(true);
        tally.bytes = 0;
        if (!opt.is_external)
            publish_all(now_ns());
    }
    await_the_rest(now_ns());
    struct moment post = moment(false);
    post.server.pss_kb = cost_of(opt.pids, opt.pid_count, true).pss_kb;
    subs_slow_end();
    report(&before, &idle, &post, dial_s);
    return tally.received == wanted() && tally.refused == 0 && tally.unexpected == 0 && tally.pub_errors == 0 ? 0 : 3;
}
