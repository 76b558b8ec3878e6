#include "kit.h"

#include "store/briefs.h"
#include "store/okey.h"
#include "store/public.h"

static size_t list(struct kit *k, const struct brief_page *p, uint64_t *out, uint64_t *next)
{
    struct brief *b[64];
    size_t n = reader_briefs(k->reader, p, b, next);
    for (size_t i = 0; i < n; i++) {
        out[i] = b[i]->n;
        brief_unref(&b[i]);
    }
    return n;
}

static bool finds(struct kit *k, const char *language, const char *words, uint64_t n)
{
    uint64_t found[64], next;
    size_t count = list(k, &(struct brief_page){.language = str_from(language), .words = str_from(words), .limit = 60},
                        found, &next);
    for (size_t i = 0; i < count; i++)
        if (found[i] == n)
            return true;
    return false;
}

/* Eleven sentences, so that the summary is a part of it and the last stays with the subscribers. */
static const char BODY[] =
    "<p>Liman işletmesi salı günü yeni rıhtımı açtı. Törene çok sayıda denizci katıldı. Rıhtım iki yılda yapıldı.</p>"
    "<p>Yapı üç gemiye yer veriyor. Yük yılda iki kat artacak. Vinçler geçen ay kuruldu. Yol yıl sonunda bitecek.</p>"
    "<p>Belediye bağlantı yolunu onaracak. Kamyonlar gece geçecek. Gürültü ölçülecek. Sonuncu cümlede zümrütanka "
    "geçer.</p>";

static void test_search(struct kit *k)
{
    uint64_t n = kit_put(
        k, &(struct kit_story){.language = "tr", .headline = "Rıhtım AÇILDI", .body = BODY, .spot = "İzmir'de tören"});
    struct brief *b = reader_brief(k->reader, n);
    ok(b && b->n == n && b->version == 1 && b->summary.n > 0, "a public story has a brief");
    bool is_part = true;
    for (size_t i = 0; b && i < b->summary.n; i++)
        is_part = is_part && !str_has(b->summary.v[i], S("zümrütanka"));
    ok(is_part, "which is a part of it");
    brief_unref(&b);
    ok(finds(k, "tr", "rıhtım", n) && finds(k, "tr", "açıldı", n) && finds(k, "tr", "İZMİR", n),
       "the public finds headline and spot");
    ok(finds(k, "tr", "\"liman işletmesi\"", n), "and the summary");
    ok(!finds(k, "tr", "zümrütanka", n), "but by no word that it may not read: not even that it is there");
    ok(!finds(k, "en", "rıhtım", n), "each language for itself");
    ok(finds(k, "", "rıhtım", n), "or all of them");
    static const char *const ODD[] = {"\"", "(", "AND", "a:b", "* *", "facet:ltr", "-x", "''", "\xff"};
    bool is_calm = true;
    for (size_t i = 0; i < sizeof ODD / sizeof ODD[0]; i++)
        is_calm = is_calm && !finds(k, "tr", ODD[i], 0) && db_status(reader_db(k->reader)) == OK;
    ok(is_calm, "odd questions find nothing and break nothing");

    ok(kit_act(k, n, ACT_CORRECT, &(struct kit_story){.language = "tr", .headline = "İskele hazır", .body = BODY},
               "Ad düzeltildi") > 0,
       "corrected");
    ok(finds(k, "tr", "iskele", n) && !finds(k, "tr", "\"rıhtım açıldı\"", n), "found by the new words alone");
    b = reader_brief(k->reader, n);
    ok(b && b->version == 2 && b->note_count == 1, "with the correction's note");
    brief_unref(&b);

    ok(kit_act(k, n, ACT_HOLD, NULL, "x") > 0, "held");
    b = reader_brief(k->reader, n);
    ok(b == NULL && !finds(k, "tr", "iskele", n), "off the site");
    ok(kit_act(k, n, ACT_RELEASE, NULL, "") > 0, "released");
    ok(finds(k, "tr", "iskele", n), "back");
    ok(kit_act(k, n, ACT_KILL, NULL, "yanlış") > 0, "killed");
    b = reader_brief(k->reader, n);
    ok(b && b->is_killed && b->summary.n == 0 && b->spot.n == 0 && !str_has(b->headline, S("İskele")),
       "the notice stays for its page");
    brief_unref(&b);
    ok(!finds(k, "tr", "iskele", n) && !finds(k, "tr", "geri", n), "and nothing finds it");
}

