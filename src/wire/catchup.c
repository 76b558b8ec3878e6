#include "wire/line.h"

#include "base/fault.h"
#include "wire/batch.h"

#define BATCH 64
#define BATCH_BYTES (256u * 1024)
#define BATCH_MOST (8u << 20)

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

/* Decides frames for one line and sends what is due in one write. False when the line was closed. */
static bool send_batch(struct line *l, struct frame **frames, size_t n)
{
    struct buf out = BUF_INIT(BATCH_MOST);
    batch_refresh(&l->org, l->live->people);
    struct batch b = {.audience = l->audience, .org = l->org, .cursor = l->cursor, .prev = l->prev, .events_most = n,
                      .bytes_enough = BATCH_BYTES, .bytes_most = BATCH_MOST};
    batch_add(&b, frames, n, l->live->head, &out);
    l->cursor = b.cursor;
    l->prev = b.prev;
    bool is_open = true;
    if (out.n) {
        struct blob *blob = blob_new(buf_str(&out));
        l->live->sent_events += b.events;
        l->events += (uint32_t)b.events;
        is_open = line_send(l, blob);
        blob_unref(&blob);
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
        if (l->is_blocked) /* something was said meanwhile that the socket has not taken yet: asked anew then */
            settle(l);
        else if (t->has_failed)
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
    if (!ahead_tell(l))
        return;
    if (l->is_blocked) {
        settle(l);
        return;
    }
    if (l->cursor >= v->head) {
        batch_refresh(&l->org, v->people); /* it may have changed between the sign-in and now */
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
