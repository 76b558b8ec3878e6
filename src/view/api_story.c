#include "view/api.h"

#include "base/clock.h"
#include "base/json.h"
#include "codec/native.h"
#include "desk/submit.h"
#include "http/gate.h"
#include "view/handover.h"
#include "view/site.h"

/* ---- the way in: POST, PUT and the verbs ---- */

struct intake {
    struct submit_ask ask;
    struct submission *submission;
};

static void drop_intake(void *state)
{
    submit_free(&((struct intake *)state)->submission);
}

static enum next refuse(struct call *c, struct submission *s, enum err e)
{
    struct res_fault faults[NATIVE_FAULTS];
    for (size_t i = 0; i < s->faults.n; i++)
        faults[i] = (struct res_fault){s->faults.v[i].pointer, s->faults.v[i].message};
    size_t n = s->faults.n;
    if (e == ERR_FIELD && !n && s->why.at[0]) {
        faults[0] = (struct res_fault){str_from(s->why.at), str_from(s->why.text)};
        n = 1;
    }
    if (e == ERR_NONE)
        return api_none(c);
    char detail[sizeof s->why.text + sizeof s->why.at + 4];
    snprintf(detail, sizeof detail, "%s%s%s", s->why.text, e == ERR_PARSE && s->why.at[0] ? ": " : "",
             e == ERR_PARSE ? s->why.at : "");
    res_problem(&c->res, e, detail, faults, n);
    if (e == ERR_BUSY || e == ERR_DISK_FULL)
        res_header(&c->res, "Retry-After", S("2"));
    return NEXT_DONE;
}

static enum next answered(struct call *c)
{
    struct intake *in = c->state;
    struct submission *s = in->submission;
    enum err e = s->command.command.result;
    if (e) {
        s->why = s->command.command.why;
        refuse(c, s, e);
    } else {
        const struct story_answer *a = &s->command.answer;
        res_start(&c->res, in->ask.is_new ? 201 : 200, "application/json");
        res_body(&c->res, str_from(a->json));
        if (in->ask.is_new)
            res_headerf(&c->res, "Location", "/v1/stories/%s", a->id);
        if (a->is_replay)
            res_header(&c->res, "Idempotent-Replayed", S("true"));
        if (a->version)
            res_headerf(&c->res, "ETag", "\"%u\"", a->version);
    }
    return NEXT_DONE;
}

static void written(struct submission *s)
{
    call_return(s->arg, answered);
}

static enum next take_in(struct call *c, void *reader)
{
    struct intake *in = c->state;
    in->submission = submit_new(written, c);
    enum err e = submit_story(&in->ask, reader, in->submission);
    return e ? refuse(c, in->submission, e) : NEXT_WAIT;
}

/* `"7"` or `7`, weak or strong; a list or `*` is no version of ours. */
static bool base_version(struct str etag, uint32_t *out)
{
    struct str s = str_trim(etag);
    if (str_starts(s, S("W/")))
        s = str_sub(s, 2, s.n);
    if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
        s = str_sub(s, 1, s.n - 2);
    uint64_t v;
    if (!str_u64(s, &v) || !v || v > UINT32_MAX)
        return false;
    *out = (uint32_t)v;
    return true;
}

static bool is_json(struct call *c)
{
    struct str type = req_media_type(&c->req);
    return !type.n || str_eq_nocase(type, S("application/json"));
}

/* `publish_rate`: so many a second for each user, a second's worth at once. */
static bool is_too_fast(struct call *c)
{
    double rate = app_of(c)->settings.publish_rate;
    char key[32];
    snprintf(key, sizeof key, "publish:%u", auth_who(c)->user->id);
    return rate > 0 && !gate_pass(app_of(c)->gate, str_from(key), (int64_t)(1e6 / rate), (unsigned)rate + 1, 0, NULL);
}

static enum next begin(struct call *c, bool is_new, enum act act)
{
    if (is_too_fast(c)) {
        call_fail(c, ERR_RATE, "this account publishes faster than the agency allows (publish_rate)");
        res_header(&c->res, "Retry-After", S("1"));
        return NEXT_DONE;
    }
    if (!is_json(c))
        return call_fail(c, ERR_TYPE, "send the story as application/json");
    struct intake *in = arena_make(c->arena, struct intake);
    struct submit_ask *ask = &in->ask;
    ask->store = app_of(c)->store;
    ask->who = auth_who(c);
    ask->default_language = app_of(c)->settings.default_language;
    ask->is_new = is_new;
    ask->act = act;
    ask->target = is_new ? S("") : c->req.params[0];
    ask->body = c->req.body;
    ask->key = req_header(&c->req, "idempotency-key");
    struct str match = req_header(&c->req, "if-match");
    if (match.p) {
        if (!base_version(match, &ask->base))
            return call_fail(c, ERR_STALE, "If-Match holds no version of this story; read it again and use its ETag");
        ask->has_base = true;
    } else if (!is_new && act == ACT_PUT) {
        return call_fail(c, ERR_NEED_MATCH, "say which version you changed: If-Match: \"VERSION\"");
    }
    c->state = in;
    c->drop_state = drop_intake;
    return call_work(c, store_readers(app_of(c)->store), take_in);
}

