#include "wire/linewatch.h"

#include "base/log.h"
#include "base/mem.h"

#include <pthread.h>

#define DAY_MS 86400000
#define LISTED 1000

/* By organisation's id, which count from 1: there are as many rows as organisations. */
struct row {
    unsigned open;
    bool is_heard, is_silent;
    struct linewatch_time heard; /* last sign of life, when none is open */
    uint64_t last_seq;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct row *rows;
static size_t room;
static struct linewatch_case lagging[LISTED];
static size_t listed;
static uint64_t lagging_count, silent_count;
static unsigned lag_s, silent_s;

void linewatch_limits(unsigned lag, unsigned silent)
{
    lag_s = lag;
    silent_s = silent;
}

unsigned linewatch_lag_s(void)
{
    return lag_s;
}

static struct row *row_of(uint32_t org)
{
    if (org >= room) {
        size_t bigger = room ? room : 64;
        while (bigger <= org)
            bigger *= 2;
        struct row *fresh = mem_array(struct row, bigger);
        for (size_t i = 0; i < room; i++)
            fresh[i] = rows[i];
        mem_free(rows);
        rows = fresh;
        room = bigger;
    }
    return &rows[org];
}

/* Under the lock. True when a silence ends with this. */
static bool hear(struct row *r, struct linewatch_time now)
{
    bool was_silent = r->is_silent;
    if (was_silent)
        silent_count--;
    r->is_silent = false;
    r->is_heard = true;
    r->heard = now;
    return was_silent;
}

static void log_back(uint32_t org, uint64_t last_seq, struct linewatch_time since, struct linewatch_time now)
{
    log_line(LOG_INFO, "org-back", "org=%u silent_s=%lld last_seq=%llu", org,
             (long long)(now.mono_ms - since.mono_ms) / 1000, (unsigned long long)last_seq);
}

void linewatch_opened(uint32_t org, struct linewatch_time now)
{
    if (!org)
        return;
    pthread_mutex_lock(&lock);
    struct row *r = row_of(org), before = *r;
    bool is_back = hear(r, now);
    r->open++;
    pthread_mutex_unlock(&lock);
    if (is_back)
        log_back(org, before.last_seq, before.heard, now);
}

void linewatch_closed(uint32_t org, uint64_t last_seq, struct linewatch_time now)
{
    if (!org)
        return;
    pthread_mutex_lock(&lock);
    struct row *r = row_of(org);
    must(r->open > 0);
    r->open--;
    r->heard = now;
    r->last_seq = last_seq;
    pthread_mutex_unlock(&lock);
}

void linewatch_polled(uint32_t org, uint64_t last_seq, struct linewatch_time now)
{
    if (!org)
        return;
    pthread_mutex_lock(&lock);
    struct row *r = row_of(org), before = *r;
    bool is_back = hear(r, now);
    r->last_seq = last_seq;
    pthread_mutex_unlock(&lock);
    if (is_back)
        log_back(org, before.last_seq, before.heard, now);
}

/* Under the lock. True when a silence is to begin. */
static bool look(struct row *r, struct linewatch_time now)
{
    if (!r->is_heard || r->open)
        return false;
    int64_t for_ms = now.mono_ms - r->heard.mono_ms;
    if (for_ms >= DAY_MS) {
        silent_count -= r->is_silent;
        r->is_heard = r->is_silent = false;
        return false;
    }
    return !r->is_silent && for_ms >= (int64_t)silent_s * 1000;
}

/* It may have been heard meanwhile. */
static void fall_silent(uint32_t org, struct linewatch_time now, bool is_awaited)
{
    pthread_mutex_lock(&lock);
    bool is_new = look(&rows[org], now);
    if (is_new && is_awaited)
        silent_count++;
    if (is_new)
        rows[org].is_silent = rows[org].is_heard = is_awaited;
    struct row r = rows[org];
    pthread_mutex_unlock(&lock);
    if (is_new && is_awaited)
        log_line(LOG_WARN, "org-silent", "org=%u since_s=%lld last_seq=%llu", org,
                 (long long)(now.mono_ms - r.heard.mono_ms) / 1000, (unsigned long long)r.last_seq);
}

void linewatch_tick(struct linewatch_time now, struct linewatch_asker asker)
{
    for (uint32_t org = 1; silent_s; org++) {
        pthread_mutex_lock(&lock);
        bool is_end = org >= room;
        bool is_new = !is_end && look(&rows[org], now);
        pthread_mutex_unlock(&lock);
        if (is_end)
            return;
        if (is_new)
            fall_silent(org, now, !asker.is_awaited || asker.is_awaited(asker.arg, org, now.real_ms));
    }
}

void linewatch_lags(const struct linewatch_case *c)
{
    pthread_mutex_lock(&lock);
    lagging_count++;
    if (listed < LISTED)
        lagging[listed++] = *c;
    pthread_mutex_unlock(&lock);
    log_line(LOG_WARN, "line-lagging", "org=%u line=%llu since_ms=%lld last_seq=%llu", c->org,
             (unsigned long long)c->line, (long long)c->since_ms, (unsigned long long)c->last_seq);
}

void linewatch_lags_no_more(const struct linewatch_case *c)
{
    int64_t since_ms = c->since_ms;
    pthread_mutex_lock(&lock);
    must(lagging_count > 0);
    lagging_count--;
    for (size_t i = 0; i < listed; i++)
        if (lagging[i].line == c->line) {
            since_ms = lagging[i].since_ms;
            lagging[i] = lagging[--listed];
            break;
        }
    pthread_mutex_unlock(&lock);
    log_line(LOG_INFO, "line-lags-no-more", "org=%u line=%llu since_ms=%lld last_seq=%llu", c->org,
             (unsigned long long)c->line, (long long)since_ms, (unsigned long long)c->last_seq);
}

size_t linewatch_list(struct linewatch_case *out, size_t most)
{
    pthread_mutex_lock(&lock);
    size_t n = 0;
    for (size_t i = 0; i < listed && n < most; i++)
        out[n++] = lagging[i];
    for (uint32_t org = 1; org < room && n < most; org++)
        if (rows[org].is_silent)
            out[n++] = (struct linewatch_case){LINEWATCH_SILENT, org, 0, rows[org].heard.real_ms, rows[org].last_seq};
    pthread_mutex_unlock(&lock);
    return n;
}

void linewatch_count(uint64_t *out_lagging, uint64_t *out_silent)
{
    pthread_mutex_lock(&lock);
    *out_lagging = lagging_count;
    *out_silent = silent_count;
    pthread_mutex_unlock(&lock);
}

void linewatch_forget(void)
{
    pthread_mutex_lock(&lock);
    mem_free(rows);
    rows = NULL;
    room = listed = 0;
    lagging_count = silent_count = 0;
    pthread_mutex_unlock(&lock);
}
