#include "codec/html_tag.h"

static const char *const NAMES[TAG_COUNT] = {
    [TAG_P] = "p",
    [TAG_H2] = "h2",
    [TAG_H3] = "h3",
    [TAG_H4] = "h4",
    [TAG_PRE] = "pre",
    [TAG_BLOCKQUOTE] = "blockquote",
    [TAG_FIGURE] = "figure",
    [TAG_UL] = "ul",
    [TAG_OL] = "ol",
    [TAG_LI] = "li",
    [TAG_TABLE] = "table",
    [TAG_THEAD] = "thead",
    [TAG_TBODY] = "tbody",
    [TAG_TR] = "tr",
    [TAG_TH] = "th",
    [TAG_TD] = "td",
    [TAG_CAPTION] = "caption",
    [TAG_FIGCAPTION] = "figcaption",
    [TAG_HR] = "hr",
    [TAG_BR] = "br",
    [TAG_STRONG] = "strong",
    [TAG_EM] = "em",
    [TAG_U] = "u",
    [TAG_SUB] = "sub",
    [TAG_SUP] = "sup",
    [TAG_A] = "a",
    [TAG_SPAN] = "span",
    [TAG_Q] = "q",
};

const char *html_tag_name(enum html_tag t)
{
    must(t >= TAG_P && t < TAG_COUNT);
    return NAMES[t];
}

enum html_tag html_tag_find(struct str name)
{
    for (int t = TAG_P; name.n && t < TAG_COUNT; t++)
        if (NAMES[t][0] == name.p[0] && str_is(name, NAMES[t]))
            return (enum html_tag)t;
    return TAG_UNWRAP;
}

bool html_tag_is_inline(enum html_tag t)
{
    return t >= TAG_STRONG;
}

void html_tag_escape(struct str text, struct buf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c != '&' && c != '<' && c != '>')
            continue;
        buf_add(out, str_sub(text, from, i - from));
        buf_puts(out, c == '&' ? "&amp;" : c == '<' ? "&lt;" : "&gt;");
        from = i + 1;
    }
    buf_add(out, str_sub(text, from, text.n - from));
}

static bool is_made_of(struct str s, const char *more, size_t most)
{
    if (s.n == 0 || s.n > most)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i], low = (char)(c | 32);
        if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') && (c == 0 || !strchr(more, c)))
            return false;
    }
    return true;
}

/* Length of a scheme that a body may link to, with its colon and slashes; 0 for others. */
static size_t safe_scheme(struct str url)
{
    static const char *const allowed[] = {"http://", "https://", "mailto:"};
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        struct str s = str_from(allowed[i]);
        if (str_eq_nocase(str_sub(url, 0, s.n), s))
            return s.n;
    }
    return 0;
}

/* Browsers skip control characters inside a URL, so a URL that holds any is not judged but refused. */
static bool is_safe_url(struct str url)
{
    size_t scheme = safe_scheme(url);
    if (scheme == 0 || url.n == scheme || url.n > 2000)
        return false;
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= 0x20 || url.p[i] == 0x7F)
            return false;
    return true;
}

static bool is_span_count(struct str v)
{
    uint64_t n;
    return v.n <= 4 && v.n > 0 && v.p[0] != '0' && str_u64(v, &n) && n >= 2 && n <= 1000;
}

void html_tag_set(struct html_attrs *attrs, struct arena *a, enum html_tag t, struct str name, struct str value)
{
    value = str_trim(value);
    bool is_cell = t == TAG_TD || t == TAG_TH;
    if (str_is(name, "lang") && is_made_of(value, "-", 35))
        attrs->lang = arena_str(a, value);
    else if (str_is(name, "dir") && (str_is(value, "ltr") || str_is(value, "rtl") || str_is(value, "auto")))
        attrs->dir = arena_str(a, value);
    else if (t == TAG_A && str_is(name, "href") && is_safe_url(value))
        attrs->href = arena_str(a, value);
    else if (is_cell && str_is(name, "colspan") && is_span_count(value))
        attrs->colspan = arena_str(a, value);
    else if (is_cell && str_is(name, "rowspan") && is_span_count(value))
        attrs->rowspan = arena_str(a, value);
    else if (t == TAG_FIGURE && str_is(name, "data-assoc") && is_made_of(value, ":._-", 128))
        attrs->assoc = arena_str(a, value);
}

