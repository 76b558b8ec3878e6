#include "main/serve.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/asset.h"
#include "http/server.h"
#include "view/api.h"
#include "view/cache.h"
#include "view/contact.h"
#include "view/feed.h"
#include "view/has.h"
#include "view/health.h"
#include "view/lines_api.h"
#include "view/login.h"
#include "view/site.h"
#include "view/wire_api.h"
#include "wire/linewatch.h"
#include "wire/live.h"
#include "wire/seats.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <unistd.h>

#define PAGE_CACHE_BYTES (8u << 20)
#define STOP_MS 3000

struct lane {
    pthread_t thread;
    struct serve *serve;
    unsigned index;
    struct loop *loop;
    struct server *server;
    struct live *live;
    struct cache *cache;
    int fds[SERVE_LISTENERS];
    struct message stop;
    struct timer leaving;
    int64_t stop_at_ms;
};

struct serve {
    struct app *app;
    struct routes *routes;
    struct server_options http;
    struct serve_plan *plan;
    struct lane *lanes;
    unsigned count;
    sem_t started;
    pthread_barrier_t built; /* no lane listens before all can be looked at: /metrics adds up all of them */
    enum err failed;
    bool is_running; /* every lane has its thread */
};

static const struct route static_routes[] = {
    {METHOD_GET, "/static/{path...}", asset_serve, 0, 0, "static"},
};

static struct routes *all_routes(void)
{
    struct routes *t = routes_new(health_routes, health_route_count);
    routes_add(t, static_routes, 1);
    routes_add(t, api_routes, api_route_count);
    routes_add(t, api_story_routes, api_story_route_count);
    routes_add(t, api_receipts_routes, api_receipts_route_count);
    routes_add(t, wire_api_routes, wire_api_route_count);
    routes_add(t, lines_api_routes, lines_api_route_count);
    routes_add(t, has_routes, has_route_count);
    routes_add(t, login_routes, login_route_count);
    routes_add(t, site_routes, site_route_count);
    return t;
}

static void public_changed(void *arg, uint64_t n)
{
    cache_drop(arg, n);
}

/* Looks now and then whether the last answers are out. */
static void leaving(struct timer *t)
{
    struct lane *l = list_of(t, struct lane, leaving);
    struct server_counts c;
    server_count(l->server, &c);
    if ((!c.open && !lines_api_travelling()) || clock_mono_ms() >= l->stop_at_ms)
        loop_stop(l->loop);
    else
        loop_timer(l->loop, t, 20);
}

static void stop_lane(struct message *m)
{
    struct lane *l = list_of(m, struct lane, stop);
    server_stop(l->server);
    live_stop(l->live);
    l->stop_at_ms = clock_mono_ms() + STOP_MS;
    timer_init(&l->leaving, leaving);
    loop_timer(l->loop, &l->leaving, 1);
}

static void *lane_run(void *arg)
{
    struct lane *l = arg;
    struct serve *s = l->serve;
    struct live_options o = {s->app->store, l->index, s->app->settings.streams_per_account, public_changed, l->cache};
    l->live = live_new(l->loop, &o);
    l->server = server_new(l->loop, l->index, &s->http);
    s->app->loops[l->index] = (struct app_loop){.cache = l->cache, .live = l->live, .server = l->server};
    pthread_barrier_wait(&s->built);
    for (size_t i = 0; i < s->plan->count; i++)
        if (server_listen(l->server, l->fds[i], s->plan->listeners[i].is_inner) != OK)
            s->failed = ERR_IO;
    sem_post(&s->started);
    loop_run(l->loop);
    return NULL;
}

/* One socket per loop on the same address: the kernel spreads connections (SO_REUSEPORT). */
static enum err open_sockets(struct serve *s, struct why *why)
{
    for (size_t i = 0; i < s->plan->count; i++) {
        struct serve_listener *at = &s->plan->listeners[i];
        char spec[96];
        snprintf(spec, sizeof spec, "%.*s", STR_FMT(at->spec));
        if (stream_is_taken(at->spec))
            return err_why(why, ERR_IO, "--listen", "another program listens on %s already: stop it, or take another port", spec);
        for (unsigned n = 0; n < s->count; n++) {
            enum err e = stream_listen(str_from(spec), &s->lanes[n].fds[i], &at->port, why);
            if (e)
                return e;
            size_t colon = strlen(spec);
            while (colon && spec[colon - 1] != ':')
                colon--;
            snprintf(at->address, sizeof at->address, "%.*s%u", (int)colon, spec, at->port);
            snprintf(spec, sizeof spec, "%s", at->address);
        }
    }
    return OK;
}

