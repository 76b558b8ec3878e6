/* What of a story the public gets, and when: the rule's daily cap and delay, notes of corrections, the rows of the site.
 * Store thread, inside the command's transaction. */
#ifndef STORE_STORY_PUBLIC_H
#define STORE_STORY_PUBLIC_H

#include "store/briefs.h"
#include "store/stories.h"

bool story_public_has(struct db *d, uint64_t n); /* it is on the site now */
/* When the rule's delay is over; 0 = no delay. */
int64_t story_public_due(const struct stories *s, const struct story *story);
/* Was on the site before it was held, by what the rule says: its page must still tell that it was killed. */
bool story_public_had(const struct stories *s, const struct story *story, int64_t now_ms);
/* The cap of the rule is reached on the story's day; asked for stories that are not on the site. */
bool story_public_is_day_full(struct db *d, const struct stories *s, const struct story *story);
/* Fills in what was not known when the brief was made: number, version, times, notes. Nobody else may have it yet. */
void story_public_finish(struct db *d, const struct story *story, struct brief *b);
struct story_portion {
    uint64_t n, okey;
    const struct brief *brief;     /* NULL: off the site */
    struct brief_words *own_words; /* of the brief, taken over; NULL: they are made when they are needed */
};
/* Onto the site, or off it, at the end of the group. */
enum err story_public_put(struct writer *w, const struct stories *s, const struct story_portion *p) MUST_USE;
/* Comes onto the site at due_ms; 0 = waits no more. */
enum err story_public_wait(struct writer *w, struct stories *s, uint64_t n, int64_t due_ms) MUST_USE;

#endif
