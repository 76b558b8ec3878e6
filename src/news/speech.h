/* Who says what: whether a sentence quotes, and whether it names the act of saying itself ("dedi", "he added", "وأضاف").
 * The summary uses it to keep a quotation with its attribution. Pure; any thread. */
#ifndef NEWS_SPEECH_H
#define NEWS_SPEECH_H

#include "base/arena.h"

struct speech_words; /* verbs of saying of one language, folded */

/* Lives as long as the arena. NULL when the language has no list: then nobody can tell. */
const struct speech_words *speech_words_of(struct arena *a, struct str lang);

struct speech {
    bool has_quote;   /* a quotation of some length, not a mere name in quotation marks */
    bool is_unclosed; /* a quotation opens that the sentence does not close */
    bool ends_colon;  /* announces what comes next */
};
void speech_look(struct str sentence, struct speech *out);
/* A verb of saying outside the quotation marks. */
bool speech_has_verb(const struct speech_words *w, struct str sentence);
/* Begins by leaning on the sentence before ("He added", "Ayrıca", "وأضاف"). */
bool speech_leans_back(struct str lang, struct str sentence);

#endif
