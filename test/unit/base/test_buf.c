#include "base/buf.h"
#include "base/mem.h"
#include "../tap.h"

static void test_build(void)
{
    struct buf b = BUF_INIT(1000);
    ok_str(buf_str(&b), "", "empty at first");
    buf_puts(&b, "n=");
    buf_u64(&b, 0);
    buf_addc(&b, ' ');
    buf_u64(&b, UINT64_MAX);
    buf_printf(&b, " %s-%d", "x", -3);
    ok_str(buf_str(&b), "n=0 18446744073709551615 x--3", "pieces follow each other");
    buf_shift(&b, 4);
    ok_str(buf_str(&b), "18446744073709551615 x--3", "shifted");
    buf_shift(&b, b.n);
    ok_str(buf_str(&b), "", "shifted away");
    buf_add(&b, STR_NONE);
    buf_puts(&b, NULL);
    ok(b.n == 0 && buf_ok(&b), "nothing may be added");
    char long_text[600];
    memset(long_text, 'y', sizeof long_text);
    buf_printf(&b, "%.*s!", (int)sizeof long_text, long_text);
    ok(b.n == 601 && b.p[600] == '!', "a long format");
    buf_fini(&b);
    ok(b.p == NULL && b.max == 1000, "the cap outlives the bytes");
}

static void test_cap(void)
{
    struct buf b;
    buf_init(&b, 10);
    buf_puts(&b, "0123456789");
    ok(buf_ok(&b) && b.n == 10 && b.cap == 10, "up to the cap");
    buf_addc(&b, 'x');
    ok(!buf_ok(&b) && b.n == 10, "not beyond");
    buf_shift(&b, 5);
    buf_addc(&b, 'x');
    ok_str(buf_str(&b), "56789", "once refused, nothing more is added: no text with a hole");
    buf_reset(&b);
    buf_puts(&b, "ab");
    ok(buf_ok(&b) && b.n == 2, "reset forgives");
    buf_printf(&b, "%s", "123456789");
    ok(!buf_ok(&b) && b.n == 2, "a format that does not fit is left out whole");
    buf_reset(&b);
    buf_printf(&b, "%s", "1234567890");
    ok(buf_ok(&b), "a format that fits just");
    ok(buf_room(&b, SIZE_MAX) == NULL, "no room for everything");
    buf_fini(&b);
    struct buf none = BUF_INIT(0);
    buf_add(&none, STR_NONE);
    ok(buf_ok(&none), "a cap of nothing takes nothing");
    buf_addc(&none, 'x');
    ok(!buf_ok(&none) && none.n == 0, "and no more");
    buf_fini(&none);
}

static void test_room_and_give(void)
{
    struct buf b = BUF_INIT(64);
    char *p = buf_room(&b, 3);
    memcpy(p, "abc", 3);
    b.n += 3;
    size_t n = 0;
    char *given = buf_give(&b, &n);
    ok(n == 3 && !strcmp(given, "abc") && b.p == NULL && b.n == 0, "given away with a zero");
    mem_free(given);
    given = buf_give(&b, NULL);
    ok(!strcmp(given, ""), "an empty one gives an empty text");
    mem_free(given);
    buf_puts(&b, "again");
    ok_str(buf_str(&b), "again", "and it can be used again");
    buf_fini(&b);
}

int main(void)
{
    test_build();
    test_cap();
    test_room_and_give();
    return tap_end();
}
