/* Lines of a loop: what they are told ahead; and their end: whose account is no more, who leaves at the stop, and whom the
 * store answers too late. */
#include "wire/line.h"

#include "../tap.h"
#include "base/clock.h"
#include "store/unpack.h"
#include "wire/rehearsal.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char dir[] = "/tmp/tellal-live-XXXXXX";
static struct user user = {.id = 1, .role = ROLE_EDITOR, .password = {"x", 1}};
static struct account who = {.user = &user};
static struct address peer = {.text = "127.0.0.1"};

static struct store *store_here(void)
{
    struct store_options o = {.dir = dir, .agency = {S("Tellal Haber"), S("TH"), S("https://tellal.example"), S("aa")}};
    struct store *s = NULL;
    struct why why = {0};
    bool is_new;
    portion_default(&o.rule);
    enum err e = store_open(&o, &s, &is_new, &why);
    if (!ok(e == OK, "a store is opened"))
        printf("# %s\n", why.text);
    must(e == OK);
    return s;
}

static struct live *live_here(struct loop *l, struct store *s)
{
    struct live_options o = {.store = s};
    return live_new(l, &o);
}

/* The other end of the new line's socket. */
static int open_line(struct live *v, struct live_ask *ask)
{
    struct why why = {0};
    int pair[2];
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
    must(live_reserve(v, &who, &why) == OK);
    ask->who = &who;
    ask->peer = &peer;
    ask->head = S("");
    live_open(v, pair[0], ask);
    return pair[1];
}

/* A WebSocket's client stays for its goodbye, also where it plays the scenario: not beyond the stop. */
static void test_stop(struct store *s)
{
    static const enum wire_protocol protocols[] = {PROTOCOL_SSE, PROTOCOL_WS};
    struct loop *loop = loop_new();
    struct live *v = live_here(loop, s);
    int ends[4];
    for (size_t i = 0; i < 4; i++) {
        struct live_ask ask = {.protocol = protocols[i % 2]};
        struct rehearsal *play = i < 2 ? NULL : rehearsal_new(store_stories(s), FORMAT_NINJS, 1000);
        ask.test = play ? &play : NULL;
        ends[i] = open_line(v, &ask);
    }
    struct live_counts c;
    live_count(v, &c);
    ok_int(c.lines, 4, "streams and plays, over both protocols");
    live_stop(v);
    live_count(v, &c);
    ok_int(c.lines, 0, "all are gone after the stop");
    ok_int(live_streams_of(user.id), 0, "and their seats are free");
    for (size_t i = 0; i < 4; i++)
        close(ends[i]);
    live_free(&v);
    loop_free(&loop);
}

static struct right *right_for(unsigned category)
{
    struct terms t;
    terms_init(&t);
    t.any &= ~(1u << CODE_CATEGORY);
    codeset_add(&t.sets[CODE_CATEGORY], category);
    return right_new(&t);
}

static void add_flash(struct live *v, uint64_t seq, unsigned category, const char *headline)
{
    struct frame *f = frame_new();
    struct story *story = story_new();
    story->text.headline = arena_str(story->arena, str_from(headline));
    f->seq = seq;
    f->at_ms = clock_now_ms();
    f->event = EVENT_STORY;
    f->n = 1000000 + seq;
    f->id = S("aa:text:20260314:1");
    f->codes = (struct story_codes){.type = 1, .language = 1, .priority = 1, .provider = 1};
    codeset_add(&f->codes.package, 1);
    codeset_add(&f->codes.category, category);
    f->full = S("{}");
    f->story = story_freeze(story);
    v->ahead.kept[v->ahead.count++ % AHEAD_KEPT].frame = f;
}

