#include "kit.h"

#include "store/ledger.h"

#define MANY 40

static uint64_t story;

static enum err take(struct kit *k, uint32_t org, uint32_t limit, uint32_t *used)
{
    struct fetch_command c;
    fetch_command_init(&c);
    c.n = story;
    c.version = 1;
    c.format = "newsml29";
    c.is_counted = true;
    c.org = org;
    c.limit = limit;
    enum err e = writer_run(k->writer, &c.command);
    *used = c.out_used;
    return e;
}

static void count_done(struct command *c)
{
    (void)c;
}

int main(void)
{
    struct kit k;
    kit_open(&k);
    uint32_t used;
    clock_fake(1773480065000); /* 2026-03-14T09:21:05Z */
    story = kit_put(&k, &(struct kit_story){.headline = "Liman açıldı", .body = "<p>x</p>"});
    ok(take(&k, 1, 3, &used) == OK && used == 1, "the first");
    ok(take(&k, 1, 3, &used) == OK && used == 2, "the second");
    ok(take(&k, 2, 3, &used) == OK && used == 1, "another organisation counts for itself");
    ok(take(&k, 1, 3, &used) == OK && used == 3, "the last");
    ok(take(&k, 1, 3, &used) == ERR_QUOTA && used == 3, "no more");
    ok(take(&k, 1, 0, &used) == OK && used == 4, "without a limit it only counts");
    clock_fake(1773480065000 + 11 * 3600 * 1000); /* 23:21 in Istanbul */
    ok(take(&k, 1, 3, &used) == ERR_QUOTA, "the same day of the agency");
    clock_fake(1773480065000 + 12 * 3600 * 1000); /* 00:21 */
    ok(take(&k, 1, 3, &used) == OK && used == 1, "a new day of the agency");

    /* All at once: they are counted in one group, and no two get the same place. */
    static struct fetch_command c[MANY];
    for (size_t i = 0; i < MANY; i++) {
        fetch_command_init(&c[i]);
        c[i].n = story;
        c[i].version = 1;
        c[i].format = "newsml29";
        c[i].is_counted = true;
        c[i].org = 9;
        c[i].limit = 25;
        c[i].command.done = count_done;
        must(writer_post(k.writer, &c[i].command));
    }
    (void)take(&k, 8, 0, &used); /* comes back after all of them */
    unsigned given = 0;
    bool is_own[MANY + 1] = {false}, is_good = true;
    for (size_t i = 0; i < MANY; i++) {
        given += c[i].command.result == OK;
        if (c[i].command.result == OK) {
            is_good = is_good && c[i].out_used <= 25 && !is_own[c[i].out_used];
            is_own[c[i].out_used] = true;
        }
    }
    ok_int(given, 25, "of 40 at once 25 are given");
    ok(is_good, "each its own");
    clock_fake(-1);
    kit_close(&k);
    return tap_end();
}
