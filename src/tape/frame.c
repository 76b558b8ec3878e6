#include "tape/frame.h"

struct frame *frame_new(void)
{
    struct frame *f = mem_new(struct frame);
    ref_init(&f->refs);
    f->arena = arena_new(1024);
    return f;
}

struct frame *frame_ref(struct frame *f)
{
    ref_hold(&f->refs);
    return f;
}

void frame_unref(struct frame **f)
{
    struct frame *last = *f;
    *f = NULL;
    if (last == NULL || !ref_drop(&last->refs))
        return;
    struct story *story = (struct story *)last->story;
    story_unref(&story);
    right_unref(&last->right);
    brief_unref(&last->brief);
    arena_free(&last->arena);
    mem_free(last);
}

struct str frame_ninjs(const struct frame *f, const struct grant *g)
{
    must(grant_covers(g, f->n));
    return f->full;
}

const struct story *frame_story(const struct frame *f, const struct grant *g)
{
    must(grant_covers(g, f->n));
    return f->story;
}

struct str frame_notice(const struct frame *f)
{
    return f->notice;
}

size_t frame_bytes(const struct frame *f)
{
    size_t bytes = sizeof *f + arena_bytes(f->arena);
    if (f->story)
        bytes += sizeof *f->story + arena_bytes(f->story->arena);
    if (f->brief)
        bytes += sizeof *f->brief + arena_bytes(f->brief->arena);
    return bytes;
}
