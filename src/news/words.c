#include "news/words.h"

#include "base/stem.h"
#include "base/text.h"

#include <stdlib.h>

#define TEXT_MOST (64 * 1024 * 1024) /* more than the largest story can make */

/* ---- cutting a story ---- */

/* Sluglines are in ASCII capitals whatever the language: LIMAN means liman there, which Turkish folding makes of LİMAN
 * alone. So both foldings are kept where they differ. */
static void add_slugline(const struct story *s, struct buf *exact)
{
    struct buf plain = BUF_INIT(TEXT_MOST), own = BUF_INIT(TEXT_MOST);
    stem_index(S(""), s->text.slugline, &plain, NULL);
    stem_index(s->language, s->text.slugline, &own, NULL);
    if (!str_eq(buf_str(&plain), buf_str(&own)))
        stem_index(S(""), s->text.slugline, exact, NULL);
    buf_fini(&plain);
    buf_fini(&own);
}

void words_text_make(const struct story *s, struct words_text *out)
{
    *out = (struct words_text){BUF_INIT(TEXT_MOST), BUF_INIT(TEXT_MOST), 0};
    const struct story_text *t = &s->text;
    const struct str heads[] = {t->headline, t->spot, t->slugline, t->byline, t->city};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        stem_index(s->language, heads[i], &out->exact, &out->stem);
    add_slugline(s, &out->exact);
    out->head_bytes = out->exact.n;
    struct buf body = BUF_INIT(TEXT_MOST);
    text_of_html(t->body, &body);
    stem_index(s->language, buf_str(&body), &out->exact, &out->stem);
    buf_fini(&body);
    for (size_t i = 0; i < s->keywords.n; i++)
        stem_index(s->language, s->keywords.v[i], &out->exact, &out->stem);
    must(buf_ok(&out->exact) && buf_ok(&out->stem));
}

void words_text_fini(struct words_text *x)
{
    buf_fini(&x->exact);
    buf_fini(&x->stem);
}

/* ---- making them ready ---- */

/* The first bytes of a token as a number that sorts as they do: most comparisons end here. */
static uint64_t key_of(struct str token)
{
    uint64_t key = 0;
    for (size_t i = 0; i < 8; i++)
        key = key << 8 | (i < token.n ? (unsigned char)token.p[i] : 0);
    return key;
}

/* A different token of a column. Sorted by bytes, so that a prefix is a range of them. */
struct entry {
    uint64_t key;
    struct str text;
    uint32_t from; /* its places are places[from] up to the next entry's */
};
struct column {
    struct entry *entries; /* one more at the end, for its `from` */
    uint32_t entry_count, place_count;
    uint32_t *places;  /* by entry, ascending within one */
    uint32_t *ids;     /* entry at each place */
};
struct words {
    struct arena *arena;
    struct column exact, stem;
    uint32_t head_places; /* of exact: how many tokens the head has */
};

struct token {
    uint64_t key;
    struct str text;
    uint32_t place;
};

static int by_text(const void *x, const void *y)
{
    const struct token *a = x, *b = y;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    int c = a->text.n > 8 || b->text.n > 8 ? str_cmp(a->text, b->text) : 0;
    return c ? c : (a->place > b->place) - (a->place < b->place);
}

static uint32_t count_tokens(struct str text)
{
    uint32_t n = text.n > 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == ' ';
    return n;
}

static struct token *cut(struct str text, uint32_t n)
{
    struct token *list = mem_array(struct token, n + 1);
    struct str rest = text, one;
    for (uint32_t i = 0; i < n && str_split(&rest, ' ', &one); i++)
        list[i] = (struct token){key_of(one), one, i};
    return list;
}

static uint32_t count_different(const struct token *list, uint32_t n)
{
    uint32_t count = n > 0;
    for (uint32_t i = 1; i < n; i++)
        count += !str_eq(list[i].text, list[i - 1].text);
    return count;
}

static void make_column(struct arena *a, struct str text, struct column *c)
{
    *c = (struct column){.place_count = count_tokens(text)};
    struct token *list = cut(arena_str(a, text), c->place_count);
    qsort(list, c->place_count, sizeof list[0], by_text);
    c->entries = arena_array(a, struct entry, count_different(list, c->place_count) + 1);
    c->places = arena_array(a, uint32_t, c->place_count + 1);
    c->ids = arena_array(a, uint32_t, c->place_count + 1);
    for (uint32_t i = 0; i < c->place_count; i++) {
        if (i == 0 || !str_eq(list[i].text, list[i - 1].text))
            c->entries[c->entry_count++] = (struct entry){list[i].key, list[i].text, i};
        c->places[i] = list[i].place;
        c->ids[list[i].place] = c->entry_count - 1;
    }
    c->entries[c->entry_count].from = c->place_count;
    mem_free(list);
}

