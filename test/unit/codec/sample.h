/* The invented story that the golden files tell, and its agency. */
#ifndef TEST_SAMPLE_H
#define TEST_SAMPLE_H

#include "codec/ninjs.h"

static const struct agency SAMPLE_AGENCY = {{"Örnek Ajansı", 14}, {"AA", 2}, {"https://ornekajans.example", 26}, {"aa", 2}};

#define SAMPLE_BODY                                                                                                     \
    "<p>Çınarköy Halk Kütüphanesi, okurlardan gelen \"gece okuması\" isteği üzerine çalışma saatlerini uzattı.</p>"     \
    "<p>Kütüphane Müdürü Ada Örnek, salonun 1 Nisan'dan itibaren hafta içi 23.00'e kadar açık kalacağını söyledi.</p>"  \
    "<h3>İlk ay deneme</h3>"                                                                                            \
    "<p>Uygulama mayıs ayında gözden geçirilecek; araştırma &amp; ödünç bölümü 18.00'de kapanacak.</p>"

static struct strs sample_list(struct arena *a, const char *one, const char *two, const char *three)
{
    const char *all[] = {one, two, three};
    struct str *v = arena_array(a, struct str, 3);
    size_t n = 0;
    while (n < 3 && all[n]) {
        v[n] = str_from(all[n]);
        n++;
    }
    return (struct strs){v, n};
}

static void sample_head(struct story *s)
{
    s->head.id = S("aa:text:20260314:5000121");
    s->head.n = 5000121;
    s->head.seq = 1042;
    s->head.version = 2;
    s->head.stage = STAGE_LIVE;
    s->head.event = EVENT_UPDATE;
    s->head.by = S("editor");
    s->times.first_ms = 1773478540000; /* 2026-03-14T08:55:40Z */
    s->times.at_ms = 1773480065123;    /* 2026-03-14T09:21:05.123Z */
}

static struct story *sample_story(void)
{
    struct story *s = story_new();
    sample_head(s);
    s->codes = (struct story_codes){.type = TYPE_TEXT, .language = 1, .priority = 4, .provider = 1};
    codeset_add(&s->codes.package, 1);
    codeset_add(&s->codes.category, 7);
    s->language = S("tr");
    s->text.headline = S("Çınarköy Kütüphanesi \"gece okuması\" için saatlerini uzattı");
    s->text.spot = S("Okuma salonu nisandan itibaren hafta içi 23.00'e kadar açık kalacak");
    s->text.slugline = S("kutuphane-saatleri");
    s->text.byline = S("Deniz Yazar");
    s->text.city = S("Çınarköy");
    s->text.country = S("TR");
    s->text.ednote = S("Ara başlık eklendi.");
    s->text.usage_terms = S("Abone sözleşmesi dışında kullanılamaz.");
    s->text.body = S(SAMPLE_BODY);
    s->keywords = sample_list(s->arena, "kütüphane", "çalışma saatleri", NULL);
    s->places = sample_list(s->arena, "Çınarköy", NULL, NULL);
    s->sections = sample_list(s->arena, "culture", "turkiye", NULL);
    s->media = sample_list(s->arena, "aa:video:20260314:5000120", "aa:picture:20260314:5000118", "aa:picture:20260314:5000119");
    return s;
}

#endif
