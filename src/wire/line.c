#include "wire/line.h"

#include "base/clock.h"
#include "http/ws.h"
#include "io/stream.h"
#include "store/ledger.h"
#include "wire/batch.h"
#include "wire/form.h"
#include "wire/hear.h"
#include "wire/linewatch.h"
#include "wire/rehearsal.h"
#include "wire/seats.h"

#include <sys/socket.h>
#include <unistd.h>

#define KERNEL_MOST ((size_t)128 * 1024) /* what a reader that stands still costs: the rest is its cursor */
#define REST_MOST ((size_t)256 * 1024)
#define LAST_WORD 4096 /* room for it, with what the kernel needs around it */

/* The rest first; then nothing is left over. STREAM_AGAIN when the socket is full. */
static enum stream_result flush(struct line *l)
{
    while (l->rest) {
        struct iovec v = {l->rest->bytes + l->rest_at, l->rest->n - l->rest_at};
        size_t done = 0;
        enum stream_result r = stream_write(l->watch.fd, &v, 1, &done);
        if (r != STREAM_OK)
            return r;
        l->rest_at += (uint32_t)done;
        l->stuck_ms = (uint32_t)loop_now_ms(l->live->loop);
        l->live->sent_bytes += done;
        l->bytes += done;
        if (l->rest_at == l->rest->n)
            blob_unref(&l->rest);
    }
    return STREAM_OK;
}

static void block(struct line *l)
{
    if (l->is_blocked)
        return;
    l->is_blocked = true;
    l->stuck_ms = (uint32_t)loop_now_ms(l->live->loop);
    l->live->blocked++;
    loop_change(l->live->loop, &l->watch, LOOP_IN | LOOP_OUT);
}

static void unblock(struct line *l)
{
    l->is_blocked = false;
    l->live->blocked--;
    loop_change(l->live->loop, &l->watch, LOOP_IN);
}

bool line_send(struct line *l, struct blob *bytes)
{
    must(!l->rest);
    struct iovec v = {bytes->bytes, bytes->n};
    size_t done = 0;
    enum stream_result r = stream_write(l->watch.fd, &v, 1, &done);
    if (r == STREAM_BROKEN || r == STREAM_END) {
        line_close(l, NULL);
        return false;
    }
    l->live->sent_bytes += done;
    l->bytes += done;
    if (done == bytes->n)
        return true;
    span_stuck(l);
    l->rest = blob_ref(bytes);
    l->rest_at = (uint32_t)done;
    block(l);
    return true;
}

static void on_ready(struct watch *w, unsigned events)
{
    struct line *l = list_of(w, struct line, watch);
    if ((events & (LOOP_IN | LOOP_HUP)) && !hear_ready(l))
        return;
    if (!(events & LOOP_OUT) || !l->is_blocked)
        return;
    enum stream_result r = flush(l);
    if (r == STREAM_AGAIN)
        return;
    if (r != STREAM_OK) {
        line_close(l, NULL);
        return;
    }
    unblock(l);
    if (!hear_answer(l))
        return;
    if (!ahead_tell(l)) /* at the edge of a frame, before it goes on catching up */
        return;
    if (l->state == LINE_BEHIND && !l->is_blocked) {
        list_del(&l->link);
        list_add_tail(&l->live->ready, &l->link);
        loop_again(l->live->loop);
    }
}

static struct linewatch_time moment(const struct live *v)
{
    return (struct linewatch_time){loop_now_ms(v->loop), clock_now_ms()};
}

void line_lags(struct line *l, bool is_lagging)
{
    struct linewatch_case c = {.kind = LINEWATCH_LAGGING, .org = l->warrant.org, .line = l->id, .last_seq = l->prev,
                               .since_ms = clock_now_ms() - (loop_now_ms(l->live->loop) - (int64_t)l->behind_s * 1000)};
    l->is_lagging = is_lagging;
    if (is_lagging)
        linewatch_lags(&c);
    else
        linewatch_lags_no_more(&c);
}

static uint32_t line_now_s(const struct live *v)
{
    return (uint32_t)(loop_now_ms(v->loop) / 1000);
}

struct line *line_new(struct live *v, int fd, const struct live_ask *ask)
{
    struct line *l = mem_new(struct line);
    stream_bound(fd, KERNEL_MOST);
    l->watch.fd = fd;
    l->watch.events = LOOP_IN;
    l->watch.ready = on_ready;
    l->live = v;
    list_init(&l->link);
    const struct user *u = ask->who->user;
    warrant_init(&l->warrant, ask->who, ask->peer, ask->session);
    l->org = u->org ? org_ref(u->org) : NULL;
    CLEANUP(right_unref) struct right *right = user_right(u);
    struct audience like = {.right = right, .filter = ask->filter, .format = ask->format, .protocol = ask->protocol,
                            .with_archive = ask->with_archive};
    l->audience = live_audience(v, &like);
    l->audience->count++;
    l->state = ask->test ? LINE_TEST : LINE_BEHIND;
    l->id = ask->test ? 0 : ledger_next_line();
    l->since_ms = clock_now_ms();
    l->told = v->ahead.count;
    l->checked_day = v->day;
    l->behind_s = line_now_s(v);
    l->cursor = ask->has_cursor ? ask->after : v->head;
    l->prev = ask->has_cursor && !ask->is_from_start ? ask->after : 0; /* a new stream has had no event */
    v->lines++;
    if (ask->test) {
        l->test = *ask->test;
        *ask->test = NULL;
    } else {
        linewatch_opened(l->warrant.org, moment(v));
        v->catching_up++;
    }
    return l;
}

