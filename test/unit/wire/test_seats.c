#include "tap.h"
#include "wire/seats.h"

#include <pthread.h>

static void *churn(void *arg)
{
    uint32_t base = *(uint32_t *)arg;
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t user = base + i % 97;
        if (seats_take(user, 0, 7, 0, NULL) == OK)
            seats_leave(user, 7);
    }
    return NULL;
}

int main(void)
{
    struct why why;
    ok(seats_take(1, 2, 0, 0, &why) == OK, "the first seat of a user");
    ok(seats_take(1, 2, 0, 0, &why) == OK, "the second");
    ok(seats_take(1, 2, 0, 0, &why) == ERR_RATE, "the third is over the limit");
    ok(why.text[0], "and says so");
    ok(seats_take(2, 2, 0, 0, &why) == OK, "another user has seats of its own");
    seats_leave(1, 0);
    ok(seats_take(1, 2, 0, 0, &why) == OK, "a seat given back can be taken");
    ok_int(seats_of_user(1), 2, "two are taken");

    ok(seats_take(10, 0, 5, 2, &why) == OK && seats_take(11, 0, 5, 2, &why) == OK, "two lines of an organisation");
    ok(seats_take(12, 0, 5, 2, &why) == ERR_RATE, "whoever comes third");
    ok_int(seats_of_user(12), 0, "a refusal takes nothing from the user");
    ok_int(seats_of_org(5), 2, "nor from the organisation");
    ok(seats_take(12, 0, 6, 2, &why) == OK, "another organisation is not touched");
    ok_int(seats_of_user(6), 0, "users and organisations are counted apart");

    seats_limit(6);
    ok(seats_take(20, 0, 0, 0, &why) == ERR_BUSY, "the server's own limit counts all");
    seats_leave(12, 6);
    ok(seats_take(20, 0, 0, 0, &why) == OK, "and frees with each that leaves");
    seats_limit(0);

    uint32_t from[4] = {1000, 1050, 2000, 3000};
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, churn, &from[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    ok_int(seats_of_org(7), 0, "four threads leave nothing behind");
    return tap_end();
}
