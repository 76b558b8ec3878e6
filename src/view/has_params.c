#include "view/has.h"

#include "base/json.h"

#define PAIRS_MAX 256
#define VALUE_MAX 4096 /* of one parameter; a list of all 255 codes is shorter */

static const char *const NAMES[HAS_PARAMS] = {
    [HAS_START] = "start_date",
    [HAS_END] = "end_date",
    [HAS_WORDS] = "search_string",
    [HAS_OFFSET] = "offset",
    [HAS_LIMIT] = "limit",
    [HAS_FILTER + CODE_PROVIDER] = "filter_provider",
    [HAS_FILTER + CODE_PACKAGE] = "filter_package",
    [HAS_FILTER + CODE_CATEGORY] = "filter_category",
    [HAS_FILTER + CODE_TYPE] = "filter_type",
    [HAS_FILTER + CODE_LANGUAGE] = "filter_language",
    [HAS_FILTER + CODE_PRIORITY] = "filter_priority",
};

const char *has_param_name(unsigned p)
{
    must(p < HAS_PARAMS);
    return NAMES[p];
}

/* HAS_PARAMS for a name that means nothing here: clients send many such. PHP writes lists as name[] or name[0]. */
static unsigned param_of(struct str name)
{
    size_t bracket = str_find_char(name, '[');
    if (bracket != SIZE_MAX && str_ends(name, S("]")))
        name = str_sub(name, 0, bracket);
    for (unsigned p = 0; p < HAS_PARAMS; p++)
        if (str_is(name, NAMES[p]))
            return p;
    return HAS_PARAMS;
}

/* Some clients put every value in double quotes. Quotes inside belong to the words: "a b","c d" stays as it is. */
static struct str unquoted(struct str v)
{
    v = str_trim(v);
    if (v.n < 2 || v.p[0] != '"' || v.p[v.n - 1] != '"')
        return v;
    struct str inner = str_sub(v, 1, v.n - 2);
    return str_find_char(inner, '"') == SIZE_MAX ? str_trim(inner) : v;
}

/* An empty value is one that was not given. A filter that comes again adds to the list; anything else that comes again
 * replaces what was there, as the last form field of a name does in PHP. */
static enum err put(struct arena *a, struct has_params *out, unsigned p, struct str value, struct why *why)
{
    value = unquoted(value);
    if (value.n == 0)
        return OK;
    if (p >= HAS_FILTER && out->v[p].p)
        value = arena_printf(a, "%.*s,%.*s", STR_FMT(out->v[p]), STR_FMT(value));
    if (value.n > VALUE_MAX)
        return err_why(why, ERR_PARSE, NAMES[p], "the value is longer than %d bytes", VALUE_MAX);
    out->v[p] = value;
    return OK;
}

static enum err put_pairs(struct arena *a, const struct req_pair *pairs, size_t n, struct has_params *out,
                          struct why *why)
{
    enum err e = OK;
    for (size_t i = 0; i < n && !e; i++) {
        unsigned p = param_of(pairs[i].name);
        if (p < HAS_PARAMS)
            e = put(a, out, p, pairs[i].value, why);
    }
    return e;
}

/* ---- JSON ---- */

static bool add_scalar(const struct json *v, struct buf *out)
{
    double real = json_number(v, 0);
    switch (json_kind(v)) {
    case JSON_STR:
        buf_add(out, json_str(v));
        return true;
    case JSON_INT:
        buf_printf(out, "%lld", (long long)json_int(v, 0));
        return true;
    case JSON_REAL: /* 1.0 is what some languages make of 1 */
        if (!(real > -1e15 && real < 1e15) || real != (double)(int64_t)real)
            return false;
        buf_printf(out, "%lld", (long long)real);
        return true;
    case JSON_NULL:
        return true;
    default:
        return false;
    }
}

static bool add_list(const struct json *list, struct buf *out)
{
    for (size_t i = 0; i < json_count(list); i++) {
        if (out->n)
            buf_addc(out, ',');
        if (!add_scalar(json_at(list, i), out))
            return false;
    }
    return true;
}

