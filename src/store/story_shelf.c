#include "store/story_shelf.h"

#include "store/story_public.h"
#include "store/story_words.h"

/* A record about a version that exists, with a frame for whoever shows lists of stories. */
static enum err record_plain(struct writer *w, enum event event, const struct story *story, struct frame *f)
{
    struct record r = {.event = event,
                       .id = story->head.id,
                       .version = story->head.version,
                       .has_codes = true,
                       .codes = story->codes,
                       .language = story->language,
                       .times = story->times};
    f->codes = story->codes;
    f->version = story->head.version;
    f->id = arena_str(f->arena, story->head.id);
    f->n = story->head.n;
    return writer_record(w, &r, story->head.n, f);
}

static enum err mark_expired(struct db *d, uint64_t n)
{
    struct statement *s = db_get(d, SQL_STORY_EXPIRE);
    db_int(s, 1, (int64_t)n);
    return db_run(s);
}

enum err story_shelf_expire(struct writer *w, struct stories *s, const struct story_now *now, struct why *why)
{
    struct story *story = NULL;
    struct db *d = writer_db(w);
    enum err e = story_now_load(d, now, &story, why);
    if (e)
        return e;
    bool was_public = story_public_has(d, now->n);
    if (story_now_is_indexed(now))
        e = story_words_remove(w, now, why);
    if (e == OK)
        e = mark_expired(d, now->n);
    if (e == OK)
        e = story_public_put(w, s, &(struct story_portion){.n = now->n});
    if (e == OK)
        e = story_public_wait(w, s, now->n, 0);
    if (e == OK) {
        struct frame *f = frame_new();
        f->leaves_public = was_public;
        e = record_plain(w, EVENT_EXPIRE, story, f);
    }
    story_unref(&story);
    return e;
}

static enum err show(struct writer *w, struct stories *s, const struct story_now *now, const struct story *story)
{
    struct brief *brief = portion_brief(&s->rule, story, NULL, 0);
    story_public_finish(writer_db(w), story, brief);
    enum err e = story_public_put(w, s, &(struct story_portion){now->n, now->okey, brief, NULL});
    if (e) {
        brief_unref(&brief);
        return e;
    }
    struct frame *f = frame_new();
    f->brief = brief;
    return record_plain(w, EVENT_PUBLIC, story, f);
}

enum err story_shelf_show(struct writer *w, struct stories *s, const struct story_now *now, struct why *why)
{
    struct story *story = NULL;
    enum err e = story_public_wait(w, s, now->n, 0);
    if (e || now->stage != STAGE_LIVE || now->is_expired)
        return e;
    e = story_now_load(writer_db(w), now, &story, why);
    if (e)
        return e;
    if (portion_has(&s->rule, story) && !story_public_is_day_full(writer_db(w), s, story))
        e = show(w, s, now, story);
    story_unref(&story);
    return e;
}
