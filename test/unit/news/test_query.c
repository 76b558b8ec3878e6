#include "news/query.h"

#include "../tap.h"
#include "base/buf.h"
#include "base/clock.h"

#define NOW INT64_C(1773480065123) /* 2026-03-14T09:21:05.123Z, a Saturday */

static struct arena *arena;

/* [a b] phrase, ~ not, * prefix, field: ; branches parted by " | ". */
static void show_term(const struct query_term *t, struct buf *out)
{
    if (t->is_not)
        buf_addc(out, '~');
    if (t->field.n)
        buf_printf(out, "%.*s:", STR_FMT(t->field));
    if (t->is_phrase)
        buf_addc(out, '[');
    for (size_t i = 0; i < t->words.n; i++) {
        if (i > 0)
            buf_addc(out, ' ');
        buf_add(out, t->words.v[i]);
    }
    buf_puts(out, t->is_phrase ? "]" : t->is_prefix ? "*" : "");
}

static struct str show(const struct query *q)
{
    struct buf b = BUF_INIT(1 << 16);
    for (size_t i = 0; i < q->branch_count; i++) {
        if (i > 0)
            buf_puts(&b, " | ");
        for (size_t k = 0; k < q->branches[i].count; k++) {
            if (k > 0)
                buf_addc(&b, ' ');
            show_term(&q->branches[i].terms[k], &b);
        }
    }
    struct str s = arena_str(arena, buf_str(&b));
    buf_fini(&b);
    return s.p ? s : S("");
}

typedef enum err (*parser)(struct arena *, struct str, struct query *, struct why *);

static struct str run(parser parse, struct str text)
{
    struct query q;
    struct why why = {0};
    query_init(&q);
    enum err e = parse(arena, text, &q, &why);
    if (e == OK)
        return show(&q);
    return arena_printf(arena, "%s %s", e == ERR_LIMIT ? "limit" : "parse", why.text[0] ? why.at : "?");
}

struct row {
    const char *text, *want;
};

static const struct row HAS[] = {
    {"", ""},
    {"Dolar,Enflasyon", "Dolar | Enflasyon"},
    {"Merkez Bankası, faiz kararı", "Merkez Bankası | faiz kararı"},
    {"\"Merkez Bankası\" faiz", "[Merkez Bankası] faiz"},
    {"\"faiz, kur\",altın", "[faiz, kur] | altın"},
    {"a OR b", "a OR b"},
    {"-dolar", "-dolar"},
    {"econom*", "econom*"},
    {"headline:foo", "headline:foo"},
    {",,dolar,,", "dolar"},
    {"\"açık", "\"açık"},
    {"5\" ekran", "5 ekran"},
    {"& - !", ""},
    {"Ankara'nın", "Ankara'nın"},
    {"“gece okuması”", "[gece okuması]"},
    {"\"\" x", "x"},
    {"  x\ty  z ", "x y z"},
};

static const struct row OURS[] = {
    {"", ""},
    {"merkez bankası", "merkez bankası"},
    {"\"merkez bankası\" faiz", "[merkez bankası] faiz"},
    {"a b OR c d", "a b | c d"},
    {"a AND b", "a b"},
    {"a or b", "a or b"},
    {"ORAN", "ORAN"},
    {"faiz -dolar", "faiz ~dolar"},
    {"faiz -\"dolar kuru\"", "faiz ~[dolar kuru]"},
    {"econom*", "econom*"},
    {"şeh*", "şeh*"},
    {"covid-19*", "parse character 9"},
    {"headline:seçim", "headline:seçim"},
    {"HEADLINE:seçim", "headline:seçim"},
    {"-city:Ankara deprem", "~city:Ankara deprem"},
    {"subject:\"medtop 1\"", "subject:[medtop 1]"},
    {"slug:dep*", "slug:dep*"},
    {"12:30", "12:30"},
    {"Ankara: deprem", "Ankara: deprem"},
    {"“gece okuması” x", "[gece okuması] x"},
    {"- dolar &", "dolar"},
    {"covid-19", "covid-19"},
    {"ab\"c d\"", "ab [c d]"},
    /* refused, with the place */
    {"ab*", "parse character 3"},
    {"şe*", "parse character 3"},
    {"*", "parse character 1"},
    {"a*b", "parse character 2"},
    {"abc**", "parse character 4"},
    {"\"açık", "parse character 1"},
    {"x \"y", "parse character 3"},
    {"-dolar", "parse character 7"},
    {"a OR -b", "parse character 8"},
    {"OR a", "parse character 3"},
    {"a OR", "parse character 5"},
    {"a OR OR b", "parse character 8"},
    {"ülke:tr", "ülke:tr"},
    {"country:tr", "parse character 1"},
    {"x headline:", "parse character 3"},
    {"headline: x", "parse character 1"},
};

