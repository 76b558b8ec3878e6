#include "codec/html_has.h"
#include "base/text.h"

/* One pass over clean HTML; paragraphs open when their first text comes. */
struct has_writer {
    struct buf *out;
    bool is_open;      /* a paragraph */
    bool is_head;      /* … of a sub-head */
    unsigned pre;
    unsigned heads;    /* <h2>-<h4> around */
    unsigned lists;    /* depth of lists */
    unsigned item[64]; /* number of the item per list; 0 for bullets */
    bool is_item_due;  /* its mark is to be written */
    bool is_cell_due;  /* a mark between two cells */
};

void html_has_escape(struct str text, struct buf *out)
{
    struct str part;
    bool is_first = true;
    if (!text.p)
        return;
    while (str_split(&text, '"', &part)) {
        if (!is_first)
            buf_puts(out, "&quot;");
        html_tag_escape(part, out);
        is_first = false;
    }
}

static void close_p(struct has_writer *w)
{
    if (w->is_open)
        buf_puts(w->out, w->is_head ? "</strong></p>" : "</p>");
    w->is_open = w->is_head = w->is_cell_due = false;
}

static void open_p(struct has_writer *w)
{
    if (w->is_open)
        return;
    w->is_open = true;
    w->is_head = w->heads > 0;
    buf_puts(w->out, w->is_head ? "<p><strong>" : "<p>");
    if (w->is_item_due && w->lists) {
        unsigned *number = &w->item[w->lists - 1];
        if (*number)
            buf_printf(w->out, "%u. ", (*number)++);
        else
            buf_puts(w->out, "- ");
    }
    w->is_item_due = false;
}

/* Columns of a table in pre stand only with spaces that do not collapse. */
static void put_pre(struct has_writer *w, struct str raw)
{
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] == '\n')
            buf_puts(w->out, "<br>");
        else if (raw.p[i] == ' ' && i + 1 < raw.n && raw.p[i + 1] == ' ')
            buf_puts(w->out, "\u00a0");
        else
            buf_addc(w->out, raw.p[i]);
    }
}

static void put_text(struct has_writer *w, struct str raw)
{
    struct buf plain = BUF_INIT(raw.n + 1), escaped = BUF_INIT(6 * raw.n + 1);
    open_p(w);
    if (w->is_cell_due)
        buf_puts(w->out, " | ");
    w->is_cell_due = false;
    html_tag_unescape(raw, &plain);
    html_has_escape(buf_str(&plain), &escaped);
    if (w->pre)
        put_pre(w, buf_str(&escaped));
    else
        buf_add(w->out, buf_str(&escaped));
    buf_fini(&plain);
    buf_fini(&escaped);
}

static void put_link(struct has_writer *w, struct str attrs)
{
    struct str name, value;
    buf_puts(w->out, "<a");
    for (size_t at = 0; html_tag_next_attr(attrs, &at, &name, &value);)
        if (str_is(name, "href"))
            buf_printf(w->out, " href=\"%.*s\"", STR_FMT(value));
    buf_addc(w->out, '>');
}

static void put_inline(struct has_writer *w, const struct html_token *t)
{
    bool is_close = t->kind == TOKEN_CLOSE;
    if (t->tag == TAG_SPAN || (t->tag == TAG_STRONG && w->heads))
        return;
    if (!is_close) {
        open_p(w);
        if (w->is_cell_due)
            buf_puts(w->out, " | ");
        w->is_cell_due = false;
    }
    if (t->tag == TAG_Q)
        buf_puts(w->out, is_close ? "\u201d" : "\u201c");
    else if (t->tag == TAG_A && !is_close)
        put_link(w, t->raw);
    else
        buf_printf(w->out, "<%s%s>", is_close ? "/" : "", html_tag_name(t->tag));
}

static void put_list(struct has_writer *w, const struct html_token *t)
{
    size_t most = sizeof w->item / sizeof w->item[0];
    close_p(w);
    if (t->kind == TOKEN_OPEN && w->lists < most)
        w->item[w->lists++] = t->tag == TAG_OL;
    else if (t->kind == TOKEN_CLOSE && w->lists)
        w->lists--;
}

static void put_block(struct has_writer *w, const struct html_token *t)
{
    bool is_open = t->kind == TOKEN_OPEN;
    if (t->tag == TAG_TD || t->tag == TAG_TH) {
        w->is_cell_due |= is_open && w->is_open;
        return;
    }
    if (t->tag == TAG_UL || t->tag == TAG_OL) {
        put_list(w, t);
        return;
    }
    close_p(w);
    if (t->tag >= TAG_H2 && t->tag <= TAG_H4)
        w->heads += is_open ? 1 : (unsigned)-1;
    else if (t->tag == TAG_PRE)
        w->pre += is_open ? 1 : (unsigned)-1;
    else if (t->tag == TAG_LI)
        w->is_item_due = is_open;
}

enum err html_has_write(struct str clean, struct buf *out)
{
    struct has_writer w = {.out = out};
    for (size_t at = 0;;) {
        struct html_token t = html_tag_next(clean, &at);
        if (t.kind == TOKEN_BAD)
            return ERR_PARSE;
        if (t.kind == TOKEN_END)
            break;
        if (t.kind == TOKEN_TEXT)
            put_text(&w, t.raw);
        else if (t.tag == TAG_BR)
            buf_puts(out, "<br>");
        else if (html_tag_is_inline(t.tag))
            put_inline(&w, &t);
        else
            put_block(&w, &t);
    }
    close_p(&w);
    return buf_ok(out) ? OK : ERR_LIMIT;
}
