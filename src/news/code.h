/* Code lists: provider, package, category, type, language, priority. A table is an immutable, refcounted snapshot; a
 * change makes a new one. Codes are 1-255. Callable from any thread. */
#ifndef NEWS_CODE_H
#define NEWS_CODE_H

#include "base/str.h"

/* A set of codes 1-255. */
struct codeset {
    uint64_t w[4];
};
void codeset_add(struct codeset *s, unsigned code);
bool codeset_has(const struct codeset *s, unsigned code);
bool codeset_is_empty(const struct codeset *s);
bool codeset_meets(const struct codeset *a, const struct codeset *b); /* share a member */
bool codeset_eq(const struct codeset *a, const struct codeset *b);
unsigned codeset_next(const struct codeset *s, unsigned after); /* smallest member > after, 0 at the end */
unsigned codeset_first(const struct codeset *s);                /* 0 when empty */

enum code_kind { CODE_PROVIDER, CODE_PACKAGE, CODE_CATEGORY, CODE_TYPE, CODE_LANGUAGE, CODE_PRIORITY, CODE_KINDS };
const char *code_kind_name(enum code_kind k); /* "provider" … */
bool code_kind_parse(struct str s, enum code_kind *out);

struct code {
    uint8_t code;
    struct str word;        /* text, picture …; tr, en …; GUN, SPO …; flash, urgent …; package and provider word */
    struct str tr, en, ar; /* names */
};
struct codes; /* one snapshot of all lists */

/* The seed of has-api.md section 11; provider 1 is named by the agency code. */
struct codes *codes_seed(struct str agency_code);
struct codes *codes_ref(struct codes *c);
void codes_unref(struct codes **c);
/* A new snapshot with one row added or replaced. */
struct codes *codes_with(const struct codes *c, enum code_kind k, const struct code *row);
const struct code *codes_get(const struct codes *c, enum code_kind k, unsigned code);       /* NULL when unknown */
const struct code *codes_find(const struct codes *c, enum code_kind k, struct str word);    /* by word, no case */
const struct code *codes_next(const struct codes *c, enum code_kind k, unsigned after);     /* ascending; NULL ends */
struct str code_label(const struct code *row, struct str lang);                             /* name in tr, en or ar */
/* "1,2" or words; spaces allowed; "*" or "" gives is_any. Unknown words or codes out of 1-255: ERR_FIELD. Codes need
 * not exist in the table (they then match nothing). */
enum err codes_parse_list(const struct codes *c, enum code_kind k, struct str list, struct codeset *out, bool *out_is_any,
                          struct why *why) MUST_USE;

#endif
