#include "view/auth_memory.h"

#include <pthread.h>

#define ROWS 16384 /* power of two; 10,000 used at most before the oldest of a bucket goes */
#define WAYS 4
#define LIFE_MS (5 * 60 * 1000)

struct row {
    uint8_t key[ID_HASH];
    uint32_t user, version;
    int64_t until_ms;
};
struct check {
    struct list link, waiting;
    uint8_t key[ID_HASH];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct row *rows;
static struct list checks;
static uint8_t secret[ID_HASH];

void memory_init(void)
{
    id_random(secret, sizeof secret);
    rows = mem_array(struct row, ROWS);
    list_init(&checks);
}

void memory_fini(void)
{
    mem_free(rows);
    rows = NULL;
}

void memory_key(struct str name, struct str password, const struct user *u, uint8_t out[static ID_HASH])
{
    struct buf b = BUF_INIT(4096);
    buf_printf(&b, "%u.%u:%zu:", u ? u->id : 0, u ? u->version : 0, name.n);
    buf_add(&b, name);
    buf_add(&b, password);
    id_hmac(secret, buf_str(&b), out);
    buf_fini(&b);
}

static struct row *bucket(const uint8_t key[static ID_HASH])
{
    uint32_t h;
    memcpy(&h, key, sizeof h);
    return &rows[(h & (ROWS / WAYS - 1)) * WAYS];
}

bool memory_has(const uint8_t key[static ID_HASH], const struct user *u, int64_t mono_ms)
{
    bool found = false;
    pthread_mutex_lock(&lock);
    struct row *b = bucket(key);
    for (int i = 0; i < WAYS; i++)
        if (b[i].until_ms > mono_ms && b[i].user == u->id && b[i].version == u->version &&
            id_equal(b[i].key, key, ID_HASH))
            found = true;
    pthread_mutex_unlock(&lock);
    return found;
}

void memory_put(const uint8_t key[static ID_HASH], const struct user *u, int64_t mono_ms)
{
    pthread_mutex_lock(&lock);
    struct row *b = bucket(key), *to = b;
    for (int i = 0; i < WAYS; i++) {
        if (id_equal(b[i].key, key, ID_HASH)) {
            to = &b[i];
            break;
        }
        if (b[i].until_ms < to->until_ms)
            to = &b[i];
    }
    memcpy(to->key, key, ID_HASH);
    to->user = u->id;
    to->version = u->version;
    to->until_ms = mono_ms + LIFE_MS;
    pthread_mutex_unlock(&lock);
}

static struct check *find(const uint8_t key[static ID_HASH])
{
    list_each(it, &checks) {
        struct check *c = list_of(it, struct check, link);
        if (id_equal(c->key, key, ID_HASH))
            return c;
    }
    return NULL;
}

bool memory_join(struct memory_wait *w)
{
    pthread_mutex_lock(&lock);
    struct check *c = find(w->key);
    bool is_first = !c;
    if (is_first) {
        c = mem_new(struct check);
        memcpy(c->key, w->key, ID_HASH);
        list_init(&c->waiting);
        list_add_tail(&checks, &c->link);
    } else {
        list_add_tail(&c->waiting, &w->link);
    }
    pthread_mutex_unlock(&lock);
    return is_first;
}

void memory_finish(const uint8_t key[static ID_HASH], bool is_good, struct list *out)
{
    pthread_mutex_lock(&lock);
    struct check *c = find(key);
    must(c);
    list_each(it, &c->waiting)
        list_of(it, struct memory_wait, link)->is_good = is_good;
    list_move_all(&c->waiting, out);
    list_del(&c->link);
    mem_free(c);
    pthread_mutex_unlock(&lock);
}
