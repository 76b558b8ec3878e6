/* The loops' side of the delivery ledger (store/ledger.h): what each line covered, told to the store once a second in one
 * command, and only when something changed. A line's claim never goes beyond what the kernel has taken in full. A reader
 * that falls behind after SPAN_PIECE_MS begins a new piece, so that one slow minute does not blur the times of a day.
 * Loop thread unless said otherwise. */
#ifndef WIRE_SPAN_H
#define WIRE_SPAN_H

#include "wire/audience.h"

#define SPAN_PIECE_MS 600000

struct live;
struct line;
struct span_book; /* of one loop: pieces that changed, pieces that ended, the command under way */

/* Part of a line. The ledger does not keep those of desk roles and of rehearsals. */
struct span {
    struct list link;   /* in the book while there is something to tell */
    uint64_t from, sure; /* of this piece: covers from < seq; behind: all up to `sure` is with the kernel */
    uint64_t live_after, told; /* told: `sure` as last written */
    int64_t since_ms, live_ms;
    bool is_live, is_told_live; /* is_told_live: as last written */
    bool was_ended;     /* decided for an ended contract */
};

struct span_book *span_book_new(struct live *v); /* starts its timer */
void span_book_stop(struct live *v);             /* after the last line: posts what is left */
void span_book_free(struct span_book **b);

void span_open(struct line *l);  /* before the first bytes */
void span_join(struct line *l);  /* it is live, its cursor is where it joined */
void span_stuck(struct line *l); /* before a frame's cursor is moved: the socket did not take all of it */
void span_behind(struct line *l); /* before it stops being live */
void span_batch(struct line *l); /* before a batch of the past is sent: all before it is with the kernel */
void span_close(struct line *l); /* before it goes */
/* A record is due by this filter (NULL: none): what words found is written down, for the text may be gone later. */
void span_hit(struct live *v, const struct filter *f, const struct frame *frame);

/* A reader that polls. What an answer held counts as sent when the reader comes back with the answer's `next`: nothing less
 * proves that it arrived. Contiguous answers make one piece, whichever loops gave them. */
struct span_poll {
    uint32_t org, user, token;
    const char *format;    /* static */
    struct filter *filter; /* borrowed, NULL = none */
    bool with_archive, was_ended;
    uint64_t from, to; /* covers from < seq <= to */
};
void span_polled(struct live *v, const struct span_poll *p); /* an answer goes out */
void span_poll_back(struct live *v, const struct span_poll *p); /* it comes with the cursor `to`; from is not looked at */
size_t span_pollers(void); /* kept at this moment, of all loops; has a limit. Any thread */

#endif
