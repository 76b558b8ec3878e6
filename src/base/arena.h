/* Region memory: allocate many, free at once. Never NULL. Poisoned under ASan after reset. One thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena;

struct arena *arena_new(size_t first_bytes);
void arena_free(struct arena **a);
void arena_reset(struct arena *a);
/* Zeroed, aligned for any type. */
void *arena_zero(struct arena *a, size_t size) __attribute__((malloc, alloc_size(2)));
/* n times size bytes; aborts when the product overflows. */
void *arena_zeros(struct arena *a, size_t n, size_t size) __attribute__((malloc, alloc_size(2, 3)));
#define arena_make(a, type) ((type *)arena_zero((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_zeros((a), (n), sizeof(type)))
/* Copies, zero-terminated after the end (the zero is not counted). STR_NONE stays STR_NONE. */
struct str arena_str(struct arena *a, struct str s);
struct str arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
struct strs arena_strs(struct arena *a, struct strs list); /* deep copy */
size_t arena_bytes(const struct arena *a);                 /* bytes held from the system */

#endif
