#include "wire/batch.h"

#include "base/clock.h"
#include "wire/form.h"
#include "wire/span.h"

const struct right *batch_right(const struct audience *a, const struct org *org, uint64_t seq)
{
    return org ? org_right_at(org, seq) : a->right;
}

void batch_refresh(struct org **org, struct people *people)
{
    struct org *fresh = *org ? people_org(people, (*org)->id) : NULL;
    if (!fresh)
        return;
    org_unref(org);
    *org = fresh;
}

bool batch_has_ended(const struct org *org)
{
    return org && !right_is_valid(org->right, clock_now_ms());
}

/* False when the event would overstep the most: it is taken back, and its frame is not decided yet. */
static bool encode(struct batch *b, const struct frame *f, const struct share *s, struct buf *out)
{
    size_t before = out->n;
    form_event(out, b->audience, f, s, b->prev);
    if (b->events && out->n > b->bytes_most) {
        out->n = before;
        b->is_full = true;
        return false;
    }
    if (b->live)
        span_hit(b->live, b->audience->filter, f);
    b->prev = f->seq;
    b->events++;
    b->is_full = b->events >= b->events_most || out->n >= b->bytes_enough;
    return true;
}

void batch_add(struct batch *b, struct frame *const *frames, size_t n, uint64_t head, struct buf *out)
{
    /* An ended contract has no past to read either, but is told of kills and corrections of what it had. */
    bool has_ended = batch_has_ended(b->org);
    b->has_ended |= has_ended;
    CLEANUP(right_unref) struct right *nothing = has_ended ? right_nothing() : NULL;
    for (size_t i = 0; i < n && frames[i]->seq <= head && !b->is_full; i++) {
        const struct frame *f = frames[i];
        struct share s;
        const struct right *right = has_ended ? nothing : batch_right(b->audience, b->org, f->seq);
        if (right && audience_decide(b->audience, f, right, b->org, &s) != VERDICT_NO && !encode(b, f, &s, out))
            break;
        b->cursor = f->seq;
    }
    must(buf_ok(out));
}
