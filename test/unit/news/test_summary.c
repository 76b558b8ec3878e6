#include "news/summary.h"

#include "../tap.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "news/mark.h"

static struct arena *arena;

/* Stories of our own making, in the shapes that come over a wire. */
struct body {
    const char *lang, *html;
};
static const struct body BODIES[] = {
    {"tr", "<p>ÇINARKÖY (AA) - Çınarköy Halk Kütüphanesi, okurlardan gelen \"gece okuması\" isteği üzerine çalışma saatlerini uzattı.</p>"
           "<p>Kütüphane Müdürü Prof. Dr. Ada Örnek, salonun 1 Nisan'dan itibaren hafta içi 23.00'e kadar açık kalacağını söyledi. Örnek, "
           "\"Gençler geç saatte çalışmak istiyor. Onlara kapımızı açıyoruz. Çayımız da var.\" dedi.</p>"
           "<p>Belediye, 2. kattaki salona 120 masa aldı. Masaların bedeli 1.250.000 lirayı buldu. Çalışma 15. yüzyıldan kalma binada sürüyor.</p>"},
    {"tr", "<p>Marmara'da sabah saatlerinde başlayan sağanak, ulaşımı aksattı.</p><p>Meteoroloji Genel Müdürlüğünden yapılan açıklamada şu ifadeler "
           "kullanıldı:</p><p>\"Yağışın akşam saatlerine kadar sürmesi bekleniyor. Vatandaşların dikkatli olması gerekiyor.\"</p><p>Vapur seferleri "
           "iptal edildi. Köprüde uzun kuyruklar oluştu. Sürücüler yolda bekledi. Yetkililer çalışmaların sürdüğünü bildirdi.</p>"},
    {"tr", "<p>Borsa güne yükselişle başladı.</p><h3>Kapanış verileri</h3><table><tr><td>Altın</td><td>4.250</td></tr></table><p>Buna göre altın yüzde "
           "3,5 değer kazandı. Dolar kuru ise yatay seyretti. Uzmanlar, vb. gelişmelerin izlenmesi gerektiğini belirtti. İşlem hacmi arttı.</p>"},
    {"tr", "<p>Av. Can Su, davanın 12 Mayıs'ta görüleceğini açıkladı. \"Adalete güveniyoruz. Sonuna kadar gideceğiz.\" Su, dosyada 3 tanığın "
           "dinleneceğini ifade etti. Duruşma T.C. Çınarköy 2. Asliye Ceza Mahkemesi'nde yapılacak. Taraflar hazırlıklarını tamamladı. Salonun "
           "önünde güvenlik önlemi alındı. Gazeteciler duruşmayı izleyecek.</p>"},
    {"en", "<p>CINARKOY (AA) - The public library of Cinarkoy extended its opening hours on Monday after readers asked for late reading.</p>"
           "<p>\"We want young people to have a warm place,\" the head of the library, Dr. Ada Ornek, said. \"They asked. We listened.\" She added that "
           "tea would be free.</p><p>The U.S. embassy gave 1,200 books. The hall holds 3.5 times as many readers as before. It opens on Apr. 1 at 9 a.m. "
           "and closes at 11 p.m. on weekdays. The town paid for the desks.</p>"},
    {"en", "<p>The river rose above its banks on Friday. The mayor issued a statement:</p><blockquote><p>Nobody has been hurt. We have opened two "
           "schools for those who had to leave.</p></blockquote><p>Some 300 people left their homes. Roads were closed. Trains ran late. Shops stayed shut. "
           "Crews worked through the night. Rain is expected to stop on Sunday. The army sent boats. Farmers moved their animals to higher ground.</p>"},
    {"en", "<p>\"I never thought that it would come to this.</p><p>\"We lost everything in one night,\" said Maria Example, a farmer.</p><p>The fire "
           "began on a hill. Wind drove it to the village. Forty houses burned. Nobody died. Helicopters came at noon. The fire was out by dusk. People "
           "returned on foot. The government promised help. Insurance firms sent experts. Schools stay closed this week.</p>"},
    {"en", "<p>Results of the election:</p><ul><li>Party A 40 percent</li><li>Party B 30 percent</li></ul><p>They are not final. Counting goes on.</p>"},
    {"ar", "<p>مددت مكتبة المدينة ساعات عملها اعتبارا من مطلع نيسان بناء على طلب القراء.</p><p>وقال مدير المكتبة د. محمد علي: «الشباب يريدون القراءة ليلا. "
           "ونحن نفتح لهم الأبواب.» وأضاف أن الشاي سيكون مجانيا.</p><p>اشترت البلدية 120 طاولة. بلغت الكلفة 3.5 ملايين. هل تكفي القاعة؟ يقول القراء إنها "
           "تكفي. تقع المكتبة في مبنى قديم. يزورها ألف قارئ كل يوم.</p>"},
    {"ar", "<p>هطلت أمطار غزيرة على الساحل صباح اليوم.</p><p>«لم نشهد مثل هذا المطر منذ سنوات طويلة.»</p><p>هكذا قال أحد الصيادين.</p><p>توقفت العبارات. "
           "أغلقت الطرق. تأخرت القطارات. بقيت المتاجر مغلقة. عملت الفرق طوال الليل. ينتظر أن يتوقف المطر غدا.</p>"},
    {"ar", "<p>افتتح الوزير معرض الكتاب في العاصمة.</p><p>يشارك في المعرض 50 ناشرا من 12 بلدا. يستمر المعرض حتى 15 نيسان. تباع الكتب بأسعار مخفضة (بنسبة "
           "30.5 بالمئة). زار المعرض آلاف الناس في يومه الأول. تقام ندوات كل مساء.</p>"},
    {"tr", "<p>Sanatçı Işık Kare'nin “Neredesin Firuze?” Sergisi açıldı.</p><p>Kare, “Şehrin sesini topladım.” dedi. “Her sokak bir şarkıdır.” Sergi 3 ay "
           "sürecek. Giriş ücretsiz olacak. Sergide 45 fotoğraf yer alıyor. Fotoğraflar 10 yılda çekildi. Sanatçı daha önce 5 ülkede sergi açtı. Salon "
           "pazartesi günleri kapalı.</p>"},
    {"sw", "<p>Mvua kubwa ilinyesha jana. Barabara zilifungwa.</p><p>Meya aliongea. \"Tutasaidia watu wote wa mji.\" Watu walifurahi. Shule zilifungwa leo.</p>"
           "<p>Treni zilichelewa. Maduka yalifungwa. Watu walirudi nyumbani. Mvua itaisha kesho. Kazi inaendelea.</p>"},
    {"en", "<p>One paragraph without any stop goes on and on so that it is no heading at all and yet has no end</p><p>Short heading</p><p>A sentence. Another "
           "one here. And a third. A fourth. A fifth one.</p>"},
    {"en", "Plain text has no tags & no entities.\nIt is wrapped.\n\nA second paragraph follows. It has three sentences. This is the last."},
    {"en", "<table><tr><td>Only</td><td>a table.</td></tr></table>"},
    {"en", "<pre>Lines. And. Lines.</pre>"},
    {"en", ""},
    {"en", "<p></p><p> </p>"},
    {"en", "<p>Unclosed <b>tags. And < signs &amp; &lt;p&gt; entities. Come here. Yes they do.<p>Next. One."},
};
/* Who speaks stands before, after, a paragraph away, or nowhere. '+' = bound to the next sentence. */
static const struct {
    const char *lang, *html, *want;
} BOUND[] = {
    {"en", "<p>Ali said so. \"It is late, my friend.\" Rain fell on the town.</p>", "+--"},
    {"en", "<p>Rain fell. \"It is late, my friend.\" Ali said.</p><p>Snow came.</p>", "-+--"},
    {"en", "<p>Ali said so. \"It is late, my friend.\" Veli said.</p><p>Snow came.</p>", "++--"},
    {"en", "<p>Rain fell. \"It is late, my friend.\"</p><p>That is what old Ali from the farm said to us at the gate.</p><p>Snow.</p>", "-+--"},
    {"en", "<p>Rain fell. \"It is late, my friend.\" Snow came.</p>", "+--"},
    {"en", "<p>Rain fell.</p><p>\"It is late, my friend.\"</p><p>\"We must go now.\"</p><p>Ali said.</p><p>Snow came.</p>", "+++--"},
    {"en", "<p>\"It is late, my friend.\" Snow came. Wind too.</p>", "+--"},
    {"en", "<p>\"It is late,\" Ali said. Snow came. Wind too.</p>", "---"},
    {"en", "<p>Rain fell.</p><blockquote><p>It is late. We must go.</p></blockquote><p>Snow came.</p>", "++--"},
    {"en", "<p>Ali spoke of these:</p><p>Rain fell.</p>", "+-"},
    {"tr", "<p>Bakan açıkladı. \"Yarın yola çıkıyoruz.\" Kar yağdı.</p>", "+--"},
    {"tr", "<p>Kar yağdı. “Yarın yola çıkıyoruz.” Bakan böyle dedi.</p><p>Rüzgâr esti.</p>", "-+--"},
    {"tr", "<p>“Yeni Yol” açıldı. Kar yağdı.</p>", "--"},
    {"ar", "<p>نزل المطر.</p><p>وقال علي: «سنذهب غدا.»</p><p>نزل الثلج.</p>", "---"},
    {"ar", "<p>صرح الوزير للصحافة. «سنذهب غدا إلى المدينة.» نزل الثلج.</p>", "+--"},
    {"sw", "<p>Mvua. Meya aliongea. \"Tutasaidia watu wote.\" Watu walifurahi.</p><p>Kazi.</p>", "+++--"},
};

