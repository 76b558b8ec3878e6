/* What a stream asks to be narrowed to, within its right: codes and words. Immutable, refcounted; the same wishes have the
 * same canonical text, by which lines with equal filters are found to be alike. Any thread. */
#ifndef WIRE_FILTER_H
#define WIRE_FILTER_H

#include "news/query.h"

struct filter {
    struct ref refs;
    struct arena *arena;
    struct query query; /* codes; branches when words were given */
    struct str text;    /* canonical: "category=1,3&q=..."; what the ledger keeps */
    uint64_t hash;
};

/* Copies the codes of `codes` and parses `words` (may be empty) as news/query does. ERR_PARSE or ERR_LIMIT with the
 * place in why. *out is NULL when nothing is narrowed. */
enum err filter_new(const struct query *codes, struct str words, struct filter **out, struct why *why) MUST_USE;
struct filter *filter_ref(const struct filter *f);
void filter_unref(struct filter **f);
/* NULL is the filter that lets all through. */
bool filter_eq(const struct filter *a, const struct filter *b);
bool filter_has_words(const struct filter *f);

#endif
