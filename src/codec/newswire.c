#include "codec/newswire.h"
#include "base/clock.h"
#include "base/text.h"
#include "codec/html_tag.h"

#define TEXT_MOST (4u * 1024 * 1024)

/* Handling codes as sent; ours by docs/formats/import.md. */
static int priority_of(struct str kind, struct str prio)
{
    static const char codes[] = "fbursdhwa";
    static const int priorities[] = {1, 2, 3, 4, 5, 4, 4, 4, 5};
    const char *at = prio.n == 1 && prio.p[0] ? strchr(codes, prio.p[0]) : NULL;
    if (at)
        return priorities[at - codes];
    return str_is(kind, "flash") ? 2 : 4;
}

static int category_of(const struct json *line)
{
    if (json_count(json_get(line, "topics")) || json_count(json_get(line, "exchanges")))
        return 3;
    return json_count(json_get(line, "people")) ? 6 : 1;
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool has_small(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (is_small(s.p[i]))
            return true;
    return false;
}

/* NEW YORK -> New York; what has small letters already stays. */
static void put_title(struct buf *out, struct str s)
{
    bool is_start = true, is_fixed = has_small(s);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!is_fixed && is_capital(c) && !is_start)
            c = (char)(c | 32);
        is_start = !is_capital(s.p[i]) && (unsigned char)s.p[i] < 0x80;
        buf_addc(out, c);
    }
}

/* west-germany -> West Germany, usa -> USA */
static void put_place(struct buf *out, struct str s)
{
    static const char *const short_names[] = {"usa", "uk", "ussr", "uae"};
    bool is_short = false, is_start = true;
    for (size_t i = 0; i < sizeof short_names / sizeof short_names[0]; i++)
        is_short |= str_is(s, short_names[i]);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (is_small(c) && (is_start || is_short))
            c = (char)(c & ~32);
        is_start = c == '-';
        buf_addc(out, c == '-' ? ' ' : c);
    }
}

/* "By Ada Örnek, Agency" -> "Ada Örnek" */
static struct str bare_byline(struct str s)
{
    if (str_eq_nocase(str_sub(s, 0, 3), S("by ")))
        s = str_sub(s, 3, s.n);
    size_t comma = str_find_char(s, ',');
    return str_trim(comma == SIZE_MAX ? s : str_sub(s, 0, comma));
}

static void put_paragraphs(struct buf *out, struct str body)
{
    struct str line;
    bool is_open = false;
    while (body.p && str_split(&body, '\n', &line)) {
        line = str_trim(line);
        if (line.n == 0) {
            buf_puts(out, is_open ? "</p>" : "");
            is_open = false;
            continue;
        }
        buf_puts(out, is_open ? " " : "<p>");
        html_tag_escape(line, out);
        is_open = true;
    }
    buf_puts(out, is_open ? "</p>" : "");
}

/* Market tables: one row per line of source, none joined. */
static void put_rows(struct buf *out, struct str body)
{
    struct str line;
    bool has_any = false;
    while (body.p && str_split(&body, '\n', &line)) {
        if (str_trim(line).n == 0)
            continue;
        buf_puts(out, has_any ? "\n" : "<pre>");
        html_tag_escape(line, out);
        has_any = true;
    }
    buf_puts(out, has_any ? "</pre>" : "");
}

static void write_body(struct jw *w, struct str kind, struct str body)
{
    struct buf html = BUF_INIT(TEXT_MOST);
    if (str_is(kind, "raw"))
        put_rows(&html, body);
    else
        put_paragraphs(&html, body);
    jw_str_if(w, "body", buf_str(&html));
    buf_fini(&html);
}

static void write_list(struct jw *w, const char *key, const struct json *list, bool is_place)
{
    struct buf b = BUF_INIT(4096);
    jw_open_list(w, key);
    for (size_t i = 0; i < json_count(list) && i < 100; i++) {
        struct str s = str_trim(json_str(json_at(list, i)));
        buf_reset(&b);
        if (is_place)
            put_place(&b, s);
        else
            buf_add(&b, s);
        if (b.n)
            jw_str(w, NULL, buf_str(&b));
    }
    jw_close_list(w);
    buf_fini(&b);
}

static void write_title_if(struct jw *w, const char *key, struct str s)
{
    struct buf b = BUF_INIT(4096);
    put_title(&b, s);
    jw_str_if(w, key, buf_str(&b));
    buf_fini(&b);
}

