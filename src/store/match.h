/* Words of a search as an expression of the full-text index. Text of people never reaches the index raw: every word goes
 * through base/stem.h, as the indexed text did, and comes out as quoted letters and digits.
 *
 *   liman "deniz yolu" -grev   ->   ((exact : ("liman") OR stem : ("tr0liman" OR "en0liman" …)) AND
 *                                    exact : ("deniz yolu")) NOT ((exact : ("grev") OR stem : …))
 *
 * A word is looked for as typed in every folding of the languages (IŞIK is ışık in Turkish and işik elsewhere) and by its
 * stem in each language; a phrase and a prefix by folding alone. Pure; any thread. */
#ifndef STORE_MATCH_H
#define STORE_MATCH_H

#include "base/buf.h"
#include "news/query.h"

#define MATCH_BYTES 65536 /* room for the longest: 32 words in 8 languages */
#define MATCH_LANGUAGES 8

struct match_rule {
    struct str languages[MATCH_LANGUAGES]; /* tags to fold and stem by */
    size_t language_count;
    bool has_head; /* the table has a column `head` (headline, slugline, city, byline) that field: searches go to */
};
void match_rule_init(struct match_rule *r); /* tr, en, ar; with head */
/* Appends the expression of the branches, in brackets. False when nothing can match: no branch has a word left. */
bool match_words(const struct match_rule *r, const struct query *q, struct buf *out);
/* Appends one quoted token list: letters, digits and bytes >= 0x80 pass, all else becomes a space. */
void match_quote(struct str tokens, struct buf *out);

#endif
