#include "io/mailbox.h"

#include "../tap.h"
#include "base/mem.h"

#include <poll.h>
#include <pthread.h>

#define POSTERS 4
#define EACH 20000

struct letter {
    struct message message;
    unsigned from, number;
};

static unsigned next_of[POSTERS], wrong, arrived;

static void arrive(struct message *m)
{
    struct letter *l = list_of(m, struct letter, message);
    wrong += l->number != next_of[l->from]++;
    arrived++;
    mem_free(l);
}

struct poster {
    struct mailbox *box;
    unsigned number;
};

static void *post_many(void *arg)
{
    const struct poster *p = arg;
    for (unsigned i = 0; i < EACH; i++) {
        struct letter *l = mem_new(struct letter);
        *l = (struct letter){.message.deliver = arrive, .from = p->number, .number = i};
        mailbox_post(p->box, &l->message);
    }
    return NULL;
}

static bool is_readable(struct mailbox *b)
{
    struct pollfd p = {.fd = mailbox_fd(b), .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static struct mailbox *again_box;
static unsigned again_left;
static void arrive_again(struct message *m)
{
    if (again_left-- > 0)
        mailbox_post(again_box, m);
}

static void test_threads(void)
{
    struct mailbox *b = mailbox_new();
    pthread_t t[POSTERS];
    struct poster p[POSTERS];
    for (unsigned i = 0; i < POSTERS; i++) {
        p[i] = (struct poster){b, i};
        pthread_create(&t[i], NULL, post_many, &p[i]);
    }
    bool slept_on_letters = false;
    while (arrived < POSTERS * EACH) {
        struct pollfd w = {.fd = mailbox_fd(b), .events = POLLIN};
        slept_on_letters |= poll(&w, 1, 5000) != 1;
        mailbox_deliver(b);
    }
    for (unsigned i = 0; i < POSTERS; i++)
        pthread_join(t[i], NULL);
    ok(!slept_on_letters, "a post always rings");
    ok_int(arrived, POSTERS * EACH, "every letter arrives");
    ok_int(wrong, 0, "letters of one thread arrive in their order");
    mailbox_deliver(b);
    mailbox_free(&b);
    ok(b == NULL, "free sets NULL");
}

int main(void)
{
    struct mailbox *b = mailbox_new();
    ok(!is_readable(b), "an empty box is silent");
    struct letter *l = mem_new(struct letter);
    *l = (struct letter){.message.deliver = arrive, .from = 0, .number = 0};
    mailbox_post(b, &l->message);
    ok(is_readable(b), "a letter rings");
    mailbox_deliver(b);
    ok_int(arrived, 1, "it is delivered");
    ok(!is_readable(b), "and the box is silent again");
    arrived = next_of[0] = 0;

    struct message m = {.deliver = arrive_again};
    again_box = b;
    again_left = 3;
    mailbox_post(b, &m);
    mailbox_deliver(b);
    ok_int(again_left, 2, "a letter posted while delivering waits for the next round");
    ok(is_readable(b), "and rings for it");
    while (is_readable(b))
        mailbox_deliver(b);
    mailbox_free(&b);
    mailbox_free(&b);
    test_threads();
    return tap_end();
}
