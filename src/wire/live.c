#include "wire/live.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "wire/census.h"
#include "wire/daily.h"
#include "wire/form.h"
#include "wire/hear.h"
#include "wire/line.h"
#include "wire/linewatch.h"
#include "wire/rehearsal.h"
#include "wire/seats.h"

#include <unistd.h>

#define BEAT_MS 15000
#define SWEEP_MS 1000
#define AGE_MS 3000
#define STALL_MS 30000
#define LEAVE_MS 5000

static struct audience **bucket(struct live *v, const struct audience *like)
{
    return &v->buckets[audience_hash(like) % LIVE_BUCKETS];
}

struct audience *live_audience(struct live *v, const struct audience *like)
{
    struct audience **at = bucket(v, like);
    for (struct audience *a = *at; a; a = a->alike)
        if (audience_eq(a, like))
            return a;
    struct audience *a = mem_new(struct audience);
    *a = *like;
    list_init(&a->lines);
    right_ref(a->right);
    filter_ref(a->filter);
    a->count = 0;
    a->alike = *at;
    *at = a;
    list_add_tail(&v->audiences, &a->link);
    return a;
}

static void audience_drop(struct live *v, struct audience *a)
{
    struct audience **at = bucket(v, a);
    while (*at != a)
        at = &(*at)->alike;
    *at = a->alike;
    list_del(&a->link);
    packs_forget(&v->packs, a);
    right_unref(&a->right);
    filter_unref(&a->filter);
    mem_free(a);
}

void live_forget(struct live *v, struct audience *a)
{
    if (!a->count && v->round.at != a)
        audience_drop(v, a);
}

/* ---- what one turn of the loop does ---- */

static void serve_behind(struct live *v)
{
    for (int i = 0; i < LIVE_SLICE && !list_is_empty(&v->ready); i++) {
        struct line *l = list_of(v->ready.next, struct line, link);
        list_del(&l->link);
        catchup_step(l);
    }
}

static void turn(void *arg)
{
    struct live *v = arg;
    round_step(v);
    bool has_untold = !list_is_empty(&v->ahead.untold);
    if (has_untold)
        ahead_step(v);
    else if (!list_is_empty(&v->ready))
        serve_behind(v);
    poll_turn(v);
    if (v->round.is_on || v->has_news || has_untold || !list_is_empty(&v->ready))
        loop_again(v->loop);
}

static void on_tape(struct tape_watch *w)
{
    struct live *v = list_of(w, struct live, watch);
    v->has_news = true;
    uint64_t flash = ahead_look(v);
    if (flash) {
        round_first(v, flash);
        ahead_begin(v);
    }
    loop_again(v->loop);
}

/* ---- timers ---- */

static void on_beat(struct timer *t)
{
    struct live *v = list_of(t, struct live, beat);
    loop_timer(v->loop, t, BEAT_MS);
    round_beat(v);
}

static void end_if_void(struct live *v, struct list *lines, int64_t now_ms)
{
    list_each(it, lines) {
        struct line *l = list_of(it, struct line, link);
        if (!l->is_leaving && !warrant_holds(&l->warrant, v->options.store, now_ms))
            line_close(l, "rights");
    }
}

/* An organisation whose contract runs is missed when it is silent. */
static bool is_awaited(void *people, uint32_t id, int64_t now_ms)
{
    struct org *o = people_org(people, id);
    bool is_running = o && !o->closed_at_ms && right_is_valid(o->right, now_ms);
    org_unref(&o);
    return is_running;
}

static void end_stuck(struct live *v, struct list *lines, int64_t now)
{
    list_each(it, lines) {
        struct line *l = list_of(it, struct line, link);
        uint32_t stuck_ms = (uint32_t)now - l->stuck_ms;
        if (l->is_leaving && stuck_ms > LEAVE_MS) {
            line_close(l, NULL);
        } else if (l->is_blocked && stuck_ms > STALL_MS) {
            v->closed_stalled++;
            line_close(l, "stalled");
        } else {
            catchup_wake(l);
        }
    }
}

/* Accounts that were disabled or moved, tokens revoked or run out, sessions ended, passwords changed (trust P11);
 * readers that stand still. */
static void on_sweep(struct timer *t)
{
    struct live *v = list_of(t, struct live, sweep);
    loop_timer(v->loop, t, SWEEP_MS);
    int64_t now = loop_now_ms(v->loop), real = clock_now_ms();
    end_stuck(v, &v->waiting, now);
    end_stuck(v, &v->tests, now);
    if (!v->catching_up) {
        pages_drop(&v->pages);
        packs_drop(&v->packs);
    }
    poll_rouse(v);
    daily_tick(v);
    census_watch(v);
    if (v->options.index == 0)
        linewatch_tick((struct linewatch_time){now, real}, (struct linewatch_asker){is_awaited, v->people});
    uint64_t generation = people_generation(v->people);
    if (generation == v->generation && now - v->aged_ms < AGE_MS)
        return; /* nothing changed; now and then tokens and sessions are still asked for their age */
    v->generation = generation;
    v->aged_ms = now;
    list_each(at, &v->audiences) {
        struct audience *a = list_of(at, struct audience, link);
        a->count++; /* it must outlive the walk over its own lines */
        end_if_void(v, &a->lines, real);
        a->count--;
        live_forget(v, a);
    }
    end_if_void(v, &v->ready, real);
    end_if_void(v, &v->ahead.untold, real);
    end_if_void(v, &v->waiting, real);
    end_if_void(v, &v->tests, real);
    poll_check(v, real);
}

/* ---- the outside ---- */

