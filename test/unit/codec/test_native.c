#include "codec/native.h"
#include "base/clock.h"
#include "news/chain.h"
#include "story_random.h"
#include "../tap.h"

static struct codes *codes;
static struct native_faults faults;
static struct native_ask ask;

static enum err read_into(struct story *s, const char *text, bool is_merge)
{
    struct native_defaults d = {codes, S("tr"), is_merge};
    struct json *j = NULL;
    struct why why = {0};
    if (json_parse(str_from(text), &j, &why)) {
        printf("# not JSON: %s in %s\n", why.text, text);
        return ERR_PARSE;
    }
    enum err e = native_read(j, &d, s, &ask, &faults);
    json_free(&j);
    return e;
}

static void test_defaults(void)
{
    struct story *s = story_new();
    ok_int(read_into(s, "{\"headline\":\"  Bir \\n başlık \"}", false), OK, "headline alone");
    ok_str(s->text.headline, "Bir başlık", "one line, trimmed");
    ok(s->codes.type == TYPE_TEXT && s->codes.kind == KIND_STORY && s->codes.priority == 4 && s->codes.provider == 1,
       "type, kind, priority, provider");
    ok(codeset_first(&s->codes.package) == 1 && codeset_next(&s->codes.package, 1) == 0, "package [1]");
    ok(codeset_first(&s->codes.category) == 1 && codeset_next(&s->codes.category, 1) == 0, "category [1]");
    ok_str(s->language, "tr", "the default language");
    ok_int(s->codes.language, 1, "… and its code");
    ok(s->public_mode == PUBLIC_AUTO && ask.state == STAGE_LIVE && !ask.has_state, "public auto, state live");
    ok(s->times.embargo_ms == 0 && s->text.body.n == 0 && s->keywords.n == 0, "all else absent");
    story_unref(&s);
}

static const char FULL[] =
    "{\"type\":\"text\",\"kind\":\"repeat\",\"language\":\"EN-GB\",\"priority\":2,\"provider\":1,\"package\":[1,3],"
    "\"category\":2,\"headline\":\"A <b> & c\",\"spot\":\"s\",\"slugline\":\"a-b\",\"take\":\"1st Ld\",\"byline\":\"x\","
    "\"dateline\":{\"city\":\"Istanbul\",\"country\":\"tr\"},\"body\":\"one\\n\\ntwo\",\"keywords\":[\"k\",\"k\",\"l\"],"
    "\"subjects\":[\"medtop:20000204\"],\"places\":[\"p\"],\"sections\":[\"asia-pacific\"],\"ednote\":\"a\\nb\","
    "\"usage_terms\":\"u\",\"source\":{\"name\":\"n\",\"document\":\"d\",\"at\":\"2026-03-14T09:21:05Z\"},"
    "\"source_id\":\"i\",\"embargo\":\"2026-03-14T09:21:05.123Z\",\"schedule\":null,\"expires\":\"2026-03-15T00:00:00+03:00\","
    "\"figures\":[{\"value\":980,\"unit\":\"v\",\"text\":\"some 980\",\"since\":\"2022-12-12\",\"said_by\":\"x\"},"
    "{\"value\":33.4},{\"value\":\"bin\"}],\"quotes\":[{\"text\":\"q\",\"said_by\":\"y\"}],"
    "\"media\":[\"aa:picture:20260314:5000118\"],\"links\":[{\"rel\":\"seeAlso\",\"id\":\"aa:text:20260314:5000121\"}],"
    "\"public\":\"summary\",\"public_summary\":\"ps\",\"desk\":\"d\",\"state\":\"review\",\"note\":\"n\",\"reason\":\"r\","
    "\"key\":\"k\",\"act\":\"kill\",\"of\":\"x\",\"id\":\"aa:text:20260314:5\",\"version\":3,\"seq\":9,"
    "\"first_published\":\"2026-03-14T09:21:05.123Z\",\"updated\":\"2026-03-14T09:21:05.123Z\",\"public_url\":null}";

