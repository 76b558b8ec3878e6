#include "base/text.c"
#include "base/clock.h"
#include "../tap.h"

/* The bytes a function adds to an empty buffer, kept until the next call. */
static struct buf made = BUF_INIT(1 << 20);

static struct str fold(const char *lang, const char *s)
{
    buf_reset(&made);
    text_fold(str_from(lang), str_from(s), &made);
    return buf_str(&made);
}

static struct str through(void (*f)(struct str, struct buf *), struct str s)
{
    buf_reset(&made);
    f(s, &made);
    return buf_str(&made);
}

static struct str upper(const char *lang, const char *s)
{
    buf_reset(&made);
    text_upper(str_from(lang), str_from(s), &made);
    return buf_str(&made);
}

static struct str cut(const char *s, size_t chars)
{
    buf_reset(&made);
    text_cut(str_from(s), chars, &made);
    return buf_str(&made);
}

static struct str slug(const char *lang, const char *s)
{
    buf_reset(&made);
    text_slug(str_from(lang), str_from(s), &made);
    return buf_str(&made);
}

static void test_utf8(void)
{
    ok(text_is_utf8(S("abc ığüşöç ع 日 \xF0\x9F\x98\x80")) && text_is_utf8(STR_NONE), "sound");
    static const struct str bad[] = {
        {"\xC0\x80", 2}, {"\xC1\xBF", 2}, {"\xE0\x9F\xBF", 3}, {"\xF0\x8F\xBF\xBF", 4}, {"\xED\xA0\x80", 3},
        {"\xF4\x90\x80\x80", 4}, {"\xF5\x80\x80\x80", 4}, {"\x80", 1}, {"\xC4", 1}, {"\xE2\x82", 2}, {"a\0b", 3},
        {"\xC4g", 2}, {"\xFF", 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(!text_is_utf8(bad[i]), "damaged %zu", i);
    size_t at = 0;
    struct str s = S("a\xFFğ");
    ok(text_next(s, &at) == 'a' && text_next(s, &at) == 0xFFFD && text_next(s, &at) == 0x11F, "decoded past damage");
    ok(text_next(s, &at) == 0 && at == s.n, "zero at the end");
    bool is_same = true;
    for (uint32_t cp = 1; cp <= 0x10FFFF; cp++) {
        buf_reset(&made);
        text_put(&made, cp);
        at = 0;
        uint32_t want = cp >= 0xD800 && cp <= 0xDFFF ? 0xFFFD : cp;
        is_same = is_same && text_next(buf_str(&made), &at) == want && at == made.n;
    }
    ok(is_same, "every code point comes back");
    ok_int(text_chars(S("ığ日x")), 4, "counted");
}

static void test_nfc(void)
{
    ok_str(through(text_nfc, S("I\xCC\x87stanbul s\xCC\xA7")), "İstanbul ş", "composed");
    ok_str(through(text_nfc, S("a\x01\x7F\xC2\x85" "b\tc\r\n")), "ab\tc\r\n", "controls dropped, white space kept");
    ok_str(through(text_nfc, S("s\x01\xCC\xA7")), "ş", "composed over a dropped control");
    ok_str(through(text_nfc, S("a\xFFz")), "a\xEF\xBF\xBDz", "damage marked");
    ok_str(through(text_nfc, STR_NONE), "", "none");
    ok_str(through(text_nfc, S("\xE2\x84\xAB")), "Å", "Angstrom sign is a letter");
    bool is_stable = true;
    for (uint32_t cp = 1; cp <= 0x10FFFF; cp++) {
        if (!is_plain(cp) || text_is_control(cp))
            continue;
        utf8proc_uint8_t one[8] = {0};
        utf8proc_encode_char((utf8proc_int32_t)cp, one);
        utf8proc_uint8_t *nfc = utf8proc_NFC(one);
        const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)cp);
        is_stable = is_stable && !strcmp((char *)nfc, (char *)one) && p->combining_class == 0;
        free(nfc);
    }
    ok(is_stable, "the short way's set is stable under NFC");
}

static void test_lines(void)
{
    ok_str(through(text_one_line, S("  a \t\r\n b\xC2\xA0\xE2\x80\xA8 c  ")), "a b c", "one line");
    ok_str(through(text_one_line, S(" \n ")), "", "of space remains nothing");
    ok_str(through(text_one_line, S("a\xFF")), "a\xEF\xBF\xBD", "damage marked");
}

