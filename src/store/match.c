#include "store/match.h"

void match_quote(struct str tokens, struct buf *out)
{
    buf_addc(out, '"');
    for (size_t i = 0; i < tokens.n; i++) {
        char c = tokens.p[i];
        bool is_token =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
        buf_addc(out, is_token ? c : ' ');
    }
    buf_addc(out, '"');
}

static void write_ways(const struct wanted_way *ways, size_t n, const char *column, bool is_prefix, struct buf *out)
{
    buf_puts(out, column);
    buf_puts(out, " : (");
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, i ? " OR " : "");
        match_quote(ways[i].tokens, out);
        if (is_prefix)
            buf_addc(out, '*');
    }
    buf_addc(out, ')');
}

static void write_term(const struct wanted_term *t, struct buf *out)
{
    buf_addc(out, '(');
    write_ways(t->exact, t->exact_count, t->in_head ? "head" : "exact", t->is_prefix, out);
    if (t->stem_count) {
        buf_puts(out, " OR ");
        write_ways(t->stems, t->stem_count, "stem", false, out);
    }
    buf_addc(out, ')');
}

static size_t write_terms(const struct wanted_branch *b, bool is_not, struct buf *out)
{
    const char *between = is_not ? " OR " : " AND ";
    size_t n = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (b->terms[i].is_not != is_not)
            continue;
        buf_puts(out, n++ ? between : "");
        write_term(&b->terms[i], out);
    }
    return n;
}

static void write_branch(const struct wanted_branch *b, struct buf *out)
{
    buf_puts(out, "((");
    write_terms(b, false, out);
    buf_addc(out, ')');
    size_t before = out->n;
    buf_puts(out, " NOT (");
    if (write_terms(b, true, out) == 0)
        out->n = before;
    else
        buf_addc(out, ')');
    buf_addc(out, ')');
}

bool match_words(const struct wanted_rule *r, const struct query *q, struct buf *out)
{
    struct wanted w;
    struct arena *a = arena_new(4096);
    wanted_make(a, r, q, &w);
    for (size_t i = 0; i < w.count; i++) {
        buf_puts(out, i ? " OR " : "(");
        write_branch(&w.branches[i], out);
    }
    if (w.count)
        buf_addc(out, ')');
    bool can_match = w.count > 0;
    arena_free(&a);
    return can_match;
}
