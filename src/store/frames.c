#include "store/reader.h"

#include "codec/native.h"
#include "codec/ninjs.h"
#include "news/chain.h"
#include "store/glance.h"
#include "store/ledger.h"
#include "store/stories.h"

#define NINJS_BYTES (16 * 1024 * 1024)
#define BATCH_BYTES (256 * 1024) /* then the frames read do: a stream sends no more at a time, and would drop the rest */

/* One call of reader_frames: what all its frames are built with. */
struct maker {
    struct db *db;
    const struct agency *agency;
    struct codes *codes;
    struct buf room;
};

/* Columns of SQL_FRAMES_AFTER. */
enum {
    SEQ,
    AT,
    EVENT,
    NUMBER,
    VERSION,
    ID,
    FIRST_AT,
    EXPIRES,
    STAGE_NOW,
    STAGE_THEN,
    BY,
    VERSION_AT,
    META,
    TEXT,
    CANON
};

/* Earlier versions, oldest first: whoever was entitled to one of them or fetched it is due the kill or correction. */
static void add_past(struct maker *m, struct frame *f)
{
    size_t n = 0;
    struct frame_past *list = arena_array(f->arena, struct frame_past, f->version ? f->version : 1);
    struct statement *s = db_get(m->db, SQL_FRAMES_PAST);
    db_int(s, 1, (int64_t)f->n);
    db_int(s, 2, f->version);
    while (n < f->version && db_step(s)) {
        list[n].seq = (uint64_t)db_col_int(s, 0);
        list[n].at_ms = db_col_int(s, 1);
        (void)glance_codes(db_col_text(s, 2), &list[n].codes);
        n++;
    }
    db_reset(s);
    f->past = list;
    f->past_count = n;
    /* A first failure must stand: reader_frames looks at it. */
    enum err e = db_status(m->db) ? db_status(m->db) : ledger_fetchers(m->db, f, f->seq);
    (void)e;
}

static struct str keep_written(struct maker *m, struct frame *f, const struct story *s, bool is_notice)
{
    buf_reset(&m->room);
    if (is_notice)
        ninjs_write_notice(&m->room, s, m->codes, m->agency);
    else
        ninjs_write(&m->room, s, m->codes, m->agency);
    must(buf_ok(&m->room)); /* a version was written once: it cannot have grown */
    return arena_str(f->arena, buf_str(&m->room));
}

/* The story as this record may be told today: as it was told then, so that a resume gives what a stream that never broke
 * was given. Of a killed one only the kill keeps a text, which is its reason; the others keep their codes. NULL when the
 * row is damaged. */
static struct story *read_story(struct statement *s, enum event event)
{
    bool is_killed = (enum stage)db_col_int(s, STAGE_NOW) == STAGE_KILLED;
    struct story *story = story_new();
    struct str text = is_killed && event != EVENT_KILL ? STR_NONE : db_col_text(s, TEXT);
    if (native_read_stored(db_col_text(s, META), text, story, NULL) != OK) {
        story_unref(&story);
        return NULL;
    }
    story->head.id = arena_str(story->arena, db_col_text(s, ID));
    story->head.n = (uint64_t)db_col_int(s, NUMBER);
    story->head.seq = (uint64_t)db_col_int(s, SEQ);
    story->head.version = (uint32_t)db_col_int(s, VERSION);
    story->head.event = event;
    story->head.stage = is_killed ? STAGE_KILLED : (enum stage)db_col_int(s, STAGE_THEN);
    story->head.by = arena_str(story->arena, db_col_text(s, BY));
    story->times.first_ms = db_col_int(s, FIRST_AT);
    story->times.at_ms = db_col_int(s, VERSION_AT); /* of an import: the source's, not the record's */
    story->times.expires_ms = db_col_int(s, EXPIRES);
    return story_freeze(story);
}

static void fill_story(struct maker *m, struct statement *s, struct frame *f)
{
    struct story *story = read_story(s, f->event);
    if (!story) {
        f->event = EVENT_NONE; /* nobody can be told of it; `tellal check` names the row */
        return;
    }
    bool is_off = story->head.stage == STAGE_KILLED || story->head.stage == STAGE_HELD;
    f->codes = story->codes;
    f->n = story->head.n;
    f->id = arena_str(f->arena, story->head.id);
    f->story = story;
    f->agency = m->agency;
    f->codes_list = codes_ref(m->codes);
    if (f->event == EVENT_KILL || f->event == EVENT_CORRECTION)
        add_past(m, f);
    if (is_off || f->event == EVENT_CORRECTION)
        f->notice = keep_written(m, f, story, true);
    if (!is_off)
        f->full = keep_written(m, f, story, false);
}

