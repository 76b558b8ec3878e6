/* link.h - the bytes of one connection. All that fanout.c reads or writes goes through these few functions, so that
 * encryption can come in here without its callers seeing it. Non-blocking; -1 with EAGAIN means "later". */
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct link {
    int fd; /* -1: closed */
};

/* Begins to connect; `from` (host order) picks a source address, 0 leaves it to the kernel. False with errno. */
static inline bool link_dial(struct link *l, const struct sockaddr_in *to, uint32_t from, bool with_arrival)
{
    int yes = 1;
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd < 0)
        return false;
    setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (with_arrival)
        setsockopt(l->fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
    if (from) { /* one address has about 28,000 ports to connect from */
        struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = {htonl(from)}};
        setsockopt(l->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        if (bind(l->fd, (struct sockaddr *)&own, sizeof own) != 0)
            return false;
    }
    return connect(l->fd, (const struct sockaddr *)to, sizeof *to) == 0 || errno == EINPROGRESS;
}

/* 0 when the connection stands, else its errno. */
static inline int link_fault(const struct link *l)
{
    int e = 0;
    socklen_t n = sizeof e;
    getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &e, &n);
    return e;
}

static inline ssize_t link_read(struct link *l, void *p, size_t n)
{
    return recv(l->fd, p, n, 0);
}

/* As link_read; *arrived = when the last of these bytes reached this socket (CLOCK_REALTIME, ns), however late they are read. */
static inline ssize_t link_read_at(struct link *l, void *p, size_t n, uint64_t *arrived)
{
    union {
        char room[CMSG_SPACE(sizeof(struct timespec)) + 64];
        struct cmsghdr align;
    } told;
    struct iovec to = {p, n};
    struct msghdr m = {.msg_iov = &to, .msg_iovlen = 1, .msg_control = told.room, .msg_controllen = sizeof told.room};
    ssize_t got = recvmsg(l->fd, &m, 0);
    for (struct cmsghdr *c = got > 0 ? CMSG_FIRSTHDR(&m) : NULL; c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            const struct timespec *t = (const void *)CMSG_DATA(c);
            *arrived = (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec;
        }
    return got;
}

/* Throws up to n bytes away without copying them. */
static inline ssize_t link_skip(struct link *l, size_t n)
{
    static char untouched[4u << 20]; /* as large as what may be asked for: checkers of memory know no MSG_TRUNC */
    return recv(l->fd, untouched, n < sizeof untouched ? n : sizeof untouched, MSG_TRUNC);
}

static inline ssize_t link_write(struct link *l, const void *p, size_t n)
{
    return send(l->fd, p, n, MSG_NOSIGNAL);
}

static inline void link_close(struct link *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}
