#include "store/reader.h"

#include "codec/native.h"
#include "store/draft.h"
#include "store/glance.h"
#include "store/stories.h"

struct reader {
    struct db *db;
    struct stories *stories;
};

void *reader_open(void *options)
{
    const struct reader_options *o = options;
    struct reader *r = mem_new(struct reader);
    struct why why = {0};
    r->stories = o->stories;
    if (db_open(o->path, false, &r->db, &why) != OK)
        err_abort(why.text, o->path, 0); /* the writer has just opened it: nothing that a running server mends */
    return r;
}

void reader_close(void *reader)
{
    struct reader *r = reader;
    if (!r)
        return;
    db_close(&r->db);
    mem_free(r);
}

struct db *reader_db(struct reader *r)
{
    return r->db;
}

struct stories *reader_stories(struct reader *r)
{
    return r->stories;
}

bool reader_row(struct reader *r, struct arena *a, uint64_t n, struct story_row *out)
{
    struct statement *s = db_get(r->db, SQL_READ_ROW);
    db_int(s, 1, (int64_t)n);
    struct story_row row = {0};
    bool is_there = db_step(s) && glance_codes(db_col_text(s, 8), &row.codes);
    if (is_there) {
        row.n = (uint64_t)db_col_int(s, 0);
        row.seq = (uint64_t)db_col_int(s, 1);
        row.version = (uint32_t)db_col_int(s, 2);
        row.stage = (enum stage)db_col_int(s, 3);
        row.is_expired = db_col_int(s, 4) != 0;
        row.first_ms = db_col_int(s, 5);
        row.at_ms = db_col_int(s, 6);
        row.id = arena_str(a, db_col_text(s, 7));
        row.draft_id = arena_str(a, db_col_text(s, 9));
        *out = row;
    }
    db_reset(s);
    return is_there;
}

/* The row of SQL_READ_VERSION that `s` stands on; NULL when it is damaged. */
static struct story *read_version(struct statement *s)
{
    struct story *story = story_new();
    if (native_read_stored(db_col_text(s, 10), db_col_text(s, 11), story, NULL) != OK) {
        story_unref(&story);
        return NULL;
    }
    story->head.id = arena_str(story->arena, db_col_text(s, 0));
    story->head.n = (uint64_t)db_col_int(s, 1);
    story->head.version = (uint32_t)db_col_int(s, 4);
    story->head.seq = (uint64_t)db_col_int(s, 5);
    story->head.event = (enum event)db_col_int(s, 7);
    story->head.stage = (enum stage)db_col_int(s, 8);
    story->head.by = arena_str(story->arena, db_col_text(s, 9));
    story->times.first_ms = db_col_int(s, 2);
    story->times.expires_ms = db_col_int(s, 3);
    story->times.at_ms = db_col_int(s, 6);
    return story_freeze(story);
}

struct story *reader_story(struct reader *r, uint64_t n, uint32_t version, const struct grant *g)
{
    must(grant_covers(g, n));
    struct statement *s = db_get(r->db, SQL_READ_VERSION);
    db_int(s, 1, (int64_t)n);
    db_int(s, 2, version);
    struct story *story = db_step(s) ? read_version(s) : NULL;
    db_reset(s);
    return story;
}

struct story *reader_draft(struct reader *r, struct str id, uint64_t *out_n)
{
    struct story *story = NULL;
    struct statement *s = db_get(r->db, SQL_READ_DRAFT);
    db_text(s, 1, id);
    if (db_step(s)) {
        *out_n = (uint64_t)db_col_int(s, 9); /* once live, the text may be gone from here and the way to it stays */
        story = story_new();
        if (draft_read(r->stories, id, db_col_text(s, 6), db_col_text(s, 7), db_col_text(s, 8), story, NULL) != OK)
            story_unref(&story);
    }
    if (story) {
        story->head.id = arena_str(story->arena, id);
        story->head.version = (uint32_t)db_col_int(s, 0);
        story->head.stage = (enum stage)db_col_int(s, 1);
        story->head.by = arena_str(story->arena, db_col_text(s, 5));
        story->times.first_ms = db_col_int(s, 2);
        story->times.at_ms = db_col_int(s, 3);
        story = story_freeze(story);
    }
    db_reset(s);
    return story;
}

size_t reader_versions(struct reader *r, struct arena *a, uint64_t n, struct version_row **out)
{
    size_t count = 0, room = 0;
    struct version_row *list = NULL;
    struct statement *s = db_get(r->db, SQL_READ_VERSIONS);
    db_int(s, 1, (int64_t)n);
    while (db_step(s)) {
        if (count == room) {
            room = room ? room * 2 : 8;
            list = mem_grow(list, room * sizeof list[0]);
        }
        struct version_row *row = &list[count++];
        *row = (struct version_row){.version = (uint32_t)db_col_int(s, 0),
                                    .seq = (uint64_t)db_col_int(s, 1),
                                    .at_ms = db_col_int(s, 2),
                                    .recorded_ms = db_col_int(s, 7),
                                    .event = (enum event)db_col_int(s, 3),
                                    .by = arena_str(a, db_col_text(s, 4)),
                                    .note = glance_text(a, db_col_text(s, 6), "note")};
        (void)glance_codes(db_col_text(s, 5), &row->codes); /* zeros match no restricted right */
    }
    db_reset(s);
    *out = arena_array(a, struct version_row, count + 1);
    if (count)
        memcpy(*out, list, count * sizeof list[0]);
    mem_free(list);
    return count;
}
