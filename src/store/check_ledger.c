#include "store/check_part.h"

static void span_row(struct check *c, struct statement *s)
{
    check_say(c, "ledger: line %lld from %lld: ends at %lld, which is before its start, beyond the last record, or its filter %lld is unknown",
              (long long)db_col_int(s, 0), (long long)db_col_int(s, 1), (long long)db_col_int(s, 2), (long long)db_col_int(s, 3));
}

static void fetch_row(struct check *c, struct statement *s)
{
    check_say(c, "ledger: fetch %lld: story %lld had no version %lld when it was fetched", (long long)db_col_int(s, 0),
              (long long)db_col_int(s, 1), (long long)db_col_int(s, 2));
}

static void ack_row(struct check *c, struct statement *s)
{
    check_say(c, "ledger: organisation %lld acknowledged story %lld version %lld, which is not there", (long long)db_col_int(s, 0),
              (long long)db_col_int(s, 1), (long long)db_col_int(s, 2));
}

/* Walks over what is wrong, not over all: rows are many. */
enum err check_ledger(struct check *c)
{
    uint64_t before = c->checked;
    enum err e = check_walk(c, SQL_CHECK_SPANS, span_row);
    if (e == OK)
        e = check_walk(c, SQL_CHECK_FETCHES, fetch_row);
    if (e == OK)
        e = check_walk(c, SQL_CHECK_ACKS, ack_row);
    c->checked = before;
    struct statement *s = db_get(c->db, SQL_CHECK_LEDGER_COUNT);
    if (e == OK && db_step(s))
        c->checked += (uint64_t)db_col_int(s, 0);
    db_reset(s);
    return e;
}
