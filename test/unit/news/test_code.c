#include "news/code.h"

#include "../tap.h"

static void sets(void)
{
    struct codeset s = {{0}}, t = {{0}};
    ok(codeset_is_empty(&s) && codeset_first(&s) == 0, "empty");
    static const unsigned CODES[] = {1, 63, 64, 65, 127, 128, 192, 255};
    for (size_t i = 0; i < sizeof CODES / sizeof CODES[0]; i++)
        codeset_add(&s, CODES[i]);
    unsigned at = 0;
    size_t n = 0;
    bool in_order = true;
    for (at = codeset_first(&s); at; at = codeset_next(&s, at))
        in_order &= n < 8 && CODES[n++] == at;
    ok(in_order && n == 8, "walks its members in order over the words");
    ok(codeset_has(&s, 64) && !codeset_has(&s, 62) && !codeset_has(&s, 0) && !codeset_has(&s, 256) && !codeset_has(&s, 320),
       "membership, codes out of range are in no set");
    codeset_add(&t, 200);
    ok(!codeset_meets(&s, &t) && !codeset_eq(&s, &t), "apart");
    codeset_add(&t, 255);
    ok(codeset_meets(&s, &t) && codeset_meets(&t, &s), "meet in the last word");
    ok(codeset_next(&s, 255) == 0 && codeset_next(&s, 254) == 255, "ends at 255");
    struct codeset all = {{0}};
    for (unsigned c = 1; c <= 255; c++)
        codeset_add(&all, c);
    n = 0;
    for (at = codeset_first(&all); at; at = codeset_next(&all, at))
        n++;
    ok_int(n, 255, "all codes");
}

static void seed(void)
{
    struct codes *c = codes_seed(S("ORN"));
    ok_str(codes_get(c, CODE_PROVIDER, 1)->word, "ORN", "provider 1 is the agency");
    ok_str(code_label(codes_get(c, CODE_PROVIDER, 1), S("ar")), "ORN", "by the same name in all languages");
    ok_str(code_label(codes_get(c, CODE_CATEGORY, 5), S("tr")), "Bilim, Teknoloji", "category 5");
    ok_str(code_label(codes_get(c, CODE_CATEGORY, 7), S("en-GB")), "Culture, Art, Life", "category 7 in English");
    ok_str(code_label(codes_get(c, CODE_CATEGORY, 2), S("ar")), "رياضة", "category 2 in Arabic");
    ok_str(code_label(codes_get(c, CODE_CATEGORY, 2), S("fr")), "Sport", "other languages read English");
    ok_str(codes_get(c, CODE_CATEGORY, 4)->word, "SAG", "category words");
    ok_str(codes_get(c, CODE_TYPE, 5)->word, "graph", "type words");
    ok_str(codes_get(c, CODE_PRIORITY, 1)->word, "flash", "priority words");
    ok_str(code_label(codes_get(c, CODE_PRIORITY, 2), S("tr")), "Acil", "priority 2");
    ok_str(codes_get(c, CODE_PACKAGE, 3)->tr, "Yerel", "package 3");
    static const int COUNTS[] = {1, 3, 7, 5, 16, 6};
    for (unsigned k = 0; k < CODE_KINDS; k++) {
        int n = 0;
        bool is_full = true;
        for (const struct code *row = codes_next(c, (enum code_kind)k, 0); row; row = codes_next(c, (enum code_kind)k, row->code), n++)
            is_full &= row->word.n && row->tr.n && row->en.n && row->ar.n && codes_find(c, (enum code_kind)k, row->word) == row;
        ok(is_full && n == COUNTS[k], "%s has %d rows, each with all names and a word of its own", code_kind_name((enum code_kind)k), n);
    }
    ok(codes_find(c, CODE_CATEGORY, S("spo"))->code == 2 && !codes_find(c, CODE_CATEGORY, S("")), "words in any case");
    ok(!codes_get(c, CODE_CATEGORY, 8) && !codes_get(c, CODE_CATEGORY, 0) && !codes_get(c, CODE_CATEGORY, 999), "unknown codes");
    codes_unref(&c);
    ok(c == NULL, "gone");
    codes_unref(&c);
}

