#include "news/words.h"

#include "base/stem.h"
#include "base/text.h"

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
    struct str mark;       /* what all its tokens begin with; cut off in entries */
    struct entry *entries; /* one more at the end, for its `from` */
    uint32_t entry_count, place_count;
    uint32_t *places; /* by entry, ascending within one */
    uint32_t *ids;    /* entry at each place */
};
struct words {
    struct arena *arena;
    struct column exact, stem;
    uint32_t head_places; /* of exact: how many tokens the head has */
};

struct token {
    uint64_t key;
    const char *p;
    uint32_t n, place;
};
/* A column in the making: its tokens, sorted. */
struct tokens {
    struct token *v;
    uint32_t n, different;
    size_t bytes; /* of the different ones */
};

static struct str text_of(const struct token *t)
{
    return str_of(t->p, t->n);
}

static bool is_above(const struct token *a, const struct token *b)
{
    if (a->key != b->key)
        return a->key > b->key;
    return (a->n > 8 || b->n > 8) && str_cmp(text_of(a), text_of(b)) > 0;
}

/* Another than the one before it. */
static bool is_new(const struct tokens *t, uint32_t i)
{
    return i == 0 || t->v[i].key != t->v[i - 1].key || !str_eq(text_of(&t->v[i]), text_of(&t->v[i - 1]));
}

/* Merges neighbours from[i … middle-1] and from[middle … end-1]; equal ones stay in order. */
static void merge(const struct token *from, struct token *to, uint32_t i, uint32_t middle, uint32_t end)
{
    for (uint32_t j = middle, at = i; at < end; at++)
        to[at] = i < middle && (j == end || !is_above(&from[i], &from[j])) ? from[i++] : from[j++];
}

/* By text, then place. As many steps for the worst text as for any; no calls, which is most of what qsort costs here. */
static struct token *sort(struct token *list, uint32_t n)
{
    struct token *other = mem_array(struct token, n + 1);
    for (uint32_t width = 1; width < n; width *= 2) {
        for (uint32_t i = 0; i < n; i += 2 * width) {
            uint32_t middle = i + width < n ? i + width : n, end = middle + width < n ? middle + width : n;
            merge(list, other, i, middle, end);
        }
        struct token *merged = other;
        other = list;
        list = merged;
    }
    mem_free(other);
    return list;
}

static uint32_t count_tokens(struct str text)
{
    uint32_t n = text.n > 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == ' ';
    return n;
}

static void cut(struct str text, struct str mark, struct tokens *out)
{
    *out = (struct tokens){.n = count_tokens(text)};
    out->v = mem_array(struct token, out->n + 1);
    struct str rest = text, one;
    for (uint32_t i = 0; i < out->n && str_split(&rest, ' ', &one); i++) {
        one = str_sub(one, mark.n, one.n);
        out->v[i] = (struct token){key_of(one), one.p, (uint32_t)one.n, i};
    }
    out->v = sort(out->v, out->n);
    for (uint32_t i = 0; i < out->n; i++)
        if (is_new(out, i)) {
            out->different++;
            out->bytes += out->v[i].n;
        }
}

/* What the column takes of the arena, with the most that alignment adds. */
static size_t room_of(const struct tokens *t)
{
    return sizeof(struct entry) * (t->different + 1) + 2 * sizeof(uint32_t) * (t->n + 1) + t->bytes + 64;
}

static void make_column(struct arena *a, struct tokens *t, struct str mark, struct column *c)
{
    *c = (struct column){.mark = mark, .place_count = t->n};
    c->entries = arena_array(a, struct entry, t->different + 1);
    c->places = arena_array(a, uint32_t, t->n + 1);
    c->ids = arena_array(a, uint32_t, t->n + 1);
    char *room = arena_zero(a, t->bytes + 1);
    for (uint32_t i = 0; i < t->n; i++) {
        if (is_new(t, i)) {
            memcpy(room, t->v[i].p, t->v[i].n);
            c->entries[c->entry_count++] = (struct entry){t->v[i].key, str_of(room, t->v[i].n), i};
            room += t->v[i].n;
        }
        c->places[i] = t->v[i].place;
        c->ids[t->v[i].place] = c->entry_count - 1;
    }
    c->entries[c->entry_count].from = t->n;
    mem_free(t->v);
}

struct words *words_new(const struct story *s)
{
    struct words_text text;
    struct tokens exact, stem;
    struct str mark = str_from(stem_mark(s->language));
    words_text_make(s, &text);
    cut(buf_str(&text.exact), STR_NONE, &exact);
    cut(buf_str(&text.stem), mark, &stem);
    struct words *w = mem_new(struct words);
    w->arena = arena_new(room_of(&exact) + room_of(&stem));
    make_column(w->arena, &exact, STR_NONE, &w->exact);
    make_column(w->arena, &stem, mark, &w->stem);
    w->head_places = count_tokens(str_sub(buf_str(&text.exact), 0, text.head_bytes));
    buf_fini(&text.exact);
    buf_fini(&text.stem);
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
    if (!str_starts(token, c->mark))
        return (struct range){0, 0};
    token = str_sub(token, c->mark.n, token.n);
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
