#include "news/sentence.h"

#include "../tap.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

/* '|' marks where a sentence ends; it is taken out before the text is cut. */
static const struct {
    const char *lang, *text;
} ROWS[] = {
    /* Turkish */
    {"tr", "Kütüphane saatlerini uzattı.| Salon gece açık kalacak.| Karar bugün alındı."},
    {"tr", "Prof. Dr. Ada Örnek konuştu.| Doç. Dr. Ali Veli ile Av. Can Su katıldı."},
    {"tr", "Sn. Bakan geldi.| Yrd. Doç. Dr. Öğr. Üyesi Işık anlattı."},
    {"tr", "Elma, armut vb. ürünler satıldı.| Ayrıntı için bkz. Ek 2."},
    {"tr", "Eser 15. yüzyıldan kaldı.| 3. Ordu Komutanı geldi.| II. Abdülhamid döneminde yapıldı."},
    {"tr", "Fiyat 1.250,50 liraya çıktı.| Oran yüzde 3.5 oldu.| Saat 23.00'te kapandı."},
    {"tr", "Deprem 2023.| Sonra binalar yenilendi."}, /* no ordinal has four digits */
    {"tr", "Yıl 2023'tü.| M. Kemal Atatürk Samsun'a çıktı.| A. B. Yılmaz yazdı."},
    {"tr", "\"Gidiyoruz. Dönmeyeceğiz. Kararımız kesin.\" dedi.| Sonra ayrıldı."},
    {"tr", "Yılmaz, \"Geldik. Gördük!\" diye konuştu.| Toplantı bitti."},
    {"tr", "“Hazırız. Başlıyoruz.” diyen Yılmaz ayrıldı.| Salon boşaldı."},
    {"tr", "Bakan şunları söyledi:\n\"Hazırız. Başlıyoruz.\"| Toplantı sona erdi."},
    {"tr", "Açıklamada (Bkz. madde 4. Ek) ayrıntı verildi.| Süre uzatıldı."},
    {"tr", "Geldiler...| Ama kalmadılar."},
    {"tr", "T.C. Sağlık Bakanlığı duyurdu.| M.Ö. 300'de kuruldu.| Ltd. Şti. olarak anıldı."},
    {"tr", "Türkiye A.Ş. ile İş Bankası A.Ş. anlaştı.| İmza atıldı."},
    {"tr", "No. 5 sayılı karar çıktı.| Atatürk Cad. No: 7'de toplandılar."},
    {"tr", "Maç 3-1 bitti.| İkinci yarıda gol olmadı."},
    {"tr", "iPhone satıldı. iPhone yine satıldı."},
    {"tr", "Nereye gidiyorsun?| Eve!| Peki."},
    {"tr", "“Neredesin Firuze?” Filmi gösterildi.| Salon doluydu."},
    {"tr", "\"Hazır mısınız?\" Ahmet sordu.| Kimse yanıt vermedi."},
    {"tr", "Ali, \"Neredesin Firuze?\" Filmini izledi.| Beğendi."},
    {"tr", "ÇINARKÖY (AA) - Kütüphane saatlerini uzattı.| Salon açık."},
    {"tr", "‘Yeni Yol’un üyeleri toplandı. Karar çıktı.’ dedi.| Bitti."},
    {"tr", "''Hazırız. Başlıyoruz.'' dedi.| ''Gidiyoruz'' diye ekledi.| Bitti."},
    {"tr", "\"Hazırız. Başlıyoruz’’ diye konuştu.| Bitti."},
    {"tr", "Türkiye'nin nüfusu arttı.| İstanbul'un nüfusu azaldı."},
    {"tr", "Alm. basınına göre görüşme sürüyor.| İng. basını yazmadı."},
    {"tr", "Ürün 5\" ekranlı.| Pil ömrü uzun."},
    /* English */
    {"en", "The library has extended its hours.| It will stay open until 11 p.m. on weekdays.| Readers asked for it."},
    {"en", "Mr. Smith met Dr. Jones.| Mrs. Brown and Sen. White left."},
    {"en", "He lives in the U.S.| The president said so."},
    {"en", "The U.S. Senate voted.| It passed."},
    {"en", "It rose 3.5 percent to 1,250.75.| Shares of Acme Inc. fell."},
    {"en", "\"I am going,\" he said.| \"You stay.\"| She left."},
    {"en", "\"Are you coming?\" he asked.| \"No!\" she shouted.| They parted."},
    {"en", "He said: \"We won. We did it. Thank you.\"| The crowd cheered."},
    {"en", "J. K. Rowling wrote it.| George W. Bush read it."},
    {"en", "See No. 5 and Fig. 3 for more.| He said no.| Then he left."},
    {"en", "(He had said so before.)| She agreed."},
    {"en", "He agreed (really!).| Then he left."},
    {"en", "It was the best (by far!) Team in town.| It won."},
    {"en", "It cost $5.| $3 was the tip.| 20 people came."},
    {"en", "What a day…| We won."},
    {"en", "The meeting is on Jan. 5 at 9 a.m. in Room 3.| Bring papers."},
    {"en", "The boys' club met.| It was the '90s.| They sang."},
    {"en", "She read 'The Times. A story.' and slept.| Then woke."},
    {"en", "Visit www.example.com today.| Mail me at a.b@example.org soon."},
    {"en", "vs. is short for versus.| Smith et al. found it."},
    {"en", "1. The first item.| 2. The second item."},
    {"en", "Ph.D. students came.| They stayed."},
    {"en", "He quoted “a ‘very. Very.’ bad man.”| She left."},
    {"en", "\"The pressure is there. \"I think so,\" he told us.| He will go.| It is late."},
    {"en", "“One. “Two. “Three,” she said.| Four."},
    {"en", "He called it \"the \"best\" one. Ever.\"| She left."},
    {"en", "She opened a quote: \"It never closes. Not here. Nor here."},
    {"en", "A bracket (opens here. And never closes. No."},
    /* Arabic and neighbours */
    {"ar", "وصل الوزير إلى المدينة.| التقى المسؤولين.| هل سيعود؟| لا أحد يعلم."},
    {"ar", "قال د. محمد علي إن العمل مستمر.| وأضاف أن النتائج جيدة."},
    {"ar", "قال: «سنعمل معا. لن نتوقف.»| ثم غادر."},
    {"ar", "بلغت النسبة 3.5 بالمئة.| وارتفعت الأسعار إلخ. في السوق."},
    {"fa", "این خبر است.| آن هم خبر است."},
    {"ur", "یہ خبر ہے۔| وہ بھی خبر ہے۔"},
    {"he", "זה חדש.| זה ישן."},
    /* others */
    {"de", "Am 3. Oktober wird gefeiert.| Z.B. in Berlin.| Die Nr. 5 gewann."},
    {"de", "„Wir gehen. Wir kommen wieder.“ sagte er.| Danach war Ruhe."},
    {"de", "»Komm. Bleib.«| Das sagte sie.| Er ging."},
    {"fr", "Il a dit : « Oui. Non. »| Puis il est parti.| M. Dupont aussi."},
    {"es", "¿Vienes?| ¡Sí!| Los EE. UU. ganaron.| El Sr. López vino."},
    {"ru", "Он родился в 1990 г. в Москве.| Это т. е. важно.| Да."},
    {"zh", "今天下雨。|明天晴天！|真的吗？|他说：“好。走吧。”|完了。"},
    {"am", "ይህ ዜና ነው።|ሌላ ዜና ነው።"},
    {"sv", "”Vi går. Nu.”| Så sa han.| Hon kom."},
    {"", "No language is given.| Dr. Who knows."},
    /* degenerate */
    {"en", ""},
    {"en", "   "},
    {"en", "no stop at all"},
    {"en", "..."},
    {"en", "Wait...| What?!| Yes."},
    {"en", "\" . \""},
    {"en", ")]}."},
};

