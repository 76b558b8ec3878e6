#include "codec/html.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/html_has.h"
#include "codec/html_rebuild.h"

#include <libxml/HTMLparser.h>
#include <pthread.h>

/* What becomes of foreign elements; those not named are unwrapped. */
static const struct {
    const char *name;
    enum html_tag tag;
} FOREIGN[] = {
    {"b", TAG_STRONG},       {"i", TAG_EM},           {"h1", TAG_H2},         {"h5", TAG_H4},
    {"h6", TAG_H4},          {"tfoot", TAG_TBODY},    {"div", TAG_BREAK},     {"section", TAG_BREAK},
    {"article", TAG_BREAK},  {"aside", TAG_BREAK},    {"main", TAG_BREAK},    {"header", TAG_BREAK},
    {"footer", TAG_BREAK},   {"nav", TAG_BREAK},      {"address", TAG_BREAK}, {"center", TAG_BREAK},
    {"fieldset", TAG_BREAK}, {"legend", TAG_BREAK},   {"details", TAG_BREAK}, {"summary", TAG_BREAK},
    {"dl", TAG_BREAK},       {"dt", TAG_BREAK},       {"dd", TAG_BREAK},      {"hgroup", TAG_BREAK},
    {"dir", TAG_UL},         {"menu", TAG_UL},        {"script", TAG_DROP},   {"style", TAG_DROP},
    {"iframe", TAG_DROP},    {"object", TAG_DROP},    {"form", TAG_DROP},     {"svg", TAG_DROP},
    {"math", TAG_DROP},      {"embed", TAG_DROP},     {"applet", TAG_DROP},   {"template", TAG_DROP},
    {"noscript", TAG_DROP},  {"noembed", TAG_DROP},   {"noframes", TAG_DROP}, {"frameset", TAG_DROP},
    {"frame", TAG_DROP},     {"title", TAG_DROP},     {"textarea", TAG_DROP}, {"select", TAG_DROP},
    {"audio", TAG_DROP},     {"video", TAG_DROP},     {"canvas", TAG_DROP},   {"xmp", TAG_DROP},
    {"plaintext", TAG_DROP}, {"listing", TAG_DROP},   {"map", TAG_DROP},      {"base", TAG_DROP},
    {"link", TAG_DROP},      {"meta", TAG_DROP},      {"basefont", TAG_DROP}, {"dialog", TAG_DROP},
    {"input", TAG_DROP},     {"button", TAG_DROP},    {"option", TAG_DROP},   {"marquee", TAG_UNWRAP},
    {"img", TAG_UNWRAP},     {"font", TAG_UNWRAP},    {"html", TAG_UNWRAP},   {"head", TAG_UNWRAP},
    {"body", TAG_UNWRAP},    {"code", TAG_UNWRAP},    {"small", TAG_UNWRAP},  {"big", TAG_UNWRAP},
    {"s", TAG_UNWRAP},       {"del", TAG_UNWRAP},     {"ins", TAG_UNWRAP},    {"cite", TAG_UNWRAP},
    {"abbr", TAG_UNWRAP},    {"time", TAG_UNWRAP},    {"mark", TAG_UNWRAP},   {"strike", TAG_UNWRAP},
    {"tt", TAG_UNWRAP},      {"col", TAG_UNWRAP},     {"colgroup", TAG_UNWRAP}, {"image", TAG_UNWRAP},
};

static bool find_tag(struct str name, enum html_tag *out)
{
    *out = html_tag_find(name);
    if (*out != TAG_UNWRAP)
        return true;
    for (size_t i = 0; i < sizeof FOREIGN / sizeof FOREIGN[0]; i++)
        if (str_eq_nocase(name, str_from(FOREIGN[i].name))) {
            *out = FOREIGN[i].tag;
            return true;
        }
    return false;
}

struct walk {
    struct html_rebuild *r;
    htmlParserCtxtPtr parser;
    size_t depth;
};

