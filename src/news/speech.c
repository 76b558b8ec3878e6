#include "news/speech.h"

#include "base/text.h"
#include "news/mark.h"

/* Verbs and set words of saying; '*' = any ending. Ambiguous ones are left out: a verb not known keeps more together, a
 * wrong one tears ("بين", between; "claims", the noun). */
static const struct {
    const char *lang, *words;
} VERBS[] = {
    {"tr",
     "dedi dedik dedim dediler dediğini diye diyen* diyerek diyor* denil* söyled* söyley* söylen* söylem* söylü* söyler* belirt* kaydet* kayded* vurgul* "
     "açıkla* bildir* konuştu* konuşan* aktard* aktarı* aktara* anlat* değerlendir* ifade* yanıt* cevap* cevab* şöyle "
     "şeklinde dile sordu* yazdı* yazan* ekledi* ekleyen* ekleye* savun* iddia* hatırlat* duyur* seslen* belirtil* "
     "yorum* çağrıs* uyardı* uyaran* uyarısında* paylaştı* paylaşım*"},
    {"en",
     "said says saying tells told adds added adding asks asked asking according noted noting explained explains "
     "explaining warned warns announced argued argues insisted insists wrote writes declared declares replied "
     "remarked commented tweeted reported stressed stresses emphasized emphasised emphasizes emphasises urged pledged "
     "vowed suggested testified admitted admits acknowledged denied joked quipped stated believes statement reads "
     "shouted cried whispered"},
    {"ar",
     "قال قالت قالوا يقول تقول يقولون أضاف أضافت يضيف تضيف أكد أكدت يؤكد تؤكد صرح صرحت أوضح أوضحت يوضح توضح ذكر ذكرت "
     "أشار أشارت يشير تشير لفت لفتت شدد شددت أعلن أعلنت يعلن بيان اعتبر اعتبرت استطرد أردف أردفت مضيفا قائلا قائلة "
     "مشيرا مشيرة مؤكدا مؤكدة موضحا موضحة مضيفة وفقا بحسب حسب أفاد أفادت نوه أعرب أعربت أبلغ أبلغت"},
    {"de",
     "sagte sagten sagt erklärte erklärten erklärt betonte betont teilte laut hieß fügte berichtete berichtet schrieb "
     "schreibt meinte meint zitierte kritisierte forderte warnte kündigte bestätigte antwortete ergänzte äußerte "
     "behauptete"},
    {"fr",
     "dit disait déclaré déclare selon affirmé affirme ajouté ajoute expliqué explique indiqué indique précisé "
     "précise souligné souligne estimé estime rapporté rapporte annoncé annonce assuré assure écrit répondu répond "
     "raconte raconté confié confie martelé regretté"},
    {"es",
     "dijo dice dijeron según afirmó afirma declaró declara añadió añade agregó agrega explicó explica señaló señala indicó "
     "indica aseguró asegura anunció comentó manifestó expresó subrayó advirtió escribió respondió precisó sostuvo"},
    {"pt",
     "disse diz disseram segundo afirmou afirma declarou acrescentou explicou indicou anunciou comentou escreveu respondeu"},
    {"it",
     "detto dice disse affermato dichiarato aggiunto spiegato sottolineato annunciato commentato scritto risposto"},
    {"ru",
     "сказал* заявил* отметил* добавил* сообщил* подчеркнул* пояснил* рассказал* словам считает говорит говорил* объяснил* "
     "уточнил* указал* написал* ответил* спросил* заключил* признал* напомнил* предупредил* цитирует передает"},
    {"fa",
     "گفت گفته گفتند افزود افزوده اظهار تصریح تاکید نوشت نوشته اعلام بیان"},
    {"id",
     "kata ujar tutur ungkap ungkapnya jelasnya menurut menjelaskan mengatakan menyatakan menambahkan ujarnya katanya "
     "tuturnya tegasnya menegaskan mengungkapkan"},
    {"bs",
     "rekao rekla rekli kazao kazala izjavio izjavila dodao dodala istakao istakla naveo navela naglasio naglasila "
     "poručio poručila saopćio saopćila saopštio objasnio objasnila potvrdio potvrdila"},
    {"ku",
     "got gotin dibêje ragihand"},
    {"sq", "tha thotë deklaroi shtoi sipas theksoi njoftoi shpjegoi"},
    {"mk", "рече изјави додаде истакна нагласи според соопшти објасни"},
    {"el", "είπε δήλωσε τόνισε πρόσθεσε σύμφωνα ανέφερε υπογράμμισε σημείωσε εξήγησε"},
};

