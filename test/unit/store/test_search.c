#include "kit.h"

#include "base/stem.h"
#include "store/glance.h"
#include "store/match.h"
#include "store/okey.h"

#define NOW 1773480065000 /* 2026-03-14T09:21:05Z */
#define DAY INT64_C(86400000)

static struct right *everything;

/* Numbers of the hits for a query in our dialect, newest first. */
struct found {
    uint64_t n[512];
    size_t count;
    uint64_t total, next;
    enum err e;
};

static struct found run(struct kit *k, const struct search *s)
{
    struct found f = {0};
    struct arena *a = arena_new(4096);
    struct search_result r = {0};
    f.e = reader_search(k->reader, a, s, &r, NULL);
    for (size_t i = 0; f.e == OK && i < r.count; i++)
        f.n[f.count++] = r.hits[i].n;
    f.total = r.total;
    f.next = r.next_okey;
    arena_free(&a);
    return f;
}

static struct found look(struct kit *k, const char *text)
{
    struct query q;
    struct arena *a = arena_new(1024);
    query_init(&q);
    struct found f = {.e = query_parse(a, str_from(text), &q, NULL)};
    if (f.e == OK)
        f = run(k,
                &(struct search){.query = &q, .right = everything, .now_ms = NOW, .limit = 500, .wants_total = true});
    arena_free(&a);
    return f;
}

static bool finds(struct kit *k, const char *text, uint64_t n)
{
    struct found f = look(k, text);
    for (size_t i = 0; i < f.count; i++)
        if (f.n[i] == n)
            return true;
    return false;
}

/* ---- words as people write them ---- */

static void test_words(struct kit *k)
{
    static const struct {
        const char *language, *text, *query;
        bool is_found;
    } ROWS[] = {
        {"tr", "IŞIK", "ışık", true},
        {"tr", "ışık", "IŞIK", true},
        {"tr", "İstanbul", "istanbul", true},
        {"tr", "istanbul", "İSTANBUL", true},
        {"tr", "KADIN", "kadın", true},
        {"tr", "kadın", "KADIN", true},
        {"tr", "ÇIĞ", "çığ", true},
        {"tr", "Ankara'nın", "Ankara", true},
        {"tr", "Ankara", "Ankara'nın", true},
        {"tr", "Ankara’dan", "\"ankara\"", true},
        {"tr", "Diyarbakır", "DİYARBAKIR", true},
        {"tr", "sıcak", "sicak", false},
        {"en", "TITANIC", "titanic", true},
        {"en", "elections", "election", true},
        {"en", "election", "\"elections\"", false},
        {"en", "covid-19", "covid-19", true},
        {"en", "covid 19", "\"covid-19\"", true},
        {"en", "O'Brien", "o'brien", true},
        {"en", "Straße", "strasse", true},
        {"en", "prefixed", "pref*", true},
        {"ar", "أحمد", "احمد", true},
        {"ar", "المدرسة", "المدرسه", true},
        {"ar", "كتـــاب", "كتاب", true},
        {"ar", "مُحَمَّد", "محمد", true},
        {"ar", "على", "علي", true},
        {"ja", "東京都", "東京", true},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char body[128];
        snprintf(body, sizeof body, "<p>qux%zu %s son</p>", i, ROWS[i].text);
        uint64_t n = kit_put(k, &(struct kit_story){.language = ROWS[i].language, .headline = "x", .body = body});
        char query[160];
        snprintf(query, sizeof query, "qux%zu %s", i, ROWS[i].query);
        ok(n && finds(k, query, n) == ROWS[i].is_found, "%s %s %s", ROWS[i].query,
           ROWS[i].is_found ? "finds" : "does not find", ROWS[i].text);
    }
}

