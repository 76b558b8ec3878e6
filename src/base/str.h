/* Borrowed slices {pointer, length}: they own nothing and need no terminator. Callable from any thread. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/err.h"
#include <stdint.h>

struct str {
    const char *p;
    size_t n;
};

/* A list of slices; the array and the bytes belong to somebody else (an arena, mostly). */
struct strs {
    const struct str *v;
    size_t n;
};

#define S(lit) ((struct str){"" lit, sizeof(lit) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* For printf: "%.*s", STR_FMT(s) */
#define STR_FMT(s) (int)(s).n, ((s).p ? (s).p : "")

struct str str_from(const char *cstr); /* NULL gives STR_NONE */
struct str str_of(const char *p, size_t n);
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *cstr);
bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
int str_cmp(struct str a, struct str b);        /* bytewise, as memcmp then length */
bool str_starts(struct str s, struct str head);
bool str_ends(struct str s, struct str tail);
bool str_has(struct str s, struct str part);
/* Index of c or of part, or SIZE_MAX. */
size_t str_find_char(struct str s, char c);
size_t str_find(struct str s, struct str part);
struct str str_sub(struct str s, size_t from, size_t n); /* clamps to s */
/* ASCII space, tab, CR, LF at both ends. */
struct str str_trim(struct str s);
/* Takes the part before `c` out of *rest into *out; false when *rest was exhausted before the call
 * (so "a,,b" yields "a", "", "b" and "" yields one empty part). Start with rest->p != NULL. */
bool str_split(struct str *rest, char c, struct str *out);
/* Strict decimal: digits only, no sign, no space, no overflow. False leaves *out untouched. */
bool str_u64(struct str s, uint64_t *out);
bool str_i64(struct str s, int64_t *out); /* allows one leading '-' */
uint64_t str_hash(struct str s);          /* FNV-1a, for tables that hold trusted or capped keys */
/* Copies into a zero-terminated array; false when it does not fit (dst then holds the cut text). */
bool str_copy(struct str s, char *dst, size_t size);

#endif
