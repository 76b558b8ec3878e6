#include "view/feed.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "view/site_page.h"

#define FEED_ITEMS 30
#define SITEMAP_STORIES 1000 /* per language */
#define NEWS_HOURS 48        /* what the news sitemap protocol wants */

/* ---- parts ---- */

static void put_element(struct buf *out, const char *name, struct str text)
{
    if (text.n == 0)
        return;
    buf_printf(out, "<%s>", name);
    text_escape(text, out);
    buf_printf(out, "</%s>\n", name);
}

static void put_url(struct buf *out, const struct app *app, const struct brief *b)
{
    struct str base = app->settings.public_url;
    while (base.n && base.p[base.n - 1] == '/')
        base.n--;
    buf_add(out, base);
    site_story_path(out, app, b->language, b->n, b->headline);
}

static void put_url_element(struct buf *out, const char *name, const struct app *app, const struct brief *b)
{
    struct buf url = BUF_INIT(512);
    put_url(&url, app, b);
    put_element(out, name, buf_str(&url));
    buf_fini(&url);
}

static struct str teaser_of(const struct brief *b)
{
    return b->teaser.n ? b->teaser : b->spot;
}

static int64_t newest_ms(const struct feed *f)
{
    int64_t newest = 0;
    for (size_t i = 0; i < f->count; i++)
        newest = f->briefs[i]->at_ms > newest ? f->briefs[i]->at_ms : newest;
    return newest;
}

/* ---- RSS 2.0 ---- */

static void put_rss_item(struct buf *out, const struct feed *f, const struct brief *b)
{
    char at[CLOCK_TEXT];
    buf_puts(out, "<item>\n");
    put_element(out, "title", b->headline);
    put_url_element(out, "link", f->app, b);
    buf_puts(out, "<guid isPermaLink=\"false\">");
    text_escape(b->id, out);
    buf_puts(out, "</guid>\n");
    clock_rfc1123(b->first_ms, at);
    put_element(out, "pubDate", str_from(at));
    put_element(out, "dc:creator", b->byline);
    for (size_t i = 0; i < b->sections.n; i++)
        put_element(out, "category", b->sections.v[i]);
    put_element(out, "description", teaser_of(b));
    buf_puts(out, "</item>\n");
}

void feed_write_rss(struct buf *out, const struct feed *f)
{
    char at[CLOCK_TEXT];
    buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" "
                  "xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel>\n");
    put_element(out, "title", f->title);
    put_element(out, "link", f->home);
    put_element(out, "description", f->about);
    put_element(out, "language", f->lang);
    buf_puts(out, "<atom:link rel=\"self\" type=\"application/rss+xml\" href=\"");
    text_escape(f->self, out);
    buf_puts(out, "\"/>\n");
    if (f->count) {
        clock_rfc1123(newest_ms(f), at);
        put_element(out, "lastBuildDate", str_from(at));
    }
    buf_puts(out, "<generator>tellal</generator>\n<ttl>5</ttl>\n");
    for (size_t i = 0; i < f->count; i++)
        put_rss_item(out, f, f->briefs[i]);
    buf_puts(out, "</channel>\n</rss>\n");
}

/* ---- Atom ---- */

/* An id that never changes, also when the site moves to another host: the story's own, as a URI (RFC 4151 would need a
 * host and a date; urn: with the agency's prefix is what the id already is). */
static void put_atom_id(struct buf *out, struct str id)
{
    buf_puts(out, "<id>urn:newsitem:");
    text_escape(id, out);
    buf_puts(out, "</id>\n");
}

static void put_atom_time(struct buf *out, const char *name, int64_t ms)
{
    char at[CLOCK_TEXT];
    clock_rfc3339_sec(ms, at);
    put_element(out, name, str_from(at));
}

static void put_atom_link(struct buf *out, const char *rel, const char *type, struct str url)
{
    buf_printf(out, "<link rel=\"%s\" type=\"%s\" href=\"", rel, type);
    text_escape(url, out);
    buf_puts(out, "\"/>\n");
}

