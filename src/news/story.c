#include "news/story.h"

struct story *story_new(void)
{
    struct story *s = mem_new(struct story);
    ref_init(&s->refs);
    s->arena = arena_new(4096);
    return s;
}

static void copy_head(struct arena *a, struct story_head *h)
{
    h->id = arena_str(a, h->id);
    h->by = arena_str(a, h->by);
    h->note = arena_str(a, h->note);
}

static void copy_text(struct arena *a, struct story_text *t)
{
    struct str *all[] = {&t->headline, &t->spot, &t->slugline, &t->take, &t->byline, &t->city,
                         &t->country, &t->body, &t->ednote, &t->usage_terms, &t->public_summary};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        *all[i] = arena_str(a, *all[i]);
}

static void copy_source(struct arena *a, struct story_source *s)
{
    s->name = arena_str(a, s->name);
    s->document = arena_str(a, s->document);
    s->id = arena_str(a, s->id);
}

static const struct story_figure *copy_figures(struct arena *a, const struct story_figure *from, size_t n)
{
    struct story_figure *to = n ? arena_array(a, struct story_figure, n) : NULL;
    for (size_t i = 0; i < n; i++)
        to[i] = (struct story_figure){arena_str(a, from[i].value), arena_str(a, from[i].unit), arena_str(a, from[i].text),
                                      arena_str(a, from[i].since), arena_str(a, from[i].said_by)};
    return to;
}

static const struct story_quote *copy_quotes(struct arena *a, const struct story_quote *from, size_t n)
{
    struct story_quote *to = n ? arena_array(a, struct story_quote, n) : NULL;
    for (size_t i = 0; i < n; i++)
        to[i] = (struct story_quote){arena_str(a, from[i].text), arena_str(a, from[i].said_by)};
    return to;
}

static const struct story_link *copy_links(struct arena *a, const struct story_link *from, size_t n)
{
    struct story_link *to = n ? arena_array(a, struct story_link, n) : NULL;
    for (size_t i = 0; i < n; i++)
        to[i] = (struct story_link){arena_str(a, from[i].rel), arena_str(a, from[i].id)};
    return to;
}

struct story *story_copy(const struct story *from)
{
    struct story *s = story_new();
    struct arena *a = s->arena;
    s->codes = from->codes;
    s->head = from->head;
    s->times = from->times;
    s->text = from->text;
    s->source = from->source;
    s->public_mode = from->public_mode;
    copy_head(a, &s->head);
    copy_text(a, &s->text);
    copy_source(a, &s->source);
    s->language = arena_str(a, from->language);
    s->desk = arena_str(a, from->desk);
    s->keywords = arena_strs(a, from->keywords);
    s->subjects = arena_strs(a, from->subjects);
    s->places = arena_strs(a, from->places);
    s->sections = arena_strs(a, from->sections);
    s->media = arena_strs(a, from->media);
    s->figures = copy_figures(a, from->figures, from->figure_count);
    s->quotes = copy_quotes(a, from->quotes, from->quote_count);
    s->links = copy_links(a, from->links, from->link_count);
    s->figure_count = from->figure_count;
    s->quote_count = from->quote_count;
    s->link_count = from->link_count;
    return s;
}

struct story *story_freeze(struct story *own)
{
    must(own && !own->is_frozen);
    own->is_frozen = true;
    return own;
}

struct story *story_ref(const struct story *frozen)
{
    /* The count is the one part of a frozen story that may change; all else stays const by convention. */
    struct story *s = (struct story *)frozen;
    must(s->is_frozen);
    ref_hold(&s->refs);
    return s;
}

void story_unref(struct story **s)
{
    struct story *own = *s;
    *s = NULL;
    if (!own || !ref_drop(&own->refs))
        return;
    arena_free(&own->arena);
    mem_free(own);
}

static const char *const TYPE_WORDS[] = {NULL, "text", "picture", "video", "file", "graph"};
static const char *const KIND_WORDS[] = {"story", "advisory", "repeat"};
static const char *const PUBLIC_WORDS[] = {"auto", "summary", "none"};

const char *story_type_word(enum story_type t)
{
    must(t >= TYPE_TEXT && t <= TYPE_GRAPH);
    return TYPE_WORDS[t];
}

bool story_type_parse(struct str word, enum story_type *out)
{
    if (str_is(word, "graphic"))
        word = S("graph");
    for (int t = TYPE_TEXT; t <= TYPE_GRAPH; t++)
        if (str_is(word, TYPE_WORDS[t])) {
            *out = (enum story_type)t;
            return true;
        }
    return false;
}

const char *story_kind_name(enum story_kind k)
{
    must(k >= KIND_STORY && k <= KIND_REPEAT);
    return KIND_WORDS[k];
}

bool story_kind_parse(struct str s, enum story_kind *out)
{
    for (int k = KIND_STORY; k <= KIND_REPEAT; k++)
        if (str_is(s, KIND_WORDS[k])) {
            *out = (enum story_kind)k;
            return true;
        }
    return false;
}

const char *story_public_name(enum story_public p)
{
    must(p >= PUBLIC_AUTO && p <= PUBLIC_NONE);
    return PUBLIC_WORDS[p];
}

bool story_public_parse(struct str s, enum story_public *out)
{
    for (int p = PUBLIC_AUTO; p <= PUBLIC_NONE; p++)
        if (str_is(s, PUBLIC_WORDS[p])) {
            *out = (enum story_public)p;
            return true;
        }
    return false;
}

static bool is_provider(struct str s)
{
    if (s.n < 1 || s.n > 16)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9')))
            return false;
    return true;
}

static bool is_day(uint64_t day)
{
    static const uint8_t LENGTHS[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t year = day / 10000, month = day / 100 % 100, mday = day % 100;
    if (year < 1 || month < 1 || month > 12 || mday < 1 || mday > LENGTHS[month - 1])
        return false;
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month != 2 || mday < 29 || is_leap;
}

bool story_id_parse(struct str id, struct str *provider, enum story_type *type, uint32_t *day, uint64_t *n)
{
    struct str part[4], rest = id, extra;
    if (!id.p)
        return false;
    for (int i = 0; i < 4; i++)
        if (!str_split(&rest, ':', &part[i]))
            return false;
    uint64_t when, number;
    enum story_type t;
    if (str_split(&rest, ':', &extra) || !is_provider(part[0]) || !story_type_parse(part[1], &t))
        return false;
    if (part[2].n != 8 || !str_u64(part[2], &when) || !is_day(when))
        return false;
    /* One story has one id: no second spelling by leading zeros. */
    if (part[3].n < 1 || part[3].n > 19 || part[3].p[0] == '0' || !str_u64(part[3], &number))
        return false;
    if (provider)
        *provider = part[0];
    if (type)
        *type = t;
    if (day)
        *day = (uint32_t)when;
    if (n)
        *n = number;
    return true;
}

int story_urgency(unsigned priority)
{
    static const int URGENCY[] = {5, 1, 2, 3, 5, 6, 8};
    return priority < sizeof URGENCY / sizeof URGENCY[0] ? URGENCY[priority] : 8;
}
