#include "wire/line.h"

#include "base/clock.h"
#include "wire/form.h"

#define BLOB_MAX (256u << 20) /* a batch is small, but one event goes out whatever its size */
#define FIRST_MS 100
#define PUT_OFF_MS 1000

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
        if (l->cursor < f->seq)
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
    if (link == end)
        return;
    struct audience *a = list_of(link, struct audience, link);
    r->at = a;
    r->next = a->lines.next;
    r->due = r->is_beat || r->is_recall;
    for (size_t i = 0; !r->is_recall && i < r->count; i++)
        if (audience_decide(a, r->frames[i], a->right, NULL, &r->shares[i]) != VERDICT_NO) {
            span_hit(list_of(r, struct live, round), a->filter, r->frames[i]);
            r->due |= UINT64_C(1) << i;
        }
}

void round_end(struct live *v)
{
    struct round *r = &v->round;
    for (size_t i = 0; i < r->count; i++)
        frame_unref(&r->frames[i]);
    blob_unref(&r->blob);
    for (enum wire_protocol p = PROTOCOL_SSE; p <= PROTOCOL_WS; p++)
        blob_unref(&r->beats[p]);
    *r = (struct round){0};
}

static void begin(struct live *v)
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
        list_each(it, &a->lines) {
            struct line *l = list_of(it, struct line, link);
            line_fall_behind(l, line_place(l));
        }
    }
    v->head = tape_head(v->tape);
    if (v->options.public_changed)
        v->options.public_changed(v->options.arg, 0);
}

/* Takes the next batch from the tape; false when there is none. */
static bool read_news(struct live *v)
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
    begin(v);
    return true;
}

static bool is_alike(const struct likeness *a, const struct likeness *b)
{
    return a->due == b->due && a->prev == b->prev && a->format == b->format && a->protocol == b->protocol &&
           a->verdict == b->verdict;
}

/* Bytes for lines of this audience whose last seq is `prev`, to whom something is due. */
static struct blob *encode(struct round *r, const struct share *shares, uint64_t prev)
{
    struct likeness of = {r->due, prev, r->at->format, r->at->protocol, r->is_recall ? shares->verdict : VERDICT_NO};
    if (r->blob && is_alike(&r->blob_of, &of))
        return r->blob;
    blob_unref(&r->blob);
    struct buf out = BUF_INIT(BLOB_MAX);
    r->blob_last = prev;
    r->blob_events = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (!(r->due >> i & 1))
            continue;
        form_event(&out, r->at, r->frames[i], &shares[i], r->blob_last);
        r->blob_last = r->frames[i]->seq;
        r->blob_events++;
    }
    must(buf_ok(&out));
    r->blob_of = of;
    r->blob = blob_take(&out);
    return r->blob;
}

/* A live line whose socket is full before the first byte keeps its place; with half a frame taken the frame is its own. */
static void deliver(struct live *v, struct line *l)
{
    struct round *r = &v->round;
    struct share own;
    const struct share *shares = r->shares;
    if (l->cursor > r->from) { /* opened ahead of this loop, with a number it had not got to: it goes on by its own cursor */
        line_fall_behind(l, l->cursor);
        return;
    }
    if (r->is_recall) {
        if (audience_decide(r->at, r->frames[0], r->at->right, l->org, &own) == VERDICT_NO)
            return;
        shares = &own;
    }
    struct blob *b = encode(r, shares, l->prev);
    v->sent_events += r->blob_events;
    l->events += r->blob_events;
    if (!line_send(l, b))
        return;
    l->prev = r->blob_last;
    l->cursor = r->to;
    if (l->is_blocked)
        line_fall_behind(l, r->to);
}

/* Serves up to `budget` lines; true when the round is through. */
static bool walk(struct live *v, size_t budget)
{
    struct round *r = &v->round;
    while (r->at) {
        struct audience *a = r->at;
        while (r->due && r->next != &a->lines) {
            if (!budget--)
                return false;
            struct line *l = list_of(r->next, struct line, link);
            r->next = r->next->next;
            __builtin_prefetch(list_of(r->next, struct line, link)); /* it comes while this one's bytes are sent */
            if (r->is_beat)
                (void)line_say(l, r->beats[a->protocol]);
            else if (l->cursor < r->to) /* who joined meanwhile has decided these already */
                deliver(v, l);
        }
        enter_audience(r, a->link.next, &v->audiences);
        live_forget(v, a);
    }
    return true;
}

void round_step(struct live *v)
{
    if (!v->round.is_on && v->has_news)
        v->has_news = read_news(v);
    if (v->round.is_on && walk(v, LIVE_SLICE))
        round_end(v);
}

/* A heartbeat that stands in the way begins anew a second later. */
static void put_off_beat(struct live *v)
{
    struct audience *at = v->round.at;
    round_end(v);
    if (at)
        live_forget(v, at);
    loop_timer(v->loop, &v->beat, PUT_OFF_MS);
}

void round_first(struct live *v, uint64_t seq)
{
    if (v->round.is_on && v->round.is_beat)
        put_off_beat(v);
    int64_t until = clock_mono_ms() + FIRST_MS;
    while ((v->round.is_on || (v->has_news && v->head < seq)) && clock_mono_ms() < until)
        round_step(v);
}

void round_beat(struct live *v)
{
    struct round *r = &v->round;
    if (r->is_on)
        return; /* stories are flowing: they are sign of life enough */
    r->is_beat = true;
    for (enum wire_protocol p = PROTOCOL_SSE; p <= PROTOCOL_WS; p++) {
        struct buf event = BUF_INIT(256);
        form_beat(&event, p, v->head, clock_now_ms());
        r->beats[p] = blob_new(buf_str(&event));
        buf_fini(&event);
    }
    begin(v);
    loop_again(v->loop);
}