static void put_atom_entry(struct buf *out, const struct feed *f, const struct brief *b)
{
    buf_puts(out, "<entry xml:lang=\"");
    text_escape(b->language, out);
    buf_puts(out, "\">\n");
    put_atom_id(out, b->id);
    put_element(out, "title", b->headline);
    struct buf url = BUF_INIT(512);
    put_url(&url, f->app, b);
    put_atom_link(out, "alternate", "text/html", buf_str(&url));
    buf_fini(&url);
    put_atom_time(out, "published", b->first_ms);
    put_atom_time(out, "updated", b->at_ms);
    if (b->byline.n) {
        buf_puts(out, "<author>");
        put_element(out, "name", b->byline);
        buf_puts(out, "</author>\n");
    }
    for (size_t i = 0; i < b->sections.n; i++) {
        buf_puts(out, "<category term=\"");
        text_escape(b->sections.v[i], out);
        buf_puts(out, "\"/>\n");
    }
    put_element(out, "summary", teaser_of(b));
    buf_puts(out, "</entry>\n");
}

void feed_write_atom(struct buf *out, const struct feed *f)
{
    buf_puts(out,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"");
    text_escape(f->lang, out);
    buf_puts(out, "\">\n");
    put_element(out, "id", f->self);
    put_element(out, "title", f->title);
    put_element(out, "subtitle", f->about);
    put_atom_link(out, "self", "application/atom+xml", f->self);
    put_atom_link(out, "alternate", "text/html", f->home);
    put_atom_time(out, "updated", f->count ? newest_ms(f) : clock_now_ms());
    buf_puts(out, "<author>");
    put_element(out, "name", f->app->settings.agency_name);
    buf_puts(out, "</author>\n<generator>tellal</generator>\n");
    for (size_t i = 0; i < f->count; i++)
        put_atom_entry(out, f, f->briefs[i]);
    buf_puts(out, "</feed>\n");
}

/* ---- JSON Feed ---- */

static void put_json_item(struct jw *w, const struct feed *f, const struct brief *b)
{
    struct buf url = BUF_INIT(512);
    put_url(&url, f->app, b);
    jw_open(w, NULL);
    jw_str(w, "id", b->id);
    jw_str(w, "url", buf_str(&url));
    jw_str(w, "title", b->headline);
    jw_str(w, "content_text", teaser_of(b));
    jw_str_if(w, "summary", b->spot);
    jw_time_sec(w, "date_published", b->first_ms);
    jw_time_sec(w, "date_modified", b->at_ms);
    jw_str(w, "language", b->language);
    if (b->byline.n) {
        jw_open_list(w, "authors");
        jw_open(w, NULL);
        jw_str(w, "name", b->byline);
        jw_close(w);
        jw_close_list(w);
    }
    jw_open_list(w, "tags");
    for (size_t i = 0; i < b->sections.n; i++)
        jw_str(w, NULL, b->sections.v[i]);
    jw_close_list(w);
    jw_close(w);
    buf_fini(&url);
}

void feed_write_json(struct buf *out, const struct feed *f)
{
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    jw_str(&w, "version", S("https://jsonfeed.org/version/1.1"));
    jw_str(&w, "title", f->title);
    jw_str(&w, "description", f->about);
    jw_str(&w, "home_page_url", f->home);
    jw_str(&w, "feed_url", f->self);
    jw_str(&w, "language", f->lang);
    jw_open_list(&w, "authors");
    jw_open(&w, NULL);
    jw_str(&w, "name", f->app->settings.agency_name);
    jw_close(&w);
    jw_close_list(&w);
    jw_open_list(&w, "items");
    for (size_t i = 0; i < f->count; i++)
        put_json_item(&w, f, f->briefs[i]);
    jw_close_list(&w);
    jw_close(&w);
}

/* ---- handlers ---- */

