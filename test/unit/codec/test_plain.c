#include "codec/plain.h"
#include "../tap.h"

static struct buf out = {.max = 1 << 20};
static struct why why;

static struct str json_of(const char *file)
{
    buf_reset(&out);
    why = (struct why){0};
    return plain_to_json(str_from(file), &out, &why) == OK ? buf_str(&out) : str_from(why.text);
}

static void test_files(void)
{
    ok_str(json_of("Headline: A \"b\" <c>\n"), "{\"headline\":\"A \\\"b\\\" <c>\"}", "headline alone");
    ok_str(json_of("\n\nHeadline: x\n\nOne\ntwo.\n\n## Head & so\n\n> He said\n> this.\n>\n> And that.\n\nEnd <b>.\n"),
           "{\"headline\":\"x\",\"body\":\"<p>One two.</p><h3>Head &amp; so</h3>"
           "<blockquote><p>He said this.</p><p>And that.</p></blockquote><p>End &lt;b&gt;.</p>\"}",
           "body");
    ok_str(json_of("\xEF\xBB\xBFheadline: x\r\nPRIORITY: 3\r\npackage: 1, 3\r\nCategory: 2\r\n\r\nBody\r\n"),
           "{\"headline\":\"x\",\"priority\":3,\"package\":[1,3],\"category\":[2],\"body\":\"<p>Body</p>\"}",
           "byte order mark, CR LF, letter case, codes");
    ok_str(json_of("Headline: long\n  one\nKeywords: a, b c , ,d\nCity: Van\nCountry: TR\nSource-Name: n\nSource-At: 2026-03-14\n"),
           "{\"headline\":\"long one\",\"keywords\":[\"a\",\"b c\",\"d\"],\"dateline\":{\"city\":\"Van\",\"country\":\"TR\"},"
           "\"source\":{\"name\":\"n\",\"at\":\"2026-03-14\"}}",
           "continued line, lists, parts");
    ok_str(json_of("Headline: x\nFigure: 33.4 | percent | 33.4% | report\nFigure: 12:07 | | at noon\nFigure: 007\n"
                   "Quote: a, b | Ada\nLink: seeAlso aa:text:20260314:5\n"),
           "{\"headline\":\"x\",\"figures\":[{\"value\":33.4,\"unit\":\"percent\",\"text\":\"33.4%\",\"said_by\":\"report\"},"
           "{\"value\":\"12:07\",\"text\":\"at noon\"},{\"value\":\"007\"}],"
           "\"quotes\":[{\"text\":\"a, b\",\"said_by\":\"Ada\"}],\"links\":[{\"rel\":\"seeAlso\",\"id\":\"aa:text:20260314:5\"}]}",
           "repeated keys");
    ok_str(json_of("Key: k\nAct: correct\nOf: k0\nNote: wrong\nReason: r\nHeadline: x\nPriority: high\nSpot:\n"),
           "{\"headline\":\"x\",\"priority\":\"high\",\"key\":\"k\",\"act\":\"correct\",\"of\":\"k0\",\"note\":\"wrong\","
           "\"reason\":\"r\"}",
           "the file's own keys; what is no number goes out as it is; empty values are absent");
}

static const struct {
    const char *file, *part, *at;
} FAULTS[] = {
    {"", "empty", "line 1"},
    {" \n\n", "empty", "line 1"},
    {"Headline: x\nHedline: y\n", "did you mean Headline", "line 2"},
    {"Headline: x\nZzz: y\n", "unknown key \"Zzz\"", "line 2"},
    {"Headline: x\nno colon here\n", "Key: value", "line 2"},
    {"Headline: x\nHeadline: y\n", "twice", "line 2"},
    {"  x\nHeadline: y\n", "begins with a space", "line 1"},
    {"Headline: \xff\n", "UTF-8", ""},
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        buf_reset(&out);
        why = (struct why){0};
        ok_int(plain_to_json(str_from(FAULTS[i].file), &out, &why), ERR_PARSE, "fault %zu", i);
        if (!ok(str_has(str_from(why.text), str_from(FAULTS[i].part)), "its sentence"))
            printf("# %s\n", why.text);
        ok_str(str_from(why.at), FAULTS[i].at, "its line");
    }
    struct buf small = BUF_INIT(10);
    ok_int(plain_to_json(S("Headline: quite long\n"), &small, NULL), ERR_LIMIT, "no room");
    buf_fini(&small);
}

static bool id_of(void *arg, struct str key, struct str *out_id)
{
    if (!str_is(key, arg))
        return false;
    *out_id = S("aa:text:20260314:9");
    return true;
}

static void test_keys(void)
{
    char first[] = "first";
    struct plain_keys keys = {id_of, first};
    buf_reset(&out);
    ok_int(plain_to_json_with(S("Of: first\nLink: translationOf first\nLink: seeAlso second\n"), &keys, &out, NULL), OK,
           "keys of other files");
    ok_str(buf_str(&out),
           "{\"links\":[{\"rel\":\"translationOf\",\"id\":\"aa:text:20260314:9\"},{\"rel\":\"seeAlso\",\"id\":\"second\"}],"
           "\"of\":\"aa:text:20260314:9\"}",
           "become ids where they are known");
}

int main(void)
{
    test_files();
    test_faults();
    test_keys();
    buf_fini(&out);
    return tap_end();
}
