/* One version of a story into the store: record, version row, story row, index words, public portion and the frame for
 * the tape, all in the transaction of the command. Store thread. */
#ifndef STORE_STORY_WRITE_H
#define STORE_STORY_WRITE_H

#include "store/story_now.h"
#include "store/story_work.h"

struct story_change {
    struct writer *writer;
    struct stories *stories;
    struct story *own_story;     /* builder, head complete but for seq: frozen and taken, also on failure */
    struct story_work *own_work; /* NULL: made here */
    const struct story_now *now; /* as it stood; NULL for a first version */
    struct why *why;
    uint64_t out_seq;
};
enum err story_write_version(struct story_change *c) MUST_USE;

#endif
