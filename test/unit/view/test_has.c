/* The pure parts of HAS: parameters from every encoding, searches from parameters, statuses, file names. */
#include "view/has.h"

#include "base/clock.h"

#include "../tap.h"

#define NOW INT64_C(1773480065123) /* 2026-03-14T09:21:05.123Z */
#define DAY INT64_C(86400000)

static struct arena *arena;
static struct codes *codes;
static struct why why;

static struct req post(const char *type, const char *body)
{
    struct req r = {.method = METHOD_POST, .body = str_from(body)};
    if (type) {
        r.headers[0] = (struct req_pair){S("Content-Type"), str_from(type)};
        r.header_count = 1;
    }
    return r;
}

static void add_header(struct req *r, const char *name, const char *value)
{
    r->headers[r->header_count++] = (struct req_pair){str_from(name), str_from(value)};
}

static struct has_params params_of(const struct req *r)
{
    struct has_params p = {0};
    why = (struct why){0};
    ok(has_params_read(r, arena, &p, &why) == OK, "parameters are read %s %s", why.at, why.text);
    return p;
}

static bool same(const struct has_params *a, const struct has_params *b)
{
    for (unsigned p = 0; p < HAS_PARAMS; p++)
        if (!a->v[p].p != !b->v[p].p || !str_eq(a->v[p], b->v[p])) {
            printf("# %s: [%.*s] [%.*s]\n", has_param_name(p), STR_FMT(a->v[p]), STR_FMT(b->v[p]));
            return false;
        }
    return true;
}

#define FORM "application/x-www-form-urlencoded"
#define PLAIN "start_date=2026-03-01T00:00:00Z&end_date=NOW&filter_type=1%2C2&filter_language=1&search_string=Dolar%2CEnflasyon&offset=0&limit=25"
#define QUOTED "&start_date=%222026-03-01T00:00:00Z%22&end_date=\"NOW\"&filter_type=\"1,2\"&filter_language=\"1\"&search_string=\"Dolar,Enflasyon\"&offset=\"0\"&limit=\"25\""
#define OBJECT "{\"start_date\":\"2026-03-01T00:00:00Z\",\"end_date\":\"NOW\",\"filter_type\":[1,\"2\"],\"filter_language\":1.0,\"filter_package\":null," \
               "\"search_string\":[\"Dolar\",\"Enflasyon\"],\"offset\":0,\"limit\":\"25\",\"q\":{\"deep\":[true]}}"
#define PART(name, value) "--bOu\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define PARTS PART("start_date", "2026-03-01T00:00:00Z") PART("end_date", "NOW") PART("filter_type", "1,2") PART("filter_language", "1") \
    PART("search_string", "Dolar,Enflasyon") PART("offset", "0") PART("limit", "25") "--bOu--\r\n"

static void encodings_agree(void)
{
    struct req r = post(FORM, PLAIN);
    struct has_params want = params_of(&r);
    ok_str(want.v[HAS_START], "2026-03-01T00:00:00Z", "start of the form");
    ok_str(want.v[HAS_FILTER + CODE_TYPE], "1,2", "codes of the form");
    ok(!want.v[HAS_FILTER + CODE_CATEGORY].p, "what is not there is not given");
    static const struct {
        const char *name, *type, *body;
    } rows[] = {
        {"a form without a type", NULL, PLAIN},
        {"a form that begins with &, values in quotes", FORM "; charset=UTF-8", QUOTED},
        {"a JSON object", "application/json", OBJECT},
        {"a JSON object that says it is a form", FORM, "\n " OBJECT},
        {"a JSON object after a byte order mark", "text/plain", "\xef\xbb\xbf" OBJECT},
        {"a form that says it is JSON", "application/json", PLAIN},
        {"a form that says it is multipart", "multipart/form-data; boundary=bOu", PLAIN},
        {"multipart", "multipart/form-data; boundary=bOu", PARTS},
        {"multipart that says it is a form", FORM, PARTS},
        {"a list as PHP writes it", FORM, "start_date=2026-03-01T00:00:00Z&end_date=NOW&filter_type%5B0%5D=1&filter_type%5B1%5D=2&"
         "filter_language[]=1&search_string=Dolar,Enflasyon&offset=0&limit=25&end_data=2020-01-01&keywords=x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        r = post(rows[i].type, rows[i].body);
        struct has_params got = params_of(&r);
        ok(same(&got, &want), "%s", rows[i].name);
    }
    r = (struct req){.method = METHOD_GET, .query = S(PLAIN "&v=21234")};
    struct has_params got = params_of(&r);
    ok(same(&got, &want), "a query string");
    r = post(NULL, "");
    add_header(&r, "start_date", "2026-03-01T00:00:00Z");
    add_header(&r, "END_DATE", " NOW");
    add_header(&r, "Filter_Type", "1,2");
    add_header(&r, "filter_language", "\"1\"");
    add_header(&r, "search_string", "Dolar,Enflasyon");
    add_header(&r, "offset", "0");
    add_header(&r, "limit", "25");
    add_header(&r, "filter_category", "");
    got = params_of(&r);
    ok(same(&got, &want), "request headers");
}

static void nothing_and_precedence(void)
{
    static const struct has_params none;
    static const char *const empty[] = {"", "  ", "[]", "{}", "&", "filter_type=&start_date=\"\"&limit=", "{\"limit\":null,\"offset\":\"\"}"};
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        struct req r = post(FORM, empty[i]);
        struct has_params p = params_of(&r);
        ok(same(&p, &none), "nothing is asked by [%s]", empty[i]);
    }
    struct req r = post(FORM, "limit=1&filter_type=");
    r.query = S("limit=2&offset=2&filter_type=2&v=1");
    add_header(&r, "limit", "3");
    add_header(&r, "offset", "3");
    add_header(&r, "search_string", "three");
    struct has_params p = params_of(&r);
    ok_str(p.v[HAS_LIMIT], "1", "the body goes before the query string");
    ok_str(p.v[HAS_OFFSET], "2", "the query string goes before headers");
    ok_str(p.v[HAS_WORDS], "three", "headers say what nothing else says");
    ok_str(p.v[HAS_FILTER + CODE_TYPE], "2", "an empty value hides nothing");
    r = post(FORM, "limit=1&limit=7&filter_type=1&filter_type=3&search_string=\"a b\",\"c d\"");
    p = params_of(&r);
    ok_str(p.v[HAS_LIMIT], "7", "the last of a name counts");
    ok_str(p.v[HAS_FILTER + CODE_TYPE], "1,3", "filters add up");
    ok_str(p.v[HAS_WORDS], "\"a b\",\"c d\"", "quotes inside belong to the words");
}

