/* Non-blocking bytes on a socket; plain now, the same face later over TLS. Functions for one loop's thread. */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include "base/str.h"
#include <sys/uio.h>

#define STREAM_IP 16
#define STREAM_NAME 46 /* its text, with the zero */
struct address {
    char text[STREAM_NAME]; /* numeric IPv4 or IPv6, without port */
    uint8_t ip[STREAM_IP];  /* the same in less room: IPv4 as ::ffff:0:0/96; all zero = of another family, without text */
    uint16_t port;
    bool is_loopback;
    uint8_t block[8]; /* the /32 of IPv4 or the /64 of IPv6: what limits per address count by */
};

/* The text of an address of which only `ip` was kept. */
void stream_name(const uint8_t ip[static STREAM_IP], char out[static STREAM_NAME]);

enum stream_result { STREAM_OK, STREAM_AGAIN, STREAM_END, STREAM_BROKEN };
/* Both never block; *done gets the bytes moved when STREAM_OK. */
enum stream_result stream_read(int fd, void *to, size_t room, size_t *done);
enum stream_result stream_write(int fd, const struct iovec *v, int count, size_t *done);
/* The kernel takes about so many bytes for a peer that reads none; left alone, it lets that grow to megabytes. */
void stream_bound(int fd, size_t bytes);
/* Makes room for so many bytes more in the kernel, for the last ones to a peer that takes none; as far as the system's
 * limit allows (net.core.wmem_max). */
void stream_widen(int fd, size_t more);
/* Listening socket with SO_REUSEPORT and SO_REUSEADDR, non-blocking. spec "127.0.0.1:8080", "[::1]:8080", ":0".
 * ERR_IO with the reason in why. *out_port is the real port. */
enum err stream_listen(struct str spec, int *out_fd, uint16_t *out_port, struct why *why) MUST_USE;
/* Somebody listens there already. To be asked before the first stream_listen: SO_REUSEPORT would let two servers share
 * the port, and each connection would find one of them. */
bool stream_is_taken(struct str spec);
/* accept4 non-blocking, TCP_NODELAY. STREAM_AGAIN when none waits, STREAM_BROKEN on EMFILE and the like. */
enum stream_result stream_accept(int listener, int *out_fd, struct address *out_peer);

#endif
