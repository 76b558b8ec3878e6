#include "http/parse.h"

#include "../tap.h"
#include "base/buf.h"

#include <stdlib.h>

/* The hostile list of docs (dependencies 3, trust 3) and its friendly neighbours. */
struct sample {
    const char *what, *head;
    size_t n;   /* 0: strlen */
    int status; /* 0: accepted */
};

#define GET "GET / HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define GOOD(what, text)                                                                                               \
    {                                                                                                                  \
        what, text, 0, 0                                                                                               \
    }
#define BAD(what, text)                                                                                                \
    {                                                                                                                  \
        what, text, 0, 400                                                                                             \
    }
#define RAW(what, text, status)                                                                                        \
    {                                                                                                                  \
        what, text, sizeof(text) - 1, status                                                                           \
    }

static const struct sample samples[] = {
    GOOD("plain", GET HOST "\r\n"),
    GOOD("one leading CRLF", "\r\n" GET HOST "\r\n"),
    GOOD("absolute target", "GET http://a/b?c HTTP/1.1\r\n" HOST "\r\n"),
    GOOD("absolute target without path", "GET http://a HTTP/1.1\r\n" HOST "\r\n"),
    GOOD("absolute target, only query", "GET HTTPS://a?b HTTP/1.1\r\n" HOST "\r\n"),
    GOOD("1.0 without Host", "GET / HTTP/1.0\r\n\r\n"),
    GOOD("empty Host", GET "Host:\r\n\r\n"),
    GOOD("Host with port and brackets", GET "Host: [::1]:80\r\n\r\n"),
    GOOD("tabs and blanks around a value", GET HOST "A: \t b \t \r\n\r\n"),
    GOOD("empty value", GET HOST "A:\r\n\r\n"),
    GOOD("obs-text in a value", GET HOST "A: \xff\xfe\r\n\r\n"),
    GOOD("chunked, any case", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n"),
    GOOD("length", "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551615\r\n\r\n"),
    GOOD("all methods", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n"),
    GOOD("encoded UTF-8", "GET /%C4%B0stanbul HTTP/1.1\r\n" HOST "\r\n"),
    GOOD("colon raw and encoded", "GET /aa:b%3Ac HTTP/1.1\r\n" HOST "\r\n"),
    GOOD("dots that are no dot segments", "GET /...a/.b/c..d HTTP/1.1\r\n" HOST "\r\n"),
    GOOD("bad escape in the query is the reader's business", "GET /?a=%zz HTTP/1.1\r\n" HOST "\r\n"),
    GOOD("expectation", "PUT / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n"),

    BAD("length and coding", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
    BAD("coding and length", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"),
    BAD("two lengths", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
    BAD("two equal lengths", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\ncontent-length: 1\r\n\r\n"),
    BAD("length list", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n"),
    BAD("length +4", "POST / HTTP/1.1\r\n" HOST "Content-Length: +4\r\n\r\n"),
    BAD("length -4", "POST / HTTP/1.1\r\n" HOST "Content-Length: -4\r\n\r\n"),
    BAD("length 4 4", "POST / HTTP/1.1\r\n" HOST "Content-Length: 4 4\r\n\r\n"),
    BAD("length 0x4", "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x4\r\n\r\n"),
    BAD("empty length", "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n"),
    BAD("tab before a length", "POST / HTTP/1.1\r\n" HOST "Content-Length:\t1\r\n\r\n"),
    BAD("tab behind a coding", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\t\r\n\r\n"),
    BAD("length overflow", "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551616\r\n\r\n"),
    BAD("gzip coding", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n"),
    BAD("gzip, chunked", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n"),
    BAD("chunked, chunked", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n\r\n"),
    BAD("chunked twice", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
    BAD("identity", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n"),
    BAD("xchunked", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n"),
    BAD("coding with parameter", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked;a=b\r\n\r\n"),
    BAD("empty coding", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n"),
    BAD("vertical tab before chunked", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \vchunked\r\n\r\n"),
    BAD("coding on 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    BAD("space before colon", GET "Host : a\r\n\r\n"),
    BAD("tab before colon", GET "Host\t: a\r\n\r\n"),
    BAD("folded line, blank", GET HOST "A: b\r\n c\r\n\r\n"),
    BAD("folded line, tab", GET HOST "A: b\r\n\tc\r\n\r\n"),
    BAD("first header folded", GET " " HOST "\r\n"),
    BAD("no colon", GET HOST "A\r\n\r\n"),
    BAD("empty name", GET HOST ": b\r\n\r\n"),
    BAD("name with a control", GET HOST "A\x01: b\r\n\r\n"),
    BAD("name with a high byte", GET HOST "A\xe9: b\r\n\r\n"),
    BAD("name with a bracket", GET HOST "A(: b\r\n\r\n"),
    BAD("bare CR in a value", GET HOST "A: b\rc\r\n\r\n"),
    BAD("bare CR before CRLF", GET HOST "A: b\r\r\n\r\n"),
    BAD("bare CR in the request line", "GET /\r HTTP/1.1\r\n" HOST "\r\n"),
    BAD("bare LF after the request line", "GET / HTTP/1.1\n" HOST "\r\n"),
    BAD("bare LF after a header", GET "Host: a\n\r\n"),
    BAD("bare LF at the end", GET HOST "\n"),
    BAD("leading LF", "\n" GET HOST "\r\n"),
    BAD("two leading CRLF", "\r\n\r\n" GET HOST "\r\n"),
    BAD("leading CR", "\r" GET HOST "\r\n"),
    RAW("NUL in a value", GET HOST "A: b\0c\r\n\r\n", 400),
    RAW("NUL in a name", GET HOST "A\0: b\r\n\r\n", 400),
    RAW("NUL in the target", "GET /\0 HTTP/1.1\r\n" HOST "\r\n", 400),
    RAW("NUL at the start", "\0GET / HTTP/1.1\r\n" HOST "\r\n", 400),
    BAD("escape in a value", GET HOST "A: \x1b[2J\r\n\r\n"),
    BAD("DEL in a value", GET HOST "A: \x7f\r\n\r\n"),
    BAD("no Host", GET "\r\n"),
    BAD("two Hosts", GET HOST HOST "\r\n"),
    BAD("two Hosts on 1.0", "GET / HTTP/1.0\r\n" HOST HOST "\r\n"),
    BAD("Host list", GET "Host: a b\r\n\r\n"),
    BAD("Host with a path", GET "Host: a/b\r\n\r\n"),
    BAD("Host with user", GET "Host: b@a\r\n\r\n"),
    BAD("0.9", "GET /\r\n\r\n"),
    BAD("0.9 spelt out", "GET / HTTP/0.9\r\n" HOST "\r\n"),
    BAD("1.2", "GET / HTTP/1.2\r\n" HOST "\r\n"),
    BAD("2.0", "GET / HTTP/2.0\r\n" HOST "\r\n"),
    BAD("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    BAD("1.10", "GET / HTTP/1.10\r\n" HOST "\r\n"),
    BAD("1.", "GET / HTTP/1.\r\n" HOST "\r\n"),
    BAD("http", "GET / http/1.1\r\n" HOST "\r\n"),
    BAD("blank after the version", "GET / HTTP/1.1 \r\n" HOST "\r\n"),
    BAD("two blanks before the target", "GET  / HTTP/1.1\r\n" HOST "\r\n"),
    BAD("two blanks before the version", "GET /  HTTP/1.1\r\n" HOST "\r\n"),
    BAD("tab for a blank", "GET\t/ HTTP/1.1\r\n" HOST "\r\n"),
    BAD("blank in the target", "GET /a b HTTP/1.1\r\n" HOST "\r\n"),
    BAD("leading blank", " " GET HOST "\r\n"),
    BAD("no method", " / HTTP/1.1\r\n" HOST "\r\n"),
    BAD("method with brackets", "G(T / HTTP/1.1\r\n" HOST "\r\n"),
    BAD("TLS on a plain port", "\x16\x03\x01\x02 a \r\n\r\n"),
    BAD("high byte in the target", "GET /\xc4\xb0 HTTP/1.1\r\n" HOST "\r\n"),
    BAD("high byte in the query", "GET /?\xff HTTP/1.1\r\n" HOST "\r\n"),
    BAD("fragment", "GET /a#b HTTP/1.1\r\n" HOST "\r\n"),
    BAD("relative target", "GET a HTTP/1.1\r\n" HOST "\r\n"),
    BAD("star with GET", "GET * HTTP/1.1\r\n" HOST "\r\n"),
    BAD("other scheme", "GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n"),
    BAD("absolute target without host", "GET http:///a HTTP/1.1\r\n" HOST "\r\n"),
    BAD("absolute target with user", "GET http://b@a/ HTTP/1.1\r\n" HOST "\r\n"),
    BAD("query before the path", "GET ?a HTTP/1.1\r\n" HOST "\r\n"),
    BAD("%00", "GET /a%00 HTTP/1.1\r\n" HOST "\r\n"),
    BAD("%2f", "GET /a%2fb HTTP/1.1\r\n" HOST "\r\n"),
    BAD("%2F", "GET /a%2Fb HTTP/1.1\r\n" HOST "\r\n"),
    BAD("%0d%0a", "GET /a%0d%0ab HTTP/1.1\r\n" HOST "\r\n"),
    BAD("%", "GET /% HTTP/1.1\r\n" HOST "\r\n"),
    BAD("%4", "GET /%4 HTTP/1.1\r\n" HOST "\r\n"),
    BAD("%4g", "GET /%4g HTTP/1.1\r\n" HOST "\r\n"),
    BAD("%u0041", "GET /%u0041 HTTP/1.1\r\n" HOST "\r\n"),
    BAD("overlong slash", "GET /%c0%af HTTP/1.1\r\n" HOST "\r\n"),
    BAD("overlong NUL", "GET /%c0%80 HTTP/1.1\r\n" HOST "\r\n"),
    BAD("cut UTF-8", "GET /%c4 HTTP/1.1\r\n" HOST "\r\n"),
    BAD("surrogate", "GET /%ed%a0%80 HTTP/1.1\r\n" HOST "\r\n"),
    BAD("dot segment", "GET /a/./b HTTP/1.1\r\n" HOST "\r\n"),
    BAD("dot dot segment", "GET /a/../b HTTP/1.1\r\n" HOST "\r\n"),
    BAD("dot dot at the end", "GET /.. HTTP/1.1\r\n" HOST "\r\n"),
    BAD("encoded dots", "GET /%2e%2E/b HTTP/1.1\r\n" HOST "\r\n"),
    BAD("half encoded dots", "GET /a/.%2e HTTP/1.1\r\n" HOST "\r\n"),
    {"unknown method", "PATCH / HTTP/1.1\r\n" HOST "\r\n", 0, 501},
    {"method in small letters", "get / HTTP/1.1\r\n" HOST "\r\n", 0, 501},
    {"CONNECT", "CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n", 0, 501},
    {"another expectation", GET HOST "Expect: cake\r\n\r\n", 0, 417},
};

static struct parse whole, grown;

static bool same_verdict(enum parse_result a, enum parse_result b)
{
    if (a != b || whole.status != grown.status)
        return false;
    if (a != PARSE_DONE)
        return true;
    bool same = whole.head_bytes == grown.head_bytes && str_eq(whole.req.path, grown.req.path) &&
                str_eq(whole.req.query, grown.req.query) && whole.req.header_count == grown.req.header_count &&
                whole.length == grown.length && whole.is_chunked == grown.is_chunked &&
                whole.is_keeping == grown.is_keeping;
    for (size_t i = 0; same && i < whole.req.header_count; i++)
        same = str_eq(whole.req.headers[i].name, grown.req.headers[i].name) &&
               str_eq(whole.req.headers[i].value, grown.req.headers[i].value);
    return same;
}

/* Feeding by pieces: what was told about a beginning must be what is told about the whole. Each beginning stands in
 * memory of its own size, so that a read past it is caught by ASan. */
static bool grows_alike(struct str text, size_t step)
{
    enum parse_result at_once = parse_head(&whole, text), r = PARSE_MORE;
    char *copy = NULL;
    for (size_t n = step; r == PARSE_MORE && n < text.n + step; n += step) {
        size_t size = n < text.n ? n : text.n;
        free(copy);
        copy = malloc(size);
        memcpy(copy, text.p, size);
        r = parse_head(&grown, str_of(copy, size));
    }
    bool same = same_verdict(at_once, r);
    free(copy);
    return same;
}

static void test_samples(void)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const struct sample *s = &samples[i];
        struct str text = str_of(s->head, s->n ? s->n : strlen(s->head));
        enum parse_result r = parse_head(&whole, text);
        ok(r == (s->status ? PARSE_BAD : PARSE_DONE), "%s", s->what);
        ok_int(whole.status, s->status, "%s: status", s->what);
        ok(s->status ? whole.detail[0] != '\0' : whole.head_bytes == text.n, "%s: reason or length", s->what);
        ok(grows_alike(text, 1) && grows_alike(text, 3), "%s: the same by pieces", s->what);
    }
}

static void test_fields(void)
{
    struct str text = S("\r\nPOST http://b:1/%C4%B0/x?q=%41 HTTP/1.1\r\nHost: a\r\nA:  v w \r\nConnection: x, close\r\n"
                        "Expect: 100-continue\r\nContent-Length: 07\r\n\r\nGET /");
    ok_int(parse_head(&whole, text), PARSE_DONE, "a full head");
    ok_int(whole.req.method, METHOD_POST, "method");
    ok_str(whole.req.target, "http://b:1/%C4%B0/x?q=%41", "target as sent");
    ok_str(whole.req.path, "/\xC4\xB0/x", "path decoded");
    ok_str(whole.req.query, "q=%41", "query raw");
    ok_int(whole.length, 7, "length");
    ok_int(whole.head_bytes, text.n - 5, "the next request is left alone");
    ok(!whole.is_keeping && whole.expects_continue && !whole.is_chunked, "close, expectation");
    ok_str(req_header(&whole.req, "HOST"), "b:1", "the authority of the target counts");
    ok_str(req_header(&whole.req, "a"), "v w", "value trimmed");
    ok(req_header(&whole.req, "none").p == NULL, "an absent header is none");
    ok(parse_head(&whole, S("GET / HTTP/1.0\r\n\r\n")) == PARSE_DONE && !whole.is_keeping, "1.0 closes");
    ok(parse_head(&whole, S("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")) == PARSE_DONE && whole.is_keeping,
       "1.0 keeps when asked");
    ok(parse_head(&whole, S("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")) == PARSE_DONE && !whole.expects_continue,
       "1.0 expects nothing");
    ok(parse_head(&whole, S("GET /?a?b HTTP/1.1\r\nHost: a\r\n\r\n")) == PARSE_DONE && whole.is_keeping, "1.1 keeps");
    ok_str(whole.req.query, "a?b", "the first mark parts the query");
    ok_int(parse_head(&whole, STR_NONE), PARSE_MORE, "nothing yet");
    ok_int(parse_head(&whole, S("\r")), PARSE_MORE, "half an empty line");
}

static struct buf text = BUF_INIT(65536);

static void fill(char c, size_t n)
{
    while (n--)
        buf_addc(&text, c);
}

static int verdict_of_text(void)
{
    bool same = grows_alike(buf_str(&text), 509);
    if (!same)
        return -1;
    return whole.status ? whole.status : parse_head(&whole, buf_str(&text)) == PARSE_DONE ? 200 : 0;
}

static int long_line(size_t path, size_t query)
{
    buf_reset(&text);
    buf_puts(&text, "GET /");
    fill('a', path);
    buf_puts(&text, "?");
    fill('b', query);
    buf_puts(&text, " HTTP/1.1\r\nHost: a\r\n\r\n");
    return verdict_of_text();
}

static int long_header(size_t value)
{
    buf_reset(&text);
    buf_puts(&text, GET HOST "A:");
    fill('a', value);
    buf_puts(&text, "\r\n\r\n");
    return verdict_of_text();
}

static int many_headers(size_t count, size_t each)
{
    buf_reset(&text);
    buf_puts(&text, GET HOST);
    for (size_t i = 0; i < count; i++) {
        buf_puts(&text, "A:");
        fill('a', each);
        buf_puts(&text, "\r\n");
    }
    buf_puts(&text, "\r\n");
    return verdict_of_text();
}

static void test_limits(void)
{
    size_t frame = strlen("GET /? HTTP/1.1");
    ok_int(long_line(10, PARSE_LINE - frame - 10), 200, "a request line of 8 KiB");
    ok_int(long_line(10, PARSE_LINE - frame - 9), 414, "one byte more");
    ok_int(long_line(10, 60000), 414, "far more");
    ok_int(long_line(PARSE_PATH - 1, 0), 200, "a path of 4 KiB");
    ok_int(long_line(PARSE_PATH, 0), 414, "one byte more");
    ok_int(long_header(PARSE_LINE - 2), 200, "a header of 8 KiB");
    ok_int(long_header(PARSE_LINE - 1), 431, "one byte more");
    ok_int(long_header(60000), 431, "far more");
    ok_int(many_headers(REQ_HEADERS - 1, 1), 200, "64 headers");
    ok_int(many_headers(REQ_HEADERS, 1), 431, "65 headers");
    size_t other = strlen(HOST "\r\n");
    ok_int(many_headers(8, (PARSE_HEADERS - other) / 8 - 4), 200, "headers of nearly 16 KiB together");
    ok_int(many_headers(8, (PARSE_HEADERS - other) / 8 - 3), 431, "more than 16 KiB together");
    buf_reset(&text);
    fill('a', 40000);
    ok_int(verdict_of_text(), 414, "no line at all");
    buf_fini(&text);
}

int main(void)
{
    test_samples();
    test_fields();
    test_limits();
    return tap_end();
}
