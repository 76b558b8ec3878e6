/* The words of a search, made ready: every term cut, folded and stemmed once in each language that is looked in. The word
 * index is asked by it (store/match.h) and the wire lets stories through by it (news/words.h), so both mean the same.
 *
 * A word is looked for as typed in every folding of the languages (IŞIK is ışık in Turkish and işik elsewhere) and by its
 * stem in each language; a phrase, a prefix and what names a field by folding alone. Immutable; any thread. */
#ifndef NEWS_WANTED_H
#define NEWS_WANTED_H

#include "base/arena.h"
#include "news/query.h"

#define WANTED_LANGUAGES 8
#define WANTED_BYTES 65536 /* room for the tokens of the longest search: 32 words in 8 languages */

struct wanted_rule {
    struct str languages[WANTED_LANGUAGES]; /* tags to fold and stem by */
    size_t language_count;
    bool has_head; /* `headline:` and its like look at headline, spot, slugline, byline and city alone */
};
/* The languages that the query asks for, by the words of the code list; tr, en, ar when it names none, or without q and
 * codes. With head. Slices are the list's. */
void wanted_rule_init(struct wanted_rule *r, const struct query *q, const struct codes *codes);

/* One way to write a term: tokens that must follow each other. */
struct wanted_way {
    struct str tokens; /* parted by single spaces, as the index holds them */
    const struct str *v;
    size_t count;
};
struct wanted_term {
    bool is_not, in_head;
    bool is_prefix; /* of the last token of each way */
    const struct wanted_way *exact, *stems;
    size_t exact_count, stem_count; /* exact_count > 0 */
};
/* Terms that must all hold; at least one is not is_not. */
struct wanted_branch {
    const struct wanted_term *terms;
    size_t count;
};
struct wanted {
    const struct wanted_branch *branches;
    size_t count; /* 0: nothing can match, for no branch has a word left */
};
/* Everything in `a`. */
void wanted_make(struct arena *a, const struct wanted_rule *r, const struct query *q, struct wanted *out);

#endif
