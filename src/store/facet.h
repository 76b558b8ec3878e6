/* Codes as marked words of the index column `facet`: p provider, k package, c category, t type, l language, r priority,
 * a archive 0|1, d kind. Since nearly every search and contract names a type and a language, these two also come as one
 * word, alone and with each category and package (t1l2, c7t1l2, k3t1l2): a search then walks through its hits and not
 * through all that is of the type. Index and search use the same two functions. Pure; any thread. */
#ifndef STORE_FACET_H
#define STORE_FACET_H

#include "base/buf.h"
#include "news/query.h"
#include "news/terms.h"

/* Appends the words of a story's codes, parted by spaces. */
void facet_write(const struct story_codes *c, struct buf *out);
/* Appends the expression for what both the query's filters and the terms allow; nothing when neither restricts. False
 * when no story can meet it. */
bool facet_match(const struct query *q, const struct terms *t, struct buf *out);

#endif