static void test_grammar(struct kit *k)
{
    uint64_t a = kit_put(k, &(struct kit_story){.language = "tr",
                                                .headline = "Zorlu liman",
                                                .body = "<p>zeta deniz yolu açıldı</p>",
                                                .city = "Mersin",
                                                .slugline = "LIMAN-ZETA"});
    uint64_t b = kit_put(
        k, &(struct kit_story){
               .language = "tr", .headline = "Zeta grevi", .body = "<p>yolu deniz grev limanda</p>", .city = "İzmir"});
    ok(finds(k, "zeta", a) && finds(k, "zeta", b), "a word finds both");
    ok(finds(k, "zeta \"deniz yolu\"", a) && !finds(k, "zeta \"deniz yolu\"", b), "a phrase keeps its order");
    ok(finds(k, "zeta -grev", a) && !finds(k, "zeta -grev", b), "a word that is not wanted");
    ok(finds(k, "açıldı OR grevi", a) && finds(k, "açıldı OR grevi", b), "alternatives");
    ok(finds(k, "headline:grevi", b) && !finds(k, "headline:yolu", a) && !finds(k, "headline:yolu", b),
       "the headline alone");
    ok(finds(k, "city:izmir", b) && !finds(k, "city:izmir", a), "the city, in Turkish letters");
    ok(finds(k, "slug:liman-zeta", a), "the slugline, in ASCII capitals");
    ok(!finds(k, "c1", a) && !finds(k, "t1", a) && !finds(k, "tr0liman", a) && !finds(k, "a0", a),
       "marks of the index are no words");
}

/* ---- what a reader may see ---- */

static void test_stages(struct kit *k)
{
    uint64_t n =
        kit_put(k, &(struct kit_story){.language = "en", .headline = "Kestrel one", .body = "<p>kestrel text</p>"});
    ok(finds(k, "kestrel", n), "live: found");
    ok(kit_act(k, n, ACT_CORRECT,
               &(struct kit_story){.language = "en", .headline = "Kestrel two", .body = "<p>osprey text</p>"},
               "the bird") > 0,
       "corrected");
    ok(finds(k, "osprey", n) && !finds(k, "\"kestrel text\"", n), "by its new words alone");
    ok_int(look(k, "osprey").total, 1, "once");
    ok(kit_act(k, n, ACT_HOLD, NULL, "facts in doubt") > 0, "held");
    ok(!finds(k, "osprey", n), "not found");
    ok(kit_act(k, n, ACT_RELEASE, NULL, "") > 0, "released");
    ok(finds(k, "osprey", n), "found again");
    ok(kit_act(k, n, ACT_KILL, NULL, "wrong") > 0, "killed");
    ok(look(k, "osprey").total == 0 && look(k, "kestrel").total == 0, "gone, and not counted");
}

static void test_rights(struct kit *k)
{
    struct terms t;
    uint64_t sport =
        kit_put(k, &(struct kit_story){.language = "en", .headline = "Plover", .body = "<p>c7 k2</p>", .category = 2});
    uint64_t local =
        kit_put(k, &(struct kit_story){.language = "en", .headline = "Plover", .body = "<p>x</p>", .package = 3});
    uint64_t old = kit_put(
        k, &(struct kit_story){
               .language = "en", .headline = "Plover", .body = "<p>x</p>", .category = 2, .at_ms = NOW - 40 * DAY});
    struct query q;
    struct arena *a = arena_new(1024);
    query_init(&q);
    must(query_parse(a, S("plover"), &q, NULL) == OK);
    struct search s = {.query = &q, .now_ms = NOW, .limit = 10, .wants_total = true};

    terms_init(&t);
    t.any &= ~(1U << CODE_CATEGORY);
    codeset_add(&t.sets[CODE_CATEGORY], 2);
    struct right *r = right_new(&t);
    s.right = r;
    struct found f = run(k, &s);
    ok(f.count == 2 && f.total == 2 && f.n[0] == sport && f.n[1] == old, "a category of the contract, newest first");
    right_unref(&r);

    codeset_add(&t.sets[CODE_CATEGORY], 7);
    t.sets[CODE_CATEGORY].w[0] &= ~(UINT64_C(1) << 2);
    r = right_new(&t);
    s.right = r;
    ok_int(run(k, &s).total, 0, "a text that says c7 is not in category 7");
    right_unref(&r);

    terms_init(&t);
    t.any &= ~(1U << CODE_PACKAGE);
    codeset_add(&t.sets[CODE_PACKAGE], 3);
    r = right_new(&t);
    s.right = r;
    f = run(k, &s);
    ok(f.count == 1 && f.n[0] == local, "a package of the contract");
    right_unref(&r);

    terms_init(&t);
    t.archive_days = 30;
    r = right_new(&t);
    s.right = r;
    ok_int(run(k, &s).total, 2, "archive days cut what is older");
    right_unref(&r);

    terms_init(&t);
    t.valid_to_ms = NOW - 1;
    r = right_new(&t);
    s.right = r;
    ok_int(run(k, &s).total, 0, "an ended contract finds nothing");
    right_unref(&r);

    s.right = everything;
    q.with_archive = false;
    ok_int(run(k, &s).total, 2, "without imports");
    q.with_archive = true;
    q.any &= ~(1U << CODE_CATEGORY);
    ok_int(run(k, &s).total, 0, "an empty filter finds nothing");
    arena_free(&a);
}

