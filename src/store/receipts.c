#include "store/receipts.h"

#include "base/json.h"
#include "store/glance.h"
#include "store/ledger.h"

/* A version and its record. */
struct told {
    uint32_t version;
    uint64_t seq;
    int64_t at_ms; /* of the record */
    enum event event;
    struct story_codes codes;
};

/* A filter, read once for all spans that had it. */
struct narrowed {
    struct narrowed *next;
    uint64_t id;
    struct query query;
    bool has_words, is_damaged;
};

struct work {
    struct db *db;
    struct arena *arena;
    struct people *people;
    uint64_t n;
    struct told *told;
    size_t told_count;
    struct org **orgs; /* as people_orgs gave them: ascending */
    struct receipt *rows; /* one for each of orgs */
    bool *entitled;    /* [org][told] */
    size_t org_count;
    struct narrowed *filters;
};

/* Columns of SQL_SPANS_OVER. */
enum { LINE, FROM, TO, ORG, PROTOCOL, FILTER, IS_ARCHIVE, WAS_ENDED, LIVE_AFTER, SINCE, LIVE };

static bool is_recall(enum event e)
{
    return e == EVENT_KILL || e == EVENT_CORRECTION;
}

static enum err read_told(struct work *k, uint32_t newest)
{
    k->told = arena_array(k->arena, struct told, newest + 1);
    struct statement *s = db_get(k->db, SQL_VERSION_PAST);
    db_int(s, 1, (int64_t)k->n);
    db_int(s, 2, (int64_t)newest + 1);
    while (k->told_count < newest && db_step(s)) {
        struct told *t = &k->told[k->told_count++];
        *t = (struct told){.version = (uint32_t)db_col_int(s, 0),
                           .seq = (uint64_t)db_col_int(s, 1),
                           .event = (enum event)db_col_int(s, 3),
                           .at_ms = db_col_int(s, 5)};
        (void)glance_codes(db_col_text(s, 4), &t->codes); /* a damaged row entitles nobody */
    }
    enum err e = k->told_count < newest ? db_status(k->db) : OK;
    db_reset(s);
    return e;
}

static void begin_rows(struct work *k)
{
    k->rows = arena_array(k->arena, struct receipt, k->org_count + 1);
    k->entitled = arena_array(k->arena, bool, k->org_count * k->told_count + 1);
    for (size_t i = 0; i < k->org_count; i++) {
        const struct org *o = k->orgs[i];
        struct receipt *row = &k->rows[i];
        *row = (struct receipt){.org = o->id, .name = arena_str(k->arena, o->name), .contact = arena_str(k->arena, o->contact)};
        for (size_t v = 0; v < k->told_count; v++) {
            const struct right *then = org_right_at(o, k->told[v].seq);
            bool is = then && right_allows(then, &k->told[v].codes) && right_is_valid(then, k->told[v].at_ms);
            k->entitled[i * k->told_count + v] = is;
            row->is_entitled |= is;
        }
    }
}

