/* Search text in both dialects, dates, lists of codes. What is read keeps the limits; what is refused says why. */
#include "base/clock.h"
#include "news/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_term(const struct query_term *t)
{
    must(t->words.n > 0 && t->words.n <= QUERY_TERMS);
    must(!t->is_prefix || t->words.n == 1);
    for (size_t i = 0; i < t->words.n; i++)
        must(t->words.v[i].n > 0 && t->words.v[i].n <= 4 * QUERY_BYTES);
}

static void check_query(const struct query *q)
{
    size_t words = 0;
    for (size_t i = 0; i < q->branch_count; i++) {
        bool has_positive = false;
        must(q->branches[i].count > 0);
        for (size_t k = 0; k < q->branches[i].count; k++) {
            check_term(&q->branches[i].terms[k]);
            words += q->branches[i].terms[k].words.n;
            has_positive |= !q->branches[i].terms[k].is_not;
        }
        must(has_positive);
    }
    must(words <= QUERY_TERMS);
}

/* Our own dialect: what was read, written and read again, is written the same. */
static void check_writing(struct arena *a, const struct query *q)
{
    struct buf first = BUF_INIT(8 * QUERY_BYTES), second = BUF_INIT(8 * QUERY_BYTES);
    struct query again;
    struct why why = {0};
    query_init(&again);
    query_write(q, &first);
    must(buf_ok(&first));
    if (first.n && first.n <= QUERY_BYTES) { /* in NFC it may be longer than what may be typed */
        must(query_parse(a, buf_str(&first), &again, &why) == OK);
        query_write(&again, &second);
        must(str_eq(buf_str(&first), buf_str(&second)));
    }
    buf_fini(&first);
    buf_fini(&second);
}

static void try_parser(enum err (*parse)(struct arena *, struct str, struct query *, struct why *), struct str text)
{
    struct arena *a = arena_new(4096);
    struct query q;
    struct why why = {0};
    query_init(&q);
    if (parse(a, text, &q, &why) == OK) {
        check_query(&q);
        if (parse == query_parse)
            check_writing(a, &q);
    } else
        must(why.text[0] && why.at[0] && q.branch_count == 0);
    arena_free(&a);
}

static void try_codes(struct str text)
{
    struct codes *c = codes_seed(S("AA"));
    for (unsigned k = 0; k < CODE_KINDS; k++) {
        struct codeset set = {{0}};
        bool is_any = false;
        struct why why = {0};
        if (codes_parse_list(c, (enum code_kind)k, text, &set, &is_any, &why) == OK)
            must(is_any || !codeset_is_empty(&set));
        else
            must(why.text[0]);
    }
    codes_unref(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_of((const char *)data, size);
    struct why why = {0};
    int64_t ms = -1;
    try_parser(query_parse, text);
    try_parser(query_parse_has, text);
    if (query_parse_date(text, INT64_C(1773480065123), &ms, &why) == OK)
        must(ms >= 0 && ms <= INT64_C(253402300799999));
    else
        must(ms == -1 && why.text[0]);
    try_codes(text);
    return 0;
}
