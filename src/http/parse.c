#include "http/parse.h"

#include "base/text.h"

#include <string.h>

/* Classes of bytes: in a token (RFC 9110 5.6.2), in a header value (5.5), in a request target, in a Host value.
 * Raw bytes above 0x7e and '#' are no part of a target. */
enum { CLASS_TOKEN = 1, CLASS_VALUE = 2, CLASS_TARGET = 4, CLASS_HOST = 8 };

/* clang-format off */
static const unsigned char parse_class[256] = {
     0,  0,  0,  0,  0,  0,  0,  0,  0,  2,  0,  0,  0,  0,  0,  0,
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
     2, 15,  6,  3, 15, 15, 15, 15, 14, 14, 15, 15, 14, 15, 15,  6,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 14, 14,  6, 14,  6,  6,
     6, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 14,  6, 14,  7, 15,
     7, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,  6,  7,  6, 15,  0,
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,
};
/* clang-format on */

bool parse_is_token(unsigned char c)
{
    return parse_class[c] & CLASS_TOKEN;
}

bool parse_is_value(unsigned char c)
{
    return parse_class[c] & CLASS_VALUE;
}

static bool parse_all(struct str s, unsigned char class)
{
    unsigned char every = class;
    for (size_t i = 0; i < s.n; i++)
        every &= parse_class[(unsigned char)s.p[i]];
    return every;
}

static bool parse_refuse(struct parse *p, int status, const char *detail)
{
    p->status = status;
    p->detail = detail;
    return false;
}

/* Takes one line ended by CRLF off `in` at *at. */
static enum parse_result parse_line(struct parse *p, struct str in, size_t *at, int long_status, struct str *line)
{
    size_t rest = in.n - *at;
    const char *from = in.p ? in.p + *at : ""; /* nothing may have come yet */
    const char *lf = rest ? memchr(from, '\n', rest) : NULL;
    size_t n = lf ? (size_t)(lf - from) : rest;
    if (n > PARSE_LINE + 1) {
        (void)parse_refuse(p, long_status, "a line of the head is too long");
        return PARSE_BAD;
    }
    if (!lf)
        return PARSE_MORE;
    if (n == 0 || from[n - 1] != '\r') {
        (void)parse_refuse(p, 400, "a line ends without CR");
        return PARSE_BAD;
    }
    *line = str_of(from, n - 1);
    *at += n + 1;
    return PARSE_DONE;
}

/* --- request line --- */

static bool parse_method(struct parse *p, struct str m)
{
    static const struct {
        struct str name;
        enum method method;
    } known[] = {
        {{"GET", 3}, METHOD_GET}, {{"HEAD", 4}, METHOD_HEAD},     {{"POST", 4}, METHOD_POST},
        {{"PUT", 3}, METHOD_PUT}, {{"DELETE", 6}, METHOD_DELETE}, {{"OPTIONS", 7}, METHOD_OPTIONS},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (m.n == known[i].name.n && memcmp(m.p, known[i].name.p, m.n) == 0) {
            p->req.method = known[i].method;
            return true;
        }
    if (m.n == 0 || !parse_all(m, CLASS_TOKEN))
        return parse_refuse(p, 400, "malformed method");
    return parse_refuse(p, 501, "method not known here");
}

static int parse_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX once into p->decoded. What could be read as another path further in is refused, not cleaned. */
static bool parse_decode(struct parse *p, struct str path)
{
    size_t n = 0;
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        if (c == '%') {
            int high = i + 2 < path.n ? parse_hex(path.p[i + 1]) : -1;
            int low = high >= 0 ? parse_hex(path.p[i + 2]) : -1;
            if (low < 0)
                return parse_refuse(p, 400, "bad %XX in the path");
            c = (unsigned char)(high << 4 | low);
            i += 2;
            if (c < 0x20 || c == 0x7f || c == '/')
                return parse_refuse(p, 400, "a control character or a slash is encoded in the path");
        }
        p->decoded[n++] = (char)c;
    }
    p->req.path = str_of(p->decoded, n);
    if (!text_is_utf8(p->req.path))
        return parse_refuse(p, 400, "the path is no UTF-8");
    return true;
}

static bool parse_has_dots(struct str path)
{
    struct str segment;
    while (str_split(&path, '/', &segment))
        if (str_is(segment, ".") || str_is(segment, ".."))
            return true;
    return false;
}

static bool parse_path(struct parse *p, struct str path)
{
    if (path.n > PARSE_PATH)
        return parse_refuse(p, 414, "the path is too long");
    p->req.path = path;
    if (memchr(path.p, '%', path.n) && !parse_decode(p, path))
        return false;
    if (memchr(p->req.path.p, '.', p->req.path.n) && parse_has_dots(p->req.path))
        return parse_refuse(p, 400, "the path holds a dot segment");
    return true;
}

