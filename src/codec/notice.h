/* What stands in place of a killed or held story, in the story's language. Static text; any thread. */
#ifndef CODEC_NOTICE_H
#define CODEC_NOTICE_H

#include "base/buf.h"
#include "news/story.h"

struct str notice_headline(const struct story *s); /* "This story has been withdrawn." … */
/* The same, what to do, and the reason if there is one: plain text for those who may have the story. */
void notice_text(const struct story *s, struct buf *out);

#endif
