/* Fan-out on one loop: every open stream is a line with a cursor; a batch of frames from the tape walks once over the
 * lines of each audience that matches. A line that cannot take bytes keeps only its number and catches up later from the
 * tape or the store; nobody waits for it. All functions are for the loop's thread unless said otherwise. */
#ifndef WIRE_LIVE_H
#define WIRE_LIVE_H

#include "wire/audience.h"
#include "store/store.h"

struct live;
struct rehearsal;

struct live_options {
    struct store *store;
    unsigned index;               /* of the loop */
    unsigned streams_per_account; /* 0 = no limit */
    /* The public portion changed at story n (0 = anything); for page caches. May be NULL. */
    void (*public_changed)(void *arg, uint64_t n);
    void *arg;
};
struct live *live_new(struct loop *l, const struct live_options *o);
/* Says bye with `restart` to every line and closes them. */
void live_stop(struct live *v);
void live_free(struct live **v);

/* Who asks for a stream and from where. */
struct live_ask {
    struct account *who;     /* borrowed: refs are taken */
    const struct address *peer; /* borrowed */
    const uint8_t *session;  /* hash of the session that is the credential; NULL = token or password; borrowed */
    struct filter *filter;  /* borrowed, NULL = none */
    enum wire_format format;
    enum wire_protocol protocol;
    struct str head;        /* what the answer begins with: status line, headers, SSE's retry; borrowed */
    struct str first;       /* bytes of a WebSocket's client that came behind the request; borrowed */
    unsigned retry_ms;      /* for hello, where the protocol has no line for it; 0 = none */
    struct rehearsal **test; /* the line plays this instead of the wire, and takes it; NULL = the wire */
    bool with_archive;
    bool has_cursor;
    uint64_t after;          /* valid only with has_cursor; checked by the caller */
    bool is_from_start;      /* `after` is where the allowed past begins, not a seq held: the first prev is null */
    uint64_t oldest;         /* oldest seq allowed, for hello */
};
/* Takes one of the account's streams; ERR_RATE when its streams or the organisation's lines are used up. Any thread. */
enum err live_reserve(struct live *v, const struct account *who, struct why *why) MUST_USE;
/* Opens a line on a socket that now belongs to it; the reservation is used. */
void live_open(struct live *v, int fd, const struct live_ask *ask);
/* Takes a socket to say these bytes, the last ones: opened only to tell why there is no stream. Loop thread. */
void live_turn_away(int fd, struct str bytes);
/* Counts; relaxed, any thread. */
struct live_counts {
    uint64_t lines, polls, sent_events, sent_bytes, catching_up, blocked, closed_stalled;
};
void live_count(const struct live *v, struct live_counts *out);
unsigned live_polls(const struct live *v); /* of them, polls not answered yet */
/* Streams an account has open, all loops. Any thread. */
unsigned live_streams_of(uint32_t user);
unsigned live_lines_of(uint32_t org);

#endif
