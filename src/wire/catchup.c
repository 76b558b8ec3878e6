#include "wire/line.h"

#include "base/fault.h"
#include "wire/batch.h"
#include "wire/form.h"

#define BATCH 64
#define TRIPS_MOST 4 /* of one loop: the readers serve searches as well */
#define BATCH_BYTES (128u * 1024) /* what the kernel takes at once: a line that stands still holds little more than its number */
#define BATCH_MOST (8u << 20)

/* A look into the store for lines that the tape's window no longer serves: those that wait for it point to it. What it
 * brings is shared by all who read there. */
struct trip {
    struct job job;
    struct message message;
    struct list link; /* of live->trips */
    struct live *live;
    uint64_t after, head; /* the loop's head when it was asked */
    uint64_t recalls;     /* of the tape, likewise */
    struct filter *filter; /* ref; what the line asks for, which is made ready on the way */
    enum wire_format format;
    unsigned ready; /* needs that are met then */
    struct frame *frames[BATCH];
    size_t count;
    bool has_failed;
};

static void drop_frames(struct frame **frames, size_t n)
{
    for (size_t i = 0; i < n; i++)
        frame_unref(&frames[i]);
}

/* Frames that follow the cursor, from the window or from what the store brought lately; 0 = the store must be asked. */
static size_t read_past(const struct line *l, struct frame **frames)
{
    struct live *v = l->live;
    bool is_gap;
    size_t n = tape_read(v->tape, l->cursor, frames, BATCH, &is_gap);
    if (!is_gap && n)
        return n;
    drop_frames(frames, n);
    return pages_read(&v->pages, l->cursor, audience_needs(l->audience), frames, BATCH);
}

/* What comes next for whoever stands there, made by the first that does; NULL when the store must be asked. */
static const struct pack *next_pack(const struct line *l, const struct pack_key *from)
{
    struct live *v = l->live;
    const struct pack *known = packs_find(&v->packs, from);
    if (known)
        return known;
    struct frame *frames[BATCH];
    uint64_t recalls = tape_recalls(v->tape);
    size_t n = read_past(l, frames);
    if (!n)
        return NULL;
    struct buf out = BUF_INIT(BATCH_ROOM);
    struct batch b = {.audience = from->audience, .org = from->org, .live = v, .cursor = from->cursor, .prev = from->prev,
                      .events_most = n, .bytes_enough = BATCH_BYTES, .bytes_most = BATCH_MOST};
    batch_add(&b, frames, n, v->head, &out);
    drop_frames(frames, n);
    struct pack fresh = {.from = *from, .cursor = b.cursor, .prev = b.prev, .events = (uint32_t)b.events,
                         .blob = out.n ? blob_take(&out) : NULL};
    fresh.from.has_ended = b.has_ended; /* by the clock of the decision */
    buf_fini(&out);
    return packs_keep(&v->packs, &fresh, recalls);
}

/* In one write. False when the line was closed. */
static bool send_pack(struct line *l, const struct pack *k)
{
    span_batch(l);
    l->span.was_ended |= k->from.has_ended;
    l->cursor = k->cursor;
    l->prev = k->prev;
    if (!k->blob)
        return true;
    l->live->sent_events += k->events;
    l->events += k->events;
    struct blob *blob = blob_ref(k->blob); /* the line may close, and its audience go with all packs */
    bool is_open = line_send(l, blob);
    blob_unref(&blob);
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

/* Not now: the next trip that comes back wakes it, else the sweep within a second. */
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

static void trip_free(struct trip *t)
{
    filter_unref(&t->filter);
    mem_free(t);
}

/* A line that waited for this trip finds the page now, unless a kill has emptied it: then it asks anew. */
static void take_up(struct line *l, const struct trip *t)
{
    l->trip = NULL;
    if (t->has_failed) {
        rest(l);
        return;
    }
    if (!t->count && l->cursor == t->after) /* only the numbers of a timeline that ended lie there */
        l->cursor = t->head;
    settle(l);
}

static void wake_all(struct list *lines, const struct trip *t)
{
    list_each(it, lines) {
        struct line *l = list_of(it, struct line, link);
        if (l->trip == t)
            take_up(l, t);
        else if (!t->has_failed)
            catchup_wake(l);
    }
}

static void trip_back(struct message *m)
{
    struct trip *t = list_of(m, struct trip, message);
    struct live *v = t->live;
    list_del(&t->link);
    v->trip_count--;
    if (!v->is_stopping) { /* else nobody waits any more, and the tape may have gone */
        (void)pages_keep(&v->pages, t->after, t->frames, t->count, &(struct pages_mark){t->recalls, t->ready});
        wake_all(&v->waiting, t);
        wake_all(&v->ahead.untold, t);
    }
    drop_frames(t->frames, t->count);
    trip_free(t);
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
    for (size_t i = 0; i < t->count; i++) {
        filter_warm(t->filter, t->frames[i]);
        form_warm(t->frames[i], t->format);
    }
    t->message.deliver = trip_back;
    mailbox_post(loop_mailbox(t->live->loop), &t->message);
}

/* One that is under way and begins where the line's next frame may be among what it brings. */
static struct trip *trip_for(const struct line *l)
{
    list_each(it, &l->live->trips) {
        struct trip *t = list_of(it, struct trip, link);
        if (t->after <= l->cursor && l->cursor < t->after + BATCH && !(audience_needs(l->audience) & ~t->ready))
            return t;
    }
    return NULL;
}

static struct trip *trip_new(const struct line *l)
{
    struct live *v = l->live;
    struct trip *t = mem_new(struct trip);
    t->live = v;
    t->after = l->cursor;
    t->head = v->head;
    t->recalls = tape_recalls(v->tape);
    t->filter = filter_ref(l->audience->filter);
    t->format = l->audience->format;
    t->ready = audience_needs(l->audience);
    t->job.run = trip_run;
    if (!pool_post(store_readers(v->options.store), &t->job)) {
        trip_free(t);
        return NULL;
    }
    list_add_tail(&v->trips, &t->link);
    v->trip_count++;
    return t;
}

static void ask_store(struct line *l)
{
    struct live *v = l->live;
    struct trip *t = trip_for(l);
    if (!t && v->trip_count < TRIPS_MOST)
        t = trip_new(l);
    rest(l);
    if (t) {
        l->trip = t;
        l->state = LINE_ASKING;
    }
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
    batch_refresh(&l->org, v->people);
    struct pack_key here = {l->audience, l->org, batch_has_ended(l->org), l->cursor, l->prev};
    const struct pack *k = next_pack(l, &here);
    if (!k)
        ask_store(l);
    else if (send_pack(l, k))
        settle(l);
}
