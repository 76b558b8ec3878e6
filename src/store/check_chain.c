#include "store/check_part.h"

#include "news/chain.h"

/* What the walk over records knows of the one before. The walk is one thread's: a static would do, a struct is clear.
 */
struct chain_walk {
    struct check *c;
    bool has_before;
    uint64_t seq;
    int64_t at_ms;
    uint8_t hash[ID_HASH];
};

enum { SEQ, AT, EVENT, NUMBER, VERSION, IS_ARCHIVE, CANON, HASH };

static bool is_epoch_start(struct check *c, uint64_t seq)
{
    struct statement *s = db_get(c->db, SQL_CHECK_EPOCH_AT);
    db_int(s, 1, (int64_t)seq);
    bool is_start = db_step(s);
    db_reset(s);
    return is_start;
}

static void check_order(struct chain_walk *w, uint64_t seq, const struct record *r)
{
    struct check *c = w->c;
    unsigned long long shown = seq;
    static const uint8_t ZEROS[ID_HASH];
    if (w->has_before && seq != w->seq + 1 && !is_epoch_start(c, seq))
        check_say(c, "record %llu: follows %llu, so records between them are missing", shown,
                  (unsigned long long)w->seq);
    if (memcmp(r->prev, w->has_before ? w->hash : ZEROS, ID_HASH) != 0)
        check_say(c, "record %llu: does not link to the record before it", shown);
    if (w->has_before && r->at_ms < w->at_ms)
        check_say(c, "record %llu: is older than the record before it", shown);
}

static void check_columns(struct check *c, struct statement *s, const struct record *r)
{
    unsigned long long seq = (unsigned long long)db_col_int(s, SEQ);
    char id[40];
    if (r->seq != seq)
        check_say(c, "record %llu: its canonical form says seq %llu", seq, (unsigned long long)r->seq);
    if (r->at_ms != db_col_int(s, AT) || (int64_t)r->event != db_col_int(s, EVENT) ||
        (int64_t)r->version != db_col_int(s, VERSION) || r->codes.is_archive != (db_col_int(s, IS_ARCHIVE) != 0))
        check_say(c, "record %llu: its columns differ from its canonical form", seq);
    if (r->event != EVENT_ORG && r->event != EVENT_USER)
        return;
    snprintf(id, sizeof id, "%s:%lld", r->event == EVENT_ORG ? "org" : "user", (long long)db_col_int(s, NUMBER));
    if (!str_is(r->id, id))
        check_say(c, "record %llu: is about %.*s, its column says %s", seq, STR_FMT(r->id), id);
}

static void check_record(struct chain_walk *w, struct statement *s)
{
    struct check *c = w->c;
    struct record r;
    struct why why = {0};
    uint64_t seq = (uint64_t)db_col_int(s, SEQ);
    struct str hash = db_col_text(s, HASH);
    uint8_t made[ID_HASH];
    id_sha256(db_col_text(s, CANON), made);
    if (hash.n != ID_HASH || memcmp(hash.p, made, ID_HASH) != 0)
        check_say(c, "record %llu: its hash is not that of its canonical form", (unsigned long long)seq);
    if (chain_read(db_col_text(s, CANON), c->arena, &r, &why) == OK) {
        check_order(w, seq, &r);
        check_columns(c, s, &r);
        w->at_ms = r.at_ms;
    } else {
        check_say(c, "record %llu: %s", (unsigned long long)seq, why.text);
    }
    /* The stored hash, not the made one: one damaged record is one finding, not a break of all links behind it. */
    if (hash.n == ID_HASH)
        memcpy(w->hash, hash.p, ID_HASH);
    w->has_before = true;
    w->seq = seq;
}

static enum err check_records(struct check *c)
{
    struct chain_walk w = {.c = c};
    struct statement *s = db_get(c->db, SQL_CHECK_RECORDS);
    while (db_step(s)) {
        arena_reset(c->arena);
        c->checked++;
        check_record(&w, s);
    }
    db_reset(s);
    return db_status(c->db);
}

static void untold(struct check *c, struct statement *s)
{
    check_say(c, "record %llu: tells of a version that is not there", (unsigned long long)db_col_int(s, 0));
}

static void terms_row(struct check *c, struct statement *s)
{
    long long org = (long long)db_col_int(s, 0), seq = (long long)db_col_int(s, 1);
    struct record r;
    if (db_col_is_null(s, 3) || chain_read(db_col_text(s, 3), c->arena, &r, NULL) != OK)
        check_say(c, "organisation %lld: terms of record %lld, which is not there", org, seq);
    else if (!str_eq(r.terms, db_col_is_null(s, 2) ? S("") : db_col_text(s, 2)))
        check_say(c, "organisation %lld: terms differ from those in record %lld", org, seq);
}

/* An erasure takes row and salt together, so a row that is there must be what was committed to. */
static void person_row(struct check *c, struct statement *s)
{
    struct record r;
    long long seq = (long long)db_col_int(s, 0);
    const char *kind = db_col_int(s, 1) == EVENT_ORG ? "organisation" : "user";
    struct str salt = db_col_text(s, 4);
    uint8_t made[ID_HASH];
    if (db_col_is_null(s, 5) || chain_read(db_col_text(s, 5), c->arena, &r, NULL) != OK || !r.has_person) {
        check_say(c, "%s %lld: personal data of record %lld, which commits to none", kind, (long long)db_col_int(s, 2),
                  seq);
        return;
    }
    if (salt.n == CHAIN_SALT)
        chain_commit((const uint8_t *)salt.p, db_col_text(s, 3), made);
    if (salt.n != CHAIN_SALT || memcmp(made, r.person, ID_HASH) != 0)
        check_say(c, "%s %lld: personal data differ from what record %lld commits to", kind,
                  (long long)db_col_int(s, 2), seq);
}

static void number_row(struct check *c, struct statement *s)
{
    uint64_t next = 0, most = (uint64_t)db_col_int(s, 2);
    if (!str_u64(db_col_text(s, 1), &next) || (most && next <= most))
        check_say(c, "meta: %.*s is %.*s though %llu is in use", STR_FMT(db_col_text(s, 0)), STR_FMT(db_col_text(s, 1)),
                  (unsigned long long)most);
}

static void epoch_row(struct check *c, struct statement *s)
{
    struct statement *record = db_get(c->db, SQL_CHECK_FIRST_FROM);
    int64_t first = db_col_int(s, 0);
    db_int(record, 1, first);
    if (db_step(record) && !db_col_is_null(record, 0) && db_col_int(record, 0) != first)
        check_say(c, "epoch %lld: its first record is %lld", (long long)first, (long long)db_col_int(record, 0));
    db_reset(record);
}

enum err check_chain(struct check *c)
{
    enum err e = check_records(c);
    if (e == OK)
        e = check_walk(c, SQL_CHECK_EPOCHS, epoch_row);
    if (e == OK)
        e = check_walk(c, SQL_CHECK_UNTOLD, untold);
    if (e == OK)
        e = check_walk(c, SQL_CHECK_TERMS, terms_row);
    if (e == OK)
        e = check_walk(c, SQL_CHECK_PEOPLE, person_row);
    return e ? e : check_walk(c, SQL_CHECK_NUMBERS, number_row);
}
