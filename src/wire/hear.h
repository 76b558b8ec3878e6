/* What clients say on their lines. On an event stream they have nothing to say: bytes are dropped. On a WebSocket they may
 * ping and close, and are answered between two frames, never within one. Loop thread; a line keeps state only while half a
 * message has come in or an answer waits. */
#ifndef WIRE_HEAR_H
#define WIRE_HEAR_H

#include "base/str.h"

struct line;

/* All three: false when the line was closed, or takes nothing more and is not to be looked at. */
bool hear_ready(struct line *l); /* reads what the socket has, a little a turn: a flood costs no more than its bytes */
bool hear_bytes(struct line *l, struct str in); /* that were read already */
bool hear_answer(struct line *l); /* the socket is at a frame's edge again: says what is due */

#endif