static void test_fold_turkish(void)
{
    static const char *const pairs[][2] = {{"IŞIK", "ışık"}, {"İSTANBUL", "istanbul"}, {"KADIN", "kadın"},
                                           {"ÇIĞ", "çığ"},   {"ÖĞÜŞÇ", "öğüşç"},       {"DİYARBAKIR", "diyarbakır"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        ok_str(fold("tr", pairs[i][0]), pairs[i][1], "%s in Turkish", pairs[i][0]);
    ok_str(fold("az-Latn-AZ", "IƏİ"), "ıəi", "Azeri, with subtags");
    ok_str(fold("TR", "I"), "ı", "the tag's case does not matter");
    ok_str(fold("en", "TITLE İ"), "title i", "English");
    ok_str(fold("", "IŞIK"), "işik", "no language: generic");
    ok_str(fold("trv", "I"), "i", "another language that begins alike");
    ok_str(fold("tr", "i\xCC\x87stanbul"), "istanbul", "a loose dot goes");
    ok_str(fold("en", "I\xCC\x87zmir"), "izmir", "a dotted I made of two");
    ok_str(fold("tr", "KÂĞIT kâğıt"), "kâğıt kâğıt", "marks of Latin letters are kept");
}

static void test_fold_others(void)
{
    ok_str(fold("ar", "أَحْمَدُ إلى آسيا ٱلله"), "احمد الي اسيا الله", "alef family, vowel signs, maksura");
    ok_str(fold("ar", "مدرســة"), "مدرسه", "tatweel and teh marbuta");
    ok_str(fold("ar", "مؤتمر رئيس"), "موتمر رييس", "hamza on its seats");
    ok_str(fold("ar", "٢٠٢٦"), "2026", "Arabic digits");
    ok_str(fold("fa", "ایران ۱۴۰۴ کتاب"), "ايران 1404 كتاب", "Persian letters and digits");
    ok_str(fold("de", "STRASSE Straße GROẞ"), "strasse strasse gross", "sharp s");
    ok_str(fold("el", "ΟΔΟΣ οδος"), "οδοσ οδοσ", "final sigma");
    ok_str(fold("ru", "МОСКВА Ёлка"), "москва ёлка", "Cyrillic");
    ok_str(fold("en", "co\xC2\xADop"), "coop", "soft hyphen");
    ok_str(upper("tr", "istanbul ılık"), "İSTANBUL ILIK", "Turkish capitals");
    ok_str(upper("en", "istanbul straße é"), "ISTANBUL STRASSE É", "generic capitals");
}

static void test_words(void)
{
    ok_int(text_words(S("Ankara'da 3 kişi, öldü.")), 4, "apostrophe inside kept");
    ok_int(text_words(S("don’t — 'quoted'")), 2, "typographic apostrophe, dash, quotes");
    ok_int(text_words(S("")), 0, "nothing");
    ok(text_is_letter(0x131) && text_is_letter('z') && !text_is_letter('[') && !text_is_letter('@'), "letters");
    ok(text_is_digit('9') && text_is_digit(0x665) && !text_is_digit('a') && !text_is_digit(0xBD), "digits");
    ok(text_is_capital(0x130) && text_is_capital('Z') && !text_is_capital(0x131) && !text_is_capital('1'), "capitals");
    ok_str(str_from(text_dir(S("ar-EG"))), "rtl", "Arabic");
    ok_str(str_from(text_dir(S("tr"))), "ltr", "Turkish");
    ok_str(str_from(text_dir(S("az-Arab"))), "rtl", "script says more");
    ok_str(str_from(text_dir(STR_NONE)), "ltr", "unknown");
    ok_str(str_from(text_dir(S("arn"))), "ltr", "another language that begins alike");
}

static void test_escape(void)
{
    ok_str(through(text_escape, S("<a href=\"x\">'&'</a>")), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;",
           "marks");
    ok_str(through(text_escape, S("a\x0b\x01" "b\tc\n")), "ab\tc\n", "controls");
    ok_str(through(text_escape, S("ığ")), "ığ", "letters");
}

static void test_cut(void)
{
    ok_str(cut("kısa", 10), "kısa", "short enough");
    ok_str(cut("tam", 3), "tam", "just fits");
    ok_str(cut("Uzun bir cümle, burada biter", 16), "Uzun bir cümle…", "on a boundary, comma dropped");
    ok_str(cut("abcdefghij", 5), "abcd…", "inside a long word");
    ok_str(cut("a bcdefghijklmnopqr", 12), "a bcdefghij…", "a tiny first word is not all");
    ok_str(cut("abc", 0), "", "no room");
    bool is_within = true;
    for (size_t n = 0; n < 60; n++)
        is_within = is_within && text_chars(cut("Şırnak’ta çığ altında kalan üç kişi kurtarıldı 日本", n)) <= n;
    ok(is_within, "never longer than asked");
}

static void test_slug(void)
{
    ok_str(slug("tr", "Çığ Şırnak'ta: İKİ köy, ığdır ÖĞÜN"), "cig-sirnakta-iki-koy-igdir-ogun", "Turkish");
    ok_str(slug("tr", "IŞIK"), "isik", "capital dotless i");
    ok_str(slug("fr", "Élysée — l’été à Paris"), "elysee-lete-a-paris", "French");
    ok_str(slug("de", "Größe für Österreich"), "groesse-fuer-oesterreich", "German");
    ok_str(slug("pl", "Łódź ﬁ"), "lodz-f", "decomposed letters");
    ok_str(slug("ar", "خبر عاجل"), "", "Arabic has no slug");
    ok_str(slug("ar", "خبر COVID 19"), "covid-19", "Latin words in Arabic");
    ok_str(slug("en", "--a--b--"), "a-b", "single hyphens between");
    struct str s = slug("en", "word word word word word word word word word word word word word word word word word");
    ok(s.n <= 80 && s.n >= 75 && s.p[s.n - 1] == 'd', "cut between words");
    char many[200];
    memset(many, 'x', sizeof many);
    many[199] = 0;
    ok_int(slug("en", many).n, 80, "a giant word is cut");
}

static void test_html(void)
{
    ok_str(through(text_of_html, S("<p>Bir &amp; iki<br>üç</p>\n<p>dört</p>")), "Bir & iki\nüç\n\ndört", "blocks");
    ok_str(through(text_of_html, S("<ul><li>a</li><li>b</li></ul>x")), "a\nb\n\nx", "lists");
    ok_str(through(text_of_html, S("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>")), "a b\nc",
           "tables");
    ok_str(through(text_of_html, S("a  \n b<strong>c</strong>")), "a bc", "white space and inline tags");
    ok_str(through(text_of_html, S("<pre>a  b\n c</pre>")), "a  b\n c", "pre keeps its columns");
    ok_str(through(text_of_html, S("<pre>a\n\nb</pre>")), "a\n\nb", "pre keeps empty lines");
    ok_str(through(text_of_html, S("<a title=\"x>y\" href='z'>l</a>")), "l", "a sign in an attribute");
    ok_str(through(text_of_html, S("&lt;&gt;&quot;&#39;&#x131;&#304;&apos;")), "<>\"'ıİ'", "entities");
    ok_str(through(text_of_html, S("AT&T &unknown; &#xD800; &#0; &#; 5 < 6 <")),
           "AT&T &unknown; \xEF\xBF\xBD \xEF\xBF\xBD &#; 5 < 6 <", "odd ones");
    ok_str(through(text_of_html, S("a&nbsp;b")), "a\xC2\xA0" "b", "the hard space stays");
    buf_reset(&made);
    buf_puts(&made, "head:");
    text_of_html(S("<p>x"), &made);
    ok_str(buf_str(&made), "head:x", "appended without a gap");
}

/* Once each of these cost the square of its length. */
static void test_html_hostile(void)
{
    static const struct str parts[] = {S("<a"), S("<a \""), S("<a '"), S("<a \"'"), S("<a '\"<b"), S("<!")};
    static const struct str tails[] = {S(""), S(">"), S("\">"), S("'>")};
    struct buf html = BUF_INIT(1 << 20);
    int64_t from = clock_mono_ms();
    size_t n = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (size_t k = 0; k < sizeof tails / sizeof *tails; k++) {
            buf_reset(&html);
            while (html.n < 200000)
                buf_add(&html, parts[i]);
            buf_add(&html, tails[k]);
            n += through(text_of_html, buf_str(&html)).n;
        }
    ok(n > 0 && clock_mono_ms() - from < 5000, "tags that never end cost no more than their length");
    buf_fini(&html);
    ok_str(through(text_of_html, S("<a \"<b 'x>y")), "<a \"<b 'x>y", "a quotation that does not end takes no tag");
    ok_str(through(text_of_html, S("<a \" <b>x</b>")), "<a \" x", "a tag after a reading that did not end");
    ok_str(through(text_of_html, S("a  b &amp;c  d e")), "a b &c d e", "runs and gaps");
}

int main(void)
{
    test_utf8();
    test_nfc();
    test_lines();
    test_fold_turkish();
    test_fold_others();
    test_words();
    test_escape();
    test_cut();
    test_slug();
    test_html();
    test_html_hostile();
    buf_fini(&made);
    return tap_end();
}
