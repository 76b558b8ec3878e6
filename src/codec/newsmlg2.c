#include "codec/newsmlg2.h"
#include "base/clock.h"
#include "base/text.h"
#include "codec/country.h"
#include "codec/html.h"
#include "codec/html_has.h"
#include "codec/notice.h"

#define BODY_MOST (16u * 1024 * 1024)
#define MARK_CHARS 80 /* (CODE) within these makes a prefix needless */

struct writer {
    struct buf *out;
    const struct story *s;
    const struct codes *codes;
    const struct agency *a;
    int64_t sent_ms;
    bool is_notice;
};

/* Element text and attribute values. Quotation marks stay as they are in text: subscribers compare bytes. */
static void put_escaped(struct buf *out, struct str s, bool is_attr)
{
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t cp = text_next(s, &at);
        if (cp == '&')
            buf_puts(out, "&amp;");
        else if (cp == '<')
            buf_puts(out, "&lt;");
        else if (cp == '>')
            buf_puts(out, "&gt;");
        else if (cp == '"' && is_attr)
            buf_puts(out, "&quot;");
        else if (is_attr && (cp == '\n' || cp == '\t' || cp == '\r'))
            buf_addc(out, ' ');
        else if (cp >= 0x20 ? cp != 0xFFFE && cp != 0xFFFF : cp == '\n' || cp == '\t')
            buf_add(out, str_sub(s, from, at - from));
    }
}

static void put_text(struct buf *out, struct str s)
{
    put_escaped(out, s, false);
}

/* One line: `open` up to the text, which is followed by the end tag of `name`. */
static void put_element(struct writer *w, const char *indent, const char *name, struct str text)
{
    buf_printf(w->out, "%s<%s>", indent, name);
    put_text(w->out, text);
    buf_printf(w->out, "</%s>\n", name);
}

static void put_element_if(struct writer *w, const char *indent, const char *name, struct str text)
{
    if (text.n)
        put_element(w, indent, name, text);
}

static void put_time(struct writer *w, const char *indent, const char *name, int64_t ms)
{
    char text[CLOCK_TEXT];
    if (ms == 0)
        return;
    clock_rfc3339_sec(ms, text);
    put_element(w, indent, name, str_from(text));
}

static void put_literal(struct writer *w, const char *indent, const char *start, struct str value)
{
    buf_printf(w->out, "%s<%s literal=\"", indent, start);
    put_escaped(w->out, value, true);
    buf_puts(w->out, "\"/>\n");
}

static void put_name(struct writer *w, const char *indent, const char *lang, struct str name)
{
    if (name.n == 0)
        return;
    buf_printf(w->out, "%s<name xml:lang=\"%s\">", indent, lang);
    put_text(w->out, name);
    buf_puts(w->out, "</name>\n");
}

static struct str host_of(struct str url)
{
    size_t slashes = str_find(url, S("://"));
    struct str host = slashes == SIZE_MAX ? url : str_sub(url, slashes + 3, url.n), part = STR_NONE;
    if (host.n)
        str_split(&host, '/', &part);
    return part;
}

static void put_header(struct writer *w)
{
    const struct story *s = w->s;
    struct str host = host_of(w->a->url);
    buf_puts(w->out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                     "<newsMessage xmlns=\"http://iptc.org/std/nar/2006-10-01/\">\n"
                     "  <header>\n");
    put_time(w, "    ", "sent", w->sent_ms);
    put_element(w, "    ", "sender", host.n ? host : w->a->prefix);
    buf_printf(w->out, "    <transmitId>tx-%llu-%u</transmitId>\n", (unsigned long long)s->head.n, (unsigned)s->head.version);
    buf_printf(w->out, "    <priority>%u</priority>\n    <origin>HAS</origin>\n  </header>\n", (unsigned)s->codes.priority);
}

