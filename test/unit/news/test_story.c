#include "news/story.h"

#include "../tap.h"

static struct story *sample(void)
{
    struct story *s = story_new();
    struct arena *a = s->arena;
    s->codes = (struct story_codes){.type = TYPE_TEXT, .language = 1, .priority = 2, .provider = 1};
    codeset_add(&s->codes.category, 7);
    s->head = (struct story_head){arena_str(a, S("aa:text:20260314:5000121")), 5000121, 42, 3, STAGE_LIVE, EVENT_CORRECTION,
                                  arena_str(a, S("editor")), arena_str(a, S("saat düzeltildi"))};
    s->times.at_ms = 1773480065000;
    s->text.headline = arena_str(a, S("Çınarköy Kütüphanesi saatlerini uzattı"));
    s->text.body = arena_str(a, S("<p>Metin.</p>"));
    s->source.name = arena_str(a, S("Kaynak"));
    s->language = arena_str(a, S("tr"));
    static const struct str WORDS[] = {S("kütüphane"), S("okuma")};
    s->keywords = arena_strs(a, (struct strs){WORDS, 2});
    struct story_figure *f = arena_array(a, struct story_figure, 1);
    f[0] = (struct story_figure){.value = arena_str(a, S("980")), .unit = arena_str(a, S("araç"))};
    s->figures = f;
    s->figure_count = 1;
    struct story_quote *q = arena_array(a, struct story_quote, 1);
    q[0] = (struct story_quote){arena_str(a, S("Geldik")), arena_str(a, S("Ada Örnek"))};
    s->quotes = q;
    s->quote_count = 1;
    struct story_link *l = arena_array(a, struct story_link, 1);
    l[0] = (struct story_link){arena_str(a, S("seeAlso")), arena_str(a, S("aa:text:20260313:7"))};
    s->links = l;
    s->link_count = 1;
    s->public_mode = PUBLIC_SUMMARY;
    return s;
}

static void copies(void)
{
    struct story *s = story_freeze(sample()), *held = story_ref(s);
    struct story *c = story_copy(s);
    story_unref(&s);
    ok(s == NULL && held->is_frozen, "a reference keeps it");
    story_unref(&held);
    /* the original is gone: under the sanitizers any slice still pointing there would show */
    ok(!c->is_frozen, "a copy is a builder");
    ok_str(c->head.id, "aa:text:20260314:5000121", "id");
    ok_str(c->head.note, "saat düzeltildi", "note");
    ok_str(c->text.headline, "Çınarköy Kütüphanesi saatlerini uzattı", "headline");
    ok_str(c->keywords.v[1], "okuma", "keywords");
    ok_str(c->figures[0].unit, "araç", "figures");
    ok_str(c->quotes[0].said_by, "Ada Örnek", "quotes");
    ok_str(c->links[0].id, "aa:text:20260313:7", "links");
    ok_str(c->source.name, "Kaynak", "source");
    ok_str(c->language, "tr", "language");
    ok(c->head.seq == 42 && c->head.version == 3 && c->public_mode == PUBLIC_SUMMARY && codeset_has(&c->codes.category, 7), "numbers");
    ok(c->text.spot.p == NULL && c->figures[0].since.p == NULL, "what is absent stays absent");
    story_unref(&c);
    story_unref(&c);
    ok(true, "unref of nothing");
}

static const struct {
    const char *id;
    bool is_good;
} IDS[] = {
    {"aa:text:20260314:5000121", true},      {"aa:picture:20160101:1", true},
    {"ornek1:graph:20240229:9999999999999999999", true}, {"aa:graphic:20260314:7", true},
    {"", false},                             {"aa", false},
    {"aa:text:20260314", false},             {"aa:text:20260314:", false},
    {"aa:text:20260314:12:3", false},        {"aa:text:20260314:0", false},
    {"aa:text:20260314:007", false},         {"aa:text:20260314:-1", false},
    {"aa:text:20260314:12345678901234567890", false}, {"aa:text:2026031:1", false},
    {"aa:text:20261314:1", false},           {"aa:text:20230229:1", false},
    {"aa:text:20260400:1", false},           {"AA:text:20260314:1", false},
    {":text:20260314:1", false},             {"a-a:text:20260314:1", false},
    {"abcdefghijklmnopq:text:20260314:1", false}, {"aa:Text:20260314:1", false},
    {"aa:picturegroup:20260314:1", false},   {"aa:draft:20260314:abcdefghijklmnopqrstuvwxyz", false},
    {" aa:text:20260314:1", false},          {"aa:text:20260314:1 ", false},
};

static void ids(void)
{
    for (size_t i = 0; i < sizeof IDS / sizeof IDS[0]; i++) {
        struct str provider;
        enum story_type type;
        uint32_t day;
        uint64_t n;
        ok(story_id_parse(str_from(IDS[i].id), &provider, &type, &day, &n) == IDS[i].is_good, "id [%s]", IDS[i].id);
    }
    struct str provider = STR_NONE;
    enum story_type type = TYPE_TEXT;
    uint32_t day = 0;
    uint64_t n = 0;
    ok(story_id_parse(S("aa:graphic:20260314:5000121"), &provider, &type, &day, &n), "graphic is read");
    ok(type == TYPE_GRAPH && day == 20260314 && n == 5000121, "as graph, with day and number");
    ok_str(provider, "aa", "and provider");
    ok(!story_id_parse(STR_NONE, &provider, &type, &day, &n), "nothing is no id");
}

static void words(void)
{
    for (int t = TYPE_TEXT; t <= TYPE_GRAPH; t++) {
        enum story_type back = TYPE_TEXT;
        ok(story_type_parse(str_from(story_type_word((enum story_type)t)), &back) && back == (enum story_type)t, "type %d", t);
    }
    for (int k = KIND_STORY; k <= KIND_REPEAT; k++) {
        enum story_kind back = KIND_STORY;
        ok(story_kind_parse(str_from(story_kind_name((enum story_kind)k)), &back) && back == (enum story_kind)k, "kind %d", k);
    }
    for (int p = PUBLIC_AUTO; p <= PUBLIC_NONE; p++) {
        enum story_public back = PUBLIC_AUTO;
        ok(story_public_parse(str_from(story_public_name((enum story_public)p)), &back) && back == (enum story_public)p, "public %d", p);
    }
    enum story_kind k;
    enum story_public p;
    enum story_type t;
    ok(!story_kind_parse(S("flash"), &k) && !story_public_parse(S(""), &p) && !story_type_parse(S("photo"), &t), "others refused");
    static const int URGENCY[] = {5, 1, 2, 3, 5, 6, 8, 8};
    for (unsigned i = 0; i < 8; i++)
        ok_int(story_urgency(i), URGENCY[i], "urgency of priority %u", i);
}

int main(void)
{
    copies();
    ids();
    words();
    return tap_end();
}
