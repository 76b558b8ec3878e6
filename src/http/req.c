#include "http/req.h"

#include <string.h>

#define REQ_BOUNDARY 70 /* RFC 2046 5.1.1 */

struct str req_header(const struct req *r, const char *name)
{
    struct str wanted = str_from(name);
    for (size_t i = 0; i < r->header_count; i++)
        if (r->headers[i].name.n == wanted.n && str_eq_nocase(r->headers[i].name, wanted))
            return r->headers[i].value;
    return STR_NONE;
}

/* --- forms --- */

static int req_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct str req_decode(struct arena *a, struct str s, bool plus_is_space)
{
    char *out = arena_zero(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '+' && plus_is_space)
            c = ' ';
        if (c == '%') {
            int high = i + 2 < s.n ? req_hex(s.p[i + 1]) : -1;
            int low = high >= 0 ? req_hex(s.p[i + 2]) : -1;
            if (low < 0 || (high | low) == 0)
                return STR_NONE;
            c = (char)(high << 4 | low);
            i += 2;
        }
        out[n++] = c;
    }
    return str_of(out, n);
}

/* Parts "key=value" at the first '='; without one the value is empty, not absent. */
static void req_part(struct str pair, struct str *key, struct str *value)
{
    size_t eq = str_find_char(pair, '=');
    *key = eq == SIZE_MAX ? pair : str_sub(pair, 0, eq);
    *value = eq == SIZE_MAX ? str_of(pair.p + pair.n, 0) : str_sub(pair, eq + 1, pair.n);
}

struct str req_query(const struct req *r, struct arena *a, const char *key)
{
    struct str rest = r->query, pair, k, v;
    while (rest.p && str_split(&rest, '&', &pair)) {
        req_part(pair, &k, &v);
        bool is_plain = !memchr(k.p ? k.p : "", '%', k.n) && !memchr(k.p ? k.p : "", '+', k.n);
        if (str_is(is_plain ? k : req_decode(a, k, true), key))
            return req_decode(a, v, true);
    }
    return STR_NONE;
}

static size_t req_count_char(struct str s, char c)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == c;
    return n;
}

enum err req_form(struct str text, struct arena *a, size_t max, struct req_pair **out, size_t *out_count)
{
    size_t room = req_count_char(text, '&') + 1;
    if (room > max + 1)
        room = max + 1;
    struct req_pair *pairs = arena_array(a, struct req_pair, room);
    size_t count = 0;
    struct str rest = text, pair;
    while (rest.p && str_split(&rest, '&', &pair)) {
        if (pair.n == 0)
            continue;
        if (count == max)
            return ERR_LIMIT;
        req_part(pair, &pairs[count].name, &pairs[count].value);
        pairs[count].name = req_decode(a, pairs[count].name, true);
        pairs[count].value = req_decode(a, pairs[count].value, true);
        if (!pairs[count].name.p || !pairs[count].value.p)
            return ERR_PARSE;
        count++;
    }
    *out = pairs;
    *out_count = count;
    return OK;
}

/* --- parameters of header values: "; name=value" with quoted strings --- */

/* Takes the next parameter off *rest; a quoted value is unescaped into the arena. False at the end; then *is_bad tells
 * of damage. */
static bool req_parameter(struct arena *a, struct str *rest, struct req_pair *out, bool *is_bad)
{
    *rest = str_trim(*rest);
    if (rest->n == 0)
        return false;
    *is_bad = true;
    if (rest->p[0] != ';')
        return false;
    *rest = str_trim(str_sub(*rest, 1, rest->n));
    size_t eq = str_find_char(*rest, '=');
    if (eq == SIZE_MAX || eq == 0)
        return false;
    out->name = str_sub(*rest, 0, eq);
    struct str v = str_sub(*rest, eq + 1, rest->n);
    if (v.n == 0 || v.p[0] != '"') {
        size_t end = str_find_char(v, ';');
        out->value = str_trim(str_sub(v, 0, end));
        *rest = end == SIZE_MAX ? STR_NONE : str_sub(v, end, v.n);
        *is_bad = false;
        return true;
    }
    char *plain = arena_zero(a, v.n);
    size_t n = 0, i = 1;
    while (i < v.n && v.p[i] != '"') {
        if (v.p[i] == '\\' && i + 1 < v.n && (v.p[i + 1] == '"' || v.p[i + 1] == '\\'))
            i++;
        plain[n++] = v.p[i++];
    }
    if (i == v.n)
        return false;
    out->value = str_of(plain, n);
    *rest = str_sub(v, i + 1, v.n);
    *is_bad = false;
    return true;
}

