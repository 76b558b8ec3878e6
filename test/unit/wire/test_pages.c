#include "tap.h"
#include "wire/pages.h"

static struct frame *frame_at(uint64_t seq, size_t bytes)
{
    struct frame *f = frame_new();
    f->seq = seq;
    f->full = (struct str){arena_array(f->arena, char, bytes), bytes};
    return f;
}

static void keep(struct pages *p, struct tape *t, uint64_t after, size_t count, size_t bytes)
{
    struct frame *frames[64];
    for (size_t i = 0; i < count; i++)
        frames[i] = frame_at(after + 1 + i, bytes);
    ok(pages_keep(p, after, frames, count, &(struct pages_mark){tape_recalls(t), 1}), "a page after %d is kept", (int)after);
    for (size_t i = 0; i < count; i++)
        frame_unref(&frames[i]);
}

/* Sequence number of the first frame that follows, 0 when there is none; *out_count how many came. */
static uint64_t first_after(struct pages *p, uint64_t after, size_t *out_count)
{
    struct frame *frames[64];
    *out_count = pages_read(p, after, 1, frames, 64);
    uint64_t seq = *out_count ? frames[0]->seq : 0;
    for (size_t i = 0; i < *out_count; i++)
        frame_unref(&frames[i]);
    return seq;
}

int main(void)
{
    struct tape *t = tape_new(16, 1000);
    struct pages p;
    size_t n;
    pages_init(&p, t);
    ok(first_after(&p, 10, &n) == 0, "nothing is there at first");
    keep(&p, t, 10, 5, 100);
    ok(first_after(&p, 10, &n) == 11 && n == 5, "whoever stands where it begins gets all of it");
    ok(first_after(&p, 13, &n) == 14 && n == 2, "whoever stands within it gets the rest");
    ok(first_after(&p, 15, &n) == 0, "at its end it says nothing");
    ok(first_after(&p, 9, &n) == 0, "nor before its beginning: the frame between is not in it");

    struct frame *none[64];
    ok(pages_read(&p, 10, 2, none, 64) == 0, "who needs more made of them finds nothing");

    for (uint64_t after = 100; after < 100 + 8 * 20; after += 20)
        keep(&p, t, after, 2, 1u << 20);
    ok(p.bytes <= PAGES_BYTES, "no more than its bytes are kept");
    ok(first_after(&p, 240, &n) == 241, "the newest is there");
    ok(first_after(&p, 10, &n) == 0, "what was used least recently has gone");

    uint64_t before = tape_recalls(t);
    struct frame *killed = frame_at(7, 10);
    tape_replace(t, &killed, 1);
    ok(first_after(&p, 240, &n) == 0, "a kill empties all pages");
    ok(!pages_keep(&p, 300, &killed, 1, &(struct pages_mark){before, 1}), "what was read before a kill is not kept after it");
    frame_unref(&killed);
    pages_drop(&p);
    ok(p.bytes == 0, "dropped pages leave nothing");
    tape_free(&t);
    return tap_end();
}
