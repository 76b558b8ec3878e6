/* What is said on a line, in the bytes of its protocol and format: events, and the words about the line itself
 * (contract.md 4). Pure; appended to `out`. */
#ifndef WIRE_FORM_H
#define WIRE_FORM_H

#include "wire/audience.h"

/* "ninjs" …; ERR_PARSE with what is wrong and what is served. Nothing is the default. */
enum err form_parse_format(struct str name, enum wire_format *out, struct why *why) MUST_USE;
const char *form_format_name(enum wire_format f);
/* On a work thread: makes what an event in this format needs of the frame, so that a loop need not. */
void form_warm(const struct frame *f, enum wire_format format);
/* The event as one JSON object, as `data:` of SSE, a message of WebSocket and a member of a poll's `events` carry it.
 * prev 0 is written as null. */
void form_json(struct buf *out, const struct frame *f, const struct share *s, enum wire_format format, uint64_t prev);
/* The same as a frame of the protocol. */
void form_event(struct buf *out, const struct audience *a, const struct frame *f, const struct share *s, uint64_t prev);
/* A word about the line: a JSON object with a member `line`; without id. */
void form_line(struct buf *out, enum wire_protocol p, struct str json);
/* Sign of life: SSE a comment, WebSocket a ping, both with `head=N now=T`. */
void form_beat(struct buf *out, enum wire_protocol p, uint64_t head, int64_t now_ms);
/* The last word: why = restart, stalled, rights, limit. WebSocket closes with 1012, 1013 or 1008. */
void form_bye(struct buf *out, enum wire_protocol p, const char *why, uint64_t resume);

#endif
