#include "kit.h"

#include "store/check.h"
#include "store/ledger.h"
#include "store/receipts.h"

#define NINE 1773480065000 /* 2026-03-14T09:21:05Z */

static enum err put(struct kit *k, const struct ledger_span *spans, size_t n, uint64_t loop, uint64_t mark)
{
    struct ledger_command c;
    ledger_command_init(&c);
    c.spans = spans;
    c.span_count = n;
    c.has_mark = loop != 0;
    c.loop = loop;
    c.mark = mark;
    return writer_run(k->writer, &c.command);
}

static struct ledger_span span_of(uint64_t line, uint64_t from, uint64_t to)
{
    return (struct ledger_span){.line = line, .from_seq = from, .to_seq = to, .org = 99, .user = 1, .protocol = "sse",
                                .format = "ninjs", .loop = 500, .live_after = to, .since_ms = NINE, .live_ms = NINE};
}

/* What stands for a line: "from-to live/open", the pieces in order. */
static void shows(struct kit *k, uint64_t line, const char *want, const char *what)
{
    struct db *d = NULL;
    struct buf got = BUF_INIT(1024);
    must(db_open(k->path, false, &d, NULL) == OK);
    struct statement *s = db_prepare(d, S("SELECT from_seq, to_seq, is_live, until_at FROM span WHERE line = ?1 ORDER BY 1"));
    db_int(s, 1, (int64_t)line);
    while (db_step(s))
        buf_printf(&got, "%s%lld-%lld%s%s", got.n ? " " : "", (long long)db_col_int(s, 0), (long long)db_col_int(s, 1),
                   db_col_int(s, 2) ? " live" : "", db_col_is_null(s, 3) ? " open" : "");
    db_free(&s);
    db_close(&d);
    if (!str_is(buf_str(&got), want))
        printf("# line %llu: %.*s, wanted %s\n", (unsigned long long)line, STR_FMT(buf_str(&got)), want);
    ok(str_is(buf_str(&got), want), "%s", what);
    buf_fini(&got);
}

static enum err load(struct kit *k)
{
    struct db *d = NULL;
    must(db_open(k->path, true, &d, NULL) == OK);
    enum err e = ledger_load(d);
    db_close(&d);
    return e;
}

static void test_spans(struct kit *k)
{
    struct ledger_span a = span_of(10, 3, 5);
    a.is_live = true;
    ok(put(k, &a, 1, 500, 7) == OK, "a live line");
    struct ledger_span b = span_of(11, 0, 4);
    ok(put(k, &b, 1, 0, 0) == OK, "one that is behind");
    shows(k, 10, "3-5 live open", "a live piece stands with its beginning; the mark tells how far it is");
    b.to_seq = 6;
    ok(put(k, &b, 1, 0, 0) == OK, "it comes on");
    shows(k, 11, "0-6 open", "one row, moved");
    b.to_seq = 2;
    ok(put(k, &b, 1, 0, 0) == OK, "an older word that comes late");
    shows(k, 11, "0-6 open", "takes nothing back");
    struct ledger_span closed = span_of(12, 1, 9);
    closed.until_ms = NINE + 5;
    ok(put(k, &closed, 1, 500, 8) == OK, "a line that ended");

    ok(load(k) == OK, "a start after a crash");
    shows(k, 10, "3-8", "a live line is closed at its loop's mark");
    shows(k, 11, "0-6", "one that was behind where it was");
    shows(k, 12, "1-9", "what was closed stays");
    ok_int((long long)ledger_next_line(), 501, "numbers go on above all that were given out, loops included");
    ok_int((long long)ledger_next_line(), 502, "each once");
    ok(put(k, &a, 0, 500, 99) == OK, "a mark of another run under a number of before");
    shows(k, 10, "3-8", "does not lengthen what is closed");
}

static void test_filter(void)
{
    struct query q;
    bool has_words;
    ok(ledger_filter_parse(S("category=1,3&language=2&q=port & ship"), &q, &has_words) == OK && has_words, "a filter is read back");
    ok(codeset_has(&q.sets[CODE_CATEGORY], 3) && !codeset_has(&q.sets[CODE_CATEGORY], 2) && q.any >> CODE_TYPE & 1,
       "with its codes");
    ok(ledger_filter_parse(S("q=category=1"), &q, &has_words) == OK && has_words && q.any >> CODE_CATEGORY & 1,
       "words are no codes");
    ok(ledger_filter_parse(S("category=1,900"), &q, &has_words) == ERR_PARSE, "a damaged one is refused");
    ok(ledger_filter_parse(S("colour=1"), &q, &has_words) == ERR_PARSE, "an unknown list too");
    ok(ledger_filter_id(STR_NONE) == 0 && ledger_filter_id(S("a=1")) != ledger_filter_id(S("a=2")), "ids are made of the text");
}

