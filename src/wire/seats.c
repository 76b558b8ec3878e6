#include "wire/seats.h"

#include "base/mem.h"

#include <pthread.h>

/* Open addressing by key; rows are never removed, only their count goes to 0: there are as many as accounts. */
struct row {
    uint64_t key;
    unsigned used;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct row *rows;
static size_t room, filled;
static unsigned most_in_all, in_all;

void seats_limit(unsigned most)
{
    most_in_all = most;
}

static uint64_t key_of(uint32_t id, bool is_org)
{
    return ((uint64_t)id << 2) | (is_org ? 3 : 1); /* never 0 */
}

static struct row *slot(struct row *in, size_t size, uint64_t key)
{
    size_t i = (size_t)(key * 0x9E3779B97F4A7C15ull >> 20) & (size - 1);
    while (in[i].key && in[i].key != key)
        i = (i + 1) & (size - 1);
    return &in[i];
}

static void grow(void)
{
    size_t bigger = room ? room * 2 : 64;
    struct row *fresh = mem_array(struct row, bigger);
    for (size_t i = 0; i < room; i++)
        if (rows[i].key)
            *slot(fresh, bigger, rows[i].key) = rows[i];
    mem_free(rows);
    rows = fresh;
    room = bigger;
}

/* Room for two new rows, so that pointers to rows taken afterwards stay good. */
static void make_room(void)
{
    if ((filled + 2) * 2 >= room)
        grow();
}

static struct row *row_of(uint32_t id, bool is_org)
{
    struct row *r = slot(rows, room, key_of(id, is_org));
    if (!r->key) {
        r->key = key_of(id, is_org);
        filled++;
    }
    return r;
}

enum err seats_take(uint32_t user, unsigned user_max, uint32_t org, unsigned org_max, struct why *why)
{
    enum err e = OK;
    pthread_mutex_lock(&lock);
    make_room();
    struct row *u = row_of(user, false);
    struct row *o = org ? row_of(org, true) : NULL;
    if (most_in_all && in_all >= most_in_all) {
        e = err_why(why, ERR_BUSY, "", "all %u streams that this server can hold are open", most_in_all);
    } else if (user_max && u->used >= user_max) {
        e = err_why(why, ERR_RATE, "", "this account already has %u streams open; close one first", u->used);
    } else if (o && org_max && o->used >= org_max) {
        e = err_why(why, ERR_RATE, "", "the organisation's %u lines are all in use", o->used);
    } else {
        u->used++;
        in_all++;
        if (o)
            o->used++;
    }
    pthread_mutex_unlock(&lock);
    return e;
}

void seats_leave(uint32_t user, uint32_t org)
{
    pthread_mutex_lock(&lock);
    make_room();
    struct row *u = row_of(user, false);
    must(u->used > 0);
    u->used--;
    in_all--;
    if (org) {
        struct row *o = row_of(org, true);
        must(o->used > 0);
        o->used--;
    }
    pthread_mutex_unlock(&lock);
}

static unsigned used(uint32_t id, bool is_org)
{
    pthread_mutex_lock(&lock);
    unsigned n = room ? slot(rows, room, key_of(id, is_org))->used : 0;
    pthread_mutex_unlock(&lock);
    return n;
}

unsigned seats_in_all(void)
{
    pthread_mutex_lock(&lock);
    unsigned n = in_all;
    pthread_mutex_unlock(&lock);
    return n;
}

unsigned seats_of_user(uint32_t user)
{
    return used(user, false);
}

unsigned seats_of_org(uint32_t org)
{
    return used(org, true);
}
