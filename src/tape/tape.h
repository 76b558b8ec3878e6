/* The shared window of the last frames: one writer (the store thread), many readers by cursor. Sequence numbers in the
 * window are contiguous: a new epoch empties it. A mutex guards it (leaf lock): a read takes refs in batches. A second
 * one guards the list of watches and is held while their mailboxes are posted to, so that a watch cannot go meanwhile. */
#ifndef TAPE_TAPE_H
#define TAPE_TAPE_H

#include "io/loop.h"
#include "tape/frame.h"

struct tape;

#define TAPE_BYTES ((size_t)16 << 20) /* the frames of the window together: a thousand long stories, half a day of a busy desk */

struct tape *tape_new(size_t slots, uint64_t head); /* head: last seq that is durable */
void tape_free(struct tape **t);
uint64_t tape_head(struct tape *t); /* any thread */
/* Store thread: after the commit, in seq order. Wakes the watchers once. Takes a ref of its own. */
void tape_append(struct tape *t, struct frame *const *frames, size_t count);
/* Store thread: frames that take the place of those with the same seq, as far as the window still holds them: what a
 * kill leaves of a story's earlier records. Wakes nobody. Takes refs of its own. */
void tape_replace(struct tape *t, struct frame *const *frames, size_t count);
/* Up to max frames after `after`, with a ref each. Returns the count; *is_gap is set when the window no longer (or, at
 * start, does not yet) hold the frame that follows `after` though the head is beyond it: then the store must serve it. */
size_t tape_read(struct tape *t, uint64_t after, struct frame **out, size_t max, bool *is_gap);
/* Wakes a loop when frames come: `wake` runs on that loop's thread through its mailbox, merged while one is under way. */
struct tape_watch {
    struct list link;
    struct message message;
    bool is_posted;
    struct loop *loop;
    void (*wake)(struct tape_watch *w);
    struct tape *tape;
};
void tape_watch(struct tape *t, struct tape_watch *w, struct loop *l, void (*wake)(struct tape_watch *w));
/* On the loop's thread; a wake-up that is under way comes to nothing, but w must live until the mailbox is drained. */
void tape_unwatch(struct tape_watch *w);
/* Rises with every tape_replace: whoever keeps frames read elsewhere lets go of them when it has changed. Any thread. */
uint64_t tape_recalls(const struct tape *t);
size_t tape_bytes(struct tape *t);       /* held by the window, for metrics */
void tape_limit(struct tape *t, size_t bytes); /* in place of TAPE_BYTES; the newest frame always stays */

#endif
