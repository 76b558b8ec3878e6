/* What the public site may have of the store: briefs, and no other text. Site files include this header and lead.h of the
 * whole layer; neither reaches news/story.h (src/LAYERS, a rule that follows every include). The readers run on work
 * threads and are in briefs.c. */
#ifndef STORE_PUBLIC_H
#define STORE_PUBLIC_H

#include "news/brief.h"

struct store;
struct writer;
struct pool;
struct reader;

struct pool *store_readers(struct store *s);     /* jobs get a struct reader */
struct writer *store_writer(struct store *s);
const uint8_t *store_token_key(struct store *s); /* 32 bytes: keyed hash of tokens, cookies, forms */

struct brief *reader_brief(struct reader *r, uint64_t n); /* a ref; NULL when the site does not have it */
/* Newest first; section STR_NONE = all; before_okey 0 = newest. Returns the count; out holds refs;
 * next_okey (may be NULL) gets where to go on. */
struct brief_page {
    struct str language, section, words; /* language: the brief's edition, "" = all; words: search over what briefs
                                          * show, "" = none */
    uint64_t before_okey;
    int64_t from_ms, to_ms; /* 0 = open */
    size_t limit;
};
size_t reader_briefs(struct reader *r, const struct brief_page *p, struct brief **out, uint64_t *next_okey);

#endif