struct words *words_new(const struct story *s)
{
    struct words_text text;
    words_text_make(s, &text);
    struct words *w = mem_new(struct words);
    w->arena = arena_new(text.exact.n * 4 + text.stem.n * 4 + 512);
    make_column(w->arena, buf_str(&text.exact), &w->exact);
    make_column(w->arena, buf_str(&text.stem), &w->stem);
    w->head_places = count_tokens(str_sub(buf_str(&text.exact), 0, text.head_bytes));
    words_text_fini(&text);
    return w;
}

void words_free(struct words **w)
{
    if (*w == NULL)
        return;
    arena_free(&(*w)->arena);
    mem_free(*w);
    *w = NULL;
}

size_t words_bytes(const struct words *w)
{
    return sizeof *w + arena_bytes(w->arena);
}

/* ---- asking ---- */

/* Entries first … last-1. */
struct range {
    uint32_t first, last;
};

/* The first entry that is not below the token; with `past` the first that is beyond all that begin with it. */
static uint32_t edge(const struct column *c, struct str token, bool past)
{
    uint64_t key = key_of(token);
    uint32_t low = 0, high = c->entry_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct entry *e = &c->entries[middle];
        bool is_below;
        if (past)
            is_below = str_starts(e->text, token) || str_cmp(e->text, token) < 0;
        else
            is_below = e->key != key ? e->key < key : str_cmp(e->text, token) < 0;
        if (is_below)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct range find(const struct column *c, struct str token, bool is_prefix)
{
    struct range r = {edge(c, token, false), 0};
    if (is_prefix)
        r.last = edge(c, token, true);
    else
        r.last = r.first + (r.first < c->entry_count && str_eq(c->entries[r.first].text, token));
    return r;
}

static bool is_in(struct range r, uint32_t id)
{
    return id >= r.first && id < r.last;
}

/* One token: is there a place before `end`? An entry's first place is its lowest. */
static bool has_token(const struct column *c, struct range r, uint32_t end)
{
    for (uint32_t i = r.first; i < r.last; i++)
        if (c->places[c->entries[i].from] < end)
            return true;
    return false;
}

/* At a place of the first token: do the others follow, all before `end`? */
static bool follows(const struct column *c, const struct range *tokens, size_t n, uint32_t place, uint32_t end)
{
    if (end - place < n)
        return false;
    for (size_t i = 1; i < n; i++)
        if (!is_in(tokens[i], c->ids[place + i]))
            return false;
    return true;
}

static bool meets_way(const struct column *c, const struct wanted_way *w, bool is_prefix, uint32_t end)
{
    struct range tokens[QUERY_BYTES]; /* a token is a byte of the search at least */
    if (w->count > QUERY_BYTES)
        return false;
    for (size_t i = 0; i < w->count; i++) {
        tokens[i] = find(c, w->v[i], is_prefix && i + 1 == w->count);
        if (tokens[i].first == tokens[i].last)
            return false;
    }
    if (w->count == 1)
        return has_token(c, tokens[0], end);
    const struct entry *first = &c->entries[tokens[0].first];
    for (uint32_t i = first->from; i < first[1].from && c->places[i] < end; i++)
        if (follows(c, tokens, w->count, c->places[i], end))
            return true;
    return false;
}

static bool meets_term(const struct words *w, const struct wanted_term *t)
{
    uint32_t end = t->in_head ? w->head_places : w->exact.place_count;
    for (size_t i = 0; i < t->exact_count; i++)
        if (meets_way(&w->exact, &t->exact[i], t->is_prefix, end))
            return true;
    for (size_t i = 0; i < t->stem_count; i++)
        if (meets_way(&w->stem, &t->stems[i], false, w->stem.place_count))
            return true;
    return false;
}

static bool meets_branch(const struct words *w, const struct wanted_branch *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (meets_term(w, &b->terms[i]) == b->terms[i].is_not)
            return false;
    return true;
}

bool words_meet(const struct words *w, const struct wanted *want)
{
    for (size_t i = 0; i < want->count; i++)
        if (meets_branch(w, &want->branches[i]))
            return true;
    return false;
}
