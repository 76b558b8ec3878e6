/* JSON: a tree reader over jansson with caps (duplicates, NUL, depth 32 and bad UTF-8 refused), and a writer straight
 * onto a buffer. Trees belong to whoever parsed them; slices into a tree live as long as it. One thread at a time. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

struct json; /* a tree or a node of one */

/* ERR_PARSE with line and column in why. Free the root with json_free. */
enum err json_parse(struct str text, struct json **out, struct why *why) MUST_USE;
void json_free(struct json **j);

enum json_kind { JSON_NONE, JSON_NULL, JSON_BOOL, JSON_INT, JSON_REAL, JSON_STR, JSON_LIST, JSON_OBJECT };
enum json_kind json_kind(const struct json *j); /* JSON_NONE for NULL */
const struct json *json_get(const struct json *object, const char *key); /* NULL when absent or no object */
const struct json *json_at(const struct json *list, size_t i);
size_t json_count(const struct json *list_or_object); /* 0 for others */
/* Members in the order of the source: start with *at = NULL. */
bool json_next(const struct json *object, void **at, struct str *key, const struct json **value);
struct str json_str(const struct json *j); /* STR_NONE unless a string */
int64_t json_int(const struct json *j, int64_t otherwise);
/* An integer or a real. (Not json_real: jansson exports that name, and at run time ours would take its place.) */
double json_number(const struct json *j, double otherwise);
bool json_bool(const struct json *j, bool otherwise);
void json_print(const struct json *j, struct buf *out); /* compact, members in source order */

/* Writer: commas and quotes are its business, nesting is the caller's. */
struct jw {
    struct buf *b;
    bool needs_comma;
};
struct jw jw_start(struct buf *b);
void jw_open(struct jw *w, const char *key);      /* { ; key NULL inside lists and at the top */
void jw_close(struct jw *w);                      /* } */
void jw_open_list(struct jw *w, const char *key); /* [ */
void jw_close_list(struct jw *w);                 /* ] */
void jw_str(struct jw *w, const char *key, struct str v);      /* always written, "" for none */
void jw_str_or_null(struct jw *w, const char *key, struct str v); /* null when v.p is NULL */
void jw_str_if(struct jw *w, const char *key, struct str v);   /* nothing when empty */
void jw_strs(struct jw *w, const char *key, struct strs v);
void jw_strs_if(struct jw *w, const char *key, struct strs v);  /* nothing when empty */
void jw_int(struct jw *w, const char *key, int64_t v);
void jw_bool(struct jw *w, const char *key, bool v);
void jw_null(struct jw *w, const char *key);
void jw_raw(struct jw *w, const char *key, struct str json); /* already JSON */
void jw_time(struct jw *w, const char *key, int64_t ms);     /* RFC 3339 with milliseconds; null for 0 */
void jw_time_sec(struct jw *w, const char *key, int64_t ms); /* RFC 3339, whole seconds; null for 0 */
/* A quoted JSON string by RFC 8785 section 3.2.2.2 (shortest escapes, lower-case hex). */
void json_quote(struct str s, struct buf *out);
/* The same, and '<' as \u003c: for JSON inside HTML. */
void json_quote_html(struct str s, struct buf *out);

#endif