enum next feed_show(struct call *c, void *reader)
{
    const struct app *app = app_of(c);
    struct site_visit *visit = c->state;
    struct arena *a = c->arena;
    struct brief *all[FEED_ITEMS];
    struct brief_page page = {.language = visit->lang, .section = visit->section, .limit = FEED_ITEMS};
    struct feed f = {.app = app, .lang = visit->lang, .title = app->settings.agency_name, .briefs = all};
    struct str root = arena_printf(a, "/%.*s/", STR_FMT(visit->lang));
    if (visit->section.n) {
        struct str name = site_page_section_name(a, visit->lang, visit->section);
        f.title = arena_printf(a, "%.*s – %.*s", STR_FMT(f.title), STR_FMT(name));
        root = arena_printf(a, "/%.*s/s/%.*s", STR_FMT(visit->lang), STR_FMT(visit->section));
    }
    f.about = page_text(visit->lang, "site.feed.about");
    f.home = site_page_url(a, app, root);
    f.self = site_page_url(a, app, c->req.path);
    f.count = reader_briefs(reader, &page, all, NULL);
    if (str_ends(c->req.path, S("/rss.xml"))) {
        res_start(&c->res, 200, "application/rss+xml; charset=utf-8");
        feed_write_rss(&c->res.body, &f);
    } else if (str_ends(c->req.path, S("/atom.xml"))) {
        res_start(&c->res, 200, "application/atom+xml; charset=utf-8");
        feed_write_atom(&c->res.body, &f);
    } else {
        res_start(&c->res, 200, "application/feed+json; charset=utf-8");
        feed_write_json(&c->res.body, &f);
    }
    site_page_drop(all, f.count);
    site_page_keep(c);
    return NEXT_DONE;
}

static void put_place(struct buf *out, const struct app *app, struct str lang, const char *tail)
{
    struct str base = app->settings.public_url;
    while (base.n && base.p[base.n - 1] == '/')
        base.n--;
    buf_printf(out, "<url><loc>%.*s/%.*s/%s</loc></url>\n", STR_FMT(base), STR_FMT(lang), tail);
}

static void put_places(struct buf *out, const struct app *app, struct str lang)
{
    static const char *const fixed[] = {"", "corrections", "about", "contact", "subscribe", "feeds"};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        put_place(out, app, lang, fixed[i]);
    for (size_t i = 0; i < app->settings.sections.n; i++) {
        char tail[96];
        snprintf(tail, sizeof tail, "s/%.*s", STR_FMT(app->settings.sections.v[i]));
        put_place(out, app, lang, tail);
    }
}

enum next feed_sitemap(struct call *c, void *reader)
{
    const struct app *app = app_of(c);
    struct buf *out = &c->res.body;
    struct brief **all = arena_array(c->arena, struct brief *, SITEMAP_STORIES);
    res_start(&c->res, 200, "application/xml; charset=utf-8");
    buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    for (size_t i = 0; i < app->settings.languages.n; i++) {
        struct str lang = app->settings.languages.v[i];
        struct brief_page page = {.language = lang, .limit = SITEMAP_STORIES};
        put_places(out, app, lang);
        size_t count = reader_briefs(reader, &page, all, NULL);
        for (size_t k = 0; k < count; k++) {
            buf_puts(out, "<url>");
            put_url_element(out, "loc", app, all[k]);
            put_atom_time(out, "lastmod", all[k]->at_ms);
            buf_puts(out, "</url>\n");
        }
        site_page_drop(all, count);
    }
    buf_puts(out, "</urlset>\n");
    site_page_keep(c);
    return NEXT_DONE;
}

static void put_news(struct buf *out, const struct app *app, struct str lang, const struct brief *b)
{
    buf_puts(out, "<url>");
    put_url_element(out, "loc", app, b);
    buf_puts(out, "<news:news><news:publication>");
    put_element(out, "news:name", app->settings.agency_name);
    put_element(out, "news:language", lang);
    buf_puts(out, "</news:publication>");
    put_atom_time(out, "news:publication_date", b->first_ms);
    put_element(out, "news:title", b->headline);
    buf_puts(out, "</news:news></url>\n");
}

enum next feed_sitemap_news(struct call *c, void *reader)
{
    const struct app *app = app_of(c);
    struct buf *out = &c->res.body;
    struct brief **all = arena_array(c->arena, struct brief *, SITEMAP_STORIES);
    size_t left = SITEMAP_STORIES; /* the protocol's limit for the whole file */
    int64_t from = clock_now_ms() - NEWS_HOURS * INT64_C(3600000);
    res_start(&c->res, 200, "application/xml; charset=utf-8");
    buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" "
                  "xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">\n");
    for (size_t i = 0; i < app->settings.languages.n && left > 0; i++) {
        struct str lang = app->settings.languages.v[i];
        struct brief_page page = {.language = lang, .from_ms = from, .limit = left};
        size_t count = reader_briefs(reader, &page, all, NULL);
        left -= count;
        for (size_t k = 0; k < count; k++)
            put_news(out, app, lang, all[k]);
        site_page_drop(all, count);
    }
    buf_puts(out, "</urlset>\n");
    site_page_keep(c);
    return NEXT_DONE;
}
