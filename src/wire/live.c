#include "wire/live.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/id.h"
#include "base/log.h"
#include "http/sse.h"
#include "wire/line.h"
#include "wire/seats.h"

#define SLICE 128        /* lines served between two looks at the sockets (architecture 4) */
#define BEAT_MS 15000
#define SWEEP_MS 1000
#define AGE_MS 3000
#define STALL_MS 30000
#define BLOB_MAX (32u << 20)

struct audience *live_audience(struct live *v, struct right *right, const struct query *filter, enum wire_format format,
                               bool with_archive)
{
    list_each(it, &v->audiences) {
        struct audience *a = list_of(it, struct audience, link);
        if (a->format == format && a->with_archive == with_archive && !a->filter == !filter &&
            right_eq_audience(a->right, right) && (!filter || query_eq_filter(a->filter, filter)))
            return a;
    }
    struct audience *a = mem_new(struct audience);
    list_init(&a->lines);
    a->right = right_ref(right);
    a->format = format;
    a->with_archive = with_archive;
    if (filter) {
        a->filter = mem_new(struct query);
        *a->filter = *filter;
        a->filter->branches = NULL; /* words are not part of a stream's filter yet */
        a->filter->branch_count = 0;
    }
    list_add_tail(&v->audiences, &a->link);
    return a;
}

static void audience_drop(struct audience *a)
{
    list_del(&a->link);
    right_unref(&a->right);
    mem_free(a->filter);
    mem_free(a);
}

void live_forget(struct live *v, struct audience *a)
{
    if (!a->count && v->round.at != a)
        audience_drop(a);
}

/* ---- the round: one batch of frames, or one heartbeat, over all live lines ---- */

static bool is_record_of_rights(const struct frame *f)
{
    return f->event == EVENT_ORG || f->event == EVENT_USER;
}

/* An organisation's new terms: its live lines move to the audience of the new right, in order with the stories. */
static void apply_rights(struct live *v, const struct frame *f)
{
    if (f->event != EVENT_ORG)
        return; /* users are looked at by the sweep */
    struct list moved;
    list_init(&moved);
    list_each(at, &v->audiences) {
        struct audience *a = list_of(at, struct audience, link);
        list_each(it, &a->lines) {
            struct line *l = list_of(it, struct line, link);
            if (l->org && l->org->id == f->subject) {
                list_del(&l->link);
                list_add_tail(&moved, &l->link);
            }
        }
    }
    list_each(it, &moved) {
        struct line *l = list_of(it, struct line, link);
        struct org *fresh = people_org(v->people, f->subject);
        if (fresh) {
            org_unref(&l->org);
            l->org = fresh;
        }
        l->cursor = f->seq;
        v->catching_up++;
        l->state = LINE_BEHIND;
        line_join(l);
    }
}

static void tell_public(struct live *v, const struct frame *f)
{
    if (v->options.public_changed && (f->brief || f->leaves_public))
        v->options.public_changed(v->options.arg, f->n);
}

/* How many of the frames read make one walk: a recall or a change of rights stands alone. */
static size_t run_length(struct frame **frames, size_t n)
{
    size_t bytes = 0, i = 0;
    for (; i < n; i++) {
        bool is_alone = audience_is_recall(frames[i]) || is_record_of_rights(frames[i]);
        if (is_alone && i > 0)
            break;
        bytes += frames[i]->full.n;
        if (is_alone || bytes > 256u * 1024)
            return i + 1;
    }
    return i;
}

static void enter_audience(struct round *r, struct list *link, const struct list *end)
{
    r->at = NULL;
    blob_unref(&r->blob);
    if (link == end)
        return;
    struct audience *a = list_of(link, struct audience, link);
    r->at = a;
    r->next = a->lines.next;
    r->is_any = r->is_beat || r->is_recall;
    for (size_t i = 0; !r->is_recall && i < r->count; i++)
        if (audience_decide(a, r->frames[i], a->right, NULL, &r->shares[i]) != VERDICT_NO)
            r->is_any = true;
}

