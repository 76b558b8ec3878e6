/* Words of a search as an expression of the full-text index. Text of people never reaches the index raw: every word goes
 * through base/stem.h, as the indexed text did (news/wanted.h), and comes out as quoted letters and digits.
 *
 *   liman "deniz yolu" -grev   ->   ((exact : ("liman") OR stem : ("tr0liman" OR "en0liman" …)) AND
 *                                    exact : ("deniz yolu")) NOT ((exact : ("grev") OR stem : …))
 *
 * Pure; any thread. */
#ifndef STORE_MATCH_H
#define STORE_MATCH_H

#include "base/buf.h"
#include "news/wanted.h"

#define MATCH_BYTES WANTED_BYTES

/* Appends the expression of the branches, in brackets. False when nothing can match: no branch has a word left. */
bool match_words(const struct wanted_rule *r, const struct query *q, struct buf *out);
/* Appends one quoted token list: letters, digits and bytes >= 0x80 pass, all else becomes a space. */
void match_quote(struct str tokens, struct buf *out);

#endif
