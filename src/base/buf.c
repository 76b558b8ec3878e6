#include "base/buf.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_BYTES 128

void buf_init(struct buf *b, size_t max)
{
    *b = BUF_INIT(max);
}

void buf_fini(struct buf *b)
{
    mem_free(b->p);
    *b = BUF_INIT(b->max);
}

void buf_reset(struct buf *b)
{
    b->n = 0;
    b->is_over = false;
}

bool buf_ok(const struct buf *b)
{
    return !b->is_over;
}

struct str buf_str(const struct buf *b)
{
    return (struct str){b->p ? b->p : "", b->n};
}

char *buf_room(struct buf *b, size_t n)
{
    if (n > b->max || b->n > b->max - n) {
        b->is_over = true;
        return NULL;
    }
    size_t need = b->n + n;
    if (need > b->cap || b->p == NULL) {
        size_t cap = b->cap ? b->cap : FIRST_BYTES;
        while (cap < need)
            cap = cap > b->max / 2 ? b->max : cap * 2;
        if (cap > b->max)
            cap = b->max;
        b->p = mem_grow(b->p, cap);
        b->cap = cap;
    }
    return b->p + b->n;
}

/* As buf_room, but refuses for good once something was refused: what is written stays a true beginning of the text. */
static char *room_to_add(struct buf *b, size_t n)
{
    return b->is_over ? NULL : buf_room(b, n);
}

void buf_add(struct buf *b, struct str s)
{
    if (s.n == 0)
        return;
    char *p = room_to_add(b, s.n);
    if (p) {
        memcpy(p, s.p, s.n);
        b->n += s.n;
    }
}

void buf_addc(struct buf *b, char c)
{
    char *p = room_to_add(b, 1);
    if (p) {
        *p = c;
        b->n++;
    }
}

void buf_puts(struct buf *b, const char *cstr)
{
    buf_add(b, str_from(cstr));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    char small[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    must(n >= 0);
    if ((size_t)n < sizeof small) {
        buf_add(b, str_of(small, (size_t)n));
        return;
    }
    if (room_to_add(b, (size_t)n) == NULL)
        return;
    /* vsnprintf insists on room for its zero, which the cap may not have */
    CLEANUP(mem_cleanup) char *text = mem_zero((size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(text, (size_t)n + 1, fmt, ap);
    va_end(ap);
    buf_add(b, str_of(text, (size_t)n));
}

void buf_u64(struct buf *b, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
    } while (v /= 10);
    buf_add(b, str_of(digits + at, sizeof digits - at));
}

void buf_shift(struct buf *b, size_t n)
{
    must(n <= b->n);
    b->n -= n;
    if (b->n > 0 && n > 0)
        memmove(b->p, b->p + n, b->n);
}

char *buf_give(struct buf *b, size_t *n)
{
    char *p = mem_grow(b->p, b->n + 1);
    p[b->n] = '\0';
    if (n)
        *n = b->n;
    *b = BUF_INIT(b->max);
    return p;
}
