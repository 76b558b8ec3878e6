#include "view/site_story.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#define RELATED 5
#define RELATED_FEW 3 /* with fewer of its section the page shows what is new elsewhere */
#define DESCRIPTION_CHARS 200
#define LINKED_DATA_MOST (1024 * 1024) /* 100 keywords of 200 characters alone are 80 KB */

/* ---- what a story page says about itself to machines ---- */

/* `<` may not stand in a data block of a page: the only way out of it is "</script". */
static struct str without_angles(struct arena *a, struct str json)
{
    struct buf out = BUF_INIT(json.n * 6 + 1);
    for (size_t i = 0; i < json.n; i++) {
        if (json.p[i] == '<')
            buf_puts(&out, "\\u003c");
        else
            buf_addc(&out, json.p[i]);
    }
    struct str kept = arena_str(a, buf_str(&out));
    buf_fini(&out);
    return kept;
}

static void ld_party(struct jw *w, const char *key, const char *type, struct str name, struct str url)
{
    jw_open(w, key);
    jw_str(w, "@type", str_from(type));
    jw_str(w, "name", name);
    jw_str_if(w, "url", url);
    jw_close(w);
}

static struct str linked_data(struct arena *a, const struct app *app, const struct brief *b, struct str url)
{
    struct buf out = BUF_INIT(LINKED_DATA_MOST);
    struct jw w = jw_start(&out);
    struct str agency = app->settings.agency_name, site = site_page_url(a, app, S("/"));
    jw_open(&w, NULL);
    jw_str(&w, "@context", S("https://schema.org"));
    jw_str(&w, "@type", S("NewsArticle"));
    jw_str(&w, "mainEntityOfPage", url);
    jw_str(&w, "identifier", b->id);
    jw_str(&w, "headline", b->headline);
    jw_str_if(&w, "description", b->spot);
    jw_str(&w, "inLanguage", b->language);
    jw_time_sec(&w, "datePublished", b->first_ms);
    jw_time_sec(&w, "dateModified", b->at_ms);
    if (b->byline.n)
        ld_party(&w, "author", "Person", b->byline, STR_NONE);
    else
        ld_party(&w, "author", "NewsMediaOrganization", agency, site);
    ld_party(&w, "publisher", "NewsMediaOrganization", agency, site);
    if (b->city.n) {
        jw_open(&w, "locationCreated");
        jw_str(&w, "@type", S("Place"));
        jw_str(&w, "name", b->city);
        jw_close(&w);
    }
    jw_strs_if(&w, "articleSection", b->sections);
    jw_strs_if(&w, "keywords", b->keywords);
    /* the page is a summary; the story in full is for subscribers */
    jw_bool(&w, "isAccessibleForFree", false);
    jw_open(&w, "hasPart");
    jw_str(&w, "@type", S("WebPageElement"));
    jw_bool(&w, "isAccessibleForFree", false);
    jw_str(&w, "cssSelector", S(".notice"));
    jw_close(&w);
    jw_close(&w);
    must(buf_ok(&out));
    struct str safe = without_angles(a, buf_str(&out));
    buf_fini(&out);
    return safe;
}

/* ---- what it says to readers ---- */

static void set_time(struct values *v, const char *name, const char *name_at, struct str lang, int64_t ms)
{
    struct arena *a = values_arena(v);
    struct buf text = BUF_INIT(128);
    char at[CLOCK_TEXT];
    page_date(&text, lang, ms, true);
    clock_rfc3339_sec(ms, at);
    values_set(v, name, arena_str(a, buf_str(&text)));
    values_set(v, name_at, arena_str(a, str_from(at)));
    buf_fini(&text);
}

static void set_labels(struct values *v, const struct app *app, struct str lang, const struct brief *b)
{
    struct arena *a = values_arena(v);
    for (size_t i = 0; i < b->sections.n; i++) {
        struct values *row = values_row(v, "labels");
        values_set(row, "name", site_page_section_name(a, lang, b->sections.v[i]));
        struct str url = STR_NONE;
        if (site_page_has_section(app, b->sections.v[i]))
            url = arena_printf(a, "/%.*s/s/%.*s", STR_FMT(lang), STR_FMT(b->sections.v[i]));
        values_set(row, "url", url);
    }
}

