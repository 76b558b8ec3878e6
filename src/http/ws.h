/* Framing of WebSocket (RFC 6455, section 5), the server's side: its own frames are whole and not masked. Pure. */
#ifndef HTTP_WS_H
#define HTTP_WS_H

#include "base/buf.h"

enum ws_op { WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

/* One frame with FIN set, its length in the shortest form (5.2). */
void ws_frame(struct buf *out, enum ws_op op, struct str payload);
/* A Close frame (5.5.1): code and reason, which is cut to the 123 bytes that a control frame leaves for it. */
void ws_close(struct buf *out, unsigned code, struct str reason);

#endif
