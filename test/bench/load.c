/* A load client that is not the limit: N connections that ask as fast as they are answered (or at a rate), and M readers
 * of an event stream beside them. Used by the scripts of this folder; no part of the product.
 *
 * load PORT CONNECTIONS SECONDS RATE REQUESTS [STREAMS HELLO]
 *   REQUESTS  file of whole HTTP requests, each behind its length in ten digits; taken round robin
 *   RATE      requests a second of all connections together; 0 = as fast as they are answered
 *   HELLO     file with the one request that opens a stream
 * A mark "zz" + 20 digits in a request is overwritten with the time of sending (CLOCK_MONOTONIC, ns); a stream's event
 * that carries it tells how long it was under way, until the empty line that ends the event. One line of JSON. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define MARK_BYTES 22
#define SAMPLES_MAX 4000000
#define STREAM_ROOM (1 << 20)

struct request {
    char *bytes;
    size_t n, mark; /* mark = n: none */
};
struct samples {
    uint32_t *us;
    size_t n;
};
struct asker {
    pthread_t thread;
    unsigned index;
    struct samples took;
    size_t good, bad;
    int last_bad;
};
struct stream {
    int fd;
    char tail[STREAM_ROOM];
    size_t n;
    uint64_t last;
};

static int port;
static unsigned askers, streams;
static double rate;
static int64_t start_ns, end_ns;
static struct request *requests;
static size_t request_count;
static atomic_size_t next_request;
static atomic_bool is_over;
static struct samples heard;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void fail(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void add(struct samples *s, int64_t ns)
{
    if (s->us == NULL && (s->us = malloc(SAMPLES_MAX * sizeof *s->us)) == NULL)
        fail("memory");
    if (s->n < SAMPLES_MAX)
        s->us[s->n++] = (uint32_t)(ns / 1000);
}

static int dial(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

static void send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = write(fd, p, n);
        if (sent <= 0)
            fail("write");
        p += sent;
        n -= (size_t)sent;
    }
}

static char *slurp(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0)
        fail(path);
    *n = (size_t)ftell(f);
    rewind(f);
    char *p = malloc(*n + 1);
    if (p == NULL || fread(p, 1, *n, f) != *n)
        fail(path);
    p[*n] = 0;
    fclose(f);
    return p;
}

static char *find_mark(char *p, size_t n)
{
    for (char *end = p + n; (p = memchr(p, 'z', (size_t)(end - p))) != NULL && end - p >= MARK_BYTES; p++)
        if (p[1] == 'z' && p[2] >= '0' && p[2] <= '9' && p[MARK_BYTES - 1] >= '0' && p[MARK_BYTES - 1] <= '9')
            return p;
    return NULL;
}

static void read_requests(const char *path)
{
    size_t n;
    char *p = slurp(path, &n), *end = p + n;
    requests = calloc(n / 10 + 1, sizeof *requests);
    while (p + 10 <= end) {
        char digits[11] = {0};
        memcpy(digits, p, 10);
        struct request *r = &requests[request_count++];
        *r = (struct request){p + 10, (size_t)strtoull(digits, NULL, 10), 0};
        char *mark = find_mark(r->bytes, r->n);
        r->mark = mark ? (size_t)(mark - r->bytes) : r->n;
        p += 10 + r->n;
    }
    if (request_count == 0)
        fail("no request");
}

/* The status; *is_closing when the server ends the connection behind the answer. */
static int read_answer(int fd, int *is_closing)
{
    static _Thread_local char room[1 << 21];
    size_t n = 0, want = 0;
    while (want == 0 || n < want) {
        ssize_t got = read(fd, room + n, sizeof room - 1 - n);
        if (got <= 0)
            return 0;
        n += (size_t)got;
        room[n] = 0;
        char *end;
        if (want == 0 && (end = strstr(room, "\r\n\r\n")) != NULL) {
            char *length = strcasestr(room, "\r\ncontent-length:");
            want = (size_t)(end + 4 - room) + (length && length < end ? strtoull(length + 17, NULL, 10) : 0);
            char *closing = strcasestr(room, "\r\nconnection: close");
            *is_closing = closing && closing < end;
        }
    }
    return (int)strtol(room + 9, NULL, 10);
}

