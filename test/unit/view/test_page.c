#include "view/page.c"

#include "base/id.h"
#include "../tap.h"

#include <sys/stat.h>
#include <unistd.h>

/* asset_get reads from here: the tests bring their own templates */
static char dir[] = "/tmp/tellal-page-XXXXXX";

static void put_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    must(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void put_messages(const char *tr, const char *en, const char *ar)
{
    put_file("msg/tr.msg", tr);
    put_file("msg/en.msg", en);
    put_file("msg/ar.msg", ar);
}

static const char good_tr[] =
    "# say\n\nhello = Merhaba\ngreet = {} ve {} <burada>\ndate.comma = ,\ndate.month.3 = Mart\n"
    "date.weekday.6 = Cumartesi\n";
static const char good_en[] = "hello = Hello\ngreet = {} and {} are <here>\ndate.comma = ,\ndate.month.3 = March\n"
                              "date.weekday.6 = Saturday\n";
static const char good_ar[] = "hello = مرحبا\ngreet = {} و{} هنا\ndate.comma = ،\ndate.month.3 = مارس\n"
                              "date.weekday.6 = السبت\n";

static struct arena *arena;
static struct buf out = {.max = 1 << 16};

static struct values *fresh(void)
{
    arena_reset(arena);
    buf_reset(&out);
    return values_new(arena);
}

static struct str render(const char *template, const char *lang, const struct values *v)
{
    put_file("tmpl/a.html", template);
    buf_reset(&out);
    page_render(&out, "a.html", str_from(lang), v);
    return buf_str(&out);
}

static void test_values(void)
{
    struct values *v = fresh();
    values_set(v, "name", S("<b> & \"c\""));
    values_html(v, "raw", S("<i>x</i>"));
    values_int(v, "n", -42);
    values_flag(v, "yes", true);
    values_flag(v, "no", false);
    values_set(v, "empty", S(""));
    ok_str(render("{{name}}", "en", v), "&lt;b&gt; &amp; &quot;c&quot;", "text is escaped");
    ok_str(render("{{{raw}}}|{{raw}}", "en", v), "<i>x</i>|&lt;i&gt;x&lt;/i&gt;", "HTML only where both sides say so");
    ok_str(render("{{{name}}}", "en", v), "&lt;b&gt; &amp; &quot;c&quot;", "text stays text between three braces");
    ok_str(render("{{n}} {{absent}}!", "en", v), "-42 !", "numbers, and nothing for what is not there");
    ok_str(render("{{#yes}}a{{/yes}}{{#no}}b{{/no}}{{^no}}c{{/no}}{{^yes}}d{{/yes}}", "en", v), "ac", "flags");
    ok_str(render("{{#empty}}a{{/empty}}{{^empty}}b{{/empty}}{{#absent}}c{{/absent}}{{#n}}d{{/n}}", "en", v), "bd",
           "empty text and absent names are false");
    values_set(v, "name", S("later"));
    ok_str(render("{{name}}", "en", v), "later", "set again overrides");
}

static void test_rows(void)
{
    struct values *v = fresh();
    values_set(v, "outer", S("o"));
    values_set(v, "x", S("root"));
    for (int i = 1; i <= 3; i++) {
        struct values *row = values_row(v, "rows");
        values_int(row, "x", i);
        for (int k = 0; k < i; k++)
            values_int(values_row(row, "inner"), "k", k);
    }
    ok_str(render("{{#rows}}{{x}}{{outer}}{{/rows}}{{x}}", "en", v), "1o2o3oroot", "rows see what is around them");
    ok_str(render("{{#rows}}[{{#inner}}{{x}}{{k}} {{/inner}}]{{/rows}}", "en", v), "[10 ][20 21 ][30 31 32 ]",
           "rows in rows");
    ok_str(render("{{^rows}}none{{/rows}}{{^others}}none{{/others}}", "en", v), "none", "empty lists");
}

static void test_messages(void)
{
    struct values *v = fresh();
    values_set(v, "a", S("<x>"));
    values_set(v, "b", S("y"));
    ok_str(render("{{t:hello}}", "tr", v), "Merhaba", "Turkish");
    ok_str(render("{{t:hello}}", "ar-EG", v), "مرحبا", "Arabic by primary tag");
    ok_str(render("{{t:hello}}", "xx", v), "Hello", "English for a language we do not speak");
    ok_str(render("{{t:greet a b}}", "en", v), "&lt;x&gt; and y are &lt;here&gt;", "holes in order, all escaped");
    ok_str(render("{{t:greet a}}", "en", v), "&lt;x&gt; and {} are &lt;here&gt;", "a hole left open is seen");
    ok_str(render("{{t:nothing}}", "en", v), "tmpl/a.html line 1: no such message: nothing", "unknown key is told");
}

static void test_templates(void)
{
    struct values *v = fresh();
    values_flag(v, "yes", true);
    put_file("tmpl/part.html", "<p>{{t:hello}}</p>\n");
    put_file("static/dot.svg", "<svg/>\n");
    ok_str(render("a{{>part.html}}b{{>dot.svg}}", "en", v), "a<p>Hello</p>b<svg/>", "includes");
    ok_str(render("a \n   b  c\n\n d{{! a remark }}", "en", v), "a\nb  c\nd", "white space with a line end is one");
    ok_str(render("x\n{{#yes}}", "en", v), "tmpl/a.html line 2: a block is left open: ", "open block");
    ok_str(render("{{#a}}{{/b}}", "en", v), "tmpl/a.html line 1: closes what is not open: b", "wrong end");
    ok_str(render("{{/b}}", "en", v), "tmpl/a.html line 1: closes what is not open: b", "end alone");
    ok_str(render("{{>gone.html}}", "en", v), "tmpl/a.html line 1: no such file: gone.html", "missing include");
    ok_str(render("{{a:gone.css}}", "en", v), "tmpl/a.html line 1: no such file: gone.css", "missing asset");
    ok_str(render("{{x", "en", v), "tmpl/a.html line 1: a tag is not closed: x", "tag left open");
    ok_str(render("{{}}", "en", v), "tmpl/a.html line 1: an empty tag: ", "empty tag");
    ok_str(render("{{A b}}", "en", v), "tmpl/a.html line 1: not a name: A b", "strange name");
    ok(str_has(render("{{>a.html}}", "en", v), S("includes are too deep")), "a template cannot hold itself");
    struct str address = render("{{a:static/dot.svg}}", "en", v);
    ok(str_starts(address, S("/static/static/dot.svg?v=")) && address.n == 25 + 24,
       "address with a mark of the content");
}

static void test_dates(void)
{
    int64_t ms = INT64_C(1773480065123); /* 2026-03-14T09:21:05Z, a Saturday */
    fresh();
    page_date(&out, S("en"), ms, true);
    ok_str(buf_str(&out), "14 March 2026, 12:21", "English, agency's zone");
    buf_reset(&out);
    page_date(&out, S("tr"), ms, false);
    ok_str(buf_str(&out), "14 Mart 2026", "Turkish, day alone");
    buf_reset(&out);
    page_date(&out, S("ar"), ms, true);
    ok_str(buf_str(&out), "14 مارس 2026، 12:21", "Arabic with its comma");
    buf_reset(&out);
    page_day(&out, S("en"), ms);
    ok_str(buf_str(&out), "Saturday, 14 March 2026", "weekday");
    buf_reset(&out);
    page_day(&out, S("tr"), ms);
    ok_str(buf_str(&out), "14 Mart 2026 Cumartesi", "Turkish weekday comes last");
    buf_reset(&out);
    page_when(&out, S("en"), ms, ms + 3600000);
    buf_addc(&out, '|');
    page_when(&out, S("en"), ms, ms + 86400000);
    buf_addc(&out, '|');
    page_when(&out, S("en"), ms, ms + INT64_C(400) * 86400000);
    buf_addc(&out, '|');
    page_zone(&out, ms);
    ok_str(buf_str(&out), "12:21|14 March|14 March 2026|UTC+3", "short forms and the zone");
}

static void test_broken_messages(void)
{
    struct why why;
    put_messages(good_tr, "hello = Hello\n", good_ar);
    struct book b;
    ok_int(book_init(&b, &why), ERR_FIELD, "a key that a language lacks");
    ok(strstr(why.text, "msg/en.msg lacks"), "is named: %s %s", why.at, why.text);
    book_fini(&b);
    put_messages("x = {} a\n", "x = a\n", "x = {} b\n");
    ok_int(book_init(&b, &why), ERR_FIELD, "another number of holes");
    book_fini(&b);
    put_messages("x = a\nx = b\n", "x = a\n", "x = a\n");
    ok_int(book_init(&b, &why), ERR_FIELD, "twice the same key");
    ok(strstr(why.at, "msg/tr.msg line 2"), "with its line: %s", why.at);
    book_fini(&b);
    put_messages("just words\n", "x = a\n", "x = a\n");
    ok_int(book_init(&b, &why), ERR_FIELD, "no key");
    book_fini(&b);
    put_messages("x =\n", "x = a\n", "x = a\n");
    ok_int(book_init(&b, &why), ERR_FIELD, "no text");
    book_fini(&b);
    buf_reset(&out);
    page_render(&out, "a.html", S("en"), values_new(arena));
    ok(str_has(buf_str(&out), S("the text is empty")), "whoever edits messages sees what is wrong");
}

static void remove_all(void)
{
    static const char *const names[] = {"tmpl/a.html", "tmpl/part.html", "static/dot.svg", "msg/tr.msg", "msg/en.msg",
                                        "msg/ar.msg",  "tmpl",           "static",         "msg",        ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)remove(path);
    }
}

int main(void)
{
    struct why why;
    id_init();
    clock_set_zone("Europe/Istanbul");
    must(mkdtemp(dir));
    static const char *const folders[] = {"tmpl", "msg", "static"};
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", dir, folders[i]);
        must(mkdir(path, 0700) == 0);
    }
    asset_init("");
    ok_int(page_init("", &why), OK, "all templates and messages of the house are sound");
    ok_str(page_text(S("en"), "login.send"), "Sign in", "a message of the house");
    ok_str(page_text(S("en"), "no.such"), "no.such", "an unknown key is itself");
    page_fini();
    asset_init(dir);
    is_fresh = true; /* as with web_dir: read again for each page */
    put_messages(good_tr, good_en, good_ar);
    must(book_init(&book, &why) == OK);
    arena = arena_new(4096);
    test_values();
    test_rows();
    test_messages();
    test_templates();
    test_dates();
    test_broken_messages();
    page_fini();
    buf_fini(&out);
    arena_free(&arena);
    remove_all();
    return tap_end();
}
