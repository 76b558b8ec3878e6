#include "store/due.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/story_draft.h"
#include "store/story_now.h"
#include "store/story_public.h"
#include "store/story_shelf.h"

#define LOOK_MS 1000   /* at most so long between two looks at the clocks */
#define RETRY_MS 10000 /* after a release that failed */

/* ---- the clock ---- */

static bool is_near(int64_t a, int64_t b)
{
    return a - b <= DUE_JUMP_MS && b - a <= DUE_JUMP_MS;
}

static enum due_verdict believe(struct due_clock *c, int64_t offset, enum due_verdict verdict)
{
    c->is_holding = false;
    c->trusted_ms = offset;
    return verdict;
}

/* Slow drift (a corrected crystal, leap smearing) moves the trusted offset along; only a step stands out. */
enum due_verdict due_clock_look(struct due_clock *c, int64_t real_ms, int64_t mono_ms)
{
    int64_t offset = real_ms - mono_ms, before = c->last_ms;
    c->last_ms = offset;
    if (!c->is_started) {
        c->is_started = true;
        return believe(c, offset, DUE_STEADY);
    }
    if (!c->is_holding) {
        if (is_near(offset, c->trusted_ms))
            return believe(c, offset, DUE_STEADY);
        c->is_holding = true;
        c->since_ms = mono_ms;
        return DUE_JUMPED;
    }
    if (is_near(offset, c->trusted_ms))
        return believe(c, offset, DUE_AGREES);
    if (!is_near(offset, before))
        c->since_ms = mono_ms;
    return mono_ms - c->since_ms >= DUE_STEADY_MS ? believe(c, offset, DUE_ACCEPTED) : DUE_HOLDING;
}

static bool look(struct due *d)
{
    int64_t trusted_ms = d->clock.trusted_ms, real_ms = clock_now_ms(), mono_ms = clock_mono_ms();
    enum due_verdict verdict = due_clock_look(&d->clock, real_ms, mono_ms);
    if (verdict == DUE_JUMPED)
        log_line(LOG_WARN, "clock-jumped", "by_ms=%lld releases=held", (long long)(real_ms - mono_ms - trusted_ms));
    else if (verdict == DUE_AGREES)
        log_line(LOG_WARN, "clock-agrees", "releases=resumed");
    else if (verdict == DUE_ACCEPTED)
        log_line(LOG_WARN, "clock-accepted", "steady_ms=%d releases=resumed", DUE_STEADY_MS);
    return !d->clock.is_holding;
}

void due_init(struct due *d)
{
    *d = (struct due){0};
}

bool due_is_past(struct due *d, int64_t at_ms)
{
    return look(d) && at_ms <= clock_now_ms();
}

void due_expect(struct due *d, int64_t at_ms)
{
    if (at_ms < d->first_due_ms)
        d->first_due_ms = at_ms;
}

/* ---- releases ---- */

struct release {
    struct command command;
    struct stories *stories;
    struct writer *writer;
    enum sql source; /* the statement that told of it: what is due */
    uint64_t n;
    char id[96];
    struct story_answer answer;
};

static enum err release_draft(struct release *r)
{
    struct db *d = writer_db(r->writer);
    struct story_draft draft;
    struct story *story = NULL;
    struct why *why = &r->command.why;
    enum err e = story_draft_get(d, r->stories, str_from(r->id), &draft, &story, why);
    if (e == ERR_PARSE || e == ERR_FIELD) {
        log_line(LOG_ERROR, "release-refused", "draft=%s reason=%s action=review", r->id, log_safe(str_from(why->text)));
        return story_draft_park(d, str_from(r->id));
    }
    if (e)
        return e;
    /* It may have been published, withdrawn or moved since the timer saw it. */
    if (draft.n || draft.due_ms == 0 || !due_is_past(&r->stories->due, draft.due_ms)) {
        story_unref(&story);
        return OK;
    }
    struct story_debut x = {.writer = r->writer,
                            .stories = r->stories,
                            .own_story = story,
                            .ask = STAGE_LIVE,
                            .draft = &draft,
                            .why = why,
                            .answer = &r->answer};
    return story_draft_debut(&x);
}

