/* The floor: the least that a program can do to hand one message to many readers. Every figure of the wire is a multiple
 * of what this costs on the same machine in the same minute.
 *
 * floor [-p PORT] [-s] [-c] [--every K] [faults]        prints "port N" and serves until it is killed
 *   A connection whose first byte is S reads (hello "S NUMBER\n", answered "OK\n"); one that begins with P writes: each of
 *   its lines goes to all readers as it is, so the writer says how many bytes that is.
 *   -s          the same by HTTP: GET reads an event stream, each POST body goes out as one event
 *   -c          all the lines that one read of 64 KiB brought go out in one send
 *   --every K   only readers whose number is a multiple of K are due
 * Faults, to prove that the load client sees them, counted over all deliveries:
 *   --drop K    one in K is left out     --repeat K  one in K goes twice     --swap K  one in K waits for the next
 *
 * One thread, one buffer a message, one send a reader. A reader whose socket is full holds a place in the chain of
 * messages, not a copy. No history, no parsing, no rights: that is what makes it the floor. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_ROOM 65536

/* Lives while somebody stands at it or at one before it. */
struct message {
    struct message *next;
    size_t refs, n;
    char bytes[];
};

struct peer {
    int fd;
    bool is_reader, is_writer, is_gone;
    size_t place;          /* in readers[]; SIZE_MAX: connected and never due */
    struct message *at;    /* where a reader with a full socket stands; NULL: nowhere behind */
    size_t done;           /* bytes of it that are out */
    struct message *later; /* --swap */
};

static bool is_http, is_merging;
static unsigned long every = 1, drop, repeat, swap, deliveries;
static struct peer **readers;
static size_t reader_count, reader_room;
static unsigned long joined;
static struct message *newest;
static int ep;
static struct {
    char *bytes;
    size_t n, room;
} said; /* by the one writer */

static void fail(const char *what)
{
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void *room(void *p, size_t n)
{
    p = realloc(p, n);
    if (p == NULL)
        fail("memory");
    return p;
}

static void message_unref(struct message *m)
{
    while (m && --m->refs == 0) {
        struct message *next = m->next;
        free(m);
        m = next;
    }
}

static void forget(struct peer *p)
{
    if (p->is_gone)
        return;
    p->is_gone = true; /* an event already fetched may still name it, so the struct stays */
    close(p->fd);
    message_unref(p->at);
    message_unref(p->later);
    if (p->is_reader && p->place != SIZE_MAX) {
        readers[p->place] = readers[--reader_count];
        readers[p->place]->place = p->place;
    }
}

static void watch(struct peer *p, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = p};
    epoll_ctl(ep, EPOLL_CTL_MOD, p->fd, &e);
}

static void fall_behind(struct peer *p, struct message *m, size_t done)
{
    if (drop || repeat || swap) {
        fprintf(stderr, "floor: faults are counted only with readers that keep up\n");
        exit(2);
    }
    m->refs++;
    p->at = m;
    p->done = done;
    watch(p, EPOLLIN | EPOLLOUT);
}

static void deliver(struct peer *p, struct message *m)
{
    if (p->at)
        return; /* it will come to m by itself */
    ssize_t sent = send(p->fd, m->bytes, m->n, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == (ssize_t)m->n)
        return;
    if (sent < 0 && errno != EAGAIN)
        forget(p);
    else
        fall_behind(p, m, sent < 0 ? 0 : (size_t)sent);
}

