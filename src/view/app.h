/* What all views share: made by main, read-only while serving. One object per process; the parts of one loop (cache,
 * streams) are reached through app_loop. */
#ifndef VIEW_APP_H
#define VIEW_APP_H

#include "http/call.h"

#include <stdatomic.h>

struct cache;
struct gate;
struct live;
struct server;
struct store;

/* The operator's settings that views look at (contract.md 2, Config). */
struct settings {
    struct str agency_name, agency_prefix, agency_code, public_url, timezone, default_language, notice;
    struct strs languages;       /* interface and site languages, the default first */
    struct strs sections;        /* slugs in order of the site's menu */
    struct str error_status, document_media, lead_mail;
    bool has_notices, is_demo, is_tls;
    int64_t has_interval_ms;
    unsigned has_burst, has_limit_max, streams_per_account;
    double publish_rate;
};

struct app_loop {
    struct cache *cache; /* of the site */
    struct live *live;   /* open streams */
    struct server *server;
};

struct app {
    struct settings settings;
    struct store *store;
    struct gate *gate;
    struct app_loop *loops;
    struct loop **loop_list;
    unsigned loop_count;
    size_t connections_max; /* streams and all others together */
    int64_t started_mono_ms;
    atomic_bool is_stopping;
};

static inline struct app *app_of(const struct call *c)
{
    return c->app;
}
/* Index of the loop that runs this call; loop thread. */
unsigned app_loop_index(const struct call *c);
/* server_options.room: what open streams leave of connections_max to each loop. */
size_t app_room(void *app);
/* Last touch of every answer (server_options.finish): security headers by path group, cache insertion. */
void app_finish(struct call *c);

#endif