static enum err fetch(struct kit *k, uint64_t n, uint32_t version, uint32_t org)
{
    struct fetch_command c;
    fetch_command_init(&c);
    c.n = n;
    c.version = version;
    c.org = org;
    c.user = 1;
    c.format = "json";
    return writer_run(k->writer, &c.command);
}

static enum err acknowledge(struct kit *k, uint64_t n, uint32_t version, uint32_t org)
{
    struct ack_command c;
    ack_command_init(&c);
    c.n = n;
    c.version = version;
    c.org = org;
    c.user = 1;
    return writer_run(k->writer, &c.command);
}

static const struct receipt *of(const struct receipts *r, uint32_t org)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->rows[i].org == org)
            return &r->rows[i];
    return NULL;
}

static size_t sent_count(const struct receipt *row)
{
    size_t n = 0;
    for (const struct receipt_sent *x = row ? row->sent : NULL; x; x = x->next)
        n++;
    return n;
}

static struct terms only(enum code_kind kind, unsigned code)
{
    struct terms t;
    terms_init(&t);
    t.any &= ~(1u << kind);
    codeset_add(&t.sets[kind], code);
    return t;
}

/* Four organisations: one entitled with a line, one entitled without, one that only fetched, one with nothing. */
static void test_receipts(struct kit *k)
{
    struct terms sport = only(CODE_CATEGORY, 2), economy = only(CODE_CATEGORY, 3);
    struct arena *a = arena_new(4096);
    struct receipts r;
    uint32_t lined = kit_org(k, "Lined", &sport), quiet = kit_org(k, "Quiet", &sport), late = kit_org(k, "Late", &economy),
             none = kit_org(k, "None", &economy);
    uint64_t before = tape_head(k->tape);
    uint64_t n = kit_put(k, &(struct kit_story){.headline = "Final moved", .body = "<p>x</p>", .category = 2});
    uint64_t seq = tape_head(k->tape);
    struct ledger_span line = span_of(20, before, before);
    line.org = lined;
    line.loop = 700;
    line.is_live = true;
    line.since_ms = line.live_ms = 1000;
    must(put(k, &line, 1, 700, before) == OK);
    ok(receipts_read(k->reader, k->people, a, n, &r) == OK && r.count == 2, "who was entitled is there");
    ok(sent_count(of(&r, lined)) == 0, "before the mark nothing is claimed");
    must(put(k, NULL, 0, 700, seq) == OK);
    ok(receipts_read(k->reader, k->people, a, n, &r) == OK && sent_count(of(&r, lined)) == 1, "after it the story was sent");
    const struct receipt_sent *x = of(&r, lined)->sent;
    ok(x && x->line == 20 && x->seq == seq && x->version == 1 && x->at_ms > 1000, "on that line, as it happened");
    ok(sent_count(of(&r, quiet)) == 0 && of(&r, quiet)->is_entitled, "who had no line was sent nothing");

    ok(fetch(k, n, 1, late) == OK, "another fetches it");
    ok(fetch(k, 999, 1, late) == ERR_NONE, "of what does not exist there is no fetch");
    ok(receipts_read(k->reader, k->people, a, n, &r) == OK && r.count == 3, "and appears");
    ok(of(&r, late) && !of(&r, late)->is_entitled && of(&r, late)->fetched && of(&r, late)->fetched->version == 1 &&
           str_is(of(&r, late)->fetched->format, "json"),
       "as one that fetched without a right of then");
    ok(acknowledge(k, n, 1, lined) == OK && acknowledge(k, n, 1, lined) == OK, "an acknowledgement, and again");
    ok(acknowledge(k, n, 7, lined) == ERR_NONE, "of no version: refused");
    ok(receipts_read(k->reader, k->people, a, n, &r) == OK && of(&r, lined)->acked_ms > 0 && !of(&r, lined)->acks->next, "is kept once");
    ok(!r.is_killed, "nothing of a kill yet");

    /* A line with a filter that excludes it, one that was given recalls alone, one that caught up. */
    struct ledger_filter filter = {77, S("category=9")}, words = {78, S("q=final")};
    struct ledger_span others[] = {span_of(21, before, seq), span_of(22, before, seq), span_of(23, before, seq), span_of(24, before, seq)};
    struct ledger_command c;
    ledger_command_init(&c);
    for (size_t i = 0; i < 4; i++) {
        others[i].org = quiet;
        others[i].until_ms = others[i].live_ms = NINE + (int64_t)i;
    }
    others[0].filter = 77;
    others[1].was_ended = true;
    others[3].filter = 78;
    c.spans = others;
    c.span_count = 4;
    struct ledger_filter both[] = {filter, words};
    c.filters = both;
    c.filter_count = 2;
    must(writer_run(k->writer, &c.command) == OK);
    ok(receipts_read(k->reader, k->people, a, n, &r) == OK && sent_count(of(&r, quiet)) == 1, "a filter, a contract at its end, words not found");
    ok(of(&r, quiet)->sent->line == 23 && of(&r, quiet)->sent->at_ms == NINE + 2, "what was caught up with: at the latest then");
    struct ledger_hit hit = {78, seq};
    ledger_command_init(&c);
    c.hits = &hit;
    c.hit_count = 1;
    must(writer_run(k->writer, &c.command) == OK);
    ok(receipts_read(k->reader, k->people, a, n, &r) == OK && sent_count(of(&r, quiet)) == 2, "words that were found");

    uint64_t killed = kit_act(k, n, ACT_KILL, NULL, "Wrong");
    ok(fetch(k, n, 1, none) == ERR_GONE, "a text read before the kill does not leave after it");
    ok(receipts_read(k->reader, k->people, a, n, &r) == OK && r.is_killed && r.kill_seq == killed, "the kill");
    ok(r.due == 3 && r.reached == 0 && r.outstanding == 3, "is due to all who had it, and outstanding");
    ok(of(&r, lined)->acked_ms == 0, "an older acknowledgement is none of the kill");
    must(put(k, NULL, 0, 700, killed) == OK);
    ok(fetch(k, n, 2, late) == OK && acknowledge(k, n, 2, quiet) == OK, "one fetches the notice, one acknowledges");
    ok(receipts_read(k->reader, k->people, a, n, &r) == OK && r.due == 3 && r.reached == 1 && r.seen == 1 && r.acknowledged == 1 &&
           r.outstanding == 1,
       "the figures follow");
    ok(of(&r, lined)->reached_ms && of(&r, late)->seen_ms && of(&r, quiet)->acked_ms && !of(&r, none), "each its own");

    struct frame *f[64];
    bool is_gap;
    size_t count = tape_read(k->tape, killed - 1, f, 64, &is_gap);
    ok(count == 1 && f[0]->fetcher_count == 1 && f[0]->fetchers[0] == late, "the kill's frame names who fetched");
    frame_unref(&f[0]);
    count = reader_frames(k->reader, killed - 1, f, 64);
    ok(count >= 1 && f[0]->fetcher_count == 1 && f[0]->fetchers[0] == late, "read from the store too; a later notice adds nobody");
    while (count)
        frame_unref(&f[--count]);
    ok(receipts_read(k->reader, k->people, a, 5, &r) == ERR_NONE, "no such story");
    for (int i = 0; i < RECEIPTS_LISTED + 5; i++)
        must(fetch(k, n, 2, late) == OK);
    size_t listed = 0;
    must(receipts_read(k->reader, k->people, a, n, &r) == OK);
    for (const struct receipt_fetch *y = of(&r, late)->fetched; y; y = y->next)
        listed++;
    ok_int(listed, RECEIPTS_LISTED, "a list has its end");
    ok_int(of(&r, late)->fetched_count, RECEIPTS_LISTED + 7, "and tells how many there were");
    arena_free(&a);
}