static const char *item_class(enum story_type t)
{
    static const char *const words[] = {"text", "text", "picture", "video", "composite", "graphic"};
    return words[(unsigned)t < sizeof words / sizeof words[0] ? t : 0];
}

static void put_link(struct writer *w, struct str id, enum story_type t)
{
    static const char *const types[] = {"", "", " contenttype=\"image/jpeg\"", " contenttype=\"video/mp4\"", "", ""};
    buf_puts(w->out, "        <link rel=\"irel:seeAlso\" residref=\"");
    put_escaped(w->out, id, true);
    buf_printf(w->out, "\"%s>\n          <itemClass qcode=\"ninat:%s\"/>\n", types[t], item_class(t));
    put_element(w, "          ", "title", w->s->text.headline);
    buf_puts(w->out, "        </link>\n");
}

/* Subscribers take the very first link for a picture. */
static void put_links(struct writer *w)
{
    static const enum story_type order[] = {TYPE_PICTURE, TYPE_VIDEO, TYPE_GRAPH, TYPE_FILE, TYPE_TEXT};
    const struct story *s = w->s;
    for (size_t o = 0; o < sizeof order / sizeof order[0]; o++)
        for (size_t i = 0; i < s->media.n + s->link_count; i++) {
            struct str id = i < s->media.n ? s->media.v[i] : s->links[i - s->media.n].id, provider;
            enum story_type t;
            uint32_t day;
            uint64_t n;
            if (story_id_parse(id, &provider, &t, &day, &n) && t == order[o])
                put_link(w, id, t);
        }
}

static bool is_embargoed(const struct writer *w)
{
    return w->s->times.embargo_ms > w->sent_ms;
}

static const char *pub_status(const struct writer *w)
{
    if (w->s->head.stage == STAGE_KILLED)
        return "canceled";
    return w->s->head.stage == STAGE_HELD || is_embargoed(w) ? "withheld" : "usable";
}

static void put_ednote(struct writer *w)
{
    struct str note = w->s->head.note, ednote = w->is_notice ? STR_NONE : w->s->text.ednote;
    struct buf both = BUF_INIT(note.n + ednote.n + 1);
    buf_add(&both, note);
    if (note.n && ednote.n)
        buf_addc(&both, ' ');
    buf_add(&both, ednote);
    put_element_if(w, "        ", "edNote", buf_str(&both));
    buf_fini(&both);
}

static void put_item_meta(struct writer *w)
{
    const struct story *s = w->s;
    buf_puts(w->out, "      <itemMeta>\n");
    buf_printf(w->out, "        <itemClass qcode=\"ninat:%s\"/>\n", item_class((enum story_type)s->codes.type));
    put_literal(w, "        ", "provider", w->a->name);
    put_time(w, "        ", "versionCreated", s->times.at_ms);
    put_time(w, "        ", "firstCreated", s->times.first_ms);
    if (!w->is_notice && is_embargoed(w))
        put_time(w, "        ", "embargoed", s->times.embargo_ms);
    buf_printf(w->out, "        <pubStatus qcode=\"stat:%s\"/>\n", pub_status(w));
    put_ednote(w);
    buf_printf(w->out, "        <priority>%u</priority>\n", (unsigned)s->codes.priority);
    if (!w->is_notice)
        put_links(w);
    buf_puts(w->out, "      </itemMeta>\n");
}

/* Turkish letters in the spelling that English names of cities use. */
static void put_plain_letters(struct buf *out, struct str s)
{
    static const struct {
        uint32_t from;
        char to;
    } letters[] = {{0xE7, 'c'},  {0xC7, 'C'},  {0x11F, 'g'}, {0x11E, 'G'}, {0x131, 'i'}, {0x130, 'I'},
                   {0xF6, 'o'},  {0xD6, 'O'},  {0x15F, 's'}, {0x15E, 'S'}, {0xFC, 'u'},  {0xDC, 'U'},
                   {0xE2, 'a'},  {0xC2, 'A'},  {0xEE, 'i'},  {0xCE, 'I'},  {0xFB, 'u'},  {0xDB, 'U'}};
    for (size_t at = 0; at < s.n;) {
        uint32_t cp = text_next(s, &at);
        for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
            if (letters[i].from == cp)
                cp = (unsigned char)letters[i].to;
        text_put(out, cp);
    }
}

