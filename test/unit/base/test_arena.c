#include "base/arena.h"
#include "../tap.h"

#include <stdalign.h>

static void test_pieces(void)
{
    struct arena *a = arena_new(100);
    bool is_good = true;
    for (size_t n = 0; n < 2000; n += 7) {
        char *p = arena_zero(a, n);
        is_good = is_good && p && (uintptr_t)p % alignof(max_align_t) == 0;
        for (size_t i = 0; i < n; i++)
            is_good = is_good && p[i] == 0;
        memset(p, 0xAA, n);
    }
    ok(is_good, "zeroed and aligned, whatever the size");
    size_t full = arena_bytes(a);
    arena_reset(a);
    ok(arena_bytes(a) < full && arena_bytes(a) >= 100, "reset gives the later chunks back");
    char *p = arena_zero(a, 50);
    for (int i = 0; i < 50; i++)
        is_good = is_good && p[i] == 0;
    ok(is_good, "zeroed after reset too");
    char *big = arena_zero(a, 3 << 20);
    big[(3 << 20) - 1] = 1;
    ok(arena_bytes(a) > 3 << 20, "a piece larger than any chunk");
    arena_free(&a);
    ok(a == NULL, "freed");
    arena_free(&a);
}

static void test_text(void)
{
    struct arena *a = arena_new(0);
    struct str s = arena_str(a, S("abc"));
    ok_str(s, "abc", "copied");
    ok(s.p[3] == 0, "with a zero behind");
    ok(arena_str(a, STR_NONE).p == NULL, "none stays none");
    ok(arena_str(a, S("")).p != NULL, "empty stays empty");
    ok_str(arena_printf(a, "%d/%s", 5, "x"), "5/x", "formatted");
    struct str v[] = {S("a"), STR_NONE, S("c")};
    struct strs copy = arena_strs(a, (struct strs){v, 3});
    ok(copy.n == 3 && str_is(copy.v[2], "c") && copy.v[1].p == NULL && copy.v[0].p != v[0].p, "a list, deeply");
    ok_int(arena_strs(a, (struct strs){NULL, 0}).n, 0, "an empty list");
    int *n = arena_array(a, int, 5);
    ok(n[4] == 0, "array");
    arena_free(&a);
}

int main(void)
{
    test_pieces();
    test_text();
    return tap_end();
}
