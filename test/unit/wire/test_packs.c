/* Batches of the past that lines share: who finds one, what is let go of and when. */
#include "wire/packs.h"

#include "tap.h"

static struct audience one, other;

static void keep(struct packs *p, struct tape *t, uint64_t cursor, uint64_t to, size_t bytes)
{
    struct buf b = BUF_INIT(bytes);
    char *room = buf_room(&b, bytes);
    memset(room, 'x', bytes);
    b.n = bytes;
    struct pack fresh = {.from = {.audience = &one, .cursor = cursor, .prev = cursor}, .cursor = to, .prev = to, .events = 1,
                         .blob = bytes ? blob_take(&b) : NULL};
    ok(packs_keep(p, &fresh, tape_recalls(t))->cursor == to, "a batch from %d on is kept", (int)cursor);
    buf_fini(&b);
}

static uint64_t found(struct packs *p, const struct audience *a, uint64_t cursor, uint64_t prev)
{
    const struct pack *k = packs_find(p, &(struct pack_key){.audience = a, .cursor = cursor, .prev = prev});
    return k ? k->cursor : 0;
}

int main(void)
{
    struct tape *t = tape_new(16, 1000);
    struct packs p;
    packs_init(&p, t);
    ok(!found(&p, &one, 10, 10), "nothing is there at first");
    keep(&p, t, 10, 20, 100);
    ok(found(&p, &one, 10, 10) == 20, "whoever stands there finds it");
    ok(!found(&p, &other, 10, 10), "not with other terms");
    ok(!found(&p, &one, 10, 9), "not after another event");
    ok(!found(&p, &one, 11, 10), "not in another place");
    struct org org = {0};
    ok(!packs_find(&p, &(struct pack_key){.audience = &one, .org = &org, .cursor = 10, .prev = 10}), "not of another organisation");
    ok(!packs_find(&p, &(struct pack_key){.audience = &one, .has_ended = true, .cursor = 10, .prev = 10}),
       "not when the contract has ended meanwhile");

    keep(&p, t, 30, 30, 0);
    ok(!found(&p, &one, 30, 30), "one that leads nowhere is not found: it would never end");

    for (uint64_t at = 100; at < 108; at++)
        keep(&p, t, at, at + 1, (size_t)1 << 19);
    ok(p.bytes <= PACKS_BYTES, "no more than its bytes are kept");
    ok(found(&p, &one, 107, 107) == 108, "the newest is there");
    ok(!found(&p, &one, 10, 10), "what was used least recently has gone");

    for (uint64_t at = 200; at < 200 + PACKS_MOST; at++) {
        struct pack silent = {.from = {.audience = &other, .cursor = at, .prev = at}, .cursor = at + 1, .prev = at};
        packs_keep(&p, &silent, tape_recalls(t));
    }
    ok(!found(&p, &one, 107, 107) && found(&p, &other, 200, 200), "nor more than can be looked through, where nothing was due");
    keep(&p, t, 107, 108, 100);

    uint64_t before = tape_recalls(t);
    struct frame *killed = frame_new();
    killed->seq = 7;
    tape_replace(t, &killed, 1);
    ok(!found(&p, &one, 107, 107) && p.bytes == 0, "a kill empties the lot");
    struct pack late = {.from = {.audience = &one, .cursor = 1, .prev = 1}, .cursor = 2};
    ok(packs_keep(&p, &late, before)->cursor == 2, "what was read before a kill goes out once");
    ok(!found(&p, &one, 1, 1), "and is not found after it");
    frame_unref(&killed);

    keep(&p, t, 10, 20, 100);
    packs_forget(&p, &other);
    ok(found(&p, &one, 10, 10) == 20, "another audience goes: nothing happens");
    packs_forget(&p, &one);
    ok(!found(&p, &one, 10, 10) && list_is_empty(&p.packs), "an audience takes its batches along");
    packs_drop(&p);
    tape_free(&t);
    return tap_end();
}
