#include "wire/line.h"

#include "base/clock.h"
#include "base/fault.h"
#include "wire/form.h"

#define BATCH 64
#define BATCH_BYTES (256u * 1024)

/* A look into the store for a line that the tape's window no longer serves. The line may go away meanwhile: only the
 * loop's thread touches `line`. */
struct trip {
    struct job job;
    struct message message;
    struct live *live;
    struct line *line;
    uint64_t after, head; /* the loop's head when it was asked */
    struct frame *frames[BATCH];
    size_t count;
    bool has_failed;
};

static void drop_frames(struct frame **frames, size_t n)
{
    for (size_t i = 0; i < n; i++)
        frame_unref(&frames[i]);
}

/* The organisation as it is now: its history must reach the record that changes it, and whether its contract runs at
 * all is asked of today, not of the day of the record. */
static void refresh_org(struct line *l)
{
    struct org *fresh = l->org ? people_org(l->live->people, l->org->id) : NULL;
    if (!fresh)
        return;
    org_unref(&l->org);
    l->org = fresh;
}

/* Decides frames for one line by its rights as they stood at each, and sends what is due in one write. Frames beyond the
 * loop's head are left. False when the line was closed. */
static bool send_batch(struct line *l, struct frame **frames, size_t n)
{
    struct buf out = BUF_INIT(8u << 20);
    size_t sent = 0;
    refresh_org(l);
    /* An ended contract has no past to read either, but is told of kills and corrections of what it had. */
    bool has_ended = l->org && !right_is_valid(l->org->right, clock_now_ms());
    CLEANUP(right_unref) struct right *nothing = has_ended ? right_nothing() : NULL;
    for (size_t i = 0; i < n && frames[i]->seq <= l->live->head && out.n < BATCH_BYTES; i++) {
        struct frame *f = frames[i];
        struct share s;
        const struct right *right = has_ended ? nothing : line_right_at(l, f->seq);
        if (right && audience_decide(l->audience, f, right, l->org, &s) != VERDICT_NO) {
            form_event(&out, l->audience, f, &s, l->prev);
            l->prev = f->seq;
            sent++;
        }
        l->cursor = f->seq;
    }
    must(buf_ok(&out));
    bool is_open = true;
    if (out.n) {
        struct blob *b = blob_new(buf_str(&out));
        l->live->sent_events += sent;
        is_open = line_send(l, b);
        blob_unref(&b);
    }
    buf_fini(&out);
    return is_open;
}

/* Back in the queue: ready for the next step, waiting when the socket is full. */
static void settle(struct line *l)
{
    struct live *v = l->live;
    l->state = LINE_BEHIND;
    list_del(&l->link);
    list_add_tail(l->is_blocked ? &v->waiting : &v->ready, &l->link);
    if (!l->is_blocked)
        loop_again(v->loop);
}

/* Not now: the sweep wakes it within a second. */
static void rest(struct line *l)
{
    l->state = LINE_BEHIND;
    list_del(&l->link);
    list_add_tail(&l->live->waiting, &l->link);
}

void catchup_wake(struct line *l)
{
    if (l->state == LINE_BEHIND && !l->is_blocked)
        settle(l);
}

static void trip_back(struct message *m)
{
    struct trip *t = list_of(m, struct trip, message);
    struct line *l = t->line;
    t->live->trips--;
    if (l) {
        l->trip = NULL;
        if (t->has_failed)
            rest(l);
        else if (!t->count) { /* only the numbers of a timeline that ended lie there */
            l->cursor = t->head;
            settle(l);
        } else if (send_batch(l, t->frames, t->count))
            settle(l);
    }
    drop_frames(t->frames, t->count);
    mem_free(t);
}

static void trip_run(struct job *j, void *context)
{
    struct trip *t = list_of(j, struct trip, job);
    t->count = reader_frames(context, t->after, t->frames, BATCH);
    t->has_failed = !t->count && db_status(reader_db(context)) != OK;
    if (fault_hit("catchup.read")) {
        drop_frames(t->frames, t->count);
        t->count = 0;
        t->has_failed = true;
    }
    t->message.deliver = trip_back;
    mailbox_post(loop_mailbox(t->live->loop), &t->message);
}

static void ask_store(struct line *l)
{
    struct live *v = l->live;
    struct trip *t = mem_new(struct trip);
    t->live = v;
    t->line = l;
    t->after = l->cursor;
    t->head = v->head;
    t->job.run = trip_run;
    if (!pool_post(store_readers(v->options.store), &t->job)) {
        mem_free(t);
        rest(l);
        return;
    }
    v->trips++;
    l->trip = t;
    l->state = LINE_ASKING;
    list_del(&l->link);
    list_add_tail(&v->waiting, &l->link);
}

void catchup_orphan(struct line *l)
{
    l->trip->line = NULL;
    l->trip = NULL;
}

void catchup_step(struct line *l)
{
    struct live *v = l->live;
    if (l->cursor >= v->head) {
        refresh_org(l); /* it may have changed between the sign-in and now */
        line_join(l);
        return;
    }
    struct frame *frames[BATCH];
    bool is_gap;
    size_t n = tape_read(v->tape, l->cursor, frames, BATCH, &is_gap);
    if (is_gap || !n) {
        drop_frames(frames, n);
        ask_store(l);
        return;
    }
    bool is_open = send_batch(l, frames, n);
    drop_frames(frames, n);
    if (is_open)
        settle(l);
}