static void test_lists(struct kit *k)
{
    enum { MANY = 23 };
    const int64_t start = 1700000000000;
    uint64_t n[MANY], got[64], next;
    for (unsigned i = 0; i < MANY; i++)
        n[i] = kit_put(k, &(struct kit_story){.language = i % 2 ? "en" : "tr",
                                              .headline = "Sıra",
                                              .body = BODY,
                                              .at_ms = start + (int64_t)i * 60000});
    struct brief_page p = {.language = S("en"), .limit = 4};
    size_t seen = 0, pages = 0;
    bool is_order = true;
    do {
        size_t count = list(k, &p, got, &next);
        for (size_t i = 0; i < count; i++)
            is_order = is_order && got[i] == n[MANY - 2 - 2 * (seen + i)];
        seen += count;
        p.before_okey = next;
        pages++;
    } while (next && pages < 20);
    ok(seen == MANY / 2 && is_order, "a language's list, newest first, page by page");
    p = (struct brief_page){.limit = 60, .from_ms = start + 5 * 60000, .to_ms = start + 8 * 60000};
    ok(list(k, &p, got, &next) == 4 && got[0] == n[8] && got[3] == n[5] && next == 0, "a range of time, both ends in");
    p = (struct brief_page){.limit = 60, .words = S("sıra"), .from_ms = start + 5 * 60000, .to_ms = start + 8 * 60000};
    ok(list(k, &p, got, &next) == 4, "the same with words");
    ok(list(k, &(struct brief_page){.limit = 60, .section = S("sport"), .language = S("en")}, got, &next) == 0,
       "a section without stories");
}

/* A story's page stands under the site's language; so must the story in its lists. */
static void test_editions(struct kit *k)
{
    static const struct str LANGUAGES[] = {S("tr"), S("en"), S("ar")};
    const int64_t at = 1690000000000;
    uint64_t got[8], next;
    k->stories.rule.editions = (struct strs){LANGUAGES, 3};
    k->stories.rule.edition = S("tr");
    uint64_t british = kit_put(k, &(struct kit_story){.language = "en-GB", .headline = "Lorries", .body = BODY, .at_ms = at});
    uint64_t french = kit_put(k, &(struct kit_story){.language = "fr", .headline = "Camions", .body = BODY, .at_ms = at});
    struct brief_page p = {.language = S("en"), .limit = 8, .from_ms = at, .to_ms = at + 999};
    ok(list(k, &p, got, &next) == 1 && got[0] == british, "en-GB is listed under en");
    ok(finds(k, "en", "lorry", british), "found there, by its own language's stems");
    p.language = S("tr");
    ok(list(k, &p, got, &next) == 1 && got[0] == french, "a language without a site under the default one");
    struct brief *b = reader_brief(k->reader, british);
    ok(b && str_is(b->language, "en-GB") && str_is(b->edition, "en"), "and the brief keeps its own language");
    brief_unref(&b);
    k->stories.rule.editions = (struct strs){LANGUAGES, 1};
    ok(kit_act(k, british, ACT_KILL, NULL, "x") > 0 && !finds(k, "en", "lorries", british) && !finds(k, "", "lorries", british),
       "its words leave the index though the site's languages have changed");
}

static void test_sections(void)
{
    struct kit k;
    struct db *d = NULL;
    kit_open(&k);
    writer_free(&k.writer); /* the functions that the store thread calls, one by one */
    must(db_open(k.path, true, &d, NULL) == OK);
    struct brief *b = brief_new();
    struct str sections[] = {S("asia-pacific"), S("sport"), S("asia-pacific")};
    b->n = 77;
    b->version = 1;
    b->id = S("aa:text:20260314:77");
    b->language = S("en");
    b->headline = S("Kestrel");
    b->sections = (struct strs){sections, 3};
    brief_freeze(b);
    uint64_t got[8], next, okey = okey_of(1700000000000, 77);
    ok_int(briefs_put(d, b, NULL, okey), OK, "put");
    ok_int(briefs_put(d, b, NULL, okey + 9), OK, "put again under another key");
    struct brief_page p = {.limit = 8, .section = S("asia-pacific"), .language = S("en")};
    ok(list(&k, &p, got, &next) == 1 && got[0] == 77, "its sections list it once");
    p.language = STR_NONE;
    ok_int(list(&k, &p, got, &next), 1, "in any language");
    p = (struct brief_page){.limit = 8, .section = S("sport"), .words = S("kestrel"), .language = S("en")};
    ok_int(list(&k, &p, got, &next), 1, "a search within a section");
    p.section = S("life");
    ok_int(list(&k, &p, got, &next), 0, "not within another");
    ok_int(briefs_drop(d, 77), OK, "dropped");
    ok_int(briefs_drop(d, 77), OK, "twice is fine");
    p = (struct brief_page){.limit = 8, .words = S("kestrel")};
    ok_int(list(&k, &p, got, &next), 0, "gone");
    struct statement *s =
        db_prepare(d, S("SELECT (SELECT count(*) FROM brief_section) + (SELECT count(*) FROM brief)"));
    ok(db_step(s) && db_col_int(s, 0) == 0, "without a trace");
    db_free(&s);
    brief_unref(&b);
    db_close(&d);
    struct writer_options o = {k.path, k.tape, 16};
    must(writer_new(&o, &k.writer, NULL) == OK);
    kit_close(&k);
}

int main(void)
{
    struct kit k;
    kit_open(&k);
    test_search(&k);
    test_lists(&k);
    test_editions(&k);
    kit_close(&k);
    test_sections();
    return tap_end();
}
