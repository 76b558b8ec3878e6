#include "view/api.h"

#include "base/clock.h"
#include "base/json.h"
#include "store/ledger.h"
#include "store/receipts.h"
#include "store/store.h"
#include "view/handover.h"

static bool find(struct call *c, struct reader *r, struct story_row *row)
{
    uint64_t n;
    return story_id_parse(c->req.params[0], NULL, NULL, NULL, &n) && reader_row(r, c->arena, n, row) &&
           str_eq(row->id, c->req.params[0]);
}

/* ---- GET /v1/stories/{id}/receipts ---- */

static enum next read_receipts(struct call *c, void *reader)
{
    struct story_row row;
    struct receipts found;
    if (!find(c, reader, &row))
        return api_none(c);
    enum err e = receipts_read(reader, store_people(app_of(c)->store), c->arena, row.n, &found);
    if (e)
        return e == ERR_NONE ? api_none(c) : call_fail(c, e, "the delivery ledger cannot be read at this moment: ask again");
    res_start(&c->res, 200, "application/json");
    res_header(&c->res, "Cache-Control", S("private, no-store"));
    receipts_write(&found, &c->res.body);
    return NEXT_DONE;
}

/* Who had what is the agency's own business: to a subscriber this address is that of no story. */
static enum next receipts(struct call *c)
{
    enum role role = auth_who(c)->user->role;
    if (!role_is_desk(role))
        return api_none(c);
    if (role == ROLE_REPORTER)
        return api_denied(c, ERR_ROLE);
    return call_work(c, store_readers(app_of(c)->store), read_receipts);
}

static enum next get_receipts(struct call *c)
{
    static const struct auth_ask ask = {API_READ_WAYS, SCOPE_READ, receipts, api_denied};
    return auth_need(c, &ask);
}

/* ---- POST /v1/stories/{id}/ack ---- */

struct errand {
    struct ack_command ack;
    struct call *call;
    uint32_t version;
};

static enum next no_version(struct call *c, const char *words)
{
    struct res_fault at = {S("/version"), str_from(words)};
    res_problem(&c->res, ERR_FIELD, "the acknowledgement names no version of this story", &at, 1);
    return NEXT_DONE;
}

static enum next kept(struct call *c)
{
    struct errand *g = c->state;
    enum err e = g->ack.command.result;
    c->state = NULL;
    if (e == OK) {
        res_start(&c->res, 204, NULL);
        return NEXT_DONE;
    }
    call_fail(c, e, "the acknowledgement was not kept: send it again");
    res_header(&c->res, "Retry-After", S("2"));
    return NEXT_DONE;
}

static void done(struct command *command)
{
    struct errand *g = list_of(command, struct errand, ack.command);
    call_return(g->call, kept);
}

/* Whoever may read it now or had it: of what is held or killed, only the latter. */
static bool may_acknowledge(struct call *c, struct reader *r, const struct story_row *row)
{
    struct version_row *v;
    struct grant g;
    size_t count = reader_versions(r, c->arena, row->n, &v);
    if (handover_had(c, r, row->n, v, count))
        return true;
    CLEANUP(right_unref) struct right *right = user_right(auth_who(c)->user);
    return row->stage == STAGE_LIVE && !row->is_expired &&
           right_grant(right, &row->codes, row->n, row->at_ms, clock_now_ms(), &g) == OK;
}

static enum next take_ack(struct call *c, void *reader)
{
    struct errand *g = c->state;
    const struct user *u = auth_who(c)->user;
    struct story_row row;
    if (!find(c, reader, &row) || !may_acknowledge(c, reader, &row))
        return api_none(c);
    if (g->version > row.version)
        return no_version(c, "there is no such version; the events of the wire and /versions name them");
    ack_command_init(&g->ack);
    g->ack.n = row.n;
    g->ack.version = g->version;
    g->ack.org = u->org->id;
    g->ack.user = u->id;
    g->ack.command.done = done;
    if (writer_post(store_writer(app_of(c)->store), &g->ack.command))
        return NEXT_WAIT;
    call_fail(c, ERR_BUSY, "too much is being written at this moment: send it again");
    res_header(&c->res, "Retry-After", S("2"));
    return NEXT_DONE;
}

/* ERR_PARSE for what is no JSON object; *out_version 0 when it holds none that could be one. */
static enum err read_body(struct str body, uint32_t *out_version)
{
    struct json *j = NULL;
    enum err e = json_parse(body, &j, NULL);
    if (e == OK && json_kind(j) != JSON_OBJECT)
        e = ERR_PARSE;
    int64_t v = e == OK ? json_int(json_get(j, "version"), 0) : 0;
    json_free(&j);
    *out_version = v > 0 && v <= UINT32_MAX ? (uint32_t)v : 0;
    return e;
}

static enum next ack(struct call *c)
{
    const struct account *a = auth_who(c);
    uint32_t version;
    if (role_is_desk(a->user->role) || !a->user->org)
        return call_fail(c, ERR_ROLE, "organisations acknowledge, by a user of theirs");
    if (!(a->scopes & (SCOPE_READ | SCOPE_WIRE)))
        return api_denied(c, ERR_ROLE);
    if (read_body(c->req.body, &version) != OK)
        return call_fail(c, ERR_PARSE, "send {\"version\":N} as application/json");
    if (!version)
        return no_version(c, "say which version you have acted upon: a whole number from 1");
    struct errand *g = arena_make(c->arena, struct errand);
    g->call = c;
    g->version = version;
    c->state = g;
    return call_work(c, store_readers(app_of(c)->store), take_ack);
}

static enum next post_ack(struct call *c)
{
    /* A token for the wire alone, or for reading alone, may say what it did with what it got. */
    static const struct auth_ask ask = {API_WRITE_WAYS, 0, ack, api_denied};
    return auth_need(c, &ask);
}

const struct route api_receipts_routes[] = {
    {METHOD_GET, "/v1/stories/{id}/receipts", get_receipts, 0, 0, "api"},
    {METHOD_POST, "/v1/stories/{id}/ack", post_ack, 4096, 0, "api"},
};
const size_t api_receipts_route_count = sizeof api_receipts_routes / sizeof *api_receipts_routes;
