#include "wire/daily.h"

#include "base/clock.h"
#include "wire/form.h"
#include "wire/line.h"

#define A_TICK 128 /* so 18,000 lines of two loops are through after 70 s */

static void say(struct line *l, int64_t now_ms)
{
    char now[CLOCK_TEXT];
    struct buf json = BUF_INIT(512), out = BUF_INIT(1024);
    clock_rfc3339(now_ms, now);
    buf_printf(&json, "{\"line\":\"check\",\"head\":%llu,\"prev\":", (unsigned long long)l->live->head);
    if (l->events)
        buf_u64(&json, l->prev);
    else
        buf_add(&json, S("null"));
    buf_printf(&json, ",\"events\":%u,\"now\":\"%s\"}", l->events, now);
    form_line(&out, l->audience->protocol, buf_str(&json));
    struct blob *b = blob_new(buf_str(&out));
    (void)line_say(l, b); /* whether it lives on is for the walk to see: it holds the next one */
    blob_unref(&b);
    buf_fini(&json);
    buf_fini(&out);
}

/* False when some are left for later. */
static bool tell(struct live *v, struct list *lines, int64_t now_ms, unsigned *budget)
{
    bool is_through = true;
    list_each(it, lines) {
        struct line *l = list_of(it, struct line, link);
        if (l->checked_day >= v->day)
            continue;
        if (!*budget || l->is_blocked) {
            is_through = false;
            if (!*budget)
                return false;
            continue;
        }
        --*budget;
        l->checked_day = v->day;
        say(l, now_ms);
    }
    return is_through;
}

static bool tell_live(struct live *v, int64_t now_ms, unsigned *budget)
{
    bool is_through = true;
    list_each(at, &v->audiences) {
        struct audience *a = list_of(at, struct audience, link);
        a->count++; /* it must outlive the walk over its own lines */
        is_through = tell(v, &a->lines, now_ms, budget) && is_through;
        a->count--;
        live_forget(v, a);
    }
    return is_through;
}

void daily_tick(struct live *v)
{
    int64_t now = clock_now_ms();
    uint32_t today = clock_day(now);
    if (today != v->day) {
        v->is_checking = today > v->day; /* a clock set back tells of no day again */
        v->day = today;
    }
    if (!v->is_checking || v->round.is_on) /* inside a round nobody knows where a live line stands */
        return;
    unsigned budget = A_TICK;
    bool is_through = tell_live(v, now, &budget);
    is_through = tell(v, &v->ready, now, &budget) && is_through;
    is_through = tell(v, &v->ahead.untold, now, &budget) && is_through;
    v->is_checking = !(tell(v, &v->waiting, now, &budget) && is_through);
}
