/* Reads the head of an HTTP/1.1 request, strictly: whatever two servers could read differently is refused
 * (dependencies 3, trust 3). Pure and stateless: it is given all bytes so far, and its verdict on a beginning never
 * changes when more bytes follow. Any thread. */
#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include "http/req.h"

#define PARSE_LINE 8192     /* request line, and any header line, without CRLF */
#define PARSE_PATH 4096     /* path as sent, without query */
#define PARSE_HEADERS 16384 /* all header lines with their CRLF, the empty one included */
#define PARSE_HEAD (2 + PARSE_LINE + 2 + PARSE_HEADERS) /* most bytes that a head can have */

enum parse_result { PARSE_MORE, PARSE_DONE, PARSE_BAD };

struct parse {
    struct req req; /* slices point into the bytes given; path into `decoded` when it held %XX. peer, flags of the
                     * listener, params and body are the caller's */
    size_t head_bytes;
    uint64_t length; /* Content-Length, 0 when absent */
    bool has_length, is_chunked, is_keeping, expects_continue, has_host;
    bool says_close, says_keep;
    int status;         /* of a refusal: 400, 414, 417, 431, 501 */
    const char *detail; /* of a refusal, for people; static */
    char decoded[PARSE_PATH];
};

enum parse_result parse_head(struct parse *p, struct str in);
bool parse_is_token(unsigned char c); /* may stand in a header name */
bool parse_is_value(unsigned char c); /* may stand in a header value */

#endif
