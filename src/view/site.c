#include "view/site.h"

#include "base/clock.h"
#include "base/text.h"
#include "view/cache.h"
#include "view/contact.h"
#include "view/feed.h"
#include "view/site_list.h"
#include "view/site_story.h"

#define KEY_MAX 256
#define WORDS_MAX 512 /* of a search (trust 3) */
#define FORM_MAX 65536

/* ---- the cache's side ---- */

/* Addresses whose answer may be kept: no query, or the cursor of a list. Any other query would let strangers fill the
 * cache with copies of one page. */
static struct str cache_key(const struct req *r, char room[static KEY_MAX])
{
    if (r->query.n == 0)
        return r->path;
    uint64_t before;
    bool is_cursor = str_starts(r->query, S("before=")) && str_u64(str_sub(r->query, 7, r->query.n), &before);
    if (!is_cursor || r->path.n + r->query.n + 2 > KEY_MAX)
        return STR_NONE;
    int n = snprintf(room, KEY_MAX, "%.*s?%.*s", STR_FMT(r->path), STR_FMT(r->query));
    return str_of(room, (size_t)n);
}

static bool is_plain(const struct req *r)
{
    for (size_t i = 0; i < r->header_count; i++) {
        struct str name = r->headers[i].name;
        if (name.n == 6 && (str_eq_nocase(name, S("cookie")) || str_eq_nocase(name, S("expect"))))
            return false;
        if ((name.n == 13 && str_eq_nocase(name, S("if-none-match"))) ||
            (name.n == 5 && str_eq_nocase(name, S("range"))))
            return false;
    }
    return true;
}

bool site_cached(void *app, unsigned loop_index, const struct req *req, struct blob **out, size_t *head_bytes)
{
    char room[KEY_MAX];
    struct cache *cache = ((struct app *)app)->loops[loop_index].cache;
    struct str key = cache_key(req, room);
    if (!key.p || !is_plain(req))
        return false;
    *out = cache_get(cache, key, head_bytes);
    return *out != NULL;
}

/* ---- setting out ---- */

/* A visit with its language from the path; NULL when that is none of the site's. */
static struct site_visit *visit_new(struct call *c)
{
    struct str lang = site_page_lang(app_of(c), c->req.path);
    if (!lang.p)
        return NULL;
    struct site_visit *visit = arena_make(c->arena, struct site_visit);
    visit->lang = lang;
    c->state = visit;
    return visit;
}

/* The generation is read here, on the loop, before the database is looked at: a change that comes by meanwhile makes
 * the page too old to be kept. */
static void remember(struct call *c)
{
    struct site_visit *visit = c->state;
    char room[KEY_MAX];
    visit->kept.key = arena_str(c->arena, cache_key(&c->req, room));
    visit->kept.n = visit->n;
    visit->kept.generation = cache_generation(app_of(c)->loops[app_loop_index(c)].cache);
}

static struct str etag_of(struct str head)
{
    size_t at = str_find(head, S("ETag: "));
    struct str rest = str_sub(head, at == SIZE_MAX ? head.n : at + 6, head.n);
    return str_sub(rest, 0, str_find_char(rest, '\r'));
}

/* For requests that site_cached let pass: a ready page is theirs as well, or the word that they have it already. */
static bool answer_kept(struct call *c)
{
    struct site_visit *visit = c->state;
    struct str known = req_header(&c->req, "If-None-Match");
    size_t head_bytes;
    if (!visit->kept.key.p)
        return false;
    struct blob *page = cache_get(app_of(c)->loops[app_loop_index(c)].cache, visit->kept.key, &head_bytes);
    if (!page)
        return false;
    visit->kept.key = STR_NONE; /* it is kept already */
    res_start(&c->res, 200, NULL);
    res_header(&c->res, "Cache-Control", SITE_PAGE_CACHE);
    if (known.n && res_etag(&c->res, known, etag_of(str_of(page->bytes, head_bytes)))) {
        blob_unref(&page);
        return true;
    }
    res_reset(&c->res);
    c->res.status = 200;
    c->res.whole = page;
    c->res.whole_head = head_bytes;
    return true;
}

static enum next go(struct call *c, enum next (*fn)(struct call *c, void *reader), bool keeps)
{
    if (keeps)
        remember(c);
    if (keeps && answer_kept(c))
        return NEXT_DONE;
    return call_work(c, store_readers(app_of(c)->store), fn);
}

static enum next go_plain(struct call *c, enum next (*fn)(struct call *c, void *reader), bool keeps)
{
    return visit_new(c) ? go(c, fn, keeps) : site_not_found(c);
}

static bool read_cursor(struct call *c, uint64_t *out)
{
    struct str before = req_query(&c->req, c->arena, "before");
    return !before.p || str_u64(before, out);
}