static void tables(void)
{
    for (size_t i = 0; i < sizeof HAS / sizeof HAS[0]; i++)
        ok_str(run(query_parse_has, str_from(HAS[i].text)), HAS[i].want, "HAS [%s]", HAS[i].text);
    for (size_t i = 0; i < sizeof OURS / sizeof OURS[0]; i++)
        ok_str(run(query_parse, str_from(OURS[i].text)), OURS[i].want, "ours [%s]", OURS[i].text);
}

static struct str repeat(const char *word, int n)
{
    struct buf b = BUF_INIT(1 << 16);
    for (int i = 0; i < n; i++)
        buf_puts(&b, word);
    struct str s = arena_str(arena, buf_str(&b));
    buf_fini(&b);
    return s;
}

static void limits(void)
{
    parser both[] = {query_parse, query_parse_has};
    for (int i = 0; i < 2; i++) {
        struct query q;
        struct why why = {0};
        query_init(&q);
        ok(both[i](arena, repeat("a ", 32), &q, &why) == OK && q.branches[0].count == 32, "32 words");
        ok(both[i](arena, repeat("a ", 33), &q, &why) == ERR_LIMIT && strstr(why.text, "32"), "33 are too many: %s, %s", why.at, why.text);
        ok(both[i](arena, repeat("x", 512), &q, &why) == OK, "512 bytes");
        ok(both[i](arena, repeat("x", 513), &q, &why) == ERR_LIMIT && strstr(why.text, "513"), "513 are too many: %s", why.text);
        ok(both[i](arena, S("\"a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a\""), &q, &why) == ERR_LIMIT, "words of a phrase count");
        ok(both[i](arena, S("a\xff"), &q, &why) == ERR_PARSE, "no UTF-8");
        ok(both[i](arena, repeat("\xef\xad\xac", 170), &q, &why) == OK, "text that NFC makes longer");
    }
    struct query q;
    query_init(&q);
    ok(query_parse(arena, repeat("a OR ", 31), &q, NULL) == ERR_PARSE, "no reason asked for");
    ok(query_parse_has(arena, repeat("a,", 32), &q, NULL) == OK && q.branch_count == 32, "32 alternatives");
    struct query before = q;
    ok(query_parse(arena, S("\""), &q, NULL) == ERR_PARSE && q.branches == before.branches, "outputs untouched on error");
    /* NFC: e + combining acute */
    ok_str(run(query_parse, S("cafe\xcc\x81")), "caf\xc3\xa9", "words are in NFC, as typed otherwise");
    ok_str(run(query_parse, S("IŞIK Işık")), "IŞIK Işık", "and not folded");
}