#define BODY_COUNT (sizeof BODIES / sizeof BODIES[0])

static struct str summed(size_t i, unsigned share, unsigned words, unsigned sentences)
{
    struct summary_caps caps = {share, words, sentences};
    struct strs p = summary_of(arena, str_from(BODIES[i].lang), str_from(BODIES[i].html), &caps);
    struct buf b = BUF_INIT(1 << 20);
    for (size_t k = 0; k < p.n; k++) {
        if (k > 0)
            buf_puts(&b, " / ");
        buf_add(&b, p.v[k]);
    }
    struct str s = arena_str(arena, buf_str(&b));
    buf_fini(&b);
    return s.p ? s : S("");
}

#define TR0_1 "ÇINARKÖY (AA) - Çınarköy Halk Kütüphanesi, okurlardan gelen \"gece okuması\" isteği üzerine çalışma saatlerini uzattı."
#define TR0_2 "Kütüphane Müdürü Prof. Dr. Ada Örnek, salonun 1 Nisan'dan itibaren hafta içi 23.00'e kadar açık kalacağını söyledi."
#define EN4_1 "CINARKOY (AA) - The public library of Cinarkoy extended its opening hours on Monday after readers asked for late reading."

static void chosen(void)
{
    ok_str(summed(0, 50, 0, 14), TR0_1 " / " TR0_2, "whole sentences within the share");
    ok_str(summed(0, 40, 0, 14), TR0_1, "a smaller one");
    ok_str(summed(0, 5, 0, 14), "", "none fits");
    ok_str(summed(0, 0, 0, 1), TR0_1, "one sentence");
    ok_str(summed(0, 40, 15, 0), TR0_1, "the smaller cap wins");
    ok_str(summed(1, 40, 0, 14), "Marmara'da sabah saatlerinde başlayan sağanak, ulaşımı aksattı.",
           "an announced quotation of the next paragraph comes with its announcement or not at all");
    ok_str(summed(1, 75, 0, 14),
           "Marmara'da sabah saatlerinde başlayan sağanak, ulaşımı aksattı. / Meteoroloji Genel Müdürlüğünden yapılan açıklamada şu ifadeler kullanıldı: / "
           "\"Yağışın akşam saatlerine kadar sürmesi bekleniyor. Vatandaşların dikkatli olması gerekiyor.\" / Vapur seferleri iptal edildi.",
           "both when there is room");
    ok_str(summed(2, 60, 0, 14), "Borsa güne yükselişle başladı.", "what leans on a table ends the summary");
    ok_str(summed(3, 20, 0, 14), "", "a quotation without speaker is bound to the sentence that names one");
    ok_str(summed(3, 40, 0, 14), "Av. Can Su, davanın 12 Mayıs'ta görüleceğini açıkladı. \"Adalete güveniyoruz. Sonuna kadar gideceğiz.\"", "and comes with it");
    ok_str(summed(4, 40, 0, 14), EN4_1, "a continued quotation stays with its speaker");
    ok_str(summed(4, 46, 0, 14),
           EN4_1 " / \"We want young people to have a warm place,\" the head of the library, Dr. Ada Ornek, said. \"They asked. We listened.\"",
           "and comes with him");
    ok_str(summed(5, 40, 0, 14), "The river rose above its banks on Friday.", "a statement and its blockquote are one");
    ok_str(summed(5, 45, 0, 14),
           "The river rose above its banks on Friday. The mayor issued a statement: / Nobody has been hurt. We have opened two schools for those who had to leave.",
           "together");
    ok_str(summed(6, 10, 0, 14), "", "a quotation over two paragraphs is not torn");
    ok_str(summed(6, 42, 0, 14),
           "\"I never thought that it would come to this. / \"We lost everything in one night,\" said Maria Example, a farmer. / The fire began on a hill.", "nor lost");
    ok_str(summed(7, 0, 0, 0), "", "an announced list is no prose, and nothing is announced without it");
    ok_str(summed(9, 24, 0, 14), "هطلت أمطار غزيرة على الساحل صباح اليوم.", "an Arabic quotation waits for its speaker");
    ok_str(summed(9, 52, 0, 14), "هطلت أمطار غزيرة على الساحل صباح اليوم. / «لم نشهد مثل هذا المطر منذ سنوات طويلة.» / هكذا قال أحد الصيادين.", "and comes with him");
    ok_str(summed(11, 20, 0, 14), "Sanatçı Işık Kare'nin “Neredesin Firuze?” Sergisi açıldı.", "a title in quotation marks is no end");
    ok_str(summed(12, 40, 0, 14), "Mvua kubwa ilinyesha jana.", "where no verbs are known a paragraph with speech stays whole, with what leads to it");
    ok_str(summed(13, 0, 0, 2),
           "One paragraph without any stop goes on and on so that it is no heading at all and yet has no end / A sentence.", "a short line without a stop is a heading");
    ok_str(summed(14, 50, 0, 14), "Plain text has no tags & no entities. It is wrapped.", "plain text");
    ok_str(summed(15, 0, 0, 0), "", "a table has no summary");
    ok_str(summed(16, 0, 0, 0), "", "nor has preformatted text");
    ok_str(summed(17, 0, 0, 0), "", "nor nothing");
    ok_str(summed(19, 0, 0, 2), "Unclosed tags. And < signs & <p> entities.", "entities are text again");
}

