#include "view/page.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/asset.h"
#include "view/page_parse.h"

enum value_kind { VALUE_TEXT, VALUE_HTML, VALUE_FLAG, VALUE_INT, VALUE_ROWS };

struct value {
    uint64_t name;
    enum value_kind kind;
    bool is_true;
    int64_t n;
    struct str text;
    struct values *first, *last; /* rows */
    struct value *next;
};

struct values {
    struct arena *arena;
    const struct values *parent;
    struct value *list; /* newest first, so that setting again overrides */
    struct values *next_row;
};

/* All that was read at start; with a web_dir each page reads its own again. */
struct book {
    struct arena *arena;
    struct messages *messages;
    struct map *pages; /* name below tmpl/ -> struct page_code */
};
static struct book book;
static bool is_fresh; /* web_dir: read again for each page */

/* ---- values ---- */

struct values *values_new(struct arena *a)
{
    struct values *v = arena_make(a, struct values);
    v->arena = a;
    return v;
}

struct arena *values_arena(struct values *v)
{
    return v->arena;
}

static struct value *value_add(struct values *v, const char *name, enum value_kind kind)
{
    struct value *value = arena_make(v->arena, struct value);
    value->name = str_hash(str_from(name));
    value->kind = kind;
    value->next = v->list;
    v->list = value;
    return value;
}

void values_set(struct values *v, const char *name, struct str text)
{
    value_add(v, name, VALUE_TEXT)->text = text;
}

void values_html(struct values *v, const char *name, struct str html)
{
    value_add(v, name, VALUE_HTML)->text = html;
}

void values_flag(struct values *v, const char *name, bool is_true)
{
    value_add(v, name, VALUE_FLAG)->is_true = is_true;
}

void values_int(struct values *v, const char *name, int64_t n)
{
    value_add(v, name, VALUE_INT)->n = n;
}

struct values *values_row(struct values *v, const char *list)
{
    uint64_t hash = str_hash(str_from(list));
    struct value *rows = v->list;
    while (rows && !(rows->name == hash && rows->kind == VALUE_ROWS))
        rows = rows->next;
    if (!rows)
        rows = value_add(v, list, VALUE_ROWS);
    struct values *row = values_new(v->arena);
    row->parent = v;
    if (rows->last)
        rows->last->next_row = row;
    else
        rows->first = row;
    rows->last = row;
    return row;
}

static const struct value *value_find(const struct values *v, uint64_t name)
{
    for (; v; v = v->parent)
        for (const struct value *value = v->list; value; value = value->next)
            if (value->name == name)
                return value;
    return NULL;
}

static bool value_is_true(const struct value *v)
{
    if (!v)
        return false;
    switch (v->kind) {
    case VALUE_TEXT:
    case VALUE_HTML:
        return v->text.n > 0;
    case VALUE_FLAG:
        return v->is_true;
    case VALUE_INT:
        return v->n != 0;
    case VALUE_ROWS:
        return v->first != NULL;
    }
    return false;
}

static void value_write(struct buf *out, const struct value *v, bool is_html)
{
    if (!v)
        return;
    if (v->kind == VALUE_INT)
        buf_printf(out, "%lld", (long long)v->n);
    else if (v->kind == VALUE_HTML && is_html)
        buf_add(out, v->text);
    else if (v->kind == VALUE_TEXT || v->kind == VALUE_HTML)
        text_escape(v->text, out);
}

/* ---- rendering ---- */

struct run {
    struct buf *out;
    const struct page_step *steps;
    const struct messages *messages;
    enum message_language lang;
};

static void run_message(const struct run *r, const struct page_step *step, const struct values *v)
{
    struct str text = message_text(r->messages, r->lang, step->message);
    for (size_t i = 0; i < step->arg_count; i++) {
        size_t hole = str_find(text, S("{}"));
        if (hole == SIZE_MAX)
            break;
        text_escape(str_sub(text, 0, hole), r->out);
        value_write(r->out, value_find(v, step->args[i]), false);
        text = str_sub(text, hole + 2, text.n);
    }
    text_escape(text, r->out);
}

static void run_steps(const struct run *r, size_t from, size_t to, const struct values *v);

static void run_each(const struct run *r, size_t at, const struct values *v)
{
    const struct page_step *step = &r->steps[at];
    const struct value *value = value_find(v, step->name);
    if (value && value->kind == VALUE_ROWS) {
        for (const struct values *row = value->first; row; row = row->next_row)
            run_steps(r, at + 1, step->end, row);
    } else if (value_is_true(value)) {
        run_steps(r, at + 1, step->end, v);
    }
}

static void run_steps(const struct run *r, size_t from, size_t to, const struct values *v)
{
    for (size_t i = from; i < to; i++) {
        const struct page_step *step = &r->steps[i];
        switch (step->kind) {
        case STEP_TEXT:
            buf_add(r->out, step->text);
            break;
        case STEP_VALUE:
        case STEP_HTML:
            value_write(r->out, value_find(v, step->name), step->kind == STEP_HTML);
            break;
        case STEP_MESSAGE:
            run_message(r, step, v);
            break;
        case STEP_EACH:
            run_each(r, i, v);
            i = step->end;
            break;
        case STEP_UNLESS:
            if (!value_is_true(value_find(v, step->name)))
                run_steps(r, i + 1, step->end, v);
            i = step->end;
            break;
        case STEP_END:
            break;
        }
    }
}

/* ---- reading at start ---- */

static struct str get_asset(void *arg, struct arena *a, const char *path)
{
    (void)arg;
    return asset_get(a, path);
}
static const struct page_files asset_files = {get_asset, NULL};

static void book_fini(struct book *b)
{
    map_free(&b->pages, NULL);
    message_free(&b->messages);
    if (b->arena)
        arena_free(&b->arena);
}