static struct str strip(struct str marked, struct buf *out)
{
    buf_reset(out);
    for (size_t i = 0; i < marked.n; i++)
        if (marked.p[i] != '|')
            buf_addc(out, marked.p[i]);
    return buf_str(out);
}

/* The text with a '|' after each sentence but the last, where the cutter ended it. */
static struct str marked(struct str lang, struct str text, struct buf *out)
{
    struct sentence_cutter c;
    struct str s;
    size_t at = 0;
    buf_reset(out);
    sentence_start(&c, lang, text);
    while (sentence_next(&c, &s)) {
        size_t end = (size_t)(s.p - text.p) + s.n;
        if (at > 0)
            buf_addc(out, '|');
        buf_add(out, str_sub(text, at, end - at));
        at = end;
    }
    buf_add(out, str_sub(text, at, text.n));
    return buf_str(out);
}

/* Random text of everything that matters: no sign is lost, none is read twice, no sentence but the last ends open. */
static uint64_t seed = 88172645463325252ULL;
static unsigned dice(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % n);
}

static const char *const PIECES[] = {"a",  "B",   "Dr",  "15", "ş",  "İ",  "ع", ".",  ".",  "!",  "?",  "…",  "؟",  "。", " ",  " ",  " ", " ",
                                     "\n", "\"",  "'",   "“",  "”",  "„",  "«",  "»",  "‘",  "’",  "''", "(",  ")",  "[",  "]",  ":",  ",", "-",
                                     "—",  "U.S", "\xa0", "\xff", "dedi", "He", "\xc2\xa0", "\xe2\x80\x8f", "No", "3.5", "I", "。」", "「"};