static void round_end(struct live *v)
{
    struct round *r = &v->round;
    for (size_t i = 0; i < r->count; i++)
        frame_unref(&r->frames[i]);
    blob_unref(&r->blob);
    *r = (struct round){0};
}

static void round_begin(struct live *v)
{
    struct round *r = &v->round;
    r->is_on = true;
    r->is_recall = r->count == 1 && audience_is_recall(r->frames[0]);
    enter_audience(r, v->audiences.next, &v->audiences);
}

/* The window has run away from this loop: every live line reads on from the store by its own cursor. */
static void all_behind(struct live *v)
{
    list_each(at, &v->audiences) {
        struct audience *a = list_of(at, struct audience, link);
        list_each(it, &a->lines)
            line_fall_behind(list_of(it, struct line, link), v->head);
    }
    v->head = tape_head(v->tape);
    if (v->options.public_changed)
        v->options.public_changed(v->options.arg, 0);
}

/* Takes the next batch from the tape; false when there is none. */
static bool round_read(struct live *v)
{
    struct round *r = &v->round;
    bool is_gap;
    size_t n = tape_read(v->tape, v->head, r->frames, 64, &is_gap);
    if (is_gap) {
        for (size_t i = 0; i < n; i++)
            frame_unref(&r->frames[i]);
        all_behind(v);
        return false;
    }
    if (!n)
        return false;
    r->count = run_length(r->frames, n);
    for (size_t i = r->count; i < n; i++)
        frame_unref(&r->frames[i]);
    r->from = v->head;
    r->to = v->head = r->frames[r->count - 1]->seq;
    for (size_t i = 0; i < r->count; i++) {
        tell_public(v, r->frames[i]);
        if (is_record_of_rights(r->frames[i]))
            apply_rights(v, r->frames[i]);
    }
    round_begin(v);
    return true;
}

/* Bytes for lines of this audience whose last seq is `prev`; NULL when nothing is due to them. */
static struct blob *round_blob(struct round *r, const struct share *shares, uint64_t prev)
{
    enum verdict v = shares[0].verdict;
    if (r->blob && r->blob_prev == prev && (!r->is_recall || r->blob_verdict == v))
        return r->blob;
    blob_unref(&r->blob);
    struct buf out = BUF_INIT(BLOB_MAX);
    uint64_t last = prev, events = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (shares[i].verdict == VERDICT_NO)
            continue;
        audience_encode(&out, r->frames[i], &shares[i], r->at->format, last);
        last = r->frames[i]->seq;
        events++;
    }
    must(buf_ok(&out));
    if (out.n)
        r->blob = blob_new(buf_str(&out));
    buf_fini(&out);
    r->blob_prev = prev;
    r->blob_last = last;
    r->blob_events = events;
    r->blob_verdict = v;
    return r->blob;
}

/* A live line whose socket is full before the first byte keeps its place; with half a frame taken the frame is its own. */
static void deliver(struct live *v, struct line *l)
{
    struct round *r = &v->round;
    struct share own;
    const struct share *shares = r->shares;
    if (r->is_recall) {
        if (audience_decide(r->at, r->frames[0], r->at->right, l->org, &own) == VERDICT_NO)
            return;
        shares = &own;
    }
    struct blob *b = round_blob(r, shares, l->prev);
    if (!b)
        return;
    uint64_t last = r->blob_last;
    v->sent_events += r->blob_events;
    if (!line_send(l, b))
        return;
    l->prev = last;
    l->cursor = r->to;
    if (l->is_blocked)
        line_fall_behind(l, r->to);
}

static void beat(struct line *l, struct blob *words)
{
    if (line_send(l, words) && l->is_blocked)
        line_fall_behind(l, l->live->head);
}