/* What is told ahead is what will follow: by the contract as it stood at the flash, whatever it is now. */
static void test_ahead(struct store *s)
{
    struct loop *loop = loop_new();
    struct live *v = live_here(loop, s);
    struct arena *arena = arena_new(256);
    struct org_term *past = arena_array(arena, struct org_term, 2);
    struct org *org = mem_new(struct org);
    past[0] = (struct org_term){1, right_for(1)};
    past[1] = (struct org_term){100, right_for(2)};
    *org = (struct org){.arena = arena, .id = 77, .right = right_ref(past[1].right), .history = past, .history_count = 2};
    ref_init(&org->refs);
    struct user reader = {.id = 2, .role = ROLE_SUBSCRIBER, .org_id = 77, .org = org, .password = {"x", 1}};
    struct live_ask ask = {.protocol = PROTOCOL_SSE, .has_cursor = true, .after = 1};
    who.user = &reader;
    int end = open_line(v, &ask);
    who.user = &user;
    add_flash(v, 90, 1, "before, and due");
    add_flash(v, 91, 2, "before, and not due");
    add_flash(v, 101, 1, "behind, and not due");
    add_flash(v, 102, 2, "behind, and due");
    char told[8192];
    ok(ahead_tell(list_of(v->ready.next, struct line, link)), "a line that lags is told of flashes");
    ssize_t n = read(end, told, sizeof told);
    struct str text = str_of(told, n > 0 ? (size_t)n : 0);
    ok(str_has(text, S("before, and due")) && str_has(text, S("behind, and due")), "of those that will follow");
    ok(!str_has(text, S("not due")), "and of no other");
    live_stop(v);
    close(end);
    live_free(&v);
    loop_free(&loop);
    org_unref(&org);
}

struct wait {
    struct timer look;
    struct loop *loop;
    struct live *live;
    int64_t until_ms;
};

static void look(struct timer *t)
{
    struct wait *w = list_of(t, struct wait, look);
    struct live_counts c;
    live_count(w->live, &c);
    if (c.lines && clock_mono_ms() < w->until_ms)
        loop_timer(w->loop, t, 50);
    else
        loop_stop(w->loop);
}

/* Nothing tells of a session that ended or a token that ran out: it is asked for within 5 s, whatever the clock on the wall
 * says (trust P11, P15). */
static void test_age(struct store *s)
{
    struct loop *loop = loop_new();
    struct live *v = live_here(loop, s);
    struct live_ask ask = {.protocol = PROTOCOL_SSE};
    struct wait w = {.loop = loop, .live = v, .until_ms = clock_mono_ms() + 5000};
    clock_fake(1700000000000 - 1700000000000 % 3000 + 1500);
    int end = open_line(v, &ask); /* of an account that is not in the store */
    timer_init(&w.look, look);
    loop_timer(loop, &w.look, 50);
    loop_run(loop);
    struct live_counts c;
    live_count(v, &c);
    ok_int(c.lines, 0, "a line whose account is no more ends within 5 s of a clock that stands still");
    clock_fake(-1);
    live_stop(v);
    close(end);
    live_free(&v);
    loop_free(&loop);
}

/* The store answers a line that has gone with the stop; by then the tape has gone as well. */
static void test_late_trip(struct store **s)
{
    struct loop *loop = loop_new();
    struct live *v = live_here(loop, *s);
    struct live_ask ask = {.protocol = PROTOCOL_SSE, .has_cursor = true, .after = 1};
    v->head = 1000; /* more than the tape holds */
    int end = open_line(v, &ask);
    struct line *l = list_of(v->ready.next, struct line, link);
    list_del(&l->link);
    catchup_step(l);
    ok(l->state == LINE_ASKING && v->trip_count == 1, "a line asks the store");
    live_stop(v);
    store_close(s);
    mailbox_deliver(loop_mailbox(loop));
    ok_int(v->trip_count, 0, "the trip comes back after the store's end");
    close(end);
    live_free(&v);
    loop_free(&loop);
}

int main(void)
{
    must(mkdtemp(dir));
    struct store *s = store_here();
    test_stop(s);
    test_ahead(s);
    test_age(s);
    test_late_trip(&s);
    unpack_remove(dir);
    return tap_end();
}
