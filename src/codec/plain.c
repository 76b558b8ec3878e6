#include "codec/plain.h"
#include "base/text.h"
#include "codec/html_tag.h"
#include "codec/near.h"

#define LINES_MOST 500
#define NAME_MOST 40

/* How a value is written as JSON. */
enum form { FORM_TEXT, FORM_NUMBER, FORM_CODES, FORM_LIST, FORM_FIGURE, FORM_QUOTE, FORM_LINK, FORM_REF };

static const struct key {
    const char *name;   /* in the file; letter case does not count */
    const char *parent; /* member that holds it, or NULL */
    const char *member;
    enum form form;
} KEYS[] = {
    {"Headline", NULL, "headline", FORM_TEXT},
    {"Spot", NULL, "spot", FORM_TEXT},
    {"Slug", NULL, "slugline", FORM_TEXT},
    {"Byline", NULL, "byline", FORM_TEXT},
    {"Take", NULL, "take", FORM_TEXT},
    {"City", "dateline", "city", FORM_TEXT},
    {"Country", "dateline", "country", FORM_TEXT},
    {"Language", NULL, "language", FORM_TEXT},
    {"Type", NULL, "type", FORM_TEXT},
    {"Kind", NULL, "kind", FORM_TEXT},
    {"Priority", NULL, "priority", FORM_NUMBER},
    {"Provider", NULL, "provider", FORM_NUMBER},
    {"Package", NULL, "package", FORM_CODES},
    {"Category", NULL, "category", FORM_CODES},
    {"Keywords", NULL, "keywords", FORM_LIST},
    {"Subjects", NULL, "subjects", FORM_LIST},
    {"Places", NULL, "places", FORM_LIST},
    {"Sections", NULL, "sections", FORM_LIST},
    {"Media", NULL, "media", FORM_LIST},
    {"Ednote", NULL, "ednote", FORM_TEXT},
    {"Usage-Terms", NULL, "usage_terms", FORM_TEXT},
    {"Source-Name", "source", "name", FORM_TEXT},
    {"Source-Document", "source", "document", FORM_TEXT},
    {"Source-At", "source", "at", FORM_TEXT},
    {"Source-Id", NULL, "source_id", FORM_TEXT},
    {"Public", NULL, "public", FORM_TEXT},
    {"Public-Summary", NULL, "public_summary", FORM_TEXT},
    {"Embargo", NULL, "embargo", FORM_TEXT},
    {"Schedule", NULL, "schedule", FORM_TEXT},
    {"Expires", NULL, "expires", FORM_TEXT},
    {"Desk", NULL, "desk", FORM_TEXT},
    {"State", NULL, "state", FORM_TEXT},
    {"Figure", NULL, "figures", FORM_FIGURE},
    {"Quote", NULL, "quotes", FORM_QUOTE},
    {"Link", NULL, "links", FORM_LINK},
    {"Key", NULL, "key", FORM_TEXT},
    {"Act", NULL, "act", FORM_TEXT},
    {"Of", NULL, "of", FORM_REF},
    {"Note", NULL, "note", FORM_TEXT},
    {"Reason", NULL, "reason", FORM_TEXT},
};
#define KEY_COUNT (sizeof KEYS / sizeof KEYS[0])

struct header {
    size_t key; /* in KEYS */
    struct str value;
};
struct file {
    struct arena *arena;
    struct header headers[LINES_MOST];
    size_t count;
    struct str body;
    const struct plain_keys *keys;
};

static bool is_repeatable(const struct key *k)
{
    return k->form >= FORM_FIGURE && k->form <= FORM_LINK;
}

static size_t find_key(struct str name)
{
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (str_eq_nocase(name, str_from(KEYS[i].name)))
            return i;
    return KEY_COUNT;
}

static const char *nearest(struct str name)
{
    size_t best = NEAR_FAR, at = 0;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        size_t d = near_distance(name, str_from(KEYS[i].name));
        if (d < best) {
            best = d;
            at = i;
        }
    }
    return near_enough(name, best) ? KEYS[at].name : NULL;
}

static enum err wrong(struct why *why, size_t line, const char *text, struct str about)
{
    char at[32];
    snprintf(at, sizeof at, "line %zu", line);
    return err_why(why, ERR_PARSE, at, "line %zu: %s \"%.*s\"", line, text, STR_FMT(str_sub(about, 0, 60)));
}

static enum err wrong_key(struct why *why, size_t line, struct str name)
{
    char at[32];
    const char *near = nearest(name);
    if (!near)
        return wrong(why, line, "unknown key", name);
    snprintf(at, sizeof at, "line %zu", line);
    return err_why(why, ERR_PARSE, at, "line %zu: unknown key \"%.*s\"; did you mean %s?", line, STR_FMT(name), near);
}

