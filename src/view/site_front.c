#include "view/site_list.h"

#include "base/clock.h"

#define NEWEST 48 /* stories that the front chooses from */
#define SECONDARY 3
#define BENEATH 2 /* under the lead */
#define RAIL_MIN 3
#define RAIL_MAX 14
#define RAIL_BESIDE 3 /* lines of the rail that stand beside the first story of a block */
#define ACROSS 3      /* blocks beside each other */
#define SECTION_SHOWN 4
#define SECTION_READ 12 /* some of a section may stand higher on the page already */
#define BLOCKS_MAX 24
#define HOUR_MS 3600000

/* The stories at hand and which of them have their place. */
struct front {
    struct values *values;
    const struct app *app;
    struct str lang;
    int64_t now_ms;
    uint64_t placed[1 + SECONDARY + BENEATH + BLOCKS_MAX * SECTION_SHOWN];
    size_t placed_count;
    size_t rail; /* lines of the rail that fit beside the blocks */
};

struct block {
    struct str slug;
    struct brief *all[SECTION_READ];
    size_t count;
    struct values *row; /* once it has a story */
    size_t shown;
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
    must(f->placed_count < sizeof f->placed / sizeof f->placed[0]);
    site_page_entry(f->values, list, f->app, f->lang, b);
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

/* The next of a section's stories that has no place yet goes into its block; the first one opens the block. */
static void fill_block(struct front *f, struct block *block)
{
    struct values *page = f->values;
    struct arena *a = values_arena(page);
    size_t i = 0;
    while (i < block->count && is_placed(f, block->all[i]->n))
        i++;
    if (i == block->count)
        return;
    const char *list = block->row ? "more" : "first";
    if (!block->row) {
        block->row = values_row(page, "blocks");
        values_set(block->row, "name", site_page_section_name(a, f->lang, block->slug));
        values_set(block->row, "section_url", arena_printf(a, "/%.*s/s/%.*s", STR_FMT(f->lang), STR_FMT(block->slug)));
    }
    f->values = block->row;
    place(f, list, block->all[i]);
    block->shown++;
    f->values = page;
}

/* The rail ends about where the blocks end: neither hangs alone over empty paper. */
static size_t rail_beside(const struct block *blocks, size_t count)
{
    size_t lines = 0, across = 0, most = 0;
    for (size_t i = 0; i < count; i++) {
        if (!blocks[i].row)
            continue;
        most = blocks[i].shown > most ? blocks[i].shown : most;
        if (++across % ACROSS == 1)
            lines += RAIL_BESIDE;
        if (across % ACROSS == 0) {
            lines += most - 1;
            most = 0;
        }
    }
    lines += most ? most - 1 : 0;
    return lines < RAIL_MIN ? RAIL_MIN : lines > RAIL_MAX ? RAIL_MAX : lines;
}

/* Times of day; where another day than today begins, its date stands between. */
static void front_rail(struct front *f, struct brief *const *all, size_t count)
{
    struct buf t = BUF_INIT(256);
    struct str day = STR_NONE;
    for (size_t i = 0; i < count && i < f->rail; i++) {
        struct arena *a = values_arena(f->values);
        struct values *row = site_page_entry(f->values, "latest", f->app, f->lang, all[i]);
        page_when(&t, f->lang, all[i]->at_ms, f->now_ms);
        struct str when = arena_str(a, buf_str(&t));
        buf_reset(&t);
        page_clock(&t, all[i]->at_ms);
        if (str_eq(when, buf_str(&t)))
            when = STR_NONE;
        buf_reset(&t);
        values_set(row, "new_day", str_eq(when, day) ? STR_NONE : when);
        day = when;
    }
    buf_fini(&t);
}

/* Every section gets one story before any gets a second: most stories are of two sections, and the first of the menu
 * would take them all. */
static void front_blocks(struct front *f, struct reader *r)
{
    const struct strs *slugs = &f->app->settings.sections;
    struct block *blocks = arena_array(values_arena(f->values), struct block, BLOCKS_MAX);
    size_t count = slugs->n < BLOCKS_MAX ? slugs->n : BLOCKS_MAX;
    for (size_t i = 0; i < count; i++) {
        struct brief_page page = {.language = f->lang, .section = slugs->v[i], .limit = SECTION_READ};
        blocks[i].slug = slugs->v[i];
        blocks[i].count = reader_briefs(r, &page, blocks[i].all, NULL);
    }
    for (size_t shown = 0; shown < SECTION_SHOWN; shown++)
        for (size_t i = 0; i < count; i++)
            if (shown == 0 || blocks[i].row)
                fill_block(f, &blocks[i]);
    f->rail = rail_beside(blocks, count);
    for (size_t i = 0; i < count; i++)
        site_page_drop(blocks[i].all, blocks[i].count);
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
    size_t secondary = SECONDARY - (lead && lead->is_headline_only); /* a lower lead, a lower column beside it */
    for (size_t i = 0; i < secondary + BENEATH; i++) {
        const struct brief *next = heaviest(&f, all, count);
        if (next)
            place(&f, i < secondary ? "secondary" : "beneath", next);
    }
    values_flag(v, "has_beneath", count > 1 + secondary);
    front_blocks(&f, reader);
    front_rail(&f, all, count);
    site_page_drop(all, count);
    return site_page_send(c, 200, "site/front.html", v, true);
}