/* --- multipart/form-data (RFC 7578) --- */

static enum err req_boundary(struct arena *a, struct str content_type, struct str *out)
{
    size_t semi = str_find_char(content_type, ';');
    if (!str_eq_nocase(str_trim(str_sub(content_type, 0, semi)), S("multipart/form-data")))
        return ERR_TYPE;
    struct str rest = semi == SIZE_MAX ? STR_NONE : str_sub(content_type, semi, content_type.n);
    struct req_pair p;
    bool is_bad = false;
    while (req_parameter(a, &rest, &p, &is_bad))
        if (str_eq_nocase(p.name, S("boundary")) && p.value.n && p.value.n <= REQ_BOUNDARY) {
            *out = p.value;
            return OK;
        }
    return ERR_PARSE;
}

static enum err req_disposition(struct arena *a, struct str value, struct str *name)
{
    size_t semi = str_find_char(value, ';');
    if (!str_eq_nocase(str_trim(str_sub(value, 0, semi)), S("form-data")))
        return ERR_PARSE;
    struct str rest = semi == SIZE_MAX ? STR_NONE : str_sub(value, semi, value.n);
    struct req_pair p;
    bool is_bad = false;
    while (req_parameter(a, &rest, &p, &is_bad)) {
        if (str_eq_nocase(p.name, S("filename")) || str_eq_nocase(p.name, S("filename*")))
            return ERR_TYPE;
        if (str_eq_nocase(p.name, S("name")))
            *name = p.value;
    }
    return is_bad || !name->p ? ERR_PARSE : OK;
}

static bool req_is_plain_coding(struct str v)
{
    return str_eq_nocase(v, S("7bit")) || str_eq_nocase(v, S("8bit")) || str_eq_nocase(v, S("binary"));
}

/* Headers of one part, the empty line included; *part is left at its value. */
static enum err req_part_head(struct arena *a, struct str *part, struct str *name)
{
    *name = STR_NONE;
    for (;;) {
        size_t end = str_find(*part, S("\r\n"));
        if (end == SIZE_MAX)
            return ERR_PARSE;
        struct str line = str_sub(*part, 0, end);
        *part = str_sub(*part, end + 2, part->n);
        if (line.n == 0)
            return name->p ? OK : ERR_PARSE;
        size_t colon = str_find_char(line, ':');
        if (colon == SIZE_MAX || colon == 0)
            return ERR_PARSE;
        struct str key = str_sub(line, 0, colon), value = str_trim(str_sub(line, colon + 1, line.n));
        enum err e = OK;
        if (str_eq_nocase(key, S("Content-Disposition")))
            e = name->p ? ERR_PARSE : req_disposition(a, value, name);
        else if (str_eq_nocase(key, S("Content-Transfer-Encoding")) && !req_is_plain_coding(value))
            e = ERR_TYPE;
        if (e != OK)
            return e;
    }
}

/* After a delimiter: blanks and CRLF lead into a part, "--" ends the body. */
static enum err req_after_delimiter(struct str *rest, bool *is_end)
{
    *is_end = str_starts(*rest, S("--"));
    if (*is_end)
        return OK;
    size_t n = 0;
    while (n < rest->n && (rest->p[n] == ' ' || rest->p[n] == '\t'))
        n++;
    *rest = str_sub(*rest, n, rest->n);
    if (!str_starts(*rest, S("\r\n")))
        return ERR_PARSE;
    *rest = str_sub(*rest, 2, rest->n);
    return OK;
}

