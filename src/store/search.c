#include "store/reader.h"

#include "store/facet.h"
#include "store/glance.h"
#include "store/match.h"
#include "store/okey.h"
#include "store/stories.h"

#define TOTAL_MOST 10000 /* counted exactly to here (trust 3) */
#define WORK_MS 2000

/* A search ready to run: an index expression ("" = none needed: the story table itself), and a range of keys. */
struct plan {
    struct buf match;
    int64_t first, last;
    bool is_empty; /* nothing can match; no need to look */
};

/* ---- words ---- */

static void add_words(struct plan *p, const struct query *q, struct stories *stories)
{
    struct wanted_rule rule;
    struct codes *codes = stories_codes(stories);
    wanted_rule_init(&rule, q, codes);
    if (p->match.n)
        buf_puts(&p->match, " AND ");
    if (!match_words(&rule, q, &p->match))
        p->is_empty = true;
    codes_unref(&codes);
}

/* ---- the plan ---- */

static void set_range(struct plan *p, const struct search *s)
{
    int64_t oldest = right_oldest_ms(s->right, s->now_ms);
    int64_t from = s->query->from_ms > oldest ? s->query->from_ms : oldest;
    p->first = from > 0 ? okey_first(from) : 0;
    p->last = s->query->to_ms ? okey_last(s->query->to_ms) : OKEY_MOST;
}

static void make_plan(struct reader *r, const struct search *s, struct plan *p)
{
    *p = (struct plan){.match = BUF_INIT(2 * MATCH_BYTES)};
    set_range(p, s);
    p->is_empty = !right_is_valid(s->right, s->now_ms) || p->first > p->last ||
                  !facet_match(s->query, right_terms(s->right), &p->match);
    if (s->query->branch_count && !p->is_empty)
        add_words(p, s->query, reader_stories(r));
    p->is_empty = p->is_empty || !buf_ok(&p->match);
}

static struct statement *open_list(struct db *d, const struct plan *p, enum sql with_words, enum sql without)
{
    struct statement *s = db_get(d, p->match.n ? with_words : without);
    if (p->match.n)
        db_text(s, 1, buf_str(&p->match));
    db_int(s, 2, p->first);
    return s;
}

/* Keys of the page and of one more, which tells that there is a next page. */
static size_t find_keys(struct db *d, const struct plan *p, const struct search *s, uint64_t *keys)
{
    size_t n = 0;
    int64_t last = p->last;
    if (s->after_okey && s->after_okey <= (uint64_t)last)
        last = (int64_t)s->after_okey - 1;
    struct statement *st = open_list(d, p, SQL_SEARCH_WORDS, SQL_SEARCH_ALL);
    db_int(st, 3, last);
    db_int(st, 4, (int64_t)s->limit + 1);
    db_int(st, 5, (int64_t)s->offset);
    while (n <= s->limit && db_step(st))
        keys[n++] = (uint64_t)db_col_int(st, 0);
    db_reset(st);
    return n;
}

static void count(struct db *d, const struct plan *p, struct search_result *out)
{
    struct statement *st = open_list(d, p, SQL_SEARCH_WORDS_COUNT, SQL_SEARCH_ALL_COUNT);
    db_int(st, 3, p->last);
    db_int(st, 4, TOTAL_MOST + 1);
    uint64_t n = db_step(st) ? (uint64_t)db_col_int(st, 0) : 0;
    db_reset(st);
    out->is_exact = n <= TOTAL_MOST;
    out->total = out->is_exact ? n : TOTAL_MOST;
}

/* ---- the page ---- */

static bool read_hit(struct db *d, struct arena *a, uint64_t okey, struct hit *hit)
{
    struct statement *s = db_get(d, SQL_SEARCH_HIT);
    db_int(s, 1, (int64_t)okey);
    bool is_there = db_step(s) && glance_codes(db_col_text(s, 6), &hit->codes);
    if (is_there) {
        struct glance lines;
        glance_lines(a, db_col_text(s, 7), &lines);
        hit->n = (uint64_t)db_col_int(s, 0);
        hit->version = (uint32_t)db_col_int(s, 1);
        hit->at_ms = db_col_int(s, 2);
        hit->id = arena_str(a, db_col_text(s, 3));
        hit->language = arena_str(a, db_col_text(s, 4));
        hit->stage = (enum stage)db_col_int(s, 5);
        hit->headline = lines.headline;
        hit->spot = lines.spot;
        hit->slugline = lines.slugline;
    }
    db_reset(s);
    return is_there;
}

static void read_page(struct db *d, struct arena *a, const struct search *s, const uint64_t *keys, size_t n,
                      struct search_result *out)
{
    size_t wanted = n < s->limit ? n : s->limit;
    out->hits = arena_array(a, struct hit, wanted + 1);
    for (size_t i = 0; i < wanted; i++) {
        struct hit *hit = &out->hits[out->count];
        /* The index alone does not give a story away: the right is asked once more, of the row. */
        if (read_hit(d, a, keys[i], hit) && right_allows(s->right, &hit->codes))
            out->count++;
    }
    out->next_okey = n > s->limit && wanted ? keys[wanted - 1] : 0;
}

static enum err run(struct reader *r, struct arena *a, const struct search *s, const struct plan *p,
                    struct search_result *out)
{
    struct db *d = reader_db(r);
    bool is_far = s->offset > TOTAL_MOST;
    uint64_t *keys = mem_array(uint64_t, s->limit + 1);
    size_t n = is_far ? 0 : find_keys(d, p, s, keys);
    enum err e = is_far ? OK : db_status(d);
    if (e == OK && s->wants_total) {
        /* A first page that is not full has been counted already. */
        if (n <= s->limit && s->offset == 0 && s->after_okey == 0 && !is_far)
            out->total = n;
        else
            count(d, p, out);
        e = out->total ? OK : db_status(d);
    }
    if (e == OK)
        read_page(d, a, s, keys, n, out);
    mem_free(keys);
    return e;
}

enum err reader_search(struct reader *r, struct arena *a, const struct search *s, struct search_result *out,
                       struct why *why)
{
    struct plan p;
    struct search_result result = {.is_exact = true};
    struct db *d = reader_db(r);
    make_plan(r, s, &p);
    enum err e = OK;
    if (!p.is_empty) {
        /* One look at the database for keys, rows and total, ended with the call. */
        e = db_begin(d);
        db_deadline(d, WORK_MS);
        if (e == OK)
            e = run(r, a, s, &p, &result);
        db_deadline(d, 0);
        db_rollback(d);
    }
    buf_fini(&p.match);
    if (e == ERR_BUSY)
        return err_why(why, e, "search",
                       "the search took more than 2 s: ask for fewer or rarer words, or a shorter time");
    if (e)
        return err_why(why, e, "search", "the search failed (%s)", err_key(e));
    *out = result;
    return OK;
}
