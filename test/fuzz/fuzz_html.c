/* Any bytes through html_clean: what comes out holds no element, attribute or address that the subset lacks, is its own
 * cleaned form, and has a HAS form of which the same is true. */
#include "base/text.h"
#include "codec/html.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const TAGS[] = {"p",  "h2", "h3", "h4", "ul",      "ol",  "li", "blockquote", "table",      "thead", "tbody",
                                   "tr", "th", "td", "caption", "pre", "hr", "figure",     "figcaption", "strong", "em",
                                   "u",  "sub", "sup", "br", "a",       "span", "q"};
static const char *const ATTRS[] = {"href", "colspan", "rowspan", "lang", "dir", "data-assoc"};

static bool is_in(struct str s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(s, list[i]))
            return true;
    return false;
}

static void check_attrs(struct str rest)
{
    while (rest.n) {
        must(rest.p[0] == ' ');
        size_t eq = str_find(rest, S("=\""));
        must(eq != SIZE_MAX);
        struct str name = str_sub(rest, 1, eq - 1), value = str_sub(rest, eq + 2, rest.n);
        must(is_in(name, ATTRS, sizeof ATTRS / sizeof ATTRS[0]));
        size_t end = str_find_char(value, '"');
        must(end != SIZE_MAX);
        rest = str_sub(value, end + 1, value.n);
        value = str_sub(value, 0, end);
        must(str_find_char(value, '<') == SIZE_MAX);
        if (str_is(name, "href"))
            must(str_eq_nocase(str_sub(value, 0, 7), S("http://")) || str_eq_nocase(str_sub(value, 0, 8), S("https://")) ||
                 str_eq_nocase(str_sub(value, 0, 7), S("mailto:")));
    }
}

/* Written apart from the code under test, so that the two must agree. */
static void check_subset(struct str s)
{
    must(text_is_utf8(s));
    for (size_t i = 0; i < s.n;) {
        must(s.p[i] != '>');
        if (s.p[i] != '<') {
            i++;
            continue;
        }
        struct str rest = str_sub(s, i + 1, s.n);
        size_t end = str_find_char(rest, '>');
        must(end != SIZE_MAX);
        struct str tag = str_sub(rest, 0, end);
        i += end + 2;
        if (str_starts(tag, S("/"))) {
            must(is_in(str_sub(tag, 1, tag.n), TAGS, sizeof TAGS / sizeof TAGS[0]));
            continue;
        }
        size_t space = str_find_char(tag, ' ');
        struct str name = str_sub(tag, 0, space == SIZE_MAX ? tag.n : space);
        must(is_in(name, TAGS, sizeof TAGS / sizeof TAGS[0]));
        check_attrs(str_sub(tag, name.n, tag.n));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf once = BUF_INIT(1 << 22), twice = BUF_INIT(1 << 22), has = BUF_INIT(1 << 22);
    struct str in = {(const char *)data, size};
    if (html_clean(in, &once, NULL) == OK) {
        check_subset(buf_str(&once));
        must(html_clean(buf_str(&once), &twice, NULL) == OK);
        must(str_eq(buf_str(&once), buf_str(&twice)));
        must(html_for_has(buf_str(&once), &has) == OK);
        check_subset(buf_str(&has));
        html_is_table_only(buf_str(&once));
    }
    buf_fini(&once);
    buf_fini(&twice);
    buf_fini(&has);
    return 0;
}
