/* The only writer: a thread that runs commands in groups, each group one transaction (group commit), appends the records
 * they made to the tape after the commit, then answers. Commits at once when idle; under load gathers what waits, up to
 * 64 commands. A failed flush is fatal (trust P14); a full disk refuses with ERR_DISK_FULL and goes on (P13). */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "news/chain.h"
#include "store/command.h"
#include "store/db.h"
#include "tape/tape.h"

struct writer_options {
    const char *path;
    struct tape *tape;
    size_t queue_max; /* commands waiting; beyond it posts are refused */
    /* Upkeep of the index, at the end of each group that left `changes` pieces of work for later, in its transaction;
     * may be NULL. A failure fails the group. */
    enum err (*tidy)(struct db *d, size_t changes);
};

enum err writer_new(const struct writer_options *o, struct writer **out, struct why *why) MUST_USE; /* starts the thread */
void writer_free(struct writer **w); /* finishes what waits, joins */
/* Posts and waits: for commands, start-up and tests; never on a loop. */
enum err writer_run(struct writer *w, struct command *c);
size_t writer_waiting(struct writer *w);
bool writer_is_refusing(struct writer *w); /* any thread: the last group found the disk full */

/* Index work that a command leaves for the end of its group: a savepoint makes FTS5 write out a segment of its own, so
 * words go in once per group, in the order of the commands, after the last savepoint. A failure fails the group. */
struct later {
    struct list link;
    enum err (*run)(struct db *d, struct later *l);
    void (*drop)(struct later *l); /* frees it, run or not */
};

/* For apply functions, on the store thread: */
struct db *writer_db(struct writer *w);
int64_t writer_now(const struct writer *w); /* one real time for the command; never before the last record's */
/* Numbers the record (seq, at_ms, prev), seals it, stores it and queues `own_frame` (may be NULL: an empty one is made)
 * for the tape with its seq set. is_archive as in story codes. */
enum err writer_record(struct writer *w, struct record *r, uint64_t n, struct frame *own_frame) MUST_USE;
/* next_n (from 1000001), next_org, next_user (from 1): taken in this transaction. 0 when that failed: see db_status. */
uint64_t writer_next_number(struct writer *w, const char *meta_key);
void writer_later(struct writer *w, struct later *own);
/* For committed functions: frames take the place of those of their seq, in the tape's window and, when they are of this
 * very group, before they get there. Borrowed. */
void writer_replace(struct writer *w, struct frame *const *frames, size_t count);
uint64_t writer_head(const struct writer *w); /* last seq given, this transaction included */
/* The next record is the first of a new epoch and has this number, which must lie above the head. */
void writer_jump(struct writer *w, uint64_t first_seq);
/* Called on the store thread between groups and at the monotonic time (clock_mono_ms) that it returned last, 0 = not
 * before the next group: due releases. It works by posting commands. */
void writer_set_due(struct writer *w, int64_t (*due)(struct writer *w, void *arg), void *arg);

#endif
