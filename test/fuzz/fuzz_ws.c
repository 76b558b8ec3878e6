/* What clients of a WebSocket send, against a plain reading of RFC 6455 that has all bytes at once: equal verdicts, equal
 * answers, and the same however the bytes are cut. The first byte tells where they are cut; 255 = the rest is the head of
 * a handshake. */
#include "base/text.h"
#include "http/parse.h"
#include "http/ws.h"

#include <string.h>

#define ROOM ((size_t)1 << 20)

/* ---- the plain reading ---- */

struct plain {
    unsigned fault;   /* the Close code of a breach, 0 = none */
    bool is_closed, has_ping, is_cut; /* is_cut: a frame is not whole */
    struct buf pong, text;
    unsigned message; /* opcode, 0 = none */
    size_t message_n;
};

static bool is_whole_text(struct str s)
{
    struct buf b = BUF_INIT(ROOM);
    for (size_t i = 0; i < s.n; i++)
        buf_addc(&b, s.p[i] ? s.p[i] : 'x'); /* NUL is a character on a WebSocket */
    bool is_text = text_is_utf8(buf_str(&b));
    buf_fini(&b);
    return is_text;
}

/* Whether something could follow that makes it text. */
static bool is_beginning_of_text(struct str s)
{
    static const char *rests[] = {"",         "\x80",         "\x90",         "\xA0",         "\x80\x80", "\x90\x80",
                                  "\xA0\x80", "\x80\x80\x80", "\x90\x80\x80", "\xA0\x80\x80"};
    bool is_good = false;
    for (size_t i = 0; i < sizeof rests / sizeof *rests && !is_good; i++) {
        struct buf b = BUF_INIT(ROOM);
        buf_add(&b, s);
        buf_puts(&b, rests[i]);
        is_good = is_whole_text(buf_str(&b));
        buf_fini(&b);
    }
    return is_good;
}

static bool is_code(unsigned c)
{
    return c >= 1000 && c < 5000 && !(c >= 1004 && c <= 1006) && !(c >= 1012 && c < 3000);
}

static void plain_control(struct plain *p, unsigned op, struct str data)
{
    if (op == 9) {
        p->has_ping = true;
        buf_reset(&p->pong);
        buf_add(&p->pong, data);
    } else if (op == 8) {
        unsigned code = data.n > 1 ? (unsigned)(uint8_t)data.p[0] << 8 | (uint8_t)data.p[1] : 0;
        if (data.n == 1 || (data.n && !is_code(code)))
            p->fault = 1002;
        else if (data.n && !is_whole_text(str_sub(data, 2, data.n)))
            p->fault = 1007;
        else
            p->is_closed = true;
    }
}

static void plain_data(struct plain *p, unsigned op, bool is_last, struct str data)
{
    if (op) {
        p->message = op;
        p->message_n = 0;
        buf_reset(&p->text);
    }
    p->message_n += data.n;
    buf_add(&p->text, data);
    if (p->message == 1 && !(is_last ? is_whole_text : is_beginning_of_text)(buf_str(&p->text)))
        p->fault = 1007;
    if (is_last)
        p->message = 0;
}

static unsigned plain_fault(const struct plain *p, const uint8_t *in)
{
    unsigned op = in[0] & 15, n = in[1] & 127;
    bool is_last = in[0] & 128, is_open = p->message != 0;
    if (in[0] & 0x70 || !(in[1] & 128) || (op > 2 && op < 8) || op > 10)
        return 1002;
    if (op >= 8)
        return !is_last || n > 125 ? 1002 : 0;
    return (op == 0) != is_open ? 1002 : 0;
}

