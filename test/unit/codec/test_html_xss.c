/* Attacks on html_clean: none may leave anything but the subset, and mutations of them neither. */
#include "base/text.h"
#include "codec/html.h"
#include "../tap.h"

#include <ctype.h>

static const char *const VECTORS[] = {
    "<script>alert(1)</script>",
    "<SCRIPT>alert(1)</SCRIPT>",
    "<script src=//x.example/x.js></script>",
    "<script/src=//x.example/x.js></script>",
    "<script\n>alert(1)</script\n>",
    "<script>alert(1)",
    "<script>alert(1)</script",
    "<<script>alert(1)//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script>/*<p>*/alert(1)</script><p>x</p>",
    "<p><script>alert(1)</script></p>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<img/src=x/onerror=alert(1)>",
    "<img src='x' onerror='alert(1)'>",
    "<img src=`x` onerror=`alert(1)`>",
    "<IMG SRC=javascript:alert(1)>",
    "<img src=\"javascript:alert(1)\">",
    "<img \"\"\"><script>alert(1)</script>\">",
    "<img dynsrc=javascript:alert(1)>",
    "<img lowsrc=javascript:alert(1)>",
    "<img srcset='x' onerror=alert(1)>",
    "<image src=x onerror=alert(1)>",
    "<p onclick=alert(1)>x</p>",
    "<p onclick = \"alert(1)\" >x</p>",
    "<p/onclick=alert(1)>x</p>",
    "<p\tonmouseover\n=\nalert(1)>x</p>",
    "<b onmouseover=alert(1)>x</b>",
    "<a onclick=alert(1) href=http://x.example>x</a>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
    "<a href=\" javascript:alert(1)\">x</a>",
    "<a href=\"&#106;avascript:alert(1)\">x</a>",
    "<a href=\"&#x6A;avascript:alert(1)\">x</a>",
    "<a href=\"&#0000106avascript:alert(1)\">x</a>",
    "<a href=\"java&#x09;script:alert(1)\">x</a>",
    "<a href=\"java&#x0A;script:alert(1)\">x</a>",
    "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href=\"java\tscript:alert(1)\">x</a>",
    "<a href=\"\x01javascript:alert(1)\">x</a>",
    "<a href=\"javascript&colon;alert(1)\">x</a>",
    "<a href=\"javascript&#58;alert(1)\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
    "<a href=\"feed:javascript:alert(1)\">x</a>",
    "<a href=\"file:///etc/passwd\">x</a>",
    "<a href=\"//x.example\">x</a>",
    "<a href=\"/\\x.example\">x</a>",
    "<a href=\"http:/x.example\">x</a>",
    "<a href=\"http://x.example\" href=\"javascript:alert(1)\">x</a>",
    "<a href=\"javascript:alert(1)\" href=\"http://x.example\">x</a>",
    "<a href='http://x.example/\" onclick=\"alert(1)'>x</a>",
    "<a href='http://x.example/&quot; onclick=&quot;alert(1)'>x</a>",
    "<a href=\"http://x.example/><script>alert(1)</script>\">x</a>",
    "<a xlink:href=\"javascript:alert(1)\">x</a>",
    "<a href=\"https://x.example\" style=\"position:fixed;inset:0\">x</a>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<iframe src=//x.example>",
    "<frameset onload=alert(1)><frame src=x></frameset>",
    "<object data=javascript:alert(1)></object>",
    "<object><param name=x value=y>text</object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x></applet>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<form><button formaction=javascript:alert(1)>x</button></form>",
    "<button onfocus=alert(1) autofocus>x</button>",
    "<input onfocus=alert(1) autofocus>",
    "<select onfocus=alert(1) autofocus><option>x</option></select>",
    "<textarea onfocus=alert(1) autofocus></textarea>",
    "<textarea></textarea><script>alert(1)</script>",
    "<keygen onfocus=alert(1) autofocus>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)></audio>",
    "<details open ontoggle=alert(1)>x</details>",
    "<body onload=alert(1)>x",
    "<html><head><script>alert(1)</script></head><body>x</body></html>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><foreignObject><p onclick=alert(1)>x</p></foreignObject></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math><mi xlink:href=\"javascript:alert(1)\">x</mi></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math href=javascript:alert(1)>x</math>",
    "<style>*{background:url(javascript:alert(1))}</style>",
    "<style>@import '//x.example/x.css';</style>",
    "<style><img src=\"</style><img src=x onerror=alert(1)//\">",
    "<p style=\"background:url(javascript:alert(1))\">x</p>",
    "<p style=\"width:expression(alert(1))\">x</p>",
    "<link rel=stylesheet href=//x.example/x.css>",
    "<link rel=import href=//x.example>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<base href=javascript:alert(1)//>",
    "<title><script>alert(1)</script></title>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<noembed><img src=\"</noembed><iframe onload=alert(1)>\"></noembed>",
    "<noframes><p title=\"</noframes><img src=x onerror=alert(1)>\">",
    "<xmp><img src=\"</xmp><img src=x onerror=alert(1)>\"></xmp>",
    "<plaintext><script>alert(1)</script>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<template><script>alert(1)</script></template>",
    "<!--<script>alert(1)</script>-->",
    "<!--><script>alert(1)</script>-->",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<!-- a -- b --><p>x</p>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=\"1.0\"?><script>alert(1)</script>",
    "<?php echo 1 ?><p>x</p>",
    "<!DOCTYPE html [<!ENTITY x \"<script>alert(1)</script>\">]><p>&x;</p>",
    "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><p>x</p>",
    "&lt;script&gt;alert(1)&lt;/script&gt;<br>",
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "<p>&amp;lt;script&amp;gt;</p>",
    "<p>]]></p>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<bgsound src=javascript:alert(1)>",
    "<layer src=//x.example></layer>",
    "<isindex action=javascript:alert(1)>",
    "<table background=javascript:alert(1)><tr><td background=javascript:alert(1)>x</td></tr></table>",
    "<td colspan=\"2 onclick=alert(1)\">x</td>",
    "<table><tr><td colspan='2\" onclick=\"alert(1)'>x</td></tr></table>",
    "<span dir=\"rtl onclick=alert(1)\">x</span>",
    "<span lang='en\" onclick=\"alert(1)'>x</span>",
    "<figure data-assoc='x\" onclick=\"alert(1)'>x</figure>",
    "<figure data-assoc=javascript:alert(1)>x</figure>",
    "<q cite=javascript:alert(1)>x</q>",
    "<blockquote cite=javascript:alert(1)>x</blockquote>",
    "<custom-element onclick=alert(1)>x</custom-element><p>y</p>",
    "<p:script>alert(1)</p:script><b>x</b>",
    "<x:script xmlns:x=\"http://www.w3.org/1999/xhtml\">alert(1)</x:script><b>x</b>",
    "<map name=x><area href=javascript:alert(1)></map>",
    "<dialog open onclose=alert(1)>x</dialog>",
    "<p title=\"</p><script>alert(1)</script>\">x</p>",
    "<p title='\"><script>alert(1)</script>'>x</p>",
    "<p title=`\"><script>alert(1)</script>`>x</p>",
    "<a href=http://x.example/`onclick=alert(1)>x</a>",
    "<p>\uff1cscript\uff1ealert(1)\uff1c/script\uff1e</p>",
    "<p>&#x338;<b>&#x338;x</b></p>",
    "<\u017fcript>alert(1)</\u017fcript><b>x</b>",
    "<ſvg onload=alert(1)><b>x</b>",
    "<p><a href=\"https://x.example/\u202e\">x</a></p>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<p id=\"x\" name=\"cookie\" class=\"y\">clobber</p>",
    "<a id=x><a id=x name=y href=cid:alert(1)>z</a></a>",
};

