#include "view/site_page.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"

/* ---- languages, sections, addresses ---- */

static struct str primary_tag(struct str language)
{
    size_t dash = str_find_char(language, '-');
    return str_sub(language, 0, dash);
}

static struct str find_lang(const struct app *app, struct str tag)
{
    const struct strs *all = &app->settings.languages;
    for (size_t i = 0; i < all->n; i++)
        if (str_eq_nocase(all->v[i], tag))
            return all->v[i];
    return STR_NONE;
}

struct str site_page_lang(const struct app *app, struct str path)
{
    struct str rest = str_sub(path, 1, path.n), first;
    return path.n > 1 && str_split(&rest, '/', &first) ? find_lang(app, first) : STR_NONE;
}

struct str site_page_lang_for(const struct app *app, struct str language)
{
    struct str found = find_lang(app, primary_tag(language));
    return found.p ? found : app->settings.default_language;
}

/* "0.8" -> 800; 1000 without q, 0 for nonsense. */
static unsigned quality(struct str params)
{
    size_t at = str_find(params, S("q="));
    if (at == SIZE_MAX)
        return 1000;
    struct str q = str_trim(str_sub(params, at + 2, 5));
    unsigned value = 0, scale = 1000;
    for (size_t i = 0; i < q.n; i++) {
        if (q.p[i] == '.')
            continue;
        if (q.p[i] < '0' || q.p[i] > '9')
            return 0;
        value += scale * (unsigned)(q.p[i] - '0');
        scale /= 10;
    }
    return value;
}

struct str site_page_lang_asked(const struct app *app, struct str accept)
{
    struct str best = app->settings.default_language, rest = accept, item;
    unsigned best_quality = 0;
    while (accept.n && str_split(&rest, ',', &item)) {
        size_t semicolon = str_find_char(item, ';');
        unsigned q = semicolon == SIZE_MAX ? 1000 : quality(str_sub(item, semicolon + 1, item.n));
        struct str found = find_lang(app, primary_tag(str_trim(str_sub(item, 0, semicolon))));
        if (found.p && q > best_quality) {
            best = found;
            best_quality = q;
        }
    }
    return best;
}

bool site_page_has_section(const struct app *app, struct str slug)
{
    const struct strs *all = &app->settings.sections;
    for (size_t i = 0; i < all->n; i++)
        if (str_eq(all->v[i], slug))
            return true;
    return false;
}

struct str site_page_section_name(struct arena *a, struct str lang, struct str slug)
{
    char key[96];
    snprintf(key, sizeof key, "site.section.%.*s", STR_FMT(slug));
    if (page_has_text(key))
        return page_text(lang, key);
    char name[64] = "";
    (void)str_copy(slug, name, sizeof name);
    for (char *p = name; *p; p++)
        if (*p == '-')
            *p = ' ';
    if (name[0] >= 'a' && name[0] <= 'z')
        name[0] = (char)(name[0] - 'a' + 'A');
    return arena_str(a, str_from(name));
}

struct str site_page_url(struct arena *a, const struct app *app, struct str path)
{
    struct str base = app->settings.public_url;
    while (base.n && base.p[base.n - 1] == '/')
        base.n--;
    return arena_printf(a, "%.*s%.*s", STR_FMT(base), STR_FMT(path));
}

struct str site_page_quote(struct arena *a, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = arena_zeros(a, s.n + 1, 3);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool is_plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c && strchr("-._~", c));
        if (is_plain) {
            out[n++] = (char)c;
            continue;
        }
        out[n++] = '%';
        out[n++] = hex[c >> 4];
        out[n++] = hex[c & 15];
    }
    return str_of(out, n);
}

static bool has_letter(struct str slug)
{
    for (size_t i = 0; i < slug.n; i++)
        if (slug.p[i] >= 'a' && slug.p[i] <= 'z')
            return true;
    return false;
}

void site_story_path(struct buf *out, const struct app *app, struct str language, uint64_t n, struct str headline)
{
    struct str lang = site_page_lang_for(app, language);
    struct buf slug = BUF_INIT(128);
    text_slug(language, headline, &slug);
    /* an Arabic headline leaves at most its numbers: no words for an address */
    struct str words = has_letter(buf_str(&slug)) ? buf_str(&slug) : S("story");
    buf_printf(out, "/%.*s/story/%llu/%.*s", STR_FMT(lang), (unsigned long long)n, STR_FMT(words));
    buf_fini(&slug);
}