static void test_pages(struct kit *k)
{
    enum { MANY = 37 };
    struct query q;
    struct arena *a = arena_new(1024);
    query_init(&q);
    must(query_parse(a, S("godwit"), &q, NULL) == OK);
    for (unsigned i = 0; i < MANY; i++)
        (void)kit_put(k, &(struct kit_story){.language = "en",
                                             .headline = "Godwit",
                                             .body = "<p>x</p>",
                                             .at_ms = NOW - 1000 * DAY + (i / 3) * 1000});
    struct search s = {.query = &q, .right = everything, .now_ms = NOW, .limit = 10, .wants_total = true};
    size_t seen = 0;
    uint64_t before = UINT64_MAX;
    bool is_falling = true, is_total = true;
    do {
        struct found f = run(k, &s);
        for (size_t i = 0; i < f.count; i++) {
            is_falling = is_falling && f.n[i] < before;
            before = f.n[i];
        }
        is_total = is_total && f.total == MANY;
        seen += f.count;
        s.after_okey = f.next;
    } while (s.after_okey && seen < 100);
    ok(seen == MANY && is_falling, "pages by cursor give every hit once, the newest first, ties by number");
    ok(is_total, "and each the whole total");
    s.after_okey = 0;
    s.offset = 30;
    struct found f = run(k, &s);
    ok(f.count == 7 && f.total == MANY && f.next == 0, "an offset gives the rest");
    s.offset = 10001;
    f = run(k, &s);
    ok(f.e == OK && f.count == 0 && f.total == MANY, "one beyond 10,000 gives nothing, and the total");
    s.offset = 0;
    q.from_ms = NOW - 1000 * DAY + 1000;
    q.to_ms = NOW - 1000 * DAY + 1000;
    ok_int(run(k, &s).total, 3, "both ends of a range are inclusive");
    q.from_ms = q.to_ms = NOW - 2000 * DAY;
    ok_int(run(k, &s).total, 0, "an empty range");
    q.from_ms = INT64_MAX;
    q.to_ms = 0;
    ok_int(run(k, &s).e, OK, "a date beyond all time");
    arena_free(&a);
}

/* ---- hostile input: never an error of the database ---- */

