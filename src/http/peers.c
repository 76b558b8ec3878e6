#include "http/peers.h"

#include "base/id.h"
#include "base/mem.h"

#include <pthread.h>
#include <string.h>

/* Open addressing with linear probing; an empty row has count 0. Never more than half full, so probes stay short. The
 * seed keeps strangers from choosing addresses that collide. */
struct peer {
    uint64_t block;
    unsigned count;
};

static struct {
    pthread_mutex_t lock;
    struct peer *rows;
    size_t size, used;
    uint64_t seed;
} peers = {.lock = PTHREAD_MUTEX_INITIALIZER};

static size_t peers_home(uint64_t block)
{
    uint64_t h = (block ^ peers.seed) * UINT64_C(0x9e3779b97f4a7c15);
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    return (size_t)(h ^ h >> 32) & (peers.size - 1);
}

static struct peer *peers_at(uint64_t block)
{
    size_t i = peers_home(block);
    while (peers.rows[i].count && peers.rows[i].block != block)
        i = (i + 1) & (peers.size - 1);
    return &peers.rows[i];
}

static void peers_grow(void)
{
    struct peer *old = peers.rows;
    size_t old_size = peers.size;
    if (!old)
        id_random(&peers.seed, sizeof peers.seed);
    peers.size = old ? old_size * 2 : 256;
    peers.rows = mem_array(struct peer, peers.size);
    for (size_t i = 0; i < old_size; i++)
        if (old[i].count)
            *peers_at(old[i].block) = old[i];
    mem_free(old);
}

/* Empties a row and moves back those behind it that only stood there because it was taken. */
static void peers_drop(struct peer *row)
{
    size_t hole = (size_t)(row - peers.rows), mask = peers.size - 1;
    for (size_t i = (hole + 1) & mask; peers.rows[i].count; i = (i + 1) & mask) {
        size_t home = peers_home(peers.rows[i].block);
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        peers.rows[hole] = peers.rows[i];
        hole = i;
    }
    peers.rows[hole].count = 0;
    if (--peers.used == 0) { /* an idle process holds nothing */
        mem_free(peers.rows);
        peers.rows = NULL;
        peers.size = 0;
    }
}

static uint64_t peers_key(const struct address *a)
{
    uint64_t block;
    memcpy(&block, a->block, sizeof block);
    return block;
}

bool peers_enter(const struct address *a, unsigned max)
{
    uint64_t block = peers_key(a);
    pthread_mutex_lock(&peers.lock);
    if ((peers.used + 1) * 2 > peers.size)
        peers_grow();
    struct peer *row = peers_at(block);
    bool has_room = max == 0 || row->count < max;
    if (has_room) {
        peers.used += row->count == 0;
        row->block = block;
        row->count++;
    }
    pthread_mutex_unlock(&peers.lock);
    return has_room;
}

void peers_leave(const struct address *a)
{
    pthread_mutex_lock(&peers.lock);
    must(peers.rows);
    struct peer *row = peers_at(peers_key(a));
    must(row->count > 0);
    if (--row->count == 0)
        peers_drop(row);
    pthread_mutex_unlock(&peers.lock);
}

unsigned peers_count(const struct address *a)
{
    pthread_mutex_lock(&peers.lock);
    unsigned n = peers.rows ? peers_at(peers_key(a))->count : 0;
    pthread_mutex_unlock(&peers.lock);
    return n;
}
