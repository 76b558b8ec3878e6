/* How far two names are apart, for "did you mean": edit distance (Levenshtein), letter case not counting. Pure. */
#ifndef CODEC_NEAR_H
#define CODEC_NEAR_H

#include "base/str.h"

#define NEAR_FAR 100 /* also for names too long to compare */

size_t near_distance(struct str a, struct str b);
/* Near enough to suggest: a third of the name, three letters at most. */
bool near_enough(struct str name, size_t distance);

#endif
