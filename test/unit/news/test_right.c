#include "news/right.h"

#include "../tap.h"
#include "base/clock.h"
#include "base/json.h"

#define NOW INT64_C(1773480065123) /* 2026-03-14T09:21:05.123Z, 12:21 in Istanbul */
#define DAY INT64_C(86400000)

static uint64_t seed = 88172645463325252ULL;
static unsigned dice(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % n);
}

/* The model: lists walked one by one, as a person would with the contract in hand. */
static bool model_has(const struct terms *t, enum code_kind k, unsigned code)
{
    if (t->any & 1U << k)
        return true;
    for (unsigned c = 1; c <= 255; c++)
        if (codeset_has(&t->sets[k], c) && c == code)
            return true;
    return false;
}

static bool model_some(const struct terms *t, enum code_kind k, const struct codeset *set)
{
    if (t->any & 1U << k)
        return true;
    for (unsigned c = 1; c <= 255; c++)
        if (codeset_has(set, c) && model_has(t, k, c))
            return true;
    return false;
}

static bool model(const struct terms *t, const struct story_codes *c)
{
    return model_has(t, CODE_PROVIDER, c->provider) && model_has(t, CODE_TYPE, c->type) && model_has(t, CODE_LANGUAGE, c->language) &&
           model_has(t, CODE_PRIORITY, c->priority) && model_some(t, CODE_PACKAGE, &c->package) && model_some(t, CODE_CATEGORY, &c->category);
}

static unsigned random_code(void)
{
    return dice(3) ? 1 + dice(6) : 1 + dice(255);
}

static struct codeset random_set(unsigned most)
{
    struct codeset s = {{0}};
    for (unsigned n = dice(most + 1); n; n--)
        codeset_add(&s, random_code());
    return s;
}

static void against_model(void)
{
    int agree = 0, allowed = 0, explained = 0, total = 0;
    for (int i = 0; i < 3000; i++) {
        struct terms t;
        terms_init(&t);
        t.any = dice(64);
        for (unsigned k = 0; k < CODE_KINDS; k++)
            t.sets[k] = random_set(40);
        struct right *r = right_new(&t);
        for (int j = 0; j < 20; j++, total++) {
            struct story_codes c = {.provider = (uint8_t)(dice(4) ? 1 : random_code()), .type = (uint8_t)(1 + dice(5)),
                                    .language = (uint8_t)(dice(10) ? random_code() : 0), .priority = (uint8_t)(1 + dice(6)),
                                    .package = random_set(3), .category = random_set(4)};
            bool want = model(&t, &c);
            struct why why = {0};
            agree += right_allows(r, &c) == want;
            allowed += want;
            explained += (right_explain(r, &c, NOW, NOW, &why) == OK) == want && (want || why.text[0]);
        }
        right_unref(&r);
    }
    ok_int(agree, total, "decisions as the model's, %d of %d allowed", allowed, total);
    ok_int(explained, total, "explanations agree with the decision and never lack a sentence");
}

static struct story_codes plain_story(void)
{
    struct story_codes c = {.type = 1, .language = 1, .priority = 4, .provider = 1};
    codeset_add(&c.package, 1);
    codeset_add(&c.category, 2);
    return c;
}

static void explains(void)
{
    struct terms t;
    terms_init(&t);
    t.any &= ~(1U << CODE_CATEGORY);
    codeset_add(&t.sets[CODE_CATEGORY], 1);
    struct right *r = right_new(&t);
    struct story_codes c = plain_story();
    struct why why = {0};
    ok(right_explain(r, &c, NOW, NOW, &why) == ERR_RIGHT, "refused");
    ok_str(str_from(why.text), "category 2 is not in the contract", "with the rule");
    ok_str(str_from(why.at), "category", "and its place");
    codeset_add(&c.category, 5);
    ok(right_explain(r, &c, NOW, NOW, &why) == ERR_RIGHT, "refused");
    ok_str(str_from(why.text), "none of category 2, 5 is in the contract", "several codes");
    c.category = (struct codeset){{0}};
    ok(right_explain(r, &c, NOW, NOW, &why) == ERR_RIGHT && strstr(why.text, "no category"), "none at all: %s", why.text);
    c = plain_story();
    c.category = (struct codeset){{2}};
    c.language = 0;
    ok(right_explain(r, &c, NOW, NOW, &why) == OK && right_allows(r, &c), "a language out of the list is * alone's");
    right_unref(&r);
    t.any &= ~(1U << CODE_LANGUAGE);
    codeset_add(&t.sets[CODE_LANGUAGE], 1);
    r = right_new(&t);
    ok(right_explain(r, &c, NOW, NOW, &why) == ERR_RIGHT && !right_allows(r, &c), "not of who bought single ones: %s", why.text);
    right_unref(&r);
}