static enum err put_member(struct arena *a, struct str key, const struct json *v, struct has_params *out,
                           struct why *why)
{
    unsigned p = param_of(key);
    if (p == HAS_PARAMS)
        return OK;
    struct buf text = BUF_INIT(VALUE_MAX);
    bool is_good = json_kind(v) == JSON_LIST ? add_list(v, &text) : add_scalar(v, &text);
    enum err e;
    if (!is_good)
        e = err_why(why, ERR_PARSE, NAMES[p], "give a string, a number, or a list of them");
    else if (!buf_ok(&text))
        e = err_why(why, ERR_PARSE, NAMES[p], "the value is longer than %d bytes", VALUE_MAX);
    else
        e = put(a, out, p, arena_str(a, buf_str(&text)), why);
    buf_fini(&text);
    return e;
}

static enum err read_json(struct arena *a, struct str body, struct has_params *out, struct why *why)
{
    struct json *j = NULL;
    enum err e = json_parse(body, &j, why);
    void *at = NULL;
    struct str key;
    const struct json *v;
    while (!e && json_next(j, &at, &key, &v))
        e = put_member(a, key, v, out, why);
    json_free(&j);
    return e;
}

/* ---- forms ---- */

static enum err read_form(struct arena *a, struct str text, const char *place, struct has_params *out, struct why *why)
{
    struct req_pair *pairs;
    size_t n;
    enum err e = req_form(text, a, PAIRS_MAX, &pairs, &n);
    if (e == ERR_LIMIT)
        return err_why(why, ERR_PARSE, place, "more than %d parameters", PAIRS_MAX);
    if (e)
        return err_why(why, ERR_PARSE, place, "a %% is not followed by two hex digits");
    return put_pairs(a, pairs, n, out, why);
}

static enum err read_parts(struct arena *a, struct str type, struct str body, struct has_params *out, struct why *why)
{
    struct req_pair *pairs;
    size_t n;
    enum err e = req_multipart(type, body, a, PAIRS_MAX, &pairs, &n);
    if (e == ERR_TYPE)
        return err_why(why, ERR_PARSE, "body", "parameters are plain text parts, not files");
    if (e)
        return err_why(why, ERR_PARSE, "body", "the multipart body cannot be read");
    return put_pairs(a, pairs, n, out, why);
}

/* ---- which of them it is ---- */

/* "--boundary" in the first line of a body whose Content-Type says something else, as a type that tells of it. */
static struct str multipart_type(struct arena *a, struct str body)
{
    size_t end = str_find(body, S("\r\n"));
    if (!str_starts(body, S("--")) || end == SIZE_MAX || end < 3 || !str_has(body, S("form-data")))
        return STR_NONE;
    return arena_printf(a, "multipart/form-data; boundary=\"%.*s\"", STR_FMT(str_sub(body, 2, end - 2)));
}

static enum err read_body(const struct req *r, struct arena *a, struct has_params *out, struct why *why)
{
    struct str body = r->body;
    if (str_starts(body, S("\xef\xbb\xbf")))
        body = str_sub(body, 3, body.n);
    struct str text = str_trim(body);
    if (text.n == 0 || str_is(text, "[]")) /* PHP's spelling of an empty object */
        return OK;
    if (text.p[0] == '{')
        return read_json(a, text, out, why);
    struct str type = multipart_type(a, body);
    if (!type.p && str_eq_nocase(req_media_type(r), S("multipart/form-data")) && str_starts(text, S("--")))
        type = req_header(r, "content-type");
    if (type.p)
        return read_parts(a, type, body, out, why);
    return read_form(a, text, "body", out, why);
}

static void read_headers(const struct req *r, struct has_params *out)
{
    for (unsigned p = 0; p < HAS_PARAMS; p++) {
        struct str v = unquoted(req_header(r, NAMES[p]));
        if (v.n)
            out->v[p] = v;
    }
}

enum err has_params_read(const struct req *r, struct arena *a, struct has_params *out, struct why *why)
{
    struct has_params from[3] = {0};
    enum err e = read_body(r, a, &from[0], why);
    if (!e && r->query.n)
        e = read_form(a, r->query, "query", &from[1], why);
    if (e)
        return e;
    read_headers(r, &from[2]);
    for (unsigned p = 0; p < HAS_PARAMS; p++) {
        unsigned i = 0;
        while (i < 2 && !from[i].v[p].p)
            i++;
        out->v[p] = from[i].v[p];
    }
    return OK;
}