static struct right *right_at(struct maker *m, uint32_t org, uint64_t seq)
{
    struct terms t;
    struct right *right = NULL;
    struct arena *a = arena_new(512);
    struct statement *s = db_get(m->db, SQL_ORG_TERMS_AT);
    db_int(s, 1, org);
    db_int(s, 2, (int64_t)seq);
    struct str terms = db_step(s) ? db_col_text(s, 0) : STR_NONE;
    if (terms.p && terms_parse(terms, a, &t, NULL) == OK)
        right = right_new(&t);
    db_reset(s);
    arena_free(&a);
    return right ? right : right_nothing();
}

/* Rights, codes, ends of shelf life, epochs: what the record itself says. */
static void fill_plain(struct maker *m, struct statement *s, struct frame *f)
{
    struct arena *a = arena_new(1024);
    struct record r = {0};
    if (chain_read(db_col_text(s, CANON), a, &r, NULL) == OK) {
        f->id = arena_str(f->arena, r.id);
        f->codes = r.codes;
    }
    arena_free(&a);
    if (f->event == EVENT_ORG || f->event == EVENT_USER)
        f->subject = (uint32_t)db_col_int(s, NUMBER);
    else
        f->n = (uint64_t)db_col_int(s, NUMBER);
    if (f->event == EVENT_ORG)
        f->right = right_at(m, f->subject, f->seq);
}

static struct frame *make_frame(struct maker *m, struct statement *s)
{
    struct frame *f = frame_new();
    f->seq = (uint64_t)db_col_int(s, SEQ);
    f->at_ms = db_col_int(s, AT);
    f->event = (enum event)db_col_int(s, EVENT);
    f->version = (uint32_t)db_col_int(s, VERSION);
    if (db_col_is_null(s, CANON))
        fill_story(m, s, f);
    else
        fill_plain(m, s, f);
    return f;
}

size_t reader_frames(struct reader *r, uint64_t after, struct frame **out, size_t max)
{
    struct stories *stories = reader_stories(r);
    struct maker m = {reader_db(r), &stories->agency, stories_codes(stories), BUF_INIT(NINJS_BYTES)};
    size_t n = 0, bytes = 0;
    struct statement *s = db_get(m.db, SQL_FRAMES_AFTER);
    db_int(s, 1, (int64_t)after);
    db_int(s, 2, (int64_t)max);
    while (n < max && bytes < BATCH_BYTES && db_step(s)) {
        struct frame *f = make_frame(&m, s);
        if (db_status(m.db)) { /* it lacks something: the past of a kill, the terms of an organisation */
            frame_unref(&f);
            break;
        }
        out[n++] = f;
        bytes += f->full.n + f->notice.n;
    }
    db_reset(s);
    buf_fini(&m.room);
    codes_unref(&m.codes);
    return n;
}

/* ---- cursors ---- */

static uint64_t ask(struct reader *r, enum sql which, int64_t with)
{
    struct statement *s = db_get(reader_db(r), which);
    if (which != SQL_RECORD_HEAD)
        db_int(s, 1, with);
    uint64_t found = db_step(s) ? (uint64_t)db_col_int(s, 0) : 0;
    db_reset(s);
    return found;
}

uint64_t reader_seq_at(struct reader *r, int64_t at_ms)
{
    uint64_t seq = ask(r, SQL_RECORD_SEQ_AT, at_ms);
    return seq ? seq : ask(r, SQL_RECORD_HEAD, 0) + 1;
}

enum cursor_verdict reader_cursor(struct reader *r, uint64_t seq, uint64_t head)
{
    if (seq > head || seq > INT64_MAX)
        return CURSOR_FUTURE;
    uint64_t next_first = ask(r, SQL_EPOCHS_AFTER, (int64_t)seq);
    /* Within the running epoch, or up to the last record that an older one left to the next. What lies between was
     * given out on a timeline that a restore has ended. */
    if (next_first == 0 || seq == 0)
        return CURSOR_OK;
    return seq <= ask(r, SQL_RECORD_LAST_BELOW, (int64_t)next_first) ? CURSOR_OK : CURSOR_LOST;
}
