/* What a stream asks to be narrowed to, within its right: codes and words. Immutable, refcounted; the same wishes have the
 * same canonical text, by which lines with equal filters are found to be alike. Any thread. */
#ifndef WIRE_FILTER_H
#define WIRE_FILTER_H

#include "news/wanted.h"
#include "tape/frame.h"

struct filter {
    struct ref refs;
    struct arena *arena;
    struct query query; /* codes; branches when words were given */
    struct wanted wanted;
    struct str text;    /* canonical: "category=1,3&q=..."; what the ledger keeps */
    uint64_t hash;
};

/* Copies the codes of `asked` and parses `words` (may be empty) as news/query does; `codes` tells the languages to look
 * in, as in a search. ERR_PARSE or ERR_LIMIT with the place in why. *out is NULL when nothing is narrowed. */
enum err filter_new(const struct query *asked, struct str words, const struct codes *codes, struct filter **out,
                    struct why *why) MUST_USE;
struct filter *filter_ref(const struct filter *f);
void filter_unref(struct filter **f);
/* NULL is the filter that lets all through. */
bool filter_eq(const struct filter *a, const struct filter *b);
/* Codes first, then words: those of the frame's story are made when they are asked for first. A story that has no text
 * any more has no words. The grant must cover it. */
bool filter_meets(const struct filter *f, const struct frame *frame, const struct grant *g);
/* On a work thread: makes what filter_meets will need of this frame, so that a loop need not; whatever its codes, for
 * lines with other filters read the same page. */
void filter_warm(const struct filter *f, const struct frame *frame);

#endif
