#include "news/wanted.h"

#include "base/stem.h"

static void choose_languages(const struct query *q, const struct codes *codes, struct wanted_rule *r)
{
    size_t n = 0;
    if (q->any >> CODE_LANGUAGE & 1)
        return;
    for (unsigned code = codeset_first(&q->sets[CODE_LANGUAGE]); code && n < WANTED_LANGUAGES;
         code = codeset_next(&q->sets[CODE_LANGUAGE], code)) {
        const struct code *row = codes_get(codes, CODE_LANGUAGE, code);
        if (row && row->word.n)
            r->languages[n++] = row->word;
    }
    if (n)
        r->language_count = n;
}

void wanted_rule_init(struct wanted_rule *r, const struct query *q, const struct codes *codes)
{
    *r = (struct wanted_rule){{S("tr"), S("en"), S("ar")}, 3, true};
    if (q && codes)
        choose_languages(q, codes, r);
}

static void split(struct arena *a, struct wanted_way *w)
{
    size_t n = 1;
    for (size_t i = 0; i < w->tokens.n; i++)
        n += w->tokens.p[i] == ' ';
    struct str *list = arena_array(a, struct str, n), rest = w->tokens;
    while (w->count < n && str_split(&rest, ' ', &list[w->count]))
        w->count++;
    w->v = list;
}

/* The term in each language, without repeats and without what has no token there. */
static size_t add_ways(struct arena *a, const struct wanted_rule *r, const struct query_term *t, bool by_stem,
                       struct wanted_way *ways)
{
    size_t n = 0;
    struct buf tokens = BUF_INIT(WANTED_BYTES);
    for (size_t l = 0; l < r->language_count; l++) {
        buf_reset(&tokens);
        for (size_t i = 0; i < t->words.n; i++)
            stem_index(r->languages[l], t->words.v[i], by_stem ? NULL : &tokens, by_stem ? &tokens : NULL);
        bool is_new = tokens.n > 0 && buf_ok(&tokens);
        for (size_t i = 0; is_new && i < n; i++)
            is_new = !str_eq(ways[i].tokens, buf_str(&tokens));
        if (!is_new)
            continue;
        ways[n] = (struct wanted_way){.tokens = arena_str(a, buf_str(&tokens))};
        split(a, &ways[n++]);
    }
    buf_fini(&tokens);
    return n;
}

/* False when the term has no token: it says nothing. */
static bool make_term(struct arena *a, const struct wanted_rule *r, const struct query_term *t, struct wanted_term *out)
{
    struct wanted_way *exact = arena_array(a, struct wanted_way, r->language_count);
    *out = (struct wanted_term){.is_not = t->is_not, .is_prefix = t->is_prefix, .exact = exact};
    out->in_head = r->has_head && t->field.n > 0 && !str_is(t->field, "subject");
    out->exact_count = add_ways(a, r, t, false, exact);
    if (!t->is_phrase && !t->is_prefix && !out->in_head) {
        struct wanted_way *stems = arena_array(a, struct wanted_way, r->language_count);
        out->stems = stems;
        out->stem_count = add_ways(a, r, t, true, stems);
    }
    return out->exact_count > 0;
}

/* False when only terms to leave out have a token: they say nothing about what is looked for. */
static bool make_branch(struct arena *a, const struct wanted_rule *r, const struct query_branch *b,
                        struct wanted_branch *out)
{
    struct wanted_term *terms = arena_array(a, struct wanted_term, b->count);
    bool has_wish = false;
    *out = (struct wanted_branch){.terms = terms};
    for (size_t i = 0; i < b->count; i++) {
        if (!make_term(a, r, &b->terms[i], &terms[out->count]))
            continue;
        has_wish |= !terms[out->count].is_not;
        out->count++;
    }
    return has_wish;
}

void wanted_make(struct arena *a, const struct wanted_rule *r, const struct query *q, struct wanted *out)
{
    struct wanted_branch *branches = arena_array(a, struct wanted_branch, q->branch_count ? q->branch_count : 1);
    *out = (struct wanted){.branches = branches};
    for (size_t i = 0; i < q->branch_count; i++)
        out->count += make_branch(a, r, &q->branches[i], &branches[out->count]);
}
