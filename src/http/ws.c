#include "http/ws.h"

#include "base/id.h"
#include "base/seal.h"

#include <stdio.h>
#include <string.h>

#define KEY_BYTES 16
#define MASK 4

/* ---- the handshake ---- */

/* Whether a header that is a list of tokens, in one line or several, names this one (RFC 9110 5.6.1). */
static bool ws_names(const struct req *r, const char *header, struct str token)
{
    for (size_t i = 0; i < r->header_count; i++) {
        struct str rest = r->headers[i].value, part;
        if (!str_eq_nocase(r->headers[i].name, str_from(header)))
            continue;
        while (rest.p && str_split(&rest, ',', &part))
            if (str_eq_nocase(str_trim(part), token))
                return true;
    }
    return false;
}

static unsigned ws_count(const struct req *r, const char *header)
{
    unsigned n = 0;
    for (size_t i = 0; i < r->header_count; i++)
        n += str_eq_nocase(r->headers[i].name, str_from(header));
    return n;
}

bool ws_is_asked(const struct req *r)
{
    return ws_names(r, "upgrade", S("websocket"));
}

static bool ws_key_is_sound(struct str key)
{
    struct buf bytes = BUF_INIT(64);
    bool is_sound = key.n == 24 && id_from_base64(key, &bytes) && bytes.n == KEY_BYTES;
    buf_fini(&bytes);
    return is_sound;
}

static int ws_refuse(const char **out_detail, int status, const char *detail)
{
    *out_detail = detail;
    return status;
}

int ws_refusal(const struct req *r, const char **out_detail)
{
    if (r->method != METHOD_GET || r->is_http10)
        return ws_refuse(out_detail, 400, "a WebSocket is opened with GET and HTTP/1.1 (RFC 6455 4.1)");
    if (!ws_names(r, "connection", S("upgrade")))
        return ws_refuse(out_detail, 400,
                         "Connection must name Upgrade (RFC 6455 4.1); a proxy on the way may have taken it out");
    if (ws_count(r, "sec-websocket-version") != 1 || !str_eq(req_header(r, "sec-websocket-version"), S("13")))
        return ws_refuse(out_detail, 426, "this server speaks version 13 of WebSocket: send Sec-WebSocket-Version: 13");
    if (ws_count(r, "sec-websocket-key") != 1 || !ws_key_is_sound(req_header(r, "sec-websocket-key")))
        return ws_refuse(out_detail, 400, "Sec-WebSocket-Key must be there once: 16 random bytes in base64 (RFC 6455 4.1)");
    return 0;
}

