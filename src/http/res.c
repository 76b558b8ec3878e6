#include "http/res.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RES_HEAD 32768
#define RES_BODY ((size_t)64 << 20)

/* --- shared bytes --- */

struct blob *blob_new(struct str bytes)
{
    struct buf own = BUF_INIT(bytes.n);
    buf_add(&own, bytes);
    return blob_take(&own);
}

struct blob *blob_take(struct buf *b)
{
    struct blob *own = mem_new(struct blob);
    ref_init(&own->refs);
    own->bytes = buf_give(b, &own->n);
    return own;
}

struct blob *blob_ref(struct blob *b)
{
    ref_hold(&b->refs);
    return b;
}

void blob_unref(struct blob **b)
{
    if (*b && ref_drop(&(*b)->refs)) {
        mem_free((*b)->bytes);
        mem_free(*b);
    }
    *b = NULL;
}

struct str blob_str(const struct blob *b)
{
    return str_of(b->bytes, b->n);
}

/* --- building --- */

void res_init(struct res *r)
{
    memset(r, 0, sizeof *r);
    buf_init(&r->head, RES_HEAD);
    buf_init(&r->body, RES_BODY);
}

void res_fini(struct res *r)
{
    buf_fini(&r->head);
    buf_fini(&r->body);
    blob_unref(&r->whole);
}

void res_reset(struct res *r)
{
    r->status = 0;
    buf_reset(&r->head);
    buf_reset(&r->body);
    blob_unref(&r->whole);
    r->whole_head = 0;
}

void res_start(struct res *r, int status, const char *content_type)
{
    res_reset(r);
    r->status = status;
    if (content_type)
        res_header(r, "Content-Type", str_from(content_type));
}

void res_header(struct res *r, const char *name, struct str value)
{
    /* A line end in a value would let whoever wrote it add headers of his own. */
    for (size_t i = 0; i < value.n; i++)
        must(value.p[i] != '\r' && value.p[i] != '\n' && value.p[i] != '\0');
    buf_puts(&r->head, name);
    buf_add(&r->head, S(": "));
    buf_add(&r->head, value);
    buf_add(&r->head, S("\r\n"));
}

void res_headerf(struct res *r, const char *name, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    must(n >= 0 && (size_t)n < sizeof text);
    res_header(r, name, str_of(text, (size_t)n));
}

void res_body(struct res *r, struct str bytes)
{
    buf_add(&r->body, bytes);
}

static void res_fault_list(struct jw *w, const struct res_fault *faults, size_t count)
{
    jw_open_list(w, "errors");
    for (size_t i = 0; i < count; i++) {
        jw_open(w, NULL);
        jw_str(w, "pointer", faults[i].pointer);
        jw_str(w, "message", faults[i].message);
        jw_close(w);
    }
    jw_close_list(w);
}

static struct jw res_problem_head(struct res *r, int status, const char *type, const char *detail)
{
    res_start(r, status, "application/problem+json");
    res_header(r, "Cache-Control", S("no-store"));
    struct jw w = jw_start(&r->body);
    jw_open(&w, NULL);
    jw_str(&w, "type", str_from(type));
    jw_str(&w, "title", str_from(res_reason(status)));
    jw_int(&w, "status", status);
    jw_str_if(&w, "detail", str_from(detail));
    return w;
}

struct jw res_problem_start(struct res *r, enum err e, const char *detail)
{
    char type[64];
    must(snprintf(type, sizeof type, "/docs/errors#%s", err_key(e)) < (int)sizeof type);
    return res_problem_head(r, err_status(e), type, detail);
}

void res_problem(struct res *r, enum err e, const char *detail, const struct res_fault *faults, size_t count)
{
    struct jw w = res_problem_start(r, e, detail);
    if (count)
        res_fault_list(&w, faults, count);
    jw_close(&w);
}

void res_status(struct res *r, int status, const char *detail)
{
    struct jw w = res_problem_head(r, status, "about:blank", detail);
    jw_close(&w);
}

void res_redirect(struct res *r, int status, struct str location)
{
    res_start(r, status, NULL);
    res_header(r, "Location", location);
}

/* One entity tag off the front of an If-None-Match list, without W/ (weak comparison, RFC 9110 8.8.3.2). */
static bool res_next_tag(struct str *list, struct str *tag)
{
    size_t open = str_find_char(*list, '"');
    if (open == SIZE_MAX)
        return false;
    struct str rest = str_sub(*list, open + 1, list->n);
    size_t close = str_find_char(rest, '"');
    if (close == SIZE_MAX)
        return false;
    *tag = str_sub(*list, open, close + 2);
    *list = str_sub(rest, close + 1, rest.n);
    return true;
}

bool res_etag(struct res *r, struct str if_none_match, struct str etag)
{
    res_header(r, "ETag", etag);
    struct str plain = str_starts(etag, S("W/")) ? str_sub(etag, 2, etag.n) : etag;
    bool matches = str_is(str_trim(if_none_match), "*");
    struct str tag;
    while (!matches && if_none_match.n && res_next_tag(&if_none_match, &tag))
        matches = str_eq(tag, plain);
    if (matches) {
        r->status = 304;
        buf_reset(&r->body);
    }
    return matches;
}

const char *res_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } rows[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].status == status)
            return rows[i].reason;
    return "Unknown";
}
