/* Method + path table -> handler. Patterns: "/v1/stories/{id}/versions"; {name} matches one segment, {name...} the rest.
 * A trailing slash is its own path unless the row has ROUTE_SLASH. HEAD is served by GET rows. Built at start, read-only
 * after; any thread. */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "http/call.h"

enum route_flag {
    ROUTE_SLASH = 1,      /* also with a trailing slash, served directly */
    ROUTE_INNER = 2,      /* loopback or inner: listeners only, elsewhere 404 */
    ROUTE_STREAM_BODY = 4 /* reserved for uploads */
};

struct route {
    unsigned methods; /* bits of enum method */
    const char *pattern;
    handler *run;
    size_t body_max; /* 0 = no body taken */
    unsigned flags;
    const char *group; /* for metrics: has, api, site, desk … */
};

struct routes;
struct routes *routes_new(const struct route *rows, size_t count); /* rows live for ever; must() on a bad pattern */
void routes_add(struct routes *t, const struct route *rows, size_t count); /* before serving */
void routes_free(struct routes **t);
/* The row, with params filled in req; NULL with *allowed = methods of the path (0: no such path). */
const struct route *routes_find(const struct routes *t, struct req *req, unsigned *allowed);

#endif
