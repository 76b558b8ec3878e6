/* A line of a newswire archive (JSON lines: id date kind title slug prio dateline city byline topics places … body) as
 * POST JSON; what `tellal import` reads. The mapping is documented in docs/formats/import.md. Pure. */
#ifndef CODEC_NEWSWIRE_H
#define CODEC_NEWSWIRE_H

#include "base/json.h"

/* `out_at_ms` gets the source's date. ERR_FIELD with a reason when the line is no story. A line that is a native story
 * (has `headline`) passes as it is; `at` or `first_published` gives its date. */
enum err newswire_to_json(struct str line, struct buf *out_json, int64_t *out_at_ms, struct why *why) MUST_USE;

#endif
