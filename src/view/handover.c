#include "view/handover.h"

#include "base/log.h"
#include "store/ledger.h"
#include "store/store.h"

struct errand {
    struct fetch_command fetch;
    struct handover what;
    struct call *call;
};

static _Atomic uint64_t unwritten;

uint64_t handover_unwritten(void)
{
    return unwritten;
}

static void note_unwritten(const struct errand *g)
{
    unwritten++;
    log_line(LOG_ERROR, "fetch-unwritten", "story=%llu version=%u org=%u user=%u format=%s why=disk-full",
             (unsigned long long)g->what.n, g->what.version, g->fetch.org, g->fetch.user, g->what.format);
}

static enum next written(struct call *c)
{
    struct errand *g = c->state;
    enum err e = g->fetch.command.result;
    c->state = NULL;
    if (e == ERR_DISK_FULL)
        note_unwritten(g);
    if (e == ERR_GONE) {
        res_reset(&c->res);
        return call_work(c, store_readers(app_of(c)->store), g->what.again);
    }
    return e && e != ERR_DISK_FULL ? g->what.refuse(c, e) : NEXT_DONE;
}

static void done(struct command *command)
{
    struct errand *g = list_of(command, struct errand, fetch.command);
    call_return(g->call, written);
}

static bool carries_content(const struct call *c)
{
    return c->req.method != METHOD_HEAD && c->res.status != 304;
}

enum next handover_answer(struct call *c, const struct handover *h)
{
    const struct user *u = auth_who(c)->user;
    if (!u->org || !carries_content(c))
        return NEXT_DONE;
    struct errand *g = arena_make(c->arena, struct errand);
    fetch_command_init(&g->fetch);
    g->fetch.n = h->n;
    g->fetch.version = h->version;
    g->fetch.format = h->format;
    g->fetch.org = u->org->id;
    g->fetch.user = u->id;
    g->fetch.is_counted = h->is_counted;
    g->fetch.limit = right_terms(u->org->right)->download_limit;
    g->fetch.command.done = done;
    g->what = *h;
    g->call = c;
    c->state = g;
    if (writer_post(store_writer(app_of(c)->store), &g->fetch.command))
        return NEXT_WAIT;
    c->state = NULL;
    return h->refuse(c, ERR_BUSY);
}

bool handover_had(struct call *c, struct reader *r, uint64_t n, const struct version_row *v, size_t count)
{
    const struct user *u = auth_who(c)->user;
    for (size_t i = 0; i < count && u->org; i++) {
        const struct right *then = org_right_at(u->org, v[i].seq);
        if (then && right_allows(then, &v[i].codes) && right_is_valid(then, v[i].recorded_ms))
            return true;
    }
    return role_is_desk(u->role) || (u->org && ledger_has_fetched(reader_db(r), n, u->org->id));
}