/* ---- handlers ---- */

static enum next show_root(struct call *c)
{
    struct str lang = site_page_lang_asked(app_of(c), req_header(&c->req, "Accept-Language"));
    res_redirect(&c->res, 302, arena_printf(c->arena, "/%.*s/", STR_FMT(lang)));
    res_header(&c->res, "Vary", S("Accept-Language"));
    res_header(&c->res, "Cache-Control", S("no-cache"));
    return NEXT_DONE;
}

static enum next show_lang(struct call *c)
{
    struct str lang = site_page_lang(app_of(c), c->req.path);
    if (!lang.p)
        return site_not_found(c);
    res_redirect(&c->res, 308, arena_printf(c->arena, "/%.*s/", STR_FMT(lang)));
    return NEXT_DONE;
}

static enum next show_front(struct call *c)
{
    return go_plain(c, site_list_front, true);
}

static enum next show_section(struct call *c)
{
    struct site_visit *visit = visit_new(c);
    if (!visit || !site_page_has_section(app_of(c), c->req.params[1]) || !read_cursor(c, &visit->before))
        return site_not_found(c);
    visit->section = c->req.params[1];
    return go(c, site_list_section, true);
}

static enum next show_story(struct call *c)
{
    struct site_visit *visit = visit_new(c);
    if (!visit || !str_u64(c->req.params[1], &visit->n) || visit->n == 0)
        return site_not_found(c);
    return go(c, site_story_show, true);
}

/* /id/aa:text:20260314:5000121: only the number is looked up, the whole is compared. */
static enum next show_id(struct call *c)
{
    struct str id = c->req.params[0], rest = id, last = STR_NONE;
    struct site_visit *visit = arena_make(c->arena, struct site_visit);
    while (str_split(&rest, ':', &last))
        continue;
    if (!str_u64(last, &visit->n) || visit->n == 0)
        return site_not_found(c);
    visit->lang = site_page_lang_asked(app_of(c), req_header(&c->req, "Accept-Language"));
    visit->id = id;
    c->state = visit;
    return go(c, site_story_find, false);
}

static enum next show_search(struct call *c)
{
    struct site_visit *visit = visit_new(c);
    if (!visit || !read_cursor(c, &visit->before))
        return site_not_found(c);
    struct str words = str_sub(str_trim(req_query(&c->req, c->arena, "q")), 0, WORDS_MAX);
    /* cut between characters */
    while (words.n && !text_is_utf8(words))
        words.n--;
    visit->words = words;
    return go(c, site_list_search, false);
}

/* Bounds of a local day, written YYYY, MM, DD in the path with all their digits. */
static bool read_day(const struct str parts[static 3], struct site_visit *visit)
{
    char text[32];
    uint64_t y, m, d;
    int64_t noon;
    if (parts[0].n != 4 || parts[1].n != 2 || parts[2].n != 2)
        return false;
    if (!str_u64(parts[0], &y) || !str_u64(parts[1], &m) || !str_u64(parts[2], &d))
        return false;
    snprintf(text, sizeof text, "%04u-%02u-%02uT12:00:00Z", (unsigned)y, (unsigned)m, (unsigned)d);
    if (clock_parse(str_from(text), &noon) != OK)
        return false;
    /* noon of Greenwich is another day in zones far from it */
    for (int days = -1; days <= 1; days++) {
        int64_t start = clock_day_start(noon, days);
        if (clock_day(start) != y * 10000 + m * 100 + d)
            continue;
        visit->from_ms = start;
        visit->to_ms = clock_day_start(start + 12 * INT64_C(3600000), -1) - 1;
        return true;
    }
    return false;
}

static enum next show_day(struct call *c)
{
    struct site_visit *visit = visit_new(c);
    if (!visit || !read_day(&c->req.params[1], visit) || visit->from_ms > clock_now_ms())
        return site_not_found(c);
    return go(c, site_list_day, true);
}

static enum next show_corrections(struct call *c)
{
    return go_plain(c, site_list_corrections, true);
}

static enum next show_feed(struct call *c)
{
    struct site_visit *visit = visit_new(c);
    bool has_section = str_find(c->req.path, S("/s/")) != SIZE_MAX;
    if (!visit || (has_section && !site_page_has_section(app_of(c), c->req.params[1])))
        return site_not_found(c);
    if (has_section)
        visit->section = c->req.params[1];
    return go(c, feed_show, true);
}

static enum next show_sitemap(struct call *c)
{
    c->state = arena_make(c->arena, struct site_visit);
    bool is_news = str_eq(c->req.path, S("/sitemap-news.xml"));
    return go(c, is_news ? feed_sitemap_news : feed_sitemap, true);
}