static void set_dateline(struct values *v, const struct brief *b)
{
    struct buf city = BUF_INIT(512);
    text_upper(b->language, b->city, &city);
    values_set(v, "dateline", arena_str(values_arena(v), buf_str(&city)));
    buf_fini(&city);
}

static void set_text(struct values *v, struct str lang, const struct brief *b)
{
    struct arena *a = values_arena(v);
    values_set(v, "headline", arena_str(a, b->headline));
    values_set(v, "spot", arena_str(a, b->spot));
    values_set(v, "byline", arena_str(a, b->byline));
    values_set(v, "caption", arena_str(a, b->picture_caption));
    values_flag(v, "is_flash", b->priority == 1);
    values_flag(v, "is_urgent", b->priority == 2);
    set_dateline(v, b);
    set_time(v, "first", "first_at", lang, b->first_ms);
    if (b->version > 1 && b->at_ms > b->first_ms)
        set_time(v, "updated", "updated_at", lang, b->at_ms);
    for (size_t i = 0; i < b->summary.n; i++) {
        struct values *row = values_row(v, "paragraphs");
        values_set(row, "text", arena_str(a, b->summary.v[i]));
        values_flag(row, "is_first", i == 0);
    }
    for (size_t i = 0; i < b->note_count; i++) {
        struct values *row = values_row(v, "notes");
        values_set(row, "note", arena_str(a, b->notes[i].text));
        set_time(row, "note_when", "note_at", lang, b->notes[i].at_ms);
    }
}

static void set_share(struct values *v, struct str url, struct str headline)
{
    struct arena *a = values_arena(v);
    struct str u = site_page_quote(a, url), h = site_page_quote(a, headline);
    values_set(v, "share_mail", arena_printf(a, "mailto:?subject=%.*s&body=%.*s", STR_FMT(h), STR_FMT(u)));
    values_set(v, "share_whatsapp", arena_printf(a, "https://wa.me/?text=%.*s%%20%.*s", STR_FMT(h), STR_FMT(u)));
    values_set(v, "share_x", arena_printf(a, "https://x.com/intent/post?text=%.*s&url=%.*s", STR_FMT(h), STR_FMT(u)));
    values_set(v, "share_facebook", arena_printf(a, "https://www.facebook.com/sharer/sharer.php?u=%.*s", STR_FMT(u)));
}

static void set_latest(struct values *v, const struct app *app, struct reader *r, struct str lang, uint64_t own)
{
    struct brief *all[RELATED + 1];
    struct brief_page page = {.language = lang, .limit = RELATED + 1};
    size_t count = reader_briefs(r, &page, all, NULL), shown = 0;
    for (size_t i = 0; i < count; i++)
        if (shown < RELATED && all[i]->n != own && ++shown)
            site_page_entry(v, "latest", app, lang, all[i]);
    values_flag(v, "has_latest", shown > 0);
    site_page_drop(all, count);
}

/* The story that came before this one in its first section, and the newest others of it. */
static void set_neighbours(struct values *v, const struct app *app, struct reader *r, struct str lang,
                           const struct brief *b)
{
    if (b->sections.n == 0) {
        set_latest(v, app, r, lang, b->n);
        return;
    }
    struct arena *a = values_arena(v);
    struct brief *all[RELATED + 2];
    struct brief_page page = {.language = lang, .section = b->sections.v[0], .to_ms = b->at_ms, .limit = 3};
    uint64_t next = 0;
    size_t count = reader_briefs(r, &page, all, NULL), shown = 0;
    for (size_t i = 0; i < count; i++) {
        if (!next && all[i]->n != b->n) {
            next = all[i]->n;
            site_page_entry(v, "next", app, lang, all[i]);
        }
        brief_unref(&all[i]);
    }
    page = (struct brief_page){.language = lang, .section = b->sections.v[0], .limit = RELATED + 2};
    count = reader_briefs(r, &page, all, NULL);
    for (size_t i = 0; i < count; i++) {
        if (shown < RELATED && all[i]->n != b->n && all[i]->n != next && ++shown)
            site_page_entry(v, "related", app, lang, all[i]);
        brief_unref(&all[i]);
    }
    values_set(v, "section_name", site_page_section_name(a, lang, b->sections.v[0]));
    values_flag(v, "has_related", shown > 0);
    if (shown < RELATED_FEW)
        set_latest(v, app, r, lang, b->n);
}

