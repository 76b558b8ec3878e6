#include "wire/rehearsal.h"

#include "base/clock.h"
#include "wire/form.h"
#include "wire/line.h"

#define EVENT_MOST (1u << 20)
#define BLOCKED_MS 50 /* between two looks at a socket that is full */

struct rehearsal {
    struct frame *frames[SCENARIO_EVENTS];
    struct timer next;
    struct line *line;
    unsigned pace_ms;
};

struct rehearsal *rehearsal_new(struct stories *s, enum wire_format format, unsigned pace_ms)
{
    struct rehearsal *r = mem_new(struct rehearsal);
    r->pace_ms = pace_ms;
    scenario_frames(s, r->frames);
    for (size_t i = 0; i < SCENARIO_EVENTS; i++)
        form_warm(r->frames[i], format);
    return r;
}

void rehearsal_free(struct rehearsal **r)
{
    if (!*r)
        return;
    for (size_t i = 0; i < SCENARIO_EVENTS; i++)
        frame_unref(&(*r)->frames[i]);
    mem_free(*r);
    *r = NULL;
}

/* The play is for everybody: neither contract nor filter narrows it. */
static void decide(const struct frame *f, struct share *out)
{
    CLEANUP(right_unref) struct right *all = right_all();
    struct audience everybody = {.right = all, .with_archive = true};
    must(audience_decide(&everybody, f, all, NULL, out) != VERDICT_NO);
}

/* ---- on a line ---- */

static bool send(struct line *l, struct buf *out)
{
    must(buf_ok(out));
    struct blob *b = blob_new(buf_str(out));
    bool is_open = line_send(l, b);
    blob_unref(&b);
    buf_fini(out);
    return is_open;
}

/* What an importer has to hold by now; the sign that the play was complete. */
static bool say_complete(struct line *l)
{
    char now[CLOCK_TEXT];
    struct buf json = BUF_INIT(512), out = BUF_INIT(1024);
    clock_rfc3339(clock_now_ms(), now);
    buf_printf(&json, "{\"line\":\"check\",\"test\":\"complete\",\"head\":%d,\"prev\":%d,\"events\":%u,\"now\":\"%s\"}",
               SCENARIO_EVENTS, SCENARIO_EVENTS, l->events, now);
    form_line(&out, l->audience->protocol, buf_str(&json));
    buf_fini(&json);
    return send(l, &out);
}

static bool say_event(struct line *l, const struct frame *f)
{
    struct share s;
    struct buf out = BUF_INIT(EVENT_MOST);
    decide(f, &s);
    form_event(&out, l->audience, f, &s, l->prev);
    l->prev = l->cursor = f->seq;
    l->events++;
    return send(l, &out);
}

static bool is_at_break(const struct line *l)
{
    return l->events && l->cursor == SCENARIO_BREAK;
}

/* One event, or the last words. False when nothing more is to come. */
static bool step(struct line *l)
{
    if (l->is_blocked || l->is_leaving)
        return true;
    if (is_at_break(l) || (l->cursor == SCENARIO_EVENTS && l->is_complete)) {
        line_close(l, "restart");
        return false;
    }
    if (l->cursor < SCENARIO_EVENTS)
        return say_event(l, l->test->frames[l->cursor]);
    l->is_complete = true;
    return say_complete(l);
}

static void play(struct timer *t)
{
    struct rehearsal *r = list_of(t, struct rehearsal, next);
    struct line *l = r->line;
    do {
        uint64_t before = l->cursor;
        if (!step(l))
            return;
        if (r->pace_ms && l->cursor != before)
            break;
    } while (!l->is_blocked && !l->is_leaving);
    loop_timer(l->live->loop, &r->next, l->is_blocked ? BLOCKED_MS : r->pace_ms);
}

void rehearsal_begin(struct line *l)
{
    l->test->line = l;
    list_add_tail(&l->live->tests, &l->link);
    timer_init(&l->test->next, play);
    loop_timer(l->live->loop, &l->test->next, 1);
}

void rehearsal_stop(struct line *l)
{
    if (l->test->line)
        loop_timer_off(l->live->loop, &l->test->next);
    rehearsal_free(&l->test);
}

/* ---- in a poll's answer ---- */

void rehearsal_page(const struct rehearsal *r, uint64_t after, enum wire_format format, struct buf *out)
{
    uint64_t at = after, end = after < SCENARIO_BREAK ? SCENARIO_BREAK : SCENARIO_EVENTS;
    buf_add(out, S("{\"events\":["));
    for (; at < end; at++) {
        struct share s;
        decide(r->frames[at], &s);
        if (at > after)
            buf_addc(out, ',');
        form_json(out, r->frames[at], &s, format, at);
    }
    buf_printf(out, "],\"next\":%llu,\"head\":%d,\"epoch\":\"test\",\"test\":true}", (unsigned long long)at, SCENARIO_EVENTS);
}