static bool is_blank(struct str s)
{
    for (size_t at = 0; at < s.n;)
        if (!mark_is_space(text_next(s, &at)))
            return false;
    return true;
}

static bool is_cut_well(struct str lang, struct str text)
{
    struct sentence_cutter c;
    struct str s;
    size_t at = 0;
    sentence_start(&c, lang, text);
    while (sentence_next(&c, &s)) {
        size_t from = (size_t)(s.p - text.p);
        if (s.n == 0 || from < at || !is_blank(str_sub(text, at, from - at)))
            return false;
        at = from + s.n;
        if (at < c.mark.text.n && mark_is_open(&c.mark) && !is_blank(str_sub(text, at, text.n)))
            return false;
    }
    return is_blank(str_sub(text, at, text.n));
}

static void random_texts(void)
{
    static const char *const LANGS[] = {"tr", "en", "ar", "de", "zh", ""};
    struct buf b = BUF_INIT(1 << 16);
    int good = 0;
    enum { RUNS = 8000 };
    for (int i = 0; i < RUNS; i++) {
        buf_reset(&b);
        for (unsigned n = dice(40); n; n--)
            buf_puts(&b, PIECES[dice(sizeof PIECES / sizeof PIECES[0])]);
        bool is_good = is_cut_well(str_from(LANGS[dice(6)]), buf_str(&b));
        good += is_good;
        if (!is_good)
            printf("# [%.*s]\n", STR_FMT(buf_str(&b)));
    }
    ok_int(good, RUNS, "random texts are cut without loss and never inside an open mark");
    buf_fini(&b);
}

/* Work grows with the text: what a hostile body repeats must not be read again and again. */
static void hostile_texts(void)
{
    static const char *const HOSTILE[] = {"A. ", "'a ", "\"a. ", "(a. ", "“a! ", ". - ", "a' ", "1. ", "''", "!\" ", "No. "};
    struct buf b = BUF_INIT(1 << 20);
    int64_t from = clock_mono_ms();
    for (size_t i = 0; i < sizeof HOSTILE / sizeof HOSTILE[0]; i++) {
        buf_reset(&b);
        while (b.n < 150000)
            buf_puts(&b, HOSTILE[i]);
        is_cut_well(S("tr"), buf_str(&b));
    }
    ok(clock_mono_ms() - from < 20000, "long repetitions take %lld ms", (long long)(clock_mono_ms() - from));
    buf_fini(&b);
}

int main(void)
{
    random_texts();
    hostile_texts();
    struct buf plain = BUF_INIT(1 << 16), got = BUF_INIT(1 << 16);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct str text = strip(str_from(ROWS[i].text), &plain);
        ok_str(marked(str_from(ROWS[i].lang), text, &got), ROWS[i].text, "%s %zu", ROWS[i].lang, i);
    }
    ok(sentence_is_whole(S("Bitti.")) && sentence_is_whole(S("\"Bitti.\"")) && sentence_is_whole(S("(Bitti!)")) && sentence_is_whole(S("هل؟")) &&
           sentence_is_whole(S("şöyle dedi:")),
       "whole sentences");
    ok(!sentence_is_whole(S("Ara başlık")) && !sentence_is_whole(S("")) && !sentence_is_whole(S("A, B,")), "headings are none");
    buf_fini(&plain);
    buf_fini(&got);
    return tap_end();
}
