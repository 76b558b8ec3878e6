#include "view/has.h"

#include "base/clock.h"
#include "codec/newsmlg2.h"
#include "store/store.h"
#include "view/handover.h"

#define FORMAT "newsml29"
#define TRIES 3 /* the story may get a new version between the decision and the text */

struct str has_doc_file(struct arena *a, struct str id)
{
    struct str name = arena_printf(a, "%.*s.xml", STR_FMT(id));
    char *p = (char *)(uintptr_t)name.p; /* freshly made, ours */
    for (size_t i = 0; i < name.n; i++)
        if (p[i] == ':')
            p[i] = '_';
    return name;
}

/* ---- who may ---- */

static bool is_desk(const struct account *a)
{
    return role_is_desk(a->user->role);
}

static enum err may_read(const struct account *a, const struct story_row *row, struct grant *g)
{
    if (is_desk(a)) {
        right_grant_editor(row->n, g);
        return OK;
    }
    CLEANUP(right_unref) struct right *r = user_right(a->user);
    return right_grant(r, &row->codes, row->n, row->at_ms, clock_now_ms(), g);
}

static enum next refuse(struct call *c, enum err e)
{
    return has_refuse(c, e, NULL);
}

/* ---- what is sent ---- */

static void start(struct call *c, struct str id)
{
    res_start(&c->res, 200, "application/xml");
    struct str file = has_doc_file(c->arena, id);
    res_headerf(&c->res, "Content-Disposition", "attachment; filename=%.*s", STR_FMT(file));
}

/* Made of the row alone: what was recalled is not even read. */
static struct story *make_notice(const struct story_row *row, const struct codes *codes, struct str note)
{
    const struct code *language = codes_get(codes, CODE_LANGUAGE, row->codes.language);
    struct story *s = story_new();
    s->head = (struct story_head){.id = arena_str(s->arena, row->id),
                                  .n = row->n,
                                  .seq = row->seq,
                                  .version = row->version,
                                  .stage = row->stage,
                                  .note = arena_str(s->arena, note)};
    s->codes = row->codes;
    s->times.first_ms = row->first_ms;
    s->times.at_ms = row->at_ms;
    s->language = arena_str(s->arena, language ? language->word : STR_NONE);
    return story_freeze(s);
}

/* Not counted: a recall must reach those too who have used up their day. Written down: they have seen it. */
static enum next send_notice(struct call *c, struct reader *r, const struct story_row *row)
{
    struct version_row *v;
    struct grant g;
    size_t count = reader_versions(r, c->arena, row->n, &v);
    if (!handover_had(c, r, row->n, v, count) && may_read(auth_who(c), row, &g))
        return has_refuse(c, ERR_RIGHT, NULL);
    if (!str_is(c->req.params[1], FORMAT))
        return has_refuse(c, ERR_NONE, NULL);
    struct stories *all = reader_stories(r);
    struct codes *codes = stories_codes(all);
    struct story *s = make_notice(row, codes, count ? v[count - 1].note : STR_NONE);
    start(c, row->id);
    newsmlg2_write_has_notice(&c->res.body, s, codes, &all->agency, clock_now_ms());
    story_unref(&s);
    codes_unref(&codes);
    return handover_answer(c, &(struct handover){row->n, row->version, FORMAT, false, has_doc_run, refuse});
}

/* NEXT_WAIT with *is_stale set asks to decide anew: nothing was answered. */
static enum next send_story(struct call *c, struct reader *r, const struct story_row *row, bool *is_stale)
{
    struct grant g;
    *is_stale = false;
    if (may_read(auth_who(c), row, &g))
        return has_refuse(c, ERR_RIGHT, NULL);
    if (!str_is(c->req.params[1], FORMAT))
        return has_refuse(c, ERR_NONE, NULL);
    struct story *s = reader_story(r, row->n, 0, &g);
    if (!s || s->head.version != row->version) {
        story_unref(&s);
        *is_stale = true;
        return NEXT_WAIT;
    }
    struct stories *all = reader_stories(r);
    struct codes *codes = stories_codes(all);
    start(c, row->id);
    newsmlg2_write_has(&c->res.body, &g, s, codes, &all->agency, clock_now_ms());
    story_unref(&s);
    codes_unref(&codes);
    return handover_answer(c, &(struct handover){row->n, row->version, FORMAT, true, has_doc_run, refuse});
}

/* An id of nothing, of a draft, of a story past its shelf life: one answer after the same look into the store (P10). */
static bool find(struct call *c, struct reader *r, struct story_row *row)
{
    uint64_t n = 0;
    struct str id = c->req.params[0];
    if (!story_id_parse(id, NULL, NULL, NULL, &n))
        n = 0;
    if (!reader_row(r, c->arena, n, row) || !str_eq(row->id, id))
        return false;
    return row->stage == STAGE_KILLED || !row->is_expired || is_desk(auth_who(c));
}

enum next has_doc_run(struct call *c, void *reader)
{
    struct story_row row;
    for (int i = 0; i < TRIES; i++) {
        bool is_stale;
        if (!find(c, reader, &row))
            return has_refuse(c, ERR_NONE, NULL);
        if (row.stage == STAGE_HELD || row.stage == STAGE_KILLED)
            return send_notice(c, reader, &row);
        if (row.stage != STAGE_LIVE)
            return has_refuse(c, ERR_NONE, NULL);
        enum next next = send_story(c, reader, &row, &is_stale);
        if (!is_stale)
            return next;
    }
    return has_refuse(c, ERR_BUSY, NULL);
}
