#include "store/briefs.h"

#include "base/stem.h"
#include "codec/brief_json.h"
#include "store/match.h"
#include "store/okey.h"
#include "store/public.h"
#include "store/reader.h"

#define BRIEF_BYTES (4 * 1024 * 1024)
#define WORK_MS 2000 /* of a search (trust 3) */

/* ---- writing ---- */

void briefs_words_fini(struct brief_words *w)
{
    buf_fini(&w->exact);
    buf_fini(&w->stem);
}

/* A language tag as one token: l + its letters and digits. */
static void add_language(struct str language, struct buf *out)
{
    buf_addc(out, 'l');
    for (size_t i = 0; i < language.n; i++) {
        char c = language.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            buf_addc(out, c);
    }
}

/* What the brief shows. The stored form must give the same tokens again: they are needed to take the entry out. */
void briefs_words_make(const struct brief *b, struct brief_words *out)
{
    *out = (struct brief_words){BUF_INIT(BRIEF_BYTES), BUF_INIT(BRIEF_BYTES)};
    stem_index(b->language, b->headline, &out->exact, &out->stem);
    stem_index(b->language, b->spot, &out->exact, &out->stem);
    for (size_t i = 0; i < b->summary.n; i++)
        stem_index(b->language, b->summary.v[i], &out->exact, &out->stem);
}

static enum err put_words(struct db *d, enum sql which, const struct brief *b, const struct brief_words *words, uint64_t okey)
{
    struct brief_words own = {BUF_INIT(BRIEF_BYTES), BUF_INIT(BRIEF_BYTES)};
    struct buf facet = BUF_INIT(256);
    if (!words)
        briefs_words_make(b, &own);
    const struct brief_words *w = words ? words : &own;
    add_language(b->edition, &facet);
    struct statement *s = db_get(d, which);
    db_int(s, 1, (int64_t)okey);
    db_text(s, 2, buf_str(&w->exact));
    db_text(s, 3, buf_str(&w->stem));
    db_text(s, 4, buf_str(&facet));
    enum err e = db_run(s);
    briefs_words_fini(&own);
    buf_fini(&facet);
    return e;
}

static enum err run_with(struct db *d, enum sql which, uint64_t key)
{
    struct statement *s = db_get(d, which);
    db_int(s, 1, (int64_t)key);
    return db_run(s);
}

enum err briefs_drop(struct db *d, uint64_t n)
{
    struct brief *old = NULL;
    struct statement *s = db_get(d, SQL_BRIEF_GET);
    db_int(s, 1, (int64_t)n);
    bool is_there = db_step(s);
    enum err e = db_status(d);
    uint64_t okey = is_there ? (uint64_t)db_col_int(s, 0) : 0;
    /* A row that cannot be read must not save itself from a kill: it goes, and its words find no row any more. */
    if (is_there && db_col_int(s, 1) == 0 && brief_json_read(db_col_text(s, 2), &old, NULL) != OK)
        old = NULL;
    db_reset(s);
    if (!is_there)
        return e;
    if (old)
        e = put_words(d, SQL_BRIEF_WORDS_DELETE, old, NULL, okey);
    brief_unref(&old);
    if (e == OK)
        e = run_with(d, SQL_BRIEF_SECTION_DELETE, okey);
    return e ? e : run_with(d, SQL_BRIEF_DELETE, n);
}

static enum err put_sections(struct db *d, const struct brief *b, uint64_t okey)
{
    enum err e = OK;
    for (size_t i = 0; e == OK && i < b->sections.n; i++) {
        struct statement *s = db_get(d, SQL_BRIEF_SECTION_ADD);
        db_text(s, 1, b->sections.v[i]);
        db_text(s, 2, b->edition);
        db_int(s, 3, (int64_t)okey);
        e = db_run(s);
    }
    return e;
}

