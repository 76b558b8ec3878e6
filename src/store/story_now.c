#include "store/story_now.h"

#include "codec/native.h"

enum err story_now_read(struct db *d, uint64_t n, struct story_now *out)
{
    struct statement *s = db_get(d, SQL_STORY_NOW);
    db_int(s, 1, (int64_t)n);
    enum err e = db_step(s) ? OK : db_status(d) ? db_status(d) : ERR_NONE;
    if (e == OK) {
        *out = (struct story_now){.n = n,
                                  .okey = (uint64_t)db_col_int(s, 0),
                                  .seq = (uint64_t)db_col_int(s, 1),
                                  .version = (uint32_t)db_col_int(s, 2),
                                  .stage = (enum stage)db_col_int(s, 3),
                                  .is_expired = db_col_int(s, 4) != 0,
                                  .first_ms = db_col_int(s, 5),
                                  .at_ms = db_col_int(s, 6),
                                  .expires_ms = db_col_int(s, 7)};
        must(str_copy(db_col_text(s, 8), out->id, sizeof out->id));
    }
    db_reset(s);
    return e;
}

bool story_now_is_indexed(const struct story_now *now)
{
    return now->stage == STAGE_LIVE && !now->is_expired;
}

static enum err load(struct db *d, const struct story_now *now, bool has_text, struct story **out, struct why *why)
{
    struct story *story = story_new();
    struct statement *s = db_get(d, SQL_VERSION_HALVES);
    db_int(s, 1, (int64_t)now->n);
    db_int(s, 2, now->version);
    enum err e = db_step(s) ? OK : db_status(d);
    if (e == OK)
        e = native_read_stored(db_col_text(s, 0), has_text ? db_col_text(s, 1) : STR_NONE, story, why);
    db_reset(s);
    if (e) {
        story_unref(&story);
        return e;
    }
    story->head.id = arena_str(story->arena, str_from(now->id));
    story->head.n = now->n;
    story->head.seq = now->seq;
    story->head.version = now->version;
    story->head.stage = now->stage;
    story->times.first_ms = now->first_ms;
    story->times.at_ms = now->at_ms;
    story->times.expires_ms = now->expires_ms;
    *out = story;
    return OK;
}

enum err story_now_load(struct db *d, const struct story_now *now, struct story **out, struct why *why)
{
    return load(d, now, true, out, why);
}

enum err story_now_load_codes(struct db *d, const struct story_now *now, struct story **out, struct why *why)
{
    return load(d, now, false, out, why);
}
