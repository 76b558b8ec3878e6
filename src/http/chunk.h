/* Decoder of the chunked transfer coding (RFC 9112 7.1), strict; trailers are checked and dropped
 * (those that frame a message are refused). A few bytes of
 * state, fed with whatever has arrived. One thread at a time. */
#ifndef HTTP_CHUNK_H
#define HTTP_CHUNK_H

#include "base/buf.h"

#define CHUNK_EXTENSION 256 /* bytes of one chunk's extension */
#define CHUNK_TRAILERS 4096 /* bytes of all trailer lines */

enum chunk_result {
    CHUNK_MORE, /* all input taken, the end not reached */
    CHUNK_DONE, /* what is left of the input belongs to the next request */
    CHUNK_BAD,
    CHUNK_OVER /* more data than `out` may hold */
};

struct chunk {
    uint64_t left; /* of the chunk being read */
    uint16_t digits, extension, trailers;
    uint8_t state, name_bytes;
    char name[18]; /* of the trailer being read, cut: long enough to know those that are refused */
};

void chunk_start(struct chunk *c);
/* Takes bytes off the front of *in and appends the data to out, whose cap is the limit. */
enum chunk_result chunk_feed(struct chunk *c, struct str *in, struct buf *out);

#endif
