#include "base/arena.h"
#include "base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#endif

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#define HIDE(p, n) __asan_poison_memory_region((p), (n))
#define SHOW(p, n) __asan_unpoison_memory_region((p), (n))
#define RED_ZONE 16 /* unreachable bytes behind each piece, so that running over its end is seen */
#else
#define HIDE(p, n) ((void)(p), (void)(n))
#define SHOW(p, n) ((void)(p), (void)(n))
#define RED_ZONE 0
#endif

#define ALIGN alignof(max_align_t)
#define LEAST_CHUNK 256
#define DOUBLE_UNTIL ((size_t)1 << 20) /* beyond it chunks grow only for pieces that are larger themselves */

struct chunk {
    struct chunk *older;
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct chunk *now; /* the newest and largest so far */
    size_t bytes;
};

static struct chunk *chunk_new(struct arena *a, size_t size)
{
    must(size < SIZE_MAX / 2);
    struct chunk *c = mem_grow(NULL, sizeof *c + size);
    c->older = a->now;
    c->size = size;
    c->used = 0;
    HIDE(c->bytes, size);
    a->now = c;
    a->bytes += sizeof *c + size;
    return c;
}

static void chunk_free(struct arena *a, struct chunk *c)
{
    a->bytes -= sizeof *c + c->size;
    SHOW(c->bytes, c->size);
    mem_free(c);
}

struct arena *arena_new(size_t first_bytes)
{
    struct arena *a = mem_new(struct arena);
    chunk_new(a, first_bytes < LEAST_CHUNK ? LEAST_CHUNK : first_bytes);
    return a;
}

void arena_free(struct arena **a)
{
    if (*a == NULL)
        return;
    for (struct chunk *c = (*a)->now, *older; c; c = older) {
        older = c->older;
        chunk_free(*a, c);
    }
    mem_free(*a);
    *a = NULL;
}

void arena_reset(struct arena *a)
{
    /* the oldest chunk has the size the owner asked for: one request's giant must not stay for ever */
    while (a->now->older) {
        struct chunk *c = a->now;
        a->now = c->older;
        chunk_free(a, c);
    }
    HIDE(a->now->bytes, a->now->size);
    a->now->used = 0;
}

static void *take(struct arena *a, size_t size)
{
    must(size < SIZE_MAX / 4);
    size_t step = (size + RED_ZONE + ALIGN - 1) / ALIGN * ALIGN;
    if (step == 0)
        step = ALIGN;
    struct chunk *c = a->now;
    if (c->size - c->used < step) {
        size_t next = c->size < DOUBLE_UNTIL ? c->size * 2 : c->size;
        c = chunk_new(a, next < step ? step : next);
    }
    void *p = c->bytes + c->used;
    c->used += step;
    SHOW(p, size);
    return p;
}

void *arena_zero(struct arena *a, size_t size)
{
    void *p = take(a, size);
    return size ? memset(p, 0, size) : p;
}

void *arena_zeros(struct arena *a, size_t n, size_t size)
{
    size_t all;
    must(!__builtin_mul_overflow(n, size, &all));
    return arena_zero(a, all);
}

struct str arena_str(struct arena *a, struct str s)
{
    if (s.p == NULL)
        return STR_NONE;
    char *p = take(a, s.n + 1);
    memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return str_of(p, s.n);
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    must(n >= 0);
    char *p = take(a, (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return str_of(p, (size_t)n);
}

struct strs arena_strs(struct arena *a, struct strs list)
{
    if (list.n == 0)
        return (struct strs){NULL, 0};
    struct str *v = arena_array(a, struct str, list.n);
    for (size_t i = 0; i < list.n; i++)
        v[i] = arena_str(a, list.v[i]);
    return (struct strs){v, list.n};
}

size_t arena_bytes(const struct arena *a)
{
    return a->bytes;
}
