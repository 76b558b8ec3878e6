#include "codec/native_list.h"

static bool begin(struct native_reader *r, const struct json *j)
{
    if (json_kind(j) != JSON_LIST) {
        native_field_fault(r, "must be a list");
        return false;
    }
    if (json_count(j) > NATIVE_LIST_MOST && !r->is_stored) {
        native_field_fault(r, "has %zu members; at most %d are allowed", json_count(j), NATIVE_LIST_MOST);
        return false;
    }
    return true;
}

static bool has(const struct str *v, size_t n, struct str s)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(v[i], s))
            return true;
    return false;
}

typedef const char *fit_fn(struct str s); /* NULL when s fits, else what it must be */

static void read_strings(struct native_reader *r, const struct json *j, struct strs *out, size_t most, fit_fn *fit)
{
    if (json_kind(j) == JSON_NULL) {
        *out = (struct strs){NULL, 0};
        return;
    }
    if (!begin(r, j))
        return;
    struct str *v = arena_array(r->arena, struct str, json_count(j) + 1);
    size_t n = 0;
    for (size_t i = 0; i < json_count(j); i++) {
        size_t mark = native_field_enter_at(r, i);
        struct str s = STR_NONE;
        bool is_read = native_field_line(r, json_at(j, i), most, &s);
        const char *must_be = is_read && fit && !r->is_stored ? fit(s) : NULL;
        if (is_read && s.n == 0 && !r->is_stored)
            native_field_fault(r, "must not be empty");
        else if (must_be)
            native_field_fault(r, "must be %s", must_be);
        else if (is_read && (r->is_stored || !has(v, n, s)))
            v[n++] = s;
        native_field_leave(r, mark);
    }
    *out = (struct strs){v, n};
}

static bool is_alnum(char c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= '0' && c <= '9');
}

static const char *fit_subject(struct str s)
{
    static const char *const must_be = "a scheme and a code, such as medtop:20000204";
    size_t colon = str_find_char(s, ':');
    if (colon == SIZE_MAX || colon == 0 || colon + 1 == s.n || !is_alnum(s.p[0]))
        return must_be;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ' ' || (i < colon && !is_alnum(s.p[i]) && !strchr("+.-_", s.p[i])))
            return must_be;
    return NULL;
}

static const char *fit_section(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '-')
            return "a word of a-z, 0-9 and '-', such as asia-pacific";
    return NULL;
}

static const char *fit_media(struct str s)
{
    struct str provider;
    enum story_type type;
    uint32_t day;
    uint64_t n;
    bool is_media = story_id_parse(s, &provider, &type, &day, &n) && type != TYPE_TEXT;
    return is_media ? NULL : "the id of a picture, video, graphic or file, such as aa:picture:20260314:5000118";
}

void native_list_read_lines(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    read_strings(r, j, to, row->most, NULL);
}

void native_list_read_subjects(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    read_strings(r, j, to, row->most, fit_subject);
}

void native_list_read_sections(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    read_strings(r, j, to, row->most, fit_section);
}

void native_list_read_media(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    read_strings(r, j, to, row->most, fit_media);
}

/* A list of objects of `size` bytes each; NULL and *n = 0 for null, *n = SIZE_MAX after a fault of the list itself. */
static void *read_objects(struct native_reader *r, const struct json *j, const struct native_member *row, size_t size, size_t *n)
{
    *n = 0;
    if (json_kind(j) == JSON_NULL)
        return NULL;
    if (!begin(r, j)) {
        *n = SIZE_MAX;
        return NULL;
    }
    *n = json_count(j);
    char *v = *n ? arena_zero(r->arena, size * *n) : NULL;
    for (size_t i = 0; i < *n; i++) {
        size_t mark = native_field_enter_at(r, i);
        native_field_members(r, json_at(j, i), v + i * size, row->sub, row->sub_count);
        native_field_leave(r, mark);
    }
    return v;
}

static void fault_at(struct native_reader *r, size_t i, const char *member, const char *message)
{
    size_t mark = native_field_enter_at(r, i);
    native_field_enter(r, str_from(member));
    native_field_fault(r, "%s", message);
    native_field_leave(r, mark);
}

void native_list_read_figures(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    size_t n;
    struct story_figure *v = read_objects(r, j, row, sizeof *v, &n);
    if (n == SIZE_MAX)
        return;
    for (size_t i = 0; i < n && !r->is_stored; i++)
        if (v[i].value.n == 0)
            fault_at(r, i, "value", "is required: a number or a string");
    r->story->figures = v;
    r->story->figure_count = n;
    (void)to;
}

void native_list_read_quotes(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    size_t n;
    struct story_quote *v = read_objects(r, j, row, sizeof *v, &n);
    if (n == SIZE_MAX)
        return;
    for (size_t i = 0; i < n && !r->is_stored; i++)
        if (v[i].text.n == 0)
            fault_at(r, i, "text", "is required");
    r->story->quotes = v;
    r->story->quote_count = n;
    (void)to;
}

static bool is_rel(struct str s)
{
    return str_is(s, "corrects") || str_is(s, "translationOf") || str_is(s, "seeAlso") || str_is(s, "derivedFrom");
}

static bool is_id(struct str s)
{
    struct str provider;
    enum story_type type;
    uint32_t day;
    uint64_t n;
    return story_id_parse(s, &provider, &type, &day, &n);
}

void native_list_read_links(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    size_t n;
    struct story_link *v = read_objects(r, j, row, sizeof *v, &n);
    if (n == SIZE_MAX)
        return;
    for (size_t i = 0; i < n && !r->is_stored; i++) {
        if (!is_rel(v[i].rel))
            fault_at(r, i, "rel", "must be corrects, translationOf, seeAlso or derivedFrom");
        if (!is_id(v[i].id))
            fault_at(r, i, "id", "must be the id of a published story, such as aa:text:20260314:5000121");
    }
    r->story->links = v;
    r->story->link_count = n;
    (void)to;
}

void native_list_read_value(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    struct str *out = to;
    enum json_kind kind = json_kind(j);
    if (r->is_stored) { /* the raw JSON is stored as a string, so that nothing rounds it */
        *out = arena_str(r->arena, json_str(j));
        return;
    }
    if (kind != JSON_INT && kind != JSON_REAL && kind != JSON_STR) {
        native_field_fault(r, "must be a number or a string");
        return;
    }
    struct str line = STR_NONE;
    if (kind == JSON_STR && !native_field_line(r, j, row->most, &line))
        return;
    if (kind == JSON_STR && line.n == 0)
        return;
    struct buf raw = BUF_INIT(64 + 6 * line.n);
    if (kind == JSON_STR)
        json_quote(line, &raw);
    else
        json_print(j, &raw);
    *out = arena_str(r->arena, buf_str(&raw));
    buf_fini(&raw);
}
