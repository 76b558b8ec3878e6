/* Memory: allocate or abort (architecture 6: malloc failure aborts), reference counts, cleanup attributes.
 * Callable from any thread. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* size bytes, zeroed; never NULL; free with mem_free. */
void *mem_zero(size_t size) __attribute__((malloc, alloc_size(1)));
/* n times size bytes, zeroed; aborts when the product overflows. */
void *mem_zeros(size_t n, size_t size) __attribute__((malloc, alloc_size(1, 2)));
/* Grows or shrinks as realloc; never NULL for size > 0. */
void *mem_grow(void *p, size_t size) __attribute__((alloc_size(2)));
/* Copy of n bytes plus a terminating zero. */
char *mem_dup(const void *p, size_t n);
void mem_free(void *p);
/* Gives back to the system what is free in the middle of the heaps; takes milliseconds: after much work, when idle. */
void mem_trim(void);

/* Typed forms. */
#define mem_new(type) ((type *)mem_zero(sizeof(type)))
#define mem_array(type, n) ((type *)mem_zeros((n), sizeof(type)))

/* A count of owners. Starts at 1; ref_drop returns true for the last owner, who then frees. */
struct ref {
    atomic_int n;
};
void ref_init(struct ref *r);
void ref_hold(struct ref *r);
bool ref_drop(struct ref *r) __attribute__((warn_unused_result));

/* CLEANUP(fn) T *x = NULL; calls fn(&x) when x leaves its scope (architecture 5, rule 5). */
#define CLEANUP(fn) __attribute__((cleanup(fn)))
void mem_cleanup(void *pp); /* for plain mem_ pointers: CLEANUP(mem_cleanup) char *p */
void mem_close_fd(int *fd); /* for descriptors: CLEANUP(mem_close_fd) int fd = -1 */

#endif