static unsigned core_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}

static void fill_options(struct serve *s, const struct conf *conf)
{
    s->http = (struct server_options){
        .routes = s->routes,
        .app = s->app,
        .not_found = site_not_found,
        .finish = app_finish,
        .cached = site_cached,
        /* At most half of the budget for connections that may be anybody's: slow strangers never lock out subscribers
         * (trust 3). Streams, which only accounts have, may take nearly all. */
        .room = app_room,
        .connections_max = s->plan->connections_max / 2 / s->count,
        .connections_per_address = (unsigned)conf_count(conf->connections_per_address),
        .requests_per_connection = (unsigned)conf_count(conf->requests_per_connection),
        .head_ms = 10000,
        .idle_ms = 60000,
    };
}

/* What streams may not take: whoever publishes, searches or comes back needs a connection too. */
static size_t reserve(size_t all)
{
    size_t part = all / 16;
    return part < 8 ? 8 : part > 512 ? 512 : part;
}

enum err serve_start(struct app *app, struct serve_plan *plan, const struct conf *conf, struct serve **out, struct why *why)
{
    struct serve *s = mem_new(struct serve);
    s->app = app;
    s->plan = plan;
    s->count = app->loop_count = core_count();
    s->lanes = mem_array(struct lane, s->count);
    app->loops = mem_array(struct app_loop, s->count);
    app->loop_list = mem_array(struct loop *, s->count);
    s->routes = all_routes();
    fill_options(s, conf);
    app->connections_max = plan->connections_max;
    linewatch_limits((unsigned)conf_count(conf->line_lag_s), (unsigned)conf_count(conf->line_silent_s));
    seats_limit((unsigned)(plan->connections_max - reserve(plan->connections_max)));
    sem_init(&s->started, 0, 0);
    must(pthread_barrier_init(&s->built, NULL, s->count) == 0);
    *out = s;
    for (unsigned i = 0; i < s->count; i++) {
        struct lane *l = &s->lanes[i];
        l->serve = s;
        l->index = i;
        l->loop = app->loop_list[i] = loop_new();
        l->cache = cache_new(PAGE_CACHE_BYTES);
    }
    enum err e = open_sockets(s, why);
    if (e)
        return e;
    for (unsigned i = 0; i < s->count; i++)
        must(pthread_create(&s->lanes[i].thread, NULL, lane_run, &s->lanes[i]) == 0);
    s->is_running = true;
    for (unsigned i = 0; i < s->count; i++)
        while (sem_wait(&s->started) != 0)
            ;
    return s->failed ? err_why(why, s->failed, "", "a listener could not be added to its loop") : OK;
}

void serve_stop(struct serve *s)
{
    atomic_store(&s->app->is_stopping, true);
    if (!s->is_running) /* no port was to be had */
        return;
    for (unsigned i = 0; i < s->count; i++) {
        struct lane *l = &s->lanes[i];
        l->stop.deliver = stop_lane;
        mailbox_post(loop_mailbox(l->loop), &l->stop);
    }
    for (unsigned i = 0; i < s->count; i++)
        pthread_join(s->lanes[i].thread, NULL);
}

void serve_free(struct serve **ps)
{
    struct serve *s = *ps;
    if (!s)
        return;
    for (unsigned i = 0; i < s->count; i++) {
        struct lane *l = &s->lanes[i];
        server_free(&l->server);
        live_free(&l->live);
        cache_free(&l->cache);
        loop_free(&l->loop);
    }
    routes_free(&s->routes);
    mem_free(s->app->loops);
    mem_free(s->app->loop_list);
    mem_free(s->lanes);
    sem_destroy(&s->started);
    pthread_barrier_destroy(&s->built);
    mem_free(s);
    *ps = NULL;
}