static const char *const TAGS[] = {"p",  "h2", "h3", "h4", "ul",      "ol",  "li", "blockquote", "table",      "thead", "tbody",
                                   "tr", "th", "td", "caption", "pre", "hr", "figure",     "figcaption", "strong", "em",
                                   "u",  "sub", "sup", "br", "a",       "span", "q"};

/* The whole list of what a start tag may look like after its name. */
static bool is_attr_ok(const char *name, size_t n, struct str value)
{
    struct str key = str_of(name, n);
    if (str_find_char(value, '<') != SIZE_MAX || str_find_char(value, '>') != SIZE_MAX)
        return false;
    if (str_is(key, "href"))
        return str_starts(value, S("http://")) || str_starts(value, S("https://")) || str_starts(value, S("mailto:"));
    return str_is(key, "lang") || str_is(key, "dir") || str_is(key, "colspan") || str_is(key, "rowspan") ||
           str_is(key, "data-assoc");
}

static const char *check_attrs(const char *p)
{
    while (*p == ' ') {
        const char *name = ++p;
        while (islower((unsigned char)*p) || *p == '-')
            p++;
        size_t n = (size_t)(p - name);
        if (p[0] != '=' || p[1] != '"')
            return NULL;
        const char *value = p + 2, *end = strchr(value, '"');
        if (!end || !is_attr_ok(name, n, str_of(value, (size_t)(end - value))))
            return NULL;
        p = end + 1;
    }
    return *p == '>' ? p + 1 : NULL;
}

