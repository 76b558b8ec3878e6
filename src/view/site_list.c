#include "view/site_list.h"

#include "base/clock.h"
#include "base/text.h"

#define PAGE 30
#define CORRECTIONS_READ 400 /* corrected stories are among the newest: a correction is a version */
#define CORRECTIONS_SHOWN 60
#define DAY_MAX 400

/* Puts a page of briefs into "stories"; returns how many. */
static size_t list_stories(struct call *c, struct reader *r, const struct brief_page *page, struct values *v,
                           uint64_t *next)
{
    struct brief **all = arena_array(c->arena, struct brief *, page->limit);
    struct site_visit *visit = c->state;
    size_t count = reader_briefs(r, page, all, next);
    for (size_t i = 0; i < count; i++)
        site_page_entry(v, "stories", app_of(c), visit->lang, all[i]);
    values_flag(v, "is_empty", count == 0);
    site_page_drop(all, count);
    return count;
}

enum next site_list_section(struct call *c, void *reader)
{
    const struct app *app = app_of(c);
    struct site_visit *visit = c->state;
    struct arena *a = c->arena;
    struct str lang = visit->lang, name = site_page_section_name(a, lang, visit->section);
    struct str here = arena_printf(a, "/%.*s/s/%.*s", STR_FMT(lang), STR_FMT(visit->section));
    struct site_frame frame = {.lang = lang,
                               .here = here,
                               .title = name,
                               .section = visit->section,
                               .is_unlisted = visit->before != 0,
                               .description =
                                   arena_printf(a, "%.*s: %.*s", STR_FMT(app->settings.agency_name), STR_FMT(name))};
    struct values *v = site_page_frame(c, &frame);
    uint64_t next = 0;
    struct brief_page page = {.language = lang, .section = visit->section, .before_okey = visit->before, .limit = PAGE};
    values_set(v, "section_name", name);
    values_flag(v, "is_first", visit->before == 0);
    list_stories(c, reader, &page, v, &next);
    if (next)
        values_set(v, "older", arena_printf(a, "%.*s?before=%llu", STR_FMT(here), (unsigned long long)next));
    values_set(v, "newest", here);
    return site_page_send(c, 200, "site/section.html", v, true);
}

enum next site_list_search(struct call *c, void *reader)
{
    struct site_visit *visit = c->state;
    struct arena *a = c->arena;
    struct str lang = visit->lang, here = arena_printf(a, "/%.*s/search", STR_FMT(lang));
    struct site_frame frame = {.lang = lang,
                               .here = here,
                               .title = page_text(lang, "site.search.title"),
                               .is_in_all = true,
                               .is_unlisted = true};
    struct values *v = site_page_frame(c, &frame);
    values_set(v, "words", visit->words);
    values_flag(v, "has_words", visit->words.n > 0);
    if (visit->words.n > 0) {
        uint64_t next = 0;
        struct brief_page page = {.language = lang, .words = visit->words, .before_okey = visit->before, .limit = PAGE};
        list_stories(c, reader, &page, v, &next);
        if (next)
            values_set(v, "older",
                       arena_printf(a, "%.*s?q=%.*s&before=%llu", STR_FMT(here),
                                    STR_FMT(site_page_quote(a, visit->words)), (unsigned long long)next));
    }
    return site_page_send(c, 200, "site/search.html", v, false);
}

static struct str day_path(struct arena *a, struct str lang, int64_t ms)
{
    uint32_t day = clock_day(ms);
    return arena_printf(a, "/%.*s/archive/%04u/%02u/%02u", STR_FMT(lang), day / 10000, day / 100 % 100, day % 100);
}

enum next site_list_day(struct call *c, void *reader)
{
    struct site_visit *visit = c->state;
    struct arena *a = c->arena;
    struct str lang = visit->lang;
    struct buf day = BUF_INIT(256);
    page_day(&day, lang, visit->from_ms);
    struct site_frame frame = {
        .lang = lang,
        .here = day_path(a, lang, visit->from_ms),
        .title = arena_printf(a, "%.*s, %.*s", STR_FMT(page_text(lang, "site.archive.title")), STR_FMT(buf_str(&day)))};
    struct values *v = site_page_frame(c, &frame);
    values_set(v, "archive_day", arena_str(a, buf_str(&day)));
    buf_reset(&day);
    page_date(&day, lang, clock_day_start(visit->from_ms, 1), false);
    values_set(v, "before_name", arena_str(a, buf_str(&day)));
    values_set(v, "before_url", day_path(a, lang, clock_day_start(visit->from_ms, 1)));
    if (visit->to_ms < clock_now_ms()) {
        buf_reset(&day);
        page_date(&day, lang, visit->to_ms + 1, false);
        values_set(v, "after_name", arena_str(a, buf_str(&day)));
        values_set(v, "after_url", day_path(a, lang, visit->to_ms + 1));
    }
    buf_fini(&day);
    struct brief_page page = {.language = lang, .from_ms = visit->from_ms, .to_ms = visit->to_ms, .limit = DAY_MAX};
    list_stories(c, reader, &page, v, NULL);
    return site_page_send(c, 200, "site/archive.html", v, true);
}

static void add_notes(struct values *row, struct str lang, const struct brief *b)
{
    struct arena *a = values_arena(row);
    for (size_t i = 0; i < b->note_count; i++) {
        struct values *note = values_row(row, "notes");
        struct buf when = BUF_INIT(128);
        char at[CLOCK_TEXT];
        page_date(&when, lang, b->notes[i].at_ms, true);
        clock_rfc3339_sec(b->notes[i].at_ms, at);
        values_set(note, "note_when", arena_str(a, buf_str(&when)));
        values_set(note, "note_at", arena_str(a, str_from(at)));
        values_set(note, "note", arena_str(a, b->notes[i].text));
        buf_fini(&when);
    }
}

enum next site_list_corrections(struct call *c, void *reader)
{
    const struct app *app = app_of(c);
    struct site_visit *visit = c->state;
    struct str lang = visit->lang;
    struct site_frame frame = {.lang = lang,
                               .here = arena_printf(c->arena, "/%.*s/corrections", STR_FMT(lang)),
                               .title = page_text(lang, "site.corrections.title"),
                               .is_in_all = true};
    struct values *v = site_page_frame(c, &frame);
    struct brief **all = arena_array(c->arena, struct brief *, CORRECTIONS_READ);
    struct brief_page page = {.language = lang, .limit = CORRECTIONS_READ};
    size_t count = reader_briefs(reader, &page, all, NULL), shown = 0;
    for (size_t i = 0; i < count && shown < CORRECTIONS_SHOWN; i++) {
        if (all[i]->note_count == 0)
            continue;
        add_notes(site_page_entry(v, "stories", app, lang, all[i]), lang, all[i]);
        shown++;
    }
    values_flag(v, "is_empty", shown == 0);
    site_page_drop(all, count);
    return site_page_send(c, 200, "site/corrections.html", v, true);
}