static void catch_up(struct peer *p)
{
    while (p->at) {
        struct message *m = p->at;
        ssize_t sent = send(p->fd, m->bytes + p->done, m->n - p->done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            forget(p);
        if (sent < 0 || (p->done += (size_t)sent) < m->n)
            return;
        p->done = 0;
        p->at = m->next;
        if (p->at)
            p->at->refs++;
        message_unref(m);
    }
    watch(p, EPOLLIN);
}

static void deliver_badly(struct peer *p, struct message *m)
{
    deliveries++;
    if (drop && deliveries % drop == 0)
        return;
    if (swap && deliveries % swap == 0 && !p->later) {
        m->refs++;
        p->later = m;
        return;
    }
    deliver(p, m);
    if (repeat && deliveries % repeat == 0)
        deliver(p, m);
    if (p->later) {
        deliver(p, p->later);
        message_unref(p->later);
        p->later = NULL;
    }
}

static void hand_out(const char *text, size_t n)
{
    size_t head = is_http ? 6 : 0, tail = is_http ? 2 : 0;
    struct message *m = room(NULL, sizeof *m + head + n + tail);
    *m = (struct message){.refs = 2, .n = head + n + tail}; /* one for `newest`, one for the walk */
    memcpy(m->bytes, "data: ", head);
    memcpy(m->bytes + head, text, n);
    memcpy(m->bytes + head + n, "\n\n", tail);
    if (newest) {
        m->refs++;
        newest->next = m;
        message_unref(newest);
    }
    newest = m;
    for (size_t i = reader_count; i-- > 0;) /* backwards: whoever leaves is replaced by one that was served */
        if (drop || repeat || swap)
            deliver_badly(readers[i], m);
        else
            deliver(readers[i], m);
    message_unref(m);
}

static void join(struct peer *p, const char *hello)
{
    static const char opened[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    unsigned long number = is_http ? joined : strtoul(hello + 1, NULL, 10);
    joined++;
    p->is_reader = true;
    p->place = SIZE_MAX;
    if (number % every == 0) {
        if (reader_count == reader_room)
            readers = room(readers, (reader_room = reader_room * 2 + 1024) * sizeof *readers);
        p->place = reader_count;
        readers[reader_count++] = p;
    }
    const char *answer = is_http ? opened : "OK\n";
    if (send(p->fd, answer, strlen(answer), MSG_NOSIGNAL) < 0)
        forget(p);
}

/* Bytes of what was said that make one message from `from` on: its text in *text and *n. 0: not whole yet. */
static size_t next_message(size_t from, const char **text, size_t *n)
{
    char *p = said.bytes + from, *end;
    size_t left = said.n - from;
    *text = p;
    if (!is_http) {
        end = is_merging ? memrchr(p, '\n', left) : memchr(p, '\n', left);
        return *n = end ? (size_t)(end + 1 - p) : 0;
    }
    if ((end = memmem(p, left, "\r\n\r\n", 4)) == NULL)
        return 0;
    *end = 0;
    const char *length = strcasestr(p, "\r\nContent-Length:");
    *end = '\r';
    *n = length ? strtoul(length + 17, NULL, 10) : 0;
    *text = end + 4;
    size_t whole = (size_t)(end + 4 - p) + *n;
    return whole <= left ? whole : 0;
}

static void hear(struct peer *p, const char *bytes, size_t n)
{
    static const char taken[] = "HTTP/1.1 204 No Content\r\n\r\n";
    if (said.n + n >= said.room)
        said.bytes = room(said.bytes, said.room = (said.n + n) * 2 + 1);
    memcpy(said.bytes + said.n, bytes, n);
    said.n += n;
    const char *text;
    size_t from = 0, length, step;
    while ((step = next_message(from, &text, &length)) > 0) {
        hand_out(text, length);
        from += step;
        if (is_http && send(p->fd, taken, sizeof taken - 1, MSG_NOSIGNAL) < 0) {
            forget(p);
            break;
        }
    }
    memmove(said.bytes, said.bytes + from, said.n -= from);
}

static void on_bytes(struct peer *p)
{
    static char bytes[READ_ROOM + 1];
    ssize_t n = recv(p->fd, bytes, READ_ROOM, MSG_DONTWAIT);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN)
            forget(p);
        return;
    }
    bytes[n] = 0;
    bool is_first = !p->is_reader && !p->is_writer;
    if (is_first && (bytes[0] == 'S' || bytes[0] == 'G')) {
        join(p, bytes);
        return;
    }
    if (p->is_reader)
        return;
    size_t greeting = is_first && !is_http && n >= 2 ? 2 : 0; /* "P\n" */
    p->is_writer = true;
    if (is_first)
        said.n = 0;
    hear(p, bytes + greeting, (size_t)n - greeting);
}

static void take_connections(int listener)
{
    int yes = 1;
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        struct peer *p = room(NULL, sizeof *p);
        *p = (struct peer){.fd = fd};
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = p};
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) != 0)
            fail("epoll");
    }
}

static int listen_on(int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &n) != 0)
        fail("listen");
    printf("port %d\n", ntohs(a.sin_port));
    fflush(stdout);
    return fd;
}

static int options(int argc, char **argv)
{
    static const struct option names[] = {{"every", 1, 0, 'e'}, {"drop", 1, 0, 'd'}, {"repeat", 1, 0, 'r'}, {"swap", 1, 0, 'w'}, {0}};
    int port = 0;
    for (int c; (c = getopt_long(argc, argv, "p:sc", names, NULL)) != -1;)
        switch (c) {
        case 'p': port = (int)strtol(optarg, NULL, 10); break;
        case 's': is_http = true; break;
        case 'c': is_merging = true; break;
        case 'e': every = strtoul(optarg, NULL, 10); break;
        case 'd': drop = strtoul(optarg, NULL, 10); break;
        case 'r': repeat = strtoul(optarg, NULL, 10); break;
        case 'w': swap = strtoul(optarg, NULL, 10); break;
        default: every = 0;
        }
    if (every == 0 || optind != argc) {
        fprintf(stderr, "usage: floor [-p PORT] [-s] [-c] [--every K] [--drop K | --repeat K | --swap K]\n");
        exit(2);
    }
    return port;
}

int main(int argc, char **argv)
{
    int listener = listen_on(options(argc, argv));
    ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN}, events[256];
    epoll_ctl(ep, EPOLL_CTL_ADD, listener, &e);
    for (;;) {
        int n = epoll_wait(ep, events, 256, -1);
        for (int i = 0; i < n; i++) {
            struct peer *p = events[i].data.ptr;
            if (p == NULL)
                take_connections(listener);
            if (p && !p->is_gone && p->at && events[i].events & EPOLLOUT)
                catch_up(p);
            if (p && !p->is_gone && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                on_bytes(p);
        }
    }
}
