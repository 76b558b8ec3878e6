/* Story -> summarised form by product.md 8: whole sentences in their order, word for word, within the share, never torn
 * out of an attribution, never cut in an abbreviation, number, quotation or bracket. Deterministic, pure, any thread. */
#ifndef NEWS_SUMMARY_H
#define NEWS_SUMMARY_H

#include "base/arena.h"

struct summary_caps {
    unsigned share_percent; /* of the words of the body; 0 = no share cap */
    unsigned words;         /* at most; 0 = no cap. Both given: the smaller wins */
    unsigned sentences;     /* at most; 0 = no cap */
};
/* A body read once: what several cuts and questions share. Lives in the arena; borrows nothing from `body`. */
struct summary_body;
const struct summary_body *summary_read(struct arena *a, struct str lang, struct str body);
bool summary_has_prose(const struct summary_body *b); /* false: nothing, or tables and lists alone */
size_t summary_words(const struct summary_body *b);   /* of its prose, headings too */
struct strs summary_cut(struct arena *a, const struct summary_body *b, const struct summary_caps *caps);
struct str summary_cut_teaser(struct arena *a, const struct summary_body *b);

/* Paragraphs (plain text) of the summary; count 0 when no whole sentence fits or the body is a table. `body` is HTML of
 * the allow-list. Slices are in `a`. */
struct strs summary_of(struct arena *a, struct str lang, struct str body, const struct summary_caps *caps);
/* Teaser for lists and feeds: at most 60 words or 35 %. */
struct str summary_teaser(struct arena *a, struct str lang, struct str body);
/* Sentences of one paragraph of plain text, in order; joined they are the paragraph but for white space. */
struct strs summary_sentences(struct arena *a, struct str lang, struct str paragraph);
/* Paragraphs of a body as plain text; tables, pre and lists are left out when is_prose_only. */
struct strs summary_paragraphs(struct arena *a, struct str body, bool is_prose_only);

#endif