#define T(y) (INT64_C(y))
static const struct {
    const char *text;
    int64_t want; /* -1 = refused */
} DATES[] = {
    {"2026-03-14T09:21:05Z", T(1773480065000)},
    {"2026-03-14T09:21:05.000Z", T(1773480065000)},
    {"2026-03-14T09:21:05.123Z", T(1773480065123)},
    {"\"2026-03-14T09:21:05Z\"", T(1773480065000)},
    {" 2026-03-14T09:21:05z ", T(1773480065000)},
    {"2026-03-14t09:21:05z", T(1773480065000)},
    {"2026-03-14", T(1773446400000)},
    {"14/03/2026", T(1773446400000)},
    {"4/3/2026", T(1772582400000)},
    {"31/02/2026", -1},
    {"14/13/2026", -1},
    {"14/03/26", -1},
    {"14/03/2026/1", -1},
    {"2026-03-14T12:21:05+03:00", T(1773480065000)},
    {"2026-03-14T12:21:05 03:00", T(1773480065000)},
    {"2026-03-14 12:21:05 03:00", T(1773480065000)},
    {"2026-03-14 03:00:00", T(1773457200000)},
    {"2026-03-14T06:21:05-03:00", T(1773480065000)},
    {"*", 0},
    {"\"*\"", 0},
    {"", 0},
    {"  ", 0},
    {"NOW", NOW},
    {"now", NOW},
    {"\"NOW\"", NOW},
    {"NOW-1DAY", NOW - 86400000},
    {"NOW-1DAYS", NOW - 86400000},
    {"now-30minutes", NOW - 1800000},
    {"NOW-30MINUTES", NOW - 1800000},
    {"NOW-2HOURS", NOW - 7200000},
    {"NOW-5SECONDS", NOW - 5000},
    {"NOW-250MILLISECONDS", NOW - 250},
    {"NOW-250MILLIS", NOW - 250},
    {"NOW-1WEEK", NOW - 604800000},
    {"NOW+1DAY", NOW + 86400000},
    {"NOW 1DAY", NOW + 86400000},
    {"NOW/DAY", T(1773446400000)},
    {"NOW/HOUR", T(1773478800000)},
    {"NOW/MONTH", T(1772323200000)},
    {"NOW/YEAR", T(1767225600000)},
    {"NOW/WEEK", T(1773014400000)},
    {"NOW/DAY-1DAY", T(1773360000000)},
    {"NOW-1DAY/DAY", T(1773360000000)},
    {"NOW-1MONTH", T(1771060865123)},
    {"NOW-1YEAR", T(1741944065123)},
    {"NOW+1YEAR-1DAY", T(1804929665123)},
    {"2026-03-31T00:00:00Z-1MONTH", T(1772236800000)},
    {"2024-02-29T00:00:00Z+1YEAR", T(1740700800000)},
    {"2026-03-14T09:21:05Z/DAY", T(1773446400000)},
    {"2026-03-14T09:21:05Z+1HOUR", T(1773483665000)},
    {"2026-03-14T09:21:05Z 1HOUR", T(1773483665000)},
    {"1970-01-01", 1},
    {"NOW-", -1},
    {"NOW-DAY", -1},
    {"NOW-1", -1},
    {"NOW-1FORTNIGHT", -1},
    {"NOW/", -1},
    {"NOW/S", -1},
    {"NOWHERE", -1},
    {"NOW-99999999999DAY", -1},
    {"NOW-9999999YEARS", -1},
    {"NOW+9999YEARS", -1},
    {"NOW-1DAY junk", -1},
    {"yesterday", -1},
    {"2026-13-01", -1},
    {"2026-02-30T00:00:00Z", -1},
    {"**", -1},
    {"\"", -1},
    {"2026-03-14T09:21:05Z+1", -1},
    {"2026-03-14T09:21:05Z-1DAY-1DAY-1DAY-1DAY-1DAY-1DAY-1DAY-1DAY-1DAY", -1},
    {"/", -1},
    {"Z", -1},
};

static void dates(void)
{
    for (size_t i = 0; i < sizeof DATES / sizeof DATES[0]; i++) {
        int64_t ms = -77;
        struct why why = {0};
        enum err e = query_parse_date(str_from(DATES[i].text), NOW, &ms, &why);
        if (DATES[i].want < 0)
            ok(e == ERR_PARSE && ms == -77 && why.text[0], "date [%s] refused", DATES[i].text);
        else if (e)
            ok(false, "date [%s]: %s", DATES[i].text, why.text);
        else
            ok_int(ms, DATES[i].want, "date [%s]", DATES[i].text);
    }
}

static void filters(void)
{
    struct query q;
    struct story_codes c = {.type = 1, .language = 1, .priority = 4, .provider = 1};
    query_init(&q);
    ok(query_allows(&q, &c), "an empty query takes all, stories without codes too");
    c.is_archive = true;
    ok(query_allows(&q, &c), "searches see imports");
    q.with_archive = false;
    ok(!query_allows(&q, &c), "not when they are left out");
    c.is_archive = false;
    q.any &= ~(1U << CODE_CATEGORY);
    ok(!query_allows(&q, &c), "an empty list of codes takes none");
    codeset_add(&q.sets[CODE_CATEGORY], 2);
    codeset_add(&c.category, 2);
    codeset_add(&c.category, 9);
    ok(query_allows(&q, &c), "one of several codes is enough");
    q.any &= ~(1U << CODE_LANGUAGE);
    codeset_add(&q.sets[CODE_LANGUAGE], 2);
    ok(!query_allows(&q, &c), "filters are joined by AND");
    c.language = 2;
    ok(query_allows(&q, &c), "both hold");
    q.has_kind = true;
    q.kind = KIND_ADVISORY;
    ok(!query_allows(&q, &c), "another kind");
    c.kind = KIND_ADVISORY;
    ok(query_allows(&q, &c), "its kind");
}

int main(void)
{
    arena = arena_new(1 << 16);
    tables();
    limits();
    dates();
    filters();
    arena_free(&arena);
    return tap_end();
}