void ws_agree(struct buf *out, const struct req *r)
{
    uint8_t hash[SEAL_SHA1];
    struct buf words = BUF_INIT(128);
    buf_add(&words, req_header(r, "sec-websocket-key"));
    buf_add(&words, S("258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    seal_sha1(buf_str(&words), hash);
    buf_fini(&words);
    buf_add(out, S("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "));
    id_base64(str_of((const char *)hash, sizeof hash), out);
    buf_add(out, S("\r\n\r\n"));
}

/* ---- to the client ---- */

static void ws_number(struct buf *out, uint64_t value, unsigned bytes)
{
    while (bytes--)
        buf_addc(out, (char)(value >> (8 * bytes)));
}

void ws_frame_head(struct buf *out, enum ws_op op, size_t n)
{
    must(op < WS_CLOSE || n <= WS_CONTROL);
    buf_addc(out, (char)(0x80 | op));
    if (n < 126) {
        ws_number(out, n, 1);
    } else if (n <= UINT16_MAX) {
        ws_number(out, 126, 1);
        ws_number(out, n, 2);
    } else {
        ws_number(out, 127, 1);
        ws_number(out, n, 8);
    }
}

void ws_frame(struct buf *out, enum ws_op op, struct str payload)
{
    ws_frame_head(out, op, payload.n);
    buf_add(out, payload);
}

static uint8_t ws_closing(char out[static WS_CONTROL], unsigned code, struct str reason)
{
    size_t n = reason.n;
    if (n > WS_CONTROL - 2) /* no half characters */
        for (n = WS_CONTROL - 2; n && ((unsigned char)reason.p[n] & 0xC0) == 0x80;)
            n--;
    out[0] = (char)(code >> 8);
    out[1] = (char)code;
    if (n)
        memcpy(out + 2, reason.p, n);
    return (uint8_t)(n + 2);
}

void ws_close(struct buf *out, unsigned code, struct str reason)
{
    char words[WS_CONTROL];
    uint8_t n = ws_closing(words, code, reason);
    ws_frame(out, WS_CLOSE, str_of(words, n));
}

/* ---- from the client ---- */

static void ws_fail(struct ws *w, unsigned code, const char *why)
{
    w->due = WS_CLOSE;
    w->due_n = ws_closing(w->due_bytes, code, str_from(why));
    w->is_over = w->is_fault = true;
}

/* The next byte of text in UTF-8 (RFC 3629 4): shortest forms only, no surrogates, nothing above U+10FFFF. */
static bool ws_is_text(struct ws *w, uint8_t c)
{
    if (w->more) {
        bool is_good = c >= w->low && c <= w->high;
        w->more--;
        w->low = 0x80;
        w->high = 0xBF;
        return is_good;
    }
    if (c < 0x80)
        return true;
    if (c < 0xC2 || c > 0xF4)
        return false;
    w->more = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    w->low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    w->high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    return true;
}

static bool ws_is_utf8(const char *p, size_t n)
{
    struct ws w = {0};
    for (size_t i = 0; i < n; i++)
        if (!ws_is_text(&w, (uint8_t)p[i]))
            return false;
    return !w.more;
}

/* Codes that an endpoint may send (7.4): 1004 to 1006 and 1015 never stand in a frame, 1012 and up mean nothing there. */
static bool ws_is_code(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1011) || (code >= 3000 && code <= 4999);
}

/* The client closes: the answer is its own code, or none as it gave none (5.5.1). */
static void ws_closed(struct ws *w)
{
    const uint8_t *p = (const uint8_t *)w->control;
    if (w->size == 1 || (w->size && !ws_is_code((unsigned)p[0] << 8 | p[1]))) {
        ws_fail(w, 1002, "a Close frame begins with a code that may be sent, or is empty (RFC 6455 7.4)");
        return;
    }
    if (w->size && !ws_is_utf8(w->control + 2, w->size - 2u)) {
        ws_fail(w, 1007, "the reason of a Close frame is UTF-8 (RFC 6455 5.5.1)");
        return;
    }
    w->due = WS_CLOSE;
    w->due_n = w->size ? 2 : 0;
    memcpy(w->due_bytes, w->control, w->due_n);
    w->is_over = true;
}

/* The frame is whole. */
static void ws_end_frame(struct ws *w)
{
    bool is_last = w->head[0] & 0x80;
    if (w->op == WS_CLOSE) {
        ws_closed(w);
    } else if (w->op == WS_PING) {
        w->due = WS_PONG;
        w->due_n = (uint8_t)w->size;
        memcpy(w->due_bytes, w->control, w->size);
    } else if (w->op < WS_CLOSE && is_last) {
        if (w->message_op == WS_TEXT && w->more)
            ws_fail(w, 1007, "a text message is UTF-8 (RFC 6455 8.1)");
        w->message_op = WS_NONE;
        w->message_n = 0;
    }
    w->head_n = 0;
    w->is_inside = false;
}

/* Bytes of payload, all of this frame. */
static void ws_payload(struct ws *w, struct str in)
{
    const uint8_t *mask = w->head + w->head_n - MASK;
    for (size_t i = 0; i < in.n; i++, w->at++) {
        uint8_t c = (uint8_t)in.p[i] ^ mask[w->at % MASK];
        if (w->op >= WS_CLOSE) {
            w->control[w->at] = (char)c;
        } else if (w->message_op == WS_TEXT && !ws_is_text(w, c)) {
            ws_fail(w, 1007, "a text message is UTF-8 (RFC 6455 8.1)");
            return;
        }
    }
}

/* The first two bytes: what kind of frame, and whether it may come here (5.2, 5.4, 5.5). */
static const char *ws_fault_of(const struct ws *w)
{
    unsigned op = w->head[0] & 0x0F, size = w->head[1] & 0x7F;
    bool is_last = w->head[0] & 0x80, is_control = op >= WS_CLOSE;
    if (w->head[0] & 0x70)
        return "no extension was agreed on: RSV bits are 0 (RFC 6455 5.2)";
    if ((op > WS_BINARY && op < WS_CLOSE) || op > WS_PONG)
        return "a reserved opcode (RFC 6455 5.2)";
    if (!(w->head[1] & 0x80))
        return "frames of a client are masked (RFC 6455 5.1)";
    if (is_control && (!is_last || size > WS_CONTROL))
        return "a control frame is whole and has at most 125 bytes (RFC 6455 5.5)";
    if (!is_control && (op == WS_NONE) != (w->message_op != WS_NONE))
        return op == WS_NONE ? "nothing has begun that could go on (RFC 6455 5.4)" :
                               "a message begins before the one before it has ended (RFC 6455 5.4)";
    return NULL;
}

static uint64_t ws_length(const uint8_t *p, unsigned bytes)
{
    uint64_t n = 0;
    while (bytes--)
        n = n << 8 | *p++;
    return n;
}

/* Bytes that a head has in all, once its second is known. */
static unsigned ws_head_size(const struct ws *w)
{
    unsigned size = w->head[1] & 0x7F;
    return 2 + (size == 127 ? 8 : size == 126 ? 2 : 0) + MASK;
}

/* The head is whole: a length in the shortest form that fits. */
static void ws_end_head(struct ws *w)
{
    unsigned bytes = w->head_n - 2 - MASK;
    uint64_t size = bytes ? ws_length(w->head + 2, bytes) : w->head[1] & 0x7F;
    uint64_t least = bytes == 8 ? UINT16_MAX + 1 : bytes ? 126 : 0;
    w->op = w->head[0] & 0x0F;
    if (size < least || size >> 63) {
        ws_fail(w, 1002, "a length is written in the fewest bytes (RFC 6455 5.2)");
        return;
    }
    if (w->op < WS_CLOSE) {
        if (size > WS_MESSAGE - (uint64_t)w->message_n) {
            ws_fail(w, 1009, "a client has nothing to say here: messages of up to 4096 bytes are read and dropped");
            return;
        }
        if (w->op != WS_NONE)
            w->message_op = w->op;
        w->message_n += (uint16_t)size;
    }
    w->is_inside = true;
    w->at = 0;
    w->size = (uint16_t)size;
}

void ws_read(struct ws *w, struct str in)
{
    while (!w->is_over && (in.n || (w->is_inside && w->at == w->size))) {
        if (w->is_inside) {
            struct str part = str_sub(in, 0, w->size - (size_t)w->at);
            ws_payload(w, part);
            in = str_sub(in, part.n, in.n);
            if (!w->is_over && w->at == w->size)
                ws_end_frame(w);
            continue;
        }
        w->head[w->head_n++] = (uint8_t)in.p[0];
        in = str_sub(in, 1, in.n);
        const char *fault = w->head_n == 2 ? ws_fault_of(w) : NULL;
        if (fault)
            ws_fail(w, 1002, fault);
        else if (w->head_n >= 2 && w->head_n == ws_head_size(w))
            ws_end_head(w);
    }
}

bool ws_is_idle(const struct ws *w)
{
    return !w->head_n && !w->message_op && !w->due && !w->is_over;
}

void ws_say(struct ws *w, struct buf *out)
{
    if (w->due)
        ws_frame(out, w->due, str_of(w->due_bytes, w->due_n));
    w->due = WS_NONE;
}