/* Takes "http://authority" off an absolute target; *authority is none for the usual form. */
static bool parse_authority(struct parse *p, struct str *target, struct str *authority)
{
    *authority = STR_NONE;
    if (target->p[0] == '/')
        return true;
    size_t scheme = str_eq_nocase(str_sub(*target, 0, 7), S("http://"))    ? 7
                    : str_eq_nocase(str_sub(*target, 0, 8), S("https://")) ? 8
                                                                           : 0;
    struct str rest = str_sub(*target, scheme, target->n);
    size_t end = 0;
    while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?')
        end++;
    *authority = str_sub(rest, 0, end);
    if (scheme == 0 || end == 0 || !parse_all(*authority, CLASS_HOST))
        return parse_refuse(p, 400, "malformed target");
    *target = str_sub(rest, end, rest.n);
    return true;
}

static bool parse_target(struct parse *p, struct str target, struct str *authority)
{
    *authority = STR_NONE;
    if (target.n == 0 || !parse_all(target, CLASS_TARGET))
        return parse_refuse(p, 400, "malformed target");
    p->req.target = target;
    p->req.query = STR_NONE;
    if (p->req.method == METHOD_OPTIONS && str_is(target, "*")) {
        p->req.path = target;
        return true;
    }
    if (!parse_authority(p, &target, authority))
        return false;
    const char *mark = target.n ? memchr(target.p, '?', target.n) : NULL;
    struct str path = mark ? str_of(target.p, (size_t)(mark - target.p)) : target;
    if (mark)
        p->req.query = str_of(mark + 1, target.n - path.n - 1);
    return parse_path(p, path.n ? path : S("/"));
}

