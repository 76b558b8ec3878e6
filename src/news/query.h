/* A search: filters by code, a range of time, words. Parsed from user input with limits (trust 3: 512 bytes, 32 terms,
 * prefix of 3+ letters); the same struct serves HAS, /v1/search and the wire. Pure; any thread. */
#ifndef NEWS_QUERY_H
#define NEWS_QUERY_H

#include "base/arena.h"
#include "base/buf.h"
#include "news/story.h"

#define QUERY_BYTES 512
#define QUERY_TERMS 32

/* One thing to find. `words` are as typed, in NFC, not folded: only the search compiler knows in which languages to
 * look (stem_words once per folding). A word may hold punctuation ("covid-19", "Ankara'nın"): what stem_words makes of
 * it counts as a phrase. Every word has a letter or a digit. */
struct query_term {
    struct strs words;
    bool is_phrase, is_not, is_prefix; /* is_prefix: of the last part of the only word */
    struct str field;                  /* "", headline, slug, city, byline, subject */
};
/* Terms that must all hold; alternatives are parted by OR. At least one term is not is_not. */
struct query_branch {
    const struct query_term *terms;
    size_t count;
};
struct query {
    struct codeset sets[CODE_KINDS];
    unsigned any;             /* bit per code_kind: no restriction */
    int64_t from_ms, to_ms;   /* inclusive; 0 = open */
    const struct query_branch *branches;
    size_t branch_count;      /* 0 = no words */
    bool has_kind;            /* restrict to `kind` */
    uint8_t kind;
    bool with_archive;        /* imported stories too; streams ask for them apart from the filter */
};

void query_init(struct query *q); /* matches everything */
/* HAS dialect (has-api.md 4.2): comma parts alternatives, words AND, quotes make a phrase, all else literal. Sets the
 * branches of q; slices in `a`. ERR_LIMIT over the limits, ERR_PARSE with the place in why otherwise. */
enum err query_parse_has(struct arena *a, struct str text, struct query *q, struct why *why) MUST_USE;
/* Our own: words "phrases" OR -not prefix* and field: prefixes; AND between words is allowed and means nothing. */
enum err query_parse(struct arena *a, struct str text, struct query *q, struct why *why) MUST_USE;
/* The branches in our dialect, one spelling for all that was read alike: single spaces, plain quotes, no AND. Reading it
 * gives the same branches. Of HAS's dialect it says no more than the words. */
void query_write(const struct query *q, struct buf *out);
/* Dates of has-api.md 4.3: ISO forms, date only, DD/MM/YYYY, *, NOW, NOW-1DAY, NOW-30MINUTES, NOW/DAY, quotes, a space
 * for '+'; steps (-1DAY/DAY) also after an absolute time, rounding in UTC. 0 for '*' and for nothing at all. */
enum err query_parse_date(struct str text, int64_t now_ms, int64_t *out_ms, struct why *why) MUST_USE;
/* The filter part alone: codes, kind, archive. */
bool query_allows(const struct query *q, const struct story_codes *c);

#endif
