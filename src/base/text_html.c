#include "base/text.h"

/* HTML to text: what is due before the next character. */
enum gap { GAP_NONE, GAP_SPACE, GAP_LINE, GAP_BLOCK };

struct plain {
    struct buf *out;
    size_t start;
    enum gap gap;
    bool is_pre;
    /* Tags that did not end: where such a reading stands at `lost_at` (QUOTE_…). A byte moves the three states about
     * without two ever meeting, so there are at most three such readings, and '<' repeated costs no more than once. */
    size_t lost_at;
    bool is_lost[3];
};

static void widen(struct plain *p, enum gap gap)
{
    if (gap > p->gap)
        p->gap = gap;
}

static void put_gap(struct plain *p)
{
    static const char *const gaps[] = {"", " ", "\n", "\n\n"};
    if (p->gap != GAP_NONE && p->out->n > p->start)
        buf_puts(p->out, gaps[p->gap]);
    p->gap = GAP_NONE;
}

static void put_text(struct plain *p, uint32_t cp)
{
    put_gap(p);
    text_put(p->out, cp);
}

/* The entity at s ("&amp;…"): its code point, and *n its length; 0 when it is no entity of ours. */
static uint32_t entity_at(struct str s, size_t *n)
{
    static const struct {
        struct str name;
        uint32_t cp;
    } rows[] = {{{"amp", 3}, '&'}, {{"lt", 2}, '<'}, {{"gt", 2}, '>'}, {{"quot", 4}, '"'}, {{"apos", 4}, '\''},
                {{"nbsp", 4}, 0xA0}};
    size_t end = str_find_char(str_sub(s, 0, 12), ';');
    if (end == SIZE_MAX)
        return 0;
    struct str name = str_sub(s, 1, end - 1);
    *n = end + 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(name, rows[i].name))
            return rows[i].cp;
    if (!str_starts(name, S("#")))
        return 0;
    bool is_hex = name.n > 1 && (name.p[1] | 32) == 'x';
    uint32_t cp = 0;
    size_t at = is_hex ? 2 : 1;
    if (at == name.n)
        return 0;
    for (; at < name.n && cp <= 0x10FFFF; at++) {
        int c = name.p[at] | 32;
        int digit = name.p[at] >= '0' && name.p[at] <= '9' ? name.p[at] - '0'
                    : is_hex && c >= 'a' && c <= 'f'       ? c - 'a' + 10
                                                           : -1;
        if (digit < 0)
            return 0;
        cp = cp * (is_hex ? 16 : 10) + (uint32_t)digit;
    }
    return cp > 0x10FFFF || text_is_control(cp) || (cp >= 0xD800 && cp <= 0xDFFF) ? 0xFFFD : cp;
}

static void see_tag(struct plain *p, struct str tag)
{
    static const char *const blocks[] = {"p", "h2", "h3", "h4", "ul", "ol", "table", "blockquote", "pre", "hr",
                                         "figure", "figcaption", "caption", "div", "h1", "h5", "h6"};
    bool is_end = str_starts(tag, S("/"));
    struct str name = is_end ? str_sub(tag, 1, tag.n) : tag;
    size_t n = 0;
    while (n < name.n && (text_is_letter((unsigned char)name.p[n] & 0x7F) || text_is_digit((unsigned char)name.p[n])))
        n++;
    name.n = n;
    if (str_eq_nocase(name, S("pre")))
        p->is_pre = !is_end;
    if (str_eq_nocase(name, S("br")) || str_eq_nocase(name, S("li")) || str_eq_nocase(name, S("tr")))
        widen(p, GAP_LINE);
    if (str_eq_nocase(name, S("td")) || str_eq_nocase(name, S("th")))
        widen(p, GAP_SPACE);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (str_eq_nocase(name, str_from(blocks[i])))
            widen(p, GAP_BLOCK);
}

enum quote { QUOTE_NONE, QUOTE_DOUBLE, QUOTE_SINGLE };

static enum quote quote_after(enum quote q, char c)
{
    enum quote mark = c == '"' ? QUOTE_DOUBLE : c == '\'' ? QUOTE_SINGLE : QUOTE_NONE;
    return mark == QUOTE_NONE ? q : q == QUOTE_NONE ? mark : q == mark ? QUOTE_NONE : q;
}

static void move_lost(struct plain *p, struct str html, size_t to)
{
    bool has_lost = p->is_lost[0] || p->is_lost[1] || p->is_lost[2];
    for (; has_lost && p->lost_at < to; p->lost_at++) {
        bool is_next[3] = {false};
        for (enum quote q = QUOTE_NONE; q <= QUOTE_SINGLE; q++)
            is_next[quote_after(q, html.p[p->lost_at])] |= p->is_lost[q];
        memcpy(p->is_lost, is_next, sizeof is_next);
    }
    p->lost_at = to;
}

/* Bytes of the tag at `at`, where '<' stands; 0 when it is a plain sign. */
static size_t tag_bytes(struct plain *p, struct str html, size_t at)
{
    if (html.n - at < 2)
        return 0;
    char first = html.p[at + 1];
    if (!text_is_letter((unsigned char)first & 0x7F) && first != '/' && first != '!')
        return 0;
    move_lost(p, html, at + 1);
    if (p->is_lost[QUOTE_NONE])
        return 0;
    enum quote quote = QUOTE_NONE;
    for (size_t i = at + 1; i < html.n; i++) {
        if (quote == QUOTE_NONE && html.p[i] == '>')
            return i + 1 - at;
        quote = quote_after(quote, html.p[i]);
    }
    p->is_lost[QUOTE_NONE] = true;
    return 0;
}

/* Bytes from `at` on that go into the text as they are: seen ASCII, with single spaces between. */
static size_t run_bytes(struct str html, size_t at)
{
    size_t n = 0;
    for (; at + n < html.n; n++) {
        char c = html.p[at + n];
        bool is_inner = c == ' ' && n > 0 && html.p[at + n - 1] != ' ';
        if (c == '<' || c == '&' || (!is_inner && (c <= ' ' || c >= 0x7F)))
            break;
    }
    return n > 0 && html.p[at + n - 1] == ' ' ? n - 1 : n; /* what follows may widen the gap */
}

static size_t see_text(struct plain *p, struct str html, size_t at)
{
    size_t n = run_bytes(html, at), next = at;
    if (n > 0) {
        put_gap(p);
        buf_add(p->out, str_sub(html, at, n));
        return at + n;
    }
    struct str here = str_sub(html, at, html.n);
    uint32_t entity = html.p[at] == '&' ? entity_at(here, &n) : 0;
    if (entity) {
        put_text(p, entity);
        return at + n;
    }
    uint32_t cp = text_next(html, &next);
    if (!text_is_space(cp) || cp == 0xA0 || (p->is_pre && cp == ' '))
        put_text(p, cp);
    else
        widen(p, !(p->is_pre && cp == '\n') ? GAP_SPACE : p->gap >= GAP_LINE ? GAP_BLOCK : GAP_LINE);
    return next;
}

void text_of_html(struct str html, struct buf *out)
{
    struct plain p = {.out = out, .start = out->n, .gap = GAP_NONE};
    for (size_t at = 0; at < html.n;) {
        size_t n = html.p[at] == '<' ? tag_bytes(&p, html, at) : 0;
        if (n > 0) {
            see_tag(&p, str_sub(html, at + 1, n - 2));
            at += n;
        } else {
            at = see_text(&p, html, at);
        }
    }
}
