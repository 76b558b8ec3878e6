/* Who had a story: for each organisation what it was entitled to, what its lines were sent, what it fetched and what it
 * acknowledged; for a killed one also whom the kill has reached and whom to call. Computed from the ledger
 * (store/ledger.h), the versions and the terms as they stood. `sent` means: given to the connection in full, and due by
 * the same rules as on the wire; it says too little after a crash, never too much. Work thread or main thread. */
#ifndef STORE_RECEIPTS_H
#define STORE_RECEIPTS_H

#include "store/people.h"
#include "store/reader.h"

#define RECEIPTS_LISTED 100 /* of one organisation: whoever asks for the past again and again makes no endless list */

struct receipt_sent {
    struct receipt_sent *next;
    uint64_t line, seq;
    int64_t at_ms; /* as it happened; of what was caught up with: at the latest then */
    enum event event;
    uint32_t version;
    struct str protocol;
};
struct receipt_fetch {
    struct receipt_fetch *next;
    uint64_t seq; /* the last record before it */
    int64_t at_ms;
    uint32_t version;
    struct str format, by;
};
struct receipt_ack {
    struct receipt_ack *next;
    uint32_t version;
    int64_t at_ms;
    struct str by;
};
struct receipt {
    uint32_t org;
    struct str name, contact;          /* contact: JSON */
    bool is_entitled;                  /* to some version when it went out */
    struct receipt_sent *sent;         /* by line, oldest first; RECEIPTS_LISTED, and the first of each version */
    struct receipt_fetch *fetched;     /* oldest first; likewise */
    uint64_t sent_count, fetched_count; /* all there were */
    struct receipt_ack *acks;          /* by version */
    int64_t acked_ms;                  /* of the newest version acknowledged; of a killed story: of the kill; 0 = not */
    bool is_due;                       /* the kill is due to it: it had a version */
    int64_t reached_ms, seen_ms;       /* kill sent on a line; notice fetched; 0 = not */
    int64_t outstanding_since_ms;      /* it has not confirmed the kill: neither opened nor acknowledged; 0 = it has */
};
struct receipts {
    struct str id;
    struct receipt *rows;              /* by organisation */
    size_t count;
    bool is_killed;
    uint64_t kill_seq;
    uint32_t kill_version;
    int64_t kill_ms;
    size_t due, reached, seen, acknowledged, outstanding; /* organisations */
};

/* Slices are in `a`. ERR_NONE when there is no such story; ERR_IO, ERR_BUSY of a failed read. */
enum err receipts_read(struct reader *r, struct people *p, struct arena *a, uint64_t n, struct receipts *out) MUST_USE;
/* As the API and `tellal receipts --json` show it (docs/protocol/receipts.md). */
void receipts_write(const struct receipts *in, struct buf *out);

#endif
