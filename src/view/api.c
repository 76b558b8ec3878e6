#include "view/api.h"

#include "base/clock.h"
#include "base/json.h"
#include "wire/live.h"

enum next api_denied(struct call *c, enum err e)
{
    if (e == ERR_AUTH) {
        res_problem(&c->res, e, "sign in with a token (Authorization: Bearer tlk_…) or Basic", NULL, 0);
        res_header(&c->res, "WWW-Authenticate", S("Bearer realm=\"tellal\", Basic realm=\"tellal\", charset=\"UTF-8\""));
        return NEXT_DONE;
    }
    return call_fail(c, e, "this account, or this token's scope, does not allow it");
}

enum next api_none(struct call *c)
{
    return call_fail(c, ERR_NONE, "there is no such story, or it is not part of your contract");
}

/* ---- GET /v1/me ---- */

static void write_scopes(struct jw *w, unsigned scopes)
{
    static const char *const names[] = {"read", "wire", "publish", "media", "kill", "admin"};
    jw_open_list(w, "scopes");
    for (unsigned i = 0; i < 6; i++)
        if (scopes & 1u << i)
            jw_str(w, NULL, str_from(names[i]));
    jw_close_list(w);
}

static void write_org(struct jw *w, const struct org *o)
{
    struct buf terms = BUF_INIT(65536);
    terms_write(right_terms(o->right), &terms);
    jw_open(w, "organisation");
    jw_int(w, "id", o->id);
    jw_str(w, "name", o->name);
    jw_bool(w, "closed", o->closed_at_ms != 0);
    jw_raw(w, "rights", buf_str(&terms));
    jw_close(w);
    unsigned lines = right_terms(o->right)->lines, used = live_lines_of(o->id);
    jw_open(w, "lines");
    jw_int(w, "open", used);
    jw_int(w, "limit", lines);
    jw_close(w);
    buf_fini(&terms);
}

static enum next me(struct call *c)
{
    const struct account *a = auth_who(c);
    const struct user *u = a->user;
    res_start(&c->res, 200, "application/json");
    struct jw w = jw_start(&c->res.body);
    jw_open(&w, NULL);
    jw_open(&w, "user");
    jw_int(&w, "id", u->id);
    jw_str(&w, "name", u->name);
    jw_str(&w, "role", str_from(role_name(u->role)));
    write_scopes(&w, a->scopes);
    jw_close(&w);
    if (u->org)
        write_org(&w, u->org);
    jw_int(&w, "streams_open", live_streams_of(u->id));
    jw_close(&w);
    return NEXT_DONE;
}

static enum next get_me(struct call *c)
{
    static const struct auth_ask ask = {API_READ_WAYS, SCOPE_READ, me, api_denied};
    return auth_need(c, &ask);
}

/* ---- GET /v1/codes ---- */

static enum next codes(struct call *c)
{
    struct codes *all = stories_codes(store_stories(app_of(c)->store));
    res_start(&c->res, 200, "application/json");
    struct jw w = jw_start(&c->res.body);
    jw_open(&w, NULL);
    for (enum code_kind k = 0; k < CODE_KINDS; k++) {
        jw_open_list(&w, code_kind_name(k));
        const struct code *row;
        for (unsigned at = 0; (row = codes_next(all, k, at)); at = row->code) {
            jw_open(&w, NULL);
            jw_int(&w, "code", row->code);
            jw_str(&w, "word", row->word);
            jw_str(&w, "tr", row->tr);
            jw_str(&w, "en", row->en);
            jw_str(&w, "ar", row->ar);
            jw_close(&w);
        }
        jw_close_list(&w);
    }
    jw_close(&w);
    codes_unref(&all);
    return NEXT_DONE;
}

static enum next get_codes(struct call *c)
{
    static const struct auth_ask ask = {API_READ_WAYS, SCOPE_READ, codes, api_denied};
    return auth_need(c, &ask);
}

const struct route api_routes[] = {
    {METHOD_GET, "/v1/me", get_me, 0, 0, "api"},
    {METHOD_GET, "/v1/codes", get_codes, 0, 0, "api"},
};
const size_t api_route_count = sizeof api_routes / sizeof *api_routes;