/* Where the summary may end, found from outside: by the sentence caps that give one sentence more than the last. */
static void bindings(void)
{
    for (size_t i = 0; i < sizeof BOUND / sizeof BOUND[0]; i++) {
        struct str lang = str_from(BOUND[i].lang), body = str_from(BOUND[i].html);
        size_t count = strlen(BOUND[i].want);
        char got[32];
        for (unsigned n = 1; n <= count; n++) {
            struct summary_caps caps = {.sentences = n};
            struct strs p = summary_of(arena, lang, body, &caps);
            size_t taken = 0;
            for (size_t k = 0; k < p.n; k++)
                taken += summary_sentences(arena, lang, p.v[k]).n;
            got[n - 1] = taken == n ? '-' : '+';
        }
        ok_str(str_of(got, count), BOUND[i].want, "bound: %s", BOUND[i].html);
    }
}

static bool stands_in(struct str part, struct strs paragraphs, size_t *from)
{
    for (size_t i = *from; i < paragraphs.n; i++)
        if (str_has(paragraphs.v[i], part)) {
            *from = i + 1;
            return true;
        }
    return false;
}

static size_t words_of(struct strs list)
{
    size_t n = 0;
    for (size_t i = 0; i < list.n; i++)
        n += text_words(list.v[i]);
    return n;
}

