#include "base/str.h"

#include <string.h>

struct str str_from(const char *cstr)
{
    return cstr ? (struct str){cstr, strlen(cstr)} : STR_NONE;
}

struct str str_of(const char *p, size_t n)
{
    return (struct str){p, n};
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_is(struct str a, const char *cstr)
{
    return str_eq(a, str_from(cstr));
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str head)
{
    return s.n >= head.n && str_eq(str_of(s.p, head.n), head);
}

bool str_ends(struct str s, struct str tail)
{
    return s.n >= tail.n && (tail.n == 0 || memcmp(s.p + (s.n - tail.n), tail.p, tail.n) == 0);
}

bool str_has(struct str s, struct str part)
{
    return str_find(s, part) != SIZE_MAX;
}

size_t str_find_char(struct str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? (size_t)(at - s.p) : SIZE_MAX;
}

size_t str_find(struct str s, struct str part)
{
    if (part.n == 0)
        return 0;
    const char *at = s.n ? memmem(s.p, s.n, part.p, part.n) : NULL;
    return at ? (size_t)(at - s.p) : SIZE_MAX;
}

struct str str_sub(struct str s, size_t from, size_t n)
{
    if (from > s.n)
        from = s.n;
    if (n > s.n - from)
        n = s.n - from;
    return (struct str){s.p ? s.p + from : NULL, n};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.n > 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    while (s.n > 0 && is_blank(s.p[0]))
        s.p++, s.n--;
    return s;
}

bool str_split(struct str *rest, char c, struct str *out)
{
    if (rest->p == NULL)
        return false;
    size_t at = str_find_char(*rest, c);
    if (at == SIZE_MAX) {
        *out = *rest;
        *rest = STR_NONE;
    } else {
        *out = str_of(rest->p, at);
        *rest = str_of(rest->p + at + 1, rest->n - at - 1);
    }
    return true;
}

bool str_u64(struct str s, uint64_t *out)
{
    if (s.n == 0)
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        if (__builtin_mul_overflow(v, (uint64_t)10, &v) || __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
            return false;
    }
    *out = v;
    return true;
}

bool str_i64(struct str s, int64_t *out)
{
    bool is_negative = s.n > 0 && s.p[0] == '-';
    uint64_t v;
    if (!str_u64(is_negative ? str_sub(s, 1, s.n) : s, &v) || v > (uint64_t)INT64_MAX + is_negative)
        return false;
    *out = is_negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

uint64_t str_hash(struct str s)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    return h;
}

bool str_copy(struct str s, char *dst, size_t size)
{
    must(size > 0);
    size_t n = s.n < size ? s.n : size - 1;
    if (n > 0)
        memcpy(dst, s.p, n);
    dst[n] = '\0';
    return n == s.n;
}