static enum next post_new(struct call *c)
{
    return begin(c, true, ACT_PUT);
}
static enum next put_new(struct call *c)
{
    return begin(c, false, ACT_PUT);
}
static enum next correct(struct call *c)
{
    return begin(c, false, ACT_CORRECT);
}
static enum next hold(struct call *c)
{
    return begin(c, false, ACT_HOLD);
}
static enum next release(struct call *c)
{
    return begin(c, false, ACT_RELEASE);
}
static enum next kill_it(struct call *c)
{
    return begin(c, false, ACT_KILL);
}

#define WRITER(name, scope, fn)                                                           \
    static enum next name(struct call *c)                                                 \
    {                                                                                     \
        static const struct auth_ask ask = {API_WRITE_WAYS, (scope), (fn), api_denied};   \
        return auth_need(c, &ask);                                                        \
    }
WRITER(post_story, SCOPE_PUBLISH, post_new)
WRITER(put_story, SCOPE_PUBLISH, put_new)
WRITER(post_correct, SCOPE_PUBLISH, correct)
WRITER(post_hold, SCOPE_PUBLISH, hold)
WRITER(post_release, SCOPE_PUBLISH, release)
WRITER(post_kill, SCOPE_KILL, kill_it)

/* ---- the way out: GET ---- */

static bool is_desk(const struct account *a)
{
    return role_is_desk(a->user->role);
}

/* Whether the asker may see this version; leaves a grant. */
static enum err may_read(const struct account *a, const struct story_codes *codes, uint64_t n, int64_t at_ms,
                         struct grant *g)
{
    if (is_desk(a)) {
        right_grant_editor(n, g);
        return OK;
    }
    CLEANUP(right_unref) struct right *r = user_right(a->user);
    return right_grant(r, codes, n, at_ms, clock_now_ms(), g);
}

static struct str public_url(struct call *c, struct reader *r, const struct story *s)
{
    struct brief *b = s->head.stage == STAGE_LIVE ? reader_brief(r, s->head.n) : NULL;
    if (!b || b->is_killed) {
        brief_unref(&b);
        return STR_NONE;
    }
    struct buf path = BUF_INIT(1024);
    site_story_path(&path, app_of(c), b->language, b->n, b->headline);
    struct str base = app_of(c)->settings.public_url;
    struct str url = arena_printf(c->arena, "%.*s%.*s", STR_FMT(base), STR_FMT(buf_str(&path)));
    buf_fini(&path);
    brief_unref(&b);
    return url;
}

static void write_story(struct call *c, struct reader *r, const struct story *s)
{
    char etag[24];
    snprintf(etag, sizeof etag, "\"%u\"", s->head.version);
    res_start(&c->res, 200, "application/json");
    res_header(&c->res, "Cache-Control", S("private, no-store"));
    native_write_whole(&c->res.body, s, public_url(c, r, s));
    res_etag(&c->res, req_header(&c->req, "if-none-match"), str_from(etag));
}

static enum next get_draft(struct call *c, struct reader *r)
{
    uint64_t n = 0;
    struct story *s = is_desk(auth_who(c)) ? reader_draft(r, c->req.params[0], &n) : NULL;
    if (!s && !n)
        return api_none(c);
    if (n) {
        struct story_row row;
        must(reader_row(r, c->arena, n, &row));
        res_redirect(&c->res, 308, arena_printf(c->arena, "/v1/stories/%.*s", STR_FMT(row.id)));
    } else {
        write_story(c, r, s);
    }
    story_unref(&s);
    return NEXT_DONE;
}

static enum next refuse_text(struct call *c, enum err e)
{
    call_fail(c, e, "too much is being written down at this moment: ask again");
    res_header(&c->res, "Retry-After", S("2"));
    return NEXT_DONE;
}

static enum next read_story(struct call *c, void *reader);

static enum next hand_over(struct call *c, uint64_t n, uint32_t version)
{
    return handover_answer(c, &(struct handover){n, version, "json", false, read_story, refuse_text});
}

/* The notice of a killed story, to whoever had a version of it. */
static enum next gone(struct call *c, const struct story_row *row)
{
    res_problem(&c->res, ERR_GONE, "this story was killed: do not use it, and remove it where it was used", NULL, 0);
    return hand_over(c, row->n, row->version);
}

static bool had_any(struct call *c, struct reader *r, uint64_t n)
{
    struct version_row *v;
    size_t count = reader_versions(r, c->arena, n, &v);
    return handover_had(c, r, n, v, count);
}