static bool parse_request_line(struct parse *p, struct str line, struct str *authority)
{
    const char *end = line.p + line.n;
    const char *sp = line.n ? memchr(line.p, ' ', line.n) : NULL;
    const char *sp2 = sp ? memchr(sp + 1, ' ', (size_t)(end - sp - 1)) : NULL;
    if (!sp2)
        return parse_refuse(p, 400, "malformed request line");
    struct str version = str_of(sp2 + 1, (size_t)(end - sp2 - 1));
    bool is_http = version.n == 8 && memcmp(version.p, "HTTP/1.", 7) == 0;
    if (!is_http || (version.p[7] != '1' && version.p[7] != '0'))
        return parse_refuse(p, 400, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    p->req.is_http10 = version.p[7] == '0';
    return parse_method(p, str_of(line.p, (size_t)(sp - line.p))) &&
           parse_target(p, str_of(sp + 1, (size_t)(sp2 - sp - 1)), authority);
}

/* --- headers --- */

static bool parse_host(struct parse *p, struct str value)
{
    if (p->has_host)
        return parse_refuse(p, 400, "two Host headers");
    p->has_host = true;
    if (!parse_all(value, CLASS_HOST))
        return parse_refuse(p, 400, "malformed Host");
    return true;
}

static bool parse_length(struct parse *p, struct str value)
{
    if (p->has_length)
        return parse_refuse(p, 400, "two Content-Length headers");
    p->has_length = true;
    if (!str_u64(value, &p->length))
        return parse_refuse(p, 400, "malformed Content-Length");
    return true;
}

static bool parse_coding(struct parse *p, struct str value)
{
    if (p->is_chunked || !str_eq_nocase(value, S("chunked")))
        return parse_refuse(p, 400, "the only transfer coding taken is chunked, once");
    p->is_chunked = true;
    return true;
}

static bool parse_connection(struct parse *p, struct str value)
{
    struct str part;
    while (str_split(&value, ',', &part)) {
        part = str_trim(part);
        if (str_eq_nocase(part, S("close")))
            p->says_close = true;
        else if (str_eq_nocase(part, S("keep-alive")))
            p->says_keep = true;
    }
    return true;
}

static bool parse_expect(struct parse *p, struct str value)
{
    if (!str_eq_nocase(value, S("100-continue")))
        return parse_refuse(p, 417, "the only expectation met is 100-continue");
    p->expects_continue = true;
    return true;
}

/* The few headers that decide where the message ends and what follows it. Around a value that frames the body only
 * blanks are taken: a tab there is legal, but parsers disagree on it. */
static bool parse_known(struct parse *p, struct str name, struct str value, struct str untrimmed)
{
    static const struct {
        struct str name;
        bool is_framing;
        bool (*take)(struct parse *p, struct str value);
    } known[] = {
        {{"host", 4}, false, parse_host},
        {{"content-length", 14}, true, parse_length},
        {{"transfer-encoding", 17}, true, parse_coding},
        {{"connection", 10}, false, parse_connection},
        {{"expect", 6}, false, parse_expect},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (name.n != known[i].name.n || !str_eq_nocase(name, known[i].name))
            continue;
        if (known[i].is_framing && str_find_char(untrimmed, '\t') != SIZE_MAX)
            return parse_refuse(p, 400, "a tab around a value that frames the body");
        return known[i].take(p, value);
    }
    return true;
}

static bool parse_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool parse_header(struct parse *p, struct str line)
{
    size_t n = 0;
    while (n < line.n && parse_is_token((unsigned char)line.p[n]))
        n++;
    if (n == 0 || n == line.n || line.p[n] != ':')
        return parse_refuse(p, 400, "malformed header name");
    struct str untrimmed = str_of(line.p + n + 1, line.n - n - 1), value = untrimmed;
    if (!parse_all(value, CLASS_VALUE))
        return parse_refuse(p, 400, "control character in a header");
    while (value.n && parse_is_blank(value.p[0])) {
        value.p++;
        value.n--;
    }
    while (value.n && parse_is_blank(value.p[value.n - 1]))
        value.n--;
    if (p->req.header_count == REQ_HEADERS)
        return parse_refuse(p, 431, "too many headers");
    struct req_pair *h = &p->req.headers[p->req.header_count++];
    h->name = str_of(line.p, n);
    h->value = value;
    return parse_known(p, h->name, value, untrimmed);
}

static enum parse_result parse_headers(struct parse *p, struct str in, size_t *at)
{
    size_t from = *at;
    for (;;) {
        struct str line;
        enum parse_result r = parse_line(p, in, at, 431, &line);
        size_t taken = (r == PARSE_MORE ? in.n : *at) - from;
        if (r != PARSE_BAD && taken > PARSE_HEADERS) {
            (void)parse_refuse(p, 431, "the headers are too long together");
            return PARSE_BAD;
        }
        if (r != PARSE_DONE || line.n == 0)
            return r;
        if (!parse_header(p, line))
            return PARSE_BAD;
    }
}

/* What only the whole head can tell. */
static bool parse_finish(struct parse *p, struct str authority)
{
    if (p->is_chunked && p->has_length)
        return parse_refuse(p, 400, "Content-Length together with Transfer-Encoding");
    if (p->is_chunked && p->req.is_http10)
        return parse_refuse(p, 400, "Transfer-Encoding on HTTP/1.0");
    if (!p->has_host && !p->req.is_http10)
        return parse_refuse(p, 400, "no Host header");
    /* RFC 9112 3.2.2: the authority of an absolute target counts, whatever Host says. */
    for (size_t i = 0; authority.p && i < p->req.header_count; i++)
        if (str_eq_nocase(p->req.headers[i].name, S("host")))
            p->req.headers[i].value = authority;
    p->is_keeping = p->req.is_http10 ? p->says_keep && !p->says_close : !p->says_close;
    p->expects_continue = p->expects_continue && !p->req.is_http10;
    return true;
}

static void parse_clear(struct parse *p)
{
    p->req.header_count = 0;
    p->req.body = STR_NONE;
    p->req.target = p->req.path = p->req.query = STR_NONE;
    p->req.method = METHOD_GET;
    p->length = p->head_bytes = 0;
    p->has_length = p->is_chunked = p->is_keeping = p->expects_continue = p->has_host = false;
    p->says_close = p->says_keep = p->req.is_http10 = false;
    p->status = 0;
    p->detail = "";
}

enum parse_result parse_head(struct parse *p, struct str in)
{
    parse_clear(p);
    size_t at = 0;
    if (in.n && in.p[0] == '\r') { /* one empty line before the request is an old client's slip (RFC 9112 2.2) */
        if (in.n == 1)
            return PARSE_MORE;
        if (in.p[1] != '\n') {
            (void)parse_refuse(p, 400, "malformed request line");
            return PARSE_BAD;
        }
        at = 2;
    }
    struct str line, authority;
    enum parse_result r = parse_line(p, in, &at, 414, &line);
    if (r != PARSE_DONE)
        return r;
    if (!parse_request_line(p, line, &authority))
        return PARSE_BAD;
    r = parse_headers(p, in, &at);
    if (r != PARSE_DONE)
        return r;
    p->head_bytes = at;
    return parse_finish(p, authority) ? PARSE_DONE : PARSE_BAD;
}
