/* One open stream: a socket, who it is for, and a number; and the loop's whole that holds the lines. Inside src/wire only,
 * by the files that move lines or look at them all; others know live.h. A loop's own: loop thread. */
#ifndef WIRE_LINE_H
#define WIRE_LINE_H

#include "io/stream.h"
#include "wire/ahead.h"
#include "wire/entry.h"
#include "wire/live.h"
#include "wire/packs.h"
#include "wire/pages.h"
#include "wire/poll.h"
#include "wire/span.h"
#include "wire/warrant.h"

enum line_state {
    LINE_LIVE,   /* in its audience's list; its cursor is the loop's head */
    LINE_BEHIND, /* in live->ready or blocked; reads tape or store by its own cursor */
    LINE_ASKING, /* a trip to the store is under way */
    LINE_TEST,   /* in live->tests; plays the scenario and never leaves it, see rehearsal.h */
};

struct rehearsal;
struct trip;

/* Ten thousand stand idle and are gone through for every story: what a delivery touches comes first and lies together,
 * and nothing is kept that can be had otherwise. */
struct line {
    struct watch watch;
    struct list link;          /* audience->lines, live->ready, waiting or tests, ahead.untold */
    struct live *live;
    struct blob *rest;         /* what the socket has not taken yet */
    uint64_t cursor;           /* last seq decided; of a live line: at least that, see live.c */
    uint64_t prev;             /* last seq sent, or the cursor it began with; 0 = none */
    uint64_t bytes;            /* written to the socket */
    uint32_t events;           /* sent since it opened */
    uint32_t rest_at;
    uint8_t state;             /* enum line_state */
    bool is_blocked;           /* takes no bytes now; is_leaving: nor ever again, its last word is said */
    bool is_leaving;
    bool is_complete;          /* LINE_TEST: the end was told */
    bool is_lagging;           /* reported to the line watch */
    uint32_t stuck_ms;         /* low bits of the monotonic time when it last took bytes while blocked */
    struct audience *audience; /* filter, format and (when live) right */
    struct org *org;           /* ref; NULL for desk roles */
    struct trip *trip;
    struct rehearsal *test;    /* of LINE_TEST */
    struct ws *ws;             /* of a WebSocket's client, see hear.h; NULL between its messages */
    struct warrant warrant;
    struct span span;          /* what the ledger is told of it */
    uint64_t id;               /* its number in the ledger */
    int64_t since_ms;          /* real time of opening */
    uint32_t told;             /* flashes settled: told, not due or passed; see ahead.h */
    uint32_t checked_day;      /* agency day of its last line check, or of its opening */
    uint32_t behind_s;         /* monotonic second since which it has not been live */
};

#define LIVE_SLICE 128    /* lines served between two looks at the sockets (architecture 4) */
#define LIVE_BUCKETS 1024 /* audiences of a loop are found by hash */

/* One batch of frames, or one heartbeat, on its way over all live lines. */
struct round {
    bool is_on, is_beat;
    struct frame *frames[64];
    size_t count;
    uint64_t from, to; /* cursor before and after */
    bool is_recall;
    struct audience *at;   /* audience being walked */
    struct list *next;     /* next line in it */
    struct share shares[64]; /* decisions for `at`, when not a recall */
    uint64_t due;            /* bits: which of the frames, likewise */
    struct blob *beats[PROTOCOL_WS + 1];
    struct blob *blob;       /* the last encoding; good for all audiences to whom the same is due */
    struct likeness {
        uint64_t due, prev;
        enum wire_format format;
        enum wire_protocol protocol;
        enum verdict verdict; /* of a recall; else it is the frame's */
    } blob_of;
    uint64_t blob_last;
    uint32_t blob_events;
};

struct live {
    struct loop *loop;
    struct live_options options;
    struct tape *tape;
    struct people *people;
    struct tape_watch watch;
    struct audience *buckets[LIVE_BUCKETS];
    struct list tests; /* lines that play the test scenario */
    struct list audiences, ready, waiting; /* ready: behind lines that may send; waiting: blocked, asking or resting */
    struct round round;
    struct span_book *book;
    struct ahead ahead;
    struct entries entries;
    struct timer beat, sweep;
    uint32_t day;        /* of the agency, last looked at */
    bool is_checking;    /* lines are being given their check of this day */
    uint64_t head;       /* last seq decided for live lines; inside a round: what it will be */
    uint64_t generation; /* of people, last looked at */
    int64_t aged_ms;     /* monotonic time when warrants were looked at */
    struct list trips;   /* to the store, under way */
    size_t trip_count;
    struct pages pages;  /* what the last ones brought */
    struct packs packs;
    struct polls polls;
    bool has_news, is_stopping;
    _Atomic uint64_t lines, sent_events, sent_bytes, catching_up, blocked, closed_stalled;
};

struct line *line_new(struct live *v, int fd, const struct live_ask *ask);
/* Closes the socket, leaves all lists, frees. `why` NULL: no farewell (the peer is gone). A WebSocket that was told
 * why leaves first, see line_leave, unless the loop stops. */
void line_close(struct line *l, const char *why);
/* After its last word: no more goes out, and what still comes in is swallowed for a few seconds, because closing a socket
 * with bytes unread would take the last word back. */
void line_leave(struct line *l);
void line_drop(struct line *l); /* the same for a line that the loop does not watch */
/* Sends bytes; what the socket does not take stays as `rest` and blocks the line. False when the line was closed. */
bool line_send(struct line *l, struct blob *bytes);
/* The same for words between two frames, which move no cursor: a live line that they block falls behind. */
bool line_say(struct line *l, struct blob *words);
/* Up to where it has been decided; where it would go on. Within a round some live lines have had its frames, some not. */
uint64_t line_place(const struct line *l);
/* Tells the line watch that it begins or ceases to lag. */
void line_lags(struct line *l, bool is_lagging);
/* Takes the line out of wherever it is and puts it behind, at this cursor. */
void line_fall_behind(struct line *l, uint64_t cursor);
/* Puts a line whose cursor is the loop's head into the audience of its present right. */
void line_join(struct line *l);

/* The audience with the right, filter, format and protocol of `like` (borrowed) on this loop; made when absent. */
struct audience *live_audience(struct live *v, const struct audience *like);
void live_forget(struct live *v, struct audience *a); /* when it is empty and not walked */

/* Goes on with the batch under way, or begins the next when the tape has news: one slice. */
void round_step(struct live *v);
void round_beat(struct live *v); /* a heartbeat to every live line, unless a batch is under way */
void round_end(struct live *v);  /* lets go of the batch */
/* The frames up to seq, a flash, go to all live lines before anything else of the loop, for FIRST_MS at most; what is
 * left goes on in slices. A heartbeat under way is put off. */
void round_first(struct live *v, uint64_t seq);

/* One step of a behind line: from the tape, or a trip to the store. */
void catchup_step(struct line *l);
void catchup_wake(struct line *l); /* a waiting line that only rests after a failed step goes on */

#endif