static void on_start(void *arg, const xmlChar *xml_name, const xmlChar **pairs)
{
    struct walk *w = arg;
    struct str name = str_from((const char *)xml_name);
    enum html_tag t;
    struct html_attrs attrs = {0};
    find_tag(name, &t);
    for (; pairs && pairs[0]; pairs += 2)
        html_tag_set(&attrs, html_rebuild_arena(w->r), t, str_from((const char *)pairs[0]), str_from((const char *)pairs[1]));
    /* the parser's own work grows with the depth, so it is stopped there and not only its result refused */
    if (++w->depth > HTML_REBUILD_DEPTH)
        xmlStopParser(w->parser);
    html_rebuild_open(w->r, t, &attrs);
}

static void on_end(void *arg, const xmlChar *name)
{
    struct walk *w = arg;
    if (w->depth == 0)
        return;
    w->depth--;
    html_rebuild_close(w->r);
}

static void on_text(void *arg, const xmlChar *p, int n)
{
    struct walk *w = arg;
    html_rebuild_text(w->r, str_of((const char *)p, (size_t)n));
}

static enum err read_foreign(struct str in, struct html_rebuild *r, struct why *why)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, xmlInitParser);
    htmlParserCtxtPtr parser = htmlNewParserCtxt();
    must(parser);
    struct walk w = {r, parser, 0};
    *parser->sax = (xmlSAXHandler){.startElement = on_start, .endElement = on_end, .characters = on_text,
                                   .ignorableWhitespace = on_text, .initialized = 1};
    parser->userData = &w;
    htmlDocPtr doc = htmlCtxtReadMemory(parser, in.p, (int)in.n, NULL, "UTF-8",
                                        HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                            HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
    xmlFreeDoc(doc);
    htmlFreeParserCtxt(parser);
    while (w.depth) /* a stopped parser does not close what it opened */
        on_end(&w, NULL);
    return html_rebuild_end(r, why);
}

static void open_token(struct html_rebuild *r, const struct html_token *t, struct buf *value)
{
    struct html_attrs attrs = {0};
    struct str name, raw;
    for (size_t at = 0; html_tag_next_attr(t->raw, &at, &name, &raw);) {
        buf_reset(value);
        html_tag_unescape(raw, value);
        html_tag_set(&attrs, html_rebuild_arena(r), t->tag, name, buf_str(value));
    }
    html_rebuild_open(r, t->tag, &attrs);
    if (t->tag == TAG_BR || t->tag == TAG_HR)
        html_rebuild_close(r);
}

/* Our own spelling is read without the foreign parser: it is quicker, and what was cleaned once stays as it is whatever
 * that parser thinks of HTML. False when the text is not in our spelling or not well nested. */
static bool read_ours(struct str in, struct html_rebuild *r)
{
    enum html_tag open[HTML_REBUILD_DEPTH];
    size_t depth = 0;
    struct buf text = BUF_INIT(in.n + 1);
    bool is_ours = true;
    for (size_t at = 0; is_ours;) {
        struct html_token t = html_tag_next(in, &at);
        if (t.kind == TOKEN_END)
            break;
        bool is_void = t.tag == TAG_BR || t.tag == TAG_HR;
        if (t.kind == TOKEN_TEXT) {
            buf_reset(&text);
            html_tag_unescape(t.raw, &text);
            html_rebuild_text(r, buf_str(&text));
        } else if (t.kind == TOKEN_OPEN && depth < HTML_REBUILD_DEPTH - 1) {
            open_token(r, &t, &text);
            if (!is_void)
                open[depth++] = t.tag;
        } else if (t.kind == TOKEN_CLOSE && depth && open[depth - 1] == t.tag) {
            html_rebuild_close(r);
            depth--;
        } else {
            is_ours = false;
        }
    }
    buf_fini(&text);
    return is_ours && depth == 0;
}