static size_t sentences_of(struct str lang, struct strs list)
{
    size_t n = 0;
    for (size_t i = 0; i < list.n; i++)
        n += summary_sentences(arena, lang, list.v[i]).n;
    return n;
}

static bool is_balanced(struct str text)
{
    struct mark m;
    mark_init(&m, text);
    while (mark_next(&m))
        continue;
    return m.brackets == 0;
}

static const char *broken(size_t i, const struct summary_caps *caps, struct str *longest)
{
    struct str lang = str_from(BODIES[i].lang), body = str_from(BODIES[i].html);
    struct strs all = summary_paragraphs(arena, body, true), p = summary_of(arena, lang, body, caps);
    size_t at = 0;
    for (size_t k = 0; k < p.n; k++) {
        if (!stands_in(p.v[k], all, &at))
            return "a paragraph is not the body's, or out of order";
        if (!is_balanced(p.v[k]))
            return "a bracket is left open";
    }
    size_t words = words_of(p);
    if (caps->share_percent && words * 100 > words_of(all) * caps->share_percent)
        return "more than the share";
    if (caps->words && words > caps->words)
        return "more words than the cap";
    if (caps->sentences && sentences_of(lang, p) > caps->sentences)
        return "more sentences than the cap";
    struct str now = summed(i, caps->share_percent, caps->words, caps->sentences);
    if (!str_starts(now, *longest))
        return "a larger cap gave another text";
    *longest = now;
    return NULL;
}