static struct receipt *row_of(struct work *k, int64_t org)
{
    size_t low = 0, high = k->org_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (k->rows[middle].org == org)
            return &k->rows[middle];
        if (k->rows[middle].org < org)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static struct str name_of(struct work *k, int64_t user)
{
    struct user *u = people_user(k->people, (uint32_t)user);
    struct str name = u ? arena_str(k->arena, u->name) : STR_NONE;
    user_unref(&u);
    return name;
}

/* ---- what came in ---- */

static bool has_fetched(const struct receipt *row, uint32_t version)
{
    const struct receipt_fetch *f = row->fetched;
    while (f && f->version != version)
        f = f->next;
    return f != NULL;
}

static enum err read_fetches(struct work *k)
{
    struct receipt_fetch **ends = arena_array(k->arena, struct receipt_fetch *, k->org_count + 1);
    struct statement *s = db_get(k->db, SQL_FETCHES_OF);
    db_int(s, 1, (int64_t)k->n);
    while (db_step(s)) {
        struct receipt *row = row_of(k, db_col_int(s, 0));
        if (!row || (++row->fetched_count > RECEIPTS_LISTED && has_fetched(row, (uint32_t)db_col_int(s, 2))))
            continue;
        struct receipt_fetch *f = arena_make(k->arena, struct receipt_fetch);
        *f = (struct receipt_fetch){.by = name_of(k, db_col_int(s, 1)),
                                    .version = (uint32_t)db_col_int(s, 2),
                                    .format = arena_str(k->arena, db_col_text(s, 3)),
                                    .seq = (uint64_t)db_col_int(s, 4),
                                    .at_ms = db_col_int(s, 5)};
        struct receipt_fetch **end = &ends[row - k->rows];
        *(*end ? &(*end)->next : &row->fetched) = f;
        *end = f;
    }
    enum err e = db_status(k->db);
    db_reset(s);
    return e;
}

static enum err read_acks(struct work *k)
{
    struct receipt_ack *end = NULL;
    const struct receipt *last = NULL;
    struct statement *s = db_get(k->db, SQL_ACKS_OF);
    db_int(s, 1, (int64_t)k->n);
    while (db_step(s)) {
        struct receipt *row = row_of(k, db_col_int(s, 0));
        if (!row)
            continue;
        struct receipt_ack *a = arena_make(k->arena, struct receipt_ack);
        *a = (struct receipt_ack){.version = (uint32_t)db_col_int(s, 1), .by = name_of(k, db_col_int(s, 2)), .at_ms = db_col_int(s, 3)};
        *(row == last ? &end->next : &row->acks) = a;
        end = a;
        last = row;
        row->acked_ms = a->at_ms;
    }
    enum err e = db_status(k->db);
    db_reset(s);
    return e;
}

/* ---- what went out ---- */

static const struct narrowed *filter_of(struct work *k, uint64_t id)
{
    for (const struct narrowed *f = k->filters; f; f = f->next)
        if (f->id == id)
            return f;
    struct narrowed *f = arena_make(k->arena, struct narrowed);
    f->id = id;
    struct statement *s = db_get(k->db, SQL_FILTER_GET);
    db_int(s, 1, (int64_t)id);
    f->is_damaged = !db_step(s) || ledger_filter_parse(db_col_text(s, 0), &f->query, &f->has_words) != OK;
    db_reset(s);
    f->next = k->filters;
    k->filters = f;
    return f;
}

static bool is_hit(struct work *k, uint64_t filter, uint64_t seq)
{
    struct statement *s = db_get(k->db, SQL_FILTER_HIT_GET);
    db_int(s, 1, (int64_t)filter);
    db_int(s, 2, (int64_t)seq);
    bool is = db_step(s);
    db_reset(s);
    return is;
}

/* Of a killed story words find nothing any more: who read it up later by a filter with words was not given it. */
static bool was_killed_by(const struct work *k, int64_t at_ms)
{
    const struct told *last = &k->told[k->told_count - 1];
    return last->event == EVENT_KILL && last->at_ms <= at_ms;
}

static bool lets_through(struct work *k, struct statement *span, const struct told *t)
{
    uint64_t filter = (uint64_t)db_col_int(span, FILTER);
    if (!filter)
        return true;
    const struct narrowed *f = filter_of(k, filter);
    if (f->is_damaged || !query_allows(&f->query, &t->codes))
        return false;
    if (!f->has_words)
        return true;
    bool is_late = t->seq <= (uint64_t)db_col_int(span, LIVE_AFTER);
    return is_hit(k, filter, t->seq) && !(is_late && was_killed_by(k, db_col_int(span, LIVE)));
}

/* Entitled to a version before this one, or fetched one: what makes a recall due whatever the rights are. */
static bool had_before(const struct work *k, const struct receipt *row, const struct told *t)
{
    const bool *entitled = k->entitled + (size_t)(row - k->rows) * k->told_count;
    for (size_t v = 0; k->told[v].version < t->version; v++)
        if (entitled[v])
            return true;
    for (const struct receipt_fetch *f = row->fetched; f; f = f->next)
        if (f->version < t->version && f->seq < t->seq)
            return true;
    return false;
}

/* Whether the span's line was given this record: the wire's own rules (wire/audience.c, wire/catchup.c). */
static bool is_due(struct work *k, struct statement *span, const struct receipt *row, const struct told *t)
{
    bool is_late = t->seq <= (uint64_t)db_col_int(span, LIVE_AFTER);
    bool is_entitled = k->entitled[(size_t)(row - k->rows) * k->told_count + (size_t)(t - k->told)];
    if (is_late && db_col_int(span, WAS_ENDED))
        is_entitled = false;
    if (is_recall(t->event))
        return is_entitled || had_before(k, row, t);
    return is_entitled && (!t->codes.is_archive || db_col_int(span, IS_ARCHIVE)) &&
           lets_through(k, span, t);
}

static struct receipt_sent *make_sent(struct work *k, struct statement *span, const struct told *t)
{
    struct receipt_sent *x = arena_make(k->arena, struct receipt_sent);
    bool is_late = t->seq <= (uint64_t)db_col_int(span, LIVE_AFTER);
    int64_t since = db_col_int(span, SINCE);
    *x = (struct receipt_sent){.line = (uint64_t)db_col_int(span, LINE),
                               .seq = t->seq,
                               .at_ms = is_late ? db_col_int(span, LIVE) : t->at_ms > since ? t->at_ms : since,
                               .event = t->event,
                               .version = t->version,
                               .protocol = arena_str(k->arena, db_col_text(span, PROTOCOL))};
    return x;
}

static bool was_sent(const struct receipt *row, uint32_t version)
{
    const struct receipt_sent *x = row->sent;
    while (x && x->version != version)
        x = x->next;
    return x != NULL;
}

static enum err read_spans(struct work *k)
{
    struct receipt_sent **ends = arena_array(k->arena, struct receipt_sent *, k->org_count + 1);
    struct statement *s = db_get(k->db, SQL_SPANS_OVER);
    db_int(s, 1, (int64_t)k->told[0].seq);
    db_int(s, 2, (int64_t)k->told[k->told_count - 1].seq);
    while (db_step(s)) {
        struct receipt *row = row_of(k, db_col_int(s, ORG));
        uint64_t from = (uint64_t)db_col_int(s, FROM), to = (uint64_t)db_col_int(s, TO);
        for (size_t v = 0; row && v < k->told_count; v++) {
            const struct told *t = &k->told[v];
            if (t->seq <= from || t->seq > to || !is_due(k, s, row, t))
                continue;
            if (++row->sent_count > RECEIPTS_LISTED && was_sent(row, t->version))
                continue;
            struct receipt_sent *x = make_sent(k, s, t), **end = &ends[row - k->rows];
            *(*end ? &(*end)->next : &row->sent) = x;
            *end = x;
        }
    }
    enum err e = db_status(k->db);
    db_reset(s);
    return e;
}

/* ---- the kill ---- */

static void settle_kill(const struct work *k, struct receipts *out, struct receipt *row)
{
    const struct told *kill = &k->told[k->told_count - 1];
    row->is_due = had_before(k, row, kill);
    row->acked_ms = 0;
    for (const struct receipt_sent *x = row->sent; x; x = x->next)
        if (x->seq == kill->seq && (!row->reached_ms || x->at_ms < row->reached_ms))
            row->reached_ms = x->at_ms;
    for (const struct receipt_fetch *f = row->fetched; f && !row->seen_ms; f = f->next)
        if (f->seq >= kill->seq)
            row->seen_ms = f->at_ms;
    for (const struct receipt_ack *a = row->acks; a && !row->acked_ms; a = a->next)
        if (a->version >= kill->version)
            row->acked_ms = a->at_ms;
    if (!row->is_due)
        return;
    /* What a line took, a machine has: whether somebody knows of it only they can say. */
    bool is_confirmed = row->seen_ms || row->acked_ms;
    row->outstanding_since_ms = is_confirmed ? 0 : kill->at_ms;
    out->due++;
    out->reached += row->reached_ms != 0;
    out->seen += row->seen_ms != 0;
    out->acknowledged += row->acked_ms != 0;
    out->outstanding += !is_confirmed;
}

static void finish(struct work *k, struct receipts *out)
{
    const struct told *last = &k->told[k->told_count - 1];
    out->is_killed = last->event == EVENT_KILL;
    if (out->is_killed) {
        out->kill_seq = last->seq;
        out->kill_version = last->version;
        out->kill_ms = last->at_ms;
    }
    for (size_t i = 0; i < k->org_count; i++) {
        struct receipt *row = &k->rows[i];
        if (!row->is_entitled && !row->sent && !row->fetched && !row->acks)
            continue;
        if (out->is_killed)
            settle_kill(k, out, row);
        k->rows[out->count++] = *row; /* at or before its own place */
    }
    out->rows = k->rows;
}

static enum err read_all(struct work *k, struct receipts *out, uint32_t newest)
{
    enum err e = read_told(k, newest);
    if (e == OK && !k->told_count)
        e = ERR_NONE;
    if (e)
        return e;
    k->orgs = people_orgs(k->people, &k->org_count);
    begin_rows(k);
    e = read_fetches(k);
    if (e == OK)
        e = read_acks(k);
    if (e == OK)
        e = read_spans(k);
    if (e == OK)
        finish(k, out);
    for (size_t i = 0; i < k->org_count; i++)
        org_unref(&k->orgs[i]);
    mem_free(k->orgs);
    return e;
}

enum err receipts_read(struct reader *r, struct people *p, struct arena *a, uint64_t n, struct receipts *out)
{
    struct work k = {.db = reader_db(r), .arena = a, .people = p, .n = n};
    struct receipts found = {0};
    struct story_row row;
    enum err e = db_begin(k.db); /* versions, spans and fetches of one moment */
    if (e)
        return e;
    e = reader_row(r, a, n, &row) ? read_all(&k, &found, row.version) : ERR_NONE;
    db_rollback(k.db);
    if (e)
        return e;
    found.id = row.id;
    *out = found;
    return OK;
}

/* ---- as JSON ---- */

static void write_sent(struct jw *w, const struct receipt *row)
{
    jw_open_list(w, "sent");
    for (const struct receipt_sent *x = row->sent; x; x = x->next) {
        jw_open(w, NULL);
        jw_int(w, "line", (int64_t)x->line);
        jw_time(w, "at", x->at_ms);
        jw_str(w, "event", str_from(event_name(x->event)));
        jw_int(w, "version", x->version);
        jw_int(w, "seq", (int64_t)x->seq);
        jw_str(w, "protocol", x->protocol);
        jw_close(w);
    }
    jw_close_list(w);
    jw_int(w, "sent_total", (int64_t)row->sent_count);
}

static void write_fetched(struct jw *w, const struct receipt *row)
{
    jw_open_list(w, "fetched");
    for (const struct receipt_fetch *f = row->fetched; f; f = f->next) {
        jw_open(w, NULL);
        jw_str(w, "format", f->format);
        jw_time(w, "at", f->at_ms);
        jw_str_or_null(w, "by", f->by);
        jw_int(w, "version", f->version);
        jw_close(w);
    }
    jw_close_list(w);
    jw_int(w, "fetched_total", (int64_t)row->fetched_count);
    jw_open_list(w, "acks");
    for (const struct receipt_ack *a = row->acks; a; a = a->next) {
        jw_open(w, NULL);
        jw_int(w, "version", a->version);
        jw_time(w, "at", a->at_ms);
        jw_str_or_null(w, "by", a->by);
        jw_close(w);
    }
    jw_close_list(w);
}

static void write_row(struct jw *w, const struct receipts *in, const struct receipt *row)
{
    jw_open(w, NULL);
    jw_open(w, "org");
    jw_int(w, "id", row->org);
    jw_str(w, "name", row->name);
    jw_close(w);
    jw_bool(w, "entitled", row->is_entitled);
    write_sent(w, row);
    write_fetched(w, row);
    jw_time(w, "acked_at", row->acked_ms);
    if (in->is_killed) {
        jw_bool(w, "due", row->is_due);
        jw_time(w, "reached_at", row->reached_ms);
        jw_time(w, "seen_at", row->seen_ms);
        jw_time(w, "outstanding_since", row->outstanding_since_ms);
        jw_raw(w, "contact", row->contact.n ? row->contact : S("{}"));
    }
    jw_close(w);
}

void receipts_write(const struct receipts *in, struct buf *out)
{
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    jw_str(&w, "id", in->id);
    if (in->is_killed) {
        jw_open(&w, "kill");
        jw_int(&w, "seq", (int64_t)in->kill_seq);
        jw_int(&w, "version", in->kill_version);
        jw_time(&w, "at", in->kill_ms);
        jw_int(&w, "due", (int64_t)in->due);
        jw_int(&w, "reached", (int64_t)in->reached);
        jw_int(&w, "seen", (int64_t)in->seen);
        jw_int(&w, "acknowledged", (int64_t)in->acknowledged);
        jw_int(&w, "outstanding", (int64_t)in->outstanding);
        jw_close(&w);
    }
    jw_open_list(&w, "rows");
    for (size_t i = 0; i < in->count; i++)
        write_row(&w, in, &in->rows[i]);
    jw_close_list(&w);
    jw_close(&w);
}
