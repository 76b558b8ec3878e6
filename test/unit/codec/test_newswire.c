/* The lines here are invented; real archives stay outside the repository. */
#include "codec/newswire.h"
#include "../tap.h"

static struct buf out = {.max = 1 << 20};
static struct why why;
static int64_t at_ms;

static struct str json_of(const char *line)
{
    buf_reset(&out);
    why = (struct why){0};
    at_ms = 0;
    return newswire_to_json(str_from(line), &out, &at_ms, &why) == OK ? buf_str(&out) : str_from(why.text);
}

static void test_story(void)
{
    ok_str(json_of("{\"id\":\"x-1\",\"seq\":1,\"date\":\"1987-02-26T15:01:01.790\",\"kind\":\"story\","
                   "\"title\":\"EXAMPLE CO <EXM> & SONS BUY MILL\",\"slug\":\"BC-EXAMPLE\",\"prio\":\"u\",\"words\":12,"
                   "\"corrected\":false,\"dateline\":\"PORT EXAMPLE, Feb 26 -\",\"city\":\"PORT EXAMPLE, Utopia\","
                   "\"byline\":\"BY ADA D'EXAMPLE, Agency\",\"topics\":[\"acq\"],\"places\":[\"usa\",\"west-germany\"],"
                   "\"people\":[],\"orgs\":[\"ec\"],\"exchanges\":[],\"lang\":\"en\",\"body\":\"One < two\\nthree.\\n\\nFour.\"}"),
           "{\"language\":\"en\",\"priority\":3,\"category\":3,\"headline\":\"EXAMPLE CO <EXM> & SONS BUY MILL\","
           "\"slugline\":\"BC-EXAMPLE\",\"byline\":\"Ada D'Example\",\"dateline\":{\"city\":\"Port Example\"},"
           "\"body\":\"<p>One &lt; two three.</p><p>Four.</p>\",\"keywords\":[\"acq\"],\"places\":[\"USA\",\"West Germany\"],"
           "\"source\":{\"name\":\"Reuters\",\"at\":\"1987-02-26T15:01:01.790Z\"},\"source_id\":\"x-1\"}",
           "a story");
    ok_int(at_ms % 1000, 790, "its time");
    ok(str_has(json_of("{\"id\":\"x\",\"date\":\"1987-02-26\",\"kind\":\"raw\",\"title\":\"T\",\"body\":\"A   1\\n\\nB  <2\"}"),
               S("\"body\":\"<pre>A   1\\nB  &lt;2</pre>\"")),
       "tables keep their rows");
    ok(!str_has(json_of("{\"id\":\"x\",\"date\":\"1987-02-26\",\"kind\":\"flash\",\"title\":\"T\",\"byline\":null,\"body\":\"\"}"),
                S("body")),
       "a flash has no body");
}

static void test_codes(void)
{
    static const struct {
        const char *members, *part;
    } rows[] = {
        {"\"prio\":\"f\"", "\"priority\":1"},
        {"\"prio\":\"b\"", "\"priority\":2"},
        {"\"prio\":\"u\"", "\"priority\":3"},
        {"\"prio\":\"r\"", "\"priority\":4"},
        {"\"prio\":\"d\"", "\"priority\":4"},
        {"\"prio\":\"h\"", "\"priority\":4"},
        {"\"prio\":\"w\"", "\"priority\":4"},
        {"\"prio\":\"s\"", "\"priority\":5"},
        {"\"prio\":\"a\"", "\"priority\":5"},
        {"\"prio\":null", "\"priority\":4"},
        {"\"prio\":null,\"kind\":\"flash\"", "\"priority\":2"},
        {"\"topics\":[\"x\"],\"people\":[\"y\"]", "\"category\":3"},
        {"\"exchanges\":[\"x\"]", "\"category\":3"},
        {"\"people\":[\"y\"]", "\"category\":6"},
        {"\"people\":[]", "\"category\":1"},
        {"\"lang\":\"tr\"", "\"language\":\"tr\""},
        {"\"city\":\"Miami\"", "\"city\":\"Miami\""},
        {"\"source\":\"Example\"", "\"name\":\"Example\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[500];
        snprintf(line, sizeof line, "{\"id\":\"x\",\"date\":\"1987-02-26T15:01:01\",\"title\":\"T\",%s}", rows[i].members);
        if (!ok(str_has(json_of(line), str_from(rows[i].part)), "row %zu", i))
            printf("# %.*s\n", STR_FMT(buf_str(&out)));
    }
}

static void test_native(void)
{
    ok_str(json_of("{\"id\":\"aa:text:20260314:7\",\"version\":3,\"seq\":9,\"state\":\"live\",\"headline\":\"x\","
                   "\"first_published\":\"2026-03-14T09:00:00Z\",\"updated\":\"2026-03-14T10:00:00Z\",\"figures\":[{\"value\":33.4}],"
                   "\"body\":\"<p>x</p>\",\"embargo\":null}"),
           "{\"headline\":\"x\",\"figures\":[{\"value\":33.4}],\"body\":\"<p>x</p>\",\"embargo\":null,"
           "\"source_id\":\"aa:text:20260314:7\"}",
           "a story of ours, without what the server gives");
    ok(at_ms == 1773478800000, "its time");
    json_of("{\"headline\":\"x\",\"at\":\"2026-03-14T09:00:01Z\",\"first_published\":\"2026-03-14T09:00:00Z\"}");
    ok(at_ms == 1773478801000, "at goes before first_published");
}

static void test_faults(void)
{
    ok_str(json_of("{\"id\":\"x\",\"title\":\"T\",\"date\":null}"), "has no date, so it has no place in an archive", "no date");
    ok(str_has(json_of("{\"id\":\"x\",\"title\":\"T\",\"date\":\"soon\"}"), S("cannot be read")), "a date that is none");
    ok_str(json_of("{\"id\":\"x\",\"date\":\"1987-02-26\",\"body\":\"b\"}"), "has no headline", "no headline");
    ok_str(json_of("[]"), "a line must be a JSON object", "no object");
    ok_int(newswire_to_json(S("{"), &out, &at_ms, &why), ERR_PARSE, "no JSON");
}

int main(void)
{
    test_story();
    test_codes();
    test_native();
    test_faults();
    buf_fini(&out);
    return tap_end();
}
