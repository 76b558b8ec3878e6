#include "news/chain.h"

#include "../tap.h"
#include "news/terms.h"

#define TEXT_HASH "99875807299d8b5ec4ef2c3770c0d0d820c4a7f85ebef5a4264ffc69815af12d"
#define RECORD_HASH "f1bbd8147c91cc99d3c23a7eaeceef00d52dd02a43c0b74f9ba66fc2f47cf1f6"

static struct arena *arena;

static struct story *sample(void)
{
    struct story *s = story_new();
    struct arena *a = s->arena;
    s->text.headline = arena_str(a, S("Çınarköy \"gece okuması\"na başladı"));
    s->text.body = arena_str(a, S("<p>Tab\there.</p>"));
    s->text.byline = arena_str(a, S("Deniz Yazar"));
    struct story_figure *f = arena_array(a, struct story_figure, 1);
    f[0] = (struct story_figure){.value = S("980"), .unit = S("araç")};
    s->figures = f;
    s->figure_count = 1;
    struct story_quote *q = arena_array(a, struct story_quote, 1);
    q[0] = (struct story_quote){S("Geldik"), S("Ada Örnek")};
    s->quotes = q;
    s->quote_count = 1;
    s->source.name = S("Belediye");
    s->source.at_ms = 1773480000000;
    return s;
}

static struct record story_record(void)
{
    struct record r = {.seq = 1042, .at_ms = INT64_C(1773480065123), .event = EVENT_STORY, .id = S("aa:text:20260314:5000121"),
                       .version = 1, .has_codes = true, .language = S("tr"), .has_text = true};
    r.codes = (struct story_codes){.type = 1, .language = 1, .priority = 4, .provider = 1};
    codeset_add(&r.codes.package, 1);
    codeset_add(&r.codes.category, 1);
    codeset_add(&r.codes.category, 7);
    r.times.first_ms = r.times.at_ms = r.at_ms;
    uint8_t salt[CHAIN_SALT];
    for (int i = 0; i < CHAIN_SALT; i++)
        salt[i] = (uint8_t)i;
    struct story *s = sample();
    chain_commit_text(salt, s, r.text);
    story_unref(&s);
    chain_seal(&r);
    return r;
}

static struct record org_record(void)
{
    struct record r = {.seq = 1043, .at_ms = INT64_C(1773480066000), .event = EVENT_ORG, .id = S("org:7"), .version = 2, .has_person = true};
    struct terms t;
    struct buf b = BUF_INIT(4096);
    terms_init(&t);
    t.any &= ~(1U << CODE_CATEGORY);
    codeset_add(&t.sets[CODE_CATEGORY], 2);
    terms_write(&t, &b);
    r.terms = arena_str(arena, buf_str(&b));
    buf_fini(&b);
    static const uint8_t SALT[CHAIN_SALT] = {9};
    chain_commit(SALT, S("{\"contact\":\"Ada Örnek\"}"), r.person);
    return r;
}

static struct str canonical(const struct record *r)
{
    struct buf b = BUF_INIT(1 << 16);
    chain_write(r, &b);
    struct str s = arena_str(arena, buf_str(&b));
    buf_fini(&b);
    return s;
}

static struct str hex(const uint8_t hash[static ID_HASH])
{
    struct buf b = BUF_INIT(64);
    id_hex(hash, ID_HASH, &b);
    struct str s = arena_str(arena, buf_str(&b));
    buf_fini(&b);
    return s;
}

/* The example of docs/protocol/record.md; another program computed the same hashes from the text there. */
static void example(void)
{
    struct buf b = BUF_INIT(4096);
    struct story *s = sample();
    chain_text(s, &b);
    story_unref(&s);
    ok_str(buf_str(&b),
           "{\"body\":\"<p>Tab\\there.</p>\",\"byline\":\"Deniz Yazar\",\"figures\":[{\"unit\":\"araç\",\"value\":\"980\"}],"
           "\"headline\":\"Çınarköy \\\"gece okuması\\\"na başladı\",\"quotes\":[{\"said_by\":\"Ada Örnek\",\"text\":\"Geldik\"}],"
           "\"source\":{\"at\":1773480000000,\"name\":\"Belediye\"}}",
           "canonical text members");
    buf_fini(&b);
    struct record r = story_record();
    ok_str(hex(r.text), TEXT_HASH, "commitment to the text");
    ok_str(canonical(&r),
           "{\"at\":1773480065123,\"codes\":{\"archive\":false,\"category\":[1,7],\"kind\":\"story\",\"language\":1,\"package\":[1],"
           "\"priority\":4,\"provider\":1,\"type\":1},\"event\":\"story\",\"format\":1,\"id\":\"aa:text:20260314:5000121\","
           "\"language\":\"tr\",\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":1042,\"text\":"
           "\"" TEXT_HASH "\",\"times\":{\"at\":1773480065123,\"embargo\":0,\"expires\":0,\"first\":1773480065123,\"schedule\":0},"
           "\"version\":1}",
           "canonical record");
    ok_str(hex(r.hash), RECORD_HASH, "hash of the record");
}

static void read_back(void)
{
    struct record all[] = {story_record(), org_record(), {.seq = (UINT64_C(1) << 53) - 1, .event = EVENT_EPOCH, .id = S("epoch:\"x\"\n")}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        chain_seal(&all[i]);
        struct str text = canonical(&all[i]);
        struct record back;
        struct why why = {0};
        enum err e = chain_read(text, arena, &back, &why);
        ok(e == OK, "record %zu reads back: %s", i, why.text);
        if (e)
            continue;
        ok(chain_verify(&back) && id_equal(back.hash, all[i].hash, ID_HASH), "with the same hash");
        ok(str_eq(canonical(&back), text), "and writes the same bytes");
    }
}

