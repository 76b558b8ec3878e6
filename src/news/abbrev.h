/* Whether a full stop belongs to the word before it: abbreviations, initials, ordinals, list numbers. When in doubt it
 * does, since a sentence that is too long harms nobody. Pure; any thread. */
#ifndef NEWS_ABBREV_H
#define NEWS_ABBREV_H

#include "base/str.h"

struct abbrev_place {
    struct str word;  /* before the stop, dots inside included ("U.S") */
    struct str after; /* text after the stop and white space */
    bool is_first;    /* nothing stands before the word in its sentence */
};
bool abbrev_holds(struct str lang, const struct abbrev_place *place);

#endif