/* Stable over stories and installations: no list of cities is kept. */
static unsigned long city_code(struct str lang, struct str city)
{
    struct buf folded = BUF_INIT(4096);
    text_fold(lang, city, &folded);
    unsigned long code = (unsigned long)(1000000 + str_hash(buf_str(&folded)) % 9000000);
    buf_fini(&folded);
    return code;
}

static void put_country(struct writer *w, const char *indent, const char *inner, const char *element)
{
    struct str code = w->s->text.country;
    struct str tr = country_name(code, S("tr")), en = country_name(code, S("en"));
    if (code.n == 0)
        return;
    buf_printf(w->out, "%s<%s type=\"cptype:country\" qcode=\"iso3166-1a2:", indent, element);
    put_escaped(w->out, code, true);
    buf_puts(w->out, "\">\n");
    put_name(w, inner, "tr", tr.n ? tr : code);
    put_name(w, inner, "en", en.n ? en : code);
    buf_printf(w->out, "%s</%s>\n", indent, element);
}

static void put_located(struct writer *w)
{
    struct str city = w->s->text.city;
    if (city.n == 0) {
        put_country(w, "        ", "          ", "located");
        return;
    }
    struct buf en = BUF_INIT(4096);
    if (str_starts(w->s->language, S("tr")))
        put_plain_letters(&en, city);
    else
        buf_add(&en, city);
    buf_printf(w->out, "        <located type=\"cptype:city\" qcode=\"AAcity:%lu\">\n", city_code(w->s->language, city));
    put_name(w, "          ", "tr", city);
    put_name(w, "          ", "en", buf_str(&en));
    put_country(w, "          ", "            ", "broader");
    buf_puts(w->out, "        </located>\n");
    buf_fini(&en);
}

static void put_subject(struct writer *w, enum code_kind k, const struct code *row)
{
    buf_puts(w->out, "        <subject type=\"cpnat:abstract\" qcode=\"");
    if (k == CODE_CATEGORY) {
        buf_puts(w->out, "AAcat:");
        put_escaped(w->out, row->word, true);
    } else {
        buf_printf(w->out, "AApackage:%u", row->code);
    }
    buf_puts(w->out, "\">\n");
    put_name(w, "          ", "tr", row->tr);
    put_name(w, "          ", "en", row->en);
    if (k == CODE_CATEGORY)
        put_name(w, "          ", "ar", row->ar);
    buf_puts(w->out, "        </subject>\n");
}

/* False when no code of the set is in the list. */
static bool put_code_subjects(struct writer *w, enum code_kind k, const struct codeset *set)
{
    bool has_any = false;
    for (unsigned c = codeset_first(set); c; c = codeset_next(set, c)) {
        const struct code *row = codes_get(w->codes, k, c);
        if (row)
            put_subject(w, k, row);
        has_any |= row != NULL;
    }
    return has_any;
}

/* The category stands first whatever happens: subscribers take the first Turkish subject name for it. */
static void put_subjects(struct writer *w)
{
    const struct story *s = w->s;
    const struct code *general = codes_get(w->codes, CODE_CATEGORY, 1);
    if (!put_code_subjects(w, CODE_CATEGORY, &s->codes.category) && general)
        put_subject(w, CODE_CATEGORY, general);
    put_code_subjects(w, CODE_PACKAGE, &s->codes.package);
    for (size_t i = 0; !w->is_notice && i < s->subjects.n; i++) {
        buf_puts(w->out, "        <subject type=\"cpnat:abstract\" qcode=\"");
        put_escaped(w->out, s->subjects.v[i], true);
        buf_puts(w->out, "\"/>\n");
    }
}

