#include "io/stream.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STREAM_BACKLOG 4096

union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static enum stream_result stream_failed(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK ? STREAM_AGAIN : STREAM_BROKEN;
}

enum stream_result stream_read(int fd, void *to, size_t room, size_t *done)
{
    ssize_t n;
    do
        n = recv(fd, to, room, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        return STREAM_END;
    if (n < 0)
        return stream_failed();
    *done = (size_t)n;
    return STREAM_OK;
}

enum stream_result stream_write(int fd, const struct iovec *v, int count, size_t *done)
{
    /* sendmsg, not writev: only it can be told not to raise SIGPIPE. For one piece send does, with less to copy. */
    struct msghdr m = {.msg_iov = (struct iovec *)(uintptr_t)v, .msg_iovlen = (size_t)count};
    ssize_t n;
    do
        n = count == 1 ? send(fd, v->iov_base, v->iov_len, MSG_DONTWAIT | MSG_NOSIGNAL)
                       : sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return stream_failed();
    *done = (size_t)n;
    return STREAM_OK;
}

void stream_bound(int fd, size_t bytes)
{
    /* What is set is doubled, for the kernel's own needs (socket(7)). Of that, three quarters hold bytes when segments are
     * small, and nearly all when they are large. */
    int room = (int)(bytes / 16 * 9);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room); /* a socket that refuses it is broken */
}

void stream_widen(int fd, size_t more)
{
    int room = 0;
    socklen_t n = sizeof room;
    if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &n) < 0)
        return;
    room = room / 2 + (int)more; /* what is set is doubled, for the kernel's own needs: socket(7) */
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room); /* without it the write that follows takes less */
}

/* --- addresses --- */

void stream_name(const uint8_t ip[static STREAM_IP], char out[static STREAM_NAME])
{
    struct in6_addr v6;
    memcpy(&v6, ip, sizeof v6);
    if (IN6_IS_ADDR_V4MAPPED(&v6))
        must(inet_ntop(AF_INET, ip + 12, out, STREAM_NAME));
    else if (IN6_IS_ADDR_UNSPECIFIED(&v6))
        out[0] = 0;
    else
        must(inet_ntop(AF_INET6, ip, out, STREAM_NAME));
}

static void stream_note_v4(struct address *a, struct in_addr v4)
{
    memcpy(a->ip, (const uint8_t[12]){[10] = 0xff, [11] = 0xff}, 12);
    memcpy(a->ip + 12, &v4, 4);
    stream_name(a->ip, a->text);
    /* ::ffff/32 stands for no real network, so the two families never share a block. */
    memcpy(a->block, (const uint8_t[]){0, 0, 0xff, 0xff}, 4);
    memcpy(a->block + 4, &v4, 4);
    a->is_loopback = ntohl(v4.s_addr) >> 24 == 127;
}

static void stream_note_peer(struct address *a, const union any_address *from)
{
    memset(a, 0, sizeof *a);
    if (from->any.sa_family == AF_INET) {
        a->port = ntohs(from->v4.sin_port);
        stream_note_v4(a, from->v4.sin_addr);
        return;
    }
    if (from->any.sa_family != AF_INET6)
        return;
    const struct in6_addr *v6 = &from->v6.sin6_addr;
    a->port = ntohs(from->v6.sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(v6)) {
        struct in_addr v4;
        memcpy(&v4, &v6->s6_addr[12], sizeof v4);
        stream_note_v4(a, v4);
        return;
    }
    memcpy(a->ip, v6->s6_addr, sizeof a->ip);
    stream_name(a->ip, a->text);
    memcpy(a->block, v6->s6_addr, sizeof a->block);
    a->is_loopback = IN6_IS_ADDR_LOOPBACK(v6);
}

/* Splits "host:port"; a host in brackets is IPv6, an empty one means every address. */
static bool stream_parse(struct str spec, union any_address *out, socklen_t *out_size)
{
    size_t colon = spec.n;
    while (colon > 0 && spec.p[colon - 1] != ':')
        colon--;
    uint64_t port;
    if (colon == 0 || !str_u64(str_sub(spec, colon, spec.n), &port) || port > 65535)
        return false;
    struct str host = str_sub(spec, 0, colon - 1);
    bool is_every = host.n == 0, is_v6 = host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
    if (is_v6)
        host = str_sub(host, 1, host.n - 2);
    char text[INET6_ADDRSTRLEN];
    if (!str_copy(host, text, sizeof text))
        return false;
    memset(out, 0, sizeof *out);
    if (is_v6 || is_every) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons((uint16_t)port);
        *out_size = sizeof out->v6;
        return is_every || inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1;
    }
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons((uint16_t)port);
    *out_size = sizeof out->v4;
    return inet_pton(AF_INET, text, &out->v4.sin_addr) == 1;
}

static int stream_bind(const union any_address *a, socklen_t size)
{
    CLEANUP(mem_close_fd) int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1, off = 0;
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0)
        return -1;
    if (a->any.sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0)
        return -1;
    if (bind(fd, &a->any, size) < 0 || listen(fd, STREAM_BACKLOG) < 0)
        return -1;
    int given = fd;
    fd = -1;
    return given;
}

bool stream_is_taken(struct str spec)
{
    union any_address a;
    socklen_t size;
    int on = 1, off = 0;
    if (!stream_parse(spec, &a, &size))
        return false;
    CLEANUP(mem_close_fd) int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        return false;
    if (a.any.sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    return bind(fd, &a.any, size) < 0 && errno == EADDRINUSE;
}

enum err stream_listen(struct str spec, int *out_fd, uint16_t *out_port, struct why *why)
{
    union any_address a;
    socklen_t size;
    if (!stream_parse(spec, &a, &size))
        return err_why(why, ERR_FIELD, "listen", "\"%.*s\" is no numeric ADDRESS:PORT", STR_FMT(spec));
    int fd = stream_bind(&a, size);
    if (fd < 0 && errno == EAFNOSUPPORT && spec.p[0] == ':') { /* "every address" on a machine without IPv6 */
        in_port_t port = a.v6.sin6_port;
        memset(&a, 0, sizeof a);
        a.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
        size = sizeof a.v4;
        fd = stream_bind(&a, size);
    }
    if (fd < 0)
        return err_why(why, ERR_IO, "listen", "cannot listen on %.*s: %s", STR_FMT(spec), strerror(errno));
    must(getsockname(fd, &a.any, &size) == 0);
    *out_port = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
    *out_fd = fd;
    return OK;
}

/* Errors of a connection that died while it waited in the queue: the next one is as good (accept(2)). */
static bool stream_is_stillborn(int e)
{
    switch (e) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
        return true;
    default:
        return false;
    }
}

enum stream_result stream_accept(int listener, int *out_fd, struct address *out_peer)
{
    union any_address from;
    int fd;
    do {
        socklen_t size = sizeof from;
        fd = accept4(listener, &from.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (fd < 0 && stream_is_stillborn(errno));
    if (fd < 0)
        return stream_failed();
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* fails on a socket already reset: harmless */
    stream_note_peer(out_peer, &from);
    *out_fd = fd;
    return STREAM_OK;
}
