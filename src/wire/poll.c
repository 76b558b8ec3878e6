#include "wire/poll.h"

#include "base/clock.h"
#include "base/fault.h"
#include "wire/batch.h"
#include "wire/form.h"
#include "wire/line.h"
#include "wire/linewatch.h"
#include "wire/seats.h"

#define PAGE_EVENTS 100
#define PAGE_BYTES ((1u << 20) - 128) /* with what stands around the events: 1 MiB */
#define FRAMES 64
#define READS 4      /* of the tape, for one poll in one slice */
#define SLICE 32     /* polls served in one turn */
#define SCAN_MS 1000 /* so long a past that holds little for this reader is searched to fill a page */

struct poll {
    struct list link; /* of polls.waiting or ready while it is held; else the call is on its way */
    struct live *live;
    struct call *call;
    struct warrant warrant;
    struct audience audience; /* of no list: right, filter and format, with refs of its own */
    struct org *org;          /* ref; NULL for desk roles */
    struct batch page;
    struct timer over;
    uint64_t from, from_prev; /* the cursor it came with, and the seq before its first event */
    uint64_t recalls;         /* of the tape: what stands in the page is good as long as it stays */
    int64_t wait_ms, began_ms;
    bool is_over, is_void, is_seated, has_read, has_failed;
    uint64_t asked_head; /* the loop's head when the store was asked */
    struct pages_mark asked;
    uint64_t asked_after;
    struct frame *frames[FRAMES];
    size_t count;
};

enum progress {
    PROGRESS_DONE, /* to be answered */
    PROGRESS_HEAD, /* all there is was decided */
    PROGRESS_MORE, /* the slice is used up */
    PROGRESS_STORE /* the window has passed its cursor */
};

static enum next step(struct call *c);

static void drop_frames(struct poll *p)
{
    for (size_t i = 0; i < p->count; i++)
        frame_unref(&p->frames[i]);
    p->count = 0;
}

static void leave_seat(struct poll *p)
{
    if (p->is_seated) {
        seats_leave(p->warrant.user, p->warrant.org);
        p->live->polls.count--;
    }
    p->is_seated = false;
}

static void drop(void *state)
{
    struct poll *p = state;
    loop_timer_off(p->live->loop, &p->over);
    list_del(&p->link);
    drop_frames(p);
    leave_seat(p);
    warrant_fini(&p->warrant);
    org_unref(&p->org);
    right_unref(&p->audience.right);
    filter_unref(&p->audience.filter);
}

/* ---- holding and letting go ---- */

/* The client is gone, or has said its last word and may still listen: it gets what there is. */
static void on_end(struct call *c)
{
    struct poll *p = c->state;
    p->is_over = p->has_read = true;
    list_del(&p->link);
    call_return(c, step);
}

static enum next hold(struct poll *p, struct list *where)
{
    list_add_tail(where, &p->link);
    call_hold(p->call, on_end);
    if (where == &p->live->polls.ready)
        loop_again(p->live->loop);
    return NEXT_WAIT;
}

static void go_on(struct poll *p)
{
    list_del(&p->link);
    call_let_go(p->call);
    call_return(p->call, step);
}

static void on_over(struct timer *t)
{
    struct poll *p = list_of(t, struct poll, over);
    p->is_over = true;
    if (!list_is_empty(&p->link))
        go_on(p);
}

/* ---- reading ---- */

static void begin_page(struct poll *p)
{
    struct res *r = &p->call->res;
    res_start(r, 200, "application/json");
    r->body.max = BATCH_ROOM;
    res_header(r, "Cache-Control", S("no-store"));
    res_body(r, S("{\"events\":["));
    p->page = (struct batch){.audience = &p->audience, .org = p->org, .live = p->live, .cursor = p->from, .prev = p->from_prev,
                             .events_most = PAGE_EVENTS, .bytes_enough = PAGE_BYTES, .bytes_most = PAGE_BYTES};
    p->has_read = false;
}

/* A story was killed since the page was begun: its text may stand there. Told once more, it comes without. */
static void forget_recalled(struct poll *p)
{
    uint64_t now = tape_recalls(p->live->tape);
    if (p->page.events && p->recalls != now)
        begin_page(p);
    p->recalls = now;
}

