#include "news/brief.h"

struct brief *brief_new(void)
{
    struct brief *b = mem_new(struct brief);
    ref_init(&b->refs);
    b->arena = arena_new(2048);
    return b;
}

struct brief *brief_freeze(struct brief *own)
{
    must(own && !own->is_frozen);
    if (own->edition.n == 0)
        own->edition = own->language;
    own->is_frozen = true;
    return own;
}

struct brief *brief_ref(const struct brief *b)
{
    /* Only the count of a frozen brief changes. */
    struct brief *own = (struct brief *)b;
    must(own->is_frozen);
    ref_hold(&own->refs);
    return own;
}

void brief_unref(struct brief **b)
{
    struct brief *own = *b;
    *b = NULL;
    if (!own || !ref_drop(&own->refs))
        return;
    arena_free(&own->arena);
    mem_free(own);
}
