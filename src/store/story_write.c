#include "store/story_write.h"

#include "base/clock.h"
#include "store/briefs.h"
#include "store/glance.h"
#include "store/okey.h"
#include "store/story_frame.h"

#define META_MAX (1024 * 1024)
#define NOTES_MAX 20

/* ---- work for the end of the group ---- */

struct words_later {
    struct later later;
    enum sql which;
    uint64_t okey;
    struct story_index index;
};

static enum err words_run(struct db *d, struct later *l)
{
    struct words_later *x = list_of(l, struct words_later, later);
    struct statement *s = db_get(d, x->which);
    const struct buf *columns[] = {&x->index.head, &x->index.exact, &x->index.stem, &x->index.facet};
    db_int(s, 1, (int64_t)x->okey);
    for (int i = 0; i < 4; i++)
        db_text(s, 2 + i, columns[i]->n ? buf_str(columns[i]) : S(""));
    return db_run(s);
}

static void words_drop(struct later *l)
{
    struct words_later *x = list_of(l, struct words_later, later);
    story_index_fini(&x->index);
    mem_free(x);
}

static void words_later(struct writer *w, enum sql which, uint64_t okey, struct story_index *own)
{
    struct words_later *x = mem_new(struct words_later);
    *x = (struct words_later){.later = {.run = words_run, .drop = words_drop}, .which = which, .okey = okey, .index = *own};
    *own = (struct story_index){0};
    writer_later(w, &x->later);
}

struct brief_later {
    struct later later;
    struct brief *brief; /* NULL: off the site */
    uint64_t n, okey;
};

static enum err brief_run(struct db *d, struct later *l)
{
    struct brief_later *x = list_of(l, struct brief_later, later);
    return x->brief ? briefs_put(d, x->brief, x->okey) : briefs_drop(d, x->n);
}

static void brief_drop(struct later *l)
{
    struct brief_later *x = list_of(l, struct brief_later, later);
    brief_unref(&x->brief);
    mem_free(x);
}

static void brief_later(struct writer *w, const struct brief *brief, uint64_t n, uint64_t okey)
{
    struct brief_later *x = mem_new(struct brief_later);
    *x = (struct brief_later){{.run = brief_run, .drop = brief_drop}, brief ? brief_ref(brief) : NULL, n, okey};
    writer_later(w, &x->later);
}

/* ---- index ---- */

/* FTS5 must be told what it holds, so the words of the version that goes are made again from its stored text. When that
 * is damaged the words stay: they lead to no row any more, and a kill must not fail on them. */
static enum err remove_words(struct writer *w, const struct story_now *now, struct why *why)
{
    struct story *old = NULL;
    struct story_index index;
    enum err e = story_now_load(writer_db(w), now, &old, why);
    if (e)
        return e == ERR_PARSE ? OK : e;
    story_index_make(old, &index);
    words_later(w, SQL_WORDS_DELETE, now->okey, &index);
    story_unref(&old);
    return OK;
}

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

static bool is_public_now(struct db *d, uint64_t n)
{
    struct statement *s = db_get(d, SQL_BRIEF_IS_PUBLIC);
    db_int(s, 1, (int64_t)n);
    bool is_public = db_step(s);
    db_reset(s);
    return is_public;
}

/* A held story has left the site already; its page must still say that it was killed. */
static bool was_public_before_hold(const struct stories *s, const struct story *story)
{
    struct story as_live = {.codes = story->codes, .public_mode = story->public_mode, .head = {.stage = STAGE_LIVE}};
    return portion_has(&s->rule, &as_live);
}

static bool is_day_full(const struct plan *p)
{
    const struct portion_rule *rule = &p->c->stories->rule;
    if (rule->per_day == 0 || p->was_public || p->story->public_mode != PUBLIC_AUTO)
        return false;
    struct statement *s = db_get(writer_db(p->c->writer), SQL_BRIEF_COUNT_SINCE);
    db_int(s, 1, okey_first(clock_day_start(p->story->times.at_ms, 0)));
    int64_t used = db_step(s) ? db_col_int(s, 0) : 0;
    db_reset(s);
    return used >= rule->per_day;
}

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

/* The brief was made before number and time were known and nobody else has it yet: its head is filled in here. */
static void finish_brief(const struct plan *p)
{
    const struct story *story = p->story;
    struct brief *b = p->work->brief;
    b->n = story->head.n;
    b->version = story->head.version;
    b->first_ms = story->times.first_ms;
    b->at_ms = story->times.at_ms;
    b->id = arena_str(b->arena, story->head.id);
    if (p->c->now == NULL)
        return;
    struct brief_note *notes = arena_array(b->arena, struct brief_note, NOTES_MAX);
    b->note_count = read_notes(writer_db(p->c->writer), story, b->arena, notes);
    b->notes = notes;
}

static void plan_public(struct plan *p)
{
    struct db *d = writer_db(p->c->writer);
    struct stories *s = p->c->stories;
    bool is_kill = p->story->head.stage == STAGE_KILLED;
    p->was_public = p->c->now && is_public_now(d, p->story->head.n);
    if (is_kill && p->c->now->stage == STAGE_HELD)
        p->was_public |= was_public_before_hold(s, p->story);
    if (is_kill && p->was_public)
        p->brief = p->work->brief = portion_notice(p->story);
    else if (p->is_found && p->work->brief && !is_day_full(p))
        p->brief = p->work->brief;
    if (p->brief && !is_kill)
        finish_brief(p);
}

static enum err put_public(const struct plan *p)
{
    struct writer *w = p->c->writer;
    if (p->brief && p->c->stories->rule.per_day)
        return briefs_put(writer_db(w), p->brief, p->okey); /* the next of the group counts it */
    if (p->brief || p->c->now)
        brief_later(w, p->brief, p->story->head.n, p->okey);
    return OK;
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
    struct frame *f = story_frame_make(writer_db(p->c->writer), p->c->stories, story);
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
        e = remove_words(w, now, p->c->why); /* before the text may go */
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
        words_later(w, SQL_WORDS_ADD, p->okey, &p->work->index);
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

/* ---- without a new version ---- */

static enum err record_expiry(struct writer *w, struct stories *s, const struct story *story, bool was_public)
{
    struct record r = {.event = EVENT_EXPIRE,
                       .id = story->head.id,
                       .version = story->head.version,
                       .has_codes = true,
                       .codes = story->codes,
                       .language = story->language,
                       .times = story->times};
    struct frame *f = frame_new();
    f->codes = story->codes;
    f->version = story->head.version;
    f->id = arena_str(f->arena, story->head.id);
    f->n = story->head.n;
    f->leaves_public = was_public;
    return writer_record(w, &r, story->head.n, f);
}

enum err story_write_expiry(struct writer *w, struct stories *s, const struct story_now *now, struct why *why)
{
    struct story *story = NULL;
    enum err e = story_now_load(writer_db(w), now, &story, why);
    if (e)
        return e;
    bool was_public = is_public_now(writer_db(w), now->n);
    if (story_now_is_indexed(now))
        e = remove_words(w, now, why);
    if (e == OK) {
        struct statement *change = db_get(writer_db(w), SQL_STORY_EXPIRE);
        db_int(change, 1, (int64_t)now->n);
        e = db_run(change);
    }
    if (e == OK) {
        brief_later(w, NULL, now->n, 0);
        e = record_expiry(w, s, story, was_public);
    }
    story_unref(&story);
    return e;
}
