#include "base/json.h"
#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* jansson's words that are ours too get another name while its header is read. */
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_REAL JANSSON_REAL
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_REAL
#undef JSON_NULL

#define DEPTH_MOST 32

static json_t *raw(const struct json *j)
{
    return (json_t *)(uintptr_t)j;
}

/* jansson goes down by recursion; what it gets must be known to be shallow. Finds the byte where the depth breaks. */
static size_t too_deep_at(struct str s)
{
    size_t depth = 0;
    bool is_inside = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (is_inside) {
            if (c == '\\')
                i++;
            else if (c == '"')
                is_inside = false;
        } else if (c == '"') {
            is_inside = true;
        } else if (c == '{' || c == '[') {
            if (++depth > DEPTH_MOST)
                return i;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return SIZE_MAX;
}

static enum err refuse_depth(struct str text, size_t at, struct why *why)
{
    size_t line = 1, start = 0;
    for (size_t i = 0; i < at; i++)
        if (text.p[i] == '\n') {
            line++;
            start = i + 1;
        }
    char place[64];
    snprintf(place, sizeof place, "line %zu, column %zu", line, at - start + 1);
    return err_why(why, ERR_PARSE, place, "JSON nested deeper than %d levels", DEPTH_MOST);
}

enum err json_parse(struct str text, struct json **out, struct why *why)
{
    size_t deep = too_deep_at(text);
    if (deep != SIZE_MAX)
        return refuse_depth(text, deep, why);
    json_error_t e;
    json_t *root = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (root == NULL) {
        char place[64];
        snprintf(place, sizeof place, "line %d, column %d", e.line < 1 ? 1 : e.line, e.column < 1 ? 1 : e.column);
        return err_why(why, ERR_PARSE, place, "not JSON: %s", e.text);
    }
    *out = (struct json *)root;
    return OK;
}

void json_free(struct json **j)
{
    json_decref(raw(*j));
    *j = NULL;
}

enum json_kind json_kind(const struct json *j)
{
    if (j == NULL)
        return JSON_NONE;
    switch (json_typeof(raw(j))) {
    case JANSSON_OBJECT:
        return JSON_OBJECT;
    case JSON_ARRAY:
        return JSON_LIST;
    case JSON_STRING:
        return JSON_STR;
    case JSON_INTEGER:
        return JSON_INT;
    case JANSSON_REAL:
        return JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_BOOL;
    case JANSSON_NULL:
        return JSON_NULL;
    }
    return JSON_NONE;
}

const struct json *json_get(const struct json *object, const char *key)
{
    return (const struct json *)json_object_get(raw(object), key);
}

const struct json *json_at(const struct json *list, size_t i)
{
    return (const struct json *)json_array_get(raw(list), i);
}

size_t json_count(const struct json *list_or_object)
{
    return json_kind(list_or_object) == JSON_OBJECT ? json_object_size(raw(list_or_object))
                                                    : json_array_size(raw(list_or_object));
}

bool json_next(const struct json *object, void **at, struct str *key, const struct json **value)
{
    if (json_kind(object) != JSON_OBJECT)
        return false;
    *at = *at ? json_object_iter_next(raw(object), *at) : json_object_iter(raw(object));
    if (*at == NULL)
        return false;
    if (key)
        *key = str_from(json_object_iter_key(*at));
    if (value)
        *value = (const struct json *)json_object_iter_value(*at);
    return true;
}

struct str json_str(const struct json *j)
{
    return json_kind(j) == JSON_STR ? str_of(json_string_value(raw(j)), json_string_length(raw(j))) : STR_NONE;
}

int64_t json_int(const struct json *j, int64_t otherwise)
{
    return json_kind(j) == JSON_INT ? (int64_t)json_integer_value(raw(j)) : otherwise;
}

double json_number(const struct json *j, double otherwise)
{
    enum json_kind kind = json_kind(j);
    return kind == JSON_REAL || kind == JSON_INT ? json_number_value(raw(j)) : otherwise;
}

bool json_bool(const struct json *j, bool otherwise)
{
    return json_kind(j) == JSON_BOOL ? json_typeof(raw(j)) == JSON_TRUE : otherwise;
}

static void print_real(double v, struct buf *out)
{
    char text[40];
    /* the shortest of these that reads back as the same number */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    buf_puts(out, text);
    if (strpbrk(text, ".e") == NULL)
        buf_puts(out, ".0"); /* stays a real when read again */
}

static void print_list(const struct json *j, struct buf *out)
{
    buf_addc(out, '[');
    for (size_t i = 0; i < json_count(j); i++) {
        if (i > 0)
            buf_addc(out, ',');
        json_print(json_at(j, i), out);
    }
    buf_addc(out, ']');
}

static void print_object(const struct json *j, struct buf *out)
{
    void *at = NULL;
    struct str key;
    const struct json *value;
    bool is_later = false;
    buf_addc(out, '{');
    while (json_next(j, &at, &key, &value)) {
        if (is_later)
            buf_addc(out, ',');
        is_later = true;
        json_quote(key, out);
        buf_addc(out, ':');
        json_print(value, out);
    }
    buf_addc(out, '}');
}

void json_print(const struct json *j, struct buf *out)
{
    switch (json_kind(j)) {
    case JSON_NONE:
    case JSON_NULL:
        buf_add(out, S("null"));
        break;
    case JSON_BOOL:
        buf_puts(out, json_bool(j, false) ? "true" : "false");
        break;
    case JSON_INT:
        buf_printf(out, "%lld", (long long)json_int(j, 0));
        break;
    case JSON_REAL:
        print_real(json_number(j, 0), out);
        break;
    case JSON_STR:
        json_quote(json_str(j), out);
        break;
    case JSON_LIST:
        print_list(j, out);
        break;
    case JSON_OBJECT:
        print_object(j, out);
        break;
    }
}

struct jw jw_start(struct buf *b)
{
    return (struct jw){b, false};
}

static void lead(struct jw *w, const char *key)
{
    if (w->needs_comma)
        buf_addc(w->b, ',');
    w->needs_comma = true;
    if (key) {
        json_quote(str_from(key), w->b);
        buf_addc(w->b, ':');
    }
}

void jw_open(struct jw *w, const char *key)
{
    lead(w, key);
    buf_addc(w->b, '{');
    w->needs_comma = false;
}

void jw_close(struct jw *w)
{
    buf_addc(w->b, '}');
    w->needs_comma = true;
}

void jw_open_list(struct jw *w, const char *key)
{
    lead(w, key);
    buf_addc(w->b, '[');
    w->needs_comma = false;
}

void jw_close_list(struct jw *w)
{
    buf_addc(w->b, ']');
    w->needs_comma = true;
}

void jw_str(struct jw *w, const char *key, struct str v)
{
    lead(w, key);
    json_quote(v, w->b);
}

void jw_str_or_null(struct jw *w, const char *key, struct str v)
{
    if (v.p)
        jw_str(w, key, v);
    else
        jw_null(w, key);
}

void jw_str_if(struct jw *w, const char *key, struct str v)
{
    if (v.n > 0)
        jw_str(w, key, v);
}

void jw_strs(struct jw *w, const char *key, struct strs v)
{
    jw_open_list(w, key);
    for (size_t i = 0; i < v.n; i++)
        jw_str(w, NULL, v.v[i]);
    jw_close_list(w);
}

void jw_strs_if(struct jw *w, const char *key, struct strs v)
{
    if (v.n > 0)
        jw_strs(w, key, v);
}

void jw_int(struct jw *w, const char *key, int64_t v)
{
    lead(w, key);
    if (v < 0)
        buf_addc(w->b, '-');
    buf_u64(w->b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void jw_bool(struct jw *w, const char *key, bool v)
{
    jw_raw(w, key, v ? S("true") : S("false"));
}

void jw_null(struct jw *w, const char *key)
{
    jw_raw(w, key, S("null"));
}

void jw_raw(struct jw *w, const char *key, struct str json)
{
    lead(w, key);
    buf_add(w->b, json);
}

static void put_time(struct jw *w, const char *key, int64_t ms, void (*form)(int64_t, char *))
{
    if (ms == 0) {
        jw_null(w, key);
        return;
    }
    char text[CLOCK_TEXT];
    form(ms, text);
    jw_str(w, key, str_from(text));
}

void jw_time(struct jw *w, const char *key, int64_t ms)
{
    put_time(w, key, ms, clock_rfc3339);
}

void jw_time_sec(struct jw *w, const char *key, int64_t ms)
{
    put_time(w, key, ms, clock_rfc3339_sec);
}

static void escape(unsigned char c, struct buf *out)
{
    static const char shorts[] = "\bb\tt\nn\ff\rr\"\"\\\\";
    for (size_t i = 0; i + 1 < sizeof shorts; i += 2)
        if ((unsigned char)shorts[i] == c) {
            buf_addc(out, '\\');
            buf_addc(out, shorts[i + 1]);
            return;
        }
    buf_printf(out, "\\u%04x", c);
}

static void quote(struct str s, bool is_html, struct buf *out)
{
    size_t from = 0;
    buf_addc(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\' && !(is_html && c == '<'))
            continue;
        buf_add(out, str_sub(s, from, i - from));
        escape(c, out);
        from = i + 1;
    }
    buf_add(out, str_sub(s, from, s.n));
    buf_addc(out, '"');
}

/* Foreign bytes must never make a document that its readers refuse: damage becomes U+FFFD. */
static void quote_checked(struct str s, bool is_html, struct buf *out)
{
    bool has_high = false;
    for (size_t i = 0; i < s.n && !has_high; i++)
        has_high = (unsigned char)s.p[i] >= 0x80;
    if (!has_high || text_is_utf8(s)) {
        quote(s, is_html, out);
        return;
    }
    struct buf mended = BUF_INIT(s.n * 3 + 3);
    for (size_t at = 0; at < s.n;)
        text_put(&mended, text_next(s, &at));
    quote(buf_str(&mended), is_html, out);
    buf_fini(&mended);
}

void json_quote(struct str s, struct buf *out)
{
    quote_checked(s, false, out);
}

void json_quote_html(struct str s, struct buf *out)
{
    quote_checked(s, true, out);
}
