#include "wire/pages.h"

struct page {
    struct list link;
    uint64_t after, last; /* holds every record with after < seq <= last */
    size_t bytes, count;
    unsigned ready;
    struct frame *frames[];
};

void pages_init(struct pages *p, struct tape *tape)
{
    *p = (struct pages){.tape = tape, .recalls = tape_recalls(tape)};
    list_init(&p->pages);
}

static void drop(struct pages *p, struct page *g)
{
    list_del(&g->link);
    p->bytes -= g->bytes;
    for (size_t i = 0; i < g->count; i++)
        frame_unref(&g->frames[i]);
    mem_free(g);
}

void pages_fini(struct pages *p)
{
    while (!list_is_empty(&p->pages))
        drop(p, list_of(p->pages.next, struct page, link));
}

void pages_drop(struct pages *p)
{
    pages_fini(p);
    p->recalls = tape_recalls(p->tape);
}

static struct page *find(struct pages *p, uint64_t after, unsigned needs)
{
    list_each(it, &p->pages) {
        struct page *g = list_of(it, struct page, link);
        if (g->after <= after && after < g->last && !(needs & ~g->ready))
            return g;
    }
    return NULL;
}

size_t pages_read(struct pages *p, uint64_t after, unsigned needs, struct frame **out, size_t max)
{
    if (p->recalls != tape_recalls(p->tape))
        pages_drop(p);
    struct page *g = find(p, after, needs);
    size_t n = 0;
    for (size_t i = 0; g && i < g->count && n < max; i++)
        if (g->frames[i]->seq > after)
            out[n++] = frame_ref(g->frames[i]);
    if (g) {
        list_del(&g->link);
        list_add_tail(&p->pages, &g->link);
    }
    return n;
}

bool pages_keep(struct pages *p, uint64_t after, struct frame *const *frames, size_t count, const struct pages_mark *mark)
{
    if (mark->recalls != tape_recalls(p->tape))
        return false;
    if (mark->recalls != p->recalls)
        pages_drop(p);
    if (!count)
        return true;
    struct page *g = mem_zero(sizeof *g + count * sizeof *g->frames);
    *g = (struct page){.after = after, .last = frames[count - 1]->seq, .count = count, .ready = mark->ready};
    for (size_t i = 0; i < count; i++) {
        g->frames[i] = frame_ref(frames[i]);
        g->bytes += frame_bytes(frames[i]);
    }
    p->bytes += g->bytes;
    list_add_tail(&p->pages, &g->link);
    while (p->bytes > PAGES_BYTES && p->pages.next != &g->link)
        drop(p, list_of(p->pages.next, struct page, link));
    return true;
}