/* ---- the frame ---- */

static struct str taken(struct arena *a, struct buf *b)
{
    struct str kept = arena_str(a, buf_str(b));
    buf_reset(b);
    return kept;
}

static void frame_languages(struct values *v, const struct app *app, const struct site_frame *f)
{
    struct arena *a = values_arena(v);
    const struct strs *all = &app->settings.languages;
    struct str tail = str_sub(f->here, 1 + f->lang.n, f->here.n);
    for (size_t i = 0; i < all->n; i++) {
        struct str code = all->v[i];
        char key[32];
        snprintf(key, sizeof key, "site.language.%.*s", STR_FMT(code));
        struct str path = f->is_in_all ? arena_printf(a, "/%.*s%.*s", STR_FMT(code), STR_FMT(tail))
                                       : arena_printf(a, "/%.*s/", STR_FMT(code));
        struct values *row = values_row(v, "languages");
        values_set(row, "code", code);
        values_set(row, "name", page_text(code, key));
        values_set(row, "rowdir", str_from(text_dir(code)));
        values_set(row, "url", path);
        values_set(row, "absolute", site_page_url(a, app, path));
        values_flag(row, "is_here", str_eq(code, f->lang));
    }
}

static void frame_sections(struct values *v, const struct app *app, const struct site_frame *f)
{
    struct arena *a = values_arena(v);
    const struct strs *all = &app->settings.sections;
    for (size_t i = 0; i < all->n; i++) {
        struct values *row = values_row(v, "sections");
        values_set(row, "name", site_page_section_name(a, f->lang, all->v[i]));
        values_set(row, "url", arena_printf(a, "/%.*s/s/%.*s", STR_FMT(f->lang), STR_FMT(all->v[i])));
        values_flag(row, "is_here", str_eq(all->v[i], f->section));
    }
}

/* "Europe/Istanbul" -> İstanbul: by a message where a language has its own name, else as the zone spells it. */
static struct str zone_city(struct arena *a, struct str zone, struct str lang)
{
    char city[64], key[80] = "site.zone.";
    size_t slash = str_find_char(zone, '/'), at = strlen(key);
    (void)str_copy(slash == SIZE_MAX ? zone : str_sub(zone, slash + 1, zone.n), city, sizeof city);
    for (char *p = city; *p; p++) {
        key[at++] = (char)(*p >= 'A' && *p <= 'Z' ? *p | 32 : *p);
        if (*p == '_')
            *p = ' ';
    }
    key[at] = '\0';
    return page_has_text(key) ? page_text(lang, key) : arena_str(a, str_from(city));
}

static void frame_time(struct values *v, const struct app *app, struct str lang)
{
    struct arena *a = values_arena(v);
    struct buf b = BUF_INIT(256);
    struct clock_parts t;
    int64_t now = clock_now_ms();
    clock_parts(now, true, &t);
    page_day(&b, lang, now);
    values_set(v, "day", taken(a, &b));
    values_set(v, "day_at", arena_printf(a, "%04d-%02d-%02d", t.year, t.month, t.day));
    page_zone(&b, now);
    values_set(v, "zone", taken(a, &b));
    values_set(v, "zone_city", zone_city(a, app->settings.timezone, lang));
    values_int(v, "year", t.year);
    values_set(v, "archive_url",
               arena_printf(a, "/%.*s/archive/%04d/%02d/%02d", STR_FMT(lang), t.year, t.month, t.day));
    buf_fini(&b);
}

struct values *site_page_frame(struct call *c, const struct site_frame *f)
{
    const struct app *app = app_of(c);
    struct arena *a = c->arena;
    struct values *v = values_new(a);
    values_set(v, "lang", f->lang);
    values_set(v, "dir", str_from(text_dir(f->lang)));
    values_set(v, "agency", app->settings.agency_name);
    values_set(v, "agency_code", app->settings.agency_code);
    values_set(v, "home", arena_printf(a, "/%.*s/", STR_FMT(f->lang)));
    values_set(v, "root", arena_printf(a, "/%.*s", STR_FMT(f->lang)));
    values_set(v, "title", f->title);
    values_set(v, "description", f->description);
    values_set(v, "canonical", site_page_url(a, app, f->here));
    values_set(v, "og_type", S("website"));
    values_flag(v, "is_in_all", f->is_in_all);
    values_flag(v, "is_unlisted", f->is_unlisted);
    struct str feeds = f->section.n ? arena_printf(a, "/%.*s/s/%.*s", STR_FMT(f->lang), STR_FMT(f->section))
                                    : arena_printf(a, "/%.*s", STR_FMT(f->lang));
    values_set(v, "feeds", feeds);
    values_set(v, "feeds_name",
               f->section.n ? site_page_section_name(a, f->lang, f->section) : app->settings.agency_name);
    frame_languages(v, app, f);
    frame_sections(v, app, f);
    frame_time(v, app, f->lang);
    return v;
}

