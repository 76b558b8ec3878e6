#include "http/ws.h"

#include "base/id.h"
#include "../tap.h"

#include <stdlib.h>

/* ---- the handshake ---- */

#define HEADERS 8

struct asked {
    struct req req;
    const char *rows[HEADERS][2];
};

/* The opening of RFC 6455 1.3, its rows to be changed. */
static struct asked opening(void)
{
    struct asked a = {.req = {.method = METHOD_GET},
                      .rows = {{"Host", "server.example.com"},
                               {"Upgrade", "websocket"},
                               {"Connection", "Upgrade"},
                               {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                               {"Sec-WebSocket-Version", "13"}}};
    return a;
}

static int refusal(struct asked *a, const char **why)
{
    a->req.header_count = 0;
    for (size_t i = 0; i < HEADERS && a->rows[i][0]; i++)
        a->req.headers[a->req.header_count++] = (struct req_pair){str_from(a->rows[i][0]), str_from(a->rows[i][1])};
    *why = NULL;
    return ws_refusal(&a->req, why);
}

static void refused(unsigned row, const char *name, const char *value, int status, const char *what)
{
    struct asked a = opening();
    const char *why;
    a.rows[row][0] = name;
    a.rows[row][1] = value;
    int got = refusal(&a, &why);
    ok(got == status && (why != NULL) == (status != 0), "%d: %s (got %d)", status, what, got);
}

static void test_handshake(void)
{
    struct asked a = opening();
    const char *why;
    ok_int(refusal(&a, &why), 0, "the opening of RFC 6455 1.3 is sound");
    ok(ws_is_asked(&a.req), "and asks for WebSocket");
    struct buf out = BUF_INIT(1024);
    ws_agree(&out, &a.req);
    ok_str(buf_str(&out),
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
           "and gets the accept value of 1.3");
    buf_fini(&out);

    refused(1, "Upgrade", "h2c, WebSocket", 0, "one of several protocols, in any case");
    refused(2, "Connection", "keep-alive, upgrade", 0, "Connection as Firefox sends it");
    refused(5, "Connection", "keep-alive", 0, "Connection in two lines");
    refused(2, "Connection", "keep-alive", 400, "Connection without Upgrade");
    refused(2, "Connection", "upgraded", 400, "a token that only begins so");
    refused(3, "Sec-WebSocket-Key", "", 400, "an empty key");
    refused(3, "X-Key", "dGhlIHNhbXBsZSBub25jZQ==", 400, "no key");
    refused(3, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ", 400, "a key without padding");
    refused(3, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZTEy", 400, "a key of 18 bytes");
    refused(3, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j", 400, "a key of 15 bytes");
    refused(3, "Sec-WebSocket-Key", "dGhlIHNhbXBsZ*Bub25jZQ==", 400, "a key that is not base64");
    refused(5, "sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==", 400, "two keys");
    refused(4, "Sec-WebSocket-Version", "8", 426, "another version");
    refused(4, "Sec-WebSocket-Version", "013", 426, "a version written otherwise");
    refused(4, "X-Version", "13", 426, "no version");
    refused(5, "Sec-WebSocket-Version", "8", 426, "two versions");

    a = opening();
    a.req.method = METHOD_HEAD;
    ok_int(refusal(&a, &why), 400, "HEAD opens nothing");
    a = opening();
    a.req.is_http10 = true;
    ok_int(refusal(&a, &why), 400, "nor does HTTP/1.0");
    a = opening();
    a.rows[1][1] = "h2c";
    (void)refusal(&a, &why);
    ok(!ws_is_asked(&a.req), "another protocol is not asked for as WebSocket");
    a.rows[1][1] = "websockets";
    (void)refusal(&a, &why);
    ok(!ws_is_asked(&a.req), "nor one that only begins so");
}

/* ---- to the client ---- */

static void ok_bytes(struct buf *got, const char *want, size_t n, const char *what)
{
    ok(got->n == n && !memcmp(got->p, want, n), "%s", what);
    buf_reset(got);
}

static void test_write(void)
{
    struct buf out = BUF_INIT(1 << 20);
    ws_frame(&out, WS_TEXT, S("Hello"));
    ok_bytes(&out, "\x81\x05Hello", 7, "5.7: a text message in one frame");
    ws_frame(&out, WS_PONG, S("Hello"));
    ok_bytes(&out, "\x8A\x05Hello", 7, "5.7: a pong");
    char *long_text = calloc(1, 65536);
    static const struct {
        size_t n;
        const char *head;
        size_t head_n;
    } sizes[] = {{0, "\x82\0", 2},          {125, "\x82\x7D", 2},        {126, "\x82\x7E\0\x7E", 4},
                 {256, "\x82\x7E\1\0", 4},  {65535, "\x82\x7E\xFF\xFF", 4}, {65536, "\x82\x7F\0\0\0\0\0\1\0\0", 10}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ws_frame(&out, WS_BINARY, str_of(long_text, sizes[i].n));
        ok(out.n == sizes[i].head_n + sizes[i].n && !memcmp(out.p, sizes[i].head, sizes[i].head_n),
           "%zu bytes have a length in the shortest form", sizes[i].n);
        buf_reset(&out);
    }
    free(long_text);
    ws_close(&out, 1012, S("resume=1042"));
    ok_bytes(&out, "\x88\x0D\x03\xF4resume=1042", 15, "a Close frame has code and reason");
    ws_close(&out, 1000, STR_NONE);
    ok_bytes(&out, "\x88\x02\x03\xE8", 4, "the reason may be empty");
    struct buf reason = BUF_INIT(256);
    while (reason.n < 130)
        buf_puts(&reason, "ş");
    ws_close(&out, 1008, buf_str(&reason));
    ok(out.n == 2 + 2 + 122 && (unsigned char)out.p[1] == 124, "a reason is cut between characters");
    buf_fini(&reason);
    buf_fini(&out);
}

/* ---- from the client ---- */

/* Appends a masked frame; `first` is its first byte. */
static void say(struct buf *out, unsigned first, struct str payload)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    buf_addc(out, (char)first);
    if (payload.n < 126) {
        buf_addc(out, (char)(0x80 | payload.n));
    } else {
        buf_addc(out, (char)(0x80 | 126));
        buf_addc(out, (char)(payload.n >> 8));
        buf_addc(out, (char)payload.n);
    }
    buf_add(out, str_of((const char *)mask, 4));
    for (size_t i = 0; i < payload.n; i++)
        buf_addc(out, (char)((uint8_t)payload.p[i] ^ mask[i % 4]));
}

struct reader {
    struct ws ws;
    struct buf in, out;
};

static struct reader begin(void)
{
    return (struct reader){.in = BUF_INIT(1 << 16), .out = BUF_INIT(1 << 16)};
}

/* What the reader says to all that was put into `in`: once as a whole, once byte by byte; both must be alike. */
static struct str heard(struct reader *r)
{
    struct ws whole = {0}, bytes = {0};
    struct buf one = BUF_INIT(1 << 16);
    ws_read(&whole, buf_str(&r->in));
    for (size_t i = 0; i < r->in.n; i++)
        ws_read(&bytes, str_sub(buf_str(&r->in), i, 1));
    buf_reset(&r->out);
    bool is_alike = whole.is_over == bytes.is_over && whole.is_fault == bytes.is_fault;
    r->ws = whole;
    ws_say(&whole, &r->out);
    ws_say(&bytes, &one);
    if (!is_alike || !str_eq(buf_str(&one), buf_str(&r->out)))
        ok(false, "the same byte by byte");
    buf_fini(&one);
    buf_reset(&r->in);
    return buf_str(&r->out);
}

static void fails(struct reader *r, unsigned code, const char *what)
{
    struct str s = heard(r);
    unsigned got = s.n >= 4 ? (unsigned)(uint8_t)s.p[2] << 8 | (uint8_t)s.p[3] : 0;
    ok(r->ws.is_over && r->ws.is_fault && s.n > 4 && (uint8_t)s.p[0] == 0x88 && got == code, "%u: %s (got %u)", code, what,
       got);
}

static void silent(struct reader *r, const char *what)
{
    struct str s = heard(r);
    ok(!s.n && !r->ws.is_over && ws_is_idle(&r->ws), "%s", what);
}

static void test_messages(void)
{
    struct reader r = begin();
    buf_add(&r.in, S("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"));
    silent(&r, "5.7: a masked text message is read and dropped");
    say(&r.in, 0x01, S("Hel"));
    say(&r.in, 0x80, S("lo"));
    silent(&r, "5.7: a fragmented one as well");
    buf_add(&r.in, S("\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"));
    ok_str(heard(&r), "\x8A\x05Hello", "5.7: a ping is answered with its payload");
    say(&r.in, 0x8A, S("Hello"));
    silent(&r, "a pong that nobody asked for is nothing");
    say(&r.in, 0x01, S("Hel"));
    say(&r.in, 0x89, S("now"));
    say(&r.in, 0x80, S("lo"));
    ok_str(heard(&r), "\x8A\x03now", "5.4: a ping between fragments");
    ok(!r.ws.is_over && !r.ws.message_op, "and the message ends after it");
    say(&r.in, 0x89, S("one"));
    say(&r.in, 0x89, S("two"));
    ok_str(heard(&r), "\x8A\x03two", "5.5.3: of two pings the latter is answered");
    say(&r.in, 0x89, STR_NONE);
    ok(str_eq(heard(&r), S("\x8A\0")), "a ping without payload gets a pong without");
    say(&r.in, 0x82, S("\xFF\xFE\x80"));
    silent(&r, "a binary message may hold anything");
    say(&r.in, 0x81, STR_NONE);
    say(&r.in, 0x01, STR_NONE);
    say(&r.in, 0x00, STR_NONE);
    say(&r.in, 0x80, STR_NONE);
    silent(&r, "empty messages and fragments");
    struct buf full = BUF_INIT(WS_MESSAGE + 1);
    memset(buf_room(&full, WS_MESSAGE + 1), 'x', WS_MESSAGE + 1);
    say(&r.in, 0x82, str_of(full.p, WS_MESSAGE));
    silent(&r, "4096 bytes are taken");
    say(&r.in, 0x82, str_of(full.p, WS_MESSAGE + 1));
    fails(&r, 1009, "4097 are not");
    say(&r.in, 0x02, str_of(full.p, WS_MESSAGE));
    say(&r.in, 0x80, S("x"));
    fails(&r, 1009, "nor in fragments");
    say(&r.in, 0x02, str_of(full.p, WS_MESSAGE));
    say(&r.in, 0x80, STR_NONE);
    say(&r.in, 0x82, str_of(full.p, WS_MESSAGE));
    silent(&r, "the next message counts anew");
    buf_add(&r.in, S("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0"));
    fails(&r, 1009, "the longest that a head can name");
    buf_fini(&full);
    buf_fini(&r.in);
    buf_fini(&r.out);
}

static void test_faults(void)
{
    struct reader r = begin();
    buf_add(&r.in, S("\x81\x05Hello"));
    fails(&r, 1002, "not masked");
    for (unsigned rsv = 0x10; rsv <= 0x40; rsv <<= 1) {
        say(&r.in, 0x81 | rsv, S("x"));
        fails(&r, 1002, "an RSV bit");
    }
    for (unsigned op = 0; op < 16; op++) {
        if (op <= 2 || (op >= 8 && op <= 10))
            continue;
        say(&r.in, 0x80 | op, S("x"));
        fails(&r, 1002, "a reserved opcode");
    }
    say(&r.in, 0x09, S("x"));
    fails(&r, 1002, "a control frame in fragments");
    struct buf full = BUF_INIT(256);
    memset(buf_room(&full, 126), 'x', 126);
    say(&r.in, 0x89, str_of(full.p, 126));
    fails(&r, 1002, "a control frame of 126 bytes");
    buf_fini(&full);
    say(&r.in, 0x80, S("x"));
    fails(&r, 1002, "a continuation of nothing");
    say(&r.in, 0x01, S("x"));
    say(&r.in, 0x81, S("x"));
    fails(&r, 1002, "a message within a message");
    buf_add(&r.in, S("\x81\xFE\0\x7D\0\0\0\0"));
    fails(&r, 1002, "125 written in two bytes");
    buf_add(&r.in, S("\x81\xFF\0\0\0\0\0\0\xFF\xFF\0\0\0\0"));
    fails(&r, 1002, "65535 written in eight");
    buf_add(&r.in, S("\x81\xFF\x80\0\0\0\0\0\0\0\0\0\0\0"));
    fails(&r, 1002, "a length beyond 63 bits");
    buf_add(&r.in, S("GET / HTTP/1.1\r\n\r\n"));
    fails(&r, 1002, "a request instead of a frame");
    say(&r.in, 0x81, S("x"));
    buf_add(&r.in, S("\x81\x05Hello"));
    say(&r.in, 0x89, S("x"));
    fails(&r, 1002, "what follows a fault is not read");
    buf_fini(&r.in);
    buf_fini(&r.out);
}

static void test_text(void)
{
    static const char *good[] = {"", "x", "ş", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80",
                                 "\xF4\x8F\xBF\xBF", "İstanbul 🚢 العربية"};
    static const char *bad[] = {"\x80",         "\xBF",         "\xC0\x80",         "\xC1\xBF",         "\xE0\x9F\xBF",
                                "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
                                "\xFF",         "\xC2",         "\xE2\x82",         "\xF0\x9F\x9A",     "\xE2x"};
    struct reader r = begin();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        say(&r.in, 0x81, str_from(good[i]));
        silent(&r, "text");
    }
    say(&r.in, 0x81, str_of("a\0b", 3));
    silent(&r, "NUL is a character too");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        say(&r.in, 0x81, str_from(bad[i]));
        fails(&r, 1007, "no text");
    }
    say(&r.in, 0x01, S("\xF0\x9F"));
    say(&r.in, 0x00, S("\x9A"));
    say(&r.in, 0x80, S("\xA2"));
    silent(&r, "a character over three fragments");
    say(&r.in, 0x01, S("\xF0\x9F"));
    say(&r.in, 0x80, S("x"));
    fails(&r, 1007, "a character that its fragment breaks off");
    say(&r.in, 0x82, S("\xF0\x9F"));
    say(&r.in, 0x81, S("x"));
    silent(&r, "half a character in bytes is nobody's");
    buf_fini(&r.in);
    buf_fini(&r.out);
}

static void closing(struct reader *r, unsigned code, const char *reason)
{
    struct buf words = BUF_INIT(256);
    buf_addc(&words, (char)(code >> 8));
    buf_addc(&words, (char)code);
    buf_puts(&words, reason);
    say(&r->in, 0x88, buf_str(&words));
    buf_fini(&words);
}

static void test_closing(void)
{
    static const unsigned good[] = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999};
    static const unsigned bad[] = {0, 999, 1004, 1005, 1006, 1012, 1015, 1016, 1100, 2000, 2999, 5000, 65535};
    struct reader r = begin();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const char want[] = {(char)0x88, 2, (char)(good[i] >> 8), (char)good[i]};
        closing(&r, good[i], "that is all");
        ok(str_eq(heard(&r), str_of(want, 4)) && r.ws.is_over && !r.ws.is_fault, "%u is said back", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        closing(&r, bad[i], "");
        fails(&r, 1002, "a code that nobody may send");
    }
    say(&r.in, 0x88, STR_NONE);
    ok(str_eq(heard(&r), S("\x88\0")) && r.ws.is_over && !r.ws.is_fault, "a Close without a code gets one without");
    say(&r.in, 0x88, S("\x03"));
    fails(&r, 1002, "half a code");
    closing(&r, 1000, "\xC3");
    fails(&r, 1007, "a reason that is not text");
    say(&r.in, 0x89, S("x"));
    closing(&r, 1000, "");
    say(&r.in, 0x89, S("y"));
    ok(str_eq(heard(&r), S("\x88\x02\x03\xE8")), "5.5.1: after a Close nothing else is answered");
    say(&r.in, 0x01, S("x"));
    closing(&r, 1001, "");
    ok(str_eq(heard(&r), S("\x88\x02\x03\xE9")) && !r.ws.is_fault, "a Close may come between fragments");
    buf_fini(&r.in);
    buf_fini(&r.out);
}

