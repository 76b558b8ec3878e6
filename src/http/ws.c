#include "http/ws.h"

#define CONTROL_MOST 125 /* payload of a control frame (RFC 6455 5.5) */

static void ws_number(struct buf *out, uint64_t value, unsigned bytes)
{
    while (bytes--)
        buf_addc(out, (char)(value >> (8 * bytes)));
}

void ws_frame(struct buf *out, enum ws_op op, struct str payload)
{
    must(op < WS_CLOSE || payload.n <= CONTROL_MOST);
    buf_addc(out, (char)(0x80 | op));
    if (payload.n < 126) {
        ws_number(out, payload.n, 1);
    } else if (payload.n <= UINT16_MAX) {
        ws_number(out, 126, 1);
        ws_number(out, payload.n, 2);
    } else {
        ws_number(out, 127, 1);
        ws_number(out, payload.n, 8);
    }
    buf_add(out, payload);
}

void ws_close(struct buf *out, unsigned code, struct str reason)
{
    char words[CONTROL_MOST];
    size_t n = reason.n < sizeof words - 2 ? reason.n : sizeof words - 2;
    words[0] = (char)(code >> 8);
    words[1] = (char)code;
    memcpy(words + 2, reason.p, n);
    ws_frame(out, WS_CLOSE, (struct str){words, n + 2});
}
