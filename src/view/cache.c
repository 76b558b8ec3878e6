#include "view/cache.h"

#include "base/clock.h"
#include "base/list.h"
#include "base/map.h"

#define AGE_MAX_MS 60000
#define NAMES_MAX 96 /* stories a page may name; a page with more is kept as a list */

struct page {
    struct list link; /* by last use, the oldest first */
    struct str key;
    struct blob *whole;
    size_t head_bytes;
    int64_t until_ms;
    bool is_list;
    unsigned name_count;
    uint64_t *names; /* stories shown or named, when it is no list */
};

struct cache {
    struct map *by_key;
    struct list pages;
    _Atomic size_t bytes; /* the loop changes it, metrics of others look */
    size_t bytes_max;
    uint64_t generation;
};

struct cache *cache_new(size_t bytes_max)
{
    struct cache *c = mem_new(struct cache);
    c->by_key = map_new();
    list_init(&c->pages);
    c->bytes_max = bytes_max;
    return c;
}

static size_t page_bytes(const struct page *p)
{
    return sizeof *p + p->key.n + p->whole->n + p->name_count * sizeof *p->names;
}

static void page_drop(struct cache *c, struct page *p)
{
    c->bytes -= page_bytes(p);
    list_del(&p->link);
    map_del(c->by_key, p->key);
    blob_unref(&p->whole);
    mem_free((char *)(uintptr_t)p->key.p);
    mem_free(p->names);
    mem_free(p);
}

void cache_free(struct cache **c)
{
    struct cache *own = *c;
    *c = NULL;
    if (!own)
        return;
    list_each(it, &own->pages) page_drop(own, list_of(it, struct page, link));
    map_free(&own->by_key, NULL);
    mem_free(own);
}

uint64_t cache_generation(const struct cache *c)
{
    return c->generation;
}

static bool is_known(const uint64_t *names, unsigned count, uint64_t n)
{
    for (unsigned i = 0; i < count; i++)
        if (names[i] == n)
            return true;
    return false;
}

/* A kill has to take the headline off every page that names it, not only off its own: links say whom a page names.
 * False when they are too many to be remembered. */
static bool read_names(struct page *p, uint64_t n)
{
    static const struct str MARK = {"/story/", 7};
    uint64_t names[NAMES_MAX] = {n};
    unsigned count = 1;
    struct str rest = blob_str(p->whole);
    for (size_t at; (at = str_find(rest, MARK)) != SIZE_MAX;) {
        rest = str_sub(rest, at + MARK.n, rest.n);
        uint64_t named;
        size_t end = str_find_char(str_sub(rest, 0, 24), '/');
        if (end == SIZE_MAX || !str_u64(str_sub(rest, 0, end), &named) || is_known(names, count, named))
            continue;
        if (count == NAMES_MAX)
            return false;
        names[count++] = named;
    }
    p->names = mem_array(uint64_t, count);
    memcpy(p->names, names, count * sizeof *names);
    p->name_count = count;
    return true;
}

void cache_put(struct cache *c, struct str key, uint64_t n, uint64_t generation, struct blob *whole, size_t head_bytes)
{
    must(head_bytes <= whole->n);
    /* the story changed while the page was being made: what is in it may be what had to go */
    if (generation != c->generation || whole->n > c->bytes_max / 4)
        return;
    struct page *old = map_get(c->by_key, key);
    if (old)
        page_drop(c, old);
    struct page *p = mem_new(struct page);
    p->key = str_of(mem_dup(key.p, key.n), key.n);
    p->whole = blob_ref(whole);
    p->head_bytes = head_bytes;
    p->until_ms = clock_mono_ms() + AGE_MAX_MS;
    p->is_list = n == 0 || !read_names(p, n);
    map_set(c->by_key, p->key, p);
    list_add_tail(&c->pages, &p->link);
    c->bytes += page_bytes(p);
    while (c->bytes > c->bytes_max)
        page_drop(c, list_of(c->pages.next, struct page, link));
}

struct blob *cache_get(struct cache *c, struct str key, size_t *head_bytes)
{
    struct page *p = map_get(c->by_key, key);
    if (!p)
        return NULL;
    if (p->until_ms < clock_mono_ms()) {
        page_drop(c, p);
        return NULL;
    }
    list_del(&p->link);
    list_add_tail(&c->pages, &p->link);
    *head_bytes = p->head_bytes;
    return blob_ref(p->whole);
}

void cache_drop(struct cache *c, uint64_t n)
{
    c->generation++;
    list_each(it, &c->pages)
    {
        struct page *p = list_of(it, struct page, link);
        if (p->is_list || is_known(p->names, p->name_count, n))
            page_drop(c, p);
    }
}

size_t cache_bytes(const struct cache *c)
{
    return c->bytes;
}

void cache_check(const struct cache *c)
{
    size_t bytes = 0, count = 0;
    for (const struct list *it = c->pages.next; it != &c->pages; it = it->next) {
        const struct page *p = list_of(it, struct page, link);
        must(it->next->prev == it && map_get(c->by_key, p->key) == p);
        must(p->is_list || p->name_count > 0);
        bytes += page_bytes(p);
        count++;
    }
    must(bytes == c->bytes && count == map_count(c->by_key) && c->bytes <= c->bytes_max);
}