static void test_full(void)
{
    struct story *s = story_new();
    ok_int(read_into(s, FULL, false), OK, "every member");
    for (size_t i = 0; i < faults.n; i++)
        printf("# %.*s %.*s\n", STR_FMT(faults.v[i].pointer), STR_FMT(faults.v[i].message));
    ok_str(s->text.headline, "A <b> & c", "markup characters of a headline stay text");
    ok_str(s->text.body, "<p>one</p><p>two</p>", "a body without tags is plain text");
    ok_str(s->language, "en-GB", "language tag");
    ok_int(s->codes.language, 2, "code of the primary language");
    ok_str(s->text.country, "TR", "country in capitals");
    ok_str(s->text.ednote, "a\nb", "notes keep their lines");
    ok_int(s->keywords.n, 2, "keywords once each");
    ok(codeset_has(&s->codes.package, 3) && codeset_has(&s->codes.category, 2), "list or number");
    ok(s->figure_count == 3 && s->quote_count == 1 && s->link_count == 1, "figures, quotes, links");
    ok_str(s->figures[0].value, "980", "a number as it came");
    ok_str(s->figures[1].value, "33.4", "a real as it came");
    ok_str(s->figures[2].value, "\"bin\"", "a string as it came");
    ok_int(s->times.embargo_ms % 1000, 123, "milliseconds");
    ok(s->times.schedule_ms == 0 && s->source.at_ms % 1000 == 0, "null time");
    ok(ask.state == STAGE_REVIEW && ask.has_state, "state");
    ok_str(ask.note, "n", "note");
    ok_str(ask.reason, "r", "reason");
    story_unref(&s);
}

static void test_merge(void)
{
    struct story *s = story_new();
    ok_int(read_into(s, FULL, false), OK, "a story");
    ok_int(read_into(s, "{\"note\":\"wrong figure\",\"headline\":\"New\",\"embargo\":null,\"keywords\":null}", true), OK,
           "a correction");
    ok_str(s->text.headline, "New", "changed");
    ok_str(s->text.spot, "s", "kept");
    ok_int(s->codes.priority, 2, "kept, not the default");
    ok(s->times.embargo_ms == 0 && s->keywords.n == 0, "null clears");
    ok_int(read_into(s, "{\"headline\":\" \"}", true), ERR_FIELD, "the headline may not go");
    story_unref(&s);
}

