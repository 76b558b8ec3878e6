/* Stories that are not live yet, and their way out. Store thread, inside the command's transaction. */
#ifndef STORE_STORY_DRAFT_H
#define STORE_STORY_DRAFT_H

#include "store/story_work.h"

struct story_draft {
    char id[96];
    uint32_t version;
    enum stage stage;
    int64_t due_ms;
    uint64_t n; /* != 0: it went live under this number */
};
/* ERR_NONE when there is none. *out_story (may be NULL) gets a builder unless it went live; ERR_PARSE when its seal does
 * not open. */
enum err story_draft_get(struct db *d, const struct stories *s, struct str id, struct story_draft *out,
                         struct story **out_story, struct why *why) MUST_USE;

/* When a story with these times may go out: the later of schedule and embargo, 0 = at once. */
int64_t story_draft_due(const struct story *s);

/* A first version and what goes with it. own_story and own_work are taken, also on failure. */
struct story_debut {
    struct writer *writer;
    struct stories *stories;
    struct story *own_story;
    struct story_work *own_work; /* NULL: made when needed */
    enum stage ask;              /* draft, review, scheduled (asked for live, not due yet) or live */
    struct story_draft *draft;   /* the draft it was; NULL for none */
    int64_t import_at_ms;        /* 0 = now */
    struct why *why;
    struct story_answer *answer; /* out: ids, n, seq, version, stage */
};
/* Saves as a draft (a new one, or the next version of `draft`), or goes live. */
enum err story_draft_debut(struct story_debut *x) MUST_USE;
/* Takes a scheduled draft that cannot be opened back to review, so that timers leave it alone. */
enum err story_draft_park(struct db *d, struct str id) MUST_USE;

#endif