static void time_limits(void)
{
    clock_set_zone("Europe/Istanbul");
    struct terms t;
    terms_init(&t);
    t.valid_from_ms = NOW - DAY;
    t.valid_to_ms = NOW + DAY;
    t.archive_days = 15;
    struct right *r = right_new(&t);
    struct story_codes c = plain_story();
    struct grant g = {{0, 0}};
    struct why why;
    ok(right_is_valid(r, NOW - DAY) && right_is_valid(r, NOW + DAY), "both ends of the contract count");
    ok(!right_is_valid(r, NOW - DAY - 1) && !right_is_valid(r, NOW + DAY + 1), "outside it does not");
    int64_t oldest = right_oldest_ms(r, NOW);
    /* 15 days before 14 March is 27 February, whose midnight in Istanbul is 26 February 21:00 UTC */
    ok_int(oldest, INT64_C(1772139600000), "archive days begin at the agency's midnight");
    ok(right_grant(r, &c, 7, oldest, NOW, &g) == OK && grant_covers(&g, 7) && !grant_covers(&g, 8), "a grant is for one story");
    struct grant old = {{0, 0}};
    ok(right_grant(r, &c, 7, oldest - 1, NOW, &old) == ERR_RIGHT && !grant_covers(&old, 7) && !grant_covers(&old, 0),
       "a millisecond older: none");
    ok(right_explain(r, &c, oldest - 1, NOW, &why) == ERR_RIGHT && strstr(why.text, "15 archive days"), "%s", why.text);
    ok(right_grant(r, &c, 7, NOW, NOW + DAY + 1, &old) == ERR_RIGHT, "none after the contract");
    ok(right_explain(r, &c, NOW, NOW + 2 * DAY, &why) == ERR_RIGHT && strstr(why.text, "ended at 2026-03-15"), "%s", why.text);
    ok(right_explain(r, &c, NOW, NOW - 2 * DAY, &why) == ERR_RIGHT && strstr(why.text, "starts at 2026-03-13"), "%s", why.text);
    right_unref(&r);
    t.archive_days = UINT32_MAX;
    r = right_new(&t);
    ok_int(right_oldest_ms(r, NOW), 0, "absurdly many days are all");
    right_unref(&r);
    struct grant zero = {{0, 0}}, editor;
    ok(!grant_covers(&zero, 0), "a zeroed grant covers nothing");
    right_grant_editor(9, &editor);
    ok(grant_covers(&editor, 9), "an editor's does");
}

static void equality(void)
{
    struct terms t;
    terms_init(&t);
    t.any = 0;
    codeset_add(&t.sets[CODE_TYPE], 1);
    struct right *a = right_new(&t), *again = right_new(&t);
    ok(right_eq(a, again) && right_hash(a) == right_hash(again), "equal terms, equal rights");
    t.lines = 5;
    t.address = S("192.0.2.0/24");
    struct right *lines = right_new(&t);
    ok(!right_eq(a, lines) && right_eq_audience(a, lines) && right_hash_audience(a) == right_hash_audience(lines),
       "lines and addresses part rights, not audiences");
    codeset_add(&t.sets[CODE_TYPE], 2);
    struct right *b = right_new(&t);
    ok(!right_eq(a, b) && !right_eq_audience(lines, b), "other codes, other rights");
    terms_init(&t);
    struct right *any = right_new(&t);
    codeset_add(&t.sets[CODE_TYPE], 3);
    struct right *noise = right_new(&t);
    struct right *all = right_all(), *none = right_nothing(), *kept = right_ref(none);
    ok(right_eq(any, noise) && right_eq(any, all), "codes beside * say nothing");
    struct story_codes c = plain_story(), bare = {0};
    ok(right_allows(all, &c) && right_allows(all, &bare) && right_is_valid(all, NOW), "all");
    ok(!right_allows(none, &c) && !right_allows(none, &bare) && !right_is_valid(none, NOW), "nothing");
    ok(right_eq(none, kept) && !right_eq(none, all), "kept");
    struct right *drop[] = {a, again, lines, b, any, noise, all, none, kept};
    for (size_t i = 0; i < sizeof drop / sizeof drop[0]; i++)
        right_unref(&drop[i]);
}

