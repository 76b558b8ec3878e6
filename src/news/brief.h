/* The public portion of a story: everything the site may know. Has no body by design (architecture 1). Built from a
 * frozen story when it goes live; immutable, refcounted. The site includes this header and never news/story.h. */
#ifndef NEWS_BRIEF_H
#define NEWS_BRIEF_H

#include "base/arena.h"
#include "base/mem.h"

struct brief_note {
    int64_t at_ms;
    struct str text;
};

struct brief {
    struct ref refs;
    struct arena *arena;
    bool is_frozen;
    uint64_t n;
    uint32_t version;
    int64_t first_ms, at_ms;
    uint8_t priority, category, kind, language_code;
    bool is_killed;        /* notice only: headline is the notice, no text */
    bool is_headline_only; /* flashes, tables */
    struct str id, language;   /* language: of the story, BCP 47 */
    struct str edition;        /* language of the site that lists it; the story's own when nobody set it */
    struct str headline, spot, byline, city, country;
    struct str teaser;         /* lists and feeds */
    struct strs summary;       /* paragraphs of plain text */
    struct strs sections, keywords;
    struct str picture_caption; /* slot; empty until pictures come */
    const struct brief_note *notes; /* correction notes, newest first */
    size_t note_count;
};

struct brief *brief_new(void);                  /* a builder; copy into its arena */
struct brief *brief_freeze(struct brief *own);
struct brief *brief_ref(const struct brief *b);
void brief_unref(struct brief **b);              /* accepts NULL, sets NULL */

#endif
