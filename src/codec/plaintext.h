/* A story as running text: for terminals, for mail and for whoever has no parser (docs/formats/text.md). Write only; not
 * the text file that `codec/plain` reads. Pure; any thread. */
#ifndef CODEC_PLAINTEXT_H
#define CODEC_PLAINTEXT_H

#include "codec/ninjs.h"
#include "news/right.h"

/* Headline, spot, byline, dateline, paragraphs, notes; a killed or held story gives its notice. The grant must cover it. */
void plaintext_write(struct buf *out, const struct grant *g, const struct story *s, const struct agency *a);
/* Without text: the notice of a kill or hold, else headline and note of the version. */
void plaintext_write_notice(struct buf *out, const struct story *s);

#endif
