/* Filters of codes and words: their name, who is alike, what they let through; what a request may ask for. */
#include "wire/wish.h"
#include "wire/audience.h"

#include "tap.h"

#include <time.h>

static struct codes *codes;
static struct arena *arena;

static struct filter *filter_of(const char *words, unsigned language)
{
    struct query q;
    struct filter *f = NULL;
    struct why why = {0};
    query_init(&q);
    if (language) {
        q.any &= ~(1u << CODE_LANGUAGE);
        codeset_add(&q.sets[CODE_LANGUAGE], language);
    }
    if (filter_new(&q, str_from(words), codes, &f, &why) != OK)
        printf("# %s: %s\n", why.at, why.text);
    return f;
}

static struct frame *frame_of(const char *body, enum event event)
{
    static const struct agency agency = {S("Tellal Haber"), S("TH"), S("https://tellal.example"), S("aa")};
    struct story *s = story_new();
    s->head = (struct story_head){.id = S("aa:text:20260314:5000121"), .n = 5000121, .version = 1, .stage = STAGE_LIVE};
    s->language = S("en");
    s->codes = (struct story_codes){.type = 1, .language = 2, .priority = 4, .provider = 1};
    codeset_add(&s->codes.package, 1);
    s->text.headline = body[0] ? S("Ferries resume") : STR_NONE;
    s->text.body = str_from(body);
    struct frame *f = frame_new();
    f->seq = 9;
    f->event = event;
    f->n = s->head.n;
    f->version = 1;
    f->at_ms = 1773480065123;
    f->id = S("aa:text:20260314:5000121");
    f->codes = s->codes;
    f->story = story_freeze(s);
    f->agency = &agency;
    f->codes_list = codes_ref(codes);
    f->full = body[0] ? S("{\"full\":1}") : STR_NONE;
    f->notice = S("{\"notice\":1}");
    return f;
}

static void test_names(void)
{
    struct filter *a = filter_of(" liman   \"deniz yolu\" ", 0), *b = filter_of("liman AND \"deniz  yolu\"", 0);
    struct filter *c = filter_of("liman \"deniz yolu\"", 2), *d = filter_of("liman -grev", 0);
    ok_str(a->text, "q=liman \"deniz yolu\"", "the name of words");
    ok_str(c->text, "language=2&q=liman \"deniz yolu\"", "of codes and words");
    ok(filter_eq(a, b) && a->hash == b->hash, "spaces and AND make no other filter");
    ok(!filter_eq(a, c) && !filter_eq(a, d) && !filter_eq(a, NULL) && filter_eq(NULL, NULL), "other codes, other words do");
    struct right *all = right_all();
    struct audience x = {.right = all, .filter = a}, y = {.right = all, .filter = b}, z = {.right = all, .filter = d};
    ok(audience_eq(&x, &y) && audience_hash(&x) == audience_hash(&y), "who asks alike shares one decision");
    ok(!audience_eq(&x, &z), "who does not, does not");
    y.format = FORMAT_TEXT;
    ok(!audience_eq(&x, &y), "nor who wants another format");
    right_unref(&all);
    filter_unref(&a);
    filter_unref(&b);
    filter_unref(&c);
    filter_unref(&d);
}

static enum verdict decide(const char *words, const struct frame *f)
{
    struct filter *filter = filter_of(words, 0);
    struct right *all = right_all();
    struct audience a = {.right = all, .filter = filter};
    struct share s;
    enum verdict v = audience_decide(&a, f, all, NULL, &s);
    right_unref(&all);
    filter_unref(&filter);
    return v;
}

static void test_decisions(void)
{
    struct frame *f = frame_of("<p>The morning boat.</p>", EVENT_STORY);
    ok(decide("boats", f) == VERDICT_FULL, "what has the words goes out");
    ok(decide("tram", f) == VERDICT_NO, "what has not, stays");
    ok(decide("headline:ferries -tram", f) == VERDICT_FULL, "fields and words to leave out");
    frame_unref(&f);
    f = frame_of("<p>The morning boat.</p>", EVENT_CORRECTION);
    ok(decide("tram", f) == VERDICT_FULL, "a correction comes whatever the words");
    frame_unref(&f);
    f = frame_of("", EVENT_KILL);
    ok(decide("tram", f) == VERDICT_NOTICE, "and a kill");
    frame_unref(&f);
    f = frame_of("", EVENT_STORY);
    ok(decide("boats", f) == VERDICT_NO, "what has no text any more has no words");
    frame_unref(&f);
    f = frame_of("<p>The morning boat.</p>", EVENT_STORY);
    struct filter *boats = filter_of("boats", 1), *turkish = filter_of("", 1);
    size_t before = frame_bytes(f);
    filter_warm(NULL, f);
    filter_warm(turkish, f);
    ok(frame_bytes(f) == before, "words are not made for who asks for codes alone");
    filter_warm(boats, f);
    ok(frame_bytes(f) > before, "but for who asks for words");
    filter_unref(&turkish);
    filter_unref(&boats);
    frame_unref(&f);
}