/* All may have changed since the timer saw it. */
static enum err release_apply(struct writer *w, struct command *c)
{
    struct release *r = list_of(c, struct release, command);
    struct story_now now;
    r->writer = w;
    if (r->source == SQL_DUE_DRAFTS)
        return release_draft(r);
    enum err e = story_now_read(writer_db(w), r->n, &now);
    if (e)
        return e;
    if (r->source == SQL_DUE_BRIEFS)
        return story_public_has(writer_db(w), r->n) ? story_public_wait(w, r->stories, r->n, 0)
                                                    : story_shelf_show(w, r->stories, &now, &c->why);
    if (now.is_expired || now.expires_ms == 0 || !due_is_past(&r->stories->due, now.expires_ms))
        return OK;
    return story_shelf_expire(w, r->stories, &now, &c->why);
}

static void release_done(struct command *c)
{
    struct release *r = list_of(c, struct release, command);
    struct due *d = &r->stories->due;
    d->under_way--;
    if (c->result) {
        log_line(LOG_ERROR, "release-failed", "story=%s n=%llu error=%s reason=%s retry_ms=%d", r->id, (unsigned long long)r->n,
                 err_key(c->result), log_safe(str_from(c->why.text)), RETRY_MS);
        d->look_at_ms = clock_mono_ms() + RETRY_MS;
    } else if (r->answer.seq) {
        log_line(LOG_INFO, "release", "seq=%llu story=%s draft=%s", (unsigned long long)r->answer.seq, r->answer.id, r->id);
    }
    mem_free(r);
}

static bool post(struct writer *w, struct stories *s, enum sql source, struct statement *row)
{
    struct release *r = mem_new(struct release);
    *r = (struct release){.command = {.apply = release_apply, .done = release_done}, .stories = s, .source = source};
    if (source == SQL_DUE_DRAFTS)
        str_copy(db_col_text(row, 0), r->id, sizeof r->id);
    else
        r->n = (uint64_t)db_col_int(row, 0);
    if (!writer_post(w, &r->command)) {
        mem_free(r);
        return false;
    }
    s->due.under_way++;
    return true;
}

static bool post_all(struct writer *w, struct stories *s, enum sql source, int64_t now_ms)
{
    struct statement *row = db_get(writer_db(w), source);
    db_int(row, 1, now_ms);
    bool is_taken = true;
    while (is_taken && db_step(row))
        is_taken = post(w, s, source, row);
    db_reset(row);
    return is_taken;
}

static int64_t earliest(struct db *d)
{
    struct statement *s = db_get(d, SQL_DUE_NEXT);
    bool is_there = db_step(s) && !db_col_is_null(s, 0);
    int64_t at_ms = is_there ? db_col_int(s, 0) : INT64_MAX;
    db_reset(s);
    return at_ms;
}

/* Real time is looked at every second even when nothing is due: a jump must be seen when it happens, not when the next
 * embargo is tried. */
static int64_t release_due(struct writer *w, struct stories *s)
{
    struct due *d = &s->due;
    int64_t mono_ms = clock_mono_ms();
    bool is_believed = look(d);
    if (!is_believed || d->under_way)
        return mono_ms + LOOK_MS;
    if (mono_ms < d->look_at_ms)
        return d->look_at_ms < mono_ms + LOOK_MS ? d->look_at_ms : mono_ms + LOOK_MS;
    int64_t now_ms = clock_now_ms();
    if (d->first_due_ms <= now_ms) {
        static const enum sql SOURCES[] = {SQL_DUE_DRAFTS, SQL_DUE_EXPIRED, SQL_DUE_BRIEFS};
        for (size_t i = 0; i < sizeof SOURCES / sizeof SOURCES[0]; i++)
            if (!post_all(w, s, SOURCES[i], now_ms))
                break;
        d->first_due_ms = d->under_way ? 0 : earliest(writer_db(w));
    }
    int64_t wait_ms = d->first_due_ms > now_ms ? d->first_due_ms - now_ms : LOOK_MS;
    return mono_ms + (wait_ms < LOOK_MS ? wait_ms : LOOK_MS);
}

int64_t stories_due(struct writer *w, void *arg)
{
    struct stories *s = arg;
    int64_t release_ms = release_due(w, s), sweep_ms = sweep_next(&s->sweep, w);
    return sweep_ms && sweep_ms < release_ms ? sweep_ms : release_ms;
}