static void unreadable(void)
{
    static const struct {
        const char *type, *body, *at;
    } rows[] = {
        {FORM, "limit=%zz", "body"},
        {"application/json", "{\"limit\":true}", "limit"},
        {"application/json", "{\"limit\":1.5}", "limit"},
        {"application/json", "{\"limit\":1e300}", "limit"},
        {"application/json", "{\"filter_type\":[[1]]}", "filter_type"},
        {"application/json", "{\"filter_type\":[1", NULL},
        {"multipart/form-data; boundary=bOu", "--bOu\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nx\r\n--bOu--", "body"},
        {"multipart/form-data; boundary=bOu", "--bOu\r\nContent-Dis", "body"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct req r = post(rows[i].type, rows[i].body);
        struct has_params p;
        why = (struct why){0};
        ok(has_params_read(&r, arena, &p, &why) == ERR_PARSE && why.text[0], "refused: %s", rows[i].body);
        if (rows[i].at)
            ok_str(str_from(why.at), rows[i].at, "and named");
    }
    char *big = arena_zero(arena, 10000);
    memset(big, 'x', 9000);
    memcpy(big, "search_string=", 14);
    struct req r = post(FORM, big);
    struct has_params p;
    ok(has_params_read(&r, arena, &p, &why) == ERR_PARSE, "too long a value");
    ok_str(str_from(why.at), "search_string", "is named");
}

static enum err search_of(const char *form, struct has_search *s)
{
    struct req r = post(FORM, form);
    struct has_params p = params_of(&r);
    why = (struct why){0};
    return has_search_read(&p, &(struct has_setting){codes, NOW, 1000}, arena, s, &why);
}

static void dates(void)
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"*", 0},
        {"%22*%22", 0},
        {"now", NOW},
        {"2026-03-14T09:21:05Z", NOW / 1000 * 1000},
        {"\"2026-03-14T09:21:05Z\"", NOW / 1000 * 1000},
        {"2026-03-14T09:21:05.000Z", NOW / 1000 * 1000},
        {"2026-03-14", NOW / DAY * DAY},
        {"14/03/2026", NOW / DAY * DAY},
        {"2026-03-14T12:21:05+03:00", NOW / 1000 * 1000},
        {"2026-03-14T12:21:05%2B03:00", NOW / 1000 * 1000},
        {"NOW-1DAY", NOW - DAY},
        {"NOW-30MINUTES", NOW - 30 * 60000},
        {"NOW/DAY", NOW / DAY * DAY},
    };
    struct has_search s;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str form = arena_printf(arena, "start_date=%s", rows[i].text);
        ok(search_of(form.p, &s) == OK, "%s", form.p);
        ok_int(s.query.from_ms, rows[i].ms, "is understood");
    }
    ok(search_of("end_date=2026-03-14T09:21:05Z", &s) == OK, "an end in whole seconds");
    ok_int(s.query.to_ms, NOW / 1000 * 1000 + 999, "takes in its second");
    ok(search_of("end_date=NOW", &s) == OK && s.query.to_ms == NOW && s.query.from_ms == 0, "NOW is this moment");
    ok(search_of("start_date=NOW&end_date=NOW-1DAY", &s) == OK && s.is_empty, "an end before the start finds nothing");
    static const char *const bad[] = {"start_date=yesterday", "end_date=2026-13-01", "start_date=32/01/2026", "end_date=%ff",
                                      "end_date=NOW-1FORTNIGHT"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct str name = str_sub(str_from(bad[i]), 0, str_find_char(str_from(bad[i]), '='));
        ok(search_of(bad[i], &s) == ERR_PARSE, "%s is refused", bad[i]);
        ok(str_eq(str_from(why.at), name), "and named: %s", why.at);
    }
}

