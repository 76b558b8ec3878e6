#include "view/feed.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "../tap.h"
#include "view/contact.h"

static struct str languages[] = {{"tr", 2}, {"en", 2}};
static struct str sections[] = {{"economy", 7}, {"a&b", 3}};
static struct app app = {.settings = {.agency_name = {"Ada & Co", 8},
                                      .public_url = {"https://n.example/", 18},
                                      .default_language = {"tr", 2},
                                      .languages = {languages, 2}}};

static struct brief *story(uint64_t n, const char *headline, const char *lang)
{
    struct brief *b = brief_new();
    b->n = n;
    b->version = 1;
    b->first_ms = INT64_C(1773480065123); /* 2026-03-14T09:21:05Z */
    b->at_ms = b->first_ms + (int64_t)n * 60000;
    b->id = arena_printf(b->arena, "aa:text:20260314:%llu", (unsigned long long)n);
    b->language = arena_str(b->arena, str_from(lang));
    b->headline = arena_str(b->arena, str_from(headline));
    b->spot = S("The spot <b>");
    b->teaser = S("The teaser & more.");
    b->byline = S("A. \"Q\" Byline");
    b->sections = (struct strs){sections, 2};
    static const struct str whole[] = {{"A paragraph of the page.", 24}};
    b->summary = (struct strs){whole, 1};
    return brief_freeze(b);
}

/* Every element that opens closes, in order; enough to say that nothing broke out of its place. */
static bool is_balanced(struct str xml)
{
    struct str open[32];
    size_t depth = 0;
    for (size_t at; (at = str_find_char(xml, '<')) != SIZE_MAX;) {
        xml = str_sub(xml, at + 1, xml.n);
        size_t end = str_find_char(xml, '>');
        if (end == SIZE_MAX)
            return false;
        struct str tag = str_sub(xml, 0, end);
        struct str name = str_sub(tag, tag.p[0] == '/', tag.n);
        name = str_sub(name, 0, str_find_char(name, ' '));
        if (tag.p[0] == '/') {
            if (depth == 0 || !str_eq(open[--depth], name))
                return false;
        } else if (tag.p[0] != '?' && tag.p[tag.n - 1] != '/') {
            open[depth++] = name;
            if (depth == 32)
                return false;
        }
    }
    return depth == 0;
}

static void test_xml(const struct feed *f)
{
    struct buf out = BUF_INIT(1 << 20);
    feed_write_rss(&out, f);
    struct str rss = buf_str(&out);
    ok(is_balanced(rss), "RSS is sound");
    ok(str_has(rss, S("<guid isPermaLink=\"false\">aa:text:20260314:2</guid>")), "guid is our id");
    ok(str_has(rss, S("<pubDate>Sat, 14 Mar 2026 09:21:05 GMT</pubDate>")), "date of first publication");
    ok(str_has(rss, S("<lastBuildDate>Sat, 14 Mar 2026 09:23:05 GMT</lastBuildDate>")),
       "built with the newest version");
    ok(str_has(rss, S("<title>&lt;CLDR&gt; &amp; rivals</title>")), "wire marks are text");
    ok(str_has(rss, S("<link>https://n.example/en/story/2/cldr-rivals</link>")), "absolute address");
    ok(str_has(rss, S("rel=\"self\" type=\"application/rss+xml\" href=\"https://n.example/en/rss.xml?a&amp;b\"")),
       "self");
    ok(str_has(rss, S("<description>The teaser &amp; more.</description>")), "teaser");
    ok(!str_has(rss, S("A paragraph of the page")), "never the page's text");
    buf_reset(&out);
    feed_write_atom(&out, f);
    struct str atom = buf_str(&out);
    ok(is_balanced(atom), "Atom is sound");
    ok(str_has(atom, S("<entry xml:lang=\"tr-TR\">")), "language of an entry");
    ok(str_has(atom, S("<updated>2026-03-14T09:22:05Z</updated>")), "last change");
    ok(str_has(atom, S("href=\"https://n.example/tr/story/1/istanbul-sayim\"")),
       "a story's address is in its own language");
    ok(!str_has(atom, S("A paragraph of the page")), "never the page's text");
    buf_fini(&out);
}

static void test_json(const struct feed *f)
{
    struct buf out = BUF_INIT(1 << 20);
    struct json *j = NULL;
    struct why why;
    feed_write_json(&out, f);
    ok_int(json_parse(buf_str(&out), &j, &why), OK, "JSON Feed is JSON");
    ok_str(json_str(json_get(j, "version")), "https://jsonfeed.org/version/1.1", "version");
    const struct json *item = json_at(json_get(j, "items"), 0);
    ok_int(json_count(json_get(j, "items")), 2, "items");
    ok_str(json_str(json_get(item, "id")), "aa:text:20260314:2", "id");
    ok_str(json_str(json_get(item, "title")), "<CLDR> & rivals", "title");
    ok_str(json_str(json_get(item, "content_text")), "The teaser & more.", "teaser");
    ok_str(json_str(json_at(json_get(item, "tags"), 1)), "a&b", "tags");
    ok(!str_has(buf_str(&out), S("A paragraph of the page")), "never the page's text");
    json_free(&j);
    buf_fini(&out);
}

static void test_empty(void)
{
    struct feed f = {.app = &app,
                     .lang = S("en"),
                     .title = S("T"),
                     .about = S("A"),
                     .home = S("https://n.example/en/"),
                     .self = S("https://n.example/en/atom.xml")};
    struct buf out = BUF_INIT(1 << 16);
    feed_write_rss(&out, &f);
    ok(is_balanced(buf_str(&out)) && !str_has(buf_str(&out), S("lastBuildDate")), "RSS without stories");
    buf_reset(&out);
    feed_write_atom(&out, &f);
    ok(is_balanced(buf_str(&out)) && str_has(buf_str(&out), S("<updated>20")), "Atom without stories has its date");
    buf_fini(&out);
}

static void test_token(void)
{
    uint8_t key[32] = {7}, other[32] = {8};
    char token[CONTACT_TOKEN];
    int64_t age = -1;
    contact_token(key, 1000000, token);
    ok(contact_token_age(key, str_from(token), 1005000, &age) && age == 5000, "age of a form");
    ok(!contact_token_age(other, str_from(token), 1005000, &age), "another house's form");
    token[3] = token[3] == '9' ? '8' : '9';
    ok(!contact_token_age(key, str_from(token), 1005000, &age), "a time that was changed");
    ok(!contact_token_age(key, S(""), 1, &age) && !contact_token_age(key, S("12"), 1, &age) &&
           !contact_token_age(key, S("x.y"), 1, &age) && !contact_token_age(key, S("1."), 1, &age),
       "nonsense");
}

int main(void)
{
    id_init();
    struct brief *all[] = {story(2, "<CLDR> & rivals", "en"), story(1, "İstanbul sayım", "tr-TR")};
    struct feed f = {.app = &app,
                     .lang = S("en"),
                     .title = S("Ada & Co"),
                     .about = S("About"),
                     .briefs = all,
                     .count = 2,
                     .home = S("https://n.example/en/"),
                     .self = S("https://n.example/en/rss.xml?a&b")};
    test_xml(&f);
    test_json(&f);
    test_empty();
    test_token();
    brief_unref(&all[0]);
    brief_unref(&all[1]);
    return tap_end();
}