static void tampering(void)
{
    struct record r = story_record();
    struct str text = canonical(&r);
    int caught = 0;
    /* any byte changed: either no record at all or another hash */
    for (size_t i = 0; i < text.n; i++) {
        char *copy = arena_zero(arena, text.n);
        memcpy(copy, text.p, text.n);
        copy[i] ^= 1;
        struct record back;
        struct why why;
        enum err e = chain_read(str_of(copy, text.n), arena, &back, &why);
        caught += e != OK || !id_equal(back.hash, r.hash, ID_HASH);
    }
    ok_int(caught, text.n, "every changed byte is noticed");
    struct record changed = r;
    changed.codes.priority = 1;
    ok(!chain_verify(&changed) && chain_verify(&r), "a changed code");
    changed = r;
    changed.prev[31] ^= 1;
    ok(!chain_verify(&changed), "another predecessor");
    changed = r;
    changed.text[0] ^= 1;
    ok(!chain_verify(&changed), "another text");
    changed = r;
    changed.hash[5] ^= 1;
    ok(!chain_verify(&changed), "another hash");
    changed = r;
    changed.has_text = false;
    ok(!chain_verify(&changed), "a commitment taken away");
}

static void chained(void)
{
    struct record r[5];
    for (int i = 0; i < 5; i++) {
        r[i] = story_record();
        r[i].seq = (uint64_t)i + 1;
        if (i > 0)
            memcpy(r[i].prev, r[i - 1].hash, ID_HASH);
        chain_seal(&r[i]);
    }
    bool holds = true;
    for (int i = 1; i < 5; i++)
        holds &= chain_verify(&r[i]) && id_equal(r[i].prev, r[i - 1].hash, ID_HASH);
    ok(holds, "five records in a chain");
    r[2].codes.priority = 1;
    chain_seal(&r[2]);
    ok(chain_verify(&r[2]) && !id_equal(r[3].prev, r[2].hash, ID_HASH), "one rewritten and sealed anew breaks it at the next");
}

static void commitments(void)
{
    uint8_t salt[CHAIN_SALT] = {1}, other[CHAIN_SALT] = {2}, a[ID_HASH], b[ID_HASH];
    struct story *s = sample();
    chain_commit_text(salt, s, a);
    chain_commit_text(other, s, b);
    ok(!id_equal(a, b, ID_HASH), "another salt, another commitment");
    s->text.spot = arena_str(s->arena, S("x"));
    chain_commit_text(salt, s, b);
    ok(!id_equal(a, b, ID_HASH), "another text, another commitment");
    s->text.spot = STR_NONE;
    chain_commit_text(salt, s, b);
    ok(id_equal(a, b, ID_HASH), "the same text, the same commitment");
    s->codes.priority = 3;
    s->head.version = 9;
    chain_commit_text(salt, s, b);
    ok(id_equal(a, b, ID_HASH), "codes and version are no part of it");
    story_unref(&s);
}

static void refused(void)
{
    static const char *const BAD[] = {
        "",
        "{}",
        "[]",
        "{\"at\":1,\"event\":\"epoch\",\"format\":2,\"id\":\"e\",\"prev\":\"00\",\"seq\":1}",
        "{\"at\":1,\"event\":\"none\",\"format\":1,\"id\":\"e\",\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":1}",
        "{\"at\":1,\"event\":\"epoch\",\"format\":1,\"id\":\"\",\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":1}",
        "{\"at\":1,\"event\":\"epoch\",\"format\":1,\"id\":\"e\",\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":0}",
        "{\"at\":1,\"event\":\"epoch\",\"format\":1,\"id\":\"e\",\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":9007199254740992}",
        "{\"at\":1,\"event\":\"epoch\",\"format\":1,\"id\":\"e\",\"prev\":\"00000000000000000000000000000000000000000000000000000000000000\",\"seq\":1}",
        "{\"at\":1,\"event\":\"epoch\",\"extra\":1,\"format\":1,\"id\":\"e\",\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":1}",
        "{\"event\":\"epoch\",\"at\":1,\"format\":1,\"id\":\"e\",\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":1}",
        "{\"at\": 1,\"event\":\"epoch\",\"format\":1,\"id\":\"e\",\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":1}",
        "{\"at\":1,\"event\":\"epoch\",\"format\":1,\"id\":\"\\u0065\",\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":1}",
        "{\"at\":1.0,\"event\":\"epoch\",\"format\":1,\"id\":\"e\",\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"seq\":1}",
        "{\"at\":1,\"event\":\"epoch\",\"format\":1,\"id\":\"e\",\"prev\":\"000000000000000000000000000000000000000000000000000000000000000A\",\"seq\":1}",
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        struct record r = {.seq = 77};
        struct why why = {0};
        enum err e = chain_read(str_from(BAD[i]), arena, &r, &why);
        ok(e == ERR_PARSE && why.text[0] && r.seq == 77, "%s: %s", BAD[i], why.text);
    }
}

int main(void)
{
    id_init();
    arena = arena_new(1 << 16);
    example();
    read_back();
    tampering();
    chained();
    commitments();
    refused();
    arena_free(&arena);
    return tap_end();
}
