#include "view/health.h"

#include "base/clock.h"
#include "base/json.h"
#include "http/server.h"
#include "view/cache.h"
#include "view/handover.h"
#include "wire/linewatch.h"
#include "wire/live.h"

#include <stdio.h>

static enum next alive(struct call *c)
{
    res_start(&c->res, 200, "text/plain; charset=utf-8");
    res_header(&c->res, "Cache-Control", S("no-store"));
    res_body(&c->res, S("ok\n"));
    return NEXT_DONE;
}

#define QUEUE_LIMIT 512
static enum next ready(struct call *c)
{
    struct app *app = app_of(c);
    bool is_stopping = atomic_load(&app->is_stopping);
    bool is_jammed = writer_waiting(store_writer(app->store)) > QUEUE_LIMIT;
    bool is_full = writer_is_refusing(store_writer(app->store));
    bool is_ready = !is_stopping && !is_jammed && !is_full;
    res_start(&c->res, is_ready ? 200 : 503, "application/json");
    res_header(&c->res, "Cache-Control", S("no-store"));
    struct jw w = jw_start(&c->res.body);
    jw_open(&w, NULL);
    jw_bool(&w, "ready", is_ready);
    jw_open_list(&w, "reasons");
    if (is_stopping)
        jw_str(&w, NULL, S("stopping"));
    if (is_jammed)
        jw_str(&w, NULL, S("the writer has more to do than it can write"));
    if (is_full)
        jw_str(&w, NULL, S("the disk is full: publishing is refused until there is room"));
    jw_close_list(&w);
    jw_close(&w);
    return NEXT_DONE;
}

static void gauge(struct buf *b, const char *name, const char *help, const char *type, uint64_t v)
{
    buf_printf(b, "# HELP tellal_%s %s\n# TYPE tellal_%s %s\ntellal_%s %llu\n", name, help, name, type, name,
               (unsigned long long)v);
}

/* Resident pages from /proc/self/statm, in bytes; 0 when unreadable. */
static uint64_t resident(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    unsigned long all = 0, here = 0;
    int got = f ? fscanf(f, "%lu %lu", &all, &here) : 0;
    if (f)
        fclose(f);
    return got == 2 ? (uint64_t)here * 4096 : 0;
}

static enum next metrics(struct call *c)
{
    struct app *app = app_of(c);
    struct live_counts all = {0};
    struct server_counts http = {0};
    uint64_t pages = 0, lagging, silent;
    linewatch_count(&lagging, &silent);
    for (unsigned i = 0; i < app->loop_count; i++) {
        struct live_counts l;
        struct server_counts s;
        live_count(app->loops[i].live, &l);
        server_count(app->loops[i].server, &s);
        pages += cache_bytes(app->loops[i].cache);
        all.lines += l.lines;
        all.polls += l.polls;
        all.sent_events += l.sent_events;
        all.sent_bytes += l.sent_bytes;
        all.catching_up += l.catching_up;
        all.blocked += l.blocked;
        all.closed_stalled += l.closed_stalled;
        http.accepted += s.accepted;
        http.requests += s.requests;
        http.refused += s.refused;
        http.open += s.open;
        http.bytes_out += s.bytes_out;
    }
    res_start(&c->res, 200, "text/plain; version=0.0.4; charset=utf-8");
    struct buf *b = &c->res.body;
    gauge(b, "head_seq", "Last sequence number given.", "gauge", tape_head(store_tape(app->store)));
    gauge(b, "uptime_seconds", "Since start.", "gauge", (uint64_t)(clock_mono_ms() - app->started_mono_ms) / 1000);
    gauge(b, "lines", "Open streams.", "gauge", all.lines);
    gauge(b, "polls", "Long polls not answered yet.", "gauge", all.polls);
    gauge(b, "lines_catching_up", "Streams behind the head.", "gauge", all.catching_up);
    gauge(b, "lines_blocked", "Streams whose reader takes no bytes.", "gauge", all.blocked);
    gauge(b, "lines_stalled_total", "Streams closed after 30 s without a byte taken.", "counter", all.closed_stalled);
    gauge(b, "lines_lagging", "Streams whose oldest undelivered record is older than line_lag_s.", "gauge", lagging);
    gauge(b, "orgs_silent", "Organisations heard today that have had no line and no poll for line_silent_s.", "gauge", silent);
    gauge(b, "events_sent_total", "Events given to streams.", "counter", all.sent_events);
    gauge(b, "stream_bytes_total", "Bytes given to streams.", "counter", all.sent_bytes);
    gauge(b, "http_connections", "Open HTTP connections, streams not counted.", "gauge", http.open);
    gauge(b, "http_accepted_total", "Connections accepted.", "counter", http.accepted);
    gauge(b, "http_refused_total", "Connections or requests refused by a limit or the parser.", "counter", http.refused);
    gauge(b, "http_requests_total", "Requests answered.", "counter", http.requests);
    gauge(b, "http_bytes_total", "Bytes of answers.", "counter", http.bytes_out);
    gauge(b, "fetches_unwritten_total", "Texts that left without an entry in the ledger, for the disk was full.", "counter",
          handover_unwritten());
    gauge(b, "writer_waiting", "Commands waiting for the writer.", "gauge", writer_waiting(store_writer(app->store)));
    gauge(b, "readers_waiting", "Jobs waiting for a reader.", "gauge", pool_waiting(store_readers(app->store)));
    gauge(b, "tape_bytes", "Held by the window of the tape.", "gauge", tape_bytes(store_tape(app->store)));
    gauge(b, "page_cache_bytes", "Ready pages of the site.", "gauge", pages);
    gauge(b, "resident_bytes", "Resident memory of the process.", "gauge", resident());
    return NEXT_DONE;
}

const struct route health_routes[] = {
    {METHOD_GET, "/healthz", alive, 0, 0, "ops"},
    {METHOD_GET, "/readyz", ready, 0, 0, "ops"},
    {METHOD_GET, "/metrics", metrics, 0, ROUTE_INNER, "ops"},
};
const size_t health_route_count = sizeof health_routes / sizeof *health_routes;
