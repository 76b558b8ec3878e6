#include "base/stem.h"
#include "base/clock.h"
#include "../tap.h"

#include <pthread.h>

static struct buf exact = BUF_INIT(1 << 20), stems = BUF_INIT(1 << 20);

static struct str words(const char *lang, const char *text)
{
    buf_reset(&exact);
    buf_reset(&stems);
    stem_index(str_from(lang), str_from(text), &exact, &stems);
    return buf_str(&exact);
}

static struct str stemmed(const char *lang, const char *text)
{
    words(lang, text);
    return buf_str(&stems);
}

static void test_words(void)
{
    ok_str(words("tr", "Ankara'nın IŞIKLARI, İstanbul’da!"), "ankara ışıkları istanbul", "Turkish suffixes go");
    ok_str(words("tr", "ANKARA'DA TBMM'nin 2026'da"), "ankara tbmm 2026", "after capitals and numbers too");
    ok_str(words("tr", "O'Brien'ın D’Artagnan"), "o brien d artagnan", "a name after an apostrophe stays");
    ok_str(words("tr", "'Barış Pınarı'nın 'tırnak'"), "barış pınarı tırnak", "quotes");
    ok_str(words("en", "Ankara's don’t"), "ankara s don t", "elsewhere the apostrophe parts");
    ok_str(words("en", "foo-bar, 1.500 a_b C++"), "foo bar 1 500 a b c", "marks part");
    ok_str(words("", "IŞIK"), "işik", "no language");
    ok_str(words("ja", "東京タワー abcカ"), "東 京 タ ワ ー abc カ", "scripts without spaces");
    ok_str(words("th", "กา"), "ก า", "Thai");
    ok_str(words("ar", "الــرَّئيس ُ"), "الرييس", "Arabic; a lone vowel sign is no word");
    ok_str(words("en", "co\xC2\xADop \xC2\xAD"), "coop", "soft hyphens");
    ok_str(words("en", ""), "", "nothing");
    ok_str(words("tr", "a'"), "a", "an apostrophe at the end");
    ok_str(words("en", "a\xFF" "b"), "a b", "damage parts");
    buf_reset(&exact);
    buf_puts(&exact, "x");
    stem_index(S("en"), S("y"), &exact, NULL);
    ok_str(buf_str(&exact), "x y", "appended with a space; either output may be left out");
}

static void test_stems(void)
{
    ok_str(stemmed("en", "running stories"), "en0run en0stori", "English");
    ok_str(stemmed("tr-TR", "çalışanlar"), "tr0çalışan", "Turkish");
    ok_str(stemmed("de", "Häuser"), "de0haus", "German");
    ok_str(stemmed("ru", "новости"), "ru0новост", "Russian");
    ok_str(stemmed("zu", "abc"), "xx0abc", "no stemmer");
    ok_str(stemmed("az", "IŞIK"), "xx0ışık", "Azeri folds but has no stemmer");
    ok_str(str_from(stem_mark(S("nb-NO"))), "no0", "mark of Norwegian");
    ok_str(str_from(stem_mark(STR_NONE)), "xx0", "mark of nothing");
    static char many[4001];
    memset(many, 'a', sizeof many - 1);
    ok(words("tr", many).n == 4000 && stems.n == 4003, "a giant word passes unstemmed");
}

/* A query in another inflection finds what was indexed. */
static void test_meeting(void)
{
    static const char *const pairs[][3] = {{"tr", "kitaplar", "KİTAPLARI"}, {"tr", "ışık", "IŞIKLAR"},
                                           {"en", "election", "Elections"}, {"ar", "الرئيس", "رئيس"},
                                           {"fr", "élection", "ÉLECTIONS"}, {"es", "noticia", "Noticias"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char first[100];
        str_copy(stemmed(pairs[i][0], pairs[i][1]), first, sizeof first);
        ok_str(stemmed(pairs[i][0], pairs[i][2]), first, "%s meets %s", pairs[i][1], pairs[i][2]);
    }
}

struct place {
    const char *text;
    bool is_right;
    size_t n;
};

static void check_place(void *arg, const struct stem_word *w)
{
    struct place *p = arg;
    static const char *const want[] = {"IŞIK", "Ankara", "son"};
    p->is_right = p->is_right && p->n < 3 && str_is(str_of(p->text + w->at, w->bytes), want[p->n]);
    p->n++;
}

static void test_places(void)
{
    struct place p = {"  IŞIK (Ankara'nın) son", true, 0};
    stem_words(S("tr"), str_from(p.text), check_place, &p);
    ok(p.is_right && p.n == 3, "each word knows its place in the source");
}

static void *stem_there(void *arg)
{
    struct buf out = BUF_INIT(1000);
    for (int i = 0; i < 100; i++) {
        buf_reset(&out);
        stem_index(S("tr"), S("kitaplar çalışanlar"), NULL, &out);
        stem_index(S("en"), S("running"), NULL, &out);
    }
    *(bool *)arg = str_is(buf_str(&out), "tr0kitap tr0çalışan en0run");
    buf_fini(&out);
    return NULL;
}

static void test_threads(void)
{
    pthread_t t[4];
    bool is_right[4] = {false};
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, stem_there, &is_right[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    ok(is_right[0] && is_right[1] && is_right[2] && is_right[3], "each thread has stemmers of its own");
}

int main(void)
{
    test_words();
    test_stems();
    test_meeting();
    test_places();
    test_threads();
    buf_fini(&exact);
    buf_fini(&stems);
    return tap_end();
}
