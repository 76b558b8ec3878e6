#include "kit.h"

#include "store/lead.h"

int main(void)
{
    struct kit k;
    kit_open(&k);
    struct lead_command c;
    uint64_t id[3];
    static const char *const TEXTS[] = {"{\"message\":\"bir\"}", "{\"message\":\"iki\"}", "{\"message\":\"üç\"}"};
    for (size_t i = 0; i < 3; i++) {
        lead_command_init(&c);
        c.json = str_from(TEXTS[i]);
        c.address = S("198.51.100.4");
        ok_int(writer_run(k.writer, &c.command), OK, "a lead is kept");
        id[i] = c.out_id;
    }
    ok(id[0] != id[1] && id[1] != id[2], "each under a number of its own");
    lead_command_init(&c);
    c.close_id = id[1];
    ok_int(writer_run(k.writer, &c.command), OK, "one is closed");
    lead_command_init(&c);
    c.close_id = 4711;
    ok_int(writer_run(k.writer, &c.command), ERR_NONE, "an unknown one is not");
    static char much[20000];
    memset(much, 'x', sizeof much);
    lead_command_init(&c);
    c.json = str_of(much, sizeof much);
    ok_int(writer_run(k.writer, &c.command), ERR_LIMIT, "too long a message is refused");

    struct arena *a = arena_new(1024);
    struct lead *list, one;
    ok_int(lead_list(k.reader, a, &list), 3, "three are listed");
    ok(list[0].id == id[2] && list[1].id == id[0] && list[2].id == id[1], "open ones first, the newest first");
    ok_str(list[0].json, TEXTS[2], "with what was written");
    ok(lead_get(k.reader, a, id[1], &one) && one.closed_ms > 0, "one by its number, closed");
    ok(!lead_get(k.reader, a, 4711, &one), "an unknown one is absent");
    arena_free(&a);
    kit_close(&k);
    return tap_end();
}
