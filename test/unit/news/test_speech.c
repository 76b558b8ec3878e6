#include "news/speech.h"

#include "../tap.h"

static const struct {
    const char *lang, *sentence;
    bool has_quote, has_verb;
} ROWS[] = {
    {"tr", "Yılmaz, \"Salonu nisanda açıyoruz.\" dedi.", true, true},
    {"tr", "“Salonu nisanda açıyoruz.”", true, false},
    {"tr", "YILMAZ, SALONUN AÇILACAĞINI SÖYLEDİ.", false, true},
    {"tr", "Yılmaz, salonun açılacağını ifade etti.", false, true},
    {"tr", "Bakanlıktan yapılan açıklamada rakamlar paylaşıldı.", false, true},
    {"tr", "\"Bunu dedi, şunu söyledi.\"", true, false},
    {"tr", "\"Yeni Yol\" sergisi açıldı.", false, false},
    {"tr", "Sorun çözüldü ve yol açıldı.", false, false},
    {"tr", "\"Gel!\" Ahmet bekliyordu.", true, false},
    {"tr", "Bakanlık, \"Türkiye Kültür ve Yol Festivali 2026\" etkinliğini başlattı.", false, false},
    {"tr", "Işık Kare'nin “Neredesin Firuze?” Sergisi açıldı.", false, false},
    {"tr", "Başkan bunu \"çok kötü bir fikir\" olarak gördü.", true, false},
    {"en", "\"We will open in April,\" he said.", true, true},
    {"en", "‘We will open in April,’ she added.", true, true},
    {"en", "The hall opened in April.", false, false},
    {"en", "According to the mayor, readers asked for it.", false, true},
    {"en", "The \"Night Reading\" hall opened.", false, false},
    {"en", "The United States opened a hall.", false, false},
    {"ar", "قال الوزير: «سنفتح القاعة في نيسان».", true, true},
    {"ar", "وأضاف أن القاعة كبيرة.", false, true},
    {"ar", "افتتحت القاعة في نيسان.", false, false},
    {"ar", "«سنفتح القاعة في نيسان.»", true, false},
    {"de", "„Wir öffnen im April“, sagte er.", true, true},
    {"fr", "« Nous ouvrons en avril », a-t-il dit.", true, true},
    {"es", "«Abrimos en abril», dijo.", true, true},
    {"ru", "«Мы открываемся в апреле», — сказал он.", true, true},
};

int main(void)
{
    struct arena *a = arena_new(4096);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct speech s;
        struct str text = str_from(ROWS[i].sentence);
        const struct speech_words *w = speech_words_of(a, str_from(ROWS[i].lang));
        speech_look(text, &s);
        ok(w && s.has_quote == ROWS[i].has_quote && speech_has_verb(w, text) == ROWS[i].has_verb, "%s: quote %d, verb %d", ROWS[i].sentence,
           s.has_quote, w && speech_has_verb(w, text));
    }
    struct speech s;
    speech_look(S("Bakan şöyle konuştu:"), &s);
    ok(s.ends_colon && !s.has_quote, "a colon announces");
    speech_look(S("\"Bu paragraf kapanmıyor."), &s);
    ok(s.is_unclosed && s.has_quote, "an unclosed quotation");
    speech_look(S(""), &s);
    ok(!s.is_unclosed && !s.has_quote && !s.ends_colon, "nothing");
    ok(speech_words_of(a, S("sw")) == NULL && speech_words_of(a, S("")) == NULL, "a language without a list");
    ok(speech_words_of(a, S("en-GB")) && speech_words_of(a, S("tr_TR")) && !speech_words_of(a, S("eng")), "tags");
    ok(speech_leans_back(S("en"), S("He added that it was late.")) && speech_leans_back(S("ar"), S("وأضاف الوزير")) &&
           speech_leans_back(S("tr"), S("AYRICA yol açıldı.")),
       "leans on what stands before");
    ok(!speech_leans_back(S("en"), S("Heavy rain fell.")) && !speech_leans_back(S("tr"), S("Kütüphane açıldı.")) && !speech_leans_back(S("sw"), S("He ")),
       "stands alone");
    arena_free(&a);
    return tap_end();
}
