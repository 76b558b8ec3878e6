#include "codec/html_rebuild.h"
#include "base/mem.h"
#include "base/text.h"

/* Each input element makes at most three frames (implied row, implied cell, itself). */
#define FRAMES (3 * HTML_REBUILD_DEPTH + 8)

/* An element of the output. It is written when its first text comes, so that empty ones leave no trace. */
struct frame {
    enum html_tag tag;
    const struct html_attrs *attrs;
    size_t mark; /* where it was written */
    unsigned serial;
    bool is_written, has_text, is_implied;
};
/* An element of the input and what became of it. */
struct input {
    unsigned serial; /* of its frame, 0 for none */
    bool is_break, is_drop, is_inner_table;
};
struct html_rebuild {
    struct buf *out;
    struct arena *arena;
    struct frame frames[FRAMES];
    struct input inputs[HTML_REBUILD_DEPTH];
    size_t depth, input_depth, lost; /* lost: opens beyond the depth */
    unsigned serial, drops, inner_tables;
    bool is_too_deep;
    bool has_space, is_fresh; /* a space is due; a line has just begun */
    unsigned breaks, nbsp;    /* <br> due; U+00A0 that waits for other text */
    struct buf gap;           /* white space in pre */
};

struct html_rebuild *html_rebuild_new(struct buf *out)
{
    struct html_rebuild *r = mem_new(struct html_rebuild);
    r->out = out;
    r->arena = arena_new(1024);
    r->is_fresh = true;
    buf_init(&r->gap, out->max);
    return r;
}

void html_rebuild_free(struct html_rebuild **r)
{
    if (!*r)
        return;
    arena_free(&(*r)->arena);
    buf_fini(&(*r)->gap);
    mem_free(*r);
    *r = NULL;
}

struct arena *html_rebuild_arena(struct html_rebuild *r)
{
    return r->arena;
}

static bool is_leaf(enum html_tag t)
{
    return t >= TAG_P && t <= TAG_PRE;
}

/* Holds text directly and can hold no paragraph. */
static bool is_holder(enum html_tag t)
{
    return t == TAG_LI || (t >= TAG_TH && t <= TAG_FIGCAPTION);
}

static bool is_flow(enum html_tag t)
{
    return t == TAG_UNWRAP || t == TAG_BLOCKQUOTE || t == TAG_FIGURE;
}

/* Number of frames up to and with the innermost that is no inline; 0 = none, the root. */
static size_t block_depth(const struct html_rebuild *r)
{
    size_t d = r->depth;
    while (d && html_tag_is_inline(r->frames[d - 1].tag))
        d--;
    return d;
}

static enum html_tag block_tag(const struct html_rebuild *r)
{
    size_t d = block_depth(r);
    return d ? r->frames[d - 1].tag : TAG_UNWRAP;
}

static void begin_line(struct html_rebuild *r)
{
    r->has_space = false;
    r->is_fresh = true;
    r->breaks = r->nbsp = 0;
    buf_reset(&r->gap);
}

static void write_frames(struct html_rebuild *r)
{
    for (size_t i = 0; i < r->depth; i++) {
        struct frame *f = &r->frames[i];
        if (f->is_written)
            continue;
        f->is_written = true;
        f->mark = r->out->n;
        buf_printf(r->out, "<%s", html_tag_name(f->tag));
        if (f->attrs)
            html_tag_write_attrs(f->attrs, r->out);
        buf_addc(r->out, '>');
    }
}

static void write_close(struct html_rebuild *r, const struct frame *f)
{
    buf_printf(r->out, "</%s>", html_tag_name(f->tag));
}

static void mark_text(struct html_rebuild *r)
{
    for (size_t i = r->depth; i-- > 0 && !r->frames[i].has_text;)
        r->frames[i].has_text = true;
}

/* An empty cell keeps its place in the row, a figure stands for its picture; other empty frames vanish, with what
 * empty cells wrote inside them. */
static void pop(struct html_rebuild *r)
{
    struct frame *f = &r->frames[r->depth - 1];
    bool is_cell = (f->tag == TAG_TD || f->tag == TAG_TH) && !f->is_implied;
    bool is_figure = f->tag == TAG_FIGURE && f->attrs && f->attrs->assoc.n;
    if (is_figure)
        mark_text(r);
    if (!f->is_written && (is_cell || is_figure))
        write_frames(r);
    if (f->is_written && !f->has_text && !is_cell)
        r->out->n = f->mark;
    else if (f->is_written)
        write_close(r, f);
    r->depth--;
    if (!html_tag_is_inline(f->tag))
        begin_line(r);
}

