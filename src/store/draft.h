/* A draft as it is kept: its native JSON, or, while an embargo runs, only codes and times in clear and the whole of it
 * sealed (AES-256-GCM) under a key of its own, which the master key wraps (trust 3). The id is authenticated with both,
 * so that rows cannot be swapped. Pure but for randomness; any thread. */
#ifndef STORE_DRAFT_H
#define STORE_DRAFT_H

#include "store/stories.h"

struct draft_doc {
    struct buf doc, sealed, wrapped; /* sealed and wrapped empty unless is_sealed */
    bool is_sealed;
};
/* ERR_INTERNAL when it must be sealed and there is no master key. The caller finis in any case. */
enum err draft_write(const struct stories *s, struct str id, const struct story *story, bool is_sealed,
                     struct draft_doc *out, struct why *why) MUST_USE;
void draft_fini(struct draft_doc *d);
/* Back into a builder, columns doc, sealed and wrapped as stored. ERR_PARSE when it was tampered with or the master key
 * is another one. */
enum err draft_read(const struct stories *s, struct str id, struct str doc, struct str sealed, struct str wrapped,
                    struct story *builder, struct why *why) MUST_USE;

#endif
