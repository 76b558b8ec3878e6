#include "store/match.h"

#include "base/stem.h"

void match_rule_init(struct match_rule *r)
{
    *r = (struct match_rule){{S("tr"), S("en"), S("ar")}, 3, true};
}

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

/* Ways to write one term: quoted token lists, without repeats. */
struct ways {
    struct buf room; /* the lists, one after the other */
    size_t from[MATCH_LANGUAGES], bytes[MATCH_LANGUAGES];
    size_t count;
};

static struct str way(const struct ways *w, size_t i)
{
    return str_sub(buf_str(&w->room), w->from[i], w->bytes[i]);
}

/* Closes the list that was appended from `from` on; an empty one or a repeat is taken back. */
static void ways_end(struct ways *w, size_t from)
{
    struct str last = str_sub(buf_str(&w->room), from, SIZE_MAX);
    bool is_new = last.n > 0 && w->count < MATCH_LANGUAGES;
    for (size_t i = 0; is_new && i < w->count; i++)
        is_new = !str_eq(way(w, i), last);
    if (!is_new) {
        w->room.n = from;
        return;
    }
    w->from[w->count] = from;
    w->bytes[w->count++] = last.n;
}

static void add_term(const struct match_rule *r, const struct query_term *t, bool by_stem, struct ways *w)
{
    for (size_t l = 0; l < r->language_count; l++) {
        size_t from = w->room.n;
        struct buf tokens = BUF_INIT(MATCH_BYTES);
        for (size_t i = 0; i < t->words.n; i++)
            stem_index(r->languages[l], t->words.v[i], by_stem ? NULL : &tokens, by_stem ? &tokens : NULL);
        buf_add(&w->room, buf_str(&tokens));
        buf_fini(&tokens);
        ways_end(w, from);
    }
}

static void write_ways(const struct ways *w, const char *column, bool is_prefix, struct buf *out)
{
    buf_puts(out, column);
    buf_puts(out, " : (");
    for (size_t i = 0; i < w->count; i++) {
        buf_puts(out, i ? " OR " : "");
        match_quote(way(w, i), out);
        if (is_prefix)
            buf_addc(out, '*');
    }
    buf_addc(out, ')');
}

/* False when the term has no token: nothing was written. */
static bool write_term(const struct match_rule *r, const struct query_term *t, struct buf *out)
{
    struct ways exact = {.room = BUF_INIT(MATCH_BYTES)}, stems = {.room = BUF_INIT(MATCH_BYTES)};
    bool is_head = r->has_head && t->field.n > 0 && !str_is(t->field, "subject");
    bool with_stems = !t->is_phrase && !t->is_prefix && !is_head;
    add_term(r, t, false, &exact);
    if (with_stems)
        add_term(r, t, true, &stems);
    if (exact.count) {
        buf_addc(out, '(');
        write_ways(&exact, is_head ? "head" : "exact", t->is_prefix, out);
        if (stems.count) {
            buf_puts(out, " OR ");
            write_ways(&stems, "stem", false, out);
        }
        buf_addc(out, ')');
    }
    bool is_written = exact.count > 0;
    buf_fini(&exact.room);
    buf_fini(&stems.room);
    return is_written;
}

static size_t write_terms(const struct match_rule *r, const struct query_branch *b, bool is_not, struct buf *out)
{
    const char *between = is_not ? " OR " : " AND ";
    size_t n = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (b->terms[i].is_not != is_not)
            continue;
        size_t before = out->n;
        buf_puts(out, n ? between : "");
        if (write_term(r, &b->terms[i], out))
            n++;
        else
            out->n = before;
    }
    return n;
}

static bool write_branch(const struct match_rule *r, const struct query_branch *b, struct buf *out)
{
    size_t start = out->n;
    buf_puts(out, "((");
    if (write_terms(r, b, false, out) == 0) {
        out->n = start; /* what is not wanted alone says nothing about what is */
        return false;
    }
    buf_addc(out, ')');
    size_t before = out->n;
    buf_puts(out, " NOT (");
    if (write_terms(r, b, true, out) == 0)
        out->n = before;
    else
        buf_addc(out, ')');
    buf_addc(out, ')');
    return true;
}

bool match_words(const struct match_rule *r, const struct query *q, struct buf *out)
{
    size_t n = 0, start = out->n;
    buf_addc(out, '(');
    for (size_t i = 0; i < q->branch_count; i++) {
        size_t before = out->n;
        buf_puts(out, n ? " OR " : "");
        if (write_branch(r, &q->branches[i], out))
            n++;
        else
            out->n = before;
    }
    buf_addc(out, ')');
    if (n == 0)
        out->n = start;
    return n > 0;
}