static void put_content_meta(struct writer *w, struct str headline, struct str spot)
{
    const struct story *s = w->s;
    buf_printf(w->out, "      <contentMeta>\n        <urgency>%d</urgency>\n", story_urgency(s->codes.priority));
    put_time(w, "        ", "contentCreated", s->times.first_ms);
    if (!w->is_notice) {
        put_located(w);
        if (s->text.byline.n)
            put_literal(w, "        ", "creator qcode=\"AArole:author\"", s->text.byline);
    }
    /* the agency, not the login of who released it */
    put_literal(w, "        ", "creator qcode=\"AArole:publisher\"", w->a->name);
    buf_puts(w->out, "        <language tag=\"");
    put_escaped(w->out, s->language, true);
    buf_puts(w->out, "\"/>\n");
    for (size_t i = 0; !w->is_notice && i < s->keywords.n; i++)
        put_element(w, "        ", "keyword", s->keywords.v[i]);
    put_subjects(w);
    put_element(w, "        ", "headline", headline);
    put_element_if(w, "        ", "description", spot);
    buf_puts(w->out, "      </contentMeta>\n");
}

static void put_content(struct writer *w, struct str headline, struct str spot, struct str html)
{
    const char *indent = "              ";
    buf_puts(w->out, "      <contentSet>\n"
                     "        <inlineXML contenttype=\"application/nitf+xml\">\n"
                     "          <nitf xmlns=\"http://iptc.org/std/NITF/2006-10-18/\">\n"
                     "            <body>\n"
                     "              <body.head>\n"
                     "                <headline>\n");
    put_element(w, "                  ", "hl1", headline);
    buf_puts(w->out, "                </headline>\n                <byline>\n");
    put_element(w, "                  ", "byttl", w->is_notice ? STR_NONE : w->s->text.byline);
    buf_puts(w->out, "                </byline>\n");
    put_element(w, "                ", "abstract", spot);
    buf_puts(w->out, "              </body.head>\n");
    put_element(w, indent, "body.content", html);
    buf_puts(w->out, "            </body>\n          </nitf>\n        </inlineXML>\n      </contentSet>\n"
                     "    </newsItem>\n  </itemSet>\n</newsMessage>\n");
}

static void put_item_start(struct writer *w)
{
    buf_puts(w->out, "  <itemSet>\n    <newsItem guid=\"");
    put_escaped(w->out, w->s->head.id, true);
    buf_printf(w->out, "\" version=\"%u\" standard=\"NewsML-G2\" standardversion=\"2.9\" conformance=\"power\" xml:lang=\"",
               (unsigned)w->s->head.version);
    put_escaped(w->out, w->s->language, true);
    buf_puts(w->out, "\">\n"
                     "      <catalogRef href=\"http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_22.xml\"/>\n"
                     "      <rightsInfo>\n");
    put_literal(w, "        ", "copyrightHolder", w->a->name);
    if (!w->is_notice)
        put_element_if(w, "        ", "copyrightNotice", w->s->text.usage_terms);
    buf_puts(w->out, "      </rightsInfo>\n");
}

/* Where the first paragraph that is no sub-head begins, after its <p>; 0 when there is none. */
static size_t first_paragraph(struct str html)
{
    for (size_t at = 0, end; at < html.n; at = end) {
        struct str rest = str_sub(html, at, html.n);
        size_t close = str_find(rest, S("</p>"));
        end = close == SIZE_MAX ? html.n : at + close + 4;
        struct str p = str_sub(html, at, end - at);
        bool is_head = str_starts(p, S("<p><strong>")) && str_ends(p, S("</strong></p>")) &&
                       str_find(p, S("</strong>")) == p.n - S("</strong></p>").n;
        if (!is_head && str_starts(p, S("<p>")))
            return at + 3;
    }
    return str_starts(html, S("<p>")) ? 3 : 0;
}

