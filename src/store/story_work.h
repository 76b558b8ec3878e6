/* What can be made of a version before it has a number or a time, away from the store thread: index words, the public
 * portion, the stored text and the salted commitment to it. Pure but for the salt; any thread. */
#ifndef STORE_STORY_WORK_H
#define STORE_STORY_WORK_H

#include "store/briefs.h"
#include "store/stories.h"
#include "store/story_index.h"

struct story_work {
    bool has_index;
    struct story_index index;
    bool has_brief_words;
    struct brief_words brief_words;
    struct brief *brief; /* NULL when the public gets none; its head (n, id, times, notes) is filled in at the commit */
    struct buf text;     /* the version's text half */
    uint8_t salt[CHAIN_SALT], commit[ID_HASH];
};
/* Index and brief only for a story whose head.stage is live. */
struct story_work *story_work_make(const struct stories *s, const struct story *story);
void story_work_free(struct story_work **w);

#endif
