/* Heads and bodies against llhttp in strict mode: what we accept, it accepts, with equal method, target, header pairs
 * and body, and ends the message at the same byte. And our own promise: a verdict on a beginning is never changed. */
#include "base/err.h"
#include "http/chunk.h"
#include "http/parse.h"

#include <llhttp.h>
#include <string.h>

#define BODY_MAX ((size_t)1 << 20)

struct pair {
    struct buf name, value;
};

struct theirs {
    struct buf url, body;
    struct pair pairs[REQ_HEADERS];
    size_t count;
    bool was_value, is_head_done, is_whole;
};

static struct theirs theirs;
static struct parse ours, begun;

static int on_url(llhttp_t *p, const char *at, size_t n)
{
    buf_add(&theirs.url, str_of(at, n));
    return 0;
}
static int on_name(llhttp_t *p, const char *at, size_t n)
{
    if (theirs.is_head_done)
        return 0;
    if (theirs.count == 0 || theirs.was_value)
        must(theirs.count++ < REQ_HEADERS);
    theirs.was_value = false;
    buf_add(&theirs.pairs[theirs.count - 1].name, str_of(at, n));
    return 0;
}
static int on_value(llhttp_t *p, const char *at, size_t n)
{
    if (theirs.is_head_done)
        return 0;
    theirs.was_value = true;
    buf_add(&theirs.pairs[theirs.count - 1].value, str_of(at, n));
    return 0;
}
static int on_value_end(llhttp_t *p)
{
    theirs.was_value = true;
    return 0;
}
static int on_head(llhttp_t *p)
{
    theirs.is_head_done = true;
    return 0;
}
static int on_body(llhttp_t *p, const char *at, size_t n)
{
    buf_add(&theirs.body, str_of(at, n));
    return 0;
}
static int on_whole(llhttp_t *p)
{
    theirs.is_whole = true;
    return HPE_PAUSED;
}

static void start_theirs(void)
{
    buf_init(&theirs.url, BODY_MAX);
    buf_init(&theirs.body, BODY_MAX);
    for (size_t i = 0; i < REQ_HEADERS; i++) {
        buf_init(&theirs.pairs[i].name, BODY_MAX);
        buf_init(&theirs.pairs[i].value, BODY_MAX);
    }
    theirs.count = 0;
    theirs.was_value = theirs.is_head_done = theirs.is_whole = false;
}
static void end_theirs(void)
{
    buf_fini(&theirs.url);
    buf_fini(&theirs.body);
    for (size_t i = 0; i < REQ_HEADERS; i++) {
        buf_fini(&theirs.pairs[i].name);
        buf_fini(&theirs.pairs[i].value);
    }
}

static const char *method_name(enum method m)
{
    switch (m) {
    case METHOD_GET:
        return "GET";
    case METHOD_HEAD:
        return "HEAD";
    case METHOD_POST:
        return "POST";
    case METHOD_PUT:
        return "PUT";
    case METHOD_DELETE:
        return "DELETE";
    default:
        return "OPTIONS";
    }
}

static void compare_head(llhttp_t *p)
{
    const struct req *r = &ours.req;
    must(theirs.is_head_done);
    must(strcmp(llhttp_method_name(llhttp_get_method(p)), method_name(r->method)) == 0);
    must(str_eq(buf_str(&theirs.url), r->target));
    must(theirs.count == r->header_count);
    for (size_t i = 0; i < r->header_count; i++) {
        must(str_eq(buf_str(&theirs.pairs[i].name), r->headers[i].name));
        bool is_replaced = r->target.p[0] != '/' && str_eq_nocase(r->headers[i].name, S("Host"));
        must(is_replaced || str_eq(str_trim(buf_str(&theirs.pairs[i].value)), str_trim(r->headers[i].value)));
    }
}

/* What we make of the body: the bytes of the whole message, 0 when more must come, SIZE_MAX when refused. */
static size_t our_body(struct str in, struct buf *body)
{
    struct str rest = str_sub(in, ours.head_bytes, in.n);
    if (!ours.is_chunked) {
        if (ours.length > rest.n)
            return 0;
        buf_add(body, str_sub(rest, 0, (size_t)ours.length));
        return ours.head_bytes + (size_t)ours.length;
    }
    struct chunk c;
    chunk_start(&c);
    enum chunk_result r = chunk_feed(&c, &rest, body);
    return r == CHUNK_DONE ? in.n - rest.n : r == CHUNK_MORE ? 0 : SIZE_MAX;
}

/* Piece by piece the chunks must come out the same. */
static void check_pieces(struct str in, const struct buf *body, size_t end)
{
    struct buf again = BUF_INIT(BODY_MAX);
    struct chunk c;
    chunk_start(&c);
    enum chunk_result r = CHUNK_MORE;
    for (size_t at = ours.head_bytes; at < in.n && r == CHUNK_MORE; at++) {
        struct str one = str_sub(in, at, 1);
        r = chunk_feed(&c, &one, &again);
    }
    must(r == (end == 0 ? CHUNK_MORE : CHUNK_DONE));
    must(str_eq(buf_str(&again), buf_str(body)));
    buf_fini(&again);
}

static void check_beginnings(struct str in, enum parse_result whole)
{
    for (size_t n = in.n; n > 0; n = n * 3 / 4) {
        enum parse_result r = parse_head(&begun, str_sub(in, 0, n));
        must(r == PARSE_MORE || (r == whole && begun.status == ours.status && begun.head_bytes == ours.head_bytes));
    }
}

/* llhttp 8.1 takes no further extension behind "name=token" and no backslash inside quotes, although RFC 9112 7.1.1 has
 * both. Only these two refusals are forgiven. */
static bool is_gap_of_theirs(const llhttp_t *p, llhttp_errno_t e)
{
    const char *at = llhttp_get_error_pos(p);
    return ours.is_chunked && at &&
           ((e == HPE_INVALID_CHUNK_SIZE && at[-1] == ';') ||
            (e == HPE_STRICT && strstr(llhttp_get_error_reason(p), "quoted")));
}

static void check_against_theirs(struct str in)
{
    struct buf body = BUF_INIT(BODY_MAX);
    size_t end = our_body(in, &body);
    if (end != SIZE_MAX) {
        if (ours.is_chunked)
            check_pieces(in, &body, end);
        llhttp_t p;
        llhttp_settings_t on;
        llhttp_settings_init(&on);
        on.on_url = on_url;
        on.on_header_field = on_name;
        on.on_header_value = on_value;
        on.on_header_value_complete = on_value_end;
        on.on_headers_complete = on_head;
        on.on_body = on_body;
        on.on_message_complete = on_whole;
        start_theirs();
        llhttp_init(&p, HTTP_REQUEST, &on);
        llhttp_errno_t e = llhttp_execute(&p, in.p, end ? end : in.n);
        compare_head(&p);
        if (!is_gap_of_theirs(&p, e)) {
            must(e == HPE_OK || e == HPE_PAUSED || e == HPE_PAUSED_UPGRADE);
            must(theirs.is_whole == (end != 0));
            must(!end || e == HPE_OK || llhttp_get_error_pos(&p) == in.p + end);
            must(!end || str_eq(buf_str(&theirs.body), buf_str(&body)));
        }
        end_theirs();
    }
    buf_fini(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = str_of((const char *)data, size);
    enum parse_result r = parse_head(&ours, in);
    check_beginnings(in, r);
    if (r == PARSE_DONE)
        check_against_theirs(in);
    return 0;
}