static void pop_to(struct html_rebuild *r, size_t depth)
{
    while (r->depth > depth)
        pop(r);
}

static unsigned push(struct html_rebuild *r, enum html_tag t, const struct html_attrs *attrs)
{
    must(r->depth < FRAMES);
    if (!html_tag_is_inline(t))
        begin_line(r);
    struct html_attrs *own = NULL;
    if (attrs) {
        own = arena_make(r->arena, struct html_attrs);
        *own = *attrs;
    }
    r->frames[r->depth++] = (struct frame){.tag = t, .attrs = own, .serial = ++r->serial};
    return r->serial;
}

static void push_implied(struct html_rebuild *r, enum html_tag t)
{
    push(r, t, NULL);
    r->frames[r->depth - 1].is_implied = true;
}

/* Whatever stands open, text may be written afterwards. */
static void need_holder(struct html_rebuild *r)
{
    enum html_tag t = block_tag(r);
    if (is_leaf(t) || is_holder(t))
        return;
    if (is_flow(t)) {
        push_implied(r, TAG_P);
    } else if (t == TAG_UL || t == TAG_OL) {
        push_implied(r, TAG_LI);
    } else {
        if (t != TAG_TR)
            push_implied(r, TAG_TR);
        push_implied(r, TAG_TD);
    }
}

static void pop_leaf(struct html_rebuild *r)
{
    if (is_leaf(block_tag(r)))
        pop_to(r, block_depth(r) - 1);
}

static void break_block(struct html_rebuild *r)
{
    pop_leaf(r);
    if (is_holder(block_tag(r)) && r->breaks == 0)
        r->breaks = 1;
}

/* Frames up to and with the innermost `a` or `b`, not looking beyond a cell's or caption's edge when is_near. */
static size_t find(const struct html_rebuild *r, enum html_tag a, enum html_tag b, bool is_near)
{
    for (size_t d = r->depth; d; d--) {
        enum html_tag t = r->frames[d - 1].tag;
        if (t == a || t == b)
            return d;
        if (is_near && t >= TAG_TABLE && t <= TAG_FIGCAPTION)
            return 0;
    }
    return 0;
}

static void open_break(struct html_rebuild *r, struct input *in)
{
    in->is_break = true;
    break_block(r);
}

static void open_leaf(struct html_rebuild *r, struct input *in, enum html_tag t, const struct html_attrs *attrs)
{
    pop_leaf(r);
    if (is_flow(block_tag(r))) {
        in->serial = push(r, t, attrs);
        return;
    }
    need_holder(r);
    open_break(r, in);
}

static void open_list(struct html_rebuild *r, struct input *in, enum html_tag t, const struct html_attrs *attrs)
{
    pop_leaf(r);
    enum html_tag at = block_tag(r);
    if (at == TAG_UL || at == TAG_OL) {
        push_implied(r, TAG_LI);
        at = TAG_LI;
    }
    if (!is_flow(at) && at != TAG_LI) {
        open_break(r, in);
        return;
    }
    pop_to(r, block_depth(r));
    in->serial = push(r, t, attrs);
}

static void open_item(struct html_rebuild *r, struct input *in, const struct html_attrs *attrs)
{
    size_t list = find(r, TAG_UL, TAG_OL, true);
    if (list == 0) {
        open_break(r, in);
        return;
    }
    pop_to(r, list);
    in->serial = push(r, TAG_LI, attrs);
}

static bool may_hold(enum html_tag outer, enum html_tag t)
{
    switch (t) {
    case TAG_BLOCKQUOTE:
        return outer == TAG_UNWRAP || outer == TAG_FIGURE;
    case TAG_FIGURE:
        return outer == TAG_UNWRAP || outer == TAG_BLOCKQUOTE;
    case TAG_TABLE:
        return is_flow(outer);
    case TAG_CAPTION:
        return outer == TAG_TABLE;
    default: /* figcaption */
        return outer == TAG_FIGURE;
    }
}

