#include "store/ledger.h"

#include "store/quota.h"
#include "store/story_now.h"

static _Atomic uint64_t last_line;

/* ---- at start ---- */

/* What was open when the process ended. A full disk leaves it so for another start: no loop of this run gives marks under
 * the numbers of an older one, so nothing is claimed that was not sent. */
static enum err close_open(struct db *d)
{
    enum err e = db_begin(d);
    if (e == OK)
        e = db_run(db_get(d, SQL_SPANS_CLOSE));
    if (e == OK)
        e = db_run(db_get(d, SQL_MARKS_CLEAR));
    if (e == OK)
        e = db_commit(d);
    if (e)
        db_rollback(d);
    return e == ERR_DISK_FULL ? OK : e;
}

enum err ledger_load(struct db *d)
{
    struct statement *s = db_get(d, SQL_SPAN_LAST_LINE);
    uint64_t last = db_step(s) ? (uint64_t)db_col_int(s, 0) : 0;
    enum err e = db_status(d);
    db_reset(s);
    last_line = last;
    return e ? e : close_open(d);
}

uint64_t ledger_next_line(void)
{
    return ++last_line;
}

/* ---- what the loops tell ---- */

static enum err put_span(struct db *d, const struct ledger_span *p)
{
    struct statement *s = db_get(d, SQL_SPAN_PUT);
    db_int(s, 1, (int64_t)p->line);
    db_int(s, 2, (int64_t)p->from_seq);
    db_int(s, 3, (int64_t)p->to_seq);
    db_int(s, 4, p->org);
    db_int(s, 5, p->user);
    db_int(s, 6, p->token);
    db_text(s, 7, str_from(p->protocol));
    db_text(s, 8, str_from(p->format));
    db_int(s, 9, (int64_t)p->filter);
    db_int(s, 10, p->with_archive);
    db_int(s, 11, (int64_t)p->loop);
    db_int(s, 12, p->is_live);
    db_int(s, 13, p->was_ended);
    db_int(s, 14, (int64_t)p->live_after);
    db_int(s, 15, p->since_ms);
    db_int(s, 16, p->live_ms);
    if (p->until_ms)
        db_int(s, 17, p->until_ms);
    return db_run(s);
}

static enum err put_filter(struct db *d, const struct ledger_filter *f)
{
    struct statement *s = db_get(d, SQL_FILTER_PUT);
    db_int(s, 1, (int64_t)f->id);
    db_text(s, 2, f->text);
    return db_run(s);
}

static enum err put_hit(struct db *d, const struct ledger_hit *h)
{
    struct statement *s = db_get(d, SQL_FILTER_HIT_PUT);
    db_int(s, 1, (int64_t)h->filter);
    db_int(s, 2, (int64_t)h->seq);
    return db_run(s);
}

static enum err put_mark(struct db *d, const struct ledger_command *c, int64_t now_ms)
{
    struct statement *s = db_get(d, SQL_MARK_PUT);
    db_int(s, 1, (int64_t)c->loop);
    db_int(s, 2, (int64_t)c->mark);
    db_int(s, 3, now_ms);
    return db_run(s);
}

static enum err ledger_apply(struct writer *w, struct command *command)
{
    struct ledger_command *c = list_of(command, struct ledger_command, command);
    struct db *d = writer_db(w);
    enum err e = OK;
    for (size_t i = 0; i < c->filter_count && e == OK; i++)
        e = put_filter(d, &c->filters[i]);
    for (size_t i = 0; i < c->hit_count && e == OK; i++)
        e = put_hit(d, &c->hits[i]);
    for (size_t i = 0; i < c->span_count && e == OK; i++)
        e = put_span(d, &c->spans[i]);
    return e == OK && c->has_mark ? put_mark(d, c, writer_now(w)) : e;
}

void ledger_command_init(struct ledger_command *c)
{
    *c = (struct ledger_command){.command.apply = ledger_apply};
}

/* ---- filters as text ---- */

static enum err read_set(struct str list, struct codeset *out)
{
    struct str item;
    uint64_t code;
    for (struct str rest = list; rest.p && str_split(&rest, ',', &item);) {
        if (!item.n)
            continue;
        if (!str_u64(item, &code) || !code || code > 255)
            return ERR_PARSE;
        codeset_add(out, (unsigned)code);
    }
    return OK;
}

