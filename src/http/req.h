/* One request, parsed and whole. Slices live in the call's arena; immutable once handed to a handler. */
#ifndef HTTP_REQ_H
#define HTTP_REQ_H

#include "base/arena.h"
#include "io/stream.h"

enum method { METHOD_GET = 1, METHOD_HEAD = 2, METHOD_POST = 4, METHOD_PUT = 8, METHOD_DELETE = 16, METHOD_OPTIONS = 32 };

#define REQ_HEADERS 64
#define REQ_PARAMS 4

struct req_pair {
    struct str name, value;
};

struct req {
    enum method method;
    struct str target; /* as sent */
    struct str path;   /* decoded once, checked (no %00, %2f, overlong UTF-8) */
    struct str query;  /* raw, without '?' */
    struct str body;
    struct req_pair headers[REQ_HEADERS];
    size_t header_count;
    struct str params[REQ_PARAMS]; /* what {names} of the route matched, in order */
    struct address peer;
    bool is_inner; /* came in by a loopback or inner: listener */
    bool is_tls;
    bool is_http10;
    int64_t at_us; /* monotonic time at which the head was complete */
};

struct str req_header(const struct req *r, const char *name); /* first, by name without case; STR_NONE */
/* Value of a query key, decoded ('+' and %XX) into the arena; STR_NONE when absent, "" when empty. */
struct str req_query(const struct req *r, struct arena *a, const char *key);
/* Pairs of application/x-www-form-urlencoded text (body or query); tolerates a leading '&'. ERR_LIMIT over max. */
enum err req_form(struct str text, struct arena *a, size_t max, struct req_pair **out, size_t *out_count) MUST_USE;
/* Text parts of multipart/form-data; files are refused (ERR_TYPE). */
enum err req_multipart(struct str content_type, struct str body, struct arena *a, size_t max, struct req_pair **out,
                       size_t *out_count) MUST_USE;
struct str req_cookie(const struct req *r, const char *name);
/* Media type of Content-Type without parameters, lower case as sent; STR_NONE when absent. */
struct str req_media_type(const struct req *r);
/* Whether Accept takes this type ("text/event-stream"); absent Accept takes all. */
bool req_accepts(const struct req *r, const char *type);
/* %XX decoding of one path segment or query value into the arena; p NULL when bad. */
struct str req_decode(struct arena *a, struct str s, bool plus_is_space);

#endif
