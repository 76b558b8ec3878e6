#include "http/gate.h"

#include "../tap.h"
#include "base/id.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_int passed;
static void *hammer(void *arg)
{
    for (int i = 0; i < 5000; i++)
        atomic_fetch_add(&passed, gate_pass(arg, S("one key"), 3600 * INT64_C(1000000), 10, 0, NULL));
    return NULL;
}

int main(void)
{
    id_init();
    struct gate *g = gate_new(4);
    int64_t wait = -1;
    const int64_t hour = 3600 * INT64_C(1000000);
    for (int i = 0; i < 3; i++)
        ok(gate_pass(g, S("a"), hour, 3, 0, &wait), "burst %d", i);
    ok_int(wait, -1, "no wait is told while it passes");
    ok(!gate_pass(g, S("a"), hour, 3, 0, &wait), "then it is too fast");
    ok(wait > 3590000 && wait <= 3600000, "the wait is one interval");
    ok(gate_pass(g, S("b"), hour, 1, 0, NULL), "another key has its own bucket");
    ok(gate_pass(g, S(""), hour, 1, 0, NULL) && !gate_pass(g, S(""), hour, 1, 0, NULL), "the empty key too");

    ok(gate_pass(g, S("short"), 200000, 1, 0, NULL), "one per 200 ms");
    ok(!gate_pass(g, S("short"), 200000, 1, 0, &wait) && wait > 0 && wait <= 200, "not two at once");
    ok(!gate_pass(g, S("short"), 200000, 1, 0, NULL), "a refused call does not consume, nor pass");
    usleep(205000);
    ok(gate_pass(g, S("short"), 200000, 1, 0, NULL), "after the interval again");
    usleep(120000);
    ok(gate_pass(g, S("short"), 200000, 1, 50, NULL), "half an interval early within a tolerance of 50 %%");

    char key[16];
    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "k%d", i);
        (void)gate_pass(g, str_from(key), hour, 1, 0, NULL);
    }
    ok(!gate_pass(g, S("k99"), hour, 1, 0, NULL), "the latest key is remembered");
    ok(gate_pass(g, S("k0"), hour, 1, 0, NULL), "the oldest had to go: the table is capped");
    ok(gate_pass(g, S("free"), 0, 1, 0, NULL) && gate_pass(g, S("free"), 0, 1, 0, NULL), "no interval, no limit");

    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, hammer, g);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    ok_int(atomic_load(&passed), 10, "four threads together get one burst");
    gate_free(&g);
    ok(g == NULL, "free sets NULL");
    gate_free(&g);
    return tap_end();
}
