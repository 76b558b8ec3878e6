/* What a story command answers, and the memory of answers by idempotency key: a retry within 7 days, across restarts,
 * gets the first answer byte for byte (trust P5). Store thread, inside the command's transaction. */
#ifndef STORE_STORY_ANSWER_H
#define STORE_STORY_ANSWER_H

#include "store/stories.h"
#include "store/story_now.h"

void story_answer_now(struct story_answer *a, const struct story_now *now); /* id, n, seq, version, stage */
void story_answer_write(struct story_command *c);                           /* json from the other members */
/* OK and is_replay when the key was kept with the same content; ERR_KEY_REUSED when with another; OK when not at all. */
enum err story_answer_find(struct db *d, struct story_command *c, int64_t now_ms) MUST_USE;
enum err story_answer_keep(struct db *d, const struct story_command *c, int64_t now_ms) MUST_USE;

#endif
