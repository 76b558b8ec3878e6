#include "kit.h"

#include "store/session.c" /* its clock base is moved by hand: real time does not count */

static bool is_desk(uint32_t user, void *arg)
{
    (void)arg;
    return user < 100;
}

static struct session_info add_session(struct kit *k, struct sessions *s, uint8_t mark, uint32_t user)
{
    struct session_command c;
    session_command_init(&c, s);
    memset(c.hash, mark, sizeof c.hash);
    c.info.user = user;
    snprintf(c.info.csrf, sizeof c.info.csrf, "csrf-%u", (unsigned)mark);
    c.address = S("192.0.2.7");
    c.agent = S("test");
    must(writer_run(k->writer, &c.command) == OK);
    return c.info;
}

static struct session *peek(struct sessions *s, uint8_t mark)
{
    uint8_t hash[ID_HASH];
    memset(hash, mark, sizeof hash);
    return map_get(s->by_hash, key_of(hash));
}

static bool is_found(struct sessions *s, uint8_t mark, struct session_info *out)
{
    uint8_t hash[ID_HASH];
    memset(hash, mark, sizeof hash);
    return sessions_find(s, hash, clock_now_ms(), is_desk, NULL, out);
}

static void test_limits(struct kit *k, struct sessions *s)
{
    struct session_info info;
    add_session(k, s, 1, 7);
    add_session(k, s, 2, 700);
    ok(is_found(s, 1, &info) && info.user == 7 && strcmp(info.csrf, "csrf-1") == 0, "found, with its token");
    ok(!is_found(s, 9, &info), "an unknown one is not");
    ok(!info.needs_touch, "nothing to write yet");
    peek(s, 1)->written_mono -= MINUTE;
    ok(is_found(s, 1, &info) && info.needs_touch, "after a minute it asks to be written");
    ok(is_found(s, 1, &info) && !info.needs_touch, "once");
    peek(s, 1)->seen_mono -= 29 * MINUTE;
    peek(s, 2)->seen_mono -= 11 * HOUR;
    ok(is_found(s, 1, &info), "a desk may rest for 29 minutes");
    ok(is_found(s, 2, &info), "a subscriber for 11 hours");
    peek(s, 1)->seen_mono -= 30 * MINUTE;
    peek(s, 2)->seen_mono -= 12 * HOUR;
    ok(!is_found(s, 1, &info), "a desk not for 30 minutes");
    ok(!is_found(s, 2, &info), "a subscriber not for 12 hours");
    add_session(k, s, 3, 7);
    add_session(k, s, 4, 700);
    peek(s, 3)->created_mono -= 12 * HOUR;
    peek(s, 4)->created_mono -= 12 * HOUR;
    ok(!is_found(s, 3, &info), "a desk's day ends after 12 hours");
    ok(is_found(s, 4, &info), "a subscriber's does not");
    peek(s, 4)->created_mono -= 7 * DAY;
    ok(!is_found(s, 4, &info), "its week ends");
    add_session(k, s, 5, 7);
    clock_fake(clock_now_ms() + 2 * DAY);
    ok(is_found(s, 5, &info), "a step of the clock by two days ends nothing");
    clock_fake(-1);
}

static void test_ends(struct kit *k, struct sessions *s)
{
    struct session_info info;
    struct session_command c;
    for (uint8_t mark = 10; mark < 15; mark++)
        add_session(k, s, mark, mark < 13 ? 50 : 51);
    session_command_init(&c, s);
    memset(c.hash, 10, sizeof c.hash);
    c.is_end = true;
    ok_int(writer_run(k->writer, &c.command), OK, "one is ended");
    ok(!is_found(s, 10, &info) && is_found(s, 11, &info), "that one alone");
    session_command_init(&c, s);
    memset(c.hash, 10, sizeof c.hash);
    c.is_touch = true;
    ok_int(writer_run(k->writer, &c.command), OK, "a late touch of it");
    ok(!is_found(s, 10, &info), "does not bring it back");

    struct arena *a = arena_new(1024);
    struct session_row *rows;
    ok_int(session_list(k->reader, a, 50, &rows), 2, "a user's own are listed");
    ok_str(rows[0].address, "192.0.2.7", "with where they came from");

    session_command_init(&c, s);
    c.info.user = 50;
    c.is_end_all = true;
    ok_int(writer_run(k->writer, &c.command), OK, "all of one user are ended");
    ok(!is_found(s, 11, &info) && !is_found(s, 12, &info) && is_found(s, 13, &info) && is_found(s, 14, &info),
       "and nobody else's");
    ok_int(session_list(k->reader, a, 50, &rows), 0, "none is listed");
    arena_free(&a);

    struct sessions *again = sessions_new();
    ok_int(sessions_load(again, reader_db(k->reader)), OK, "a start reads them");
    ok(is_found(again, 13, &info) && info.user == 51 && strcmp(info.csrf, "csrf-13") == 0, "as they were");
    ok(!is_found(again, 11, &info) && !is_found(again, 10, &info), "without the ended ones");
    sessions_free(&again);
}

int main(void)
{
    struct kit k;
    kit_open(&k);
    struct sessions *s = sessions_new();
    test_limits(&k, s);
    test_ends(&k, s);
    sessions_free(&s);
    kit_close(&k);
    return tap_end();
}