/* Serves up to `budget` lines; true when the round is through. */
static bool round_walk(struct live *v, size_t budget)
{
    struct round *r = &v->round;
    while (r->at) {
        struct audience *a = r->at;
        while (r->is_any && r->next != &a->lines) {
            if (!budget--)
                return false;
            struct line *l = list_of(r->next, struct line, link);
            r->next = r->next->next;
            if (r->is_beat)
                beat(l, r->blob);
            else if (l->cursor < r->to) /* who joined meanwhile has decided these already */
                deliver(v, l);
        }
        struct list *on = a->link.next;
        struct blob *words = r->is_beat ? blob_ref(r->blob) : NULL;
        enter_audience(r, on, &v->audiences);
        if (words) {
            r->blob = words;
        }
        if (!a->count)
            audience_drop(a);
    }
    return true;
}

static void serve_behind(struct live *v)
{
    for (int i = 0; i < SLICE && !list_is_empty(&v->ready); i++) {
        struct line *l = list_of(v->ready.next, struct line, link);
        list_del(&l->link);
        catchup_step(l);
    }
}

static void turn(void *arg)
{
    struct live *v = arg;
    if (v->round.is_on) {
        if (round_walk(v, SLICE))
            round_end(v);
    } else if (v->has_news) {
        v->has_news = round_read(v);
        if (v->round.is_on && round_walk(v, SLICE))
            round_end(v);
    }
    if (!list_is_empty(&v->ready))
        serve_behind(v);
    if (v->round.is_on || v->has_news || !list_is_empty(&v->ready))
        loop_again(v->loop);
}

static void on_tape(struct tape_watch *w)
{
    struct live *v = list_of(w, struct live, watch);
    v->has_news = true;
    loop_again(v->loop);
}

/* ---- timers ---- */

static void on_beat(struct timer *t)
{
    struct live *v = list_of(t, struct live, beat);
    loop_timer(v->loop, t, BEAT_MS);
    if (v->round.is_on)
        return; /* stories are flowing: they are sign of life enough */
    char now[CLOCK_TEXT];
    clock_rfc3339(clock_now_ms(), now);
    struct buf text = BUF_INIT(128), event = BUF_INIT(256);
    buf_printf(&text, "head=%llu now=%s", (unsigned long long)v->head, now);
    sse_comment(&event, buf_str(&text));
    v->round.is_beat = true;
    round_begin(v);
    v->round.blob = blob_new(buf_str(&event));
    buf_fini(&text);
    buf_fini(&event);
    loop_again(v->loop);
}

/* The account as the line knows it: another role or organisation is another account. */
static bool is_same_account(const struct line *l, const struct user *u)
{
    uint32_t org = l->org ? l->org->id : 0;
    return !u->is_disabled && u->role == l->role && (u->org ? u->org->id : 0) == org;
}

static bool is_good_from_there(const struct line *l, const struct user *u)
{
    CLEANUP(right_unref) struct right *right = user_right(u);
    return right_allows_address(right, str_from(l->peer.text));
}

static bool may_stay(struct live *v, const struct line *l, int64_t now_ms)
{
    struct user *u = people_user(v->people, l->user);
    bool is_ok = u && is_same_account(l, u) && is_good_from_there(l, u) &&
                 (l->token || (uint32_t)str_hash(u->password) == l->password_mark);
    user_unref(&u);
    if (l->has_session)
        return is_ok && sessions_has(store_sessions(v->options.store), l->session, role_is_desk(l->role));
    return is_ok && (!l->token || people_token_is_alive(v->people, l->token, now_ms));
}

static void end_if_void(struct live *v, struct list *lines, int64_t now_ms)
{
    list_each(it, lines) {
        struct line *l = list_of(it, struct line, link);
        if (!may_stay(v, l, now_ms))
            line_close(l, "rights");
    }
}

/* Accounts that were disabled or moved, tokens revoked or run out, sessions ended, passwords changed (trust P11);
 * readers that stand still. */
