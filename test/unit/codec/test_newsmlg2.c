/* test_newsmlg2 FOLDER [write]: FOLDER holds the golden files; `write` makes them anew, to be read before a commit. */
#include "codec/newsmlg2.h"
#include "sample.h"
#include "../tap.h"

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdio.h>

#define SENT 1773480067000 /* 2026-03-14T09:21:07Z */

static struct codes *codes;
static const char *folder = "test/golden/has";
static bool is_writing;
static struct buf out = {.max = 1 << 22};

static void write_story(const struct story *s)
{
    struct grant g;
    right_grant_editor(s->head.n, &g);
    buf_reset(&out);
    newsmlg2_write_has(&out, &g, s, codes, &SAMPLE_AGENCY, SENT);
}

static void read_file(const char *path, struct buf *b)
{
    FILE *f = fopen(path, "rb");
    for (int c; f && (c = getc(f)) != EOF;)
        buf_addc(b, (char)c);
    if (f)
        fclose(f);
}

static void write_file(const char *path, struct str s)
{
    FILE *f = fopen(path, "wb");
    must(f && fwrite(s.p, 1, s.n, f) == s.n && fclose(f) == 0);
}

static void golden(const char *name)
{
    char path[1000];
    struct buf want = BUF_INIT(1 << 22);
    snprintf(path, sizeof path, "%s/%s.xml", folder, name);
    if (is_writing)
        write_file(path, buf_str(&out));
    read_file(path, &want);
    ok(str_eq(buf_str(&want), buf_str(&out)), "%s is byte for byte what it was", name);
    buf_fini(&want);
}

/* String value of the first node, or "(none)". */
static const char *query(const char *xpath, int *count)
{
    static char text[8192];
    xmlDocPtr doc = xmlReadMemory(buf_str(&out).p, (int)out.n, NULL, NULL, XML_PARSE_NONET);
    must(doc);
    xmlXPathContextPtr c = xmlXPathNewContext(doc);
    xmlXPathRegisterNs(c, BAD_CAST "n", BAD_CAST "http://iptc.org/std/nar/2006-10-01/");
    xmlXPathRegisterNs(c, BAD_CAST "t", BAD_CAST "http://iptc.org/std/NITF/2006-10-18/");
    xmlXPathObjectPtr r = xmlXPathEvalExpression(BAD_CAST xpath, c);
    must(r);
    int n = r->nodesetval ? r->nodesetval->nodeNr : 0;
    xmlChar *s = n ? xmlNodeGetContent(r->nodesetval->nodeTab[0]) : NULL;
    snprintf(text, sizeof text, "%s", s ? (const char *)s : "(none)");
    if (count)
        *count = n;
    xmlFree(s);
    xmlXPathFreeObject(r);
    xmlXPathFreeContext(c);
    xmlFreeDoc(doc);
    return text;
}

#define ok_query(xpath, want) ok_str(str_from(query(xpath, NULL)), want, "%s", xpath)