static const struct {
    const char *json, *pointer, *part;
} FAULTS[] = {
    {"{}", "/headline", "required"},
    {"{\"headline\":\"\"}", "/headline", "required"},
    {"{\"headline\":7}", "/headline", "string"},
    {"[]", "", "object"},
    {"{\"headline\":\"x\",\"headlin\":\"y\"}", "/headlin", "\"headline\""},
    {"{\"headline\":\"x\",\"slug\":\"y\"}", "/slug", "not a member"},
    {"{\"headline\":\"x\",\"key words\":1}", "/key words", "\"keywords\""},
    {"{\"headline\":\"x\",\"a/b~c\":1}", "/a~1b~0c", "not a member"},
    {"{\"headline\":\"x\",\"archive\":true}", "/archive", "not a member"},
    {"{\"headline\":\"x\",\"type\":\"poem\"}", "/type", "graph"},
    {"{\"headline\":\"x\",\"kind\":3}", "/kind", "advisory"},
    {"{\"headline\":\"x\",\"public\":\"yes\"}", "/public", "summary"},
    {"{\"headline\":\"x\",\"state\":\"killed\"}", "/state", "draft"},
    {"{\"headline\":\"x\",\"priority\":0}", "/priority", "1 to 6"},
    {"{\"headline\":\"x\",\"priority\":7}", "/priority", "1 to 6"},
    {"{\"headline\":\"x\",\"priority\":\"1\"}", "/priority", "whole number"},
    {"{\"headline\":\"x\",\"provider\":256}", "/provider", "1 to 255"},
    {"{\"headline\":\"x\",\"provider\":99}", "/provider", "provider codes"},
    {"{\"headline\":\"x\",\"package\":[1,99]}", "/package/1", "package codes"},
    {"{\"headline\":\"x\",\"category\":0}", "/category", "1 to 255"},
    {"{\"headline\":\"x\",\"category\":[]}", "/category", "at least one"},
    {"{\"headline\":\"x\",\"category\":[true]}", "/category/0", "whole number"},
    {"{\"headline\":\"x\",\"language\":\"t\"}", "/language", "BCP 47"},
    {"{\"headline\":\"x\",\"language\":\"tr_TR\"}", "/language", "BCP 47"},
    {"{\"headline\":\"x\",\"embargo\":\"tomorrow\"}", "/embargo", "time"},
    {"{\"headline\":\"x\",\"expires\":5}", "/expires", "time"},
    {"{\"headline\":\"x\",\"embargo\":\"2026-03-15\",\"expires\":\"2026-03-14\"}", "/expires", "later"},
    {"{\"headline\":\"x\",\"dateline\":\"Ankara\"}", "/dateline", "object"},
    {"{\"headline\":\"x\",\"dateline\":{\"country\":\"TUR\"}}", "/dateline/country", "two letters"},
    {"{\"headline\":\"x\",\"dateline\":{\"town\":\"x\"}}", "/dateline/town", "not a member"},
    {"{\"headline\":\"x\",\"source\":{\"nam\":\"x\"}}", "/source/nam", "\"name\""},
    {"{\"headline\":\"x\",\"source\":{\"at\":\"x\"}}", "/source/at", "time"},
    {"{\"headline\":\"x\",\"keywords\":\"x\"}", "/keywords", "list"},
    {"{\"headline\":\"x\",\"keywords\":[\"a\",\" \"]}", "/keywords/1", "empty"},
    {"{\"headline\":\"x\",\"keywords\":[1]}", "/keywords/0", "string"},
    {"{\"headline\":\"x\",\"subjects\":[\"medtop\"]}", "/subjects/0", "scheme"},
    {"{\"headline\":\"x\",\"subjects\":[\"a b:c\"]}", "/subjects/0", "scheme"},
    {"{\"headline\":\"x\",\"sections\":[\"Asia Pacific\"]}", "/sections/0", "a-z"},
    {"{\"headline\":\"x\",\"media\":[\"aa:text:20260314:5\"]}", "/media/0", "picture"},
    {"{\"headline\":\"x\",\"media\":[\"x.jpg\"]}", "/media/0", "picture"},
    {"{\"headline\":\"x\",\"links\":[{\"rel\":\"x\",\"id\":\"aa:text:20260314:5\"}]}", "/links/0/rel", "corrects"},
    {"{\"headline\":\"x\",\"links\":[{\"rel\":\"seeAlso\",\"id\":\"some-key\"}]}", "/links/0/id", "published"},
    {"{\"headline\":\"x\",\"figures\":[{\"unit\":\"x\"}]}", "/figures/0/value", "required"},
    {"{\"headline\":\"x\",\"figures\":[{\"value\":true}]}", "/figures/0/value", "number or a string"},
    {"{\"headline\":\"x\",\"figures\":[{\"value\":1,\"saidby\":\"y\"}]}", "/figures/0/saidby", "\"said_by\""},
    {"{\"headline\":\"x\",\"quotes\":[{\"said_by\":\"y\"}]}", "/quotes/0/text", "required"},
    {"{\"headline\":\"x\",\"quotes\":[7]}", "/quotes/0", "object"},
    {"{\"headline\":\"x\",\"body\":[]}", "/body", "string"},
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        struct story *s = story_new();
        ok_int(read_into(s, FAULTS[i].json, false), ERR_FIELD, "fault %zu", i);
        ok_str(faults.v[0].pointer, FAULTS[i].pointer, "its place");
        if (!ok(str_has(faults.v[0].message, str_from(FAULTS[i].part)), "its sentence"))
            printf("# %.*s\n", STR_FMT(faults.v[0].message));
        story_unref(&s);
    }
}

