/* The public portion in the store: rows, sections and the words that the public may search. Only what the brief itself
 * shows is indexed: a search over full text would tell, by hit or miss, what the public may not read.
 *
 * story_write calls these inside the transaction that writes a version: briefs_put when the story is (or was) public,
 * briefs_drop when it leaves the site. Reading is in store/public.h. */
#ifndef STORE_BRIEFS_H
#define STORE_BRIEFS_H

#include "news/brief.h"
#include "store/db.h"

/* The words of a brief, to be made away from the store thread: number, times and notes do not matter to them. */
struct brief_words {
    struct buf exact, stem;
};
void briefs_words_make(const struct brief *b, struct brief_words *out);
void briefs_words_fini(struct brief_words *w);
/* Puts the brief under `okey` (as story.okey) in place of an older one of the same story. A killed one (is_killed: the
 * notice) keeps its row, so that its page can say so, and is in no section, list or search. `words` may be NULL: they are
 * made here then. Writer's connection. */
enum err briefs_put(struct db *d, const struct brief *b, const struct brief_words *words, uint64_t okey) MUST_USE;
/* Takes the story off the site; OK when it was not there. Writer's connection. */
enum err briefs_drop(struct db *d, uint64_t n) MUST_USE;

#endif