static void test_hostile(struct kit *k)
{
    static const char *const QUERIES[] = {
        "foo-bar",
        "a AND (",
        "\"",
        "\"\"",
        "*",
        "NEAR(a b)",
        "a NEAR b",
        "head:x",
        "facet:c1",
        "{head} : x",
        "^a",
        "a OR",
        "OR",
        "OR OR OR",
        "NOT a",
        "-a",
        "- a",
        "--a",
        "a -",
        "a + b",
        "a^2",
        "(((((((",
        "))))",
        "a:b:c",
        "words MATCH 'x'",
        "'; DROP TABLE story; --",
        "\\",
        "\x01\x02",
        "a\tb\nc",
        "headline:\"a b\"",
        "headline:*",
        "headline:-x",
        "pre*fix",
        "***",
        "abc**",
        "\"abc\"*",
        "\"abc",
        "AND AND",
        "a AND AND b",
        "%s%n",
        "ıIiİ",
        "ＡＢＣ",
        "ﷺ",
        "\u202e abc",
        "a\u0301\u0301\u0301",
        "🙂",
        "🙂 a",
        "٣٤٥",
        "\xff\xfe",
        "0",
        "00000",
        "-",
        "'",
        "''''",
        "don't",
        "l'été",
        "a'b'c'd",
        "NEAR/3",
        "rowid:1",
        "x'1'",
        "NULL",
        "\"a\" OR \"b\" -\"c d\"",
    };
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof QUERIES / sizeof QUERIES[0]; i++) {
        struct arena *a = arena_new(1024);
        for (unsigned dialect = 0; dialect < 2; dialect++) {
            struct query q;
            query_init(&q);
            enum err e = (dialect ? query_parse : query_parse_has)(a, str_from(QUERIES[i]), &q, NULL);
            if (e == OK)
                e = run(k,
                        &(struct search){
                            .query = &q, .right = everything, .now_ms = NOW, .limit = 5, .wants_total = true})
                        .e;
            bool is_fine = e == OK || e == ERR_PARSE || e == ERR_LIMIT;
            if (!is_fine)
                printf("# %s: %s\n", QUERIES[i], err_key(e));
            wrong += !is_fine;
        }
        arena_free(&a);
    }
    ok_int(wrong, 0, "hostile queries are searched for or refused, and never reach SQL");
}

/* ---- against a slow and obvious model ---- */

#define STORIES 150
#define QUERIES 400

static const char *const LANGUAGES[] = {"tr", "en", "ar"};
static const char *const VOCABULARY[3][8] = {
    {"liman", "limanlar", "IŞIK", "ışıklı", "İzmir", "kadınlar", "Ankara'nın", "yağmur"},
    {"port", "ports", "light", "lighting", "TITANIC", "women", "river's", "ankara"},
    {"ميناء", "الميناء", "أنقرة", "انقره", "نهر", "كتاب", "مطر", "liman"},
};

struct model {
    uint64_t n;
    const char *language;
    struct story_codes codes;
    int64_t at_ms;
    char headline[100], body[300];
    struct strs exact, stems; /* in order, as the index has them */
};

static uint32_t seed = 12345;
static unsigned dice(unsigned sides)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 10) % sides;
}

struct collect {
    struct arena *a;
    struct str exact[128], stems[128];
    size_t count;
    const char *mark;
};

static void collect_word(void *arg, const struct stem_word *w)
{
    struct collect *c = arg;
    must(c->count < 128);
    c->exact[c->count] = arena_str(c->a, w->exact);
    c->stems[c->count++] = arena_printf(c->a, "%s%.*s", c->mark, STR_FMT(w->stem));
}

static void tokens_of(struct arena *a, const char *language, struct str text, struct strs *exact, struct strs *stems)
{
    struct collect c = {.a = a, .mark = stem_mark(str_from(language))};
    stem_words(str_from(language), text, collect_word, &c);
    *exact = arena_strs(a, (struct strs){c.exact, c.count});
    *stems = arena_strs(a, (struct strs){c.stems, c.count});
}

static void make_story(struct kit *k, struct arena *a, struct model *m)
{
    unsigned l = dice(3), words = 2 + dice(9);
    m->language = LANGUAGES[l];
    snprintf(m->headline, sizeof m->headline, "%s %s", VOCABULARY[l][dice(8)], VOCABULARY[l][dice(8)]);
    size_t at = (size_t)snprintf(m->body, sizeof m->body, "<p>");
    for (unsigned i = 0; i < words; i++)
        at += (size_t)snprintf(m->body + at, sizeof m->body - at, "%s ", VOCABULARY[l][dice(8)]);
    snprintf(m->body + at, sizeof m->body - at, "</p>");
    struct kit_story in = {m->language, m->headline, m->body,     NULL,        NULL,
                           NULL,        1 + dice(4), 1 + dice(3), 1 + dice(6), NOW - (int64_t)dice(200) * DAY};
    struct story *s = kit_builder(k, &in);
    m->codes = s->codes;
    story_unref(&s);
    m->codes.is_archive = true;
    m->at_ms = in.at_ms;
    m->n = kit_put(k, &in);
    struct str text = arena_printf(a, "%s %s", m->headline, str_sub(str_from(m->body), 3, strlen(m->body) - 7).p);
    text.n -= 4; /* </p> */
    tokens_of(a, m->language, text, &m->exact, &m->stems);
}