static void test_sample(void)
{
    struct story *s = sample_story();
    int n;
    write_story(s);
    golden("text");
    ok_query("//n:subject/n:name[@xml:lang=\"tr\"]", "Kültür, Sanat, Yaşam");
    ok_query("//n:contentMeta/n:located[@type=\"cptype:city\"]/n:name[@xml:lang=\"tr\"]", "Çınarköy");
    ok_query("//n:contentMeta/n:located[@type=\"cptype:city\"]/n:name[@xml:lang=\"en\"]", "Cinarkoy");
    ok_query("//n:located/n:broader/n:name[@xml:lang=\"tr\"]", "Türkiye");
    ok_query("//n:newsItem/n:itemMeta/n:link[@rel=\"irel:seeAlso\"]/@residref", "aa:picture:20260314:5000118");
    query("//n:newsItem/n:itemMeta/n:link", &n);
    ok_int(n, 3, "three links");
    ok_query("//n:link[3]/@residref", "aa:video:20260314:5000120");
    ok_query("//n:newsItem/n:contentMeta/n:keyword", "kütüphane");
    ok_query("//n:newsItem/@guid", "aa:text:20260314:5000121");
    ok_query("//n:versionCreated", "2026-03-14T09:21:05Z");
    ok_query("//n:contentCreated", "2026-03-14T08:55:40Z");
    ok_query("//n:copyrightHolder/@literal", "Örnek Ajansı");
    ok_query("//n:creator[@qcode=\"AArole:author\"]/@literal", "Deniz Yazar");
    ok_query("//n:subject[starts-with(@qcode,\"AAcat:\")]/n:name[@xml:lang=\"ar\"]", "ثقافة وفن وحياة");
    ok_query("//n:contentMeta/n:headline", "Çınarköy Kütüphanesi \"gece okuması\" için saatlerini uzattı");
    ok_query("//t:hl1", "Çınarköy Kütüphanesi \"gece okuması\" için saatlerini uzattı");
    ok_query("//t:byttl", "Deniz Yazar");
    ok_query("//t:abstract", "Okuma salonu nisandan itibaren hafta içi 23.00'e kadar açık kalacak");
    ok_query("//*[local-name()=\"body.content\"]",
             "<p>ÇINARKÖY (AA) - Çınarköy Halk Kütüphanesi, okurlardan gelen &quot;gece okuması&quot; isteği üzerine çalışma "
             "saatlerini uzattı.</p><p>Kütüphane Müdürü Ada Örnek, salonun 1 Nisan'dan itibaren hafta içi 23.00'e kadar açık "
             "kalacağını söyledi.</p><p><strong>İlk ay deneme</strong></p><p>Uygulama mayıs ayında gözden geçirilecek; "
             "araştırma &amp; ödünç bölümü 18.00'de kapanacak.</p>");
    query("//*[local-name()=\"body.content\"]/* | //*[local-name()=\"abstract\"]/* | //*[local-name()=\"hl1\"]/@*", &n);
    ok_int(n, 0, "text only, no attributes");
    ok(!str_has(buf_str(&out), S("CDATA")) && !str_has(buf_str(&out), S("DOCTYPE")), "no CDATA, no DOCTYPE");
    story_unref(&s);
}

static const char *body_of(const char *body, const char *city, const char *lang)
{
    struct story *s = sample_story();
    s->text.body = str_from(body);
    s->text.city = str_from(city);
    s->language = str_from(lang);
    write_story(s);
    story_unref(&s);
    return query("//*[local-name()=\"body.content\"]", NULL);
}

static void test_prefix(void)
{
    ok_str(str_from(body_of("<p>x</p>", "Isparta", "en")), "<p>ISPARTA (AA) - x</p>", "capitals of English");
    ok_str(str_from(body_of("<p>x</p>", "izmir", "tr")), "<p>İZMİR (AA) - x</p>", "capitals of Turkish");
    ok_str(str_from(body_of("<p>x</p>", NULL, "tr")), "<p>(AA) - x</p>", "no city");
    ok_str(str_from(body_of("<p>ANKARA (AA) - x</p>", "Ankara", "tr")), "<p>ANKARA (AA) - x</p>", "the mark is there");
    ok_str(str_from(body_of("<h2>t</h2><p>x</p>", "Ankara", "tr")), "<p><strong>t</strong></p><p>ANKARA (AA) - x</p>",
           "after a sub-head");
    ok_str(str_from(body_of("<p><strong>a</strong> x</p>", "Ankara", "tr")), "<p>ANKARA (AA) - <strong>a</strong> x</p>",
           "a paragraph that begins bold is no sub-head");
    ok_str(str_from(body_of("<p>123456789 123456789 123456789 123456789 123456789 123456789 123456789 12345 (AA) - x</p>",
                            "Van", "tr")),
           "<p>123456789 123456789 123456789 123456789 123456789 123456789 123456789 12345 (AA) - x</p>", "mark at 80");
    ok(str_starts(str_from(body_of("<p>123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456 (AA) - x</p>",
                                   "Van", "tr")),
                  S("<p>VAN (AA) - 1")),
       "mark beyond 80");
    ok_str(str_from(body_of("", "Van", "tr")),
           "<p>VAN (AA) - Çınarköy Kütüphanesi &quot;gece okuması&quot; için saatlerini uzattı</p>", "a flash tells its headline");
}