static void write_dateline(struct jw *w, struct str city)
{
    size_t comma = str_find_char(city, ',');
    city = str_trim(comma == SIZE_MAX ? city : str_sub(city, 0, comma));
    if (city.n == 0)
        return;
    jw_open(w, "dateline");
    write_title_if(w, "city", city);
    jw_close(w);
}

static void write_source(struct jw *w, const struct json *line, int64_t at_ms)
{
    struct str name = json_str(json_get(line, "source"));
    jw_open(w, "source");
    jw_str(w, "name", name.n ? name : S("Reuters"));
    jw_time(w, "at", at_ms);
    jw_close(w);
    jw_str_if(w, "source_id", json_str(json_get(line, "id")));
}

static void write_line(struct buf *out, const struct json *line, int64_t at_ms)
{
    struct jw w = jw_start(out);
    struct str kind = json_str(json_get(line, "kind"));
    struct str lang = json_str(json_get(line, "lang"));
    jw_open(&w, NULL);
    jw_str(&w, "language", lang.n ? lang : S("en"));
    jw_int(&w, "priority", priority_of(kind, json_str(json_get(line, "prio"))));
    jw_int(&w, "category", category_of(line));
    jw_str(&w, "headline", str_trim(json_str(json_get(line, "title"))));
    jw_str_if(&w, "slugline", json_str(json_get(line, "slug")));
    write_title_if(&w, "byline", bare_byline(str_trim(json_str(json_get(line, "byline")))));
    write_dateline(&w, str_trim(json_str(json_get(line, "city"))));
    write_body(&w, kind, json_str(json_get(line, "body")));
    write_list(&w, "keywords", json_get(line, "topics"), false);
    write_list(&w, "places", json_get(line, "places"), true);
    write_source(&w, line, at_ms);
    jw_close(&w);
}

/* A story as we export it: what the server gives is left out, its id becomes the source's. */
static void write_native(struct buf *out, const struct json *line)
{
    static const char *const given[] = {"id",    "version",    "seq",             "state", "at",    "first_published",
                                        "updated", "public_url", "event", "by",    "archive"};
    struct jw w = jw_start(out);
    struct buf value = BUF_INIT(TEXT_MOST);
    struct str name;
    const struct json *member;
    jw_open(&w, NULL);
    for (void *at = NULL; json_next(line, &at, &name, &member);) {
        char key[64];
        bool is_given = !str_copy(name, key, sizeof key);
        for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
            is_given |= str_is(name, given[i]);
        if (is_given)
            continue;
        buf_reset(&value);
        json_print(member, &value);
        jw_raw(&w, key, buf_str(&value));
    }
    if (!json_get(line, "source_id"))
        jw_str_if(&w, "source_id", json_str(json_get(line, "id")));
    jw_close(&w);
    buf_fini(&value);
}

static enum err read_time(const struct json *j, int64_t *out, struct why *why)
{
    struct str s = json_str(j);
    if (s.n == 0)
        return err_why(why, ERR_FIELD, "/date", "has no date, so it has no place in an archive");
    if (clock_parse(s, out) != OK)
        return err_why(why, ERR_FIELD, "/date", "its date \"%.*s\" cannot be read", STR_FMT(str_sub(s, 0, 40)));
    return OK;
}

static enum err convert(const struct json *line, struct buf *out, int64_t *out_at_ms, struct why *why)
{
    bool is_native = json_get(line, "headline") != NULL;
    const struct json *date = json_get(line, "date");
    int64_t at_ms = 0;
    if (is_native)
        date = json_get(line, "at") ? json_get(line, "at") : json_get(line, "first_published");
    else if (str_trim(json_str(json_get(line, "title"))).n == 0)
        return err_why(why, ERR_FIELD, "/title", "has no headline");
    enum err e = read_time(date, &at_ms, why);
    if (e)
        return e;
    if (is_native)
        write_native(out, line);
    else
        write_line(out, line, at_ms);
    if (!buf_ok(out))
        return err_why(why, ERR_LIMIT, "", "the story is longer than %zu bytes", out->max);
    *out_at_ms = at_ms;
    return OK;
}

enum err newswire_to_json(struct str line, struct buf *out_json, int64_t *out_at_ms, struct why *why)
{
    struct json *root = NULL;
    enum err e = json_parse(line, &root, why);
    if (e)
        return e;
    if (json_kind(root) != JSON_OBJECT)
        e = err_why(why, ERR_FIELD, "", "a line must be a JSON object");
    else
        e = convert(root, out_json, out_at_ms, why);
    json_free(&root);
    return e;
}
