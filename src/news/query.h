/* A search: filters by code, a range of time, words. Parsed from user input with limits (trust 3: 512 bytes, 32 terms,
 * prefix of 3+ letters); the same struct serves HAS, /v1/search and, later, the wire. Pure; any thread. */
#ifndef NEWS_QUERY_H
#define NEWS_QUERY_H

#include "base/arena.h"
#include "news/story.h"

/* One thing to find; `words` are folded. A phrase has is_phrase and its words in order. */
struct query_term {
    struct strs words;
    bool is_phrase, is_not, is_prefix;
    struct str field; /* "", headline, slug, city, byline, subject */
};
/* Terms that must all hold; alternatives are parted by OR. */
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
    bool with_archive;        /* imported stories too (searches: true, live: false) */
};

void query_init(struct query *q); /* matches everything */
/* HAS dialect (has-api.md 4.2): comma parts alternatives, words AND, quotes make a phrase, all else literal. */
enum err query_parse_has(struct arena *a, struct str text, struct query *q, struct why *why) MUST_USE;
/* Our own: words "phrases" OR -not prefix* and field: prefixes. */
enum err query_parse(struct arena *a, struct str text, struct query *q, struct why *why) MUST_USE;
/* Dates of has-api.md 4.3: ISO forms, date only, DD/MM/YYYY, *, NOW, NOW-1DAY, NOW-30MINUTES, NOW/DAY, quotes, a space
 * for '+'. 0 for '*'. */
enum err query_parse_date(struct str text, int64_t now_ms, int64_t *out_ms, struct why *why) MUST_USE;
/* The filter part alone: codes and kind. */
bool query_allows(const struct query *q, const struct story_codes *c);
bool query_eq_filter(const struct query *a, const struct query *b);

#endif
