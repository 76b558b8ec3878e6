/* A story as a plain text file: a block of `Key: value` lines, a blank line, the body (docs/formats/text-file.md).
 * What `tellal story put` and the inbox read. Pure. */
#ifndef CODEC_PLAIN_H
#define CODEC_PLAIN_H

#include "base/arena.h"
#include "base/json.h"

/* The same story as POST JSON (contract.md 3) plus the file's own keys key, act, of, note, reason, so that there is one
 * reader of members. ERR_PARSE names the line. */
enum err plain_to_json(struct str file, struct buf *out_json, struct why *why) MUST_USE;

/* Links and `Of` may name another file's Key instead of an id: `id_of` says which id that story got, false when it has
 * none (the key then stays, and native_read names it). */
struct plain_keys {
    bool (*id_of)(void *arg, struct str key, struct str *out_id);
    void *arg;
};
enum err plain_to_json_with(struct str file, const struct plain_keys *keys, struct buf *out_json, struct why *why) MUST_USE;

#endif
