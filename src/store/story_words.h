/* The word index of stories: entries put in and taken out at the end of the writer's group. Store thread. */
#ifndef STORE_STORY_WORDS_H
#define STORE_STORY_WORDS_H

#include "store/story_index.h"
#include "store/story_now.h"
#include "store/writer.h"

void story_words_add(struct writer *w, uint64_t okey, struct story_index *own);
/* Merges segments of the word indexes by as much as keeps up with `changes` more: FTS5 left to itself merges hundreds of
 * pages at the cost of one story in thirty, which then is ten times as late. */
enum err story_words_tidy(struct db *d, size_t changes) MUST_USE;
/* The words of the version that stands now; call before its text may go. */
enum err story_words_remove(struct writer *w, const struct story_now *now, struct why *why) MUST_USE;

#endif
