/* Walks a paragraph by code points and knows at each whether it stands inside quotation marks or brackets, whatever
 * the house style: "…" “…” „…“ ”…” «…» »…« 「…」 '…' ‘…’ and apostrophes. An opening that is never closed stays open to the
 * end: better a long sentence than a torn one. Borrowed text; pure; any thread. */
#ifndef NEWS_MARK_H
#define NEWS_MARK_H

#include "base/str.h"

enum mark_role { MARK_NONE, MARK_OPENER, MARK_CLOSER };

struct mark {
    struct str text;
    size_t from, at;       /* bytes of the code point just read */
    uint32_t prev, cp;     /* 0 before the first; two apostrophes are read as one '"' */
    uint32_t last;         /* the last that was no space, before cp */
    enum mark_role role;   /* of cp */
    bool is_quote;         /* the opener or closer is a quotation mark */
    unsigned quotes, brackets;
    size_t single_end;     /* byte where an open single quotation ends, 0 when none */
    bool has_no_single;    /* no closing single quote lies ahead */
};

void mark_init(struct mark *m, struct str text);
bool mark_next(struct mark *m);          /* reads one code point; false at the end */
/* After a plain letter (ASCII): on to the last of its run, as many calls of mark_next at once; else nothing. */
void mark_run(struct mark *m);
bool mark_is_open(const struct mark *m); /* inside a quotation or bracket, after what was read */
bool mark_is_quoted(const struct mark *m); /* inside a quotation */
uint32_t mark_peek(const struct mark *m);  /* the code point ahead, 0 at the end */
uint32_t mark_first(struct str s);         /* the first code point, 0 of nothing */
bool mark_is_word(uint32_t cp);            /* letter, mark or digit */
/* White space of any kind, and the invisible marks of direction. */
bool mark_is_space(uint32_t cp);

#endif
