/* A story asked in memory: words, stems, phrases, prefixes, fields, alternatives; what it costs. */
#include "base/clock.h"
#include "news/words.h"

#include "../tap.h"

#include <time.h>

static struct arena *arena;
static struct codes *codes;

static struct story *make(const char *language, const char *headline, const char *body)
{
    struct story *s = story_new();
    s->language = str_from(language);
    s->text.headline = str_from(headline);
    s->text.spot = S("A spot of one line");
    s->text.slugline = S("LIMAN-ISKELE");
    s->text.byline = S("Deniz Yazar");
    s->text.city = S("Mersin");
    s->text.body = str_from(body);
    return s;
}

static bool asks(const struct words *w, const char *search, unsigned language)
{
    struct query q;
    struct wanted_rule rule;
    struct wanted want;
    query_init(&q);
    if (language) {
        q.any &= ~(1u << CODE_LANGUAGE);
        codeset_add(&q.sets[CODE_LANGUAGE], language);
    }
    must(query_parse(arena, str_from(search), &q, NULL) == OK);
    wanted_rule_init(&rule, &q, codes);
    wanted_make(arena, &rule, &q, &want);
    return words_meet(w, &want);
}

static void test_rows(void)
{
    static const struct {
        const char *search;
        bool is_met;
    } ROWS[] = {
        {"ferry", true},
        {"ferries", true},
        {"\"ferries\"", true},
        {"\"ferry\"", false},
        {"FERRIES", true},
        {"tram", false},
        {"ferries harbour", true},
        {"ferries tram", false},
        {"tram OR ferries", true},
        {"ferries -tram", true},
        {"ferries -harbour", false},
        {"ferries -tram -harbour", false},
        {"\"leave the harbour\"", true},
        {"\"harbour leave the\"", false},
        {"\"harbour at seven\"", true},
        {"\"seven o'clock sharp\"", true},
        {"\"sharp tomorrow\"", false},
        {"covid-19", true},
        {"covid-20", false},
        {"o'clo*", true},
        {"harb*", true},
        {"harx*", false},
        {"headline:ferries", true},
        {"headline:harbour", false},
        {"headline:harb*", false},
        {"headline:fer*", true},
        {"headline:\"new ferries\"", true},
        {"headline:\"mersin leave\"", false},
        {"headline:ferry", false},
        {"slug:liman", true},
        {"city:mersin", true},
        {"byline:yazar", true},
        {"city:harbour", false},
        {"subject:harbour", true},
        {"en0ferri", false},
        {"zzz* -ferries", false},
    };
    struct story *s = make("en", "New ferries for the bay", "<p>Three leave the harbour</p><p>at seven o'clock sharp.</p>"
                                                            "<p>Covid-19 rules have ended &amp; gone.</p>");
    struct words *w = words_new(s);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        ok(asks(w, ROWS[i].search, 0) == ROWS[i].is_met, "%s %s", ROWS[i].search, ROWS[i].is_met ? "is met" : "is not met");
    ok(asks(w, "ferry", 2) && !asks(w, "ferry", 1), "stems are of the languages that the search names");
    ok(words_bytes(w) > 1000, "its memory is known");
    words_free(&w);
    words_free(&w);
    story_unref(&s);
}

static void test_turkish(void)
{
    struct story *s = make("tr", "IŞIKLAR İSTANBUL'DA SÖNDÜ", "<p>Kadınlar limanda.</p>");
    struct words *w = words_new(s);
    ok(asks(w, "ışık", 0) && asks(w, "IŞIKLAR", 0) && asks(w, "istanbul", 0), "dotted and dotless i");
    ok(asks(w, "slug:LIMAN", 0) && asks(w, "slug:iskele", 0), "the slugline in ASCII capitals");
    words_free(&w);
    s->text = (struct story_text){0};
    w = words_new(s);
    ok(!asks(w, "istanbul", 0) && !asks(w, "sön*", 0) && !asks(w, "headline:\"a b\"", 0), "no text, no words");
    words_free(&w);
    story_unref(&s);
}

/* What was read alike is written alike, and reads the same again. */
static void test_writing(void)
{
    static const struct {
        const char *text, *canonical;
    } ROWS[] = {
        {"  liman \t grev ", "liman grev"},
        {"liman AND grev", "liman grev"},
        {"\"deniz   yolu\"   OR  -grev  liman*", "\"deniz yolu\" OR -grev liman*"},
        {"\xE2\x80\x9C" "deniz yolu\xE2\x80\x9D", "\"deniz yolu\""},
        {"Headline:liman slug:\"a  b\"", "headline:liman slug:\"a b\""},
        {"a\"b\"", "a \"b\""},
        {"OR\"b\" c", "or \"b\" c"},
        {"- a ?! b", "a b"},
        {"12:30 --c d", "12:30 --c d"},
    };
    struct buf out = BUF_INIT(4096);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct query q;
        struct why why = {0};
        query_init(&q);
        buf_reset(&out);
        if (query_parse(arena, str_from(ROWS[i].text), &q, &why) != OK)
            printf("# %s: %s\n", ROWS[i].text, why.text);
        query_write(&q, &out);
        ok_str(buf_str(&out), ROWS[i].canonical, "[%s]", ROWS[i].text);
    }
    buf_fini(&out);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* A text of 5,000 words out of a vocabulary of 2,000, asked the longest search. Figures are for whoever looks; the claim
 * is a wide one, so that a busy machine or a sanitizer does not break it. */
static void test_cost(void)
{
    struct buf body = BUF_INIT(1 << 20), search = BUF_INIT(4096);
    uint32_t x = 1;
    for (int i = 0; i < 5000; i++) {
        x = x * 1664525 + 1013904223;
        buf_printf(&body, "%cword%uing ", 'a' + (int)(x >> 8) % 26, (x >> 16) % 80);
    }
    for (int i = 0; i < 32; i++) /* none is there but the last, and stems are looked for in three languages */
        buf_printf(&search, "%szzword%d", i ? " OR " : "", i);
    buf_addc(&body, 0);
    buf_addc(&search, 0);
    struct story *s = make("en", "Cost", body.p);
    int64_t t0 = now_ns();
    struct words *w = words_new(s);
    int64_t t1 = now_ns();
    struct query q;
    struct wanted_rule rule;
    struct wanted want;
    query_init(&q);
    must(query_parse(arena, str_from(search.p), &q, NULL) == OK);
    wanted_rule_init(&rule, &q, codes);
    int64_t t2 = now_ns();
    wanted_make(arena, &rule, &q, &want);
    int64_t t3 = now_ns();
    bool is_met = false;
    for (int i = 0; i < 100; i++)
        is_met |= words_meet(w, &want);
    int64_t t4 = now_ns();
    ok(!is_met && (t4 - t3) / 100 < 1000000, "32 terms of a text of 5,000 words take less than a millisecond");
    printf("# words made in %lld us, %zu KiB; search made in %lld us, asked in %lld ns\n", (long long)(t1 - t0) / 1000,
           words_bytes(w) / 1024, (long long)(t3 - t2) / 1000, (long long)(t4 - t3) / 100);
    words_free(&w);
    story_unref(&s);
    buf_fini(&body);
    buf_fini(&search);
}

int main(void)
{
    arena = arena_new(1 << 16);
    codes = codes_seed(S("AA"));
    test_rows();
    test_turkish();
    test_writing();
    test_cost();
    codes_unref(&codes);
    arena_free(&arena);
    return tap_end();
}