static void filters(void)
{
    struct has_search s;
    ok(search_of("filter_type=1,+2&filter_category=*", &s) == OK && !s.is_empty, "a list with a space");
    ok(!(s.query.any >> CODE_TYPE & 1) && codeset_has(&s.query.sets[CODE_TYPE], 1) && codeset_has(&s.query.sets[CODE_TYPE], 2),
       "both types");
    ok(s.query.any >> CODE_CATEGORY & 1, "* is no restriction");
    ok(search_of("filter_language=tr_TR,EN", &s) == OK && codeset_has(&s.query.sets[CODE_LANGUAGE], 1) &&
           codeset_has(&s.query.sets[CODE_LANGUAGE], 2),
       "languages by word");
    ok(search_of("filter_type=graphic", &s) == OK && codeset_has(&s.query.sets[CODE_TYPE], 5), "the other word for graph");
    ok(search_of("filter_category=999", &s) == OK && s.is_empty, "a code out of range matches nothing");
    ok(search_of("filter_category=sport%20news", &s) == OK && s.is_empty, "nor does an unknown word");
    ok(search_of("filter_category=nonsense,2,-1", &s) == OK && !s.is_empty && codeset_has(&s.query.sets[CODE_CATEGORY], 2),
       "the known one of a list counts");
    ok(search_of("filter_category=,,", &s) == OK && s.is_empty, "commas alone are no code");
}

static void paging(void)
{
    struct has_search s;
    ok(search_of("", &s) == OK && s.limit == 100 && s.offset == 0 && !s.is_empty, "defaults");
    ok(search_of("limit=100000", &s) == OK && s.limit == 1000, "a large limit is cut, not refused");
    ok(search_of("limit=99999999999999999999999999", &s) == OK && s.limit == 1000, "as is one beyond all numbers");
    ok(search_of("offset=99999999999999999999999999", &s) == OK && s.offset > 10000, "and an offset");
    ok(search_of("limit=0", &s) == ERR_PARSE && !strcmp(why.at, "limit"), "no limit of 0");
    ok(search_of("limit=-5", &s) == ERR_PARSE && !strcmp(why.at, "limit"), "no negative one");
    ok(search_of("offset=ten", &s) == ERR_PARSE && !strcmp(why.at, "offset"), "no word for a number");
    struct has_params p = {0};
    p.v[HAS_LIMIT] = S("100000");
    ok(has_search_read(&p, &(struct has_setting){codes, NOW, 0}, arena, &s, &why) == OK && s.limit == 10000, "no cap: as many as are counted");
    ok(search_of("search_string=Dolar+kuru,Enflasyon", &s) == OK && s.query.branch_count == 2, "commas part alternatives");
    char *many = arena_zero(arena, 1024);
    memcpy(many, "search_string=", 14);
    for (size_t i = 14; i < 600; i++)
        many[i] = i % 8 ? 'a' : '+';
    ok(search_of(many, &s) == ERR_PARSE && !strcmp(why.at, "search_string"), "too many words are a bad parameter");
}

static void statuses(void)
{
    ok_int(has_status(401, STR_NONE, STR_NONE, S("http")), 401, "by status");
    ok_int(has_status(401, STR_NONE, STR_NONE, S("body")), 200, "by body");
    ok_int(has_status(429, STR_NONE, STR_NONE, S("body")), 429, "too fast is 429 everywhere");
    ok_int(has_status(404, S("{\"error_status\":\"body\"}"), S("{\"error_status\":\"http\"}"), S("http")), 200, "the user's word first");
    ok_int(has_status(404, S("{\"error_status\":\"http\"}"), S("{\"error_status\":\"body\"}"), S("body")), 404, "either way");
    ok_int(has_status(404, S("{}"), S("{\"error_status\":\"body\"}"), S("http")), 200, "then the organisation's");
    ok_int(has_status(404, S("{\"error_status\":\"maybe\"}"), S("broken"), S("http")), 404, "nonsense decides nothing");
    ok_str(has_doc_file(arena, S("aa:text:20260314:5000121")), "aa_text_20260314_5000121.xml", "file name");
}

int main(void)
{
    arena = arena_new(4096);
    codes = codes_seed(S("AA"));
    encodings_agree();
    nothing_and_precedence();
    unreadable();
    dates();
    filters();
    paging();
    statuses();
    codes_unref(&codes);
    arena_free(&arena);
    return tap_end();
}
