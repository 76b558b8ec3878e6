#include "view/auth_guess.h"

#include "base/id.h"
#include "base/mem.h"
#include "base/text.h"

#include <pthread.h>

#define ROWS 32768 /* power of two; a full bucket forgets its oldest row */
#define WAYS 8
#define FREE_MISSES 5
#define LONGEST_S 900
#define PER_MINUTE 20

struct row {
    uint64_t key; /* keyed hash of account and block, or of the address alone */
    unsigned misses;
    int64_t last_ms, until_ms;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct row *rows;
static uint8_t secret[ID_HASH]; /* else names could be chosen that push a row, and its misses, out of its bucket */

void guess_init(void)
{
    rows = mem_array(struct row, ROWS);
    id_random(secret, sizeof secret);
}

void guess_fini(void)
{
    mem_free(rows);
    rows = NULL;
}

#define NAME_BYTES 256 /* longer than any name there is */

/* Names as the table of users knows them (NFC, ASCII lower case): no spelling of one may bring free misses of its own.
 * account STR_NONE: the address alone. */
static uint64_t key_of(struct str account, const struct address *peer)
{
    struct buf b = BUF_INIT(4 * NAME_BYTES);
    uint8_t hash[ID_HASH];
    uint64_t key;
    buf_add(&b, str_of((const char *)peer->block, sizeof peer->block));
    if (account.p) {
        buf_addc(&b, ':');
        size_t from = b.n;
        text_nfc(str_sub(account, 0, NAME_BYTES), &b);
        for (size_t i = from; i < b.n; i++)
            b.p[i] = b.p[i] >= 'A' && b.p[i] <= 'Z' ? (char)(b.p[i] + 32) : b.p[i];
    }
    id_keyed(secret, buf_str(&b), hash);
    buf_fini(&b);
    memcpy(&key, hash, sizeof key);
    return key | 1;
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
    uint64_t own = key_of(account, peer), all = key_of(STR_NONE, peer);
    pthread_mutex_lock(&lock);
    struct row *a = row_of(own, false), *p = row_of(all, false);
    if (a)
        until = a->until_ms;
    if (p && p->misses >= PER_MINUTE && p->last_ms + 60000 > until)
        until = p->last_ms + 60000;
    pthread_mutex_unlock(&lock);
    return until > mono_ms ? (unsigned)((until - mono_ms + 999) / 1000) : 0;
}

void guess_missed(struct str account, const struct address *peer, int64_t mono_ms)
{
    uint64_t own = key_of(account, peer), all = key_of(STR_NONE, peer);
    pthread_mutex_lock(&lock);
    struct row *a = row_of(own, true);
    a->misses++;
    a->last_ms = mono_ms;
    if (a->misses >= FREE_MISSES) {
        unsigned doubling = a->misses - FREE_MISSES;
        int64_t wait_s = doubling < 10 ? 1ll << doubling : LONGEST_S;
        a->until_ms = mono_ms + (wait_s < LONGEST_S ? wait_s : LONGEST_S) * 1000;
    }
    struct row *p = row_of(all, true);
    if (mono_ms - p->last_ms > 60000)
        p->misses = 0;
    if (!p->misses)
        p->last_ms = mono_ms; /* start of the minute that is counted */
    p->misses++;
    pthread_mutex_unlock(&lock);
}

void guess_passed(struct str account, const struct address *peer)
{
    uint64_t own = key_of(account, peer);
    pthread_mutex_lock(&lock);
    struct row *a = row_of(own, false);
    if (a)
        *a = (struct row){0};
    pthread_mutex_unlock(&lock);
}