static void properties(void)
{
    for (size_t i = 0; i < BODY_COUNT; i++) {
        const char *fault = NULL;
        struct str by_share = S(""), by_words = S(""), by_sentences = S("");
        for (unsigned n = 1; n <= 100 && !fault; n += 3) {
            struct summary_caps share = {.share_percent = n}, words = {.words = n}, sentences = {.sentences = n};
            fault = broken(i, &share, &by_share);
            fault = fault ? fault : broken(i, &words, &by_words);
            fault = fault ? fault : broken(i, &sentences, &by_sentences);
        }
        ok(!fault, "body %zu: %s", i, fault ? fault : "verbatim, in order, within every cap, growing with it");
    }
}

static void teasers(void)
{
    for (size_t i = 0; i < BODY_COUNT; i++) {
        struct str lang = str_from(BODIES[i].lang), body = str_from(BODIES[i].html);
        struct str t = summary_teaser(arena, lang, body);
        size_t words = words_of(summary_paragraphs(arena, body, true));
        ok(text_words(t) <= 60 && text_words(t) * 100 <= words * 35, "teaser %zu has %zu of %zu words", i, text_words(t), words);
    }
    ok_str(summary_teaser(arena, S("en"), S("<p>One two three. Four five.</p><p>Six seven eight nine.</p><p>Ten eleven twelve thirteen. Fourteen fifteen "
                                            "sixteen seventeen. Eighteen nineteen twenty twenty-one. More words stand here to fill.</p>")),
           "One two three. Four five. Six seven eight nine.", "one line from two paragraphs");
}

static void paragraphs(void)
{
    struct strs p = summary_paragraphs(arena, S("<p>A <strong>b</strong>c &amp; d<br>e</p><h2>H</h2><ul><li>one</li><li>two</li></ul><blockquote>q</blockquote>tail"), false);
    ok_int(p.n, 6, "all blocks");
    ok_str(p.v[0], "A bc & d e", "inline tags, entities, breaks");
    ok_str(p.v[3], "two", "items");
    ok_str(p.v[5], "tail", "text outside of blocks");
    p = summary_paragraphs(arena, S("<p>A</p><h2>H</h2><ul><li>one</li></ul><figure><figcaption>c</figcaption></figure><blockquote>q</blockquote>"), true);
    ok(p.n == 2 && str_eq(p.v[1], S("q")), "prose alone");
}

/* What a hostile body repeats must not be read again and again. */
static void hostile(void)
{
    static const char *const PARTS[] = {"<b>", "<", "<p>", "<p>\"Abc def ghi.\" </p>", "\"Abc def ghi.\" ", "A: ", "<blockquote>Abc. ", "<ul>", "a\n\n", "&"};
    struct buf b = BUF_INIT(1 << 20);
    int64_t from = clock_mono_ms();
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        buf_reset(&b);
        buf_puts(&b, "<p>x</p>");
        while (b.n < 200000)
            buf_puts(&b, PARTS[i]);
        struct arena *own = arena_new(4096);
        struct summary_caps caps = {.share_percent = 40, .sentences = 14};
        summary_of(own, i % 2 ? S("sw") : S("tr"), buf_str(&b), &caps);
        summary_of(own, i % 2 ? S("tr") : S("sw"), buf_str(&b), &caps);
        arena_free(&own);
    }
    ok(clock_mono_ms() - from < 20000, "hostile bodies take %lld ms", (long long)(clock_mono_ms() - from));
    buf_fini(&b);
}

int main(void)
{
    arena = arena_new(1 << 20);
    chosen();
    bindings();
    properties();
    teasers();
    paragraphs();
    hostile();
    arena_free(&arena);
    return tap_end();
}
