#include "wire/packs.h"

void packs_init(struct packs *p, struct tape *tape)
{
    *p = (struct packs){.tape = tape, .recalls = tape_recalls(tape)};
    list_init(&p->packs);
}

static size_t size(const struct pack *k)
{
    return sizeof *k + (k->blob ? k->blob->n : 0);
}

static void drop(struct packs *p, struct pack *k)
{
    list_del(&k->link);
    p->bytes -= size(k);
    p->count--;
    org_unref(&k->from.org);
    blob_unref(&k->blob);
    mem_free(k);
}

void packs_drop(struct packs *p)
{
    while (!list_is_empty(&p->packs))
        drop(p, list_of(p->packs.next, struct pack, link));
}

void packs_forget(struct packs *p, const struct audience *a)
{
    list_each(it, &p->packs) {
        struct pack *k = list_of(it, struct pack, link);
        if (k->from.audience == a)
            drop(p, k);
    }
}

static bool is_from(const struct pack_key *a, const struct pack_key *b)
{
    return a->cursor == b->cursor && a->prev == b->prev && a->audience == b->audience && a->org == b->org &&
           a->has_ended == b->has_ended;
}

/* What was made of frames that a kill has meanwhile replaced is of no use. */
static void reach(struct packs *p, uint64_t recalls)
{
    if (p->recalls != recalls)
        packs_drop(p);
    p->recalls = recalls;
}

const struct pack *packs_find(struct packs *p, const struct pack_key *from)
{
    reach(p, tape_recalls(p->tape));
    list_each(it, &p->packs) {
        struct pack *k = list_of(it, struct pack, link);
        if (!is_from(&k->from, from) || k->cursor == from->cursor) /* that one waited for the head to move */
            continue;
        list_del(&k->link);
        list_add_tail(&p->packs, &k->link);
        return k;
    }
    return NULL;
}

const struct pack *packs_keep(struct packs *p, const struct pack *fresh, uint64_t recalls)
{
    reach(p, recalls);
    struct pack *k = mem_new(struct pack);
    *k = *fresh;
    if (k->from.org)
        org_ref(k->from.org);
    list_add_tail(&p->packs, &k->link);
    p->bytes += size(k);
    p->count++;
    while ((p->bytes > PACKS_BYTES || p->count > PACKS_MOST) && p->packs.next != &k->link)
        drop(p, list_of(p->packs.next, struct pack, link));
    return k;
}
