/* One answer under construction: status, headers, body. Either bytes of its own (a buffer) or shared bytes (a cached
 * page), never both. Connection, Date and Content-Length are the connection's business. */
#ifndef HTTP_RES_H
#define HTTP_RES_H

#include "base/json.h"
#include "base/mem.h"

/* Bytes shared by many answers; immutable, refcounted, any thread. */
struct blob {
    struct ref refs;
    size_t n;
    char *bytes;
};
struct blob *blob_new(struct str bytes); /* copies */
struct blob *blob_take(struct buf *b);   /* takes what is in the buffer and leaves it empty */
struct blob *blob_ref(struct blob *b);
void blob_unref(struct blob **b);
struct str blob_str(const struct blob *b);

struct res {
    int status;
    struct buf head; /* header lines, each with CRLF */
    struct buf body;
    struct blob *whole; /* a ready page: header lines, the blank line, body; head and body stay empty. A ref is given */
    size_t whole_head;  /* bytes of `whole` before the body, the blank line included */
    bool is_closing;    /* close the connection after it */
    bool is_taken;      /* the handler took the socket (streams) */
};

void res_init(struct res *r);
void res_fini(struct res *r);
void res_reset(struct res *r); /* drops what was built; is_closing and is_taken stay */
void res_start(struct res *r, int status, const char *content_type); /* content_type may be NULL */
void res_header(struct res *r, const char *name, struct str value);  /* CR, LF and NUL in value: must() */
void res_headerf(struct res *r, const char *name, const char *fmt, ...) PRINTF(3, 4);
void res_body(struct res *r, struct str bytes);
/* application/problem+json (RFC 9457). errors: pointer and message pairs, may be NULL. */
struct res_fault {
    struct str pointer, message;
};
void res_problem(struct res *r, enum err e, const char *detail, const struct res_fault *faults, size_t count);
/* A problem with members of its own (RFC 9457 3.2): the caller writes these and closes the object. */
struct jw res_problem_start(struct res *r, enum err e, const char *detail);
/* The same for statuses that no enum err stands for (414, 431, 501 ...). */
void res_status(struct res *r, int status, const char *detail);
void res_redirect(struct res *r, int status, struct str location);
/* ETag and If-None-Match: sets the ETag header and, when the request's value matches, turns the answer into 304. */
bool res_etag(struct res *r, struct str if_none_match, struct str etag);
const char *res_reason(int status); /* "Not Found" */

#endif
