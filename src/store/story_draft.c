#include "store/story_draft.h"

#include "base/clock.h"
#include "store/draft.h"
#include "store/story_write.h"

enum err story_draft_get(struct db *d, const struct stories *s, struct str id, struct story_draft *out,
                         struct story **out_story, struct why *why)
{
    struct statement *row = db_get(d, SQL_DRAFT_GET);
    db_text(row, 1, id);
    enum err e = db_step(row) ? OK : db_status(d) ? db_status(d) : ERR_NONE;
    if (e == ERR_NONE)
        err_why(why, e, "", "there is no such story or draft");
    if (e == OK) {
        *out = (struct story_draft){.version = (uint32_t)db_col_int(row, 0),
                                    .stage = (enum stage)db_col_int(row, 1),
                                    .n = (uint64_t)db_col_int(row, 7),
                                    .due_ms = db_col_int(row, 8)};
        must(str_copy(id, out->id, sizeof out->id));
    }
    if (e == OK && out_story && out->n == 0) {
        struct story *story = story_new();
        e = draft_read(s, id, db_col_text(row, 4), db_col_text(row, 5), db_col_text(row, 6), story, why);
        story->head.by = arena_str(story->arena, db_col_text(row, 3));
        if (e)
            story_unref(&story);
        else
            *out_story = story;
    }
    db_reset(row);
    return e;
}

int64_t story_draft_due(const struct story *s)
{
    return s->times.schedule_ms > s->times.embargo_ms ? s->times.schedule_ms : s->times.embargo_ms;
}

enum err story_draft_park(struct db *d, struct str id)
{
    struct statement *s = db_get(d, SQL_DRAFT_PARK);
    db_text(s, 1, id);
    db_int(s, 2, STAGE_REVIEW);
    return db_run(s);
}

/* ---- saving ---- */

static void bind_draft(struct statement *s, const struct story_debut *x, const struct story_draft *next,
                       const struct draft_doc *doc, int64_t now_ms)
{
    const struct story *story = x->own_story;
    db_text(s, 1, str_from(next->id));
    db_int(s, 2, next->version);
    db_int(s, 3, next->stage);
    db_int(s, 4, now_ms);
    if (next->due_ms)
        db_int(s, 5, next->due_ms);
    db_int(s, 6, doc->is_sealed);
    db_text(s, 7, story->desk.n ? story->desk : STR_NONE);
    db_text(s, 8, story->head.by);
    db_text(s, 9, buf_str(&doc->doc));
    if (doc->is_sealed) {
        db_blob(s, 10, doc->sealed.p, doc->sealed.n);
        db_blob(s, 11, doc->wrapped.p, doc->wrapped.n);
    }
}

static enum err save(struct story_debut *x)
{
    struct db *d = writer_db(x->writer);
    const struct story *story = x->own_story;
    int64_t now_ms = writer_now(x->writer), embargo_ms = story->times.embargo_ms;
    struct story_draft next = {.version = x->draft ? x->draft->version + 1 : 1, .stage = x->ask};
    if (x->ask == STAGE_SCHEDULED)
        next.due_ms = story_draft_due(story);
    if (x->draft) {
        must(str_copy(str_from(x->draft->id), next.id, sizeof next.id));
    } else {
        char random[27];
        id_base32(random, 26);
        snprintf(next.id, sizeof next.id, "%.*s:draft:%08u:%s", STR_FMT(x->stories->agency.prefix), clock_day(now_ms), random);
    }
    struct draft_doc doc;
    bool is_sealed = embargo_ms && !due_is_past(&x->stories->due, embargo_ms);
    enum err e = draft_write(x->stories, str_from(next.id), story, is_sealed, &doc, x->why);
    if (e == OK) {
        struct statement *s = db_get(d, x->draft ? SQL_DRAFT_CHANGE : SQL_DRAFT_INSERT);
        bind_draft(s, x, &next, &doc, now_ms);
        e = db_run(s);
    }
    draft_fini(&doc);
    if (e)
        return e;
    if (next.due_ms)
        due_expect(&x->stories->due, next.due_ms);
    struct story_answer *a = x->answer;
    str_copy(str_from(next.id), a->id, sizeof a->id);
    str_copy(str_from(next.id), a->draft_id, sizeof a->draft_id);
    a->version = next.version;
    a->stage = next.stage;
    return OK;
}

/* ---- going live ---- */

static enum err forget_draft(struct story_debut *x, uint64_t n)
{
    struct statement *s = db_get(writer_db(x->writer), SQL_DRAFT_WENT_LIVE);
    db_text(s, 1, str_from(x->draft->id));
    db_int(s, 2, (int64_t)n);
    db_int(s, 3, STAGE_LIVE);
    return db_run(s);
}

static void name_story(struct story_debut *x, uint64_t n)
{
    struct story *story = x->own_story;
    story->times.at_ms = x->import_at_ms ? x->import_at_ms : writer_now(x->writer);
    story->times.first_ms = story->times.at_ms;
    story->head.id = arena_printf(story->arena, "%.*s:%s:%08u:%llu", STR_FMT(x->stories->agency.prefix),
                                  story_type_word((enum story_type)story->codes.type), clock_day(story->times.first_ms),
                                  (unsigned long long)n);
    story->head.n = n;
    story->head.version = 1;
    story->head.stage = STAGE_LIVE;
    story->head.event = story->codes.kind == KIND_ADVISORY ? EVENT_ADVISORY : EVENT_STORY;
}

static enum err go_live(struct story_debut *x)
{
    uint64_t n = writer_next_number(x->writer, "next_n");
    if (n == 0)
        return db_status(writer_db(x->writer));
    name_story(x, n);
    struct story_answer *a = x->answer;
    must(str_copy(x->own_story->head.id, a->id, sizeof a->id));
    struct story_change change = {.writer = x->writer,
                                  .stories = x->stories,
                                  .own_story = x->own_story,
                                  .own_work = x->own_work,
                                  .why = x->why};
    x->own_story = NULL;
    x->own_work = NULL;
    enum err e = story_write_version(&change);
    if (e == OK && x->draft) {
        str_copy(str_from(x->draft->id), a->draft_id, sizeof a->draft_id);
        e = forget_draft(x, n);
    }
    a->n = n;
    a->seq = change.out_seq;
    a->version = 1;
    a->stage = STAGE_LIVE;
    return e;
}

enum err story_draft_debut(struct story_debut *x)
{
    enum err e = x->ask == STAGE_LIVE ? go_live(x) : save(x);
    story_unref(&x->own_story);
    story_work_free(&x->own_work);
    return e;
}
