#include "io/pool.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

#include <pthread.h>

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct list queue;
    size_t waiting, queue_max;
    bool is_ending;
    char name[16];
    void *(*open)(void *arg);
    void (*close)(void *context);
    void *arg;
    unsigned threads;
    pthread_t thread[];
};

/* Next job, or NULL when the pool ends and nothing is left. */
static struct job *pool_next(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    while (list_is_empty(&p->queue) && !p->is_ending)
        pthread_cond_wait(&p->wake, &p->lock);
    struct list *l = list_pop(&p->queue);
    if (l)
        p->waiting--;
    pthread_mutex_unlock(&p->lock);
    return l ? list_of(l, struct job, link) : NULL;
}

static void *pool_thread(void *arg)
{
    struct pool *p = arg;
    void *context = p->open ? p->open(p->arg) : NULL;
    struct job *j;
    while ((j = pool_next(p)))
        j->run(j, context);
    if (p->close)
        p->close(context);
    return NULL;
}

struct pool *pool_new(const char *name, unsigned threads, size_t queue_max, void *(*open)(void *arg),
                      void (*close)(void *context), void *arg)
{
    must(threads > 0 && queue_max > 0);
    struct pool *p = mem_zero(sizeof *p + threads * sizeof p->thread[0]);
    must(pthread_mutex_init(&p->lock, NULL) == 0 && pthread_cond_init(&p->wake, NULL) == 0);
    list_init(&p->queue);
    p->queue_max = queue_max;
    p->open = open;
    p->close = close;
    p->arg = arg;
    p->threads = threads;
    (void)str_copy(str_from(name), p->name,
                   sizeof p->name); /* the kernel takes 15 letters, a cut name is still a name */
    for (unsigned i = 0; i < threads; i++) {
        must(pthread_create(&p->thread[i], NULL, pool_thread, p) == 0);
        pthread_setname_np(p->thread[i], p->name);
    }
    return p;
}

void pool_free(struct pool **pp)
{
    struct pool *p = *pp;
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->is_ending = true;
    pthread_mutex_unlock(&p->lock);
    pthread_cond_broadcast(&p->wake);
    for (unsigned i = 0; i < p->threads; i++)
        must(pthread_join(p->thread[i], NULL) == 0);
    must(list_is_empty(&p->queue));
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    mem_free(p);
    *pp = NULL;
}

bool pool_post(struct pool *p, struct job *j)
{
    must(j->run);
    pthread_mutex_lock(&p->lock);
    bool is_taken = p->waiting < p->queue_max && !p->is_ending;
    if (is_taken) {
        list_init(&j->link);
        list_add_tail(&p->queue, &j->link);
        p->waiting++;
    }
    pthread_mutex_unlock(&p->lock);
    if (is_taken)
        pthread_cond_signal(&p->wake);
    return is_taken;
}

size_t pool_waiting(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    size_t n = p->waiting;
    pthread_mutex_unlock(&p->lock);
    return n;
}