static void snapshots(void)
{
    struct codes *old = codes_seed(S("AA"));
    struct code row = {40, S("MAG"), S("Magazin"), S(""), S("")};
    struct codes *new = codes_with(old, CODE_CATEGORY, &row), *keep = codes_ref(new);
    ok(!codes_get(old, CODE_CATEGORY, 40) && codes_get(new, CODE_CATEGORY, 40), "a new row is in the new snapshot alone");
    ok_str(code_label(codes_get(new, CODE_CATEGORY, 40), S("ar")), "Magazin", "a name that lacks is taken from another language");
    struct code changed = {2, S("SPO"), S("Spor ve Yaşam"), S("Sports"), S("رياضة")};
    struct codes *third = codes_with(new, CODE_CATEGORY, &changed);
    codes_unref(&old);
    codes_unref(&new);
    ok_str(codes_get(third, CODE_CATEGORY, 2)->en, "Sports", "replaced");
    ok_str(codes_get(keep, CODE_CATEGORY, 2)->en, "Sport", "the older snapshot stands");
    ok(codes_get(third, CODE_CATEGORY, 40) && codes_get(third, CODE_TYPE, 1), "all else is carried over");
    codes_unref(&third);
    codes_unref(&keep);
}

/* "1,2" = these codes, "*" = any, "!" = refused */
static const struct {
    enum code_kind kind;
    const char *list, *want;
} LISTS[] = {
    {CODE_CATEGORY, "1,2", "1 2 "},         {CODE_CATEGORY, " 1 , 2 ", "1 2 "},   {CODE_CATEGORY, "", "*"},
    {CODE_CATEGORY, "*", "*"},              {CODE_CATEGORY, "  ", "*"},           {CODE_CATEGORY, "spo,EKO", "2 3 "},
    {CODE_CATEGORY, "255", "255 "},         {CODE_CATEGORY, "0", "!"},            {CODE_CATEGORY, "256", "!"},
    {CODE_CATEGORY, "99999999999999999999", "!"}, {CODE_CATEGORY, "1,,2", "1 2 "}, {CODE_CATEGORY, ",", "!"},
    {CODE_CATEGORY, "-1", "!"},             {CODE_CATEGORY, "nope", "!"},         {CODE_CATEGORY, "1;2", "!"},
    {CODE_LANGUAGE, "tr_TR", "1 "},         {CODE_LANGUAGE, "en-US,ar", "2 3 "},  {CODE_LANGUAGE, "_", "!"},
    {CODE_TYPE, "graphic,text", "1 5 "},    {CODE_TYPE, "tr_TR", "!"},            {CODE_PRIORITY, "flash", "1 "},
    {CODE_CATEGORY, "1,nope", "!"},         {CODE_CATEGORY, "77", "77 "},
};

static void lists(void)
{
    struct codes *c = codes_seed(S("AA"));
    for (size_t i = 0; i < sizeof LISTS / sizeof LISTS[0]; i++) {
        struct codeset set = {{~0ULL, 0, 0, 0}};
        bool is_any = false;
        struct why why = {0};
        char got[64] = "";
        enum err e = codes_parse_list(c, LISTS[i].kind, str_from(LISTS[i].list), &set, &is_any, &why);
        if (e)
            snprintf(got, sizeof got, "%s", e == ERR_FIELD && why.text[0] && set.w[0] == ~0ULL ? "!" : "?");
        else if (is_any)
            snprintf(got, sizeof got, "*");
        else
            for (unsigned at = codeset_first(&set); at; at = codeset_next(&set, at))
                snprintf(got + strlen(got), sizeof got - strlen(got), "%u ", at);
        ok_str(str_from(got), LISTS[i].want, "list [%s]", LISTS[i].list);
    }
    codes_unref(&c);
    enum code_kind k = CODE_TYPE;
    ok(code_kind_parse(S("priority"), &k) && k == CODE_PRIORITY && !code_kind_parse(S("Priority"), &k), "kinds by name");
}

int main(void)
{
    sets();
    seed();
    snapshots();
    lists();
    return tap_end();
}
