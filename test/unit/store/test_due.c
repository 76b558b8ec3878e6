/* Whether the clock may be believed: steps, drift, return, a steady minute, a second step. */
#include "store/due.h"

#include "../tap.h"

#define NOON 1700000000000

static enum due_verdict at(struct due_clock *c, int64_t mono_s, int64_t extra_ms)
{
    return due_clock_look(c, NOON + mono_s * 1000 + extra_ms, mono_s * 1000);
}

int main(void)
{
    struct due_clock c = {0};
    ok_int(at(&c, 0, 0), DUE_STEADY, "the first look is believed");
    ok_int(at(&c, 1, 5000), DUE_STEADY, "five seconds are no jump");
    bool is_steady = true;
    for (int64_t s = 2; s < 400; s++)
        is_steady &= at(&c, s, 5000 + s * 100) == DUE_STEADY;
    ok(is_steady, "slow drift is followed");

    c = (struct due_clock){0};
    ok_int(at(&c, 0, 0), DUE_STEADY, "calm");
    ok_int(at(&c, 1, 86400000), DUE_JUMPED, "a day forward is a jump");
    ok(c.is_holding, "and holds");
    ok_int(at(&c, 2, 86400000), DUE_HOLDING, "told once");
    ok_int(at(&c, 30, 0), DUE_AGREES, "back where it was: believed");
    ok(!c.is_holding, "and goes on");

    ok_int(at(&c, 31, -86400000), DUE_JUMPED, "a day back is a jump");
    ok_int(at(&c, 60, -86400000), DUE_HOLDING, "29 s later still held");
    ok_int(at(&c, 90, -86400000), DUE_HOLDING, "59 s later still held");
    ok_int(at(&c, 91, -86400000), DUE_ACCEPTED, "a steady minute: accepted");
    ok_int(at(&c, 92, -86400000), DUE_STEADY, "and is the trusted one from then on");

    ok_int(at(&c, 93, 0), DUE_JUMPED, "a jump");
    ok_int(at(&c, 140, 50000), DUE_HOLDING, "and another one meanwhile");
    ok_int(at(&c, 199, 50000), DUE_HOLDING, "starts the minute anew");
    ok_int(at(&c, 200, 50000), DUE_ACCEPTED, "until it is over");

    ok_int(at(&c, 201, 200000), DUE_JUMPED, "a jump");
    bool is_held = true;
    for (int64_t s = 202; s < 261; s++)
        is_held &= at(&c, s, 200000 - (s - 201) * 1000) == DUE_HOLDING;
    ok(is_held, "a clock that stands still is steady in its way");
    ok_int(at(&c, 261, 140000), DUE_ACCEPTED, "and accepted after the minute");

    struct due d;
    due_init(&d);
    d.first_due_ms = 500;
    due_expect(&d, 700);
    ok_int(d.first_due_ms, 500, "a later time changes nothing");
    due_expect(&d, 300);
    ok_int(d.first_due_ms, 300, "an earlier one does");
    ok(due_is_past(&d, 1), "1970 is past");
    ok(!due_is_past(&d, INT64_MAX), "the end of time is not");
    return tap_end();
}
