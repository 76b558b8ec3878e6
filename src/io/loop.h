/* One thread's event loop over epoll: descriptors, timers, a mailbox, run and stop. <sys/epoll.h> is known here only.
 *
 * All functions are for the loop's own thread unless said otherwise. A watch or timer is owned by whoever embeds it and
 * must be removed before its memory goes. Callbacks may remove any watch or timer, their own included; events of the
 * same batch for a removed watch are not delivered. */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include "base/list.h"
#include "io/mailbox.h"

struct loop;

#define LOOP_IN 1u
#define LOOP_OUT 2u
#define LOOP_HUP 4u /* error or hang-up; always reported */
#define LOOP_END 8u /* the peer has sent its last byte; told although earlier bytes are unread */

struct watch {
    int fd;
    unsigned events; /* what is asked for; 0 = only LOOP_HUP */
    void (*ready)(struct watch *w, unsigned events);
};

struct timer {
    struct list link;
    int64_t at_ms; /* monotonic */
    void (*fire)(struct timer *t);
};

struct loop *loop_new(void);
void loop_free(struct loop **l); /* not running; delivers what still lies in the mailbox */
void loop_run(struct loop *l);  /* until loop_stop */
void loop_stop(struct loop *l); /* from any thread */
bool loop_is_here(const struct loop *l); /* caller runs on this loop's thread, or nobody runs it (start and end) */
#define loop_assert(l) must(loop_is_here(l))
struct mailbox *loop_mailbox(struct loop *l); /* any thread */
int64_t loop_now_ms(const struct loop *l);    /* monotonic, of this turn of the loop */

enum err loop_add(struct loop *l, struct watch *w) MUST_USE; /* ERR_IO when the kernel refuses */
void loop_change(struct loop *l, struct watch *w, unsigned events);
void loop_remove(struct loop *l, struct watch *w); /* does not close the descriptor */

void timer_init(struct timer *t, void (*fire)(struct timer *t));
void loop_timer(struct loop *l, struct timer *t, int64_t after_ms); /* sets or moves; coarse: 16 ms wheel steps */
void loop_timer_off(struct loop *l, struct timer *t);               /* harmless when not set */
bool loop_timer_is_set(const struct timer *t);
/* Calls fn(arg) once per turn after events are handled (fan-out, flushing); at most eight. */
void loop_each_turn(struct loop *l, void (*fn)(void *arg), void *arg);
/* Makes the next turn come at once (a slice of work is left over). */
void loop_again(struct loop *l);

#endif