static const struct {
    const char *list, *peer;
    bool is_in;
} ADDRESSES[] = {
    {"", "203.0.113.9", true},
    {"192.0.2.0/24", "192.0.2.255", true},
    {"192.0.2.0/24", "192.0.3.0", false},
    {"192.0.2.7", "192.0.2.7", true},
    {"192.0.2.7", "192.0.2.8", false},
    {"192.0.2.0/25", "192.0.2.127", true},
    {"192.0.2.0/25", "192.0.2.128", false},
    {"192.0.2.0/24", "::ffff:192.0.2.9", true},
    {"0.0.0.0/0", "8.8.8.8", true},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"::/0", "8.8.8.8", true},
    {"2001:db8::/32, 192.0.2.7", "2001:db8:ffff::1", true},
    {"2001:db8::/32, 192.0.2.7", "192.0.2.7", true},
    {"2001:db8::/33", "2001:db8:8000::1", false},
    {"192.0.2.0/24", "not an address", false},
    {"192.0.2.0/24", "", false},
    {"192.0.2.0/33", "192.0.2.1", false},
    {"nonsense", "192.0.2.1", false},
    {"192.0.2.0/24,", "192.0.2.1", false},
};

static void addresses(void)
{
    for (size_t i = 0; i < sizeof ADDRESSES / sizeof ADDRESSES[0]; i++) {
        struct terms t;
        terms_init(&t);
        t.address = str_from(ADDRESSES[i].list);
        struct right *r = right_new(&t);
        ok(right_allows_address(r, str_from(ADDRESSES[i].peer)) == ADDRESSES[i].is_in, "[%s] and %s", ADDRESSES[i].list, ADDRESSES[i].peer);
        uint8_t ip[16];
        if (terms_address(str_from(ADDRESSES[i].peer), ip))
            ok(right_allows_ip(r, ip) == ADDRESSES[i].is_in, "the same as sixteen bytes");
        right_unref(&r);
    }
}

static void speed(void)
{
    struct terms t;
    terms_init(&t);
    t.any = 0;
    for (unsigned k = 0; k < CODE_KINDS; k++)
        t.sets[k] = random_set(30);
    struct right *r = right_new(&t);
    struct story_codes c[64];
    for (int i = 0; i < 64; i++) {
        c[i] = plain_story();
        c[i].category = random_set(4);
        c[i].type = (uint8_t)codeset_first(&t.sets[CODE_TYPE]);
        c[i].provider = (uint8_t)codeset_first(&t.sets[CODE_PROVIDER]);
        c[i].language = (uint8_t)codeset_first(&t.sets[CODE_LANGUAGE]);
        c[i].priority = (uint8_t)codeset_first(&t.sets[CODE_PRIORITY]);
        c[i].package = t.sets[CODE_PACKAGE]; /* so that every list is looked at */
    }
    int64_t from = clock_mono_us();
    unsigned sum = 0;
    for (int i = 0; i < 1000000; i++)
        sum += right_allows(r, &c[i % 64]);
    double ns = (double)(clock_mono_us() - from) / 1000.0;
    /* The budget is 200 ns; sanitizers and a busy machine get room. */
    ok(ns < 2000, "right_allows takes %.1f ns (%u)", ns, sum);
    right_unref(&r);
}

int main(void)
{
    against_model();
    explains();
    time_limits();
    equality();
    addresses();
    speed();
    return tap_end();
}
