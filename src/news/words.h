/* The words of a story, as search knows them: one cutting of its text for the word index (store/story_index.h) and for
 * matching a story in memory, so that the wire lets through what a search finds. Pure; any thread. */
#ifndef NEWS_WORDS_H
#define NEWS_WORDS_H

#include "news/wanted.h"

/* Tokens parted by single spaces, made by base/stem.h. */
struct words_text {
    struct buf exact;  /* headline, spot, slugline, byline, city; then body and keywords */
    struct buf stem;   /* the same words stemmed, marked by language: tr0… */
    size_t head_bytes; /* of exact: up to where the body begins */
};
/* The same story gives the same bytes, always. Both buffers are the caller's. */
void words_text_make(const struct story *s, struct words_text *out);

/* A story's words, ready to be asked. Immutable. */
struct words;
struct words *words_new(const struct story *s);
void words_free(struct words **w); /* accepts NULL, sets NULL */
/* What FTS5 answers for the same story and the same search. Of a text of any length a term costs two steps of halving in
 * each language; a phrase one more for each place of its first word. */
bool words_meet(const struct words *w, const struct wanted *want);
size_t words_bytes(const struct words *w); /* memory it holds */

#endif
