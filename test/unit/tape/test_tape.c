/* The window: order, gaps, epochs, replacing, wake-ups, and readers beside the writer. */
#include "tape/tape.h"

#include "../tap.h"

#include <pthread.h>
#include <unistd.h>

static struct frame *make(uint64_t seq, const char *notice)
{
    struct frame *f = frame_new();
    f->seq = seq;
    f->notice = arena_str(f->arena, str_from(notice));
    return f;
}

static void append(struct tape *t, uint64_t from, uint64_t to)
{
    for (uint64_t seq = from; seq <= to; seq++) {
        struct frame *f = make(seq, "x");
        tape_append(t, &f, 1);
        frame_unref(&f);
    }
}

/* First and last seq read, and the count; frames given back. */
static size_t read_some(struct tape *t, uint64_t after, size_t max, uint64_t *first, uint64_t *last, bool *is_gap)
{
    struct frame *frames[64];
    size_t n = tape_read(t, after, frames, max, is_gap);
    *first = n ? frames[0]->seq : 0;
    *last = n ? frames[n - 1]->seq : 0;
    for (size_t i = 0; i < n; i++)
        frame_unref(&frames[i]);
    return n;
}

static void test_window(void)
{
    struct tape *t = tape_new(8, 100);
    uint64_t first, last;
    bool is_gap;
    ok_int((long long)tape_head(t), 100, "the head is the last durable record");
    ok(read_some(t, 100, 64, &first, &last, &is_gap) == 0 && !is_gap, "at the head: nothing, no gap");
    ok(read_some(t, 99, 64, &first, &last, &is_gap) == 0 && is_gap, "before it: a gap, the store must serve");
    ok(read_some(t, 500, 64, &first, &last, &is_gap) == 0 && !is_gap, "beyond it: nothing");
    ok(read_some(t, UINT64_MAX, 64, &first, &last, &is_gap) == 0 && !is_gap, "at the end of numbers: nothing");
    append(t, 101, 105);
    ok(read_some(t, 100, 64, &first, &last, &is_gap) == 5 && first == 101 && last == 105 && !is_gap, "all five");
    ok(read_some(t, 102, 2, &first, &last, &is_gap) == 2 && first == 103 && last == 104, "two of them");
    append(t, 106, 120);
    ok(read_some(t, 112, 64, &first, &last, &is_gap) == 8 && first == 113 && !is_gap, "the window holds eight");
    ok(read_some(t, 111, 64, &first, &last, &is_gap) == 0 && is_gap, "what left it is a gap");
    size_t full = tape_bytes(t);
    ok(full > 0, "bytes are counted");
    append(t, 121, 140);
    ok_int((long long)tape_bytes(t), (long long)full, "and do not grow");
    append(t, 5000000, 5000002);
    ok_int((long long)tape_head(t), 5000002, "a new epoch");
    ok(read_some(t, 140, 64, &first, &last, &is_gap) == 0 && is_gap, "the old one is out of the window");
    ok(read_some(t, 4999999, 64, &first, &last, &is_gap) == 3 && first == 5000000, "the new one is in it");
    tape_free(&t);
}

static void test_bytes(void)
{
    struct tape *t = tape_new(64, 0);
    uint64_t first, last;
    bool is_gap;
    append(t, 1, 1);
    size_t one = tape_bytes(t);
    tape_limit(t, 10 * one + one / 2);
    append(t, 2, 40);
    ok(tape_bytes(t) <= 10 * one + one / 2, "the window is no heavier than it may be");
    ok(read_some(t, 30, 64, &first, &last, &is_gap) == 10 && first == 31 && last == 40 && !is_gap, "the newest ten are in it");
    ok(read_some(t, 29, 64, &first, &last, &is_gap) == 0 && is_gap, "what had to go is a gap");
    struct frame *gone = make(20, "gone");
    tape_replace(t, &gone, 1);
    frame_unref(&gone);
    tape_limit(t, 1);
    append(t, 41, 42);
    ok(read_some(t, 41, 64, &first, &last, &is_gap) == 1 && first == 42, "the newest stays, whatever it weighs");
    append(t, 900, 900);
    ok(read_some(t, 899, 64, &first, &last, &is_gap) == 1 && first == 900, "across an epoch too");
    tape_limit(t, TAPE_BYTES);
    append(t, 901, 1100);
    ok(read_some(t, 1036, 64, &first, &last, &is_gap) == 64 && first == 1037, "and it fills again");
    tape_free(&t);
}

