#include "io/stream.h"

#include "../tap.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *kept_name(const struct address *a)
{
    static char name[STREAM_NAME];
    stream_name(a->ip, name);
    return name;
}

static int call_up(uint16_t port, const char *from)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET};
    if (from) {
        inet_pton(AF_INET, from, &a.sin_addr);
        if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0)
            return -1;
    }
    a.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
    return connect(fd, (struct sockaddr *)&a, sizeof a) == 0 ? fd : -1;
}

static void test_specs(void)
{
    static const char *const bad[] = {"",        "8080",         "127.0.0.1",     "127.0.0.1:",   "127.0.0.1:70000",
                                      "::1:80",  "[::1]",        "[::1:80",       "localhost:0",  "127.0.0.1:+1",
                                      "1.2.3:0", "127.0.0.1:0x", "[127.0.0.1]:0", "127.0.0.1 :0", "[]:0"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int fd = -1;
        uint16_t port;
        struct why why = {0};
        ok(stream_listen(str_from(bad[i]), &fd, &port, &why) != OK && fd == -1 && why.text[0], "\"%s\" is refused: %s",
           bad[i], why.text);
    }
    int a = -1, b = -1;
    uint16_t port = 0, same = 0;
    struct why why;
    ok(stream_listen(S(":0"), &a, &port, &why) == OK && port != 0, "any address, any port");
    char spec[32];
    snprintf(spec, sizeof spec, ":%u", port);
    ok(stream_listen(str_from(spec), &b, &same, &why) == OK && same == port, "two loops share one port");
    close(a);
    close(b);
    ok(stream_listen(S("203.0.113.7:0"), &a, &port, &why) == ERR_IO && strstr(why.text, "203.0.113.7"),
       "an address not ours: %s", why.text);
}

static int wait_accept(int listener, struct address *peer)
{
    struct pollfd p = {.fd = listener, .events = POLLIN};
    poll(&p, 1, 5000);
    int fd = -1;
    return stream_accept(listener, &fd, peer) == STREAM_OK ? fd : -1;
}

static void test_bytes(void)
{
    int listener = -1, fd = -1;
    uint16_t port = 0;
    struct address peer, other;
    ok(stream_listen(S("127.0.0.1:0"), &listener, &port, NULL) == OK, "listening");
    ok(stream_accept(listener, &fd, &peer) == STREAM_AGAIN, "nobody waits");
    int client = call_up(port, NULL);
    fd = wait_accept(listener, &peer);
    ok(fd >= 0, "accepted");
    ok_str(str_from(peer.text), "127.0.0.1", "peer as text");
    ok_str(str_from(kept_name(&peer)), "127.0.0.1", "and so it is read back from its sixteen bytes");
    ok(peer.is_loopback && peer.port != 0, "peer is loopback and has a port");
    int second = call_up(port, "127.0.0.9");
    int fd2 = wait_accept(listener, &other);
    ok(other.is_loopback && memcmp(peer.block, other.block, sizeof peer.block) != 0,
       "another IPv4 address, another block");

    char in[64];
    size_t n = 0;
    ok(stream_read(fd, in, sizeof in, &n) == STREAM_AGAIN, "nothing to read");
    ok(send(client, "hello", 5, 0) == 5, "client speaks");
    struct pollfd p = {.fd = fd, .events = POLLIN};
    poll(&p, 1, 5000);
    ok(stream_read(fd, in, sizeof in, &n) == STREAM_OK && n == 5, "heard");
    struct iovec v[2] = {{(char[]){"ab"}, 2}, {(char[]){"cd"}, 2}};
    ok(stream_write(fd, v, 2, &n) == STREAM_OK && n == 4, "said in two pieces");
    ok(recv(client, in, sizeof in, 0) == 4 && memcmp(in, "abcd", 4) == 0, "heard as one");

    static char much[1 << 20];
    struct iovec big = {much, sizeof much};
    enum stream_result r;
    do
        r = stream_write(fd, &big, 1, &n);
    while (r == STREAM_OK);
    ok(r == STREAM_AGAIN, "a full socket says so");
    close(second);
    poll(&(struct pollfd){.fd = fd2, .events = POLLIN}, 1, 5000);
    ok(stream_read(fd2, in, sizeof in, &n) == STREAM_END, "the end is told");
    struct linger hard = {1, 0};
    setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(client);
    poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 5000);
    ok(stream_read(fd, in, sizeof in, &n) == STREAM_BROKEN, "a reset is told");
    ok(stream_write(fd, v, 2, &n) == STREAM_BROKEN, "writing to it raises no signal");
    close(fd);
    close(fd2);
    close(listener);
}

/* Bytes that wait in the kernel for a peer that takes none, once it takes no more. */
static int waiting(int fd)
{
    static char page[5000];
    struct iovec v = {page, sizeof page};
    size_t done;
    int bytes = 0;
    while (stream_write(fd, &v, 1, &done) == STREAM_OK)
        ;
    ok(ioctl(fd, SIOCOUTQ, &bytes) == 0, "asking what waits");
    return bytes;
}

static void test_bound(void)
{
    int listener = -1;
    uint16_t port = 0;
    struct address peer;
    ok(stream_listen(S("127.0.0.1:0"), &listener, &port, NULL) == OK, "listening");
    int clients[2] = {call_up(port, NULL), call_up(port, NULL)}, fd[2];
    for (int i = 0; i < 2; i++)
        fd[i] = wait_accept(listener, &peer);
    stream_bound(fd[0], 128 * 1024);
    int bound = waiting(fd[0]), free = waiting(fd[1]);
    ok(bound > 96 * 1024 && bound < 176 * 1024, "a bound socket takes about what was said: %d", bound);
    ok(free > 2 * bound, "another one much more: %d", free);
    for (int i = 0; i < 2; i++) {
        close(fd[i]);
        close(clients[i]);
    }
    close(listener);
}

static void test_v6(void)
{
    int listener = -1;
    uint16_t port;
    if (stream_listen(S("[::1]:0"), &listener, &port, NULL) != OK) {
        ok(true, "no IPv6 here # SKIP");
        return;
    }
    int client = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct address peer;
    ok(connect(client, (struct sockaddr *)&a, sizeof a) == 0, "connected by IPv6");
    int fd = wait_accept(listener, &peer);
    ok_str(str_from(peer.text), "::1", "peer as text");
    ok_str(str_from(kept_name(&peer)), "::1", "and so it is read back from its sixteen bytes");
    ok(peer.is_loopback, "loopback");
    close(fd);
    close(client);
    close(listener);
    ok(stream_listen(S(":0"), &listener, &port, NULL) == OK, "both families at once");
    client = call_up(port, NULL);
    fd = wait_accept(listener, &peer);
    ok_str(str_from(peer.text), "127.0.0.1", "a mapped address is shown as IPv4");
    ok_str(str_from(kept_name(&peer)), "127.0.0.1", "and so it is read back from its sixteen bytes");
    close(fd);
    close(client);
    close(listener);
}

int main(void)
{
    test_specs();
    test_bytes();
    test_bound();
    test_v6();
    return tap_end();
}
