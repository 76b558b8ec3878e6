/* Cursors as clients give them: hostile text, or the last sequence number held (contract.md 4). Pure; any thread. */
#ifndef WIRE_CURSOR_H
#define WIRE_CURSOR_H

#include "base/str.h"

#define CURSOR_MOST ((1ull << 53) - 1) /* what every JSON reader keeps exact */

/* 0 means "from the oldest allowed". ERR_PARSE with what to give instead; *out_seq is then untouched. */
enum err cursor_parse(struct str text, uint64_t *out_seq, struct why *why) MUST_USE;

#endif