/* First delimiter: at the very start, or on a line of its own after a preamble. */
static bool req_first_delimiter(struct str *rest, struct str delimiter)
{
    struct str bare = str_sub(delimiter, 2, delimiter.n);
    if (str_starts(*rest, bare)) {
        *rest = str_sub(*rest, bare.n, rest->n);
        return true;
    }
    size_t at = str_find(*rest, delimiter);
    if (at == SIZE_MAX)
        return false;
    *rest = str_sub(*rest, at + delimiter.n, rest->n);
    return true;
}

enum err req_multipart(struct str content_type, struct str body, struct arena *a, size_t max, struct req_pair **out,
                       size_t *out_count)
{
    struct str boundary;
    enum err e = req_boundary(a, content_type, &boundary);
    if (e != OK)
        return e;
    struct str delimiter = arena_printf(a, "\r\n--%.*s", STR_FMT(boundary));
    struct str rest = body;
    if (!req_first_delimiter(&rest, delimiter))
        return ERR_PARSE;
    struct req_pair *pairs = arena_array(a, struct req_pair, max);
    size_t count = 0;
    for (bool is_end = false;;) {
        e = req_after_delimiter(&rest, &is_end);
        if (e != OK || is_end)
            break;
        size_t end = str_find(rest, delimiter);
        if (end == SIZE_MAX)
            return ERR_PARSE;
        if (count == max)
            return ERR_LIMIT;
        struct str part = str_sub(rest, 0, end);
        e = req_part_head(a, &part, &pairs[count].name);
        if (e != OK)
            return e;
        pairs[count++].value = part;
        rest = str_sub(rest, end + delimiter.n, rest.n);
    }
    if (e != OK)
        return e;
    *out = pairs;
    *out_count = count;
    return OK;
}

/* --- single headers --- */

struct str req_cookie(const struct req *r, const char *name)
{
    for (size_t i = 0; i < r->header_count; i++) {
        if (!str_eq_nocase(r->headers[i].name, S("Cookie")))
            continue;
        struct str rest = r->headers[i].value, pair, k, v;
        while (rest.p && str_split(&rest, ';', &pair)) {
            req_part(str_trim(pair), &k, &v);
            if (str_is(k, name))
                return v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"' ? str_sub(v, 1, v.n - 2) : v;
        }
    }
    return STR_NONE;
}

struct str req_media_type(const struct req *r)
{
    struct str v = req_header(r, "Content-Type");
    return v.p ? str_trim(str_sub(v, 0, str_find_char(v, ';'))) : STR_NONE;
}

/* q=0, q=0.0 … say "not this one" (RFC 9110 12.4.2). */
static bool req_is_refused(struct str parameters)
{
    struct str part;
    while (parameters.p && str_split(&parameters, ';', &part)) {
        part = str_trim(part);
        if (part.n < 3 || (part.p[0] | 0x20) != 'q' || part.p[1] != '=')
            continue;
        struct str q = str_sub(part, 2, part.n);
        for (size_t i = 0; i < q.n; i++)
            if (q.p[i] != '0' && q.p[i] != '.')
                return false;
        return true;
    }
    return false;
}

/* How closely a range of Accept names the type: 0 not at all, then anything, any of its kind, the type itself. */
static int req_closeness(struct str range, struct str type)
{
    if (str_is(range, "*/*"))
        return 1;
    size_t slash = str_find_char(type, '/');
    if (range.n == slash + 2 && range.p[range.n - 1] == '*')
        return str_eq_nocase(str_sub(range, 0, slash + 1), str_sub(type, 0, slash + 1)) ? 2 : 0;
    return str_eq_nocase(range, type) ? 3 : 0;
}

bool req_accepts(const struct req *r, const char *type)
{
    struct str rest = req_header(r, "Accept"), range;
    if (str_trim(rest).n == 0)
        return true;
    int best = 0;
    bool takes = false;
    while (str_split(&rest, ',', &range)) {
        size_t semi = str_find_char(range, ';');
        int close = req_closeness(str_trim(str_sub(range, 0, semi)), str_from(type));
        if (close <= best)
            continue;
        best = close;
        takes = semi == SIZE_MAX || !req_is_refused(str_sub(range, semi, range.n));
    }
    return takes;
}
