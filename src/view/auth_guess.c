#include "view/auth_guess.h"

#include "base/mem.h"

#include <pthread.h>

#define ROWS 32768 /* power of two; a full bucket forgets its oldest row */
#define WAYS 8
#define FREE_MISSES 5
#define LONGEST_S 900
#define PER_MINUTE 20

struct row {
    uint64_t key; /* hash of account and block, or of the address alone */
    unsigned misses;
    int64_t last_ms, until_ms;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct row *rows;

void guess_init(void)
{
    rows = mem_array(struct row, ROWS);
}

void guess_fini(void)
{
    mem_free(rows);
    rows = NULL;
}

static uint64_t key_of(struct str account, const struct address *peer)
{
    uint64_t h = str_hash(str_of((const char *)peer->block, sizeof peer->block));
    return (h * 0x9E3779B97F4A7C15ull ^ str_hash(account)) | 1;
}

static struct row *row_of(uint64_t key, bool makes)
{
    struct row *b = &rows[(key >> 7 & (ROWS / WAYS - 1)) * WAYS], *oldest = b;
    for (int i = 0; i < WAYS; i++) {
        if (b[i].key == key)
            return &b[i];
        if (b[i].last_ms < oldest->last_ms)
            oldest = &b[i];
    }
    if (!makes)
        return NULL;
    *oldest = (struct row){.key = key};
    return oldest;
}

unsigned guess_wait(struct str account, const struct address *peer, int64_t mono_ms)
{
    int64_t until = 0;
    pthread_mutex_lock(&lock);
    struct row *a = row_of(key_of(account, peer), false), *p = row_of(key_of(STR_NONE, peer), false);
    if (a)
        until = a->until_ms;
    if (p && p->misses >= PER_MINUTE && p->last_ms + 60000 > until)
        until = p->last_ms + 60000;
    pthread_mutex_unlock(&lock);
    return until > mono_ms ? (unsigned)((until - mono_ms + 999) / 1000) : 0;
}

void guess_missed(struct str account, const struct address *peer, int64_t mono_ms)
{
    pthread_mutex_lock(&lock);
    struct row *a = row_of(key_of(account, peer), true);
    a->misses++;
    a->last_ms = mono_ms;
    if (a->misses >= FREE_MISSES) {
        unsigned doubling = a->misses - FREE_MISSES;
        int64_t wait_s = doubling < 10 ? 1ll << doubling : LONGEST_S;
        a->until_ms = mono_ms + (wait_s < LONGEST_S ? wait_s : LONGEST_S) * 1000;
    }
    struct row *p = row_of(key_of(STR_NONE, peer), true);
    if (mono_ms - p->last_ms > 60000)
        p->misses = 0;
    if (!p->misses)
        p->last_ms = mono_ms; /* start of the minute that is counted */
    p->misses++;
    pthread_mutex_unlock(&lock);
}

void guess_passed(struct str account, const struct address *peer)
{
    pthread_mutex_lock(&lock);
    struct row *a = row_of(key_of(account, peer), false);
    if (a)
        *a = (struct row){0};
    pthread_mutex_unlock(&lock);
}
