/* Writes a body of the subset (formats.md 1.1) from a stream of opens, texts and closes of any nesting: what is not
 * allowed where it stands is moved or unwrapped, empty blocks go, naked text gets a paragraph, <br><br> parts one.
 * Feeding its own output again gives the same output. One thread at a time. */
#ifndef CODEC_HTML_REBUILD_H
#define CODEC_HTML_REBUILD_H

#include "codec/html_tag.h"

#define HTML_REBUILD_DEPTH 256

struct html_rebuild;

struct html_rebuild *html_rebuild_new(struct buf *out); /* writes from an empty `out` on */
void html_rebuild_free(struct html_rebuild **r);
struct arena *html_rebuild_arena(struct html_rebuild *r); /* for the strings of attrs */
/* Opens and closes must pair. attrs may be NULL. Deeper than HTML_REBUILD_DEPTH: content is no longer taken. */
void html_rebuild_open(struct html_rebuild *r, enum html_tag t, const struct html_attrs *attrs);
void html_rebuild_close(struct html_rebuild *r);
void html_rebuild_text(struct html_rebuild *r, struct str text); /* unescaped UTF-8 */
/* Closes what is open. ERR_LIMIT when too deep or out is full. */
enum err html_rebuild_end(struct html_rebuild *r, struct why *why) MUST_USE;

#endif
