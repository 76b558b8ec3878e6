#include "io/loop.h"

#include "../tap.h"
#include "base/clock.h"
#include "base/mem.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;

/* --- timers --- */

struct alarm {
    struct timer timer;
    int64_t wanted_ms, fired_ms;
    unsigned count;
};

static unsigned alarms_left;
static struct alarm *to_cancel;

static void ring(struct timer *t)
{
    struct alarm *a = list_of(t, struct alarm, timer);
    a->fired_ms = clock_mono_ms();
    a->count++;
    if (to_cancel) {
        loop_timer_off(loop, &to_cancel->timer);
        to_cancel = NULL;
    }
    if (--alarms_left == 0)
        loop_stop(loop);
}

static void set(struct alarm *a, int64_t after_ms)
{
    timer_init(&a->timer, ring);
    a->count = 0;
    a->wanted_ms = loop_now_ms(loop) + after_ms;
    loop_timer(loop, &a->timer, after_ms);
    alarms_left++;
}

static void test_timers(void)
{
    enum { N = 2000 };
    struct alarm *a = mem_array(struct alarm, N);
    for (unsigned i = 0; i < N; i++)
        set(&a[i], (i * 7919) % 300);
    loop_run(loop);
    unsigned early = 0, late = 0, not_once = 0;
    for (unsigned i = 0; i < N; i++) {
        early += a[i].fired_ms < a[i].wanted_ms;
        late += a[i].fired_ms > a[i].wanted_ms + 1000;
        not_once += a[i].count != 1;
    }
    ok_int(early, 0, "no timer fires early");
    ok_int(late, 0, "no timer fires much too late");
    ok_int(not_once, 0, "each fires once");

    set(&a[0], 20);
    set(&a[1], 100000);
    set(&a[2], 40);
    ok(loop_timer_is_set(&a[1].timer), "a far timer is set");
    loop_timer_off(loop, &a[1].timer);
    loop_timer_off(loop, &a[1].timer);
    alarms_left--;
    ok(!loop_timer_is_set(&a[1].timer), "and off, twice over");
    loop_timer(loop, &a[0].timer, 60); /* moved behind the other */
    loop_run(loop);
    ok(a[0].fired_ms >= a[2].fired_ms + 10, "a moved timer keeps its new time");

    /* Two due in the same step: the first cancels the second. */
    set(&a[0], 20);
    set(&a[1], 20);
    alarms_left = 1;
    to_cancel = &a[1];
    loop_run(loop);
    ok(a[0].count == 1 && a[1].count == 0, "a timer that is due can be taken off by another");
    mem_free(a);
}

/* --- a removed watch hears nothing more of the same batch --- */

static struct watch pair[2];
static unsigned heard;

static void remove_both(struct watch *w, unsigned events)
{
    heard++;
    loop_remove(loop, &pair[0]);
    loop_remove(loop, &pair[1]);
    loop_stop(loop);
}

static void test_removal(void)
{
    int a[2], b[2];
    ok(socketpair(AF_UNIX, SOCK_STREAM, 0, a) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, b) == 0, "sockets");
    pair[0] = (struct watch){a[0], LOOP_IN, remove_both};
    pair[1] = (struct watch){b[0], LOOP_IN, remove_both};
    ok(loop_add(loop, &pair[0]) == OK && loop_add(loop, &pair[1]) == OK, "both are watched");
    ok(write(a[1], "x", 1) == 1 && write(b[1], "x", 1) == 1, "both have something to say");
    loop_run(loop);
    ok_int(heard, 1, "but only one is heard");
    struct watch closed = {a[0], LOOP_IN, remove_both};
    close(a[0]);
    close(a[1]);
    close(b[0]);
    close(b[1]);
    ok(loop_add(loop, &closed) == ERR_IO, "a closed descriptor is refused");
}

/* --- interest --- */

static unsigned seen_events;
static void note(struct watch *w, unsigned events)
{
    seen_events |= events;
    loop_stop(loop);
}

static unsigned turn_on(struct watch *w, unsigned events)
{
    seen_events = 0;
    loop_change(loop, w, events);
    loop_run(loop);
    return seen_events;
}

static void test_interest(void)
{
    int s[2];
    ok(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0, "a socket");
    struct watch w = {s[0], 0, note};
    ok(loop_add(loop, &w) == OK, "is watched for nothing");
    ok(write(s[1], "x", 1) == 1, "something comes");
    ok_int(turn_on(&w, LOOP_IN), LOOP_IN, "readable only");
    ok_int(turn_on(&w, LOOP_OUT), LOOP_OUT, "writable only");
    close(s[1]);
    ok(turn_on(&w, 0) & LOOP_HUP, "a hang-up is told unasked");
    loop_remove(loop, &w);
    close(s[0]);
}

/* --- turns, stopping from elsewhere, whose thread --- */

static unsigned turns;
static void count_turn(void *arg)
{
    if (turns++ < 10)
        loop_again(loop);
    else if (turns == 12)
        loop_stop(loop);
}

static void *run_elsewhere(void *arg)
{
    loop_run(loop);
    return NULL;
}

static bool was_here;
static void look(struct message *m)
{
    was_here = loop_is_here(loop);
    loop_stop(loop);
}

static void test_threads(void)
{
    struct message m = {.deliver = look};
    pthread_t t;
    ok(loop_is_here(loop), "a loop that nobody runs is everybody's");
    turns = 100;
    pthread_create(&t, NULL, run_elsewhere, NULL);
    while (loop_is_here(loop))
        usleep(1000);
    ok(!loop_is_here(loop), "one that runs elsewhere is not ours");
    mailbox_post(loop_mailbox(loop), &m);
    pthread_join(t, NULL);
    ok(was_here, "its own thread is at home");
    pthread_create(&t, NULL, run_elsewhere, NULL);
    loop_stop(loop);
    loop_stop(loop);
    pthread_join(t, NULL);
    ok(true, "stopped from another thread");
}

int main(void)
{
    loop = loop_new();
    test_timers();
    test_removal();
    test_interest();
    loop_each_turn(loop, count_turn, NULL);
    turns = 0;
    struct alarm a = {0};
    set(&a, 50);
    alarms_left = 2; /* it does not stop the loop, only turns it */
    loop_again(loop);
    loop_run(loop);
    ok_int(turns, 13, "loop_again turns at once, a timer and the stop turn once more each");
    test_threads();
    loop_free(&loop);
    ok(loop == NULL, "free sets NULL");
    loop_free(&loop);
    return tap_end();
}