static struct str description_of(struct arena *a, const struct brief *b)
{
    struct str text = b->spot.n ? b->spot : b->teaser.n ? b->teaser : b->headline;
    struct buf cut = BUF_INIT(DESCRIPTION_CHARS * 4 + 16);
    text_cut(text, DESCRIPTION_CHARS, &cut);
    struct str kept = arena_str(a, buf_str(&cut));
    buf_fini(&cut);
    return kept;
}

static struct values *story_frame(struct call *c, const struct brief *b, struct str path)
{
    const struct app *app = app_of(c);
    struct site_visit *visit = c->state;
    struct arena *a = c->arena;
    struct site_frame frame = {
        .lang = visit->lang, .here = path, .title = arena_str(a, b->headline), .is_unlisted = b->is_killed};
    if (!b->is_killed)
        frame.description = description_of(a, b);
    struct values *v = site_page_frame(c, &frame);
    bool is_foreign = !str_eq(visit->lang, b->language);
    values_set(v, "foreign", is_foreign ? arena_str(a, b->language) : STR_NONE);
    values_set(v, "foreign_dir", str_from(text_dir(b->language)));
    values_set(v, "notice_text", app->settings.notice);
    return v;
}

static enum next show_killed(struct call *c, const struct brief *b, struct str path)
{
    struct values *v = story_frame(c, b, path);
    values_set(v, "headline", arena_str(c->arena, b->headline));
    return site_page_send(c, 410, "site/killed.html", v, false);
}

static enum next show_live(struct call *c, struct reader *r, const struct brief *b, struct str path)
{
    const struct app *app = app_of(c);
    struct site_visit *visit = c->state;
    struct str lang = visit->lang, url = site_page_url(c->arena, app, path);
    struct values *v = story_frame(c, b, path);
    values_set(v, "og_type", S("article"));
    values_html(v, "linked_data", linked_data(c->arena, app, b, url));
    set_labels(v, app, lang, b);
    set_text(v, lang, b);
    set_share(v, url, b->headline);
    set_neighbours(v, app, r, lang, b);
    return site_page_send(c, 200, "site/story.html", v, true);
}

enum next site_story_show(struct call *c, void *reader)
{
    const struct app *app = app_of(c);
    struct site_visit *visit = c->state;
    struct brief *b = reader_brief(reader, visit->n);
    if (!b)
        return site_page_none(c, visit->lang);
    visit->lang = b->is_killed ? visit->lang : site_page_lang_for(app, b->language);
    struct buf path = BUF_INIT(256);
    site_story_path(&path, app, b->language, b->n, b->headline);
    struct str own = arena_str(c->arena, buf_str(&path));
    buf_fini(&path);
    enum next n = NEXT_DONE;
    if (b->is_killed)
        n = show_killed(c, b, own);
    else if (str_eq(own, c->req.path))
        n = show_live(c, reader, b, own);
    else
        res_redirect(&c->res, 301, own);
    brief_unref(&b);
    return n;
}

enum next site_story_find(struct call *c, void *reader)
{
    struct site_visit *visit = c->state;
    struct brief *b = reader_brief(reader, visit->n);
    if (!b || !str_eq(b->id, visit->id)) {
        brief_unref(&b);
        return site_page_none(c, visit->lang);
    }
    struct buf path = BUF_INIT(256);
    site_story_path(&path, app_of(c), b->language, b->n, b->headline);
    res_redirect(&c->res, 302, arena_str(c->arena, buf_str(&path)));
    buf_fini(&path);
    brief_unref(&b);
    return NEXT_DONE;
}