/* blockquote, figure, table, caption, figcaption: where they may stand they do, elsewhere they part. */
static void open_container(struct html_rebuild *r, struct input *in, enum html_tag t, const struct html_attrs *attrs)
{
    pop_leaf(r);
    bool is_twice = t == TAG_BLOCKQUOTE || t == TAG_FIGURE ? find(r, t, t, false) > 0 : false;
    if (may_hold(block_tag(r), t) && !is_twice) {
        in->serial = push(r, t, attrs);
        return;
    }
    if (t == TAG_TABLE) {
        in->is_inner_table = true;
        r->inner_tables++;
    }
    open_break(r, in);
}

/* thead, tbody, tr, th, td. Those of a table inside a cell only part its text. */
static void open_table_part(struct html_rebuild *r, struct input *in, enum html_tag t, const struct html_attrs *attrs)
{
    size_t table = r->inner_tables ? 0 : find(r, TAG_TABLE, TAG_TABLE, false);
    if (table == 0) {
        if (r->inner_tables && (t == TAG_TD || t == TAG_TH))
            r->has_space = true;
        else
            open_break(r, in);
        return;
    }
    if (t == TAG_THEAD || t == TAG_TBODY) {
        pop_to(r, table);
    } else {
        bool has_section = r->depth > table && (r->frames[table].tag == TAG_THEAD || r->frames[table].tag == TAG_TBODY);
        size_t row = table + has_section;
        bool has_row = r->depth > row && r->frames[row].tag == TAG_TR;
        bool is_cell = t != TAG_TR;
        pop_to(r, is_cell && has_row ? row + 1 : row);
        if (is_cell && !has_row)
            push_implied(r, TAG_TR);
    }
    in->serial = push(r, t, attrs);
}

static void open_inline(struct html_rebuild *r, struct input *in, enum html_tag t, const struct html_attrs *attrs)
{
    bool has_lang = attrs && (attrs->lang.n || attrs->dir.n);
    if ((t == TAG_A && !(attrs && attrs->href.n)) || (t == TAG_SPAN && !has_lang))
        return;
    size_t same = find(r, t, t, true);
    if (same > block_depth(r) && t != TAG_SPAN)
        return;
    need_holder(r);
    in->serial = push(r, t, attrs);
}

static void put_void(struct html_rebuild *r, enum html_tag t)
{
    if (t == TAG_HR) {
        break_block(r);
        if (!is_flow(block_tag(r)))
            return;
        write_frames(r);
        buf_puts(r->out, "<hr>");
    } else if (block_tag(r) == TAG_PRE) {
        buf_addc(&r->gap, '\n');
    } else if (r->breaks < 2) {
        r->breaks++;
    }
}

static void open_any(struct html_rebuild *r, struct input *in, enum html_tag t, const struct html_attrs *attrs)
{
    if (is_leaf(t))
        open_leaf(r, in, t, attrs);
    else if (t == TAG_UL || t == TAG_OL)
        open_list(r, in, t, attrs);
    else if (t == TAG_LI)
        open_item(r, in, attrs);
    else if (t >= TAG_THEAD && t <= TAG_TD)
        open_table_part(r, in, t, attrs);
    else if (t >= TAG_BLOCKQUOTE && t <= TAG_FIGCAPTION)
        open_container(r, in, t, attrs);
    else if (t == TAG_HR || t == TAG_BR)
        put_void(r, t);
    else if (html_tag_is_inline(t))
        open_inline(r, in, t, attrs);
    else if (t == TAG_BREAK)
        open_break(r, in);
}

void html_rebuild_open(struct html_rebuild *r, enum html_tag t, const struct html_attrs *attrs)
{
    if (r->input_depth == HTML_REBUILD_DEPTH) {
        r->is_too_deep = true;
        r->lost++;
        return;
    }
    struct input *in = &r->inputs[r->input_depth++];
    *in = (struct input){0};
    if (t == TAG_DROP) {
        in->is_drop = true;
        r->drops++;
    }
    if (r->drops == 0 && !r->is_too_deep)
        open_any(r, in, t, attrs);
}

void html_rebuild_close(struct html_rebuild *r)
{
    if (r->lost) {
        r->lost--;
        return;
    }
    must(r->input_depth > 0);
    struct input in = r->inputs[--r->input_depth];
    if (in.is_drop)
        r->drops--;
    if (in.is_inner_table)
        r->inner_tables--;
    if (in.is_break)
        break_block(r);
    for (size_t d = r->depth; in.serial && d; d--)
        if (r->frames[d - 1].serial == in.serial) {
            pop_to(r, d - 1);
            return;
        }
}

