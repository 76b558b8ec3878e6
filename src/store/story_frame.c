#include "store/story_frame.h"

#include "store/glance.h"
#include "store/ledger.h"

#define NINJS_MAX (64 * 1024 * 1024)

/* The versions of the frame's story before its own, and who fetched one of them. */
static enum err read_past(struct db *d, struct frame *f)
{
    struct frame_past *past = arena_array(f->arena, struct frame_past, f->version);
    size_t count = 0;
    enum err e = OK;
    struct statement *s = db_get(d, SQL_VERSION_PAST);
    db_int(s, 1, (int64_t)f->n);
    db_int(s, 2, f->version);
    while (count < f->version) {
        if (!db_step(s)) {
            e = db_status(d);
            break;
        }
        past[count].seq = (uint64_t)db_col_int(s, 1);
        past[count].at_ms = db_col_int(s, 5);
        (void)glance_codes(db_col_text(s, 4), &past[count].codes); /* a damaged row entitles nobody */
        count++;
    }
    db_reset(s);
    f->past = past;
    f->past_count = count;
    return e ? e : ledger_fetchers(d, f, f->story->head.seq);
}

/* What other formats of it will be written with, if anybody asks for them. */
static void lend(struct frame *f, const struct stories *s)
{
    f->agency = &s->agency;
    f->codes_list = codes_ref(s->codes);
}

static struct str write_ninjs(struct frame *f, const struct stories *s, bool is_notice)
{
    struct buf b = BUF_INIT(NINJS_MAX);
    if (is_notice)
        ninjs_write_notice(&b, f->story, s->codes, &s->agency);
    else
        ninjs_write(&b, f->story, s->codes, &s->agency);
    must(buf_ok(&b));
    struct str kept = arena_str(f->arena, buf_str(&b));
    buf_fini(&b);
    return kept;
}

enum err story_frame_make(struct db *d, const struct stories *s, const struct story *story, struct frame **out)
{
    struct frame *f = frame_new();
    enum event event = story->head.event;
    bool is_off = story->head.stage == STAGE_KILLED || story->head.stage == STAGE_HELD;
    f->story = story_ref(story);
    lend(f, s);
    f->event = event;
    f->codes = story->codes;
    f->version = story->head.version;
    f->id = arena_str(f->arena, story->head.id);
    f->n = story->head.n;
    enum err e = event == EVENT_KILL || event == EVENT_CORRECTION ? read_past(d, f) : OK;
    if (e) {
        frame_unref(&f);
        return e;
    }
    if (is_off || event == EVENT_CORRECTION)
        f->notice = write_ninjs(f, s, true);
    if (!is_off)
        f->full = write_ninjs(f, s, false);
    *out = f;
    return OK;
}

static struct frame *make_recalled(struct statement *row, const struct stories *s, const struct story_now *now)
{
    struct story *left = story_new();
    left->head = (struct story_head){.id = arena_str(left->arena, str_from(now->id)),
                                     .n = now->n,
                                     .version = (uint32_t)db_col_int(row, 0),
                                     .seq = (uint64_t)db_col_int(row, 1),
                                     .stage = STAGE_KILLED,
                                     .event = (enum event)db_col_int(row, 3)};
    left->times.first_ms = now->first_ms;
    left->times.at_ms = db_col_int(row, 2);
    if (native_read_stored(db_col_text(row, 4), STR_NONE, left, NULL) != OK)
        left->codes = (struct story_codes){0};
    struct frame *f = frame_new();
    f->seq = left->head.seq;
    f->at_ms = db_col_int(row, 5);
    f->event = left->head.event;
    f->codes = left->codes;
    f->version = left->head.version;
    f->id = arena_str(f->arena, left->head.id);
    f->n = now->n;
    f->story = story_freeze(left);
    lend(f, s);
    f->notice = write_ninjs(f, s, true);
    return f;
}

enum err story_frame_recall(struct db *d, const struct stories *s, const struct story_now *now, struct frame ***out,
                            size_t *out_count)
{
    struct frame **frames = mem_array(struct frame *, now->version);
    size_t n = 0;
    struct statement *row = db_get(d, SQL_VERSION_PAST);
    db_int(row, 1, (int64_t)now->n);
    db_int(row, 2, (int64_t)now->version + 1);
    while (n < now->version && db_step(row))
        frames[n++] = make_recalled(row, s, now);
    enum err e = db_status(d);
    db_reset(row);
    for (size_t i = 0; i < n && e == OK; i++) /* by the same statement, so not while it is read */
        if (frames[i]->event == EVENT_CORRECTION)
            e = read_past(d, frames[i]);
    *out = frames;
    *out_count = n;
    return e;
}
