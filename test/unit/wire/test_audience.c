#include "base/json.h"
#include "tap.h"
#include "wire/form.h"

/* A frame of one story: category and package in clear, text marked so that a leak shows. */
static struct frame *frame_of(uint64_t seq, enum event event, unsigned category)
{
    struct frame *f = frame_new();
    f->seq = seq;
    f->event = event;
    f->n = 1000001;
    f->version = 2;
    f->at_ms = 1700000000000;
    f->id = S("aa:text:20231114:1000001");
    f->codes = (struct story_codes){.type = 1, .language = 1, .priority = 4, .provider = 1};
    codeset_add(&f->codes.package, 1);
    codeset_add(&f->codes.category, category);
    f->full = event == EVENT_KILL || event == EVENT_HOLD ? STR_NONE : S("{\"full\":1}");
    f->notice = S("{\"notice\":1}");
    return f;
}

static struct right *right_for(unsigned category)
{
    struct terms t;
    terms_init(&t);
    t.any &= ~(1u << CODE_CATEGORY);
    codeset_add(&t.sets[CODE_CATEGORY], category);
    return right_new(&t);
}

static struct str encode(struct buf *b, const struct frame *f, const struct share *s, uint64_t prev)
{
    buf_reset(b);
    struct audience a = {.format = FORMAT_NINJS, .protocol = PROTOCOL_SSE};
    form_event(b, &a, f, s, prev);
    return buf_str(b);
}

int main(void)
{
    struct buf b = BUF_INIT(65536);
    struct share s;
    struct right *sport = right_for(2), *none = right_nothing(), *all = right_all();
    struct audience a = {.right = sport};
    struct frame *f = frame_of(10, EVENT_STORY, 2);

    ok(audience_decide(&a, f, sport, NULL, &s) == VERDICT_FULL, "entitled: in full");
    ok_str(encode(&b, f, &s, 7),
           "id: 10\nevent: story\ndata: {\"seq\":10,\"prev\":7,\"event\":\"story\",\"id\":\"aa:text:20231114:1000001\","
           "\"version\":2,\"at\":\"2023-11-14T22:13:20.000Z\",\"story\":{\"full\":1}}\n\n",
           "the event as contract.md 4 has it");
    ok(str_has(encode(&b, f, &s, 0), S("\"prev\":null")), "no event before it: null");
    frame_unref(&f);

    f = frame_of(11, EVENT_STORY, 3);
    ok(audience_decide(&a, f, sport, NULL, &s) == VERDICT_NO, "another category: nothing");
    ok(audience_decide(&a, f, all, NULL, &s) == VERDICT_FULL, "the desk sees all");
    ok(audience_decide(&a, f, none, NULL, &s) == VERDICT_NO, "an ended contract: nothing");
    frame_unref(&f);

    f = frame_of(12, EVENT_STORY, 2);
    f->codes.is_archive = true;
    ok(audience_decide(&a, f, sport, NULL, &s) == VERDICT_NO, "imports are skipped");
    a.with_archive = true;
    ok(audience_decide(&a, f, sport, NULL, &s) == VERDICT_FULL, "unless asked for");
    a.with_archive = false;
    frame_unref(&f);

    struct query q;
    query_init(&q);
    q.any &= ~(1u << CODE_LANGUAGE);
    codeset_add(&q.sets[CODE_LANGUAGE], 3);
    struct why why;
    ok(filter_new(&q, STR_NONE, NULL, &a.filter, &why) == OK, "a filter of codes");
    ok_str(a.filter->text, "language=3", "its canonical text");
    f = frame_of(13, EVENT_UPDATE, 2);
    ok(audience_decide(&a, f, sport, NULL, &s) == VERDICT_NO, "the stream's own filter");
    frame_unref(&f);
    f = frame_of(14, EVENT_KILL, 2);
    ok(audience_decide(&a, f, sport, NULL, &s) == VERDICT_NOTICE, "does not hold back a kill");
    ok(!str_has(encode(&b, f, &s, 1), S("full")), "which carries no text");
    frame_unref(&f);
    f = frame_of(15, EVENT_CORRECTION, 2);
    ok(audience_decide(&a, f, sport, NULL, &s) == VERDICT_FULL, "nor a correction");
    frame_unref(&f);
    filter_unref(&a.filter);

    /* The organisation had sport until record 20, then economy alone. */
    struct right *economy = right_for(3);
    struct org_term terms[] = {{5, sport}, {20, economy}};
    struct org org = {.id = 1, .right = economy, .history = terms, .history_count = 2};
    struct frame_past before = {10, {.type = 1, .language = 1, .priority = 4, .provider = 1}, 0};
    codeset_add(&before.codes.package, 1);
    codeset_add(&before.codes.category, 2);
    a.right = economy;
    f = frame_of(30, EVENT_CORRECTION, 2);
    f->past = &before;
    f->past_count = 1;
    ok(audience_decide(&a, f, economy, &org, &s) == VERDICT_NOTICE, "who lost the right gets headline and note");
    ok(!str_has(encode(&b, f, &s, 1), S("full")), "never the new text");
    before.seq = 25;
    ok(audience_decide(&a, f, economy, &org, &s) == VERDICT_NO, "who never had it gets nothing");
    before.seq = 4;
    ok(audience_decide(&a, f, economy, &org, &s) == VERDICT_NO, "nor who came after it");
    frame_unref(&f);
    f = frame_of(31, EVENT_KILL, 2);
    f->past = &before;
    f->past_count = 1;
    before.seq = 10;
    ok(audience_decide(&a, f, economy, &org, &s) == VERDICT_NOTICE, "a kill reaches who had it");
    before.seq = 4; /* before its first terms */
    uint32_t fetchers[] = {1, 7, 9};
    f->fetchers = fetchers;
    f->fetcher_count = 3;
    ok(audience_decide(&a, f, economy, &org, &s) == VERDICT_NOTICE, "and who fetched it");
    org.id = 9;
    ok(audience_decide(&a, f, economy, &org, &s) == VERDICT_NOTICE, "the last of them too");
    org.id = 8;
    ok(audience_decide(&a, f, economy, &org, &s) == VERDICT_NO, "nobody else");
    org.id = 1;
    frame_unref(&f);

    f = frame_of(32, EVENT_HOLD, 3);
    ok(audience_decide(&a, f, economy, &org, &s) == VERDICT_NOTICE, "a hold goes out without text");
    frame_unref(&f);
    f = frame_of(33, EVENT_ORG, 3);
    ok(audience_decide(&a, f, all, NULL, &s) == VERDICT_NO, "records of rights are nobody's event");
    frame_unref(&f);

    right_unref(&sport);
    right_unref(&economy);
    right_unref(&none);
    right_unref(&all);
    buf_fini(&b);
    return tap_end();
}