/* One frame; bytes of it, 0 = the end. */
static size_t plain_frame(struct plain *p, const uint8_t *in, size_t n)
{
    if (n < 2) {
        p->is_cut = n > 0;
        return 0;
    }
    p->fault = plain_fault(p, in);
    if (p->fault)
        return 0;
    size_t more = (in[1] & 127) == 127 ? 8 : (in[1] & 127) == 126 ? 2 : 0, head = 2 + more + 4;
    p->is_cut = n < head;
    if (p->is_cut)
        return 0;
    uint64_t size = more ? 0 : in[1] & 127;
    for (size_t i = 0; i < more; i++)
        size = size << 8 | in[2 + i];
    if ((more == 2 && size < 126) || (more == 8 && (size < 65536 || size > INT64_MAX)))
        p->fault = 1002;
    else if ((in[0] & 15) < 8 && size + ((in[0] & 15) ? 0 : p->message_n) > WS_MESSAGE)
        p->fault = 1009;
    p->is_cut = !p->fault && n - head < size;
    if (p->fault || p->is_cut)
        return 0;
    struct buf data = BUF_INIT(ROOM);
    for (size_t i = 0; i < size; i++)
        buf_addc(&data, (char)(in[head + i] ^ in[head - 4 + i % 4]));
    if ((in[0] & 15) >= 8)
        plain_control(p, in[0] & 15, buf_str(&data));
    else
        plain_data(p, in[0] & 15, in[0] & 128, buf_str(&data));
    buf_fini(&data);
    return head + size;
}

static void plain_read(struct plain *p, struct str in)
{
    size_t at = 0, n = 1;
    for (; n && !p->fault && !p->is_closed; at += n)
        n = plain_frame(p, (const uint8_t *)in.p + at, in.n - at);
}

/* ---- ours ---- */

static void check_answer(struct ws *w, const struct plain *p)
{
    unsigned code = w->due_n > 1 ? (unsigned)(uint8_t)w->due_bytes[0] << 8 | (uint8_t)w->due_bytes[1] : 0;
    must(w->due == WS_NONE || w->due == WS_PONG || w->due == WS_CLOSE);
    must((w->due == WS_CLOSE) == w->is_over && (!w->is_fault || w->is_over));
    if (w->is_fault) {
        must(code == 1002 || code == 1007 || code == 1009);
        must(text_is_utf8(str_of(w->due_bytes + 2, w->due_n - 2u)) && w->due_n > 10);
    }
    if (p->fault) {
        must(w->is_fault && code == p->fault);
    } else if (p->is_closed) {
        must(w->is_over && !w->is_fault && (w->due_n == 0 || is_code(code)));
    } else if (!p->is_cut) {
        must(!w->is_over && p->has_ping == (w->due == WS_PONG));
        must(!p->has_ping || str_eq(str_of(w->due_bytes, w->due_n), buf_str(&p->pong)));
        must(ws_is_idle(w) == (!p->message && !p->has_ping));
    }
}

static void handshake(struct str head)
{
    static struct parse p;
    const char *why = NULL;
    if (parse_head(&p, head) != PARSE_DONE)
        return;
    int status = ws_refusal(&p.req, &why);
    must(status == 0 || ((status == 400 || status == 426) && why));
    struct buf out = BUF_INIT(1024);
    if (!status)
        ws_agree(&out, &p.req);
    must(buf_ok(&out) && (status || str_ends(buf_str(&out), S("=\r\n\r\n"))));
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct str in = str_of((const char *)data + 1, size - 1);
    if (data[0] == 255) {
        handshake(in);
        return 0;
    }
    struct ws whole = {0}, cut = {0};
    ws_read(&whole, in);
    for (size_t at = 0, n = 1u + data[0]; at < in.n; at += n)
        ws_read(&cut, str_sub(in, at, n));
    must(whole.is_over == cut.is_over && whole.is_fault == cut.is_fault && ws_is_idle(&whole) == ws_is_idle(&cut));
    must(whole.due == cut.due && whole.due_n == cut.due_n && !memcmp(whole.due_bytes, cut.due_bytes, whole.due_n));
    struct plain p = {.pong = BUF_INIT(ROOM), .text = BUF_INIT(ROOM)};
    plain_read(&p, in);
    check_answer(&whole, &p);
    struct buf out = BUF_INIT(256);
    ws_say(&whole, &out);
    must(buf_ok(&out) && out.n <= 2 + WS_CONTROL && !whole.due);
    buf_fini(&out);
    buf_fini(&p.pong);
    buf_fini(&p.text);
    return 0;
}