/* What a line must keep: nothing between messages, the rest of a frame within one. */
static void test_idle(void)
{
    struct reader r = begin();
    struct ws w = {0};
    bool is_kept = true;
    ok(ws_is_idle(&w), "a fresh line keeps nothing");
    say(&r.in, 0x01, S("Hel"));
    say(&r.in, 0x80, S("lo"));
    for (size_t i = 0; i < r.in.n; i++) {
        is_kept = is_kept && ws_is_idle(&w) == (i == 0);
        ws_read(&w, str_sub(buf_str(&r.in), i, 1));
    }
    ok(is_kept, "within a message something is kept after every byte");
    ok(ws_is_idle(&w), "after it nothing");
    buf_reset(&r.in);
    say(&r.in, 0x89, S("x"));
    ws_read(&w, buf_str(&r.in));
    ok(!ws_is_idle(&w), "a pong that is due is kept");
    ws_say(&w, &r.out);
    ok(ws_is_idle(&w), "until it is said");
    buf_reset(&r.out);
    ws_say(&w, &r.out);
    ok_int(r.out.n, 0, "and is said once");
    buf_fini(&r.in);
    buf_fini(&r.out);
}

int main(void)
{
    id_init();
    test_handshake();
    test_write();
    test_messages();
    test_faults();
    test_text();
    test_closing();
    test_idle();
    return tap_end();
}
