#include "store/story_write.h"

#include "store/okey.h"
#include "store/story_frame.h"
#include "store/story_public.h"
#include "store/story_words.h"

#define META_MAX (1024 * 1024)

/* ---- rows ---- */

struct plan {
    struct story_change *c;
    struct story *story;
    struct story_work *work;
    uint64_t okey;
    bool is_expired, is_found; /* found: searches and the public may meet it */
    bool was_public;
    struct story_times times; /* the record's: with the embargo and the schedule that are over */
    struct brief *brief; /* borrowed from work, or the notice of a kill */
    int64_t wait_ms;     /* when it comes onto the site; 0 = now or never */
};

static enum err insert_version(const struct plan *p)
{
    const struct story *story = p->story;
    struct buf meta = BUF_INIT(META_MAX);
    native_write_meta(&meta, story);
    must(buf_ok(&meta));
    struct statement *s = db_get(writer_db(p->c->writer), SQL_VERSION_INSERT);
    db_int(s, 1, (int64_t)story->head.n);
    db_int(s, 2, story->head.version);
    db_int(s, 3, (int64_t)story->head.seq);
    db_int(s, 4, story->times.at_ms);
    db_int(s, 5, story->head.event);
    db_int(s, 6, story->head.stage);
    db_text(s, 7, story->head.by);
    db_text(s, 8, buf_str(&meta));
    db_text(s, 9, buf_str(&p->work->text));
    db_blob(s, 10, p->work->salt, CHAIN_SALT);
    enum err e = db_run(s);
    buf_fini(&meta);
    return e;
}

static enum err put_story(const struct plan *p)
{
    const struct story *story = p->story;
    struct statement *s = db_get(writer_db(p->c->writer), p->c->now ? SQL_STORY_CHANGE : SQL_STORY_INSERT);
    bool is_killed = story->head.stage == STAGE_KILLED;
    db_int(s, 1, (int64_t)p->okey);
    db_int(s, 2, (int64_t)story->head.n);
    db_text(s, 3, story->head.id);
    db_int(s, 4, story->head.version);
    db_int(s, 5, (int64_t)story->head.seq);
    db_int(s, 6, story->head.stage);
    db_int(s, 7, p->is_expired);
    db_int(s, 8, story->times.first_ms);
    db_int(s, 9, story->times.at_ms);
    if (story->times.expires_ms && !is_killed)
        db_int(s, 10, story->times.expires_ms);
    db_text(s, 11, story->language.p ? story->language : S(""));
    return db_run(s);
}

static enum err add_source(const struct plan *p)
{
    if (p->story->source.id.n == 0)
        return OK;
    struct statement *s = db_get(writer_db(p->c->writer), SQL_SOURCE_ADD);
    db_int(s, 1, p->story->codes.provider);
    db_text(s, 2, p->story->source.id);
    db_int(s, 3, (int64_t)p->story->head.n);
    return db_run(s);
}

static enum err erase_text(const struct plan *p)
{
    struct statement *s = db_get(writer_db(p->c->writer), SQL_VERSION_ERASE);
    db_int(s, 1, (int64_t)p->story->head.n);
    db_int(s, 2, p->story->head.version);
    return db_run(s);
}

/* ---- the public portion ---- */

static void plan_public(struct plan *p)
{
    struct db *d = writer_db(p->c->writer);
    struct stories *s = p->c->stories;
    int64_t now_ms = writer_now(p->c->writer), due_ms = story_public_due(s, p->story);
    bool is_kill = p->story->head.stage == STAGE_KILLED;
    p->was_public = p->c->now && story_public_has(d, p->story->head.n);
    if (is_kill && p->c->now->stage == STAGE_HELD)
        p->was_public |= story_public_had(s, p->story, now_ms);
    if (is_kill) {
        if (p->was_public)
            p->brief = p->work->brief = portion_notice(p->story); /* has no words */
        return;
    }
    if (!p->is_found || !p->work->brief)
        return;
    if (!p->was_public && due_ms > now_ms)
        p->wait_ms = due_ms;
    else if (p->was_public || !story_public_is_day_full(d, s, p->story))
        p->brief = p->work->brief;
    if (p->brief)
        story_public_finish(d, p->story, p->brief);
}

static enum err put_public(const struct plan *p)
{
    struct writer *w = p->c->writer;
    struct stories *s = p->c->stories;
    enum err e = OK;
    struct story_portion portion = {p->story->head.n, p->okey, p->brief, p->work->has_brief_words ? &p->work->brief_words : NULL};
    if (p->brief || p->c->now)
        e = story_public_put(w, s, &portion);
    if (e == OK && (p->wait_ms || (p->c->now && s->rule.delay_ms)))
        e = story_public_wait(w, s, p->story->head.n, p->wait_ms);
    return e;
}

/* ---- record ---- */

static enum err record_version(const struct plan *p)
{
    const struct story *story = p->story;
    struct record r = {.event = story->head.event,
                       .id = story->head.id,
                       .version = story->head.version,
                       .has_codes = true,
                       .codes = story->codes,
                       .language = story->language,
                       .times = p->times,
                       .has_text = true};
    memcpy(r.text, p->work->commit, ID_HASH);
    struct frame *f;
    enum err e = story_frame_make(writer_db(p->c->writer), p->c->stories, story, &f);
    if (e)
        return e;
    f->brief = p->brief ? brief_ref(p->brief) : NULL;
    f->leaves_public = p->was_public && (p->brief == NULL || p->brief->is_killed);
    return writer_record(p->c->writer, &r, story->head.n, f);
}

/* ---- a version ---- */

static enum err write_rows(struct plan *p)
{
    const struct story_now *now = p->c->now;
    struct writer *w = p->c->writer;
    enum err e = OK;
    if (now && story_now_is_indexed(now))
        e = story_words_remove(w, now, p->c->why); /* before the text may go */
    if (e == OK)
        e = put_story(p);
    if (e == OK)
        e = insert_version(p);
    if (e == OK && !now)
        e = add_source(p);
    if (e == OK && p->story->head.stage == STAGE_KILLED)
        e = erase_text(p);
    if (e == OK && p->story->head.stage == STAGE_KILLED)
        e = sweep_ask(&p->c->stories->sweep, writer_db(w));
    if (e == OK && p->is_found)
        story_words_add(w, p->okey, &p->work->index);
    if (e == OK)
        e = put_public(p);
    return e == OK ? record_version(p) : e;
}

enum err story_write_version(struct story_change *c)
{
    struct story *story = c->own_story;
    int64_t expires = story->times.expires_ms;
    story->head.seq = writer_head(c->writer) + 1;
    struct plan p = {.c = c, .story = story, .work = c->own_work, .times = story->times};
    /* What was under embargo goes out as an ordinary story, told from no other (trust P9). */
    story->times.schedule_ms = story->times.embargo_ms = 0;
    story_freeze(story);
    p.okey = okey_of(story->times.at_ms, story->head.n);
    p.is_expired = expires && due_is_past(&c->stories->due, expires);
    p.is_found = story->head.stage == STAGE_LIVE && !p.is_expired;
    if (!p.work || (p.is_found && !p.work->has_index)) {
        story_work_free(&p.work);
        p.work = story_work_make(c->stories, story);
    }
    if (!p.is_found)
        brief_unref(&p.work->brief);
    plan_public(&p);
    enum err e = write_rows(&p);
    if (e == OK && expires)
        due_expect(&c->stories->due, expires);
    c->out_seq = story->head.seq;
    story_work_free(&p.work);
    story_unref(&p.story);
    c->own_story = NULL;
    c->own_work = NULL;
    return e;
}
