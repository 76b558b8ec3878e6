/* ninjs 3.1 (IPTC), write only for now: what the live wire carries. Extras go into altIds and roles, never stray members;
 * output validates against the schema. Pure; store thread. */
#ifndef CODEC_NINJS_H
#define CODEC_NINJS_H

#include "base/buf.h"
#include "news/story.h"

struct agency {
    struct str name, code, url, prefix; /* public_url without a slash at its end */
};
void ninjs_write(struct buf *out, const struct story *s, const struct codes *codes, const struct agency *a);
/* Without text: a kill (canceled), a hold (withheld), or of a correction headline and note. */
void ninjs_write_notice(struct buf *out, const struct story *s, const struct codes *codes, const struct agency *a);

#endif