/* Pages of words alone: about, feeds. They need no database and are made on the loop. */
static enum next show_words(struct call *c, const char *name, const char *title_key, const char *lead_key)
{
    struct site_visit *visit = visit_new(c);
    if (!visit)
        return site_not_found(c);
    remember(c);
    struct site_frame frame = {.lang = visit->lang,
                               .here = c->req.path,
                               .is_in_all = true,
                               .title = page_text(visit->lang, title_key),
                               .description = page_text(visit->lang, lead_key)};
    struct values *v = site_page_frame(c, &frame);
    values_set(v, "notice_text", app_of(c)->settings.notice);
    return site_page_send(c, 200, name, v, true);
}

static enum next show_about(struct call *c)
{
    return show_words(c, "site/about.html", "site.about.title", "site.about.lead");
}

static enum next show_feeds(struct call *c)
{
    return show_words(c, "site/feeds.html", "site.feeds.title", "site.feeds.lead");
}

static enum next show_robots(struct call *c)
{
    res_start(&c->res, 200, "text/plain; charset=utf-8");
    buf_puts(&c->res.body, "User-agent: *\nDisallow: /wire\nDisallow: /desk\nDisallow: /admin\nDisallow: /login\n"
                           "Disallow: /abone/\nDisallow: /v1/\nDisallow: /*/search\n");
    struct str url = site_page_url(c->arena, app_of(c), S("/"));
    buf_printf(&c->res.body, "\nSitemap: %.*ssitemap.xml\nSitemap: %.*ssitemap-news.xml\n", STR_FMT(url), STR_FMT(url));
    site_page_keep(c);
    return NEXT_DONE;
}

enum next site_not_found(struct call *c)
{
    const struct app *app = app_of(c);
    struct str path = c->req.path;
    if (str_starts(path, S("/v1")) || str_starts(path, S("/abone")))
        return call_fail(c, ERR_NONE, NULL);
    struct str lang = site_page_lang(app, path);
    if (!lang.p)
        lang = site_page_lang_asked(app, req_header(&c->req, "Accept-Language"));
    return site_page_none(c, lang);
}

const struct route site_routes[] = {
    {METHOD_GET, "/", show_root, 0, 0, "site"},
    {METHOD_GET, "/{lang}", show_lang, 0, 0, "site"},
    {METHOD_GET, "/{lang}/", show_front, 0, 0, "site"},
    {METHOD_GET, "/{lang}/s/{section}", show_section, 0, 0, "site"},
    {METHOD_GET, "/{lang}/story/{n}", show_story, 0, 0, "site"},
    {METHOD_GET, "/{lang}/story/{n}/{slug}", show_story, 0, 0, "site"},
    {METHOD_GET, "/id/{id}", show_id, 0, 0, "site"},
    {METHOD_GET, "/{lang}/search", show_search, 0, 0, "site"},
    {METHOD_GET, "/{lang}/archive/{year}/{month}/{day}", show_day, 0, 0, "site"},
    {METHOD_GET, "/{lang}/corrections", show_corrections, 0, 0, "site"},
    {METHOD_GET, "/{lang}/about", show_about, 0, 0, "site"},
    {METHOD_GET, "/{lang}/feeds", show_feeds, 0, 0, "site"},
    {METHOD_GET, "/{lang}/contact", contact_show, 0, 0, "site"},
    {METHOD_POST, "/{lang}/contact", contact_take, FORM_MAX, 0, "site"},
    {METHOD_GET, "/{lang}/subscribe", contact_show, 0, 0, "site"},
    {METHOD_POST, "/{lang}/subscribe", contact_take, FORM_MAX, 0, "site"},
    {METHOD_GET, "/{lang}/rss.xml", show_feed, 0, 0, "feed"},
    {METHOD_GET, "/{lang}/atom.xml", show_feed, 0, 0, "feed"},
    {METHOD_GET, "/{lang}/feed.json", show_feed, 0, 0, "feed"},
    {METHOD_GET, "/{lang}/s/{section}/rss.xml", show_feed, 0, 0, "feed"},
    {METHOD_GET, "/{lang}/s/{section}/atom.xml", show_feed, 0, 0, "feed"},
    {METHOD_GET, "/{lang}/s/{section}/feed.json", show_feed, 0, 0, "feed"},
    {METHOD_GET, "/sitemap.xml", show_sitemap, 0, 0, "feed"},
    {METHOD_GET, "/sitemap-news.xml", show_sitemap, 0, 0, "feed"},
    {METHOD_GET, "/robots.txt", show_robots, 0, 0, "feed"},
};
const size_t site_route_count = sizeof site_routes / sizeof site_routes[0];
