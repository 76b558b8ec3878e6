#include "store/facet.h"

#define PAIRS_MOST 6 /* of type and language: beyond it they are asked for one by one */
#define TRIPLES_MOST 48

static const char MARKS[CODE_KINDS] = {
    [CODE_PROVIDER] = 'p', [CODE_PACKAGE] = 'k',  [CODE_CATEGORY] = 'c',
    [CODE_TYPE] = 't',     [CODE_LANGUAGE] = 'l', [CODE_PRIORITY] = 'r',
};

/* ---- writing ---- */

static void add_word(struct buf *out, char mark, unsigned code, const char *pair)
{
    if (out->n)
        buf_addc(out, ' ');
    buf_addc(out, mark);
    buf_u64(out, code);
    buf_puts(out, pair);
}

static void add_set(struct buf *out, char mark, const struct codeset *set, const char *pair)
{
    for (unsigned c = codeset_first(set); c; c = codeset_next(set, c)) {
        add_word(out, mark, c, "");
        add_word(out, mark, c, pair);
    }
}

void facet_write(const struct story_codes *c, struct buf *out)
{
    char pair[32];
    snprintf(pair, sizeof pair, "t%ul%u", (unsigned)c->type, (unsigned)c->language);
    add_word(out, 'p', c->provider, "");
    add_set(out, 'k', &c->package, pair);
    add_set(out, 'c', &c->category, pair);
    add_word(out, 't', c->type, "");
    add_word(out, 'l', c->language, "");
    buf_addc(out, ' ');
    buf_puts(out, pair);
    add_word(out, 'r', c->priority, "");
    add_word(out, 'a', c->is_archive, "");
    add_word(out, 'd', c->kind, "");
}

/* ---- what is asked for ---- */

/* Sets of one kind that must each be met: none, one, or the query's and the contract's. */
struct demand {
    struct codeset sets[2];
    unsigned count;
};

static bool is_within(const struct codeset *inner, const struct codeset *outer)
{
    for (size_t i = 0; i < 4; i++)
        if (inner->w[i] & ~outer->w[i])
            return false;
    return true;
}

static bool is_single(enum code_kind k) /* a story has one of these, so two demands are one */
{
    return k != CODE_PACKAGE && k != CODE_CATEGORY;
}

static struct demand demand_of(enum code_kind k, const struct query *q, const struct terms *t)
{
    bool by_query = !(q->any >> k & 1), by_right = !(t->any >> k & 1);
    struct demand d = {.count = 0};
    if (!by_query && !by_right)
        return d;
    d.count = 1;
    d.sets[0] = by_query ? q->sets[k] : t->sets[k];
    if (!by_query || !by_right || is_within(&q->sets[k], &t->sets[k]))
        return d; /* of two demands on one list the wider one says nothing more */
    if (is_single(k)) {
        for (size_t i = 0; i < 4; i++)
            d.sets[0].w[i] &= t->sets[k].w[i];
    } else if (is_within(&t->sets[k], &q->sets[k])) {
        d.sets[0] = t->sets[k];
    } else {
        d.sets[d.count++] = t->sets[k];
    }
    return d;
}

/* ---- the expression ---- */

struct expression {
    struct buf *out;
    size_t start;
    char pairs[PAIRS_MOST][32];
    unsigned pair_count; /* 0: type and language are asked for one by one */
    bool is_paired;      /* some word with a pair was asked for: the pair itself need not be */
};

static unsigned size_of(const struct codeset *set)
{
    unsigned n = 0;
    for (unsigned c = codeset_first(set); c; c = codeset_next(set, c))
        n++;
    return n;
}

static void make_pairs(struct expression *w, const struct demand *type, const struct demand *language)
{
    if (!type->count || !language->count || size_of(&type->sets[0]) * size_of(&language->sets[0]) > PAIRS_MOST)
        return;
    for (unsigned t = codeset_first(&type->sets[0]); t; t = codeset_next(&type->sets[0], t))
        for (unsigned l = codeset_first(&language->sets[0]); l; l = codeset_next(&language->sets[0], l))
            snprintf(w->pairs[w->pair_count++], sizeof w->pairs[0], "t%ul%u", t, l);
}

static void open_clause(struct expression *w)
{
    buf_puts(w->out, w->out->n > w->start ? " AND facet : (" : "facet : (");
}

static void add_choice(struct expression *w, unsigned *n, const char *head, const char *pair)
{
    buf_printf(w->out, (*n)++ ? " OR \"%s%s\"" : "\"%s%s\"", head, pair);
}

static void add_clause(struct expression *w, char mark, const struct codeset *set, bool may_pair)
{
    unsigned n = 0;
    bool is_paired = may_pair && w->pair_count && w->pair_count * size_of(set) <= TRIPLES_MOST;
    open_clause(w);
    for (unsigned c = codeset_first(set); c; c = codeset_next(set, c)) {
        char head[16];
        snprintf(head, sizeof head, "%c%u", mark, c);
        for (unsigned p = 0; p < (is_paired ? w->pair_count : 1); p++)
            add_choice(w, &n, head, is_paired ? w->pairs[p] : "");
    }
    buf_addc(w->out, ')');
    w->is_paired |= is_paired;
}

static void add_pairs(struct expression *w)
{
    unsigned n = 0;
    open_clause(w);
    for (unsigned p = 0; p < w->pair_count; p++)
        add_choice(w, &n, "", w->pairs[p]);
    buf_addc(w->out, ')');
}

static void add_flag(struct expression *w, char mark, unsigned value)
{
    open_clause(w);
    buf_printf(w->out, "\"%c%u\")", mark, value);
}

static void add_codes(struct expression *w, const struct demand d[CODE_KINDS])
{
    static const enum code_kind ORDER[] = {CODE_CATEGORY, CODE_PACKAGE, CODE_PROVIDER, CODE_PRIORITY};
    for (size_t i = 0; i < sizeof ORDER / sizeof ORDER[0]; i++)
        for (unsigned s = 0; s < d[ORDER[i]].count; s++)
            add_clause(w, MARKS[ORDER[i]], &d[ORDER[i]].sets[s], !is_single(ORDER[i]));
    if (w->is_paired)
        return;
    if (w->pair_count) {
        add_pairs(w);
        return;
    }
    for (unsigned k = CODE_TYPE; k <= CODE_LANGUAGE; k++)
        if (d[k].count)
            add_clause(w, MARKS[k], &d[k].sets[0], false);
}

bool facet_match(const struct query *q, const struct terms *t, struct buf *out)
{
    struct demand d[CODE_KINDS];
    struct expression w = {.out = out, .start = out->n};
    for (unsigned k = 0; k < CODE_KINDS; k++) {
        d[k] = demand_of((enum code_kind)k, q, t);
        for (unsigned s = 0; s < d[k].count; s++)
            if (codeset_is_empty(&d[k].sets[s]))
                return false;
    }
    make_pairs(&w, &d[CODE_TYPE], &d[CODE_LANGUAGE]);
    add_codes(&w, d);
    if (q->has_kind)
        add_flag(&w, 'd', q->kind);
    if (!q->with_archive)
        add_flag(&w, 'a', 0);
    return true;
}
