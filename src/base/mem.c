#include "base/mem.h"
#include "base/err.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *mem_zero(size_t size)
{
    void *p = calloc(1, size ? size : 1);
    must(p != NULL);
    return p;
}

void *mem_zeros(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    must(p != NULL);
    return p;
}

void *mem_grow(void *p, size_t size)
{
    void *q = realloc(p, size ? size : 1);
    must(q != NULL);
    return q;
}

char *mem_dup(const void *p, size_t n)
{
    must(n < SIZE_MAX);
    char *q = malloc(n + 1);
    must(q != NULL);
    if (n > 0)
        memcpy(q, p, n);
    q[n] = '\0';
    return q;
}

void mem_free(void *p)
{
    free(p);
}

void mem_trim(void)
{
    malloc_trim(0);
}

void ref_init(struct ref *r)
{
    atomic_init(&r->n, 1);
}

void ref_hold(struct ref *r)
{
    /* relaxed: whoever holds already has the object in view */
    int before = atomic_fetch_add_explicit(&r->n, 1, memory_order_relaxed);
    must(before > 0);
}

bool ref_drop(struct ref *r)
{
    /* acquire and release: the last owner must see all that the others wrote */
    int before = atomic_fetch_sub_explicit(&r->n, 1, memory_order_acq_rel);
    must(before > 0);
    return before == 1;
}

void mem_cleanup(void *pp)
{
    void *p;
    memcpy(&p, pp, sizeof p);
    free(p);
    p = NULL;
    memcpy(pp, &p, sizeof p);
}

void mem_close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}