static const struct {
    const char *lang, *starts;
} LEANING[] = {
    {"tr",
     "ayrıca|açıklamada|açıklamasında|konuşmasında|sözlerini|sözlerine|bunun yanı sıra|öte yandan|buna göre|bu nedenle|bunun "
     "üzerine"},
    {"en", "he |she |they |it |in the statement|the statement|the minister|the president|the official|also"},
    {"ar", "وأضاف|وأكد|وأوضح|وأشار|وتابع|وقال|ولفت|وشدد|وذكر|كما "},
};

struct speech_word {
    struct str folded;
    bool is_stem;
};
struct speech_words {
    struct str lang;
    const struct speech_word *v;
    size_t n;
    bool takes_prefix;   /* Arabic: "and", "then" are written with the word */
    uint8_t heads[256];  /* first bytes that occur */
};

static bool is_lang(struct str tag, const char *primary)
{
    size_t n = strlen(primary);
    return str_eq_nocase(str_sub(tag, 0, n), str_from(primary)) && (tag.n == n || tag.p[n] == '-' || tag.p[n] == '_');
}

static struct str fold(struct arena *a, struct str lang, struct str s)
{
    struct buf b = BUF_INIT(1 << 20);
    text_fold(lang, s, &b);
    struct str folded = arena_str(a, buf_str(&b));
    buf_fini(&b);
    return folded;
}

const struct speech_words *speech_words_of(struct arena *a, struct str lang)
{
    size_t row = 0, rows = sizeof VERBS / sizeof VERBS[0];
    while (row < rows && !is_lang(lang, VERBS[row].lang))
        row++;
    if (row == rows)
        return NULL;
    struct speech_words *w = arena_make(a, struct speech_words);
    struct str item, rest = fold(a, lang, str_from(VERBS[row].words));
    struct speech_word *v = arena_array(a, struct speech_word, rest.n / 2 + 1);
    while (str_split(&rest, ' ', &item)) {
        if (item.n == 0)
            continue;
        bool is_stem = str_ends(item, S("*"));
        item.n -= is_stem;
        w->heads[(uint8_t)item.p[0]] = 1;
        v[w->n++] = (struct speech_word){item, is_stem};
    }
    w->v = v;
    w->lang = lang;
    w->takes_prefix = is_lang(lang, "ar");
    return w;
}

static bool ends_in(struct str s, const char *const *ends, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_ends(s, str_from(ends[i])))
            return true;
    return false;
}

/* "Türkiye Kültür Yolu Festivali": capitals at the head of every word but the small ones. */
static bool is_title(struct str quoted)
{
    enum { TITLE_WORDS = 8, SMALL_BYTES = 3 };
    size_t words = 0;
    struct str word;
    while (str_split(&quoted, ' ', &word)) {
        size_t at = 0;
        uint32_t head = word.n ? text_next(word, &at) : ' ';
        bool is_small = word.n <= SMALL_BYTES && words > 0;
        if (!is_small && !text_is_capital(head) && !text_is_digit(head))
            return false;
        words++;
    }
    return words <= TITLE_WORDS;
}

/* A name or title in quotation marks is no speech. A stop or comma within the marks tells even short speech, but an
 * exclamation or question may be a title's when it stands amid a sentence. */