static bool has_run(struct strs in, struct strs run)
{
    for (size_t i = 0; run.n && i + run.n <= in.n; i++) {
        size_t j = 0;
        while (j < run.n && str_eq(in.v[i + j], run.v[j]))
            j++;
        if (j == run.n)
            return true;
    }
    return false;
}

static bool model_term(struct arena *a, const struct model *m, const struct query_term *t)
{
    struct buf text = BUF_INIT(1024);
    for (size_t i = 0; i < t->words.n; i++) {
        buf_add(&text, t->words.v[i]);
        buf_addc(&text, ' ');
    }
    bool is_there = false;
    for (size_t l = 0; l < 3; l++) {
        struct strs exact, stems;
        tokens_of(a, LANGUAGES[l], buf_str(&text), &exact, &stems);
        is_there = is_there || has_run(m->exact, exact) || (!t->is_phrase && has_run(m->stems, stems));
    }
    buf_fini(&text);
    return is_there;
}

static bool model_query(struct arena *a, const struct model *m, const struct query *q, const struct right *r)
{
    if (!query_allows(q, &m->codes) || !right_allows(r, &m->codes) || m->at_ms < right_oldest_ms(r, NOW))
        return false;
    if ((q->from_ms && m->at_ms < q->from_ms) || (q->to_ms && m->at_ms > q->to_ms))
        return false;
    bool is_match = q->branch_count == 0;
    for (size_t b = 0; b < q->branch_count && !is_match; b++) {
        is_match = true;
        for (size_t t = 0; t < q->branches[b].count && is_match; t++)
            is_match = model_term(a, m, &q->branches[b].terms[t]) != q->branches[b].terms[t].is_not;
    }
    return is_match;
}

static void random_words(char *text, size_t room)
{
    static const char *const JOINTS[] = {" ", " ", " OR ", " -"};
    size_t at = 0;
    unsigned words = 1 + dice(4);
    bool is_phrase = dice(5) == 0;
    at += (size_t)snprintf(text, room, is_phrase ? "\"" : "");
    for (unsigned i = 0; i < words; i++)
        at += (size_t)snprintf(text + at, room - at, "%s%s", i ? (is_phrase ? " " : JOINTS[dice(4)]) : "",
                               VOCABULARY[dice(3)][dice(8)]);
    snprintf(text + at, room - at, is_phrase ? "\"" : "");
}

static void random_sets(struct codeset *sets, unsigned *any)
{
    static const unsigned MOST[CODE_KINDS] = {[CODE_PROVIDER] = 2, [CODE_PACKAGE] = 3,  [CODE_CATEGORY] = 4,
                                              [CODE_TYPE] = 2,     [CODE_LANGUAGE] = 3, [CODE_PRIORITY] = 6};
    for (unsigned i = dice(3); i; i--) {
        unsigned kind = dice(CODE_KINDS);
        *any &= ~(1U << kind);
        for (unsigned codes = 1 + dice(3); codes; codes--)
            codeset_add(&sets[kind], 1 + dice(MOST[kind]));
    }
}