static struct frame *make_story(uint64_t seq, const char *body)
{
    static const struct agency agency = {S("Tellal Haber"), S("TH"), S("https://tellal.example"), S("aa")};
    struct story *s = story_new();
    s->head = (struct story_head){.id = S("aa:text:20260314:5000121"), .n = 5000121, .version = 1, .stage = STAGE_LIVE};
    s->language = S("en");
    s->text.headline = S("Ferry line opens");
    s->text.body = arena_str(s->arena, str_from(body));
    struct frame *f = make(seq, "");
    f->event = EVENT_STORY;
    f->at_ms = 1773480065123;
    f->n = 5000121;
    f->story = story_freeze(s);
    f->agency = &agency;
    f->codes_list = codes_seed(S("TH"));
    f->full = S("{}");
    return f;
}

static void test_growth(void)
{
    struct tape *t = tape_new(64, 0);
    struct frame *f = make_story(1, "<p>The morning boat leaves at seven.</p>");
    tape_append(t, &f, 1);
    size_t before = tape_bytes(t), bytes = frame_bytes(f);
    ok_int((long long)before, (long long)bytes, "one frame is the weight of the window");
    frame_warm_words(f);
    frame_warm_form(f, FRAME_TEXT);
    size_t grown = frame_bytes(f);
    ok(grown > bytes, "a frame weighs what is made of it");
    append(t, 2, 2);
    struct frame *other = make(2, "x");
    size_t small = frame_bytes(other);
    ok_int((long long)tape_bytes(t), (long long)(grown + small), "which is counted when the next frame comes");
    append(t, 3, 66);
    frame_unref(&other);
    ok_int((long long)tape_bytes(t), (long long)(64 * small), "and taken off when it goes");
    frame_unref(&f);
    tape_free(&t);
}

static void test_forms(void)
{
    struct frame *f = make_story(1042, "<p>The morning \"boat\" leaves at seven.</p>");
    struct grant g;
    right_grant_editor(5000121, &g);
    ok_str(frame_full(f, FRAME_TEXT, &g),
           "\"Ferry line opens\\n\\nThe morning \\\"boat\\\" leaves at seven.\\n\"", "text, as a JSON string");
    struct str xml = frame_full(f, FRAME_NEWSML29, &g);
    ok(str_has(xml, S("<sent>2026-03-14T09:21:05Z</sent>")), "a document sent when the record was made");
    ok(frame_full(f, FRAME_NEWSML29, &g).p == xml.p, "made once");
    ok(!frame_form_notice(f, FRAME_TEXT).n, "no notice where there is none");
    const struct words *w = frame_words(f, &g);
    ok(w && frame_words(f, &g) == w, "words made once");
    frame_unref(&f);
    f = make(7, "");
    right_grant_editor(0, &g);
    ok(frame_words(f, &g) == NULL, "a record of no story has no words");
    frame_unref(&f);
}

/* Many at once: all get the same, and one is kept. */
#define MAKERS 4
static void *maker(void *arg)
{
    struct frame *f = arg;
    struct grant g;
    right_grant_editor(5000121, &g);
    const struct words *w = frame_words(f, &g);
    struct str text = frame_full(f, FRAME_TEXT, &g);
    bool is_same = w == frame_words(f, &g) && text.p == frame_full(f, FRAME_TEXT, &g).p;
    return is_same ? (void *)(uintptr_t)text.p : NULL;
}

