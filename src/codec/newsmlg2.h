/* NewsML-G2 as HAS subscribers get it (`newsml29`, has-api.md section 9, every rule there). Pure; work threads. */
#ifndef CODEC_NEWSMLG2_H
#define CODEC_NEWSMLG2_H

#include "codec/ninjs.h"
#include "news/right.h"

/* The whole document. The grant must cover the story. sent_ms is the envelope's time. */
void newsmlg2_write_has(struct buf *out, const struct grant *g, const struct story *s, const struct codes *codes,
                        const struct agency *a, int64_t sent_ms);
/* A killed or held story: stat:canceled or stat:withheld, the notice as text. Of another (a correction for those who have
 * lost the right to it) the headline, and the note as text. */
void newsmlg2_write_has_notice(struct buf *out, const struct story *s, const struct codes *codes, const struct agency *a,
                               int64_t sent_ms);

#endif
