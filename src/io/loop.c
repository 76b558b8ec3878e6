#include "io/loop.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Events taken per turn: few enough that the hooks (fan-out) are never far away. */
#define LOOP_BATCH 64
#define LOOP_HOOKS 8
/* The wheel: 4096 steps of 16 ms go round once in 65 s, so that the usual deadlines (5 to 60 s) are met at the first
 * visit; a later one just stays in its slot for another round. */
#define WHEEL_STEP_MS 16
#define WHEEL_SLOTS 4096
#define WHEEL_WORDS (WHEEL_SLOTS / 64)

struct hook {
    void (*fn)(void *arg);
    void *arg;
};

struct loop {
    int epoll;
    int64_t now_ms;
    int64_t tick; /* wheel step up to which timers have fired */
    bool is_again, is_stopping;
    atomic_bool is_running, is_stop_posted;
    struct mailbox *box;
    struct watch box_watch;
    struct message stop;
    struct hook hooks[LOOP_HOOKS];
    unsigned hook_count;
    struct epoll_event batch[LOOP_BATCH];
    int batch_at, batch_count;
    uint64_t filled[WHEEL_WORDS]; /* slots that may hold timers */
    struct list wheel[WHEEL_SLOTS];
};

static _Thread_local const struct loop *loop_here;

static void loop_box_ready(struct watch *w, unsigned events)
{
    struct loop *l = list_of(w, struct loop, box_watch);
    mailbox_deliver(l->box);
}

static void loop_stop_arrived(struct message *m)
{
    list_of(m, struct loop, stop)->is_stopping = true;
}

struct loop *loop_new(void)
{
    struct loop *l = mem_new(struct loop);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    must(l->epoll >= 0);
    for (size_t i = 0; i < WHEEL_SLOTS; i++)
        list_init(&l->wheel[i]);
    l->now_ms = clock_mono_ms();
    l->tick = l->now_ms / WHEEL_STEP_MS;
    l->box = mailbox_new();
    l->stop.deliver = loop_stop_arrived;
    l->box_watch = (struct watch){mailbox_fd(l->box), LOOP_IN, loop_box_ready};
    must(loop_add(l, &l->box_watch) == OK);
    return l;
}

void loop_free(struct loop **pl)
{
    struct loop *l = *pl;
    if (!l)
        return;
    must(!atomic_load(&l->is_running));
    mailbox_deliver(l->box);
    mailbox_free(&l->box);
    close(l->epoll);
    mem_free(l);
    *pl = NULL;
}

bool loop_is_here(const struct loop *l)
{
    return loop_here == l || !atomic_load_explicit(&l->is_running, memory_order_relaxed);
}

struct mailbox *loop_mailbox(struct loop *l)
{
    return l->box;
}

int64_t loop_now_ms(const struct loop *l)
{
    return l->now_ms;
}

void loop_stop(struct loop *l)
{
    if (!atomic_exchange(&l->is_stop_posted, true))
        mailbox_post(l->box, &l->stop);
}

/* --- descriptors --- */

static uint32_t loop_to_epoll(unsigned events)
{
    return (events & LOOP_IN ? (uint32_t)EPOLLIN : 0) | (events & LOOP_OUT ? (uint32_t)EPOLLOUT : 0) |
           (events & LOOP_END ? (uint32_t)EPOLLRDHUP : 0);
}

static unsigned loop_from_epoll(uint32_t events)
{
    return (events & EPOLLIN ? LOOP_IN : 0) | (events & EPOLLOUT ? LOOP_OUT : 0) |
           (events & (EPOLLERR | EPOLLHUP) ? LOOP_HUP : 0) | (events & EPOLLRDHUP ? LOOP_END : 0);
}

enum err loop_add(struct loop *l, struct watch *w)
{
    loop_assert(l);
    must(w->ready && w->fd >= 0);
    struct epoll_event e = {.events = loop_to_epoll(w->events), .data.ptr = w};
    return epoll_ctl(l->epoll, EPOLL_CTL_ADD, w->fd, &e) == 0 ? OK : ERR_IO;
}

void loop_change(struct loop *l, struct watch *w, unsigned events)
{
    loop_assert(l);
    if (w->events == events)
        return;
    w->events = events;
    struct epoll_event e = {.events = loop_to_epoll(events), .data.ptr = w};
    must(epoll_ctl(l->epoll, EPOLL_CTL_MOD, w->fd, &e) == 0);
}

void loop_remove(struct loop *l, struct watch *w)
{
    loop_assert(l);
    must(epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL) == 0);
    /* What the kernel already reported for it in this batch must not reach memory that may be somebody else's by then.
     */
    for (int i = l->batch_at; i < l->batch_count; i++)
        if (l->batch[i].data.ptr == w)
            l->batch[i].data.ptr = NULL;
}

/* --- timers --- */