static void decide(struct poll *p)
{
    struct live *v = p->live;
    batch_refresh(&p->org, v->people);
    p->page.org = p->org;
    batch_add(&p->page, p->frames, p->count, v->head, &p->call->res.body);
    drop_frames(p);
    p->has_read = true;
}

static bool is_done(const struct poll *p)
{
    const struct live *v = p->live;
    if (v->is_stopping || p->is_void || p->page.is_full)
        return true;
    if (p->page.cursor >= v->head)
        return p->page.events || p->is_over || !p->wait_ms;
    bool is_late = p->page.events && loop_now_ms(v->loop) - p->began_ms > SCAN_MS;
    return p->has_read && (p->is_over || is_late);
}

static enum progress advance(struct poll *p)
{
    struct live *v = p->live;
    for (int i = 0;; i++) {
        forget_recalled(p);
        if (is_done(p))
            return PROGRESS_DONE;
        if (p->page.cursor >= v->head)
            return PROGRESS_HEAD;
        if (i == READS)
            return PROGRESS_MORE;
        bool is_gap;
        p->count = tape_read(v->tape, p->page.cursor, p->frames, FRAMES, &is_gap);
        if (is_gap || !p->count) {
            drop_frames(p);
            p->count = pages_read(&v->pages, p->page.cursor, audience_needs(&p->audience), p->frames, FRAMES);
        }
        if (!p->count)
            return PROGRESS_STORE;
        decide(p);
    }
}

/* ---- answering ---- */

/* What the ledger is told of it. */
static struct span_poll reader_of(const struct poll *p)
{
    return (struct span_poll){.org = p->warrant.org, .user = p->warrant.user, .token = p->warrant.token,
                              .format = form_format_name(p->audience.format), .filter = p->audience.filter,
                              .with_archive = p->audience.with_archive, .was_ended = p->page.has_ended,
                              .from = p->from, .to = p->page.cursor};
}

/* Nothing to whom it is no longer due, the next call is told why; and nothing in a stop, when the ledger is closed. */
static bool may_give(const struct poll *p)
{
    const struct live *v = p->live;
    return !v->is_stopping && !p->is_void &&
           (!p->page.events || warrant_holds(&p->warrant, v->options.store, clock_now_ms()));
}

static enum next answer(struct poll *p)
{
    struct live *v = p->live;
    struct res *r = &p->call->res;
    struct span_poll told = reader_of(p);
    if (may_give(p))
        span_polled(v, &told);
    else
        begin_page(p);
    uint64_t next = p->page.cursor, head = v->head > next ? v->head : next;
    struct str epoch = store_epoch(v->options.store);
    buf_printf(&r->body, "],\"next\":%llu,\"head\":%llu,\"epoch\":\"%.*s\"}", (unsigned long long)next,
               (unsigned long long)head, STR_FMT(epoch));
    v->sent_events += p->page.events;
    linewatch_polled(p->warrant.org, next, (struct linewatch_time){loop_now_ms(v->loop), clock_now_ms()});
    loop_timer_off(v->loop, &p->over);
    leave_seat(p); /* before the answer is out: the next poll may come by another connection */
    return NEXT_DONE;
}

/* ---- trips to the store ---- */

static enum next back(struct call *c)
{
    struct poll *p = c->state;
    struct live *v = p->live;
    forget_recalled(p);
    if (p->has_failed) {
        bool is_last = p->is_over || p->page.events || v->is_stopping;
        return is_last ? answer(p) : hold(p, &v->polls.waiting);
    }
    if (!pages_keep(&v->pages, p->asked_after, p->frames, p->count, &p->asked)) {
        drop_frames(p);
        return step(c);
    }
    if (!p->count) { /* only the numbers of a timeline that ended lie there */
        p->page.cursor = p->asked_head;
        p->has_read = true;
    }
    decide(p);
    return step(c);
}

static enum next read_store(struct call *c, void *reader)
{
    struct poll *p = c->state;
    p->count = reader_frames(reader, p->page.cursor, p->frames, FRAMES);
    p->has_failed = !p->count && db_status(reader_db(reader)) != OK;
    if (fault_hit("poll.read")) {
        drop_frames(p);
        p->has_failed = true;
    }
    for (size_t i = 0; i < p->count; i++) {
        filter_warm(p->audience.filter, p->frames[i]);
        form_warm(p->frames[i], p->audience.format);
    }
    call_return(c, back);
    return NEXT_WAIT;
}