static void test_makers(void)
{
    bool are_same = true;
    for (int round = 0; round < 50; round++) {
        struct frame *f = make_story(1, "<p>The morning boat leaves at seven.</p>");
        pthread_t threads[MAKERS];
        void *got[MAKERS];
        for (int i = 0; i < MAKERS; i++)
            must(pthread_create(&threads[i], NULL, maker, f) == 0);
        for (int i = 0; i < MAKERS; i++)
            must(pthread_join(threads[i], &got[i]) == 0);
        for (int i = 0; i < MAKERS; i++)
            are_same = are_same && got[i] && got[i] == got[0];
        frame_unref(&f);
    }
    ok(are_same, "several threads that need the same at once get the same");
}

static void test_replace(void)
{
    struct tape *t = tape_new(4, 0);
    append(t, 1, 6);
    struct frame *new[] = {make(2, "gone"), make(4, "notice"), make(9, "never")};
    tape_replace(t, new, 3);
    struct frame *frames[4];
    bool is_gap;
    ok_int((long long)tape_read(t, 2, frames, 4, &is_gap), 4, "four frames after a replacement");
    ok_str(frames[0]->notice, "x", "3 is as it was");
    ok_str(frames[1]->notice, "notice", "4 is replaced");
    for (int i = 0; i < 4; i++)
        frame_unref(&frames[i]);
    for (int i = 0; i < 3; i++)
        frame_unref(&new[i]);
    tape_free(&t);
}

static void test_grant(void)
{
    struct frame *f = frame_new();
    struct grant g;
    f->n = 7;
    f->full = arena_str(f->arena, S("text"));
    right_grant_editor(7, &g);
    ok_str(frame_ninjs(f, &g), "text", "the text for whoever has the grant");
    struct frame *again = frame_ref(f);
    frame_unref(&f);
    ok_str(frame_ninjs(again, &g), "text", "a ref keeps it");
    frame_unref(&again);
    frame_unref(&again);
    ok(again == NULL, "and giving back nothing is harmless");
}

/* ---- loops ---- */

#define TOTAL 3000

struct listener {
    struct loop *loop;
    struct tape_watch watch;
    pthread_t thread;
    uint64_t at;
    int wakes;
    bool is_sound;
};

static void on_wake(struct tape_watch *w)
{
    struct listener *l = list_of(w, struct listener, watch);
    struct frame *frames[64];
    bool is_gap;
    size_t n;
    l->wakes++;
    while ((n = tape_read(w->tape, l->at, frames, 64, &is_gap)) > 0) {
        for (size_t i = 0; i < n; i++) {
            l->is_sound &= frames[i]->seq == l->at + 1;
            l->at = frames[i]->seq;
            frame_unref(&frames[i]);
        }
    }
    l->is_sound &= !is_gap;
    if (l->at == TOTAL) {
        tape_unwatch(w);
        loop_stop(l->loop);
    }
}

static void *listen(void *arg)
{
    struct listener *l = arg;
    loop_run(l->loop);
    return NULL;
}

static void test_watch(void)
{
    struct tape *t = tape_new(4096, 0);
    static struct listener listeners[2];
    for (int i = 0; i < 2; i++) {
        listeners[i] = (struct listener){.loop = loop_new(), .is_sound = true};
        tape_watch(t, &listeners[i].watch, listeners[i].loop, on_wake);
        pthread_create(&listeners[i].thread, NULL, listen, &listeners[i]);
    }
    append(t, 1, TOTAL);
    for (int i = 0; i < 2; i++) {
        pthread_join(listeners[i].thread, NULL);
        ok(listeners[i].is_sound && listeners[i].at == TOTAL, "listener %d got all %d in order", i, TOTAL);
        ok(listeners[i].wakes <= TOTAL, "in %d wake-ups", listeners[i].wakes);
        mailbox_deliver(loop_mailbox(listeners[i].loop));
        loop_free(&listeners[i].loop);
    }
    append(t, TOTAL + 1, TOTAL + 2);
    ok_int((long long)tape_head(t), TOTAL + 2, "without watchers the tape goes on");
    tape_free(&t);
}

int main(void)
{
    test_window();
    test_bytes();
    test_growth();
    test_forms();
    test_makers();
    test_replace();
    test_grant();
    test_watch();
    return tap_end();
}
