#include "store/sweep.h"

#include "base/clock.h"
#include "base/log.h"

#define PAGES 100      /* of index written in a slice: a few milliseconds */
#define PAUSE_MS 50    /* between slices, so that readers and the log keep up */
#define RETRY_MS 60000 /* after a failure: a full disk */

enum err sweep_ask(struct sweep *s, struct db *d)
{
    s->is_needed = true;
    s->is_begun = false; /* what is being merged now may have been read before the deletion */
    s->asked++;
    return db_run(db_get(d, SQL_SWEEP_SET));
}

enum err sweep_load(struct sweep *s, struct db *d)
{
    struct statement *row = db_get(d, SQL_SWEEP_GET);
    *s = (struct sweep){.is_needed = db_step(row)};
    enum err e = db_status(d);
    db_reset(row);
    return e;
}

struct slice {
    struct command command;
    struct sweep *sweep;
    uint64_t asked;
    bool is_over;
};

/* FTS5 tells by the rows it changed whether there was anything left: below 2 there was not. */
static enum err merge(struct db *d, enum sql which, int64_t pages, bool *is_over)
{
    int64_t before = db_total_changes(d);
    struct statement *s = db_get(d, which);
    db_int(s, 1, pages);
    enum err e = db_run(s);
    if (db_total_changes(d) - before >= 2)
        *is_over = false;
    return e;
}

/* A negative number makes all segments one task; positive ones then work at it. */
static enum err merge_both(struct db *d, int64_t pages, bool *is_over)
{
    enum err e = merge(d, SQL_WORDS_MERGE, pages, is_over);
    return e ? e : merge(d, SQL_BRIEF_WORDS_MERGE, pages, is_over);
}

static enum err merge_all(struct db *d)
{
    bool is_over = false;
    enum err e = merge_both(d, -PAGES, &is_over);
    while (e == OK && !is_over) {
        is_over = true;
        e = merge_both(d, PAGES, &is_over);
    }
    return e ? e : db_run(db_get(d, SQL_SWEEP_CLEAR));
}

enum err sweep_all(struct db *d)
{
    struct sweep s;
    enum err e = sweep_load(&s, d);
    if (e || !s.is_needed)
        return e;
    e = db_begin(d);
    if (e == OK)
        e = merge_all(d);
    if (e == OK)
        e = db_commit(d);
    if (e)
        db_rollback(d);
    return e;
}

static enum err slice_apply(struct writer *w, struct command *command)
{
    struct slice *c = list_of(command, struct slice, command);
    struct db *d = writer_db(w);
    if (c->asked != c->sweep->asked)
        return OK; /* a kill of the same group, whose deletion is still to come: begin anew */
    bool is_first = !c->sweep->is_begun;
    int64_t pages = is_first ? -PAGES : PAGES;
    c->is_over = !is_first;
    enum err e = merge_both(d, pages, &c->is_over);
    if (e == OK && c->is_over)
        e = db_run(db_get(d, SQL_SWEEP_CLEAR));
    return e;
}

static void slice_committed(struct command *command)
{
    struct slice *c = list_of(command, struct slice, command);
    if (c->asked != c->sweep->asked)
        return;
    c->sweep->is_begun = true;
    if (c->is_over)
        c->sweep->is_needed = false;
}

static void slice_done(struct command *command)
{
    struct slice *c = list_of(command, struct slice, command);
    bool has_failed = command->result != OK;
    c->sweep->is_under_way = false;
    c->sweep->next_ms = clock_mono_ms() + (has_failed ? RETRY_MS : PAUSE_MS);
    if (has_failed)
        log_line(LOG_WARN, "sweep-failed", "error=%s retry_ms=%d", err_key(command->result), RETRY_MS);
    else if (!c->sweep->is_needed)
        log_line(LOG_INFO, "sweep-done", "index=clean");
    mem_free(c);
}

int64_t sweep_next(struct sweep *s, struct writer *w)
{
    if (!s->is_needed)
        return 0;
    int64_t now_ms = clock_mono_ms();
    if (s->is_under_way || writer_waiting(w))
        return now_ms + PAUSE_MS;
    if (now_ms < s->next_ms)
        return s->next_ms;
    struct slice *c = mem_new(struct slice);
    *c = (struct slice){.command = {.apply = slice_apply, .committed = slice_committed, .done = slice_done},
                        .sweep = s,
                        .asked = s->asked};
    if (writer_post(w, &c->command))
        s->is_under_way = true;
    else
        mem_free(c);
    return now_ms + PAUSE_MS;
}
