/* The delivery ledger: what left, to whom and when (trust P6). Three kinds of rows, all kept for good:
 *  - a span: what one live connection covered, as an interval of seq; never a row per delivery. Whether a record within
 *    it was due is computed anew from the terms as they stood and the filter (store/receipts.h), so a change of rights
 *    needs no new row. A connection is one span, and one more for each fall behind after SPAN_PIECE_MS (wire/span.h).
 *  - a fetch: a full text or a notice that was asked for; durable before the text leaves, so its order with a kill is
 *    exact: the kill's frame names every organisation that fetched before it.
 *  - an ack: an organisation has a version and acted upon it.
 * What a crash leaves open is closed at the next start with what is sure to have been sent: a claim may be too small,
 * never too large. Growth: a client that connects eight times a day makes 3,000 spans a year (0.6 MB), one that fetches
 * 300 documents a day 110,000 rows (10 MB). Commands run on the store thread. */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include "news/query.h"
#include "store/writer.h"

/* At start, before threads, with a connection that writes: closes what was left open, finds the next line's number. */
enum err ledger_load(struct db *d) MUST_USE;
/* A number for a connection, or for a loop's run, unique for the installation. Any thread. */
uint64_t ledger_next_line(void);

struct ledger_span {
    uint64_t line, from_seq, to_seq; /* covers from_seq < seq <= to_seq */
    uint32_t org, user, token;       /* token 0 = password or session */
    const char *protocol, *format;   /* static: sse, ws, poll; ninjs … */
    uint64_t filter;                 /* ledger_filter_id, 0 = none */
    uint64_t loop; /* ledger_next_line, taken once when the loop starts */
    bool with_archive;
    bool is_live;   /* open, and served up to each mark of its loop */
    bool was_ended; /* up to live_after it was given kills and corrections alone, for its contract had ended */
    uint64_t live_after;
    int64_t since_ms, live_ms, until_ms; /* real times; until 0 = open */
};
struct ledger_filter {
    uint64_t id;
    struct str text;
};
struct ledger_hit {
    uint64_t filter, seq;
};
/* What one loop has to tell, in one transaction. Arrays are borrowed until done. */
struct ledger_command {
    struct command command;
    const struct ledger_span *spans; /* put, or changed by (line, from_seq); to_seq never falls */
    const struct ledger_filter *filters;
    const struct ledger_hit *hits;
    size_t span_count, filter_count, hit_count;
    bool has_mark;
    uint64_t loop;
    uint64_t mark; /* every open live span of this loop has been sent what was due up to here */
};
void ledger_command_init(struct ledger_command *c);

/* The canonical text of a stream's filter (wire/filter.h), "category=1,2&q=WORDS": its codes, and whether there are words
 * (then a hit tells what they found). ERR_PARSE when damaged. Pure. */
enum err ledger_filter_parse(struct str text, struct query *out, bool *out_has_words) MUST_USE;
uint64_t ledger_filter_id(struct str text); /* of the canonical text; 0 for none */

/* A text or notice is about to leave for somebody of an organisation; counted against its day if asked (store/quota.h,
 * ERR_QUOTA). ERR_GONE when the story was killed since it was read: the text must not leave. ERR_NONE: no such story. */
struct fetch_command {
    struct command command;
    uint64_t n;
    uint32_t version, org, user;
    const char *format; /* static: newsml29, json, page */
    bool is_counted;
    uint32_t limit;     /* of a counted one; 0 = unlimited */
    uint32_t out_used;
};
void fetch_command_init(struct fetch_command *c);
/* Whether somebody of the organisation ever fetched the story or its notice. */
bool ledger_has_fetched(struct db *d, uint64_t n, uint32_t org);
/* Sets a frame's fetchers: who fetched an earlier version of its story before this seq. The database's error. */
enum err ledger_fetchers(struct db *d, struct frame *f, uint64_t before_seq) MUST_USE;

/* A version is acknowledged; the first time is kept. ERR_NONE when there is no such version. */
struct ack_command {
    struct command command;
    uint64_t n;
    uint32_t version, org, user;
};
void ack_command_init(struct ack_command *c);

#endif
