#include "http/peers.h"

#include "../tap.h"
#include "base/id.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static struct address at(uint64_t n)
{
    struct address a = {0};
    memcpy(a.block, &n, sizeof a.block);
    return a;
}

static atomic_int over;
static void *come_and_go(void *arg)
{
    struct address a = at(7);
    for (int i = 0; i < 5000; i++) {
        if (!peers_enter(&a, 2))
            continue;
        atomic_fetch_add(&over, peers_count(&a) > 2);
        peers_leave(&a);
    }
    return NULL;
}

/* A plain array tells what the table must say, through many comings and goings. */
static void test_many(void)
{
    enum { N = 700 };
    static unsigned want[N];
    unsigned seed = 1, wrong = 0;
    for (int i = 0; i < 60000; i++) {
        unsigned n = (unsigned)rand_r(&seed) % N;
        struct address a = at(n * UINT64_C(65536));
        bool comes = want[n] == 0 || rand_r(&seed) % 2;
        if (comes && peers_enter(&a, 3))
            want[n]++;
        else if (comes)
            wrong += want[n] != 3;
        else {
            peers_leave(&a);
            want[n]--;
        }
        wrong += peers_count(&a) != want[n];
    }
    for (unsigned n = 0; n < N; n++) {
        struct address a = at(n * UINT64_C(65536));
        wrong += peers_count(&a) != want[n];
        while (want[n]--)
            peers_leave(&a);
        wrong += peers_count(&a) != 0;
    }
    ok_int(wrong, 0, "counts are right after 60,000 comings and goings");
}

int main(void)
{
    id_init();
    struct address a = at(1), b = at(2);
    ok(peers_enter(&a, 2) && peers_enter(&a, 2) && !peers_enter(&a, 2), "two of one address, not three");
    ok(peers_enter(&b, 2), "another address has its own count");
    ok_int(peers_count(&a), 2, "count");
    peers_leave(&a);
    ok(peers_enter(&a, 2), "who leaves makes room");
    ok(peers_enter(&a, 0), "no limit");
    for (int i = 0; i < 3; i++)
        peers_leave(&a);
    peers_leave(&b);
    ok_int(peers_count(&a), 0, "all gone");
    test_many();
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, come_and_go, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    ok_int(atomic_load(&over), 0, "never over the limit between threads");
    return tap_end();
}