/* {"headline":"x", MEMBER:[ITEM, ITEM …]} */
static enum err read_long(const char *member, const char *item, size_t count)
{
    struct story *s = story_new();
    struct buf b = BUF_INIT(1 << 22);
    buf_printf(&b, "{\"headline\":\"x\",\"%s\":[", member);
    for (size_t i = 0; i < count; i++)
        buf_printf(&b, "%s%s", i ? "," : "", item);
    buf_puts(&b, "]}");
    buf_addc(&b, '\0');
    enum err e = read_into(s, b.p, false);
    buf_fini(&b);
    story_unref(&s);
    return e;
}

static enum err read_sized(const char *member, size_t chars)
{
    struct story *s = story_new();
    struct buf b = BUF_INIT(1 << 22);
    buf_printf(&b, "{\"headline\":\"x\",\"%s\":\"", member + (member[0] == '='));
    if (member[0] == '=') { /* the headline itself */
        buf_reset(&b);
        buf_puts(&b, "{\"headline\":\"");
    }
    for (size_t i = 0; i < chars; i++)
        buf_puts(&b, "ş");
    buf_puts(&b, "\"}");
    buf_addc(&b, '\0');
    enum err e = read_into(s, b.p, false);
    buf_fini(&b);
    story_unref(&s);
    return e;
}

static void test_limits(void)
{
    ok_int(read_sized("=headline", 500), OK, "500 characters of headline");
    ok_int(read_sized("=headline", 501), ERR_FIELD, "501");
    ok_int(read_sized("body", 524000), OK, "a body under 1 MiB");
    ok_int(read_sized("body", 524289), ERR_FIELD, "a body over 1 MiB");
    ok_int(read_long("quotes", "{\"text\":\"q\"}", 100), OK, "100 members");
    ok_int(read_long("quotes", "{\"text\":\"q\"}", 101), ERR_FIELD, "101");
    ok_int(read_long("keywords", "\"k\"", 101), ERR_FIELD, "101 of a list of words");
    ok_int(read_long("quotes", "{}", 60), ERR_FIELD, "60 faults");
    ok_int(faults.n, NATIVE_FAULTS, "… of which so many are told");
}

static void test_write_read(void)
{
    struct story *s = story_new(), *again = story_new();
    struct buf one = BUF_INIT(1 << 20), two = BUF_INIT(1 << 20);
    read_into(s, FULL, false);
    struct jw w = jw_start(&one);
    jw_open(&w, NULL);
    native_write(&w, s);
    jw_close(&w);
    buf_addc(&one, '\0');
    one.n--;
    ok_int(read_into(again, one.p, false), OK, "what is written is read again");
    w = jw_start(&two);
    jw_open(&w, NULL);
    native_write(&w, again);
    jw_close(&w);
    ok(str_eq(buf_str(&one), buf_str(&two)) && same_story(s, again), "… and is the same");
    if (!str_eq(buf_str(&one), buf_str(&two)))
        printf("# %.*s\n# %.*s\n", STR_FMT(buf_str(&one)), STR_FMT(buf_str(&two)));
    buf_fini(&one);
    buf_fini(&two);
    story_unref(&s);
    story_unref(&again);
}

