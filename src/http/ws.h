/* WebSocket (RFC 6455), the server's side: the answer to the handshake, frames to a client, and a reader of the frames of
 * a client that has nothing to say: its messages are checked and dropped, its pings and its goodbye are answered. No
 * extensions, no subprotocols. Pure; memory is the caller's. */
#ifndef HTTP_WS_H
#define HTTP_WS_H

#include "base/buf.h"
#include "http/req.h"

enum ws_op { WS_NONE = 0, WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

#define WS_CONTROL 125  /* payload of a control frame at most (5.5) */
#define WS_MESSAGE 4096 /* payload of a message of a client at most */

/* ---- the handshake (section 4.2) ---- */

/* The request names WebSocket as what it would go over to, well or badly. */
bool ws_is_asked(const struct req *r);
/* 0 when the handshake is sound (4.2.1); else 400 or 426 with a sentence for people. */
int ws_refusal(const struct req *r, const char **out_detail);
/* The head that agrees to a sound handshake (4.2.2): 101 and no extension. */
void ws_agree(struct buf *out, const struct req *r);

/* ---- to the client ---- */

/* One frame with FIN set, its length in the shortest form (5.2). */
void ws_frame(struct buf *out, enum ws_op op, struct str payload);
/* Its head alone, for a payload of n bytes that the caller writes next. */
void ws_frame_head(struct buf *out, enum ws_op op, size_t n);
/* A Close frame (5.5.1): code and reason, which is cut between characters to the 123 bytes that are left for it. */
void ws_close(struct buf *out, unsigned code, struct str reason);

/* ---- from the client ---- */

/* What is kept of a client's bytes from one read to the next, and what it is due. All zero = a fresh line; a line between
 * two messages keeps nothing, see ws_is_idle. */
struct ws {
    uint8_t head[14]; /* of the frame that comes in */
    uint8_t head_n;
    bool is_inside;   /* the head is whole, payload follows */
    uint8_t op, message_op; /* message_op: of the message whose frames come in; WS_NONE = none */
    uint16_t at, size;      /* in the frame's payload */
    uint16_t message_n;     /* payload of the message so far */
    uint8_t more, low, high; /* of a character of UTF-8: bytes still to come, and what the next may be */
    char control[WS_CONTROL]; /* payload of the control frame that comes in */
    enum ws_op due;         /* WS_PONG or WS_CLOSE is to be said; a later pong takes the place of an earlier (5.5.3) */
    uint8_t due_n;
    char due_bytes[WS_CONTROL];
    bool is_over;  /* the client has closed or broken the protocol: nothing is read any more */
    bool is_fault; /* … broken it */
};

/* Reads what a client sent. `due` is then what it is to be told: echo of a ping or Close, or why the line is failed: 1002
 * (protocol), 1007 (text that is not UTF-8), 1009 (message over WS_MESSAGE). */
void ws_read(struct ws *w, struct str in);
/* Nothing is kept and nothing due: the state may go. */
bool ws_is_idle(const struct ws *w);
/* Writes the frame that is due, if any, and forgets it. */
void ws_say(struct ws *w, struct buf *out);

#endif
