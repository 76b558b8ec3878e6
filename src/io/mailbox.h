/* Typed messages between threads: a mutex, a list and an eventfd. A message is embedded at any place in its owner and
 * gives its payload away with the post: the poster may not touch it afterwards. Leaf lock. */
#ifndef IO_MAILBOX_H
#define IO_MAILBOX_H

#include "base/err.h"
#include "base/list.h"
#include <stdint.h>

struct message {
    struct list link;
    void (*deliver)(struct message *m); /* runs on the receiver's thread */
};

struct mailbox;

struct mailbox *mailbox_new(void);
void mailbox_free(struct mailbox **b); /* must be empty, and no thread may still be posting */
void mailbox_post(struct mailbox *b, struct message *m); /* any thread; never blocks, never fails */
int mailbox_fd(const struct mailbox *b);                 /* readable when something waits */
void mailbox_deliver(struct mailbox *b);                 /* receiver: delivers all that wait now */

#endif
