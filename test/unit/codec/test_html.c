#include "codec/html.h"
#include "../tap.h"

static struct buf out = {.max = 1 << 22};

static struct str clean(struct str in)
{
    buf_reset(&out);
    return html_clean(in, &out, NULL) == OK ? buf_str(&out) : S("(failed)");
}

static const struct {
    const char *in, *out;
} RULES[] = {
    /* plain text */
    {"", ""},
    {"one", "<p>one</p>"},
    {"one\ntwo\n\nthree", "<p>one two</p><p>three</p>"},
    {"one\n   two", "<p>one</p><p>two</p>"},
    {"  \n\n  ", ""},
    {"a < b & c > d", "<p>a &lt; b &amp; c &gt; d</p>"},
    {"Cocoa <KUMT.TOK> up", "<p>Cocoa &lt;KUMT.TOK&gt; up</p>"},
    {"AT&amp;T", "<p>AT&amp;amp;T</p>"},
    {"çığ ve ışık", "<p>çığ ve ışık</p>"},
    {"a\r\nb\r\n\r\nc", "<p>a b</p><p>c</p>"},
    /* entities */
    {"<p>AT&amp;T &lt;b&gt; &quot;x&quot; &copy; &#305; &hellip;</p>", "<p>AT&amp;T &lt;b&gt; \"x\" © ı …</p>"},
    {"<p>a & b &unknown; c</p>", "<p>a &amp; b &amp;unknown; c</p>"},
    {"<p>x&nbsp;y</p>", "<p>x\u00a0y</p>"},
    {"<p>e&#x301;</p>", "<p>é</p>"},
    {"<p>=&#x338;&#x338;a</p>", "<p>=a</p>"},
    {"<p>a&#1;&#x85;b</p>", "<p>ab</p>"},
    /* naked text and blocks */
    {"text <b>bold</b>", "<p>text <strong>bold</strong></p>"},
    {"<p>a<p>b", "<p>a</p><p>b</p>"},
    {"<div>a</div><div>b<div>c</div>d</div>", "<p>a</p><p>b</p><p>c</p><p>d</p>"},
    {"<section><h1>T</h1><p>x</p></section>", "<h2>T</h2><p>x</p>"},
    {"<h2>a</h2><h3>b</h3><h4>c</h4><h5>d</h5><h6>e</h6>", "<h2>a</h2><h3>b</h3><h4>c</h4><h4>d</h4><h4>e</h4>"},
    {"<p> a \n b </p>", "<p>a b</p>"},
    {"<p></p><p> </p><p>&nbsp;</p><p><b></b></p><ul></ul><ul><li></li></ul>", ""},
    {"<p>a<div>b</div>c</p>", "<p>a</p><p>b</p><p>c</p>"},
    {"<p>a<ul><li>b</li></ul>c</p>", "<p>a</p><ul><li>b</li></ul><p>c</p>"},
    /* breaks */
    {"a<br>b", "<p>a<br>b</p>"},
    {"a<br><br>b", "<p>a</p><p>b</p>"},
    {"a<br> <br/>\n<br>b", "<p>a</p><p>b</p>"},
    {"<p><br>a<br></p>", "<p>a</p>"},
    {"<p><b>a<br><br>b</b></p>", "<p><strong>a</strong></p><p><strong>b</strong></p>"},
    {"<ul><li>a<br><br>b</li></ul>", "<ul><li>a<br>b</li></ul>"},
    {"<h2>a<br>b</h2>", "<h2>a<br>b</h2>"},
    /* inline */
    {"<p><i>a</i> <em>b</em> <u>c</u> <sub>d</sub><sup>e</sup> <q>f</q></p>",
     "<p><em>a</em> <em>b</em> <u>c</u> <sub>d</sub><sup>e</sup> <q>f</q></p>"},
    {"<p><b><strong>a</strong></b></p>", "<p><strong>a</strong></p>"},
    {"<p>a<b> b </b>c</p>", "<p>a <strong>b</strong> c</p>"},
    {"<p><b>a<i>b</b>c</i></p>", "<p><strong>a<em>b</em></strong>c</p>"},
    {"<p><font color=red>a</font><code>b</code><s>c</s></p>", "<p>abc</p>"},
    {"<p><span>a</span><span dir=rtl>b</span><span lang=ar-EG>c</span></p>",
     "<p>a<span dir=\"rtl\">b</span><span lang=\"ar-EG\">c</span></p>"},
    {"<p dir=rtl lang=ar class=x style=color:red id=y>a</p>", "<p lang=\"ar\" dir=\"rtl\">a</p>"},
    {"<p dir=up lang='x y'>a</p>", "<p>a</p>"},
    /* links */
    {"<a href=\"http://x.example/?a=1&amp;b=2\">a</a>", "<p><a href=\"http://x.example/?a=1&amp;b=2\">a</a></p>"},
    {"<a href=\" https://x.example/ \" target=_blank rel=x>a</a>", "<p><a href=\"https://x.example/\">a</a></p>"},
    {"<a href='mailto:a@x.example'>a</a>", "<p><a href=\"mailto:a@x.example\">a</a></p>"},
    {"<a href='http://x.example/\"q\"'>a</a>", "<p><a href=\"http://x.example/&quot;q&quot;\">a</a></p>"},
    {"<a href=/relative>a</a> <a name=x>b</a> <a href=http://>c</a>", "<p>a b c</p>"},
    {"<a href=http://a.example>a<a href=http://b.example>b</a></a>",
     "<p><a href=\"http://a.example\">a</a><a href=\"http://b.example\">b</a></p>"},
    {"<a href=\"http://x.example\"></a>", ""},
    /* lists */
    {"<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"},
    {"<ol><li>a<ol><li>b</ol></ol>", "<ol><li>a<ol><li>b</li></ol></li></ol>"},
    {"<ul>a<li>b</li></ul>", "<ul><li>a</li><li>b</li></ul>"},
    {"<li>a</li><li>b</li>", "<p>a</p><p>b</p>"},
    {"<ul><li><p>a</p><p>b</p></li></ul>", "<ul><li>a<br>b</li></ul>"},
    {"<ul><ul><li>a</li></ul></ul>", "<ul><li><ul><li>a</li></ul></li></ul>"},
    {"<dl><dt>a</dt><dd>b</dd></dl>", "<p>a</p><p>b</p>"},
    /* quotations and figures */
    {"<blockquote>a</blockquote>", "<blockquote><p>a</p></blockquote>"},
    {"<blockquote><p>a</p><blockquote>b</blockquote></blockquote>", "<blockquote><p>a</p><p>b</p></blockquote>"},
    {"<p>a<blockquote>b</blockquote>c", "<p>a</p><blockquote><p>b</p></blockquote><p>c</p>"},
    {"<figure data-assoc=\"aa:picture:20260314:5000118\"><img src=x><figcaption>c</figcaption></figure>",
     "<figure data-assoc=\"aa:picture:20260314:5000118\"><figcaption>c</figcaption></figure>"},
    {"<figure data-assoc=\"x-1\"></figure>", "<figure data-assoc=\"x-1\"></figure>"},
    {"<figure data-assoc=\"x\"y\"></figure><figcaption>c</figcaption>", "<figure data-assoc=\"x\"></figure><p>c</p>"},
    {"<figure data-assoc=\"a b\"></figure><figure></figure>", ""},
    {"a<hr>b", "<p>a</p><hr><p>b</p>"},
    /* tables */
    {"<table><tr><td>a<td>b<tr><td><td>c</table>",
     "<table><tr><td>a</td><td>b</td></tr><tr><td></td><td>c</td></tr></table>"},
    {"<table border=1><caption>t</caption><thead><tr><th colspan=2>h</th></tr></thead><tbody><tr><td rowspan=\"3\">a</td></tr></tbody></table>",
     "<table><caption>t</caption><thead><tr><th colspan=\"2\">h</th></tr></thead><tbody><tr><td rowspan=\"3\">a</td></tr></tbody></table>"},
    {"<table><tr><td colspan=1>a</td><td colspan=99999>b</td><td colspan=x>c</td></tr></table>",
     "<table><tr><td>a</td><td>b</td><td>c</td></tr></table>"},
    {"<table><tr><td></td></tr></table>", ""},
    {"<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td><td>c</td></tr></table>",
     "<table><tr><td>a b</td><td>c</td></tr></table>"},
    {"<table><tr><td><p>a</p><p>b</p><ul><li>c</li></ul></td></tr></table>",
     "<table><tr><td>a<br>b<br>c</td></tr></table>"},
    {"<td>a</td><tr>b</tr>", "<p>a</p><p>b</p>"},
    {"<table>x<tr><td>a</td></tr></table>", "<table><tr><td>x</td></tr><tr><td>a</td></tr></table>"},
    /* pre */
    {"<pre>\n\na  b\n  c\t<b>d</b>\n</pre>", "<pre>a  b\n  c\t<strong>d</strong></pre>"},
    {"<pre>a<br>b</pre>", "<pre>a\nb</pre>"},
    {"<pre> \n </pre>", ""},
};

