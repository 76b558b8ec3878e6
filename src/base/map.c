#include "base/map.h"
#include "base/mem.h"

/* Open addressing with linear probing; deletion shifts the followers back, so there are no gravestones and a probe
 * ends at the first empty slot. At most three quarters are full. */

#define FIRST_SLOTS 16

struct slot {
    char *key; /* NULL marks an empty slot */
    size_t key_bytes;
    uint64_t hash;
    void *value;
};

struct map {
    struct slot *slots;
    size_t n_slots; /* a power of two */
    size_t count;
};

struct map *map_new(void)
{
    struct map *m = mem_new(struct map);
    m->n_slots = FIRST_SLOTS;
    m->slots = mem_array(struct slot, FIRST_SLOTS);
    return m;
}

void map_free(struct map **m, void (*drop)(void *value))
{
    if (*m == NULL)
        return;
    for (size_t i = 0; i < (*m)->n_slots; i++) {
        struct slot *s = &(*m)->slots[i];
        if (s->key && drop)
            drop(s->value);
        mem_free(s->key);
    }
    mem_free((*m)->slots);
    mem_free(*m);
    *m = NULL;
}

size_t map_count(const struct map *m)
{
    return m->count;
}

/* The slot that holds the key, or the empty one where it would go. */
static size_t find(const struct map *m, struct str key, uint64_t hash)
{
    size_t at = hash & (m->n_slots - 1);
    for (;; at = (at + 1) & (m->n_slots - 1)) {
        const struct slot *s = &m->slots[at];
        if (s->key == NULL || (s->hash == hash && str_eq(str_of(s->key, s->key_bytes), key)))
            return at;
    }
}

static void grow(struct map *m)
{
    struct slot *old = m->slots;
    size_t n_old = m->n_slots;
    m->n_slots = n_old * 2;
    m->slots = mem_array(struct slot, m->n_slots);
    for (size_t i = 0; i < n_old; i++)
        if (old[i].key)
            m->slots[find(m, str_of(old[i].key, old[i].key_bytes), old[i].hash)] = old[i];
    mem_free(old);
}

void *map_get(const struct map *m, struct str key)
{
    const struct slot *s = &m->slots[find(m, key, str_hash(key))];
    return s->key ? s->value : NULL;
}

void *map_set(struct map *m, struct str key, void *value)
{
    uint64_t hash = str_hash(key);
    struct slot *s = &m->slots[find(m, key, hash)];
    if (s->key) {
        void *before = s->value;
        s->value = value;
        return before;
    }
    if (m->count + 1 > m->n_slots / 4 * 3) {
        grow(m);
        s = &m->slots[find(m, key, hash)];
    }
    *s = (struct slot){mem_dup(key.p, key.n), key.n, hash, value};
    m->count++;
    return NULL;
}

void *map_del(struct map *m, struct str key)
{
    size_t mask = m->n_slots - 1, hole = find(m, key, str_hash(key));
    if (m->slots[hole].key == NULL)
        return NULL;
    void *before = m->slots[hole].value;
    mem_free(m->slots[hole].key);
    m->slots[hole] = (struct slot){0};
    m->count--;
    for (size_t at = (hole + 1) & mask; m->slots[at].key; at = (at + 1) & mask) {
        size_t home = m->slots[at].hash & mask;
        /* a follower may fill the hole only if its own probe passes there */
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        m->slots[hole] = m->slots[at];
        m->slots[at] = (struct slot){0};
        hole = at;
    }
    return before;
}

bool map_next(const struct map *m, size_t *at, struct str *key, void **value)
{
    while (*at < m->n_slots) {
        const struct slot *s = &m->slots[(*at)++];
        if (s->key == NULL)
            continue;
        if (key)
            *key = str_of(s->key, s->key_bytes);
        if (value)
            *value = s->value;
        return true;
    }
    return false;
}