static bool has_mark(struct str paragraphs, struct str mark)
{
    struct buf text = BUF_INIT(BODY_MOST);
    size_t close = str_find(paragraphs, S("</p>"));
    text_of_html(str_sub(paragraphs, 0, close == SIZE_MAX ? paragraphs.n : close), &text);
    size_t at = str_find(buf_str(&text), mark);
    bool has = at != SIZE_MAX && text_chars(str_sub(buf_str(&text), 0, at + mark.n)) <= MARK_CHARS;
    buf_fini(&text);
    return has;
}

/* Subscribers show what follows the first `(CODE)` and nothing without it. */
static void put_prefix(struct writer *w, struct str city, struct buf *out)
{
    struct buf upper = BUF_INIT(4096);
    text_upper(w->s->language, city, &upper);
    html_has_escape(buf_str(&upper), out);
    if (upper.n)
        buf_addc(out, ' ');
    buf_addc(out, '(');
    html_has_escape(w->a->code, out);
    buf_puts(out, ") - ");
    buf_fini(&upper);
}

static void make_body(struct writer *w, struct str html, struct str city, struct buf *out)
{
    struct buf mark = BUF_INIT(300);
    size_t at = first_paragraph(html);
    buf_printf(&mark, "(%.*s)", STR_FMT(w->a->code));
    buf_add(out, str_sub(html, 0, at));
    struct str rest = str_sub(html, at, html.n);
    if (!has_mark(rest, buf_str(&mark)))
        put_prefix(w, city, out);
    buf_add(out, rest);
    buf_fini(&mark);
}

static void put_plain_paragraph(struct str text, struct buf *out)
{
    buf_puts(out, "<p>");
    html_has_escape(text, out);
    buf_puts(out, "</p>");
}

static void write_document(struct writer *w, struct str headline, struct str html)
{
    struct buf body = BUF_INIT(BODY_MOST);
    struct str spot = w->is_notice ? STR_NONE : w->s->text.spot;
    make_body(w, html, w->is_notice ? STR_NONE : w->s->text.city, &body);
    put_header(w);
    put_item_start(w);
    put_item_meta(w);
    put_content_meta(w, headline, spot);
    put_content(w, headline, spot, buf_str(&body));
    buf_fini(&body);
}

void newsmlg2_write_has(struct buf *out, const struct grant *g, const struct story *s, const struct codes *codes,
                        const struct agency *a, int64_t sent_ms)
{
    must(grant_covers(g, s->head.n));
    if (s->head.stage == STAGE_KILLED || s->head.stage == STAGE_HELD) {
        newsmlg2_write_has_notice(out, s, codes, a, sent_ms);
        return;
    }
    struct writer w = {out, s, codes, a, sent_ms, false};
    struct buf html = BUF_INIT(BODY_MOST);
    /* a flash has no body: its headline is the news */
    if (html_for_has(s->text.body, &html) != OK || html.n == 0) {
        buf_reset(&html);
        put_plain_paragraph(s->text.headline, &html);
    }
    write_document(&w, s->text.headline, buf_str(&html));
    buf_fini(&html);
}

void newsmlg2_write_has_notice(struct buf *out, const struct story *s, const struct codes *codes, const struct agency *a,
                               int64_t sent_ms)
{
    struct writer w = {out, s, codes, a, sent_ms, true};
    struct buf text = BUF_INIT(BODY_MOST), html = BUF_INIT(BODY_MOST);
    bool is_off = s->head.stage == STAGE_KILLED || s->head.stage == STAGE_HELD;
    if (is_off)
        notice_text(s, &text);
    else
        buf_add(&text, s->head.note.n ? s->head.note : s->text.headline);
    put_plain_paragraph(buf_str(&text), &html);
    write_document(&w, is_off ? notice_headline(s) : s->text.headline, buf_str(&html));
    buf_fini(&html);
    buf_fini(&text);
}
