/* Random stories, the same for the same seed: for properties that must hold of every story. */
#ifndef TEST_STORY_RANDOM_H
#define TEST_STORY_RANDOM_H

#include "news/story.h"

static uint32_t story_seed = 1;

__attribute__((unused)) static uint32_t story_dice(uint32_t n)
{
    story_seed = story_seed * 1664525u + 1013904223u;
    return (story_seed >> 8) % n;
}

static struct str random_text(struct arena *a, size_t most)
{
    static const char *const parts[] = {"a",  "Işık ", "\"quoted\"", "\\", "/",  "~",   "<p>",     "&amp;", "\n",
                                        "\t", "şehir ", "عاجل ",      "😀", "é", "\u00a0", "'tick' ", "1987 ", "</p>"};
    char text[2000];
    size_t n = 0;
    for (size_t count = story_dice((uint32_t)most + 1); count && n + 40 < sizeof text; count--) {
        const char *p = parts[story_dice(sizeof parts / sizeof parts[0])];
        memcpy(text + n, p, strlen(p));
        n += strlen(p);
    }
    return arena_str(a, str_of(text, n));
}

static struct strs random_list(struct arena *a)
{
    size_t n = story_dice(4);
    struct str *v = arena_array(a, struct str, n + 1);
    for (size_t i = 0; i < n; i++)
        v[i] = random_text(a, 4);
    return (struct strs){v, n};
}

static void random_texts(struct story *s)
{
    struct arena *a = s->arena;
    struct story_text *t = &s->text;
    struct str *all[] = {&t->headline, &t->spot,   &t->slugline,    &t->take,           &t->byline,
                         &t->city,     &t->country, &t->body,       &t->ednote,         &t->usage_terms,
                         &t->public_summary, &s->source.name, &s->source.document, &s->source.id, &s->desk,
                         &s->head.note};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        *all[i] = random_text(a, 12);
    s->keywords = random_list(a);
    s->subjects = random_list(a);
    s->places = random_list(a);
    s->sections = random_list(a);
    s->media = random_list(a);
}

static void random_facts(struct story *s)
{
    static const char *const values[] = {"980", "-1.5", "\"some 980\"", "1e30", "0", "33.40", "\"\\u0007\""};
    struct arena *a = s->arena;
    s->figure_count = story_dice(3);
    s->quote_count = story_dice(3);
    s->link_count = story_dice(3);
    struct story_figure *f = arena_array(a, struct story_figure, 3);
    struct story_quote *q = arena_array(a, struct story_quote, 3);
    struct story_link *l = arena_array(a, struct story_link, 3);
    for (size_t i = 0; i < 3; i++) {
        struct str value = arena_str(a, str_from(values[story_dice(sizeof values / sizeof values[0])]));
        f[i] = (struct story_figure){value, random_text(a, 2), random_text(a, 4), random_text(a, 2), random_text(a, 3)};
        q[i] = (struct story_quote){random_text(a, 9), random_text(a, 2)};
        l[i] = (struct story_link){random_text(a, 2), random_text(a, 2)};
    }
    s->figures = f;
    s->quotes = q;
    s->links = l;
}

static struct story *random_story(void)
{
    struct story *s = story_new();
    s->codes.type = (uint8_t)(1 + story_dice(5));
    s->codes.kind = (uint8_t)story_dice(3);
    s->codes.priority = (uint8_t)(1 + story_dice(6));
    s->codes.provider = (uint8_t)(1 + story_dice(255));
    s->codes.language = (uint8_t)story_dice(17);
    s->codes.is_archive = story_dice(2);
    for (uint32_t i = story_dice(5); i; i--) {
        codeset_add(&s->codes.package, 1 + story_dice(255));
        codeset_add(&s->codes.category, 1 + story_dice(255));
    }
    s->language = str_from(story_dice(2) ? "tr" : "en-GB");
    s->public_mode = (enum story_public)story_dice(3);
    s->source.at_ms = story_dice(2) ? 1773480065000 + (int64_t)story_dice(100000) : 0;
    s->times.schedule_ms = story_dice(2) ? 1773480065123 : 0;
    s->times.embargo_ms = story_dice(2) ? 1773480065001 : 0;
    s->times.expires_ms = story_dice(2) ? 1873480065999 : 0;
    random_texts(s);
    random_facts(s);
    return s;
}

static bool same_list(struct strs a, struct strs b)
{
    bool same = a.n == b.n;
    for (size_t i = 0; same && i < a.n; i++)
        same = str_eq(a.v[i], b.v[i]);
    return same;
}

static bool same_facts(const struct story *a, const struct story *b)
{
    bool same = a->figure_count == b->figure_count && a->quote_count == b->quote_count && a->link_count == b->link_count;
    for (size_t i = 0; same && i < a->figure_count; i++) {
        const struct story_figure *x = &a->figures[i], *y = &b->figures[i];
        same = str_eq(x->value, y->value) && str_eq(x->unit, y->unit) && str_eq(x->text, y->text) &&
               str_eq(x->since, y->since) && str_eq(x->said_by, y->said_by);
    }
    for (size_t i = 0; same && i < a->quote_count; i++)
        same = str_eq(a->quotes[i].text, b->quotes[i].text) && str_eq(a->quotes[i].said_by, b->quotes[i].said_by);
    for (size_t i = 0; same && i < a->link_count; i++)
        same = str_eq(a->links[i].rel, b->links[i].rel) && str_eq(a->links[i].id, b->links[i].id);
    return same;
}

static bool same_texts(const struct story_text *a, const struct story_text *b)
{
    return str_eq(a->headline, b->headline) && str_eq(a->spot, b->spot) && str_eq(a->slugline, b->slugline) &&
           str_eq(a->take, b->take) && str_eq(a->byline, b->byline) && str_eq(a->city, b->city) &&
           str_eq(a->country, b->country) && str_eq(a->body, b->body) && str_eq(a->ednote, b->ednote) &&
           str_eq(a->usage_terms, b->usage_terms) && str_eq(a->public_summary, b->public_summary);
}

static bool same_codes(const struct story_codes *a, const struct story_codes *b)
{
    return a->type == b->type && a->kind == b->kind && a->priority == b->priority && a->provider == b->provider &&
           a->language == b->language && a->is_archive == b->is_archive && codeset_eq(&a->package, &b->package) &&
           codeset_eq(&a->category, &b->category);
}

/* All but head and times, which have columns of their own in the store; the note is compared. */
__attribute__((unused)) static bool same_story(const struct story *a, const struct story *b)
{
    return same_codes(&a->codes, &b->codes) && same_texts(&a->text, &b->text) && same_facts(a, b) &&
           str_eq(a->language, b->language) && str_eq(a->desk, b->desk) && a->public_mode == b->public_mode &&
           str_eq(a->source.name, b->source.name) && str_eq(a->source.document, b->source.document) &&
           str_eq(a->source.id, b->source.id) && a->source.at_ms == b->source.at_ms &&
           str_eq(a->head.note, b->head.note) && same_list(a->keywords, b->keywords) &&
           same_list(a->subjects, b->subjects) && same_list(a->places, b->places) &&
           same_list(a->sections, b->sections) && same_list(a->media, b->media);
}

#endif
