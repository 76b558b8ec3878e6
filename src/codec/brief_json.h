/* A brief as JSON for the store, and back. Pure. */
#ifndef CODEC_BRIEF_JSON_H
#define CODEC_BRIEF_JSON_H

#include "base/buf.h"
#include "news/brief.h"

void brief_json_write(struct buf *out, const struct brief *b);
enum err brief_json_read(struct str json, struct brief **out, struct why *why) MUST_USE; /* frozen */

#endif
