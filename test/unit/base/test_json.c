#include "base/json.h"
#include "../tap.h"

static struct buf made = BUF_INIT(1 << 16);

static struct str printed(const char *text)
{
    struct json *j = NULL;
    struct why why;
    buf_reset(&made);
    if (json_parse(str_from(text), &j, &why) != OK)
        return S("refused");
    json_print(j, &made);
    json_free(&j);
    return buf_str(&made);
}

static void test_refused(void)
{
    struct json *j = NULL;
    struct why why;
    static const struct str bad[] = {
        {"", 0}, {"{", 1}, {"{\"a\":1,\"a\":2}", 13}, {"[1,]", 4}, {"{a:1}", 5}, {"'x'", 3}, {"1 2", 3}, {"\"\xFF\"", 3},
        {"\"a\\u0000\"", 9}, {"\"a\0b\"", 5}, {"\"\\uD800\"", 8}, {"01", 2}, {"NaN", 3}, {"\"a\nb\"", 5},
        {"99999999999999999999", 20}, {"1e999", 5}, {"[1]x", 4}, {"\"a", 2}, {"{\"\\u0000\":1}", 12}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(json_parse(bad[i], &j, &why) == ERR_PARSE && j == NULL && why.text[0] && why.at[0], "refused %zu", i);
    ok(json_parse(S("[1,\n  x]"), &j, &why) == ERR_PARSE && str_starts(str_from(why.at), S("line 2, column")), "place");
    ok(json_parse(STR_NONE, &j, NULL) == ERR_PARSE, "nobody asks why");
}

static void test_depth(void)
{
    char text[300000];
    struct json *j = NULL;
    struct why why;
    size_t n = 0;
    for (int i = 0; i < 32; i++)
        text[n++] = '[';
    for (int i = 0; i < 32; i++)
        text[n++] = ']';
    ok_int(json_parse(str_of(text, n), &j, &why), OK, "32 levels");
    json_free(&j);
    memmove(text + 2, text, n);
    text[0] = '\n';
    text[1] = '[';
    text[n + 2] = ']';
    ok_int(json_parse(str_of(text, n + 3), &j, &why), ERR_PARSE, "33 levels");
    ok_str(str_from(why.at), "line 2, column 33", "and where they break");
    memset(text, '[', sizeof text);
    ok_int(json_parse(str_of(text, sizeof text), &j, &why), ERR_PARSE, "a pit");
    ok_str(printed("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\""),
           "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\"", "brackets inside a string do not count");
}

static void test_tree(void)
{
    struct json *j = NULL;
    struct why why;
    must(json_parse(S("{\"z\":1,\"a\":\"x\\u00e7\",\"l\":[true,null,2.5],\"o\":{}}"), &j, &why) == OK);
    ok_int(json_int(json_get(j, "z"), 0), 1, "integer");
    ok_str(json_str(json_get(j, "a")), "xç", "string");
    const struct json *l = json_get(j, "l");
    ok(json_kind(l) == JSON_LIST && json_count(l) == 3 && json_count(j) == 4, "counts");
    ok(json_bool(json_at(l, 0), false) && json_kind(json_at(l, 1)) == JSON_NULL, "literals");
    ok(json_number(json_at(l, 2), 0) == 2.5 && json_number(json_get(j, "z"), 0) == 1.0, "numbers");
    ok(json_kind(json_get(j, "o")) == JSON_OBJECT && json_count(json_get(j, "o")) == 0, "empty object");
    ok(json_get(j, "none") == NULL && json_get(l, "z") == NULL && json_get(NULL, "z") == NULL, "absent members");
    ok(json_at(l, 3) == NULL && json_at(j, 0) == NULL && json_at(NULL, 0) == NULL, "absent items");
    ok(json_kind(NULL) == JSON_NONE && json_str(NULL).p == NULL && json_str(l).p == NULL && json_count(NULL) == 0,
       "of nothing comes nothing");
    ok(json_int(NULL, 5) == 5 && json_int(json_at(l, 2), 6) == 6 && json_bool(l, true), "the other value");
    char order[8] = "";
    void *at = NULL;
    struct str key;
    const struct json *value;
    while (json_next(j, &at, &key, &value))
        order[strlen(order)] = key.p[0];
    ok(!strcmp(order, "zalo"), "members in the order of the source");
    at = NULL;
    ok(!json_next(l, &at, &key, &value) && !json_next(NULL, &at, NULL, NULL), "a list has no members");
    json_free(&j);
    ok(j == NULL, "freed");
    json_free(&j);
}

static void test_print(void)
{
    static const char *const same[] = {"{\"b\":1,\"a\":[]}", "[1,-2,0.5,true,false,null,\"\"]", "\"ığ\\n\\u001f\"",
                                       "-9223372036854775808", "1e+300", "0.1", "[1.0]", "{\"a\":{\"b\":{}}}"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ok_str(printed(same[i]), same[i], "%s comes back", same[i]);
    ok_str(printed(" { \"a\" : [ 1 , 2 ] } "), "{\"a\":[1,2]}", "compact");
    buf_reset(&made);
    json_print(NULL, &made);
    ok_str(buf_str(&made), "null", "nothing prints as null");
}

static void test_quote(void)
{
    buf_reset(&made);
    json_quote(S("\"\\/\b\f\n\r\t\x01\x1f\x7f<é"), &made);
    ok_str(buf_str(&made), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f<é\"", "the shortest escapes");
    buf_reset(&made);
    json_quote_html(S("</script>"), &made);
    ok_str(buf_str(&made), "\"\\u003c/script>\"", "for HTML");
    buf_reset(&made);
    json_quote(S("a\xFF\xC4z"), &made);
    ok_str(buf_str(&made), "\"a\xEF\xBF\xBD\xEF\xBF\xBDz\"", "damage never makes a bad document");
}

static void test_writer(void)
{
    buf_reset(&made);
    struct jw w = jw_start(&made);
    jw_open(&w, NULL);
    jw_str(&w, "a", STR_NONE);
    jw_str_or_null(&w, "b", STR_NONE);
    jw_str_or_null(&w, "b2", S(""));
    jw_str_if(&w, "c", S(""));
    jw_str_if(&w, "d", S("x\"y"));
    jw_open_list(&w, "l");
    jw_int(&w, NULL, INT64_MIN);
    jw_bool(&w, NULL, true);
    jw_open(&w, NULL);
    jw_close(&w);
    jw_open_list(&w, NULL);
    jw_close_list(&w);
    jw_null(&w, NULL);
    jw_close_list(&w);
    jw_raw(&w, "r", S("[1]"));
    jw_time(&w, "t", 1773480065123);
    jw_time_sec(&w, "u", 1773480065123);
    jw_time(&w, "v", 0);
    jw_close(&w);
    ok_str(buf_str(&made),
           "{\"a\":\"\",\"b\":null,\"b2\":\"\",\"d\":\"x\\\"y\",\"l\":[-9223372036854775808,true,{},[],null],\"r\":[1],"
           "\"t\":\"2026-03-14T09:21:05.123Z\",\"u\":\"2026-03-14T09:21:05Z\",\"v\":null}",
           "written");
    struct json *j = NULL;
    ok_int(json_parse(buf_str(&made), &j, NULL), OK, "and read");
    json_free(&j);
}

int main(void)
{
    test_refused();
    test_depth();
    test_tree();
    test_print();
    test_quote();
    test_writer();
    buf_fini(&made);
    return tap_end();
}