static enum err read_part(struct str part, struct query *q)
{
    size_t at = str_find_char(part, '=');
    enum code_kind kind;
    if (at == SIZE_MAX || !code_kind_parse(str_sub(part, 0, at), &kind))
        return ERR_PARSE;
    q->any &= ~(1u << kind);
    return read_set(str_sub(part, at + 1, part.n), &q->sets[kind]);
}

enum err ledger_filter_parse(struct str text, struct query *out, bool *out_has_words)
{
    struct query q;
    struct str rest = text, part;
    enum err e = OK;
    query_init(&q);
    bool has_words = false;
    while (e == OK && !has_words && rest.n && str_split(&rest, '&', &part)) {
        has_words = str_starts(part, S("q=")); /* the last part, and it may hold anything */
        if (!has_words)
            e = read_part(part, &q);
    }
    if (e)
        return e;
    *out = q;
    *out_has_words = has_words;
    return OK;
}

uint64_t ledger_filter_id(struct str text)
{
    uint8_t hash[ID_HASH];
    uint64_t id = 0;
    if (!text.n)
        return 0;
    id_sha256(text, hash);
    for (size_t i = 0; i < 8; i++)
        id = id << 8 | hash[i];
    return (id & INT64_MAX) | 1; /* never none */
}

/* ---- fetches ---- */

static enum err add_fetch(struct writer *w, const struct fetch_command *c)
{
    struct statement *s = db_get(writer_db(w), SQL_FETCH_ADD);
    db_int(s, 1, (int64_t)c->n);
    db_int(s, 2, c->version);
    db_int(s, 3, c->org);
    db_int(s, 4, c->user);
    db_text(s, 5, str_from(c->format));
    db_int(s, 6, (int64_t)writer_head(w));
    db_int(s, 7, writer_now(w));
    return db_run(s);
}

static enum err fetch_apply(struct writer *w, struct command *command)
{
    struct fetch_command *c = list_of(command, struct fetch_command, command);
    struct story_now now;
    enum err e = story_now_read(writer_db(w), c->n, &now);
    if (e)
        return e;
    if (now.stage == STAGE_KILLED && c->version < now.version)
        return ERR_GONE;
    e = c->is_counted ? quota_take(w, c->org, c->limit, &c->out_used, &command->why) : OK;
    return e ? e : add_fetch(w, c);
}

void fetch_command_init(struct fetch_command *c)
{
    *c = (struct fetch_command){.command.apply = fetch_apply};
}

bool ledger_has_fetched(struct db *d, uint64_t n, uint32_t org)
{
    struct statement *s = db_get(d, SQL_FETCH_BY_ORG);
    db_int(s, 1, (int64_t)n);
    db_int(s, 2, org);
    bool has = db_step(s);
    db_reset(s);
    return has;
}

enum err ledger_fetchers(struct db *d, struct frame *f, uint64_t before_seq)
{
    uint32_t *list = NULL;
    size_t n = 0, room = 0;
    struct statement *s = db_get(d, SQL_FETCH_ORGS);
    db_int(s, 1, (int64_t)f->n);
    db_int(s, 2, f->version);
    db_int(s, 3, (int64_t)before_seq);
    while (db_step(s)) {
        if (n == room) {
            room = room ? room * 2 : 16;
            list = mem_grow(list, room * sizeof *list);
        }
        list[n++] = (uint32_t)db_col_int(s, 0);
    }
    enum err e = db_status(d);
    db_reset(s);
    uint32_t *kept = arena_array(f->arena, uint32_t, n + 1);
    if (n)
        memcpy(kept, list, n * sizeof *list);
    mem_free(list);
    f->fetchers = kept;
    f->fetcher_count = n;
    return e;
}

/* ---- acknowledgements ---- */

static enum err ack_apply(struct writer *w, struct command *command)
{
    struct ack_command *c = list_of(command, struct ack_command, command);
    struct statement *s = db_get(writer_db(w), SQL_VERSION_HALVES);
    db_int(s, 1, (int64_t)c->n);
    db_int(s, 2, c->version);
    bool is_there = db_step(s);
    enum err e = is_there ? OK : db_status(writer_db(w));
    db_reset(s);
    if (!is_there)
        return e ? e : ERR_NONE;
    s = db_get(writer_db(w), SQL_ACK_ADD);
    db_int(s, 1, (int64_t)c->n);
    db_int(s, 2, c->org);
    db_int(s, 3, c->version);
    db_int(s, 4, c->user);
    db_int(s, 5, writer_now(w));
    return db_run(s);
}

void ack_command_init(struct ack_command *c)
{
    *c = (struct ack_command){.command.apply = ack_apply};
}