struct live *live_new(struct loop *l, const struct live_options *o)
{
    struct live *v = mem_new(struct live);
    v->loop = l;
    v->options = *o;
    v->tape = store_tape(o->store);
    v->people = store_people(o->store);
    list_init(&v->audiences);
    list_init(&v->ready);
    list_init(&v->waiting);
    list_init(&v->tests);
    list_init(&v->entries.waiting);
    list_init(&v->trips);
    pages_init(&v->pages, v->tape);
    packs_init(&v->packs, v->tape);
    v->head = tape_head(v->tape);
    poll_init(&v->polls, v->head);
    v->day = clock_day(clock_now_ms());
    ahead_init(&v->ahead, v->head);
    v->generation = people_generation(v->people);
    v->book = span_book_new(v);
    tape_watch(v->tape, &v->watch, l, on_tape);
    timer_init(&v->beat, on_beat);
    timer_init(&v->sweep, on_sweep);
    loop_timer(l, &v->beat, BEAT_MS);
    loop_timer(l, &v->sweep, SWEEP_MS);
    loop_each_turn(l, turn, v);
    return v;
}

enum err live_reserve(struct live *v, const struct account *who, struct why *why)
{
    const struct org *o = who->user->org;
    return seats_take(who->user->id, v->options.streams_per_account, o ? o->id : 0,
                      o ? right_terms(o->right)->lines : 0, why);
}

/* False when the line was closed. */
static bool hello(struct live *v, struct line *l, const struct live_ask *ask)
{
    char now[CLOCK_TEXT];
    clock_rfc3339(clock_now_ms(), now);
    struct buf out = BUF_INIT(4096), words = BUF_INIT(512);
    buf_add(&out, ask->head);
    struct str epoch = l->test ? REHEARSAL_EPOCH : store_epoch(v->options.store);
    uint64_t head = l->test ? SCENARIO_EVENTS : v->head;
    buf_printf(&words, "{\"line\":\"hello\",\"epoch\":\"%.*s\",\"head\":%llu,\"oldest\":%llu,\"now\":\"%s\"", STR_FMT(epoch),
               (unsigned long long)head, (unsigned long long)ask->oldest, now);
    if (l->test)
        buf_add(&words, S(",\"test\":true"));
    if (ask->retry_ms)
        buf_printf(&words, ",\"retry\":%u", ask->retry_ms);
    buf_addc(&words, '}');
    form_line(&out, ask->protocol, buf_str(&words));
    struct blob *b = blob_new(buf_str(&out));
    bool is_open = line_send(l, b);
    if (is_open && l->test) {
        rehearsal_begin(l);
    } else if (is_open) {
        list_add_tail(l->is_blocked ? &v->waiting : &v->ready, &l->link);
        loop_again(v->loop);
    }
    blob_unref(&b);
    buf_fini(&out);
    buf_fini(&words);
    return is_open;
}

static void say_once(int fd, struct str bytes)
{
    struct iovec v = {(void *)(uintptr_t)bytes.p, bytes.n};
    size_t done;
    (void)stream_write(fd, &v, 1, &done); /* nothing waits in the socket; where it is gone, so is whoever would read */
}

void live_turn_away(int fd, struct str bytes)
{
    say_once(fd, bytes);
    close(fd);
}

void live_open(struct live *v, int fd, const struct live_ask *ask)
{
    loop_assert(v->loop);
    struct line *l = line_new(v, fd, ask);
    if (fault_hit("live.watch") || loop_add(v->loop, &l->watch) != OK) {
        log_line(LOG_WARN, "stream-refused", "why=epoll user=%u", l->warrant.user);
        say_once(fd, S("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"));
        line_drop(l);
        return;
    }
    if (!l->test) /* the ledger knows nothing of plays */
        span_open(l);
    if (hello(v, l, ask) && ask->first.n)
        (void)hear_bytes(l, ask->first);
}

static void close_all(struct list *lines)
{
    list_each(it, lines)
        line_close(list_of(it, struct line, link), "restart");
}

void live_stop(struct live *v)
{
    v->is_stopping = true;
    if (v->round.is_on && !v->round.is_beat)
        v->head = v->round.from; /* not all have had it: nobody is told to go on after it, or said to have been sent it */
    round_end(v);
    list_each(at, &v->audiences) {
        struct audience *a = list_of(at, struct audience, link);
        a->count++;
        close_all(&a->lines);
        a->count--;
    }
    close_all(&v->ready);
    close_all(&v->ahead.untold);
    close_all(&v->tests);
    close_all(&v->waiting);
    span_book_stop(v);
    loop_timer_off(v->loop, &v->beat);
    loop_timer_off(v->loop, &v->sweep);
    tape_unwatch(&v->watch);
    poll_stop(v);
    entry_stop(v);
}

void live_free(struct live **pv)
{
    struct live *v = *pv;
    if (!v)
        return;
    packs_drop(&v->packs);
    list_each(at, &v->audiences)
        audience_drop(v, list_of(at, struct audience, link));
    ahead_fini(&v->ahead);
    span_book_free(&v->book);
    pages_fini(&v->pages);
    mem_free(v);
    *pv = NULL;
}

void live_count(const struct live *v, struct live_counts *out)
{
    *out = (struct live_counts){v->lines, v->polls.count, v->sent_events, v->sent_bytes, v->catching_up, v->blocked, v->closed_stalled};
}

unsigned live_polls(const struct live *v)
{
    return (unsigned)v->polls.count;
}

unsigned live_streams_of(uint32_t user)
{
    return seats_of_user(user);
}

unsigned live_lines_of(uint32_t org)
{
    return seats_of_org(org);
}
