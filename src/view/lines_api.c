#include "view/lines_api.h"

#include "base/json.h"
#include "store/store.h"
#include "view/api.h"
#include "wire/census.h"
#include "wire/form.h"
#include "wire/linewatch.h"

#include <stdlib.h>

#define PAGE 1000
#define WATCH_MOST 2000

struct tour {
    struct message message;
    struct call *call;
    uint32_t org; /* 0 = all */
    uint64_t after;
    unsigned next;            /* loop to visit */
    struct census_row *rows;  /* room for a page of each loop */
    size_t count;
};

static atomic_uint travelling;

unsigned lines_api_travelling(void)
{
    return atomic_load(&travelling);
}

static void forget(void *state)
{
    struct tour *t = state;
    census_drop(t->rows, t->count);
    mem_free(t->rows);
}

/* ---- the answer ---- */

static void write_org(struct jw *w, struct people *people, uint32_t id)
{
    struct org *o = id ? people_org(people, id) : NULL;
    if (!o) {
        jw_null(w, "org");
        return;
    }
    jw_open(w, "org");
    jw_int(w, "id", id);
    jw_str(w, "name", o->name);
    jw_close(w);
    org_unref(&o);
}

static void write_user(struct jw *w, struct people *people, uint32_t id)
{
    struct user *u = people_user(people, id);
    jw_str_or_null(w, "user", u ? u->name : STR_NONE);
    user_unref(&u);
}

static void write_row(struct jw *w, struct people *people, const struct census_row *r)
{
    static const char *const states[] = {"live", "catching-up", "blocked"};
    jw_open(w, NULL);
    jw_int(w, "line", (int64_t)r->line);
    write_org(w, people, r->org);
    write_user(w, people, r->user);
    jw_str(w, "transport", r->protocol == PROTOCOL_SSE ? S("sse") : S("websocket"));
    jw_str(w, "format", str_from(form_format_name(r->format)));
    jw_str_or_null(w, "filter", r->filter ? r->filter->text : STR_NONE);
    jw_str(w, "from", str_from(r->from));
    jw_time(w, "since", r->since_ms);
    jw_int(w, "last_seq", (int64_t)r->last_seq);
    jw_open(w, "lag");
    jw_int(w, "records", (int64_t)r->lag_records);
    jw_int(w, "seconds", r->lag_s);
    jw_close(w);
    jw_int(w, "bytes", (int64_t)r->bytes);
    jw_int(w, "events", (int64_t)r->events);
    jw_str(w, "state", str_from(states[r->state]));
    jw_close(w);
}

/* Only for those who answer for all lines. */
static void write_watch(struct jw *w, struct people *people)
{
    struct linewatch_case *cases = mem_array(struct linewatch_case, WATCH_MOST);
    size_t n = linewatch_list(cases, WATCH_MOST);
    for (size_t i = 0; i < n; i++) {
        bool is_silent = cases[i].kind == LINEWATCH_SILENT;
        jw_open(w, NULL);
        write_org(w, people, cases[i].org);
        jw_str(w, "kind", is_silent ? S("silent") : S("lagging"));
        jw_time(w, "since", cases[i].since_ms);
        jw_int(w, "last_seq", (int64_t)cases[i].last_seq);
        if (is_silent)
            jw_null(w, "line");
        else
            jw_int(w, "line", (int64_t)cases[i].line);
        jw_close(w);
    }
    mem_free(cases);
}

static int by_line(const void *a, const void *b)
{
    uint64_t x = ((const struct census_row *)a)->line, y = ((const struct census_row *)b)->line;
    return x < y ? -1 : x > y;
}

static enum next answer(struct call *c)
{
    struct tour *t = c->state;
    struct people *people = store_people(app_of(c)->store);
    if (t->next < app_of(c)->loop_count)
        return call_fail(c, ERR_BUSY, "this server is stopping; come back in a few seconds");
    qsort(t->rows, t->count, sizeof *t->rows, by_line);
    size_t n = t->count < PAGE ? t->count : PAGE;
    res_start(&c->res, 200, "application/json");
    struct jw w = jw_start(&c->res.body);
    jw_open(&w, NULL);
    jw_open_list(&w, "lines");
    for (size_t i = 0; i < n; i++)
        write_row(&w, people, &t->rows[i]);
    jw_close_list(&w);
    if (t->count >= PAGE)
        jw_int(&w, "next", (int64_t)t->rows[n - 1].line);
    else
        jw_null(&w, "next");
    jw_open_list(&w, "watch");
    if (!t->org)
        write_watch(&w, people);
    jw_close_list(&w);
    jw_close(&w);
    return NEXT_DONE;
}

/* ---- the tour ---- */

static void back(struct tour *t)
{
    call_return(t->call, answer);
    atomic_fetch_sub(&travelling, 1);
}

static void go_on(struct tour *t)
{
    struct app *app = app_of(t->call);
    if (t->next == app->loop_count || atomic_load(&app->is_stopping))
        back(t);
    else
        mailbox_post(loop_mailbox(app->loop_list[t->next]), &t->message);
}

static void visit(struct message *m)
{
    struct tour *t = list_of(m, struct tour, message);
    struct app *app = app_of(t->call);
    t->count += census_take(app->loops[t->next].live, t->org, t->after, t->rows + t->count, PAGE);
    t->next++;
    go_on(t);
}

static enum next lines(struct call *c)
{
    const struct user *u = auth_who(c)->user;
    bool sees_all = u->role == ROLE_ADMIN || u->role == ROLE_EDITOR;
    if (!sees_all && !u->org)
        return call_fail(c, ERR_ROLE, "lines are shown to subscribers, editors and admins");
    struct app *app = app_of(c);
    struct str after = req_query(&c->req, c->arena, "after");
    uint64_t from = 0;
    if (after.n && !str_u64(after, &from)) {
        struct res_fault at = {S("after"), S("the `next` of the page before")};
        res_problem(&c->res, ERR_PARSE, "after is no number of a line", &at, 1);
        return NEXT_DONE;
    }
    struct tour *t = arena_make(c->arena, struct tour);
    t->call = c;
    t->org = sees_all ? 0 : u->org->id;
    t->after = from;
    t->rows = mem_array(struct census_row, (size_t)PAGE * app->loop_count);
    t->message.deliver = visit;
    c->state = t;
    c->drop_state = forget;
    atomic_fetch_add(&travelling, 1); /* before the look at is_stopping: see lines_api_travelling */
    go_on(t);
    return NEXT_WAIT;
}

static enum next get_lines(struct call *c)
{
    static const struct auth_ask ask = {API_READ_WAYS, SCOPE_READ, lines, api_denied};
    return auth_need(c, &ask);
}

const struct route lines_api_routes[] = {
    {METHOD_GET, "/v1/lines", get_lines, 0, 0, "api"},
};
const size_t lines_api_route_count = sizeof lines_api_routes / sizeof *lines_api_routes;
