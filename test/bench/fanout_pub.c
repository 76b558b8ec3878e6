/* Who publishes: one writer of lines, or several HTTP connections with one request under way on each. */
#include "fanout.h"

#include <sys/epoll.h>

#define ANSWER_MAX 16384

struct publisher {
    struct link link;
    bool is_busy; /* its answer has not come */
    char *out;    /* bytes on their way: out[at..n) */
    size_t n, at, room;
    char answer[ANSWER_MAX];
    size_t have;
};

static struct publisher *all;
static char *payload, *body;
static size_t body_room;

static void flush(struct publisher *p)
{
    while (p->at < p->n) {
        ssize_t sent = link_write(&p->link, p->out + p->at, p->n - p->at);
        if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN))
            break;
        if (sent <= 0)
            fail("the publishing connection broke", strerror(errno));
        p->at += (size_t)sent;
    }
    bool has_more = p->at < p->n;
    if (!has_more)
        p->at = p->n = 0;
    watch(p, p->link.fd, EPOLLIN | (has_more ? EPOLLOUT : 0u), false);
}

static void put(struct publisher *p, const char *bytes, size_t n)
{
    if (p->n + n > p->room) {
        p->room = (p->n + n) * 2;
        p->out = realloc(p->out, p->room);
        if (p->out == NULL)
            fail("memory", NULL);
    }
    memcpy(p->out + p->n, bytes, n);
    p->n += n;
}

void pubs_init(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)opt.pub_port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (opt.proto == PROTO_RAW)
        opt.publishers = 1;
    all = calloc(opt.publishers, sizeof *all);
    payload = malloc(opt.size + 1);
    body_room = opt.size + strlen(opt.body) + 64;
    body = malloc(body_room);
    if (all == NULL || payload == NULL || body == NULL)
        fail("memory", NULL);
    for (uint32_t i = 0; i < opt.size; i++) /* words of six letters: nothing to escape, nothing to trim, never an X */
        payload[i] = i % 7 == 6 && i + 1 < opt.size ? ' ' : (char)('a' + (i * 11 + i / 89) % 26);
    for (uint32_t i = 0; i < opt.publishers; i++) {
        struct publisher *p = &all[i];
        if (!link_dial(&p->link, &to, 0, false))
            fail("connect", strerror(errno));
        watch(p, p->link.fd, EPOLLOUT, true);
        if (opt.proto == PROTO_RAW)
            put(p, "P\n", 2);
    }
}

static struct publisher *free_one(void)
{
    for (uint32_t i = 0; i < opt.publishers; i++)
        if (!all[i].is_busy && all[i].n - all[i].at < 4u << 20)
            return &all[i];
    return NULL;
}

bool pubs_can(void)
{
    return free_one() != NULL;
}

bool pubs_are_idle(void)
{
    for (uint32_t i = 0; i < opt.publishers; i++)
        if (all[i].is_busy || all[i].n)
            return false;
    return true;
}

void pubs_publish(uint32_t message)
{
    struct publisher *p = free_one();
    char head[REQUEST_MAX], mark[MARK + 1];
    snprintf(mark, sizeof mark, "Xw%04x%08x%016llxwX", opt.run, message, (unsigned long long)stamp_ns());
    memcpy(payload, mark, MARK);
    size_t n = expand(body, body_room, opt.body, 0, message, payload);
    if (opt.proto == PROTO_RAW) {
        put(p, body, n);
        put(p, "\n", 1);
    } else {
        size_t h = (size_t)snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %zu\r\n",
                                    opt.pub_path, opt.pub_port, n);
        for (const char **row = opt.pub_headers; *row; row++) {
            h += expand(head + h, sizeof head - h - 4, *row, (uint32_t)(p - all), message, NULL);
            h += (size_t)snprintf(head + h, sizeof head - h, "\r\n");
        }
        put(p, head, h);
        put(p, "\r\n", 2);
        put(p, body, n);
        p->is_busy = true;
    }
    flush(p);
}

/* Bytes of the whole answer that stands in front; 0 while it is not all there. */
static size_t answer_length(struct publisher *p)
{
    char *end = strstr(p->answer, "\r\n\r\n");
    if (end == NULL)
        return 0;
    char *length = strcasestr(p->answer, "\r\nContent-Length:");
    char *chunked = strcasestr(p->answer, "\r\nTransfer-Encoding: chunked"), *last;
    size_t whole = (size_t)(end + 4 - p->answer);
    if (length && length < end)
        whole += strtoul(length + 17, NULL, 10);
    else if (chunked && chunked < end)
        whole = (last = strstr(end + 2, "\r\n0\r\n\r\n")) ? (size_t)(last + 7 - p->answer) : SIZE_MAX;
    return whole <= p->have ? whole : 0;
}

static void take_answers(struct publisher *p)
{
    size_t whole;
    while (p->have && (whole = answer_length(p)) > 0) {
        if (strncmp(p->answer, "HTTP/1.1 2", 10) != 0 && tally.pub_errors++ == 0)
            snprintf(tally.pub_error, sizeof tally.pub_error, "%.*s", (int)strcspn(p->answer, "\r\n\"\\"), p->answer);
        p->have -= whole;
        memmove(p->answer, p->answer + whole, p->have + 1);
        p->is_busy = false;
    }
    if (p->have == ANSWER_MAX - 1)
        fail("an answer to a publisher is too long", NULL);
}

void pubs_event(void *who, uint32_t events)
{
    struct publisher *p = who;
    if (events & EPOLLOUT)
        flush(p);
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return;
    ssize_t got = link_read(&p->link, p->answer + p->have, ANSWER_MAX - 1 - p->have);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0)
        fail("the server closed the publishing connection", got < 0 ? strerror(errno) : p->answer);
    p->have += (size_t)got;
    p->answer[p->have] = 0;
    if (opt.proto == PROTO_RAW)
        p->have = 0;
    else
        take_answers(p);
}
