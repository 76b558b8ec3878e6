/* A story as a plain text file: a block of `Key: value` lines, a blank line, the body (demo/README.md, docs/formats).
 * What `tellal story put` and the inbox read. Pure. */
#ifndef CODEC_PLAIN_H
#define CODEC_PLAIN_H

#include "base/arena.h"
#include "base/json.h"

/* The same story as POST JSON (contract.md 3) plus the file's own keys key, act, of, note, reason, so that there is one
 * reader of members. ERR_PARSE names the line. */
enum err plain_to_json(struct str file, struct buf *out_json, struct why *why) MUST_USE;

#endif
