#include "view/site_list.h"

#include "base/clock.h"

#define NEWEST 48 /* stories that the front chooses from */
#define SECONDARY 3
#define BENEATH 2 /* under the lead */
#define RAIL 14
#define SECTION_SHOWN 4
#define SECTION_READ 12 /* some of a section may stand higher on the page already */
#define HOUR_MS 3600000

/* The stories at hand and which of them have their place. */
struct front {
    struct values *values;
    const struct app *app;
    struct str lang;
    int64_t now_ms;
    uint64_t placed[NEWEST + 64];
    size_t placed_count;
};

static bool is_placed(const struct front *f, uint64_t n)
{
    for (size_t i = 0; i < f->placed_count; i++)
        if (f->placed[i] == n)
            return true;
    return false;
}

static void place(struct front *f, const char *list, const struct brief *b)
{
    site_page_entry(f->values, list, f->app, f->lang, b);
    if (f->placed_count < sizeof f->placed / sizeof f->placed[0])
        f->placed[f->placed_count++] = b->n;
}

/* Small is high on the page. A flash without text leads for an hour, then makes way for the story it announced; what is
 * older than half a day gives way to anything newer of nearly its weight. */
static int64_t weight(const struct front *f, const struct brief *b)
{
    int64_t age = f->now_ms - b->at_ms, w = b->priority;
    if (b->is_headline_only && age > HOUR_MS)
        w = 6;
    if (age > 12 * HOUR_MS)
        w += 2;
    if (age > 36 * HOUR_MS)
        w += 2;
    return w;
}

/* The heaviest that has no place yet; of equals the newest, which comes first. */
static const struct brief *heaviest(const struct front *f, struct brief *const *all, size_t count)
{
    const struct brief *best = NULL;
    for (size_t i = 0; i < count; i++)
        if (!is_placed(f, all[i]->n) && (!best || weight(f, all[i]) < weight(f, best)))
            best = all[i];
    return best;
}

static void front_section(struct front *f, struct reader *r, struct str slug)
{
    struct brief *all[SECTION_READ];
    struct brief_page page = {.language = f->lang, .section = slug, .limit = SECTION_READ};
    size_t count = reader_briefs(r, &page, all, NULL), shown = 0;
    struct values *section = NULL, *outer = f->values;
    struct arena *a = values_arena(outer);
    for (size_t i = 0; i < count && shown < SECTION_SHOWN; i++) {
        if (is_placed(f, all[i]->n))
            continue;
        if (!section) {
            section = values_row(outer, "blocks");
            values_set(section, "name", site_page_section_name(a, f->lang, slug));
            values_set(section, "section_url", arena_printf(a, "/%.*s/s/%.*s", STR_FMT(f->lang), STR_FMT(slug)));
            f->values = section;
        }
        place(f, shown++ == 0 ? "first" : "more", all[i]);
    }
    f->values = outer;
    site_page_drop(all, count);
}

enum next site_list_front(struct call *c, void *reader)
{
    const struct app *app = app_of(c);
    struct site_visit *visit = c->state;
    struct str lang = visit->lang;
    struct brief *all[NEWEST];
    struct brief_page page = {.language = lang, .limit = NEWEST};
    size_t count = reader_briefs(reader, &page, all, NULL);
    struct site_frame frame = {.lang = lang,
                               .here = arena_printf(c->arena, "/%.*s/", STR_FMT(lang)),
                               .title = app->settings.agency_name,
                               .description = page_text(lang, "site.front.lead")};
    struct front f = {.app = app, .lang = lang, .now_ms = clock_now_ms()};
    struct values *v = f.values = site_page_frame(c, &frame);
    values_flag(v, "is_front", true);
    values_flag(v, "is_empty", count == 0);
    const struct brief *lead = heaviest(&f, all, count);
    if (lead)
        place(&f, "lead", lead);
    for (size_t i = 0; i < SECONDARY + BENEATH; i++) {
        const struct brief *next = heaviest(&f, all, count);
        if (next)
            place(&f, i < SECONDARY ? "secondary" : "beneath", next);
    }
    values_flag(v, "has_beneath", count > 1 + SECONDARY);
    for (size_t i = 0; i < count && i < RAIL; i++)
        site_page_entry(v, "latest", app, lang, all[i]);
    for (size_t i = 0; i < app->settings.sections.n; i++)
        front_section(&f, reader, app->settings.sections.v[i]);
    site_page_drop(all, count);
    return site_page_send(c, 200, "site/front.html", v, true);
}