static void test_hard_text(void)
{
    struct story *s = sample_story();
    s->text.headline = S("a < b & c > \"d\" ]]> 😀");
    s->text.body = S("<p>]]&gt; &amp;lt; 😀 \"x\"</p>");
    s->text.byline = S("O\"Neil & Söhne");
    write_story(s);
    ok_query("//n:contentMeta/n:headline", "a < b & c > \"d\" ]]> 😀");
    ok_query("//n:creator[@qcode=\"AArole:author\"]/@literal", "O\"Neil & Söhne");
    ok_query("//*[local-name()=\"body.content\"]", "<p>ÇINARKÖY (AA) - ]]&gt; &amp;lt; 😀 &quot;x&quot;</p>");
    story_unref(&s);
}

static void test_flash(void)
{
    struct story *s = story_new();
    sample_head(s);
    s->head.version = 1;
    s->codes = (struct story_codes){.type = TYPE_TEXT, .language = 3, .priority = 1, .provider = 1};
    codeset_add(&s->codes.package, 1);
    s->language = S("ar");
    s->text.headline = S("عاجل: تجربة");
    write_story(s);
    golden("flash-ar");
    int n;
    query("//n:link", &n);
    ok_int(n, 0, "no media, no link at all");
    ok_query("//n:subject/n:name[@xml:lang=\"tr\"]", "Genel");
    query("//t:byttl | //t:abstract | //t:hl1", &n);
    ok_int(n, 3, "byline, abstract and hl1 are always there");
    story_unref(&s);
}

static void test_notice(void)
{
    struct story *s = sample_story();
    s->head.version = 3;
    s->head.stage = STAGE_KILLED;
    s->head.event = EVENT_KILL;
    s->head.note = S("Haberdeki kurum adı yanlıştır.");
    buf_reset(&out);
    newsmlg2_write_has_notice(&out, s, codes, &SAMPLE_AGENCY, SENT);
    golden("killed");
    ok_query("//n:pubStatus/@qcode", "stat:canceled");
    ok(!str_has(buf_str(&out), S("Kütüphane")), "nothing of the text");
    write_story(s);
    golden("killed");
    s->head.stage = STAGE_HELD;
    write_story(s);
    ok_query("//n:pubStatus/@qcode", "stat:withheld");
    story_unref(&s);
    s = sample_story();
    s->head.event = EVENT_CORRECTION;
    s->head.note = S("Saat düzeltildi.");
    buf_reset(&out);
    newsmlg2_write_has_notice(&out, s, codes, &SAMPLE_AGENCY, SENT);
    ok_query("//n:pubStatus/@qcode", "stat:usable");
    ok_query("//n:contentMeta/n:headline", "Çınarköy Kütüphanesi \"gece okuması\" için saatlerini uzattı");
    ok_query("//n:edNote", "Saat düzeltildi.");
    ok(str_has(buf_str(&out), S("(AA) - Saat düzeltildi.")) && !str_has(buf_str(&out), S("Uygulama")),
       "of a correction headline and note, nothing of the text");
    story_unref(&s);
    s = sample_story();
    s->times.embargo_ms = SENT + 1;
    write_story(s);
    ok_query("//n:pubStatus/@qcode", "stat:withheld");
    ok_query("//n:embargoed", "2026-03-14T09:21:07Z");
    story_unref(&s);
}

int main(int argc, char **argv)
{
    folder = argc > 1 ? argv[1] : folder;
    is_writing = argc > 2;
    codes = codes_seed(S("AA"));
    test_sample();
    test_prefix();
    test_hard_text();
    test_flash();
    test_notice();
    codes_unref(&codes);
    buf_fini(&out);
    xmlCleanupParser();
    return tap_end();
}
