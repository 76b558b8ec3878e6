#include "view/app.h"

#include "base/clock.h"
#include "view/cache.h"
#include "view/has.h"
#include "view/site.h"
#include "wire/live.h"
#include "wire/seats.h"

unsigned app_loop_index(const struct call *c)
{
    struct app *app = app_of(c);
    for (unsigned i = 0; i < app->loop_count; i++)
        if (app->loop_list[i] == c->loop)
            return i;
    must(!"a call of an unknown loop");
    return 0;
}

/* Rows of trust.md 3, the same on every page; JSON and feeds carry them too: they cost nothing and forgive mistakes. */
static void security(struct res *r)
{
    res_header(r, "Content-Security-Policy",
               S("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src "
                 "'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"));
    res_header(r, "X-Content-Type-Options", S("nosniff"));
    res_header(r, "Cross-Origin-Opener-Policy", S("same-origin"));
    res_header(r, "Permissions-Policy", S("accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), "
                                          "microphone=(), payment=(), usb=()"));
}

static bool is_public(const struct call *c)
{
    const char *group = c->route ? c->route->group : "";
    return !strcmp(group, "site") || !strcmp(group, "feed") || !strcmp(group, "static");
}

static bool is_cacheable(const struct call *c)
{
    const char *group = c->route ? c->route->group : "";
    return c->state && c->res.status == 200 && c->req.method == METHOD_GET &&
           (!strcmp(group, "site") || !strcmp(group, "feed"));
}

/* A page of the site, ready to be sent again as it is, until the portion it shows changes. */
static void keep(struct call *c)
{
    const struct site_cacheable *k = c->state;
    if (!k->key.p)
        return;
    struct buf all = BUF_INIT(8u << 20);
    buf_add(&all, buf_str(&c->res.head));
    buf_add(&all, S("\r\n"));
    size_t head_bytes = all.n;
    buf_add(&all, buf_str(&c->res.body));
    if (buf_ok(&all)) {
        struct blob *whole = blob_new(buf_str(&all));
        cache_put(app_of(c)->loops[app_loop_index(c)].cache, k->key, k->n, k->generation, whole, head_bytes);
        blob_unref(&whole);
    }
    buf_fini(&all);
}

size_t app_room(void *app)
{
    const struct app *a = app;
    size_t taken = seats_in_all(), polls = 0; /* these have a seat, and a connection that the loop counts itself */
    for (unsigned i = 0; i < a->loop_count; i++)
        polls += live_polls(a->loops[i].live);
    taken -= polls < taken ? polls : taken;
    return taken < a->connections_max ? (a->connections_max - taken) / a->loop_count : 0;
}

void app_finish(struct call *c)
{
    if (c->res.is_taken)
        return;
    /* HAS answers keep to the header set its clients know. */
    if (c->route && !strcmp(c->route->group, "has")) {
        has_finish(c);
        return;
    }
    security(&c->res);
    if (is_public(c)) {
        res_header(&c->res, "Referrer-Policy", S("strict-origin-when-cross-origin"));
        bool is_shared = strcmp(c->route->group, "site") != 0;
        res_header(&c->res, "Cross-Origin-Resource-Policy", is_shared ? S("cross-origin") : S("same-origin"));
    } else {
        res_header(&c->res, "Referrer-Policy", S("no-referrer"));
        res_header(&c->res, "Cross-Origin-Resource-Policy", S("same-origin"));
    }
    if (c->who && !str_has(buf_str(&c->res.head), S("Cache-Control:")))
        res_header(&c->res, "Cache-Control", S("private, no-store"));
    if (app_of(c)->settings.is_tls)
        res_header(&c->res, "Strict-Transport-Security", S("max-age=31536000"));
    if (is_cacheable(c))
        keep(c);
}