static enum next send_version(struct call *c, struct reader *r, const struct story_row *row, uint32_t version)
{
    struct grant g;
    struct story_codes codes = row->codes;
    int64_t at = row->at_ms;
    if (version && version != row->version) {
        struct version_row *v;
        size_t count = reader_versions(r, c->arena, row->n, &v), i = 0;
        while (i < count && v[i].version != version)
            i++;
        if (i == count)
            return api_none(c);
        codes = v[i].codes;
        at = v[i].at_ms;
    }
    if (may_read(auth_who(c), &codes, row->n, at, &g))
        return api_none(c);
    struct story *s = reader_story(r, row->n, version, &g);
    if (!s)
        return api_none(c);
    version = s->head.version;
    write_story(c, r, s);
    story_unref(&s);
    return hand_over(c, row->n, version);
}

/* Held stories are the desk's alone until they are released. */
static enum next read_story(struct call *c, void *reader)
{
    uint64_t n;
    struct story_row row;
    if (!story_id_parse(c->req.params[0], NULL, NULL, NULL, &n))
        return get_draft(c, reader);
    if (!reader_row(reader, c->arena, n, &row) || !str_eq(row.id, c->req.params[0]))
        return api_none(c);
    if (row.stage == STAGE_KILLED)
        return had_any(c, reader, n) ? gone(c, &row) : api_none(c);
    if (!is_desk(auth_who(c)) && (row.stage == STAGE_HELD || row.is_expired))
        return api_none(c);
    struct str wanted = req_query(&c->req, c->arena, "version");
    uint64_t version = 0;
    if (wanted.n && (!str_u64(wanted, &version) || version > UINT32_MAX))
        return call_fail(c, ERR_PARSE, "version is a whole number");
    return send_version(c, reader, &row, (uint32_t)version);
}

/* As the story itself: of a killed one whoever had it may know its course, of any other whoever may read it now. */
static bool may_list(struct call *c, struct reader *r, const struct story_row *row)
{
    struct grant g;
    if (row->stage == STAGE_KILLED)
        return had_any(c, r, row->n);
    bool is_hidden = row->stage == STAGE_HELD || row->is_expired;
    return (is_desk(auth_who(c)) || !is_hidden) && may_read(auth_who(c), &row->codes, row->n, row->at_ms, &g) == OK;
}

static enum next read_versions(struct call *c, void *reader)
{
    uint64_t n;
    struct story_row row;
    if (!story_id_parse(c->req.params[0], NULL, NULL, NULL, &n) || !reader_row(reader, c->arena, n, &row) ||
        !str_eq(row.id, c->req.params[0]) || !may_list(c, reader, &row))
        return api_none(c);
    struct version_row *v;
    size_t count = reader_versions(reader, c->arena, n, &v);
    bool names_people = is_desk(auth_who(c));
    res_start(&c->res, 200, "application/json");
    struct jw w = jw_start(&c->res.body);
    jw_open(&w, NULL);
    jw_open_list(&w, "versions");
    for (size_t i = 0; i < count; i++) {
        jw_open(&w, NULL);
        jw_int(&w, "version", v[i].version);
        jw_int(&w, "seq", (int64_t)v[i].seq);
        jw_time(&w, "at", v[i].at_ms);
        jw_str(&w, "event", str_from(event_name(v[i].event)));
        jw_str_or_null(&w, "by", names_people && v[i].by.n ? v[i].by : STR_NONE);
        jw_str_or_null(&w, "note", v[i].note.n ? v[i].note : STR_NONE);
        jw_close(&w);
    }
    jw_close_list(&w);
    jw_close(&w);
    return NEXT_DONE;
}

static enum next trip_story(struct call *c)
{
    return call_work(c, store_readers(app_of(c)->store), read_story);
}
static enum next trip_versions(struct call *c)
{
    return call_work(c, store_readers(app_of(c)->store), read_versions);
}
static enum next get_story(struct call *c)
{
    static const struct auth_ask ask = {API_READ_WAYS, SCOPE_READ, trip_story, api_denied};
    return auth_need(c, &ask);
}
static enum next get_versions(struct call *c)
{
    static const struct auth_ask ask = {API_READ_WAYS, SCOPE_READ, trip_versions, api_denied};
    return auth_need(c, &ask);
}

#define STORY_MAX (1u << 20)
const struct route api_story_routes[] = {
    {METHOD_POST, "/v1/stories", post_story, STORY_MAX, 0, "publish"},
    {METHOD_GET, "/v1/stories/{id}", get_story, 0, 0, "api"},
    {METHOD_PUT, "/v1/stories/{id}", put_story, STORY_MAX, 0, "publish"},
    {METHOD_GET, "/v1/stories/{id}/versions", get_versions, 0, 0, "api"},
    {METHOD_POST, "/v1/stories/{id}/correct", post_correct, STORY_MAX, 0, "publish"},
    {METHOD_POST, "/v1/stories/{id}/hold", post_hold, 65536, 0, "publish"},
    {METHOD_POST, "/v1/stories/{id}/release", post_release, 65536, 0, "publish"},
    {METHOD_POST, "/v1/stories/{id}/kill", post_kill, 65536, 0, "publish"},
};
const size_t api_story_route_count = sizeof api_story_routes / sizeof *api_story_routes;