static unsigned findings;

static void found(void *arg, const char *text)
{
    (void)arg;
    findings++;
    printf("# %s\n", text);
}

static unsigned check(struct kit *k)
{
    uint64_t checked;
    findings = 0;
    must(check_store(k->reader, found, NULL, &checked) == OK);
    return findings;
}

static void test_check(struct kit *k)
{
    kit_sql(k, "DELETE FROM span");
    ok_int(check(k), 0, "check finds nothing wrong");
    kit_sql(k, "INSERT INTO fetch (n, version, org, user, format, seq, at) VALUES (1000001, 99, 1, 1, 'json', 1, 1);"
               "INSERT INTO ack VALUES (1000001, 1, 98, 1, 1);"
               "INSERT INTO span VALUES (900, 5, 4, 1, 1, 0, 'sse', 'ninjs', 0, 0, 1, 0, 0, 4, 1, 1, 1);"
               "INSERT INTO span VALUES (901, 1, 99999, 1, 1, 0, 'sse', 'ninjs', 0, 0, 1, 0, 0, 4, 1, 1, 1);"
               "INSERT INTO span VALUES (902, 1, 2, 1, 1, 0, 'sse', 'ninjs', 12345, 0, 1, 0, 0, 2, 1, 1, 1);");
    ok_int(check(k), 5, "and each planted fault: versions that are not, spans that end wrongly, an unknown filter");
}

int main(void)
{
    struct kit k;
    kit_open(&k);
    test_spans(&k);
    test_filter();
    test_receipts(&k);
    test_check(&k);
    kit_close(&k);
    return tap_end();
}
