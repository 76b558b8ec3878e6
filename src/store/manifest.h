/* What a backup says of itself: its last member, manifest.json. Members and checks are documented in docs/ops/backup.md.
 * Pure; any thread. */
#ifndef STORE_MANIFEST_H
#define STORE_MANIFEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"

#define MANIFEST_NAME "manifest.json"
#define MANIFEST_FORMAT 1
#define MANIFEST_BYTES (256u << 20) /* about a million members */
#define MANIFEST_EPOCH 63

struct manifest_member {
    struct str name;
    uint64_t bytes;
    uint8_t hash[ID_HASH]; /* SHA-256 */
};
struct manifest {
    struct str agency, program;    /* program: version of tellal that wrote it */
    char epoch[MANIFEST_EPOCH + 1]; /* id of the running one */
    uint64_t head;                 /* newest sequence number held */
    int64_t at_ms;
    uint64_t sealed;               /* drafts under embargo */
    bool has_embargo_key;          /* wrapped by a passphrase */
    const struct manifest_member *members;
    size_t count;
};
void manifest_write(const struct manifest *m, struct buf *out);
/* ERR_PARSE with the member in why.at; slices and members are in `a`. */
enum err manifest_read(struct str json, struct arena *a, struct manifest *out, struct why *why) MUST_USE;

#endif
