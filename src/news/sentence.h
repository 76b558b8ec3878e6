/* Cuts a paragraph of plain text into sentences: never inside a quotation or bracket, an abbreviation, a number. Turkish,
 * English, Arabic and what shares their habits; scripts without capitals and East Asian stops too. Borrowed text; pure;
 * any thread. */
#ifndef NEWS_SENTENCE_H
#define NEWS_SENTENCE_H

#include "news/mark.h"

struct sentence_cutter {
    struct str lang;
    struct mark mark;
    size_t word_at;      /* where the word before a stop began */
    size_t start;        /* of the sentence being read */
    size_t stop_at;      /* of the first stop of a run; meaningful while has_stop */
    uint32_t stop;       /* that stop */
    unsigned stop_count; /* stops in the run */
    size_t quote_at;     /* where the last quotation opened */
    bool has_word, is_first; /* a word stands in the sentence; none stands before word_at */
    bool has_stop, is_closed_by_quote, is_closed_by_bracket;
};

void sentence_start(struct sentence_cutter *c, struct str lang, struct str paragraph);
/* The next sentence, white space trimmed; false at the end. */
bool sentence_next(struct sentence_cutter *c, struct str *out);
/* Ends in a stop, mark or colon (closing quotes and brackets aside): a headline within the text does not. */
bool sentence_is_whole(struct str sentence);

#endif