/* ---- a story in a list ---- */

static void entry_marks(struct values *row, const struct brief *b)
{
    bool is_corrected = b->note_count > 0, is_updated = b->version > 1 && !is_corrected;
    values_flag(row, "is_flash", b->priority == 1);
    values_flag(row, "is_urgent", b->priority == 2);
    values_flag(row, "is_corrected", is_corrected);
    values_flag(row, "is_updated", is_updated);
    values_flag(row, "has_marks", b->priority == 1 || b->priority == 2 || is_corrected || is_updated);
}

struct values *site_page_entry(struct values *v, const char *list, const struct app *app, struct str lang,
                               const struct brief *b)
{
    struct values *row = values_row(v, list);
    struct arena *a = values_arena(v);
    struct buf t = BUF_INIT(1024);
    char at[CLOCK_TEXT];
    bool is_foreign = !str_eq_nocase(primary_tag(b->language), lang);
    site_story_path(&t, app, b->language, b->n, b->headline);
    values_set(row, "url", taken(a, &t));
    values_set(row, "headline", arena_str(a, b->headline));
    values_set(row, "spot", arena_str(a, b->spot));
    values_set(row, "teaser", arena_str(a, b->teaser));
    values_set(row, "place", arena_str(a, b->city));
    page_when(&t, lang, b->at_ms, clock_now_ms());
    values_set(row, "when", taken(a, &t));
    page_clock(&t, b->at_ms);
    values_set(row, "clock", taken(a, &t));
    page_date(&t, lang, b->at_ms, true);
    values_set(row, "when_full", taken(a, &t));
    clock_rfc3339_sec(b->at_ms, at);
    values_set(row, "at", arena_str(a, str_from(at)));
    values_set(row, "foreign", is_foreign ? arena_str(a, b->language) : STR_NONE);
    values_set(row, "foreign_dir", str_from(text_dir(b->language)));
    entry_marks(row, b);
    buf_fini(&t);
    return row;
}

void site_page_drop(struct brief **all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        brief_unref(&all[i]);
}

/* ---- sending ---- */

void site_page_keep(struct call *c)
{
    uint8_t hash[ID_HASH];
    struct buf tag = BUF_INIT(64);
    id_sha256(buf_str(&c->res.body), hash);
    buf_addc(&tag, '"');
    id_hex(hash, 8, &tag);
    buf_addc(&tag, '"');
    res_header(&c->res, "Cache-Control", SITE_PAGE_CACHE);
    (void)res_etag(&c->res, req_header(&c->req, "If-None-Match"), buf_str(&tag));
    buf_fini(&tag);
}

enum next site_page_send(struct call *c, int status, const char *name, const struct values *v, bool keeps)
{
    struct site_visit *visit = c->state;
    struct str lang = visit ? visit->lang : STR_NONE;
    res_start(&c->res, status, "text/html; charset=utf-8");
    res_header(&c->res, "Content-Language", lang.n ? lang : S("en"));
    page_render(&c->res.body, name, lang, v);
    if (keeps)
        site_page_keep(c);
    else
        res_header(&c->res, "Cache-Control", S("no-store"));
    return NEXT_DONE;
}

enum next site_page_none(struct call *c, struct str lang)
{
    struct site_visit *visit = arena_make(c->arena, struct site_visit);
    visit->lang = lang;
    c->state = visit;
    struct site_frame f = {.lang = lang,
                           .here = arena_printf(c->arena, "/%.*s/", STR_FMT(lang)),
                           .title = page_text(lang, "site.none.title"),
                           .is_unlisted = true};
    return site_page_send(c, 404, "site/none.html", site_page_frame(c, &f), false);
}
