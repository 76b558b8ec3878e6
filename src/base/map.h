/* Table from string to pointer; keys are copied. Iteration order is undefined. One thread at a time. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

struct map;

struct map *map_new(void);
/* Frees the table; `drop` (may be NULL) is called with each value first. */
void map_free(struct map **m, void (*drop)(void *value));
size_t map_count(const struct map *m);
void *map_get(const struct map *m, struct str key); /* NULL when absent */
void *map_set(struct map *m, struct str key, void *value); /* returns the value replaced, or NULL */
void *map_del(struct map *m, struct str key);              /* returns the value removed, or NULL */
/* Walks: start with *at = 0; false at the end. The map must not change meanwhile. */
bool map_next(const struct map *m, size_t *at, struct str *key, void **value);

#endif