static bool is_speech(struct str quoted, bool is_first)
{
    enum { NAME_WORDS = 2 };
    static const char *const STOPS[] = {".", ",", "…", "،", "。", "۔"}, *const CRIES[] = {"!", "?", "؟", "！", "？"};
    quoted = str_trim(quoted);
    if (ends_in(quoted, STOPS, sizeof STOPS / sizeof STOPS[0]))
        return true;
    if (is_first && ends_in(quoted, CRIES, sizeof CRIES / sizeof CRIES[0]))
        return true;
    return text_words(quoted) > NAME_WORDS && !is_title(quoted);
}

void speech_look(struct str sentence, struct speech *out)
{
    struct mark m;
    uint32_t last = 0;
    size_t opened = 0;
    *out = (struct speech){0};
    bool was_quoted = false;
    mark_init(&m, sentence);
    while (mark_next(&m)) {
        bool is_quoted = mark_is_quoted(&m);
        if (is_quoted && !was_quoted)
            opened = m.at;
        if (was_quoted && !is_quoted)
            out->has_quote |= is_speech(str_sub(sentence, opened, m.from - opened), opened < 4);
        was_quoted = is_quoted;
        if (!mark_is_space(m.cp) && m.role != MARK_CLOSER)
            last = m.cp;
        mark_run(&m);
    }
    out->ends_colon = last == ':' || last == 0xff1a;
    out->is_unclosed = mark_is_quoted(&m);
    out->has_quote |= out->is_unclosed;
}

static bool is_verb(const struct speech_words *w, struct str word)
{
    if (word.n == 0 || !w->heads[(uint8_t)word.p[0]])
        return false;
    for (size_t i = 0; i < w->n; i++)
        if (w->v[i].is_stem ? str_starts(word, w->v[i].folded) : str_eq(word, w->v[i].folded))
            return true;
    return false;
}

static bool is_verb_with_prefix(const struct speech_words *w, struct str word)
{
    if (is_verb(w, word))
        return true;
    return w->takes_prefix && (str_starts(word, S("و")) || str_starts(word, S("ف"))) && is_verb(w, str_sub(word, 2, word.n));
}

static bool has_verb_in(const struct speech_words *w, struct str folded)
{
    size_t from = SIZE_MAX;
    for (size_t at = 0; at < folded.n;) {
        size_t here = at;
        bool is_part = mark_is_word(text_next(folded, &at));
        if (is_part && from == SIZE_MAX)
            from = here;
        if (!is_part && from != SIZE_MAX) {
            if (is_verb_with_prefix(w, str_sub(folded, from, here - from)))
                return true;
            from = SIZE_MAX;
        }
    }
    return from != SIZE_MAX && is_verb_with_prefix(w, str_sub(folded, from, folded.n - from));
}

bool speech_has_verb(const struct speech_words *w, struct str sentence)
{
    struct buf outside = BUF_INIT(1 << 20), folded = BUF_INIT(1 << 21);
    struct mark m;
    mark_init(&m, sentence);
    while (mark_next(&m)) {
        bool is_outside = !mark_is_quoted(&m) && m.role == MARK_NONE;
        buf_add(&outside, is_outside ? str_sub(sentence, m.from, m.at - m.from) : S(" "));
    }
    text_fold(w->lang, buf_str(&outside), &folded);
    bool has = has_verb_in(w, buf_str(&folded));
    buf_fini(&outside);
    buf_fini(&folded);
    return has;
}

bool speech_leans_back(struct str lang, struct str sentence)
{
    size_t row = 0, rows = sizeof LEANING / sizeof LEANING[0];
    while (row < rows && !is_lang(lang, LEANING[row].lang))
        row++;
    if (row == rows)
        return false;
    struct buf head = BUF_INIT(1024), start = BUF_INIT(256);
    text_fold(lang, str_sub(sentence, 0, 80), &head);
    bool leans = false;
    struct str item, rest = str_from(LEANING[row].starts);
    while (!leans && str_split(&rest, '|', &item)) {
        buf_reset(&start);
        text_fold(lang, item, &start);
        leans = str_starts(buf_str(&head), buf_str(&start));
    }
    buf_fini(&head);
    buf_fini(&start);
    return leans;
}