/* Two breaks end the paragraph; it begins again with the same inline elements. */
static void split(struct html_rebuild *r, size_t leaf)
{
    for (size_t i = r->depth; i-- >= leaf;) {
        struct frame *f = &r->frames[i];
        if (f->is_written)
            write_close(r, f);
        f->is_written = f->has_text = false;
    }
}

static void write_gap(struct html_rebuild *r, const struct frame *leaf)
{
    struct str gap = buf_str(&r->gap);
    if (!leaf->has_text) {
        struct str line = STR_NONE, rest = gap.p ? gap : S("");
        while (str_split(&rest, '\n', &line))
            continue;
        gap = line;
    }
    buf_add(r->out, gap);
    buf_reset(&r->gap);
}

static void begin_text(struct html_rebuild *r)
{
    need_holder(r);
    size_t d = block_depth(r);
    struct frame *leaf = &r->frames[d - 1];
    bool is_pre = leaf->tag == TAG_PRE;
    if (!is_pre && !r->is_fresh) {
        if (r->breaks > 1 && leaf->tag == TAG_P)
            split(r, d);
        else if (r->breaks)
            buf_puts(r->out, "<br>");
        else if (r->has_space)
            buf_addc(r->out, ' ');
    }
    bool had_text = leaf->has_text;
    if (is_pre && had_text)
        write_gap(r, leaf);
    write_frames(r);
    if (is_pre && !had_text)
        write_gap(r, leaf);
    for (; r->nbsp; r->nbsp--)
        buf_puts(r->out, "\u00a0");
    mark_text(r);
    r->has_space = r->is_fresh = false;
    r->breaks = 0;
}

static void take_space(struct html_rebuild *r, char c)
{
    if (block_tag(r) != TAG_PRE)
        r->has_space = true;
    else if (c != '\r' && c != '\f')
        buf_addc(&r->gap, c);
}

/* U+00A0 alone does not make a block worth keeping, so at the start of one it waits. */
static bool waits(struct html_rebuild *r)
{
    size_t d = block_depth(r);
    const struct frame *f = d ? &r->frames[d - 1] : NULL;
    return !f || !f->has_text || !(is_leaf(f->tag) || is_holder(f->tag)) || (f->tag == TAG_P && r->breaks > 1);
}

/* A long solidus that no letter took up melts with the '>' of a tag before it when the text is normalised again. */
#define LONG_SOLIDUS 0x338

static void put_special(struct html_rebuild *r, struct str piece)
{
    size_t at = 0;
    uint32_t cp = text_next(piece, &at);
    if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == LONG_SOLIDUS)
        return;
    if (cp == 0xA0 && waits(r)) {
        r->nbsp++;
        return;
    }
    begin_text(r);
    text_put(r->out, cp);
}

/* Bytes that begin a code point put_special must look at: controls, U+0080-00BF, U+0300-033F. */
static bool is_special(char c)
{
    unsigned char u = (unsigned char)c;
    return u < 0x20 || u == 0x7F || u == 0xC2 || u == 0xCC;
}

/* Bytes that go out as they are: words and the single spaces between them. */
static size_t run_length(struct str text, size_t at)
{
    const char *p = text.p + at;
    size_t n = 0, left = text.n - at;
    while (n < left && !is_special(p[n])) {
        bool is_between = n && n + 1 < left && p[n + 1] != ' ' && !is_special(p[n + 1]);
        if (p[n] == ' ' && !is_between)
            break;
        n++;
    }
    return n;
}

void html_rebuild_text(struct html_rebuild *r, struct str text)
{
    if (r->drops || r->is_too_deep)
        return;
    for (size_t at = 0; at < text.n;) {
        char c = text.p[at];
        size_t n = run_length(text, at);
        if (n) {
            begin_text(r);
            html_tag_escape(str_sub(text, at, n), r->out);
            at += n;
        } else if (c == ' ' || (c >= 9 && c <= 13)) {
            take_space(r, c);
            at++;
        } else {
            size_t end = at;
            text_next(text, &end);
            put_special(r, str_sub(text, at, end - at));
            at = end;
        }
    }
}

enum err html_rebuild_end(struct html_rebuild *r, struct why *why)
{
    pop_to(r, 0);
    if (r->is_too_deep)
        return err_why(why, ERR_LIMIT, "", "the body is nested deeper than %d elements", HTML_REBUILD_DEPTH);
    if (!buf_ok(r->out))
        return err_why(why, ERR_LIMIT, "", "the body is longer than %zu bytes", r->out->max);
    return OK;
}
