#include "news/portion.h"

#include "../tap.h"
#include "base/text.h"

static struct portion_rule rule;

static struct story *sample(void)
{
    struct story *s = story_new();
    s->head = (struct story_head){.id = S("aa:text:20260314:5000121"), .n = 5000121, .version = 2, .stage = STAGE_LIVE};
    s->codes = (struct story_codes){.type = 1, .language = 1, .priority = 4, .provider = 1};
    codeset_add(&s->codes.package, 1);
    codeset_add(&s->codes.category, 7);
    s->times = (struct story_times){.first_ms = 1000, .at_ms = 2000};
    s->language = S("tr");
    s->text.headline = S("Çınarköy Kütüphanesi saatlerini uzattı");
    s->text.spot = S("Salon 23.00'e kadar açık kalacak");
    s->text.byline = S("Deniz Yazar");
    s->text.city = S("Çınarköy");
    s->text.ednote = S("Abonelere not");
    s->text.body = S("<p>ÇINARKÖY (AA) - Çınarköy Halk Kütüphanesi, okurlardan gelen istek üzerine çalışma saatlerini uzattı.</p>"
                     "<p>Salon, 1 Nisan'dan itibaren hafta içi her gün gece yarısına kadar açık kalacak ve okurlar için çay ikram edilecek. "
                     "Kütüphanede yeni bir çocuk bölümü de kuruldu ve bölüm için iki bin kitap satın alındı.</p>"
                     "<p>Çalışmaların yaz aylarında da süreceği ve bütün mahallelere gezici kütüphane gönderileceği öğrenildi.</p>");
    return s;
}

static void rules(void)
{
    struct story *s = sample();
    ok(portion_has(&rule, s), "a routine story of package 1");
    for (int stage = STAGE_DRAFT; stage <= STAGE_KILLED; stage++) {
        s->head.stage = (enum stage)stage;
        ok(portion_has(&rule, s) == (stage == STAGE_LIVE), "stage %s", stage_name((enum stage)stage));
    }
    s->head.stage = STAGE_LIVE;
    s->codes.priority = 6;
    ok(!portion_has(&rule, s), "archive priority is not in the rule");
    s->public_mode = PUBLIC_SUMMARY;
    ok(portion_has(&rule, s), "but an editor may say so");
    s->codes.kind = KIND_ADVISORY;
    ok(!portion_has(&rule, s), "an advisory never");
    s->codes.kind = KIND_STORY;
    s->codes.priority = 4;
    s->public_mode = PUBLIC_NONE;
    ok(!portion_has(&rule, s), "none is none");
    s->public_mode = PUBLIC_AUTO;
    s->codes.package = (struct codeset){{0}};
    codeset_add(&s->codes.package, 2);
    ok(!portion_has(&rule, s), "another package");
    codeset_add(&s->codes.package, 1);
    ok(portion_has(&rule, s), "one of two packages");
    struct portion_rule r = rule;
    struct why why = {0};
    ok(portion_parse(S("language=2 category=1-3,9"), &r, &why) == OK && !portion_has(&r, s), "another language");
    s->codes.language = 2;
    ok(!portion_has(&r, s), "another category");
    codeset_add(&s->codes.category, 3);
    ok(portion_has(&r, s), "within both");
    story_unref(&s);
}

static void parsing(void)
{
    struct portion_rule r;
    struct why why = {0};
    portion_default(&r);
    ok(portion_parse(S("package=1 priority=1-5 per_day=0 delay=0s"), &r, &why) == OK, "the option's default: %s", why.text);
    ok(codeset_eq(&r.priority, &rule.priority) && r.any == rule.any && r.delay_ms == 0 && r.share_percent == 40 && r.sentences == 14,
       "is the default");
    ok(portion_parse(S("  package=*   delay=10m per_day=50 "), &r, &why) == OK && r.delay_ms == 600000 && r.per_day == 50 &&
           (r.any >> CODE_PACKAGE & 1),
       "other values");
    ok(portion_parse(S("delay=2h"), &r, &why) == OK && r.delay_ms == 7200000 && r.per_day == 50, "keys left out stay");
    ok(portion_parse(S(""), &r, &why) == OK, "nothing");
    static const char *const BAD[] = {"package", "package=", "package=a", "package=0", "package=256", "package=5-1", "package=1-", "priority=1,,2",
                                      "delay=5", "delay=s", "delay=5x", "delay=-5s", "per_day=x", "per_day=-1", "colour=red", "type=1", "=1"};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        struct portion_rule before = r;
        why = (struct why){0};
        ok(portion_parse(str_from(BAD[i]), &r, &why) == ERR_FIELD && memcmp(&before, &r, sizeof r) == 0, "[%s]: %s: %s", BAD[i], why.at, why.text);
    }
}

