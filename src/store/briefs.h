/* The public portion in the store: rows, sections and the words that the public may search. Only what the brief itself
 * shows is indexed: a search over full text would tell, by hit or miss, what the public may not read.
 *
 * story_write calls these inside the transaction that writes a version: briefs_put when the story is (or was) public,
 * briefs_drop when it leaves the site. Reading is in store/public.h. */
#ifndef STORE_BRIEFS_H
#define STORE_BRIEFS_H

#include "news/brief.h"
#include "store/db.h"

/* Puts the brief under `okey` (as story.okey) in place of an older one of the same story. A killed one (is_killed: the
 * notice) keeps its row, so that its page can say so, and is in no section, list or search. Writer's connection. */
enum err briefs_put(struct db *d, const struct brief *b, uint64_t okey) MUST_USE;
/* Takes the story off the site; OK when it was not there. Writer's connection. */
enum err briefs_drop(struct db *d, uint64_t n) MUST_USE;

#endif
