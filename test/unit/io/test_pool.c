#include "io/pool.h"

#include "../tap.h"
#include "base/err.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_int opened, closed, ran, without_context;
static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;

static void *open_context(void *arg)
{
    atomic_fetch_add(&opened, 1);
    return arg;
}
static void close_context(void *context)
{
    atomic_fetch_add(&closed, context != NULL);
}
static void work(struct job *j, void *context)
{
    atomic_fetch_add(&ran, 1);
    atomic_fetch_add(&without_context, context == NULL);
    mem_free(j);
}
static atomic_int is_inside;
static void stand_at_door(struct job *j, void *context)
{
    atomic_store(&is_inside, 1);
    pthread_mutex_lock(&door);
    pthread_mutex_unlock(&door);
    work(j, context);
}

static struct job *make(void (*run)(struct job *, void *))
{
    struct job *j = mem_new(struct job);
    j->run = run;
    return j;
}

static void test_full(void)
{
    struct pool *p = pool_new("a name longer than fifteen", 1, 2, NULL, NULL, NULL);
    atomic_store(&ran, 0);
    pthread_mutex_lock(&door);
    ok(pool_post(p, make(stand_at_door)), "the first job is taken");
    while (!atomic_load(&is_inside))
        usleep(100);
    ok(pool_post(p, make(work)) && pool_post(p, make(work)), "two more wait");
    ok_int(pool_waiting(p), 2, "and are counted");
    struct job *fourth = make(work);
    ok(!pool_post(p, fourth), "a full queue refuses");
    mem_free(fourth);
    pthread_mutex_unlock(&door);
    pool_free(&p);
    ok(p == NULL, "free sets NULL");
    ok_int(atomic_load(&ran), 3, "what was queued has run before the end");
    pool_free(&p);
}

int main(void)
{
    int arg;
    struct pool *p = pool_new("work", 3, 100000, open_context, close_context, &arg);
    unsigned taken = 0;
    for (int i = 0; i < 20000; i++)
        taken += pool_post(p, make(work));
    pool_free(&p);
    ok_int(taken, 20000, "all taken");
    ok_int(atomic_load(&ran), 20000, "all run");
    ok_int(atomic_load(&without_context), 0, "each with a context");
    ok_int(atomic_load(&opened), 3, "one context per thread");
    ok_int(atomic_load(&closed), 3, "each closed");
    test_full();
    return tap_end();
}
