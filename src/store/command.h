/* Something for the store thread to do in a transaction. Embedded in its owner; the writer has it from post until done. */
#ifndef STORE_COMMAND_H
#define STORE_COMMAND_H

#include "base/err.h"
#include "base/list.h"

struct writer;

struct command {
    struct list link;
    enum err (*apply)(struct writer *w, struct command *c); /* store thread, inside a savepoint */
    /* Store thread, after the commit and before the tape shows the records: memory that readers of the tape look at
     * (people) is changed here. NULL for most; not called for a refused command. */
    void (*committed)(struct command *c);
    void (*done)(struct command *c);                        /* store thread, after commit or refusal */
    enum err result;
    struct why why;
};

/* Any thread. False when the queue is full or the writer has stopped: the command stays the caller's. */
bool writer_post(struct writer *w, struct command *c);

#endif