void timer_init(struct timer *t, void (*fire)(struct timer *t))
{
    list_init(&t->link);
    t->at_ms = 0;
    t->fire = fire;
}

bool loop_timer_is_set(const struct timer *t)
{
    return !list_is_empty(&t->link);
}

void loop_timer(struct loop *l, struct timer *t, int64_t after_ms)
{
    loop_assert(l);
    t->at_ms = l->now_ms + (after_ms > 0 ? after_ms : 0);
    int64_t tick = (t->at_ms + WHEEL_STEP_MS - 1) / WHEEL_STEP_MS;
    if (tick <= l->tick)
        tick = l->tick + 1;
    size_t slot = (size_t)tick % WHEEL_SLOTS;
    list_del(&t->link);
    list_add_tail(&l->wheel[slot], &t->link);
    l->filled[slot / 64] |= UINT64_C(1) << slot % 64;
}

void loop_timer_off(struct loop *l, struct timer *t)
{
    loop_assert(l);
    list_del(&t->link);
}

/* Moves what is due in a slot to `due`; what belongs to a later round stays. */
static void loop_reap_slot(struct loop *l, size_t slot, struct list *due)
{
    list_each(it, &l->wheel[slot])
    {
        if (list_of(it, struct timer, link)->at_ms > l->now_ms)
            continue;
        list_del(it);
        list_add_tail(due, it);
    }
    if (list_is_empty(&l->wheel[slot]))
        l->filled[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

static void loop_fire(struct loop *l)
{
    int64_t upto = l->now_ms / WHEEL_STEP_MS;
    if (upto - l->tick > WHEEL_SLOTS)
        l->tick = upto - WHEEL_SLOTS;
    struct list due;
    list_init(&due);
    while (l->tick < upto) {
        l->tick++;
        size_t slot = (size_t)l->tick % WHEEL_SLOTS;
        if (l->filled[slot / 64] >> slot % 64 & 1)
            loop_reap_slot(l, slot, &due);
    }
    struct list *it;
    while ((it = list_pop(&due))) {
        struct timer *t = list_of(it, struct timer, link);
        t->fire(t);
    }
}

/* Steps from the current one to the next slot that may hold a timer; 0 when the wheel is empty. */
static int64_t loop_steps_to_timer(const struct loop *l)
{
    for (int64_t ahead = 1; ahead <= WHEEL_SLOTS;) {
        size_t slot = (size_t)(l->tick + ahead) % WHEEL_SLOTS;
        uint64_t rest = l->filled[slot / 64] >> slot % 64;
        if (rest)
            return ahead + __builtin_ctzll(rest);
        ahead += 64 - (int64_t)(slot % 64);
    }
    return 0;
}

static int loop_wait_ms(const struct loop *l)
{
    if (l->is_again)
        return 0;
    int64_t steps = loop_steps_to_timer(l);
    if (steps == 0)
        return -1;
    int64_t left = (l->tick + steps) * WHEEL_STEP_MS - clock_mono_ms();
    return left > 0 ? (int)left : 0;
}

/* --- running --- */

void loop_each_turn(struct loop *l, void (*fn)(void *arg), void *arg)
{
    loop_assert(l);
    must(l->hook_count < LOOP_HOOKS);
    l->hooks[l->hook_count++] = (struct hook){fn, arg};
}

void loop_again(struct loop *l)
{
    l->is_again = true;
}

/* Messages first: a new frame on the tape must not stand behind a batch of requests. */
static void loop_box_first(struct loop *l)
{
    for (int i = 0; i < l->batch_count; i++)
        if (l->batch[i].data.ptr == &l->box_watch) {
            l->batch[i] = l->batch[0];
            l->batch[0].data.ptr = &l->box_watch;
            return;
        }
}

static void loop_turn(struct loop *l)
{
    int timeout = loop_wait_ms(l);
    l->is_again = false;
    int n = epoll_wait(l->epoll, l->batch, LOOP_BATCH, timeout);
    must(n >= 0 || errno == EINTR);
    l->batch_count = n > 0 ? n : 0;
    l->now_ms = clock_mono_ms();
    loop_box_first(l);
    for (l->batch_at = 0; l->batch_at < l->batch_count;) {
        const struct epoll_event *e = &l->batch[l->batch_at++];
        struct watch *w = e->data.ptr;
        if (w)
            w->ready(w, loop_from_epoll(e->events));
    }
    l->batch_at = l->batch_count = 0;
    loop_fire(l);
    for (unsigned i = 0; i < l->hook_count; i++)
        l->hooks[i].fn(l->hooks[i].arg);
}

void loop_run(struct loop *l)
{
    must(!atomic_exchange(&l->is_running, true));
    const struct loop *outer = loop_here;
    loop_here = l;
    while (!l->is_stopping)
        loop_turn(l);
    loop_here = outer;
    l->is_stopping = false;
    atomic_store(&l->is_stop_posted, false);
    atomic_store(&l->is_running, false);
}
