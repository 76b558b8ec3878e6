#include "tap.h"
#include "wire/line.h"

int main(void)
{
    struct live v = {0};
    struct span_poll p = {.org = 1, .user = 1, .format = "ninjs", .from = 1, .to = 2};
    span_polled(&v, &p);
    span_polled(&v, &p);
    ok_int(span_pollers(), 1, "who polls again is the same reader");
    p.from = 2;
    span_polled(&v, &p);
    ok_int(span_pollers(), 1, "nothing is kept of an answer that held nothing");
    p.from = 1;
    for (p.token = 1; p.token <= 70000; p.token++)
        span_polled(&v, &p);
    ok_int(span_pollers(), 65536, "however many there are, what is kept of them has a limit");
    p.token = 1;
    span_polled(&v, &p);
    ok_int(span_pollers(), 65536, "who is known stays so");
    return tap_end();
}