static void test_whole(void)
{
    struct story *s = story_new();
    struct buf b = BUF_INIT(1 << 20);
    read_into(s, "{\"headline\":\"x\"}", false);
    s->head.id = S("aa:text:20260314:5000121");
    s->head.version = 2;
    s->head.stage = STAGE_LIVE;
    s->times.first_ms = 1773480065123;
    s->times.at_ms = 1773480066000;
    native_write_whole(&b, s, STR_NONE);
    ok_str(buf_str(&b),
           "{\"id\":\"aa:text:20260314:5000121\",\"version\":2,\"seq\":null,\"state\":\"live\","
           "\"first_published\":\"2026-03-14T09:21:05.123Z\",\"updated\":\"2026-03-14T09:21:06.000Z\",\"public_url\":null,"
           "\"type\":\"text\",\"kind\":\"story\",\"language\":\"tr\",\"priority\":4,\"provider\":1,\"package\":[1],"
           "\"category\":[1],\"headline\":\"x\",\"keywords\":[],\"subjects\":[],\"places\":[],\"sections\":[],"
           "\"embargo\":null,\"schedule\":null,\"expires\":null,\"figures\":[],\"quotes\":[],\"media\":[],\"links\":[],"
           "\"public\":\"auto\"}",
           "a GET answer");
    buf_reset(&b);
    s->head.seq = 7;
    native_write_whole(&b, s, S("https://x.example/tr/story/1/x"));
    ok(str_has(buf_str(&b), S("\"seq\":7,")) && str_has(buf_str(&b), S("\"public_url\":\"https://x.example/tr/story/1/x\"")),
       "seq and public page");
    buf_fini(&b);
    story_unref(&s);
}

static bool comes_back(const struct story *s, struct buf *meta, struct buf *text)
{
    struct story *again = story_new();
    struct buf a = BUF_INIT(1 << 20), b = BUF_INIT(1 << 20);
    native_write_meta(meta, s);
    native_write_text(text, s);
    bool same = native_read_stored(buf_str(meta), buf_str(text), again, NULL) == OK && same_story(s, again);
    chain_text(s, &a);
    chain_text(again, &b);
    same &= str_eq(buf_str(&a), buf_str(&b));
    buf_fini(&a);
    buf_fini(&b);
    story_unref(&again);
    return same;
}

static bool draft_comes_back(const struct story *s)
{
    struct story *again = story_new();
    struct buf b = BUF_INIT(1 << 20);
    native_write_draft(&b, s);
    bool same = native_read_draft(buf_str(&b), again, NULL) == OK && same_story(s, again) &&
                s->times.embargo_ms == again->times.embargo_ms && s->times.schedule_ms == again->times.schedule_ms &&
                s->times.expires_ms == again->times.expires_ms;
    buf_fini(&b);
    story_unref(&again);
    return same;
}

static void test_store(void)
{
    struct buf meta = BUF_INIT(1 << 20), text = BUF_INIT(1 << 20);
    size_t wrong = 0, drafts_wrong = 0;
    for (int i = 0; i < 2000; i++) {
        struct story *s = random_story();
        buf_reset(&meta);
        buf_reset(&text);
        if (!comes_back(s, &meta, &text) && wrong++ == 0)
            printf("# %.*s\n# %.*s\n", STR_FMT(buf_str(&meta)), STR_FMT(buf_str(&text)));
        drafts_wrong += !draft_comes_back(s);
        story_unref(&s);
    }
    ok_int(wrong, 0, "2000 random stories come back from both halves, and so do their commitments");
    ok_int(drafts_wrong, 0, "… and as drafts");
    struct story *s = random_story(), *killed = story_new();
    s->text.headline = S("secret words");
    s->text.body = S("<p>secret words</p>");
    buf_reset(&meta);
    native_write_meta(&meta, s);
    ok(!str_has(buf_str(&meta), S("secret")), "what a kill leaves has no text");
    ok_int(native_read_stored(buf_str(&meta), STR_NONE, killed, NULL), OK, "read after a kill");
    ok(killed->text.headline.n == 0 && same_codes(&killed->codes, &s->codes), "codes without text");
    ok_int(native_read_stored(S("{\"keywords\":7}"), STR_NONE, killed, NULL), ERR_PARSE, "damage is told");
    story_unref(&s);
    story_unref(&killed);
    buf_fini(&meta);
    buf_fini(&text);
}

int main(void)
{
    codes = codes_seed(S("AA"));
    test_defaults();
    test_full();
    test_merge();
    test_faults();
    test_limits();
    test_write_read();
    test_whole();
    test_store();
    codes_unref(&codes);
    return tap_end();
}
