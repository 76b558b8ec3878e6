#include "wire/census.h"

#include "base/clock.h"
#include "wire/line.h"
#include "wire/linewatch.h"

#include <stdlib.h>

/* ---- lag ---- */

/* Seconds for which the oldest record that the line has not got has been waiting: since it was made, but not longer
 * than the line has been behind. 0 for a live line. */
static int64_t lag_s(const struct line *l)
{
    struct live *v = l->live;
    if (l->state == LINE_LIVE || (l->cursor >= v->head && !l->is_blocked))
        return 0;
    int64_t behind = loop_now_ms(v->loop) / 1000 - l->behind_s;
    if (l->is_blocked)
        return behind; /* what it has not taken lies before the cursor */
    struct frame *next[1];
    bool is_gap;
    size_t n = tape_read(v->tape, l->cursor, next, 1, &is_gap);
    int64_t age = n && !is_gap ? (clock_now_ms() - next[0]->at_ms) / 1000 : behind;
    if (n)
        frame_unref(&next[0]);
    return age < 0 ? 0 : age < behind ? age : behind;
}

static void watch_lines(struct live *v, struct list *lines)
{
    int64_t now_s = loop_now_ms(v->loop) / 1000, limit = linewatch_lag_s();
    list_each(it, lines) {
        struct line *l = list_of(it, struct line, link);
        if (!l->is_lagging && now_s - l->behind_s < limit)
            continue; /* most of them, without a look at the tape */
        bool is_lagging = lag_s(l) >= limit;
        if (is_lagging != l->is_lagging)
            line_lags(l, is_lagging);
    }
}

void census_watch(struct live *v)
{
    if (!linewatch_lag_s())
        return;
    watch_lines(v, &v->ready);
    watch_lines(v, &v->waiting);
}

/* ---- rows ---- */

struct place {
    uint64_t line;
    const struct line *at;
};
struct places {
    struct place *v;
    size_t n;
    uint32_t org;
    uint64_t after;
};

static void collect(struct places *p, struct list *lines)
{
    list_each(it, lines) {
        const struct line *l = list_of(it, struct line, link);
        if (l->id > p->after && (!p->org || l->warrant.org == p->org))
            p->v[p->n++] = (struct place){l->id, l};
    }
}

static int by_line(const void *a, const void *b)
{
    uint64_t x = ((const struct place *)a)->line, y = ((const struct place *)b)->line;
    return x < y ? -1 : x > y;
}

static void fill(struct census_row *r, const struct line *l)
{
    uint64_t head = l->live->head;
    *r = (struct census_row){
        .line = l->id,
        .org = l->warrant.org,
        .user = l->warrant.user,
        .format = l->audience->format,
        .protocol = l->audience->protocol,
        .filter = filter_ref(l->audience->filter),
        .since_ms = l->since_ms,
        .last_seq = l->prev,
        .lag_records = l->state == LINE_LIVE || l->cursor >= head ? 0 : head - l->cursor,
        .lag_s = lag_s(l),
        .bytes = l->bytes,
        .events = l->events,
        .state = l->is_blocked ? CENSUS_BLOCKED : l->state == LINE_LIVE ? CENSUS_LIVE : CENSUS_CATCHING_UP,
    };
    stream_name(l->warrant.ip, r->from);
}

size_t census_take(struct live *v, uint32_t org, uint64_t after, struct census_row *out, size_t most)
{
    loop_assert(v->loop);
    struct places p = {.v = mem_array(struct place, v->lines + 1), .org = org, .after = after};
    list_each(at, &v->audiences)
        collect(&p, &list_of(at, struct audience, link)->lines);
    collect(&p, &v->ready);
    collect(&p, &v->waiting);
    collect(&p, &v->ahead.untold);
    qsort(p.v, p.n, sizeof *p.v, by_line);
    size_t n = p.n < most ? p.n : most;
    for (size_t i = 0; i < n; i++)
        fill(&out[i], p.v[i].at);
    mem_free(p.v);
    return n;
}

void census_drop(struct census_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        filter_unref(&rows[i].filter);
}
