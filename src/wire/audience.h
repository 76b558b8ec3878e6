/* Who is alike: lines with equal rights, filter and format share one decision and, when their `prev` is equal too, one
 * frame. An audience belongs to one loop; it is made by the first line that needs it and goes with the last. */
#ifndef WIRE_AUDIENCE_H
#define WIRE_AUDIENCE_H

#include "http/res.h"
#include "wire/filter.h"
#include "store/people.h"

enum wire_format { FORMAT_NINJS, FORMAT_HEAD, FORMAT_NEWSML29, FORMAT_TEXT };
enum wire_protocol { PROTOCOL_SSE, PROTOCOL_WS, PROTOCOL_POLL };

struct audience {
    struct list link;       /* of all audiences of the loop */
    struct audience *alike; /* next one with the same hash */
    struct list lines; /* struct line, live ones */
    size_t count;
    struct right *right;    /* ref */
    struct filter *filter;  /* ref; NULL = none */
    enum wire_format format;
    enum wire_protocol protocol;
    bool with_archive;
};

/* What a frame means to somebody. */
enum verdict {
    VERDICT_NO,
    VERDICT_FULL,  /* the event with its text */
    VERDICT_NOTICE /* due to what was had before: kill, or headline and note of a correction */
};

struct share {
    enum verdict verdict;
    struct grant grant; /* set with VERDICT_FULL */
};

/* By what the line is entitled to now and its filter; for kills and corrections also by what its organisation was
 * entitled to at earlier versions (contract.md 4: whatever the filter). org NULL = desk: sees all. `right` as it stands
 * at the frame. Pure. */
enum verdict audience_decide(const struct audience *a, const struct frame *f, const struct right *right,
                             const struct org *org, struct share *out);
/* A recall (kill, correction) is decided for each line by its organisation's past; all else once per audience. */
bool audience_is_recall(const struct frame *f);
/* What must have been made of a frame before a loop may read it for this audience, as bits: words and documents take too
 * long there. */
unsigned audience_needs(const struct audience *a);
/* Terms, filter, format and protocol alike. */
bool audience_eq(const struct audience *a, const struct audience *b);
uint64_t audience_hash(const struct audience *a);

#endif