static void on_sweep(struct timer *t)
{
    struct live *v = list_of(t, struct live, sweep);
    loop_timer(v->loop, t, SWEEP_MS);
    int64_t now = loop_now_ms(v->loop), real = clock_now_ms();
    list_each(it, &v->waiting) {
        struct line *l = list_of(it, struct line, link);
        if (l->is_blocked && now - l->stuck_ms > STALL_MS) {
            v->closed_stalled++;
            line_close(l, "stalled");
        } else {
            catchup_wake(l);
        }
    }
    uint64_t generation = people_generation(v->people);
    if (generation == v->generation && real / AGE_MS == (real - SWEEP_MS) / AGE_MS)
        return; /* nothing changed; now and then tokens and sessions are still asked for their age */
    v->generation = generation;
    list_each(at, &v->audiences) {
        struct audience *a = list_of(at, struct audience, link);
        a->count++; /* it must outlive the walk over its own lines */
        end_if_void(v, &a->lines, real);
        a->count--;
        live_forget(v, a);
    }
    end_if_void(v, &v->ready, real);
    end_if_void(v, &v->waiting, real);
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
    v->head = tape_head(v->tape);
    v->generation = people_generation(v->people);
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

static void hello(struct live *v, struct line *l, const struct live_ask *ask)
{
    char now[CLOCK_TEXT];
    clock_rfc3339(clock_now_ms(), now);
    uint16_t r;
    id_random(&r, sizeof r);
    struct buf out = BUF_INIT(4096), words = BUF_INIT(512);
    buf_add(&out, sse_head());
    sse_retry(&out, 2000 + r % 3001);
    struct str epoch = store_epoch(v->options.store);
    buf_printf(&words, "{\"line\":\"hello\",\"epoch\":\"%.*s\",\"head\":%llu,\"oldest\":%llu,\"now\":\"%s\"}", STR_FMT(epoch),
               (unsigned long long)v->head, (unsigned long long)ask->oldest, now);
    sse_event(&out, 0, "line", buf_str(&words));
    struct blob *b = blob_new(buf_str(&out));
    if (line_send(l, b)) {
        list_add_tail(l->is_blocked ? &v->waiting : &v->ready, &l->link);
        loop_again(v->loop);
    }
    blob_unref(&b);
    buf_fini(&out);
    buf_fini(&words);
}

void live_open(struct live *v, int fd, const struct live_ask *ask)
{
    loop_assert(v->loop);
    static const char no_room[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\n"
                                  "Connection: close\r\n\r\n";
    struct line *l = line_new(v, fd, ask);
    if (fault_hit("live.watch") || loop_add(v->loop, &l->watch) != OK) {
        log_line(LOG_WARN, "stream-refused", "why=epoll user=%u", l->user);
        struct iovec words = {(void *)(uintptr_t)no_room, sizeof no_room - 1};
        size_t done;
        (void)stream_write(fd, &words, 1, &done);
        line_drop(l);
        return;
    }
    hello(v, l, ask);
}

static void close_all(struct list *lines)
{
    list_each(it, lines)
        line_close(list_of(it, struct line, link), "restart");
}

void live_stop(struct live *v)
{
    round_end(v);
    list_each(at, &v->audiences) {
        struct audience *a = list_of(at, struct audience, link);
        a->count++;
        close_all(&a->lines);
        a->count--;
    }
    close_all(&v->ready);
    close_all(&v->waiting);
    loop_timer_off(v->loop, &v->beat);
    loop_timer_off(v->loop, &v->sweep);
    tape_unwatch(&v->watch);
    v->is_stopping = true;
}

void live_free(struct live **pv)
{
    struct live *v = *pv;
    if (!v)
        return;
    list_each(at, &v->audiences)
        audience_drop(list_of(at, struct audience, link));
    mem_free(v);
    *pv = NULL;
}

void live_count(const struct live *v, struct live_counts *out)
{
    *out = (struct live_counts){v->lines, v->sent_events, v->sent_bytes, v->catching_up, v->blocked, v->closed_stalled};
}

unsigned live_streams_of(uint32_t user)
{
    return seats_of_user(user);
}

unsigned live_lines_of(uint32_t org)
{
    return seats_of_org(org);
}