uint64_t line_place(const struct line *l)
{
    const struct live *v = l->live;
    if (l->state != LINE_LIVE)
        return l->cursor;
    uint64_t all = v->round.is_on && !v->round.is_beat ? v->round.from : v->head;
    return l->cursor > all ? l->cursor : all;
}

/* A socket that is full takes the rest of its frame when it is not much, so that a reader that wakes finds the last word
 * behind it. */
static bool is_at_edge(struct line *l)
{
    size_t left = l->rest ? l->rest->n - l->rest_at : 0;
    if (left > REST_MOST || (l->ws && l->ws->is_over))
        return false;
    if (left)
        stream_widen(l->watch.fd, left + LAST_WORD);
    return flush(l) == STREAM_OK;
}

/* A last word when the socket has room for it at a frame's edge; else the client knows its place by the last id. False
 * when it could not be said. */
static bool farewell(struct line *l, const char *why)
{
    if (l->is_leaving || !is_at_edge(l))
        return false;
    struct buf words = BUF_INIT(512);
    form_bye(&words, l->audience->protocol, why, line_place(l));
    struct iovec v = {(void *)(uintptr_t)buf_str(&words).p, words.n};
    size_t done = 0;
    bool is_said = stream_write(l->watch.fd, &v, 1, &done) == STREAM_OK && done == words.n;
    buf_fini(&words);
    return is_said;
}

void line_close(struct line *l, const char *why)
{
    bool is_said = why && farewell(l, why);
    if (is_said && l->audience->protocol == PROTOCOL_WS && !l->is_blocked && !l->live->is_stopping) {
        line_leave(l); /* its client is about to say Close as well: RFC 6455 7.1.1 */
        return;
    }
    loop_remove(l->live->loop, &l->watch);
    line_drop(l);
}

void line_leave(struct line *l)
{
    l->trip = NULL;
    block(l);
    line_fall_behind(l, line_place(l));
    l->is_leaving = true;
    (void)shutdown(l->watch.fd, SHUT_WR); /* a socket that is broken already says so when it is read */
    loop_change(l->live->loop, &l->watch, LOOP_IN);
}

void line_drop(struct line *l)
{
    struct live *v = l->live;
    span_close(l);
    if (v->round.next == &l->link)
        v->round.next = l->link.next;
    list_del(&l->link);
    if (l->is_blocked)
        v->blocked--;
    if (l->test)
        rehearsal_stop(l);
    else
        linewatch_closed(l->warrant.org, l->prev, moment(v));
    if (l->state == LINE_BEHIND || l->state == LINE_ASKING)
        v->catching_up--;
    if (l->is_lagging)
        line_lags(l, false);
    v->lines--;
    close(l->watch.fd);
    blob_unref(&l->rest);
    mem_free(l->ws);
    warrant_fini(&l->warrant);
    seats_leave(l->warrant.user, l->warrant.org);
    l->audience->count--;
    live_forget(v, l->audience);
    org_unref(&l->org);
    mem_free(l);
}

void line_fall_behind(struct line *l, uint64_t cursor)
{
    struct live *v = l->live;
    if (l->state == LINE_TEST) /* its timer sees that it is blocked */
        return;
    span_behind(l);
    if (v->round.next == &l->link)
        v->round.next = l->link.next;
    if (l->state == LINE_LIVE) {
        v->catching_up++;
        l->behind_s = line_now_s(v);
    }
    l->state = LINE_BEHIND;
    l->cursor = cursor;
    list_del(&l->link);
    list_add_tail(l->is_blocked ? &v->waiting : &v->ready, &l->link);
    if (!l->is_blocked)
        loop_again(v->loop);
}

bool line_say(struct line *l, struct blob *words)
{
    bool is_open = line_send(l, words);
    if (is_open && l->is_blocked && l->state != LINE_ASKING) /* that one is where it belongs when its trip comes back */
        line_fall_behind(l, line_place(l));
    return is_open;
}

void line_join(struct line *l)
{
    struct live *v = l->live;
    struct audience *old = l->audience;
    const struct right *now = batch_right(old, l->org, l->cursor);
    if (now && !right_eq_audience(now, old->right)) {
        struct audience like = *old;
        like.right = (struct right *)(uintptr_t)now;
        l->audience = live_audience(v, &like);
        l->audience->count++;
        old->count--;
        live_forget(v, old);
    }
    l->state = LINE_LIVE;
    span_join(l);
    if (l->is_lagging)
        line_lags(l, false);
    v->catching_up--;
    list_del(&l->link);
    list_add_tail(&l->audience->lines, &l->link);
}