static enum err book_init(struct book *b, struct why *why)
{
    *b = (struct book){.arena = arena_new(64 * 1024), .pages = map_new()};
    struct str files[MESSAGE_LANGUAGES];
    for (unsigned lang = 0; lang < MESSAGE_LANGUAGES; lang++)
        files[lang] = asset_get(b->arena, message_file((enum message_language)lang));
    return message_load(b->arena, files, &b->messages, why);
}

static enum err book_page(struct book *b, const char *name, const struct page_code **out, struct why *why)
{
    const struct page_code *known = map_get(b->pages, str_from(name));
    if (!known) {
        char path[128];
        snprintf(path, sizeof path, "tmpl/%s", name);
        struct page_code *made = arena_make(b->arena, struct page_code);
        enum err e = page_parse(b->arena, &asset_files, b->messages, path, made, why);
        if (e)
            return e;
        map_set(b->pages, str_from(name), made);
        known = made;
    }
    *out = known;
    return OK;
}

enum err page_init(const char *web_dir, struct why *why)
{
    const struct page_code *code;
    is_fresh = web_dir && *web_dir;
    page_fini();
    enum err e = book_init(&book, why);
    for (size_t i = 0; e == OK && i < asset_table_count; i++) {
        struct str path = str_from(asset_table[i].path);
        if (str_starts(path, S("tmpl/")) && str_ends(path, S(".html")))
            e = book_page(&book, asset_table[i].path + 5, &code, why);
    }
    if (e)
        page_fini();
    return e;
}

void page_fini(void)
{
    book_fini(&book);
}

/* Only with web_dir: somebody is writing a template or a message and wants to see what is wrong with it. */
static void show_why(struct buf *out, const struct why *why)
{
    text_escape(str_from(why->at), out);
    buf_puts(out, ": ");
    text_escape(str_from(why->text), out);
}

static void render_from(struct buf *out, struct book *b, const char *name, struct str lang, const struct values *v)
{
    struct why why;
    const struct page_code *code;
    if (book_page(b, name, &code, &why) != OK) {
        must(is_fresh);
        show_why(out, &why);
        return;
    }
    struct run r = {out, code->steps, b->messages, message_language(lang)};
    run_steps(&r, 0, code->count, v);
}

void page_render(struct buf *out, const char *name, struct str lang, const struct values *v)
{
    if (!is_fresh) {
        must(map_get(book.pages, str_from(name)));
        render_from(out, &book, name, lang, v);
        return;
    }
    struct why why;
    struct book fresh;
    if (book_init(&fresh, &why) == OK)
        render_from(out, &fresh, name, lang, v);
    else
        show_why(out, &why);
    book_fini(&fresh);
}

/* ---- words and dates ---- */

static size_t find_text(const char *key)
{
    return book.messages ? message_find(book.messages, str_from(key)) : SIZE_MAX;
}

bool page_has_text(const char *key)
{
    return find_text(key) != SIZE_MAX;
}

struct str page_text(struct str lang, const char *key)
{
    size_t at = find_text(key);
    return at == SIZE_MAX ? str_from(key) : message_text(book.messages, message_language(lang), at);
}

static void put_date(struct buf *out, struct str lang, const struct clock_parts *t)
{
    char key[32];
    snprintf(key, sizeof key, "date.month.%d", t->month);
    struct str month = page_text(lang, key);
    buf_printf(out, "%d %.*s %d", t->day, STR_FMT(month), t->year);
}

void page_date(struct buf *out, struct str lang, int64_t ms, bool with_time)
{
    struct clock_parts t;
    clock_parts(ms, true, &t);
    put_date(out, lang, &t);
    if (!with_time)
        return;
    buf_add(out, page_text(lang, "date.comma"));
    buf_printf(out, " %02d:%02d", t.hour, t.minute);
}

void page_day(struct buf *out, struct str lang, int64_t ms)
{
    struct clock_parts t;
    char key[32];
    clock_parts(ms, true, &t);
    snprintf(key, sizeof key, "date.weekday.%d", t.weekday);
    struct str weekday = page_text(lang, key);
    if (message_language(lang) == MESSAGE_TR) { /* 14 Mart 2026 Cumartesi */
        put_date(out, lang, &t);
        buf_addc(out, ' ');
        buf_add(out, weekday);
        return;
    }
    buf_add(out, weekday);
    buf_add(out, page_text(lang, "date.comma"));
    buf_addc(out, ' ');
    put_date(out, lang, &t);
}

void page_clock(struct buf *out, int64_t ms)
{
    struct clock_parts t;
    clock_parts(ms, true, &t);
    buf_printf(out, "%02d:%02d", t.hour, t.minute);
}

void page_when(struct buf *out, struct str lang, int64_t ms, int64_t now_ms)
{
    struct clock_parts t, now;
    char key[32];
    clock_parts(ms, true, &t);
    clock_parts(now_ms, true, &now);
    if (t.year == now.year && t.month == now.month && t.day == now.day) {
        page_clock(out, ms);
        return;
    }
    if (t.year != now.year) {
        put_date(out, lang, &t);
        return;
    }
    snprintf(key, sizeof key, "date.month.%d", t.month);
    buf_printf(out, "%d %.*s", t.day, STR_FMT(page_text(lang, key)));
}

void page_zone(struct buf *out, int64_t ms)
{
    struct clock_parts t;
    clock_parts(ms, true, &t);
    int away = t.offset_min < 0 ? -t.offset_min : t.offset_min;
    buf_printf(out, "UTC%c%d", t.offset_min < 0 ? '-' : '+', away / 60);
    if (away % 60)
        buf_printf(out, ":%02d", away % 60);
}
