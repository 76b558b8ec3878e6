#include "wire/ahead.h"

#include "base/json.h"
#include "wire/batch.h"
#include "wire/form.h"
#include "wire/line.h"

#define WORDS_MOST (64u * 1024) /* a headline has a few hundred letters, each six bytes at worst */
#define LOOK 64

void ahead_init(struct ahead *a, uint64_t head)
{
    *a = (struct ahead){.seen = head};
    list_init(&a->untold);
}

static void clear(struct flash *f)
{
    frame_unref(&f->frame);
    for (enum wire_protocol p = PROTOCOL_SSE; p <= PROTOCOL_WS; p++)
        blob_unref(&f->words[p]);
}

void ahead_fini(struct ahead *a)
{
    for (size_t i = 0; i < AHEAD_KEPT; i++)
        clear(&a->kept[i]);
}

static bool is_flash(const struct frame *f)
{
    return event_is_story(f->event) && f->codes.priority == 1 && !f->codes.is_archive && f->full.n;
}

/* Nobody is told the headline of what has been taken back or put right meanwhile. */
static void take_back(struct ahead *a, const struct frame *by)
{
    if (by->event != EVENT_KILL && by->event != EVENT_HOLD && by->event != EVENT_CORRECTION)
        return;
    for (size_t i = 0; i < AHEAD_KEPT; i++)
        if (a->kept[i].frame && a->kept[i].frame->n == by->n)
            clear(&a->kept[i]);
}

uint64_t ahead_look(struct live *v)
{
    struct ahead *a = &v->ahead;
    struct frame *frames[LOOK];
    uint64_t last = 0;
    size_t n;
    do {
        bool is_gap;
        n = tape_read(v->tape, a->seen, frames, LOOK, &is_gap);
        if (is_gap)
            a->seen = tape_head(v->tape);
        for (size_t i = 0; i < n; i++) {
            take_back(a, frames[i]);
            if (is_flash(frames[i]) && !is_gap) {
                struct flash *f = &a->kept[a->count++ % AHEAD_KEPT];
                clear(f);
                f->frame = frame_ref(frames[i]);
                last = frames[i]->seq;
            }
            if (!is_gap)
                a->seen = frames[i]->seq;
            frame_unref(&frames[i]);
        }
    } while (n == LOOK);
    return last;
}

static struct blob *words_of(struct flash *f, enum wire_protocol p, const struct grant *g)
{
    if (f->words[p])
        return f->words[p];
    struct buf json = BUF_INIT(WORDS_MOST), out = BUF_INIT(WORDS_MOST);
    struct jw w = jw_start(&json);
    jw_open(&w, NULL);
    jw_str(&w, "line", S("ahead"));
    jw_int(&w, "seq", (int64_t)f->frame->seq);
    jw_int(&w, "priority", f->frame->codes.priority);
    jw_str(&w, "id", f->frame->id);
    jw_str(&w, "headline", frame_story(f->frame, g)->text.headline);
    jw_close(&w);
    form_line(&out, p, buf_str(&json));
    must(buf_ok(&json) && buf_ok(&out));
    f->words[p] = blob_new(buf_str(&out));
    buf_fini(&json);
    buf_fini(&out);
    return f->words[p];
}

/* As the event itself will be decided when the line comes to it (batch_add); a notice is no reason to be told ahead. */
static bool tell_one(struct line *l, struct flash *f)
{
    struct share s;
    const struct right *right = batch_has_ended(l->org) ? NULL : batch_right(l->audience, l->org, f->frame->seq);
    if (!right || audience_decide(l->audience, f->frame, right, l->org, &s) != VERDICT_FULL)
        return true;
    return line_send(l, words_of(f, l->audience->protocol, &s.grant));
}

bool ahead_tell(struct line *l)
{
    struct ahead *a = &l->live->ahead;
    if (l->told == a->count || l->is_blocked)
        return true;
    if (a->count - l->told > AHEAD_KEPT)
        l->told = a->count - AHEAD_KEPT;
    batch_refresh(&l->org, l->live->people);
    while (l->told != a->count && !l->is_blocked) {
        struct flash *f = &a->kept[l->told++ % AHEAD_KEPT];
        if (f->frame && f->frame->seq > l->cursor && !tell_one(l, f))
            return false;
    }
    return true;
}

void ahead_begin(struct live *v)
{
    list_move_all(&v->ready, &v->ahead.untold);
    list_move_all(&v->waiting, &v->ahead.untold);
}

void ahead_step(struct live *v)
{
    for (int i = 0; i < LIVE_SLICE && !list_is_empty(&v->ahead.untold); i++) {
        struct line *l = list_of(v->ahead.untold.next, struct line, link);
        list_del(&l->link);
        if (ahead_tell(l))
            list_add_tail(l->is_blocked || l->state == LINE_ASKING ? &v->waiting : &v->ready, &l->link);
    }
}
