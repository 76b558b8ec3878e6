/* Story bodies: parsed and rebuilt from the allow-list of formats.md 1.1, never printed from a foreign tree. libxml2's
 * HTML parser is used here only. Work threads. */
#ifndef CODEC_HTML_H
#define CODEC_HTML_H

#include "base/buf.h"

/* Rebuilds HTML. A text without any tag is plain text: a blank line parts paragraphs. Empty blocks go. Idempotent:
 * cleaning what came out changes nothing. ERR_LIMIT when nested deeper than 256 or out is full. */
enum err html_clean(struct str in, struct buf *out, struct why *why) MUST_USE;
/* The same tree with visual breaks as <p> and <br> only, sub-heads as <p><strong>: HAS bodies (has-api.md 9 rule 5). */
enum err html_for_has(struct str clean, struct buf *out) MUST_USE;
bool html_is_table_only(struct str clean);

#endif