static void wait_until(int64_t ns)
{
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

static void *ask(void *arg)
{
    struct asker *a = arg;
    int fd = dial(), is_closing = 0;
    char *copy = malloc(1 << 20);
    int64_t step = rate > 0 ? (int64_t)(1e9 * askers / rate) : 0;
    int64_t due = start_ns + step * a->index / askers;
    for (;; due += step) {
        wait_until(step ? due : start_ns);
        int64_t from = step ? due : now_ns(); /* an asker that was kept waiting does not make its next answer look quick */
        if (from >= end_ns)
            break;
        struct request *r = &requests[atomic_fetch_add(&next_request, 1) % request_count];
        memcpy(copy, r->bytes, r->n);
        if (r->mark < r->n) {
            char mark[MARK_BYTES + 1];
            snprintf(mark, sizeof mark, "zz%020llu", (unsigned long long)from);
            memcpy(copy + r->mark, mark, MARK_BYTES);
        }
        send_all(fd, copy, r->n);
        int status = read_answer(fd, &is_closing);
        if (status >= 200 && status < 300) {
            a->good++;
            add(&a->took, now_ns() - from);
        } else {
            a->bad++;
            a->last_bad = status;
        }
        if (is_closing || status == 0) {
            close(fd);
            fd = dial();
            is_closing = 0;
        }
    }
    close(fd);
    free(copy);
    return NULL;
}

/* Marks in what has come whole; the rest is kept. */
static void look(struct stream *s, int64_t at)
{
    size_t from = 0;
    char *end;
    while ((end = memmem(s->tail + from, s->n - from, "\n\n", 2)) != NULL) {
        char *mark = find_mark(s->tail + from, (size_t)(end - s->tail) - from);
        if (mark) {
            char digits[21] = {0};
            memcpy(digits, mark + 2, 20);
            uint64_t sent = strtoull(digits, NULL, 10);
            if (sent != s->last && (int64_t)sent >= start_ns)
                add(&heard, at - (int64_t)sent);
            s->last = sent;
        }
        from = (size_t)(end - s->tail) + 2;
    }
    memmove(s->tail, s->tail + from, s->n - from);
    s->n -= from;
    if (s->n == STREAM_ROOM)
        s->n = 0;
}

static struct stream *open_streams(const char *hello_path, int ep)
{
    size_t n;
    char *hello = slurp(hello_path, &n);
    struct stream *all = calloc(streams, sizeof *all);
    for (unsigned i = 0; i < streams; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = &all[i]};
        all[i].fd = dial();
        send_all(all[i].fd, hello, n);
        char first[4096];
        ssize_t got = read(all[i].fd, first, sizeof first);
        if (got < 12 || memcmp(first + 9, "200", 3) != 0) {
            fprintf(stderr, "load: stream %u: %.*s\n", i, got > 0 ? (int)got : 0, first);
            exit(2);
        }
        if (epoll_ctl(ep, EPOLL_CTL_ADD, all[i].fd, &e) != 0)
            fail("epoll");
    }
    free(hello);
    return all;
}

static void *listen_to_all(void *arg)
{
    int ep = *(int *)arg;
    struct epoll_event events[64];
    while (!is_over) {
        int n = epoll_wait(ep, events, 64, 50);
        for (int i = 0; i < n; i++) {
            struct stream *s = events[i].data.ptr;
            ssize_t got = read(s->fd, s->tail + s->n, STREAM_ROOM - s->n);
            if (got <= 0) {
                fprintf(stderr, "load: a stream was closed\n");
                exit(3);
            }
            s->n += (size_t)got;
            look(s, now_ns());
        }
    }
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void print_samples(const char *name, struct samples *s)
{
    static const struct {
        const char *name;
        double share;
    } rows[] = {{"p50", .5}, {"p90", .9}, {"p99", .99}, {"p999", .999}};
    if (s->n == 0)
        return;
    qsort(s->us, s->n, sizeof *s->us, by_size);
    printf(", \"%s\": {\"count\": %zu", name, s->n);
    for (unsigned i = 0; i < 4; i++) {
        size_t at = (size_t)(rows[i].share * (double)s->n);
        printf(", \"%s\": %u", rows[i].name, s->us[at < s->n ? at : s->n - 1]);
    }
    printf(", \"max\": %u}", s->us[s->n - 1]);
}

int main(int argc, char **argv)
{
    if (argc != 6 && argc != 8) {
        fprintf(stderr, "usage: load PORT CONNECTIONS SECONDS RATE REQUESTS [STREAMS HELLO]\n");
        return 2;
    }
    port = (int)strtol(argv[1], NULL, 10);
    askers = (unsigned)strtoul(argv[2], NULL, 10);
    rate = strtod(argv[4], NULL);
    read_requests(argv[5]);
    int ep = epoll_create1(0);
    pthread_t listener;
    struct stream *all = NULL;
    if (argc == 8) {
        streams = (unsigned)strtoul(argv[6], NULL, 10);
        all = open_streams(argv[7], ep);
        pthread_create(&listener, NULL, listen_to_all, &ep);
    }
    start_ns = now_ns() + 300000000;
    end_ns = start_ns + (int64_t)(strtod(argv[3], NULL) * 1e9);
    struct asker *a = calloc(askers, sizeof *a);
    for (unsigned i = 0; i < askers; i++) {
        a[i].index = i;
        pthread_create(&a[i].thread, NULL, ask, &a[i]);
    }
    struct samples took = {0};
    size_t good = 0, bad = 0;
    int last_bad = 0;
    for (unsigned i = 0; i < askers; i++) {
        pthread_join(a[i].thread, NULL);
        good += a[i].good;
        bad += a[i].bad;
        last_bad = a[i].last_bad ? a[i].last_bad : last_bad;
        for (size_t k = 0; k < a[i].took.n; k++)
            add(&took, a[i].took.us[k] * INT64_C(1000));
    }
    double seconds = (double)(now_ns() - start_ns) / 1e9;
    if (all) {
        wait_until(now_ns() + 500000000);
        is_over = 1;
        pthread_join(listener, NULL);
    }
    printf("{\"good\": %zu, \"bad\": %zu, \"last_bad\": %d, \"seconds\": %.3f, \"per_second\": %.1f, \"expected\": %zu", good, bad,
           last_bad, seconds, (double)good / seconds, good * streams);
    print_samples("took_us", &took);
    print_samples("heard_us", &heard);
    printf("}\n");
    return 0;
}