static void test_rules(void)
{
    for (size_t i = 0; i < sizeof RULES / sizeof RULES[0]; i++) {
        char once[4096];
        ok_str(clean(str_from(RULES[i].in)), RULES[i].out, "rule %zu", i);
        str_copy(buf_str(&out), once, sizeof once);
        ok_str(clean(str_from(once)), once, "rule %zu again", i);
    }
}

static void test_limits(void)
{
    struct buf deep = BUF_INIT(1 << 20), small = BUF_INIT(10);
    struct why why = {0};
    for (int i = 0; i < 100000; i++)
        buf_puts(&deep, "<b>");
    buf_reset(&out);
    ok_int(html_clean(buf_str(&deep), &out, &why), ERR_LIMIT, "100000 nested elements");
    ok(str_has(str_from(why.text), S("nested")), "… with a reason");
    buf_reset(&deep);
    for (int i = 0; i < 200; i++)
        buf_puts(&deep, "<div>");
    buf_puts(&deep, "x");
    ok_str(clean(buf_str(&deep)), "<p>x</p>", "200 are allowed");
    ok_int(html_clean(S("<p>longer than ten</p>"), &small, NULL), ERR_LIMIT, "output full");
    ok_int(html_clean(S("\xff\xfe"), &out, NULL), ERR_PARSE, "not UTF-8");
    buf_fini(&deep);
    buf_fini(&small);
}