static bool compare(struct kit *k, const struct model *m, unsigned *hits)
{
    char text[300] = "";
    struct query q;
    struct terms t;
    struct arena *a = arena_new(8192);
    query_init(&q);
    terms_init(&t);
    if (dice(4))
        random_words(text, sizeof text);
    bool is_parsed = query_parse(a, str_from(text), &q, NULL) == OK;
    random_sets(q.sets, &q.any);
    random_sets(t.sets, &t.any);
    /* Words are looked for in the query's languages; the model always takes all three. */
    if (q.branch_count)
        q.any |= 1U << CODE_LANGUAGE;
    t.archive_days = dice(3) ? 0 : dice(200);
    q.from_ms = dice(3) ? 0 : NOW - (int64_t)dice(200) * DAY;
    q.to_ms = dice(3) ? 0 : NOW - (int64_t)dice(200) * DAY;
    struct right *r = right_new(&t);
    bool is_same = true;
    if (is_parsed) {
        struct found f =
            run(k, &(struct search){.query = &q, .right = r, .now_ms = NOW, .limit = 500, .wants_total = true});
        size_t wanted = 0, met = 0;
        for (size_t i = 0; i < STORIES; i++) {
            if (!model_query(a, &m[i], &q, r))
                continue;
            wanted++;
            for (size_t j = 0; j < f.count; j++)
                met += f.n[j] == m[i].n;
        }
        is_same = f.e == OK && wanted == f.count && met == wanted && f.total == wanted;
        if (!is_same)
            printf("# [%s] found %zu (%s), wanted %zu, of them %zu\n", text, f.count, err_key(f.e), wanted, met);
        *hits += (unsigned)wanted;
    }
    right_unref(&r);
    arena_free(&a);
    return is_same;
}

static void test_model(void)
{
    struct kit k;
    struct arena *a = arena_new(65536);
    static struct model m[STORIES];
    kit_open(&k);
    for (size_t i = 0; i < STORIES; i++)
        make_story(&k, a, &m[i]);
    unsigned wrong = 0, hits = 0;
    for (unsigned i = 0; i < QUERIES; i++)
        wrong += !compare(&k, m, &hits);
    ok_int(wrong, 0, "%d random searches over %d stories find what a slow filter finds (%u hits)", QUERIES, STORIES,
           hits);
    ok(hits > QUERIES, "and enough of it");
    arena_free(&a);
    kit_close(&k);
}

static void test_glance(void)
{
    struct arena *a = arena_new(1024);
    struct glance g;
    glance_lines(a,
                 S("{\"headline\":\"a \\\"b\\\" "
                   "\\\\\",\"spot\":\"\\u0001\\ud83d\\ude42\\n\",\"body\":\"x\",\"slugline\":\"no\"}"),
                 &g);
    ok_str(g.headline, "a \"b\" \\", "escapes are undone");
    ok_str(g.spot, "\x01\U0001F642\n", "pairs too");
    ok(g.slugline.p == NULL, "nothing is read behind the body");
    ok_str(glance_text(a, S("{\"x\":{\"note\":\"in\"},\"l\":[\"}\",2],\"t\":true,\"note\":\"out\"}"), "note"), "out",
           "members of members are passed over");
    struct story_codes c;
    ok(glance_codes(S("{\"type\":\"picture\",\"priority\":2,\"package\":[1,3],\"category\":[],\"language_code\":9,"
                      "\"archive\":true}"),
                    &c) &&
           c.type == TYPE_PICTURE && c.priority == 2 && codeset_has(&c.package, 3) && codeset_is_empty(&c.category) &&
           c.language == 9 && c.is_archive,
       "codes");
    static const char *const DAMAGED[] = {"",        "{",         "{\"",        "{\"a",     "{\"a\"",
                                          "{\"a\":", "{\"a\":\"", "{\"a\":[",   "{\"a\":1", "{\"a\":1,",
                                          "[",       "x",         "{\"a\":\"\\"};
    bool is_read = false;
    for (size_t i = 0; i < sizeof DAMAGED / sizeof DAMAGED[0]; i++) {
        char *copy = mem_dup(DAMAGED[i], strlen(DAMAGED[i])); /* of its own length, for the sanitizer */
        is_read = is_read || glance_codes(str_of(copy, strlen(DAMAGED[i])), &c);
        glance_lines(a, str_of(copy, strlen(DAMAGED[i])), &g);
        mem_free(copy);
    }
    ok(!is_read, "damage is noticed");
    arena_free(&a);
}

int main(void)
{
    struct kit k;
    kit_open(&k);
    everything = right_all();
    test_glance();
    test_words(&k);
    test_grammar(&k);
    test_stages(&k);
    test_rights(&k);
    test_pages(&k);
    test_hostile(&k);
    kit_close(&k);
    test_model();
    right_unref(&everything);
    return tap_end();
}
