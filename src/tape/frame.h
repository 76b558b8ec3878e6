/* One record with what readers need of it: immutable, refcounted, built by the store thread after the commit and shared
 * by all loops. Full text leaves only through frame_ninjs and frame_story, which ask for a grant. */
#ifndef TAPE_FRAME_H
#define TAPE_FRAME_H

#include "news/brief.h"
#include "news/right.h"
#include "news/story.h"

/* An earlier version of the story of a kill or correction: who was entitled then gets it now (trust P6). */
struct frame_past {
    uint64_t seq;
    struct story_codes codes;
    int64_t at_ms;
};

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
    struct arena *arena;
};

/* An empty frame with an arena to fill; frozen by the first frame_ref. Owns story, right and brief. */
struct frame *frame_new(void);
struct frame *frame_ref(struct frame *f);
void frame_unref(struct frame **f);
/* ninjs JSON with the text; the grant must cover the story. */
struct str frame_ninjs(const struct frame *f, const struct grant *g);
const struct story *frame_story(const struct frame *f, const struct grant *g);
/* ninjs JSON that anyone who is due the event may have. */
struct str frame_notice(const struct frame *f);
size_t frame_bytes(const struct frame *f); /* memory it holds, for metrics */

#endif
