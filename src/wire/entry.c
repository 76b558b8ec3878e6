#include "wire/entry.h"

#include "base/id.h"
#include "wire/line.h"

static enum next send_away(struct call *c)
{
    uint8_t r;
    id_random(&r, sizeof r);
    call_fail(c, ERR_BUSY, "too many are coming in at once; come back in a few seconds");
    res_headerf(&c->res, "Retry-After", "%u", 1 + r % 5); /* not all at the same time */
    return NEXT_DONE;
}

static void come_in(struct entry *e)
{
    e->is_in = true;
    e->live->entries.under_way++;
}

enum next entry_ask(struct entry *e, struct live *v, struct call *c, enum next (*go)(struct call *c),
                    void (*on_end)(struct call *c))
{
    loop_assert(v->loop);
    e->live = v;
    e->call = c;
    e->go = go;
    if (v->entries.under_way < ENTRIES_MOST || v->is_stopping) {
        come_in(e);
        return go(c);
    }
    if (v->entries.waiting_count >= ENTRIES_WAITING_MOST)
        return send_away(c);
    e->is_waiting = true;
    v->entries.waiting_count++;
    list_add_tail(&v->entries.waiting, &e->link);
    call_hold(c, on_end);
    return NEXT_WAIT;
}

static void out_of_queue(struct entry *e)
{
    e->is_waiting = false;
    e->live->entries.waiting_count--;
    list_del(&e->link);
}

static void admit(struct entry *e)
{
    out_of_queue(e);
    come_in(e);
    call_return(e->call, e->go);
}

void entry_hurry(struct entry *e)
{
    admit(e);
}

static void admit_held(struct entry *e)
{
    call_let_go(e->call);
    admit(e);
}

void entry_leave(struct entry *e)
{
    if (e->is_waiting)
        out_of_queue(e);
    if (!e->is_in)
        return;
    struct entries *all = &e->live->entries;
    e->is_in = false;
    all->under_way--;
    while (all->under_way < ENTRIES_MOST && !list_is_empty(&all->waiting))
        admit_held(list_of(all->waiting.next, struct entry, link));
}

void entry_stop(struct live *v)
{
    while (!list_is_empty(&v->entries.waiting))
        admit_held(list_of(v->entries.waiting.next, struct entry, link));
}
