#include "tape/tape.h"

#include <pthread.h>

#define WEIGHED 8

struct tape {
    pthread_mutex_t lock; /* all but the watches */
    uint64_t head;        /* last seq that is durable */
    size_t slots, count;  /* frames head-count+1 … head are in the window, at seq % slots */
    size_t bytes, bytes_max;
    struct frame **window;
    _Atomic uint64_t recalls;
    size_t *weights; /* what each slot counts for in `bytes`: frames grow as formats and words are made of them */
    uint64_t hand;   /* seq weighed last */

    pthread_mutex_t watch_lock;
    struct list watches;
};

struct tape *tape_new(size_t slots, uint64_t head)
{
    must(slots > 0);
    struct tape *t = mem_new(struct tape);
    pthread_mutex_init(&t->lock, NULL);
    pthread_mutex_init(&t->watch_lock, NULL);
    list_init(&t->watches);
    t->slots = slots;
    t->bytes_max = TAPE_BYTES;
    t->head = head;
    t->window = mem_array(struct frame *, slots);
    t->weights = mem_array(size_t, slots);
    return t;
}

void tape_free(struct tape **t)
{
    if (*t == NULL)
        return;
    must(list_is_empty(&(*t)->watches));
    for (size_t i = 0; i < (*t)->slots; i++)
        frame_unref(&(*t)->window[i]);
    pthread_mutex_destroy(&(*t)->lock);
    pthread_mutex_destroy(&(*t)->watch_lock);
    mem_free((*t)->window);
    mem_free((*t)->weights);
    mem_free(*t);
    *t = NULL;
}

uint64_t tape_head(struct tape *t)
{
    pthread_mutex_lock(&t->lock);
    uint64_t head = t->head;
    pthread_mutex_unlock(&t->lock);
    return head;
}

static void weigh(struct tape *t, size_t slot)
{
    const struct frame *f = t->window[slot];
    size_t now = f ? frame_bytes(f) : 0;
    t->bytes += now - t->weights[slot];
    t->weights[slot] = now;
}

/* Frames grow right after they came, and when somebody reads the past: the last few and, in turn, the others are weighed
 * anew each time one comes, so that what they grew by is counted before long. */
static void weigh_some(struct tape *t)
{
    uint64_t oldest = t->head - t->count + 1;
    for (size_t i = 0; i < WEIGHED && i < t->count; i++) {
        weigh(t, (t->head - i) % t->slots);
        t->hand = t->hand < oldest || t->hand >= t->head ? oldest : t->hand + 1;
        weigh(t, t->hand % t->slots);
    }
}

static void put(struct tape *t, struct frame *f, struct frame **out_old)
{
    must(f->seq > t->head);
    if (f->seq != t->head + 1)
        t->count = 0; /* a new epoch: what the slots still hold is freed as they are taken */
    size_t slot = f->seq % t->slots;
    *out_old = t->window[slot];
    t->window[slot] = frame_ref(f);
    weigh(t, slot);
    t->head = f->seq;
    if (t->count < t->slots)
        t->count++;
    weigh_some(t);
}

/* Takes the oldest frame out while the window is too heavy; NULL when it is not. Whoever needs it reads the store. */
static struct frame *take_oldest(struct tape *t)
{
    struct frame *old = NULL;
    pthread_mutex_lock(&t->lock);
    if (t->bytes > t->bytes_max && t->count > 1) {
        size_t slot = (t->head - t->count + 1) % t->slots;
        old = t->window[slot];
        t->window[slot] = NULL;
        weigh(t, slot);
        t->count--;
    }
    pthread_mutex_unlock(&t->lock);
    return old;
}

static void wake_all(struct tape *t)
{
    pthread_mutex_lock(&t->watch_lock);
    list_each(link, &t->watches) {
        struct tape_watch *w = list_of(link, struct tape_watch, link);
        if (w->is_posted)
            continue;
        w->is_posted = true;
        mailbox_post(loop_mailbox(w->loop), &w->message);
    }
    pthread_mutex_unlock(&t->watch_lock);
}

void tape_append(struct tape *t, struct frame *const *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct frame *old;
        pthread_mutex_lock(&t->lock);
        put(t, frames[i], &old);
        pthread_mutex_unlock(&t->lock);
        frame_unref(&old); /* outside the lock: the last owner frees a whole story */
        while ((old = take_oldest(t)) != NULL)
            frame_unref(&old);
    }
    if (count)
        wake_all(t);
}

uint64_t tape_recalls(const struct tape *t)
{
    return t->recalls;
}

void tape_replace(struct tape *t, struct frame *const *frames, size_t count)
{
    t->recalls++;
    for (size_t i = 0; i < count; i++) {
        struct frame *f = frames[i], *old = NULL;
        pthread_mutex_lock(&t->lock);
        if (f->seq <= t->head && f->seq + t->count > t->head) {
            size_t slot = f->seq % t->slots;
            old = t->window[slot];
            t->window[slot] = frame_ref(f);
            weigh(t, slot);
        }
        pthread_mutex_unlock(&t->lock);
        frame_unref(&old);
    }
}

size_t tape_read(struct tape *t, uint64_t after, struct frame **out, size_t max, bool *is_gap)
{
    size_t n = 0;
    pthread_mutex_lock(&t->lock);
    bool is_behind = after < t->head;
    *is_gap = is_behind && after + 1 + t->count <= t->head;
    if (is_behind && !*is_gap) {
        for (uint64_t seq = after + 1; seq <= t->head && n < max; seq++)
            out[n++] = frame_ref(t->window[seq % t->slots]);
    }
    pthread_mutex_unlock(&t->lock);
    return n;
}

/* On the loop's thread. The mark goes first: frames that come while `wake` reads bring a message of their own. */
static void deliver(struct message *m)
{
    struct tape_watch *w = list_of(m, struct tape_watch, message);
    struct tape *t = w->tape;
    if (t == NULL)
        return; /* unwatched while the message was under way */
    pthread_mutex_lock(&t->watch_lock);
    w->is_posted = false;
    pthread_mutex_unlock(&t->watch_lock);
    w->wake(w);
}

void tape_watch(struct tape *t, struct tape_watch *w, struct loop *l, void (*wake)(struct tape_watch *w))
{
    *w = (struct tape_watch){.message.deliver = deliver, .loop = l, .wake = wake, .tape = t};
    pthread_mutex_lock(&t->watch_lock);
    list_add_tail(&t->watches, &w->link);
    pthread_mutex_unlock(&t->watch_lock);
}

void tape_unwatch(struct tape_watch *w)
{
    struct tape *t = w->tape;
    if (t == NULL)
        return;
    pthread_mutex_lock(&t->watch_lock);
    list_del(&w->link);
    pthread_mutex_unlock(&t->watch_lock);
    w->tape = NULL;
}

void tape_limit(struct tape *t, size_t bytes)
{
    pthread_mutex_lock(&t->lock);
    t->bytes_max = bytes;
    pthread_mutex_unlock(&t->lock);
}

size_t tape_bytes(struct tape *t)
{
    pthread_mutex_lock(&t->lock);
    size_t bytes = t->bytes;
    pthread_mutex_unlock(&t->lock);
    return bytes;
}