static const struct {
    const char *in, *out;
} HAS[] = {
    {"<p>a</p><h3>b</h3><p>c<br>d</p>", "<p>a</p><p><strong>b</strong></p><p>c<br>d</p>"},
    {"<p lang=\"en\">\"x\" &amp; y's</p>", "<p>&quot;x&quot; &amp; y's</p>"},
    {"<h2>a <strong>b</strong></h2>", "<p><strong>a b</strong></p>"},
    {"<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "<p>- a</p><p>- b</p><p>- c</p>"},
    {"<ol><li>a</li><li>b</li></ol>", "<p>1. a</p><p>2. b</p>"},
    {"<table><caption>t</caption><tr><th>a</th><th>b</th></tr><tr><td>1</td><td><em>2</em></td></tr></table>",
     "<p>t</p><p>a | b</p><p>1 | <em>2</em></p>"},
    {"<blockquote><p>a</p><p>b</p></blockquote>", "<p>a</p><p>b</p>"},
    {"<pre>a  b\nc</pre>", "<p>a\u00a0 b<br>c</p>"},
    {"<p><q>a</q> <span dir=\"rtl\">b</span> <a href=\"http://x.example/\" lang=\"en\">c</a></p>",
     "<p>“a” b <a href=\"http://x.example/\">c</a></p>"},
    {"<figure data-assoc=\"x\"><figcaption>c</figcaption></figure><hr><p>d</p>", "<p>c</p><p>d</p>"},
    {"", ""},
};

static void test_has(void)
{
    for (size_t i = 0; i < sizeof HAS / sizeof HAS[0]; i++) {
        buf_reset(&out);
        ok_int(html_for_has(str_from(HAS[i].in), &out), OK, "HAS form");
        ok_str(buf_str(&out), HAS[i].out, "HAS rule %zu", i);
    }
    ok_int(html_for_has(S("<p onclick=x>"), &out), ERR_PARSE, "only clean bodies");
    ok(html_is_table_only(S("<table><tr><td>x</td></tr></table>")), "a table alone");
    ok(html_is_table_only(S("<pre>x</pre>")), "pre alone");
    ok(!html_is_table_only(S("<pre>x</pre><p>y</p>")), "a table and a paragraph");
    ok(!html_is_table_only(S("")), "nothing is no table");
}

int main(void)
{
    test_rules();
    test_limits();
    test_has();
    buf_fini(&out);
    return tap_end();
}