/* '<' begins a tag only before the name of an element, so that "<KUMT.TOK>" and "a < b" stay what they are. */
static bool is_tag_at(struct str in, size_t at)
{
    struct str rest = str_sub(in, at + 1, 24);
    if (str_starts(rest, S("!")) || str_starts(rest, S("?")))
        return true;
    if (str_starts(rest, S("/")))
        rest = str_sub(rest, 1, rest.n);
    size_t n = 0;
    while (n < rest.n && !strchr(" \t\r\n/>", rest.p[n]))
        n++;
    char name[24];
    for (size_t i = 0; i < n; i++)
        name[i] = (char)(rest.p[i] >= 'A' && rest.p[i] <= 'Z' ? rest.p[i] | 32 : rest.p[i]);
    enum html_tag t;
    return n > 0 && n < rest.n && find_tag(str_of(name, n), &t);
}

static bool is_plain(struct str in)
{
    for (size_t i = 0; i < in.n; i++)
        if (in.p[i] == '<' && is_tag_at(in, i))
            return false;
    return true;
}

/* A blank line or a line set in by three spaces begins a paragraph (formats.md 1.1). */
static enum err read_plain(struct str in, struct html_rebuild *r, struct why *why)
{
    struct str rest = in.p ? in : S(""), line;
    bool is_open = false;
    while (str_split(&rest, '\n', &line)) {
        bool is_blank = str_trim(line).n == 0;
        if (is_open && (is_blank || str_starts(line, S("   ")))) {
            html_rebuild_close(r);
            is_open = false;
        }
        if (is_blank)
            continue;
        if (!is_open)
            html_rebuild_open(r, TAG_P, NULL);
        is_open = true;
        html_rebuild_text(r, line);
        html_rebuild_text(r, S(" "));
    }
    if (is_open)
        html_rebuild_close(r);
    return html_rebuild_end(r, why);
}

static enum err rebuild(struct str in, struct buf *out, struct why *why)
{
    struct html_rebuild *r = html_rebuild_new(out);
    enum err e = OK;
    if (is_plain(in)) {
        e = read_plain(in, r, why);
    } else if (read_ours(in, r)) {
        e = html_rebuild_end(r, why);
    } else {
        html_rebuild_free(&r);
        buf_reset(out);
        r = html_rebuild_new(out);
        e = read_foreign(in, r, why);
    }
    html_rebuild_free(&r);
    return e;
}

enum err html_clean(struct str in, struct buf *out, struct why *why)
{
    if (!text_is_utf8(in))
        return err_why(why, ERR_PARSE, "", "the body is not valid UTF-8");
    if (in.n > INT32_MAX / 4)
        return err_why(why, ERR_LIMIT, "", "the body is longer than %d bytes", INT32_MAX / 4);
    struct buf sound = BUF_INIT(in.n * 3 + 16), built = BUF_INIT(out->max);
    text_nfc(in, &sound);
    enum err e = rebuild(buf_str(&sound), &built, why);
    /* again, for texts that touch only now, and for what stood there as entities */
    if (e == OK)
        text_nfc(buf_str(&built), out);
    if (e == OK && !buf_ok(out))
        e = err_why(why, ERR_LIMIT, "", "the body is longer than %zu bytes", out->max);
    buf_fini(&built);
    buf_fini(&sound);
    return e;
}

bool html_is_table_only(struct str clean)
{
    size_t at = 0, depth = 0;
    bool has_table = false;
    for (;;) {
        struct html_token t = html_tag_next(clean, &at);
        bool is_table = t.tag == TAG_TABLE || t.tag == TAG_PRE;
        if (t.kind == TOKEN_END)
            return has_table;
        if (t.kind == TOKEN_BAD)
            return false;
        if (is_table && t.kind == TOKEN_OPEN) {
            depth++;
            has_table = true;
        } else if (is_table && depth) {
            depth--;
        } else if (t.kind == TOKEN_TEXT && depth == 0) {
            return false;
        }
    }
}

enum err html_for_has(struct str clean, struct buf *out)
{
    return html_has_write(clean, out);
}
