#include "view/has.h"

#include "base/clock.h"
#include "codec/newsmlg2.h"
#include "store/quota.h"
#include "store/store.h"

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

/* A recall reaches whoever was entitled to any version when it went out, whatever the contract is now (trust P6). */
static bool had_any(const struct account *a, const struct version_row *v, size_t count)
{
    for (size_t i = 0; i < count && a->user->org; i++) {
        const struct right *then = org_right_at(a->user->org, v[i].seq);
        if (then && right_allows(then, &v[i].codes) && right_is_valid(then, v[i].at_ms))
            return true;
    }
    return is_desk(a);
}

/* ---- the download is counted ---- */

struct download {
    struct quota_command quota;
    struct call *call;
};

static void forget(struct command *command)
{
    mem_free(list_of(command, struct quota_command, command));
}

static enum next settled(struct call *c)
{
    struct download *d = c->state;
    enum err e = d->quota.command.result;
    c->state = NULL;
    return e ? has_refuse(c, e, NULL) : NEXT_DONE;
}

static void counted(struct command *command)
{
    struct download *d = list_of(command, struct download, quota.command);
    call_return(d->call, settled);
}

/* Unlimited downloads are counted for the bill and wait for nothing, not even for room in the queue. */
static enum next count_free(const struct org *o, struct writer *w)
{
    struct quota_command *q = mem_new(struct quota_command);
    quota_command_init(q);
    q->org = o->id;
    q->command.done = forget;
    if (!writer_post(w, &q->command))
        mem_free(q);
    return NEXT_DONE;
}

/* The answer is ready and leaves only when the writer, which alone counts, has let it pass: so neither a race nor a
 * failed read costs or saves a download. HEAD carries nothing away. */
static enum next charge(struct call *c)
{
    const struct org *o = auth_who(c)->user->org;
    struct writer *w = store_writer(app_of(c)->store);
    if (!o || c->req.method == METHOD_HEAD)
        return NEXT_DONE;
    uint32_t limit = right_terms(o->right)->download_limit;
    if (limit == 0)
        return count_free(o, w);
    struct download *d = arena_make(c->arena, struct download);
    quota_command_init(&d->quota);
    d->quota.org = o->id;
    d->quota.limit = limit;
    d->quota.command.done = counted;
    d->call = c;
    c->state = d;
    if (writer_post(w, &d->quota.command))
        return NEXT_WAIT;
    c->state = NULL;
    return has_refuse(c, ERR_BUSY, NULL);
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

/* Not counted: a recall must reach those too who have used up their day. */
static enum next send_notice(struct call *c, struct reader *r, const struct story_row *row)
{
    struct version_row *v;
    struct grant g;
    size_t count = reader_versions(r, c->arena, row->n, &v);
    if (!had_any(auth_who(c), v, count) && may_read(auth_who(c), row, &g))
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
    return NEXT_DONE;
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
    return charge(c);
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
