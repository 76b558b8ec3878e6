#include "io/mailbox.h"

#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mailbox {
    pthread_mutex_t lock;
    struct list waiting;
    int fd;
};

struct mailbox *mailbox_new(void)
{
    struct mailbox *b = mem_new(struct mailbox);
    must(pthread_mutex_init(&b->lock, NULL) == 0);
    list_init(&b->waiting);
    b->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    must(b->fd >= 0);
    return b;
}

void mailbox_free(struct mailbox **b)
{
    if (!*b)
        return;
    must(list_is_empty(&(*b)->waiting));
    close((*b)->fd);
    pthread_mutex_destroy(&(*b)->lock);
    mem_free(*b);
    *b = NULL;
}

void mailbox_post(struct mailbox *b, struct message *m)
{
    must(m->deliver);
    pthread_mutex_lock(&b->lock);
    bool was_empty = list_is_empty(&b->waiting);
    list_init(&m->link);
    list_add_tail(&b->waiting, &m->link);
    pthread_mutex_unlock(&b->lock);
    /* One wake-up serves all that gathers until the receiver takes the list, so a busy receiver costs no system call.
     * A counter that is full (EAGAIN) is readable all the same. */
    uint64_t one = 1;
    if (was_empty)
        must(write(b->fd, &one, sizeof one) == sizeof one || errno == EAGAIN);
}

int mailbox_fd(const struct mailbox *b)
{
    return b->fd;
}

void mailbox_deliver(struct mailbox *b)
{
    /* The counter is emptied before the list is taken: a post between the two rings again, at worst for nothing. The
     * other way round it could be lost. */
    uint64_t rung;
    must(read(b->fd, &rung, sizeof rung) == sizeof rung || errno == EAGAIN);
    struct list now;
    list_init(&now);
    pthread_mutex_lock(&b->lock);
    list_move_all(&b->waiting, &now);
    pthread_mutex_unlock(&b->lock);
    struct list *l;
    while ((l = list_pop(&now))) {
        struct message *m = list_of(l, struct message, link);
        m->deliver(m);
    }
}