static enum err ask(const char *query, struct wish *w, struct why *why)
{
    struct req r = {.query = str_from(query)};
    *w = (struct wish){0};
    *why = (struct why){0};
    return wish_read(&r, arena, codes, w, why);
}

static void test_wishes(void)
{
    static const struct {
        const char *query, *at, *part;
    } WRONG[] = {
        {"q=%22open", "q", "character 1: this quote is never closed"},
        {"q=a+nofield:x", "q", "character 3: no such field"},
        {"q=%3F%21", "q", "letter or a digit"},
        {"q=%FF", "q", "UTF-8"},
        {"format=newsml12", "format", "not served yet"},
        {"format=nitf", "format", "ask for ninjs, newsml29, text or head"},
        {"format=NINJS", "format", "no such format"},
        {"wait=301", "wait", "0 to 300"},
        {"after=x", "after", ""},
        {"category=frobs", "", ""},
        {"q=%zz", "", "not well encoded"},
    };
    struct wish w;
    struct why why;
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        enum err e = ask(WRONG[i].query, &w, &why);
        ok(e != OK && !w.filter && str_has(str_from(why.text), str_from(WRONG[i].part)) &&
               (!WRONG[i].at[0] || str_is(str_from(why.at), WRONG[i].at)),
           "%s is refused at %s: %s", WRONG[i].query, why.at, why.text);
    }
    ok(ask("", &w, &why) == OK && !w.filter && w.format == FORMAT_NINJS && !w.has_cursor && w.wait_ms == 30000, "nothing asked");
    ok(ask("q=&format=&category=*", &w, &why) == OK && !w.filter, "nothing narrowed");
    ok(ask("q=liman+OR+grev&category=3&format=text&after=7&archive=1&wait=0&test=true", &w, &why) == OK, "all asked");
    ok_str(w.filter->text, "category=3&q=liman OR grev", "the filter");
    ok(w.format == FORMAT_TEXT && w.has_cursor && w.after == 7 && w.with_archive && w.wait_ms == 0 && w.is_test, "the rest");
    wish_fini(&w);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* A publish costs each different search this much; the claim is wide, for sanitizers. */
static void test_cost(void)
{
    struct buf body = BUF_INIT(1 << 16);
    for (int i = 0; i < 300; i++)
        buf_printf(&body, "word%d boat%d ", i % 170, i % 23);
    buf_addc(&body, 0);
    struct frame *f = frame_of(body.p, EVENT_STORY);
    struct filter *filter = filter_of("ferries liman -grev", 0);
    struct right *all = right_all();
    struct audience a = {.right = all, .filter = filter};
    struct share s;
    enum verdict v = audience_decide(&a, f, all, NULL, &s);
    int64_t from = now_ns();
    for (int i = 0; i < 10000; i++)
        v = audience_decide(&a, f, all, NULL, &s);
    int64_t ns = (now_ns() - from) / 10000;
    ok(v == VERDICT_NO && ns < 100000, "a decision by three words");
    a.filter = NULL;
    from = now_ns();
    for (int i = 0; i < 10000; i++)
        v = audience_decide(&a, f, all, NULL, &s);
    printf("# by three words %lld ns, by right alone %lld ns; words of %zu KiB\n", (long long)ns,
           (long long)(now_ns() - from) / 10000, words_bytes(atomic_load(&f->words)) / 1024);
    right_unref(&all);
    filter_unref(&filter);
    frame_unref(&f);
    buf_fini(&body);
}

int main(void)
{
    codes = codes_seed(S("AA"));
    arena = arena_new(4096);
    test_names();
    test_decisions();
    test_wishes();
    test_cost();
    arena_free(&arena);
    codes_unref(&codes);
    return tap_end();
}