static const char *check_tag(const char *p)
{
    p += *p == '/';
    for (size_t i = 0; i < sizeof TAGS / sizeof TAGS[0]; i++) {
        size_t n = strlen(TAGS[i]);
        if (!strncmp(p, TAGS[i], n) && (p[n] == '>' || p[n] == ' '))
            return check_attrs(p + n);
    }
    return NULL;
}

static bool is_harmless(const char *html)
{
    for (const char *p = html; *p;) {
        if (*p == '>')
            return false;
        p = *p == '<' ? check_tag(p + 1) : p + 1;
        if (!p)
            return false;
    }
    return true;
}

static struct buf once = {.max = 1 << 20}, twice = {.max = 1 << 20};

static bool is_safe(struct str in)
{
    buf_reset(&once);
    buf_reset(&twice);
    if (html_clean(in, &once, NULL) != OK)
        return true; /* refused */
    buf_addc(&once, '\0');
    if (!is_harmless(once.p))
        return false;
    once.n--;
    return html_clean(buf_str(&once), &twice, NULL) == OK && str_eq(buf_str(&once), buf_str(&twice));
}

static uint32_t seed = 20260314;

static uint32_t dice(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

/* Two vectors cut and joined, with a byte changed now and then. */
static void mutate(struct buf *b)
{
    size_t count = sizeof VECTORS / sizeof VECTORS[0];
    struct str x = str_from(VECTORS[dice((uint32_t)count)]), y = str_from(VECTORS[dice((uint32_t)count)]);
    buf_reset(b);
    buf_add(b, str_sub(x, 0, dice((uint32_t)x.n + 1)));
    buf_add(b, str_sub(y, dice((uint32_t)y.n + 1), y.n));
    for (uint32_t changes = dice(3); changes && b->n; changes--)
        b->p[dice((uint32_t)b->n)] = "<>/\"'= &;-!a\n"[dice(13)];
}

static void test_mutations(void)
{
    struct buf b = BUF_INIT(1 << 16);
    size_t wrong = 0;
    for (int i = 0; i < 20000; i++) {
        mutate(&b);
        if (text_is_utf8(buf_str(&b)) && !is_safe(buf_str(&b)) && wrong++ < 5)
            printf("# unsafe: %.*s\n", STR_FMT(buf_str(&b)));
    }
    ok_int(wrong, 0, "20000 mutations leave nothing but the subset, and are their own cleaned form");
    buf_fini(&b);
}

int main(void)
{
    for (size_t i = 0; i < sizeof VECTORS / sizeof VECTORS[0]; i++)
        if (!ok(is_safe(str_from(VECTORS[i])), "vector %zu", i))
            printf("# %s\n# gave %s\n", VECTORS[i], once.p);
    test_mutations();
    buf_fini(&once);
    buf_fini(&twice);
    return tap_end();
}
