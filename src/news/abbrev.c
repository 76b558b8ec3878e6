#include "news/abbrev.h"

#include "base/text.h"
#include "news/mark.h"

/* Per language, "" for all. A word with '#' counts only before a number ("No. 5", but "he said no. Then"). ASCII
 * letters match in either case. Single letters and words with dots inside need no row. */
static const struct {
    const char *lang, *words;
} TABLE[] = {
    {"", "Dr Prof Mr Mrs Ms Jr Sr St vs etc al Inc Ltd Co Corp No# Nr# Nos# Fig# vol# pp# op# art# approx cf Doç Sn"},
    {"tr",
     "Doç DOÇ Yrd Öğr ÖĞR Gör GÖR Arş ARŞ Av Sn Bkz vb vs vd yy Alm Apt Asb Astsb Atğm Bçvş Bl Bn Böl Bşk Bul Cad Cd Çvş "
     "Dz Fak Fr Gn Gnkur Hst Hz HZ İng Kor Korg Koor Şti ŞTİ Lt Mah Md md Mim Müh MÜH Ms Msl Ord Ort Opr Op Dt Ecz Ens Org "
     "San Sok Sk Sf Şb Tel# Tğm TĞM Tic TİC Tuğg TUĞG Tümg Orgen Korgen Uzm Üni Ünv Üsteğm Vet Yar Yd Yzb YZB çev haz der# "
     "ed# Kom Başk Gen# Yay Bsk s# c# fık# mad# Madd# mük say# Tls"},
    {"en",
     "Messrs Rev Hon Sen Rep Gov Gen Lt Col Maj Capt Cmdr Cpl Sgt Adm Pres Supt Insp Det Mt Ft Bros Figs# est dept univ assn "
     "ave blvd Rd# Ste# Jan# Feb# Mar# Apr# Jun# Jul# Aug# Sep# Sept# Oct# Nov# Dec# Mon# Tue# Tues# Wed# Thu# Thurs# Fri# "
     "Sat# Sun# ed# Ch# Sec# Cos Md Calif Fla Mass Mich Minn Conn Ariz Pa Va Wis Ont Que vol# min# max# Esq Hwy ext# viz"},
    {"de",
     "Hr Fr Hrn bzw usw ca ggf evtl inkl exkl Mio Mrd Str Abs# Art# bspw vgl Kap# Bd# Jh Jhd Tel# geb gest sog Dipl Ing Mag "
     "phil med jur rer nat Hl Nrn# Std Sek# Min# Okt# Dez# Jan# Febr# Aug# Sept# Nov# zzgl mind"},
    {"fr", "M MM Mme Mmes Mlle Me av apr env p# éd# janv# févr# juil# sept# oct# nov# déc# art# chap# fig# tél# réf#"},
    {"es", "Sra Srta Sres Dra Ud Uds EE UU pág# págs# núm# art# aprox Gral Lic Ing Arq Avda Pdte Excmo tel# cap#"},
    {"pt", "Sra Dra Srs pág# núm# art# aprox Eng Av tel# cap# Exmo"},
    {"it", "Sig Sigg Dott Prof Avv Ing Geom ecc pag# art# tel# cap# On Sen"},
    {"ru", "гг тт тыс млн млрд руб коп ул им см стр проф акад доц обл напр др пр пос долл кв# корп# род св рис# гл# ст# ред"},
    {"uk", "рр тис млн млрд грн вул ім див стор проф акад доц обл напр ін"},
    {"ar", "إلخ الخ هـ أد ود"},
    {"fa", "دکتر الخ"},
    {"bs", "mr npr tzv itd tj god br# sv gosp inž str# čl# ul tel# dipl"},
    {"id", "Ir Hj Drs Dra dll dsb dst Jl hlm# Kab Kec Tn Ny Sdr tel# Kel Gg Kol Letkol"},
    {"nl", "bijv ca enz evt mw dhr ds drs nl# blz# art# jl"},
    {"pl", "prof inż mgr ul im np tzw itd itp godz# tys mln mld zł św pt# str# al"},
    {"ku", "hwd bnr"},
    {"mk", "проф итн др бр# ул св"},
    {"sq", "prof znj dmth etj nr# etj"},
};