static enum next step(struct call *c)
{
    struct poll *p = c->state;
    struct live *v = p->live;
    switch (advance(p)) {
    case PROGRESS_DONE:
        return answer(p);
    case PROGRESS_HEAD:
        return hold(p, &v->polls.waiting);
    case PROGRESS_MORE:
        return hold(p, &v->polls.ready);
    case PROGRESS_STORE:
        break;
    }
    p->asked_head = v->head;
    p->asked_after = p->page.cursor;
    p->asked = (struct pages_mark){.recalls = p->recalls, .ready = audience_needs(&p->audience)};
    return call_work(c, store_readers(v->options.store), read_store);
}

/* ---- the outside ---- */

enum next poll_open(struct live *v, struct call *c, const struct live_ask *ask, int64_t wait_ms)
{
    loop_assert(v->loop);
    struct poll *p = arena_make(c->arena, struct poll);
    const struct user *u = ask->who->user;
    list_init(&p->link);
    p->live = v;
    p->call = c;
    warrant_init(&p->warrant, ask->who, ask->peer, ask->session);
    p->org = u->org ? org_ref(u->org) : NULL;
    p->audience = (struct audience){.right = user_right(u), .filter = filter_ref(ask->filter), .format = ask->format,
                                    .protocol = PROTOCOL_POLL, .with_archive = ask->with_archive};
    p->from = ask->has_cursor ? ask->after : v->head;
    p->from_prev = ask->has_cursor && !ask->is_from_start ? ask->after : 0;
    p->wait_ms = wait_ms;
    p->began_ms = loop_now_ms(v->loop);
    p->is_seated = true;
    v->polls.count++;
    timer_init(&p->over, on_over);
    loop_timer(v->loop, &p->over, wait_ms ? wait_ms : SCAN_MS);
    if (c->drop_state)
        c->drop_state(c->state);
    c->state = p;
    c->drop_state = drop;
    begin_page(p);
    struct span_poll back = reader_of(p);
    if (ask->has_cursor)
        span_poll_back(v, &back);
    return step(c);
}

void poll_init(struct polls *all, uint64_t head)
{
    list_init(&all->waiting);
    list_init(&all->ready);
    all->head = head;
}

void poll_turn(struct live *v)
{
    struct polls *all = &v->polls;
    if (all->head != v->head)
        list_move_all(&all->waiting, &all->ready);
    all->head = v->head;
    for (int i = 0; i < SLICE && !list_is_empty(&all->ready); i++) {
        struct poll *p = list_of(all->ready.next, struct poll, link);
        enum progress so_far = advance(p);
        if (so_far == PROGRESS_DONE || so_far == PROGRESS_STORE) {
            go_on(p);
            continue;
        }
        list_del(&p->link);
        list_add_tail(so_far == PROGRESS_HEAD ? &all->waiting : &all->ready, &p->link);
    }
    if (!list_is_empty(&all->ready))
        loop_again(v->loop);
}

void poll_rouse(struct live *v)
{
    list_each(it, &v->polls.waiting) {
        struct poll *p = list_of(it, struct poll, link);
        if (p->page.cursor < v->head)
            go_on(p);
    }
}

static void check_each(struct list *polls, struct store *s, int64_t now_ms)
{
    list_each(it, polls) {
        struct poll *p = list_of(it, struct poll, link);
        if (warrant_holds(&p->warrant, s, now_ms))
            continue;
        p->is_void = true;
        go_on(p);
    }
}

void poll_check(struct live *v, int64_t now_ms)
{
    check_each(&v->polls.waiting, v->options.store, now_ms);
    check_each(&v->polls.ready, v->options.store, now_ms);
}

void poll_stop(struct live *v)
{
    must(v->is_stopping);
    list_each(it, &v->polls.waiting)
        go_on(list_of(it, struct poll, link));
    list_each(it, &v->polls.ready)
        go_on(list_of(it, struct poll, link));
}