static bool has_key(const struct file *f, size_t key)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->headers[i].key == key)
            return true;
    return false;
}

/* A line that begins with a space goes on with the value before it. */
static enum err read_header(struct file *f, struct str line, size_t number, struct why *why)
{
    if (line.p[0] == ' ' || line.p[0] == '\t') {
        if (f->count == 0)
            return wrong(why, number, "the file begins with a space; a line is `Key: value`, not", line);
        struct header *h = &f->headers[f->count - 1];
        h->value = arena_printf(f->arena, "%.*s %.*s", STR_FMT(h->value), STR_FMT(str_trim(line)));
        return OK;
    }
    size_t colon = str_find_char(line, ':');
    if (colon == SIZE_MAX || colon > NAME_MOST)
        return wrong(why, number, "a line of the header is `Key: value`, and a blank line parts it from the body; found", line);
    struct str name = str_trim(str_sub(line, 0, colon));
    size_t key = find_key(name);
    if (key == KEY_COUNT)
        return wrong_key(why, number, name);
    if (!is_repeatable(&KEYS[key]) && has_key(f, key))
        return wrong(why, number, "this key stands twice:", name);
    if (f->count == LINES_MOST)
        return wrong(why, number, "the header is too long at", name);
    f->headers[f->count++] = (struct header){key, str_trim(str_sub(line, colon + 1, line.n))};
    return OK;
}

static enum err read_file(struct file *f, struct str file, struct why *why)
{
    struct str rest = str_starts(file, S("\xEF\xBB\xBF")) ? str_sub(file, 3, file.n) : file, line;
    if (!text_is_utf8(file))
        return err_why(why, ERR_PARSE, "", "the file is not valid UTF-8");
    if (!rest.p)
        rest = S("");
    for (size_t number = 1; str_split(&rest, '\n', &line); number++) {
        if (str_trim(line).n == 0) {
            if (f->count == 0)
                continue;
            f->body = rest;
            break;
        }
        enum err e = read_header(f, line, number, why);
        if (e)
            return e;
    }
    if (f->count == 0)
        return err_why(why, ERR_PARSE, "line 1", "the file is empty; it needs at least a line `Headline: …`");
    return OK;
}

static bool is_number(struct str s)
{
    size_t i = s.n && s.p[0] == '-', digits = i;
    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    if (i == digits || i - digits > 15 || (s.p[digits] == '0' && i - digits > 1))
        return false;
    if (i == s.n)
        return true;
    digits = i + 1;
    if (s.p[i] != '.' || digits == s.n || s.n - digits > 12)
        return false;
    for (i = digits; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

/* What is no number goes out as a string, so that native_read names it. */
static void write_number(struct jw *w, const char *key, struct str value)
{
    if (is_number(value))
        jw_raw(w, key, value);
    else
        jw_str(w, key, value);
}

static void write_list(struct jw *w, const struct key *k, struct str value)
{
    struct str part;
    jw_open_list(w, k->member);
    while (str_split(&value, ',', &part)) {
        part = str_trim(part);
        if (part.n && k->form == FORM_CODES)
            write_number(w, NULL, part);
        else if (part.n)
            jw_str(w, NULL, part);
    }
    jw_close_list(w);
}

static struct str take_part(struct str *rest)
{
    struct str part;
    return str_split(rest, '|', &part) ? str_trim(part) : STR_NONE;
}

static void write_figure(struct jw *w, struct str value)
{
    struct str number = take_part(&value), unit = take_part(&value), text = take_part(&value), by = take_part(&value);
    jw_open(w, NULL);
    write_number(w, "value", number);
    jw_str_if(w, "unit", unit);
    jw_str_if(w, "text", text);
    jw_str_if(w, "said_by", by);
    jw_str_if(w, "since", take_part(&value));
    jw_close(w);
}

static void write_quote(struct jw *w, struct str value)
{
    struct str text = take_part(&value);
    jw_open(w, NULL);
    jw_str(w, "text", text);
    jw_str_if(w, "said_by", take_part(&value));
    jw_close(w);
}

static struct str id_of(const struct file *f, struct str key)
{
    struct str id;
    return f->keys && f->keys->id_of(f->keys->arg, key, &id) ? id : key;
}

static void write_link(struct jw *w, const struct file *f, struct str value)
{
    size_t space = str_find_char(value, ' ');
    size_t n = space == SIZE_MAX ? value.n : space;
    jw_open(w, NULL);
    jw_str(w, "rel", str_sub(value, 0, n));
    jw_str(w, "id", id_of(f, str_trim(str_sub(value, n, value.n))));
    jw_close(w);
}

static void write_repeated(struct jw *w, const struct file *f, size_t key)
{
    jw_open_list(w, KEYS[key].member);
    for (size_t i = 0; i < f->count; i++) {
        if (f->headers[i].key != key)
            continue;
        if (KEYS[key].form == FORM_FIGURE)
            write_figure(w, f->headers[i].value);
        else if (KEYS[key].form == FORM_QUOTE)
            write_quote(w, f->headers[i].value);
        else
            write_link(w, f, f->headers[i].value);
    }
    jw_close_list(w);
}

static void write_value(struct jw *w, const struct file *f, size_t key)
{
    const struct key *k = &KEYS[key];
    struct str value = STR_NONE;
    for (size_t i = 0; i < f->count; i++)
        if (f->headers[i].key == key)
            value = f->headers[i].value;
    if (value.n == 0)
        return;
    if (k->form == FORM_NUMBER)
        write_number(w, k->member, value);
    else if (k->form == FORM_CODES || k->form == FORM_LIST)
        write_list(w, k, value);
    else
        jw_str(w, k->member, k->form == FORM_REF ? id_of(f, value) : value);
}

static bool has_parent(const struct file *f, const char *parent)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct key *k = &KEYS[f->headers[i].key];
        if (k->parent && !strcmp(k->parent, parent) && f->headers[i].value.n)
            return true;
    }
    return false;
}

