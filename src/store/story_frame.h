/* The frame of a version for the tape, and what a kill makes of the frames before it. Store thread. */
#ifndef STORE_STORY_FRAME_H
#define STORE_STORY_FRAME_H

#include "store/story_now.h"
#include "store/stories.h"

/* Held and killed versions have a notice and no full text, corrections both, others the text. Seq and time are the
 * writer's, brief and leaves_public the caller's. Fails when earlier versions cannot be read: a kill that does not know
 * who had them must not go out. */
enum err story_frame_make(struct db *d, const struct stories *s, const struct story *frozen, struct frame **out) MUST_USE;
/* What a kill leaves of the story's records so far, for tape_replace: their own event and seq, the notice as story. One
 * ref each, in an array for mem_free. */
enum err story_frame_recall(struct db *d, const struct stories *s, const struct story_now *now, struct frame ***out,
                            size_t *out_count) MUST_USE;

#endif
