#include "store/glance.h"

#include "base/text.h"

/* Walks the members of one object; `raw` is a member's value as it stands, strings with their quotes. */
struct walk {
    struct str s;
    size_t at;
    struct str key, raw;
};

static void skip_space(struct walk *w)
{
    while (w->at < w->s.n && (w->s.p[w->at] == ' ' || (w->s.p[w->at] >= '\t' && w->s.p[w->at] <= '\r')))
        w->at++;
}

/* At an opening quote: moves behind the closing one. */
static bool skip_string(struct walk *w)
{
    for (w->at++; w->at < w->s.n; w->at++) {
        const char *quote = memchr(w->s.p + w->at, '"', w->s.n - w->at);
        if (!quote)
            return false;
        w->at = (size_t)(quote - w->s.p);
        size_t slashes = 0;
        while (slashes < w->at && quote[-(ptrdiff_t)slashes - 1] == '\\')
            slashes++;
        if (slashes % 2 == 0) {
            w->at++;
            return true;
        }
    }
    return false;
}

/* At a bracket: moves behind its partner. */
static bool skip_nested(struct walk *w)
{
    for (size_t depth = 0; w->at < w->s.n;) {
        char c = w->s.p[w->at];
        if (c == '"') {
            if (!skip_string(w))
                return false;
            continue;
        }
        w->at++;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        if (depth == 0)
            return true;
    }
    return false;
}

static bool skip_value(struct walk *w)
{
    if (w->at >= w->s.n)
        return false;
    char c = w->s.p[w->at];
    if (c == '"')
        return skip_string(w);
    if (c == '{' || c == '[')
        return skip_nested(w);
    while (w->at < w->s.n && !strchr(",]} \n\r\t", w->s.p[w->at]))
        w->at++;
    return true;
}

static bool start(struct walk *w, struct str object)
{
    *w = (struct walk){.s = object};
    skip_space(w);
    return w->at < object.n && object.p[w->at] == '{';
}

/* At '{' or ',': takes the next member. */
static bool next(struct walk *w)
{
    if (w->s.p[w->at] == '}')
        return false;
    w->at++;
    skip_space(w);
    size_t from = w->at;
    if (w->at >= w->s.n || w->s.p[w->at] != '"' || !skip_string(w))
        return false;
    w->key = str_sub(w->s, from + 1, w->at - from - 2);
    skip_space(w);
    if (w->at >= w->s.n || w->s.p[w->at++] != ':')
        return false;
    skip_space(w);
    from = w->at;
    if (!skip_value(w))
        return false;
    w->raw = str_sub(w->s, from, w->at - from);
    skip_space(w);
    return w->at < w->s.n;
}

static bool hex4(struct str s, size_t at, uint32_t *out)
{
    uint32_t v = 0;
    if (at + 4 > s.n)
        return false;
    for (size_t i = at; i < at + 4; i++) {
        char c = s.p[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
        if (digit < 0)
            return false;
        v = v << 4 | (uint32_t)digit;
    }
    *out = v;
    return true;
}

/* The escape at s.p[at] (after the backslash) onto `out`; returns the bytes used. */
static size_t unescape(struct str s, size_t at, struct buf *out)
{
    static const char FROM[] = "\"\\/bfnrt", TO[] = "\"\\/\b\f\n\r\t";
    const char *simple = s.p[at] ? strchr(FROM, s.p[at]) : NULL;
    uint32_t cp, low;
    if (simple) {
        buf_addc(out, TO[simple - FROM]);
        return 1;
    }
    if (s.p[at] != 'u' || !hex4(s, at + 1, &cp))
        return 1;
    if (cp >= 0xD800 && cp < 0xDC00 && at + 7 < s.n && s.p[at + 5] == '\\' && s.p[at + 6] == 'u' &&
        hex4(s, at + 7, &low) && low >= 0xDC00 && low < 0xE000) {
        text_put(out, 0x10000 + ((cp - 0xD800) << 10 | (low - 0xDC00)));
        return 11;
    }
    text_put(out, cp);
    return 5;
}

static struct str text_of(struct arena *a, struct str raw)
{
    if (raw.n < 2 || raw.p[0] != '"')
        return STR_NONE;
    struct str inner = str_sub(raw, 1, raw.n - 2);
    if (str_find_char(inner, '\\') == SIZE_MAX)
        return arena_str(a, inner);
    struct buf out = BUF_INIT(inner.n + 4);
    for (size_t at = 0; at < inner.n;) {
        if (inner.p[at] == '\\' && at + 1 < inner.n)
            at += 1 + unescape(inner, at + 1, &out);
        else
            buf_addc(&out, inner.p[at++]);
    }
    struct str s = arena_str(a, buf_str(&out));
    buf_fini(&out);
    return s;
}

void glance_lines(struct arena *a, struct str text, struct glance *out)
{
    *out = (struct glance){STR_NONE, STR_NONE, STR_NONE};
    struct walk w;
    if (!start(&w, text))
        return;
    while (next(&w)) {
        if (str_is(w.key, "headline"))
            out->headline = text_of(a, w.raw);
        else if (str_is(w.key, "spot"))
            out->spot = text_of(a, w.raw);
        else if (str_is(w.key, "slugline"))
            out->slugline = text_of(a, w.raw);
        else if (str_is(w.key, "body"))
            return; /* native_write_text puts the lines first */
    }
}

struct str glance_text(struct arena *a, struct str object, const char *key)
{
    struct walk w;
    if (start(&w, object))
        while (next(&w))
            if (str_is(w.key, key))
                return text_of(a, w.raw);
    return STR_NONE;
}

static uint8_t number_of(struct str raw)
{
    uint64_t v;
    return str_u64(raw, &v) && v < 256 ? (uint8_t)v : 0;
}

static void set_of(struct str raw, struct codeset *out)
{
    struct str rest = str_sub(raw, 1, raw.n < 2 ? 0 : raw.n - 2), part;
    while (rest.p && rest.n && str_split(&rest, ',', &part)) {
        unsigned code = number_of(str_trim(part));
        if (code)
            codeset_add(out, code);
    }
}

static void take_code(const struct walk *w, struct story_codes *c)
{
    enum story_type type;
    enum story_kind kind;
    struct str word = w->raw.n >= 2 ? str_sub(w->raw, 1, w->raw.n - 2) : STR_NONE;
    if (str_is(w->key, "type") && story_type_parse(word, &type))
        c->type = (uint8_t)type;
    else if (str_is(w->key, "kind") && story_kind_parse(word, &kind))
        c->kind = (uint8_t)kind;
    else if (str_is(w->key, "priority"))
        c->priority = number_of(w->raw);
    else if (str_is(w->key, "provider"))
        c->provider = number_of(w->raw);
    else if (str_is(w->key, "package"))
        set_of(w->raw, &c->package);
    else if (str_is(w->key, "category"))
        set_of(w->raw, &c->category);
    else if (str_is(w->key, "language_code"))
        c->language = number_of(w->raw);
    else if (str_is(w->key, "archive"))
        c->is_archive = str_is(w->raw, "true");
}

bool glance_codes(struct str meta, struct story_codes *out)
{
    *out = (struct story_codes){0};
    struct walk w;
    if (!start(&w, meta))
        return false;
    while (next(&w))
        take_code(&w, out);
    bool is_whole = w.at < w.s.n && w.s.p[w.at] == '}';
    if (!is_whole)
        *out = (struct story_codes){0};
    return is_whole;
}
