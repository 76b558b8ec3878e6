#include "http/gate.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/list.h"
#include "base/mem.h"

#include <pthread.h>
#include <string.h>

/* GCRA (ITU-T I.371): a row keeps the time at which the next call would come if calls came evenly. A row whose time has
 * passed says no more than no row, so it may go. */
struct row {
    struct list in_chain, in_age;
    int64_t due_us;
    uint64_t hash;
    size_t n;
    char key[];
};

struct gate {
    pthread_mutex_t lock;
    struct list age; /* least lately used first */
    size_t count, rows_max, chains;
    uint64_t seed;
    struct list chain[];
};

struct gate *gate_new(size_t rows_max)
{
    must(rows_max > 0);
    size_t chains = 64;
    while (chains < rows_max && chains < (size_t)1 << 20)
        chains *= 2;
    struct gate *g = mem_zero(sizeof *g + chains * sizeof g->chain[0]);
    must(pthread_mutex_init(&g->lock, NULL) == 0);
    g->rows_max = rows_max;
    g->chains = chains;
    id_random(&g->seed, sizeof g->seed);
    list_init(&g->age);
    for (size_t i = 0; i < chains; i++)
        list_init(&g->chain[i]);
    return g;
}

static void gate_drop(struct gate *g, struct row *r)
{
    list_del(&r->in_chain);
    list_del(&r->in_age);
    mem_free(r);
    g->count--;
}

void gate_free(struct gate **pg)
{
    struct gate *g = *pg;
    if (!g)
        return;
    while (!list_is_empty(&g->age))
        gate_drop(g, list_of(g->age.next, struct row, in_age));
    pthread_mutex_destroy(&g->lock);
    mem_free(g);
    *pg = NULL;
}

/* Keys come from strangers (names tried at sign-in), so chains are spread by a secret seed. */
static uint64_t gate_hash(const struct gate *g, struct str key)
{
    uint64_t h = g->seed ^ key.n;
    for (size_t i = 0; i < key.n; i++) {
        h = (h ^ (unsigned char)key.p[i]) * UINT64_C(0x9fb21c651e98df25);
        h ^= h >> 28;
    }
    return h;
}

static struct row *gate_find(struct gate *g, struct str key, uint64_t hash)
{
    list_each(it, &g->chain[hash & (g->chains - 1)])
    {
        struct row *r = list_of(it, struct row, in_chain);
        if (r->hash == hash && r->n == key.n && memcmp(r->key, key.p, key.n) == 0)
            return r;
    }
    return NULL;
}

/* Up to two rows that say nothing any more, then the oldest if the table is full. */
static void gate_tidy(struct gate *g, int64_t now)
{
    for (int i = 0; i < 2 && !list_is_empty(&g->age); i++) {
        struct row *r = list_of(g->age.next, struct row, in_age);
        if (r->due_us > now)
            break;
        gate_drop(g, r);
    }
    while (g->count >= g->rows_max)
        gate_drop(g, list_of(g->age.next, struct row, in_age));
}

static struct row *gate_row(struct gate *g, struct str key, uint64_t hash, int64_t now)
{
    struct row *r = gate_find(g, key, hash);
    if (r) {
        list_del(&r->in_age);
    } else {
        gate_tidy(g, now);
        r = mem_zero(sizeof *r + key.n);
        r->hash = hash;
        r->n = key.n;
        if (key.n)
            memcpy(r->key, key.p, key.n);
        list_add_tail(&g->chain[hash & (g->chains - 1)], &r->in_chain);
        g->count++;
    }
    list_add_tail(&g->age, &r->in_age);
    return r;
}

bool gate_pass(struct gate *g, struct str key, int64_t interval_us, unsigned burst, unsigned tolerance_percent,
               int64_t *wait_ms)
{
    must(interval_us >= 0 && burst > 0);
    int64_t now = clock_mono_us();
    uint64_t hash = gate_hash(g, key);
    int64_t slack = interval_us * (burst - 1) + interval_us * tolerance_percent / 100;
    pthread_mutex_lock(&g->lock);
    struct row *r = gate_row(g, key, hash, now);
    int64_t due = r->due_us > now ? r->due_us : now;
    bool passes = due - now <= slack;
    if (passes)
        r->due_us = due + interval_us;
    pthread_mutex_unlock(&g->lock);
    if (!passes && wait_ms)
        *wait_ms = (due - slack - now + 999) / 1000;
    return passes;
}
