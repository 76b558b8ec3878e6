#include "store/story_public.h"

#include "base/clock.h"
#include "store/briefs.h"
#include "store/glance.h"
#include "store/okey.h"

#define NOTES_MAX 20

/* ---- whether ---- */

bool story_public_has(struct db *d, uint64_t n)
{
    struct statement *s = db_get(d, SQL_BRIEF_IS_PUBLIC);
    db_int(s, 1, (int64_t)n);
    bool is_public = db_step(s);
    db_reset(s);
    return is_public;
}

int64_t story_public_due(const struct stories *s, const struct story *story)
{
    return s->rule.delay_ms ? story->times.first_ms + s->rule.delay_ms : 0;
}

bool story_public_had(const struct stories *s, const struct story *story, int64_t now_ms)
{
    struct story as_live = {.codes = story->codes, .public_mode = story->public_mode, .head = {.stage = STAGE_LIVE}};
    return portion_has(&s->rule, &as_live) && story_public_due(s, story) <= now_ms;
}

bool story_public_is_day_full(struct db *d, const struct stories *s, const struct story *story)
{
    if (s->rule.per_day == 0 || story->public_mode != PUBLIC_AUTO)
        return false;
    struct statement *count = db_get(d, SQL_BRIEF_COUNT_SINCE);
    db_int(count, 1, okey_first(clock_day_start(story->times.at_ms, 0)));
    int64_t used = db_step(count) ? db_col_int(count, 0) : 0;
    db_reset(count);
    return used >= s->rule.per_day;
}

/* ---- what ---- */

static size_t read_notes(struct db *d, const struct story *story, struct arena *a, struct brief_note out[static NOTES_MAX])
{
    size_t n = 0;
    if (story->head.event == EVENT_CORRECTION && story->head.note.n)
        out[n++] = (struct brief_note){story->times.at_ms, arena_str(a, story->head.note)};
    struct statement *s = db_get(d, SQL_VERSION_NOTES);
    db_int(s, 1, (int64_t)story->head.n);
    db_int(s, 2, EVENT_CORRECTION);
    while (n < NOTES_MAX && db_step(s)) {
        struct str note = glance_text(a, db_col_text(s, 1), "note");
        if (note.n)
            out[n++] = (struct brief_note){db_col_int(s, 0), note};
    }
    db_reset(s);
    return n;
}

void story_public_finish(struct db *d, const struct story *story, struct brief *b)
{
    b->n = story->head.n;
    b->version = story->head.version;
    b->first_ms = story->times.first_ms;
    b->at_ms = story->times.at_ms;
    b->id = arena_str(b->arena, story->head.id);
    if (story->head.version == 1)
        return;
    struct brief_note *notes = arena_array(b->arena, struct brief_note, NOTES_MAX);
    b->note_count = read_notes(d, story, b->arena, notes);
    b->notes = notes;
}

/* ---- putting it there ---- */

struct brief_later {
    struct later later;
    struct brief *brief; /* NULL: off the site */
    bool has_words;
    struct brief_words words;
    uint64_t n, okey;
};

static enum err brief_run(struct db *d, struct later *l)
{
    struct brief_later *x = list_of(l, struct brief_later, later);
    return x->brief ? briefs_put(d, x->brief, x->has_words ? &x->words : NULL, x->okey) : briefs_drop(d, x->n);
}

static void brief_drop(struct later *l)
{
    struct brief_later *x = list_of(l, struct brief_later, later);
    brief_unref(&x->brief);
    if (x->has_words)
        briefs_words_fini(&x->words);
    mem_free(x);
}

static void put_later(struct writer *w, const struct story_portion *p)
{
    struct brief_later *x = mem_new(struct brief_later);
    *x = (struct brief_later){.later = {.run = brief_run, .drop = brief_drop}, .n = p->n, .okey = p->okey};
    x->brief = p->brief ? brief_ref(p->brief) : NULL;
    x->has_words = p->brief && p->own_words;
    if (x->has_words) {
        x->words = *p->own_words;
        *p->own_words = (struct brief_words){0};
    }
    writer_later(w, &x->later);
}

enum err story_public_put(struct writer *w, const struct stories *s, const struct story_portion *p)
{
    struct db *d = writer_db(w);
    if (s->rule.per_day) /* at once: the next of the group counts it */
        return p->brief ? briefs_put(d, p->brief, p->own_words, p->okey) : briefs_drop(d, p->n);
    put_later(w, p);
    return OK;
}

enum err story_public_wait(struct writer *w, struct stories *s, uint64_t n, int64_t due_ms)
{
    struct statement *change = db_get(writer_db(w), due_ms ? SQL_WAIT_SET : SQL_WAIT_CLEAR);
    db_int(change, 1, (int64_t)n);
    if (due_ms) {
        db_int(change, 2, due_ms);
        due_expect(&s->due, due_ms);
    }
    return db_run(change);
}
