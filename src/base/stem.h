/* Words for search: split, fold, stem by language (libstemmer). The same function serves index and query, so what is
 * indexed is found. Callable from any thread: stemmers are kept per thread. */
#ifndef BASE_STEM_H
#define BASE_STEM_H

#include "base/buf.h"

struct stem_word {
    struct str exact; /* folded word; valid during the call only */
    struct str stem;  /* its stem, equal to exact where the language has no stemmer */
    size_t at, bytes; /* place in the source text */
};
/* Calls `each` per word in order. An apostrophe parts a word; in Turkish what follows it (a suffix) is
 * dropped unless it looks like a name (O'Brien). */
void stem_words(struct str lang, struct str text, void (*each)(void *arg, const struct stem_word *w), void *arg);
/* Appends space-separated index tokens: exact folded words, and "LL0stem" marked by language (tr0, en0, ar0 …, "xx0"
 * where no stemmer exists). Only ASCII letters, digits, space and bytes >= 0x80 occur, so that SQLite's built-in
 * `ascii` tokenizer reads them as they are. */
void stem_index(struct str lang, struct str text, struct buf *exact, struct buf *stems);
/* The marker used above for a BCP 47 tag, its zero included: "tr0". Static. */
const char *stem_mark(struct str lang);

#endif
