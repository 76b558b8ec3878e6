/* The word index of stories: entries put in and taken out at the end of the writer's group. Store thread. */
#ifndef STORE_STORY_WORDS_H
#define STORE_STORY_WORDS_H

#include "store/story_index.h"
#include "store/story_now.h"
#include "store/writer.h"

void story_words_add(struct writer *w, uint64_t okey, struct story_index *own);
/* The words of the version that stands now; call before its text may go. */
enum err story_words_remove(struct writer *w, const struct story_now *now, struct why *why) MUST_USE;

#endif