/* In these a number with a stop is an ordinal ("15. yüzyıl", "3. Ordu", "am 3. Oktober"). */
static const char ORDINAL_LANGS[] = " tr az de bs hr sr sh me sl cs sk pl hu fi et lv lt da no nb nn is tk ";

static bool is_lang(struct str tag, const char *primary)
{
    size_t n = strlen(primary);
    return str_eq_nocase(str_sub(tag, 0, n), str_from(primary)) && (tag.n == n || tag.p[n] == '-' || tag.p[n] == '_');
}

static bool has_ordinals(struct str lang)
{
    char key[8];
    size_t n = 0;
    while (n < lang.n && n < 4 && lang.p[n] != '-' && lang.p[n] != '_')
        n++;
    if (n == 0 || n > 3)
        return false;
    snprintf(key, sizeof key, " %.*s ", (int)n, lang.p);
    return strstr(ORDINAL_LANGS, key) != NULL;
}

static struct str strip_lead(struct str word)
{
    for (size_t at = 0; at < word.n;) {
        size_t from = at;
        if (mark_is_word(text_next(word, &at)))
            return str_sub(word, from, word.n);
    }
    return str_sub(word, 0, 0);
}

/* What a word is made of, found in one walk. */
struct build {
    size_t letters, digits, dots, others;
    size_t longest; /* letters between dots */
    bool is_roman;
};

static struct build build_of(struct str word)
{
    struct build b = {.is_roman = true};
    size_t run = 0;
    for (size_t at = 0; at < word.n;) {
        uint32_t cp = text_next(word, &at);
        if (cp == '.') {
            b.dots++;
            run = 0;
            continue;
        }
        if (text_is_digit(cp))
            b.digits++;
        else if (text_is_letter(cp))
            b.letters++;
        else
            b.others++;
        b.longest = ++run > b.longest ? run : b.longest;
        b.is_roman = b.is_roman && cp < 0x80 && strchr("IVXLC", (int)cp) != NULL;
    }
    return b;
}

static bool is_in_row(const char *words, struct str word, bool is_before_number)
{
    struct str item, rest = str_from(words);
    while (str_split(&rest, ' ', &item)) {
        bool needs_number = str_ends(item, S("#"));
        item.n -= needs_number;
        if (str_eq_nocase(item, word) && (!needs_number || is_before_number))
            return true;
    }
    return false;
}

static bool is_listed(struct str lang, struct str word, bool is_before_number)
{
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++)
        if ((TABLE[i].lang[0] == '\0' || is_lang(lang, TABLE[i].lang)) && is_in_row(TABLE[i].words, word, is_before_number))
            return true;
    return false;
}

/* "in the U.S. The president": words that hardly follow such an abbreviation but often begin a sentence. */
static bool begins_sentence(struct str lang, struct str after)
{
    static const char WORDS[] = " The He She It They We But This That These However Meanwhile ";
    size_t n = 0;
    while (n < after.n && ((after.p[n] | 32) >= 'a' && (after.p[n] | 32) <= 'z'))
        n++;
    char key[16];
    if (!is_lang(lang, "en") || n == 0 || n > 12)
        return false;
    snprintf(key, sizeof key, " %.*s ", (int)n, after.p);
    return strstr(WORDS, key) != NULL;
}

static bool holds_number(struct str lang, const struct build *b, const struct abbrev_place *place)
{
    enum { ORDINAL_DIGITS = 3 }; /* "2023." ends a sentence; no ordinal is that long in news */
    if (place->is_first || text_is_digit(mark_first(place->after)))
        return true;
    return b->dots == 0 && b->others == 0 && b->digits <= ORDINAL_DIGITS && has_ordinals(lang);
}

bool abbrev_holds(struct str lang, const struct abbrev_place *place)
{
    struct str word = strip_lead(place->word);
    if (word.n == 0)
        return false;
    struct build b = build_of(word);
    if (b.letters == 0)
        return b.digits > 0 && holds_number(lang, &b, place);
    if (b.dots > 0 && b.digits == 0 && b.others == 0 && b.longest <= 4)
        return !begins_sentence(lang, place->after);
    if (b.letters == 1 && b.digits == 0 && b.others == 0)
        return true;
    if (b.is_roman && has_ordinals(lang))
        return true;
    return is_listed(lang, word, text_is_digit(mark_first(place->after)));
}