static void write_parent(struct jw *w, const struct file *f, const char *parent)
{
    if (!has_parent(f, parent))
        return;
    jw_open(w, parent);
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (KEYS[i].parent && !strcmp(KEYS[i].parent, parent))
            write_value(w, f, i);
    jw_close(w);
}

/* The open block of the body: none, a paragraph, one in a quotation, a quotation between two of them. */
enum block { BLOCK_NONE, BLOCK_P, BLOCK_QUOTE, BLOCK_QUOTE_GAP };

static void close_block(struct buf *out, enum block *b)
{
    static const char *const ends[] = {"", "</p>", "</p></blockquote>", "</blockquote>"};
    buf_puts(out, ends[*b]);
    *b = BLOCK_NONE;
}

static void put_line(struct buf *out, enum block *b, enum block want, struct str text)
{
    if (*b == want) {
        buf_addc(out, ' ');
    } else if (*b == BLOCK_QUOTE_GAP && want == BLOCK_QUOTE) {
        buf_puts(out, "<p>");
    } else {
        close_block(out, b);
        buf_puts(out, want == BLOCK_QUOTE ? "<blockquote><p>" : "<p>");
    }
    *b = want;
    html_tag_escape(text, out);
}

static void make_body(struct str text, struct buf *out)
{
    enum block open = BLOCK_NONE;
    struct str line;
    while (text.p && str_split(&text, '\n', &line)) {
        line = str_trim(line);
        if (line.n == 0) {
            close_block(out, &open);
        } else if (str_starts(line, S("## "))) {
            close_block(out, &open);
            buf_puts(out, "<h3>");
            html_tag_escape(str_trim(str_sub(line, 3, line.n)), out);
            buf_puts(out, "</h3>");
        } else if (str_is(line, ">")) {
            buf_puts(out, open == BLOCK_QUOTE ? "</p>" : "");
            open = open == BLOCK_QUOTE ? BLOCK_QUOTE_GAP : open;
        } else if (str_starts(line, S("> "))) {
            put_line(out, &open, BLOCK_QUOTE, str_trim(str_sub(line, 2, line.n)));
        } else {
            put_line(out, &open, BLOCK_P, line);
        }
    }
    close_block(out, &open);
}

static enum err write_story(const struct file *f, struct buf *out, struct why *why)
{
    struct jw w = jw_start(out);
    struct buf body = BUF_INIT(out->max);
    jw_open(&w, NULL);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (KEYS[i].parent)
            continue;
        if (!is_repeatable(&KEYS[i]))
            write_value(&w, f, i);
        else if (has_key(f, i))
            write_repeated(&w, f, i);
    }
    write_parent(&w, f, "dateline");
    write_parent(&w, f, "source");
    make_body(f->body, &body);
    jw_str_if(&w, "body", buf_str(&body));
    jw_close(&w);
    bool is_full = !buf_ok(&body) || !buf_ok(out);
    buf_fini(&body);
    return is_full ? err_why(why, ERR_LIMIT, "", "the story is longer than %zu bytes", out->max) : OK;
}

enum err plain_to_json_with(struct str file, const struct plain_keys *keys, struct buf *out_json, struct why *why)
{
    struct arena *a = arena_new(4096);
    struct file *f = arena_make(a, struct file);
    f->arena = a;
    f->keys = keys;
    enum err e = read_file(f, file, why);
    if (e == OK)
        e = write_story(f, out_json, why);
    arena_free(&a);
    return e;
}

enum err plain_to_json(struct str file, struct buf *out_json, struct why *why)
{
    return plain_to_json_with(file, NULL, out_json, why);
}