static bool says(const struct brief *b, const char *what)
{
    struct str w = str_from(what);
    bool found = str_has(b->headline, w) || str_has(b->spot, w) || str_has(b->teaser, w) || str_has(b->byline, w);
    for (size_t i = 0; i < b->summary.n; i++)
        found |= str_has(b->summary.v[i], w);
    return found;
}

static void briefs(void)
{
    struct story *s = sample();
    struct brief_note notes[] = {{1500, S("Saat düzeltildi")}};
    struct brief *b = portion_brief(&rule, s, notes, 1);
    ok(b->n == 5000121 && b->version == 2 && b->first_ms == 1000 && b->at_ms == 2000 && b->category == 7 && b->language_code == 1, "numbers");
    ok_str(b->spot, "Salon 23.00'e kadar açık kalacak", "spot");
    ok_str(b->city, "Çınarköy", "city");
    ok_str(b->notes[0].text, "Saat düzeltildi", "notes");
    ok(b->summary.n == 1 && str_starts(b->summary.v[0], S("Çınarköy Halk")), "the dateline is a field, not text");
    ok(str_starts(b->teaser, S("Çınarköy Halk")), "nor in the teaser");
    ok(!says(b, "Abonelere not") && !says(b, "mahallelere"), "no note, no end of the body");
    struct brief *kept = brief_ref(b);
    brief_unref(&b);
    story_unref(&s);
    ok_str(kept->id, "aa:text:20260314:5000121", "a brief stands without its story");
    brief_unref(&kept);
    brief_unref(&kept);

    s = sample();
    s->text.public_summary = S("Kütüphane saatlerini uzattı.\n\nSalon geç saate kadar açık.");
    b = portion_brief(&rule, s, NULL, 0);
    ok(b->summary.n == 2 && str_eq(b->summary.v[1], S("Salon geç saate kadar açık.")), "the editor's own text, in paragraphs");
    ok_str(b->teaser, "Kütüphane saatlerini uzattı.", "and its head as teaser");
    brief_unref(&b);
    s->codes.priority = 1;
    s->text.body = STR_NONE;
    b = portion_brief(&rule, s, NULL, 0);
    ok(!b->is_headline_only && b->summary.n == 2, "it wins over the flash rule");
    brief_unref(&b);
    s->text.public_summary = STR_NONE;
    b = portion_brief(&rule, s, NULL, 0);
    ok(b->is_headline_only && b->summary.n == 0 && b->teaser.n == 0 && b->spot.n == 0 && b->headline.n > 0, "a flash is its headline");
    brief_unref(&b);
    s->text.body = S("<p>Kısa bir metin.</p>");
    b = portion_brief(&rule, s, NULL, 0);
    ok(b->is_headline_only, "a flash with a few words too");
    brief_unref(&b);
    s->codes.priority = 4;
    s->text.body = S("<table><tr><td>Altın</td><td>4.250</td></tr></table>");
    b = portion_brief(&rule, s, NULL, 0);
    ok(b->is_headline_only && !says(b, "4.250"), "a table is its headline");
    brief_unref(&b);
    s->text.body = S("<h3>Puan durumu</h3><pre>A 3\nB 2</pre>");
    b = portion_brief(&rule, s, NULL, 0);
    ok(b->is_headline_only, "so is preformatted text");
    brief_unref(&b);
    s->text.body = STR_NONE;
    b = portion_brief(&rule, s, NULL, 0);
    ok(!b->is_headline_only && b->spot.n > 0 && b->summary.n == 0, "a story without body keeps its spot");
    brief_unref(&b);
    story_unref(&s);
}

static void notices(void)
{
    static const char *const LANGS[][2] = {{"tr", "Bu haber geri çekilmiştir."}, {"en-GB", "This story has been withdrawn."}, {"ar", "تم سحب هذا الخبر."}};
    for (size_t i = 0; i < 3; i++) {
        struct story *s = sample();
        s->head.stage = STAGE_KILLED;
        s->head.note = S("Adı geçen kişi: X");
        s->language = str_from(LANGS[i][0]);
        struct brief *b = portion_notice(s);
        ok_str(b->headline, LANGS[i][1], "notice in %s", LANGS[i][0]);
        ok(b->is_killed && !says(b, "Çınarköy") && !says(b, "X") && b->city.n == 0 && b->keywords.n == 0 && b->summary.n == 0, "and nothing else");
        brief_unref(&b);
        story_unref(&s);
    }
}

int main(void)
{
    portion_default(&rule);
    rules();
    parsing();
    briefs();
    notices();
    return tap_end();
}