static void write_attr(struct buf *out, const char *name, struct str value)
{
    if (value.n == 0)
        return;
    buf_printf(out, " %s=\"", name);
    struct str part;
    bool is_first = true;
    while (str_split(&value, '"', &part)) {
        if (!is_first)
            buf_puts(out, "&quot;");
        html_tag_escape(part, out);
        is_first = false;
    }
    buf_addc(out, '"');
}

void html_tag_write_attrs(const struct html_attrs *attrs, struct buf *out)
{
    write_attr(out, "lang", attrs->lang);
    write_attr(out, "dir", attrs->dir);
    write_attr(out, "href", attrs->href);
    write_attr(out, "colspan", attrs->colspan);
    write_attr(out, "rowspan", attrs->rowspan);
    write_attr(out, "data-assoc", attrs->assoc);
}

/* Entities that our own writer makes; the length of the one at s.p[at], 0 when it is another. */
static size_t entity_at(struct str s, size_t at, char *out)
{
    static const struct {
        const char *name;
        char c;
    } entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}};
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (str_starts(str_sub(s, at, 6), str_from(entities[i].name))) {
            *out = entities[i].c;
            return strlen(entities[i].name);
        }
    return 0;
}

static bool is_escaped(struct str raw)
{
    char c;
    for (size_t i = 0; i < raw.n; i++)
        if (raw.p[i] == '>' || (raw.p[i] == '&' && entity_at(raw, i, &c) == 0))
            return false;
    return true;
}

void html_tag_unescape(struct str raw, struct buf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < raw.n; i++) {
        char c;
        size_t n = raw.p[i] == '&' ? entity_at(raw, i, &c) : 0;
        if (n == 0)
            continue;
        buf_add(out, str_sub(raw, from, i - from));
        buf_addc(out, c);
        from = i + n;
        i += n - 1;
    }
    buf_add(out, str_sub(raw, from, raw.n - from));
}

bool html_tag_next_attr(struct str raw, size_t *at, struct str *name, struct str *value)
{
    struct str rest = str_sub(raw, *at, raw.n);
    size_t eq = str_find(rest, S("=\""));
    if (rest.n == 0 || rest.p[0] != ' ' || eq == SIZE_MAX)
        return false;
    struct str after = str_sub(rest, eq + 2, rest.n);
    size_t end = str_find_char(after, '"');
    if (end == SIZE_MAX)
        return false;
    *name = str_sub(rest, 1, eq - 1);
    *value = str_sub(after, 0, end);
    *at += eq + 2 + end + 1;
    return true;
}

static bool are_attrs_ours(struct str raw)
{
    size_t at = 0;
    struct str name, value;
    while (html_tag_next_attr(raw, &at, &name, &value))
        if (!is_made_of(name, "-", 20) || !is_escaped(value) || str_find_char(value, '<') != SIZE_MAX)
            return false;
    return at == raw.n;
}

static struct html_token read_tag(struct str rest, size_t *at)
{
    struct html_token bad = {TOKEN_BAD, TAG_UNWRAP, STR_NONE};
    size_t end = str_find_char(rest, '>');
    if (end == SIZE_MAX)
        return bad;
    struct str inside = str_sub(rest, 1, end - 1);
    bool is_close = str_starts(inside, S("/"));
    if (is_close)
        inside = str_sub(inside, 1, inside.n);
    size_t space = str_find_char(inside, ' ');
    struct str name = str_sub(inside, 0, space == SIZE_MAX ? inside.n : space);
    struct str attrs = str_sub(inside, name.n, inside.n);
    enum html_tag t = html_tag_find(name);
    if (t < TAG_P || (is_close && attrs.n) || !are_attrs_ours(attrs))
        return bad;
    if ((t == TAG_BR || t == TAG_HR) && (is_close || attrs.n))
        return bad;
    *at += end + 1;
    return (struct html_token){is_close ? TOKEN_CLOSE : TOKEN_OPEN, t, attrs};
}

struct html_token html_tag_next(struct str body, size_t *at)
{
    if (*at >= body.n)
        return (struct html_token){TOKEN_END, TAG_UNWRAP, STR_NONE};
    struct str rest = str_sub(body, *at, body.n);
    if (rest.p[0] == '<')
        return read_tag(rest, at);
    size_t n = str_find_char(rest, '<');
    struct str raw = str_sub(rest, 0, n == SIZE_MAX ? rest.n : n);
    if (!is_escaped(raw))
        return (struct html_token){TOKEN_BAD, TAG_UNWRAP, STR_NONE};
    *at += raw.n;
    return (struct html_token){TOKEN_TEXT, TAG_UNWRAP, raw};
}
