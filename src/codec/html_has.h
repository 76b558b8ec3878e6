/* The HAS form of a clean body (has-api.md 9 rule 5); html_for_has is its door. Pure. */
#ifndef CODEC_HTML_HAS_H
#define CODEC_HTML_HAS_H

#include "codec/html_tag.h"

void html_has_escape(struct str text, struct buf *out); /* & < > " */
enum err html_has_write(struct str clean, struct buf *out) MUST_USE;

#endif
