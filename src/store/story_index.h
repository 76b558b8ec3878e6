/* What the word index holds of a story: the four columns of the table `words`, made by news/words.h from the version's
 * text and codes. The same story gives the same bytes, now and from the stored version later: FTS5 takes an entry out
 * only when it is told exactly what was put in. Pure; any thread. */
#ifndef STORE_STORY_INDEX_H
#define STORE_STORY_INDEX_H

#include "base/buf.h"
#include "news/story.h"

struct story_index {
    struct buf head;  /* exact words of headline, spot, slugline, byline and city */
    struct buf exact; /* those, the body and the keywords */
    struct buf stem;  /* the same words stemmed, marked by language: tr0… */
    struct buf facet; /* store/facet.h */
};
void story_index_make(const struct story *s, struct story_index *out);
void story_index_fini(struct story_index *x);

#endif
