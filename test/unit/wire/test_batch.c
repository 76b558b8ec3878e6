/* The past for one reader: where a batch ends, what is taken back, how prev goes on, what an ended contract has left. */
#include "wire/batch.h"

#include "../tap.h"
#include "base/clock.h"

#define COUNT 6

static struct frame *frame_of(uint64_t seq, enum event event, unsigned category, struct str full)
{
    struct frame *f = frame_new();
    f->seq = seq;
    f->event = event;
    f->n = 1000001;
    f->version = 1;
    f->at_ms = 1700000000000;
    f->id = S("aa:text:20231114:1000001");
    f->codes = (struct story_codes){.type = 1, .language = 1, .priority = 4, .provider = 1};
    codeset_add(&f->codes.package, 1);
    codeset_add(&f->codes.category, category);
    f->full = full;
    f->notice = S("{\"notice\":1}");
    return f;
}

static struct right *right_for(unsigned category, int64_t valid_to_ms)
{
    struct terms t;
    terms_init(&t);
    t.any &= ~(1u << CODE_CATEGORY);
    codeset_add(&t.sets[CODE_CATEGORY], category);
    t.valid_to_ms = valid_to_ms;
    return right_new(&t);
}

/* Each event as seq<prev: "12<null 14<12". */
static const char *told(const struct buf *out)
{
    static char text[256];
    size_t n = 0, at;
    struct str rest = buf_str(out);
    text[0] = 0;
    while ((at = str_find(rest, S("{\"seq\":"))) != SIZE_MAX) {
        rest = str_sub(rest, at + 7, rest.n);
        struct str seq = str_sub(rest, 0, str_find_char(rest, ','));
        struct str prev = str_sub(rest, seq.n + 8, rest.n);
        prev = str_sub(prev, 0, str_find_char(prev, ','));
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s<%.*s", n ? " " : "", STR_FMT(seq), STR_FMT(prev));
    }
    return text;
}

static struct frame *frames[COUNT]; /* 10 to 15; 12 is of another category */
static struct audience audience = {.format = FORMAT_NINJS, .protocol = PROTOCOL_POLL};

static struct batch fresh(void)
{
    return (struct batch){.audience = &audience, .cursor = 9, .events_most = 100, .bytes_enough = 1 << 20, .bytes_most = 1 << 20};
}

static void test_pages(void)
{
    struct buf out = BUF_INIT(1 << 20);
    struct batch b = fresh();
    batch_add(&b, frames, COUNT, 14, &out);
    ok(str_is(str_from(told(&out)), "10<null 11<10 13<11 14<13"), "what is due, up to the head");
    ok(b.cursor == 14 && b.prev == 14 && b.events == 4 && !b.is_full, "the cursor is the head");
    ok(out.p[0] == '{' && str_has(buf_str(&out), S("},{")), "members of a list");
    batch_add(&b, frames + 5, 1, 15, &out);
    ok(b.cursor == 15 && str_has(str_from(told(&out)), S("15<14")), "a second batch goes on");

    buf_reset(&out);
    b = fresh();
    b.prev = 9;
    b.events_most = 2;
    batch_add(&b, frames, COUNT, 15, &out);
    ok(b.is_full && b.cursor == 11 && str_is(str_from(told(&out)), "10<9 11<10"), "a page of two; the first prev is the cursor");

    buf_reset(&out);
    b = fresh();
    batch_add(&b, frames, 1, 15, &out);
    size_t one = out.n;
    buf_reset(&out);
    b = fresh();
    b.bytes_enough = b.bytes_most = one * 2 + 1;
    batch_add(&b, frames, COUNT, 15, &out);
    ok(b.is_full && b.events == 2 && b.cursor == 12 && out.n <= b.bytes_most, "what oversteps the most is taken back and not decided");
    ok(out.p[out.n - 1] == '}', "whole");
    b = fresh();
    b.bytes_enough = b.bytes_most = 10;
    buf_reset(&out);
    batch_add(&b, frames, COUNT, 15, &out);
    ok(b.is_full && b.events == 1 && b.cursor == 10, "unless it stands alone");
    buf_fini(&out);
}

static void test_rights(void)
{
    struct buf out = BUF_INIT(1 << 20);
    struct right *sport = right_for(2, 0), *other = right_for(3, 0), *over = right_for(2, clock_now_ms() - 1000);
    struct org_term terms[] = {{11, sport}, {13, other}};
    struct org org = {.id = 1, .right = other, .history = terms, .history_count = 2};
    struct batch b = fresh();
    b.org = &org;
    batch_add(&b, frames, COUNT, 15, &out);
    ok(str_is(str_from(told(&out)), "11<null") && b.cursor == 15, "an organisation: by its right as it stood at each record");
    buf_reset(&out);
    struct frame *recall[] = {frame_of(20, EVENT_STORY, 2, S("{\"full\":1}")), frame_of(21, EVENT_KILL, 2, STR_NONE)};
    struct frame_past before = {12, recall[0]->codes, 1700000000000};
    recall[1]->past = &before;
    recall[1]->past_count = 1;
    struct org_term whole[] = {{1, sport}, {19, over}};
    org = (struct org){.id = 1, .right = over, .history = whole, .history_count = 2};
    b = fresh();
    b.org = &org;
    batch_add(&b, recall, 2, 30, &out);
    ok(str_is(str_from(told(&out)), "21<null") && b.has_ended, "an ended contract: the kill alone");
    ok(!str_has(buf_str(&out), S("full")), "without a text");
    frame_unref(&recall[0]);
    frame_unref(&recall[1]);
    right_unref(&sport);
    right_unref(&other);
    right_unref(&over);
    buf_fini(&out);
}

int main(void)
{
    struct right *sport = right_for(2, 0);
    audience.right = sport;
    for (size_t i = 0; i < COUNT; i++)
        frames[i] = frame_of(10 + i, EVENT_STORY, i == 2 ? 5 : 2, S("{\"full\":1}"));
    test_pages();
    test_rights();
    for (size_t i = 0; i < COUNT; i++)
        frame_unref(&frames[i]);
    right_unref(&sport);
    return tap_end();
}
