/* The parts of `tellal check`, each a walk over some tables; check.c runs them one after the other. A finding is one line
 * that says what and where. For check*.c only. */
#ifndef STORE_CHECK_PART_H
#define STORE_CHECK_PART_H

#include "store/check.h"

struct check {
    struct db *db;
    void (*found)(void *arg, const char *text);
    void *arg;
    uint64_t checked;
    struct arena *arena; /* reset for each row */
};
void check_say(struct check *c, const char *fmt, ...) PRINTF(2, 3);
/* The rows of a statement, one call each; the arena is empty at each call. */
enum err check_walk(struct check *c, enum sql which, void (*row)(struct check *c, struct statement *s)) MUST_USE;

enum err check_chain(struct check *c) MUST_USE;   /* check_chain.c: records, epochs, commitments of people */
enum err check_stories(struct check *c) MUST_USE; /* check_stories.c: versions, stories, their words, drafts */
enum err check_briefs(struct check *c) MUST_USE;  /* check_briefs.c: the public portion */
enum err check_ledger(struct check *c) MUST_USE;  /* check_ledger.c: spans, fetches and acknowledgements against stories */

#endif