enum err briefs_put(struct db *d, const struct brief *b, const struct brief_words *words, uint64_t okey)
{
    enum err e = briefs_drop(d, b->n);
    if (e)
        return e;
    struct buf json = BUF_INIT(BRIEF_BYTES);
    brief_json_write(&json, b);
    if (!buf_ok(&json)) {
        buf_fini(&json);
        return ERR_LIMIT;
    }
    struct statement *s = db_get(d, SQL_BRIEF_ADD);
    db_int(s, 1, (int64_t)okey);
    db_int(s, 2, (int64_t)b->n);
    db_text(s, 3, b->edition);
    db_int(s, 4, b->is_killed);
    db_text(s, 5, buf_str(&json));
    e = db_run(s);
    buf_fini(&json);
    if (e || b->is_killed)
        return e;
    e = put_sections(d, b, okey);
    return e ? e : put_words(d, SQL_BRIEF_WORDS_ADD, b, words, okey);
}

/* ---- reading ---- */

struct brief *reader_brief(struct reader *r, uint64_t n)
{
    struct brief *b = NULL;
    struct statement *s = db_get(reader_db(r), SQL_BRIEF_GET);
    db_int(s, 1, (int64_t)n);
    if (db_step(s) && brief_json_read(db_col_text(s, 2), &b, NULL) != OK)
        b = NULL;
    db_reset(s);
    return b;
}

/* Visitors type what they like: what is no query of ours is read as plain words. */
static bool read_words(struct arena *a, struct str words, struct query *q)
{
    query_init(q);
    return query_parse(a, words, q, NULL) == OK || query_parse_has(a, words, q, NULL) == OK;
}

/* The expression for the page's words, or false when none of them can be found. */
static bool match_page(const struct brief_page *p, struct buf *out)
{
    struct wanted_rule rule;
    wanted_rule_init(&rule, NULL, NULL);
    rule.has_head = false;
    if (p->language.n) {
        rule.languages[0] = p->language;
        rule.language_count = 1;
        buf_puts(out, "facet : \"");
        add_language(p->language, out);
        buf_puts(out, "\" AND ");
    }
    struct query q;
    struct arena *a = arena_new(1024);
    bool is_good = read_words(a, p->words, &q) && match_words(&rule, &q, out) && buf_ok(out);
    arena_free(&a);
    return is_good;
}

static enum sql list_of_page(const struct brief_page *p)
{
    if (p->section.n)
        return p->language.n ? SQL_BRIEFS_OF_SECTION : SQL_BRIEFS_OF_SECTION_ANY;
    return p->language.n ? SQL_BRIEFS_OF_LANGUAGE : SQL_BRIEFS_ALL;
}

static struct statement *open_page(struct db *d, const struct brief_page *p, const struct buf *match)
{
    struct statement *s = db_get(d, match ? SQL_BRIEFS_WITH_WORDS : list_of_page(p));
    int64_t last = p->to_ms ? okey_last(p->to_ms) : OKEY_MOST;
    if (p->before_okey && p->before_okey <= (uint64_t)last)
        last = (int64_t)p->before_okey - 1;
    db_int(s, 1, p->from_ms ? okey_first(p->from_ms) : 0);
    db_int(s, 2, last);
    db_int(s, 3, (int64_t)p->limit + 1);
    if (match)
        db_text(s, 4, buf_str(match));
    else if (p->language.n)
        db_text(s, 4, p->language);
    if (p->section.n)
        db_text(s, 5, p->section);
    return s;
}

size_t reader_briefs(struct reader *r, const struct brief_page *p, struct brief **out, uint64_t *next_okey)
{
    struct db *d = reader_db(r);
    struct buf match = BUF_INIT(MATCH_BYTES);
    size_t n = 0;
    uint64_t last = 0, next = 0;
    if (next_okey)
        *next_okey = 0;
    if (p->words.n && !match_page(p, &match)) {
        buf_fini(&match);
        return 0;
    }
    db_deadline(d, WORK_MS);
    struct statement *s = open_page(d, p, p->words.n ? &match : NULL);
    while (db_step(s)) {
        if (n == p->limit) {
            next = last;
            break;
        }
        last = (uint64_t)db_col_int(s, 0);
        if (brief_json_read(db_col_text(s, 1), &out[n], NULL) == OK)
            n++;
    }
    db_reset(s);
    db_deadline(d, 0);
    buf_fini(&match);
    if (next_okey)
        *next_okey = next;
    return n;
}
