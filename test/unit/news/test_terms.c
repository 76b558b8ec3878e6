#include "news/terms.h"

#include "../tap.h"

static struct arena *arena;

static struct str written(const struct terms *t)
{
    struct buf b = BUF_INIT(1 << 16);
    terms_write(t, &b);
    struct str s = arena_str(arena, buf_str(&b));
    buf_fini(&b);
    return s;
}

static void round_trip(void)
{
    struct terms t, back;
    terms_init(&t);
    ok_str(written(&t),
           "{\"address\":\"\",\"archive_days\":0,\"category\":\"*\",\"download_limit\":0,\"graph_size\":\"*\",\"language\":\"*\","
           "\"lines\":0,\"package\":\"*\",\"photo_size\":\"*\",\"priority\":\"*\",\"provider\":\"*\",\"type\":\"*\",\"valid_from_ms\":0,"
           "\"valid_to_ms\":0,\"video_size\":\"*\"}",
           "unlimited terms, keys sorted");
    t.any &= ~(1U << CODE_CATEGORY | 1U << CODE_TYPE);
    codeset_add(&t.sets[CODE_CATEGORY], 255);
    codeset_add(&t.sets[CODE_CATEGORY], 2);
    t.photo_size = S("web,print");
    t.archive_days = 15;
    t.lines = UINT32_MAX;
    t.valid_to_ms = INT64_C(1773480065123);
    t.address = S("192.0.2.0/24, 2001:db8::/32");
    struct str first = written(&t);
    struct why why = {0};
    ok(terms_parse(first, arena, &back, &why) == OK, "read back: %s", why.text);
    ok(str_eq(written(&back), first), "and written the same");
    ok(codeset_is_empty(&back.sets[CODE_TYPE]) && !(back.any >> CODE_TYPE & 1), "an empty list is nothing, not everything");
    ok(terms_parse(S("{}"), arena, &back, &why) == OK && back.any == 63 && back.archive_days == 0, "absent members are unlimited");
    ok(terms_parse(S("{\"category\":[1,2],\"archive_days\":3}"), arena, &back, &why) == OK && back.archive_days == 3, "part of them");
}

static void refused(void)
{
    static const char *const BAD[] = {
        "", "[]", "1", "{\"category\":\"1,2\"}", "{\"category\":[0]}", "{\"category\":[256]}", "{\"category\":[\"1\"]}", "{\"category\":null}",
        "{\"categories\":[1]}", "{\"archive_days\":-1}", "{\"archive_days\":4294967296}", "{\"archive_days\":1.5}", "{\"archive_days\":\"7\"}",
        "{\"valid_to_ms\":-5}", "{\"valid_to_ms\":9007199254740992}", "{\"photo_size\":7}", "{\"address\":\"10.0.0.0/40\"}", "{\"address\":\"x\"}",
        "{\"lines\":1,\"lines\":2}"};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        struct terms t = {.lines = 99};
        struct why why = {0};
        enum err e = terms_parse(str_from(BAD[i]), arena, &t, &why);
        ok(e != OK && why.text[0] && t.lines == 99, "%s: %s", BAD[i], why.text);
    }
    struct terms_net nets[TERMS_ADDRESSES];
    size_t n = 0;
    struct buf many = BUF_INIT(4096);
    for (int i = 0; i < 65; i++)
        buf_printf(&many, "%s192.0.2.%d", i ? "," : "", i);
    ok(terms_nets(buf_str(&many), nets, &n, NULL) == ERR_FIELD, "more networks than the cap");
    many.n = (size_t)((char *)memrchr(many.p, 0x2c, many.n) - many.p);
    ok(terms_nets(buf_str(&many), nets, &n, NULL) == OK && n == 64, "as many as the cap");
    buf_fini(&many);
}

int main(void)
{
    arena = arena_new(4096);
    round_trip();
    refused();
    arena_free(&arena);
    return tap_end();
}
