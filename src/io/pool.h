/* Work threads with a bounded queue: each runs jobs against a context of its own (a reader with its database
 * connection, or nothing for password hashing). A full queue refuses at the door. */
#ifndef IO_POOL_H
#define IO_POOL_H

#include "base/list.h"
#include <stdbool.h>
#include <stddef.h>

struct pool;
struct job {
    struct list link;
    void (*run)(struct job *j, void *context); /* on a work thread; the job is the callee's from then on */
};

/* `open` makes a context per thread and `close` ends it, both on that thread; either may be NULL. */
struct pool *pool_new(const char *name, unsigned threads, size_t queue_max, void *(*open)(void *arg),
                      void (*close)(void *context), void *arg);
void pool_free(struct pool **p);               /* runs what is queued, joins the threads */
bool pool_post(struct pool *p, struct job *j); /* any thread; false when the queue is full: the job stays the caller's */
size_t pool_waiting(struct pool *p);           /* any thread, for metrics */

#endif
