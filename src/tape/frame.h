/* One record with what readers need of it: immutable, refcounted, built by the store thread after the commit and shared
 * by all loops. Full text leaves only through functions that ask for a grant.
 *
 * What only some readers need (other formats, words) is made by whoever needs it first and kept for all. No lock: it
 * depends on nothing but the frame, which does not change, so whoever makes it makes the same; one pointer is put in its
 * place by compare-exchange, once and for good, and who comes second frees its own and takes the first. It goes with the
 * frame, so a reader's ref keeps it too. */
#ifndef TAPE_FRAME_H
#define TAPE_FRAME_H

#include "codec/ninjs.h"
#include "news/brief.h"
#include "news/right.h"
#include "news/words.h"

/* An earlier version of the story of a kill or correction: who was entitled then gets it now (trust P6). */
struct frame_past {
    uint64_t seq;
    struct story_codes codes;
    int64_t at_ms;
};

/* Formats besides ninjs. */
enum frame_form { FRAME_NEWSML29, FRAME_TEXT, FRAME_FORMS };
struct frame_copy; /* a rendition, or nothing yet */

struct frame {
    struct ref refs;
    uint64_t seq;
    int64_t at_ms;
    enum event event;
    struct story_codes codes; /* of this version; zeros when no story */
    uint32_t version;
    struct str id;            /* story id, "org:7" … */
    uint32_t subject;         /* org or user id for EVENT_ORG, EVENT_USER */
    struct right *right;      /* EVENT_ORG: the terms from here on (right_nothing when ended) */
    const struct story *story; /* via frame_story */
    struct brief *brief;      /* public form: set when it is or was public; a killed notice included */
    bool leaves_public;       /* n is to vanish from the site (hold, kill of a public story, no longer in the portion) */
    uint64_t n;
    const struct frame_past *past;
    size_t past_count;
    const uint32_t *fetchers; /* of a kill or correction: organisations that fetched an earlier version, ascending */
    size_t fetcher_count;
    struct str full;   /* ninjs of this version */
    struct str notice; /* ninjs without text: kills and holds; of a correction, headline and note */
    struct codes *codes_list;    /* ref: what other formats are written with; set when there is a story */
    const struct agency *agency; /* borrowed: lives as long as the store */
    _Atomic(struct words *) words;                       /* frame_words */
    _Atomic(struct frame_copy *) copies[FRAME_FORMS][2]; /* frame_form, frame_form_notice */
    struct arena *arena;
};

/* An empty frame with an arena to fill; frozen by the first frame_ref. Owns story, right, brief and
 * codes_list. */
struct frame *frame_new(void);
struct frame *frame_ref(struct frame *f);
void frame_unref(struct frame **f);
/* ninjs JSON with the text; the grant must cover the story. */
struct str frame_ninjs(const struct frame *f, const struct grant *g);
const struct story *frame_story(const struct frame *f, const struct grant *g);
/* ninjs JSON that anyone who is due the event may have. */
struct str frame_notice(const struct frame *f);
/* The document in another format, as a JSON string with its quotes. Sent at the record's time, so that the bytes are the
 * same on every line and on every reading. Empty when the version has no text to give. */
struct str frame_full(const struct frame *f, enum frame_form form, const struct grant *g);
/* What stands in its place for those who are due the event and not the text. */
struct str frame_form_notice(const struct frame *f, enum frame_form form);
/* The words of the version's text; NULL when the record is of no story. Held as long as the frame. */
const struct words *frame_words(const struct frame *f, const struct grant *g);
/* Makes them without giving them away: for work threads, before a loop asks. */
void frame_warm_words(const struct frame *f);
void frame_warm_form(const struct frame *f, enum frame_form form);
/* Memory it holds now; grows when more is made of it. */
size_t frame_bytes(const struct frame *f);

#endif
