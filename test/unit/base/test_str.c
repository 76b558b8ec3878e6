#include "base/str.h"
#include "../tap.h"

static void test_compare(void)
{
    ok(str_eq(S("ab"), S("ab")) && !str_eq(S("ab"), S("abc")) && !str_eq(S("ab"), S("aB")), "equal");
    ok(str_eq(STR_NONE, S("")), "none equals empty");
    ok(str_is(S("x"), "x") && str_is(STR_NONE, NULL) && !str_is(S("x"), ""), "against a C string");
    ok(str_eq_nocase(S("Content-LENGTH"), S("content-length")), "ASCII case");
    ok(!str_eq_nocase(S("\xC4\xB0"), S("\xC4\xB1")) && !str_eq_nocase(S("["), S("{")), "only letters fold");
    ok(str_cmp(S("a"), S("b")) < 0 && str_cmp(S("ab"), S("a")) > 0 && str_cmp(S(""), STR_NONE) == 0, "order");
    ok(str_cmp(S("\xFF"), S("a")) > 0, "order is of unsigned bytes");
}

static void test_find(void)
{
    ok(str_starts(S("abc"), S("ab")) && str_starts(S("a"), STR_NONE) && !str_starts(S("a"), S("ab")), "starts");
    ok(str_ends(S("abc"), S("bc")) && str_ends(STR_NONE, S("")) && !str_ends(S("c"), S("bc")), "ends");
    ok_int(str_find(S("aabaab"), S("aab")), 0, "find");
    ok_int(str_find(S("xaab"), S("ab")), 2, "find later");
    ok(str_find(S("ab"), S("abc")) == SIZE_MAX && str_find(STR_NONE, S("a")) == SIZE_MAX, "not found");
    ok_int(str_find(S("ab"), S("")), 0, "nothing is everywhere");
    ok_int(str_find_char(S("a,b"), ','), 1, "find a character");
    ok(str_find_char(STR_NONE, ',') == SIZE_MAX, "none has no character");
    ok(str_has(S("abc"), S("b")) && !str_has(S("abc"), S("d")), "has");
}

static void test_cut(void)
{
    ok_str(str_sub(S("abcdef"), 2, 3), "cde", "middle");
    ok_str(str_sub(S("abc"), 2, SIZE_MAX), "c", "length clamps");
    ok_str(str_sub(S("abc"), 9, 1), "", "start clamps");
    ok(str_sub(STR_NONE, 3, 4).p == NULL, "of none comes none");
    ok_str(str_trim(S(" \t\r\n a b \n")), "a b", "trim");
    ok_str(str_trim(S("  ")), "", "trim to nothing");
    ok_str(str_trim(STR_NONE), "", "trim none");
}

static void test_split(void)
{
    struct str rest = S("a,,b"), part;
    ok(str_split(&rest, ',', &part) && str_is(part, "a"), "first");
    ok(str_split(&rest, ',', &part) && part.n == 0, "empty one between");
    ok(str_split(&rest, ',', &part) && str_is(part, "b"), "last");
    ok(!str_split(&rest, ',', &part), "then no more");
    rest = S("");
    ok(str_split(&rest, ',', &part) && part.n == 0, "of an empty text comes one empty part");
    ok(!str_split(&rest, ',', &part), "and only one");
    rest = S("a,");
    ok(str_split(&rest, ',', &part) && str_split(&rest, ',', &part) && part.n == 0, "a mark at the end leaves one more");
    ok(!str_split(&rest, ',', &part), "not two");
}

static void test_numbers(void)
{
    uint64_t u = 7;
    int64_t i = 7;
    ok(str_u64(S("18446744073709551615"), &u) && u == UINT64_MAX, "the largest");
    u = 7;
    ok(!str_u64(S("18446744073709551616"), &u) && !str_u64(S("99999999999999999999"), &u), "overflow");
    ok(!str_u64(S(""), &u) && !str_u64(S("+1"), &u) && !str_u64(S(" 1"), &u) && !str_u64(S("1x"), &u), "strict");
    ok(u == 7, "untouched when false");
    ok(str_u64(S("007"), &u) && u == 7, "leading zeros are digits");
    ok(str_i64(S("-9223372036854775808"), &i) && i == INT64_MIN, "the smallest");
    ok(str_i64(S("9223372036854775807"), &i) && i == INT64_MAX, "the largest signed");
    ok(!str_i64(S("9223372036854775808"), &i) && !str_i64(S("-9223372036854775809"), &i), "signed overflow");
    ok(!str_i64(S("-"), &i) && !str_i64(S("--1"), &i) && !str_i64(S(""), &i), "a sign alone is no number");
}

static void test_rest(void)
{
    char small[4];
    ok(str_hash(S("a")) == 0xaf63dc4c8601ec8cu && str_hash(S("")) == 0xcbf29ce484222325u, "FNV-1a's own vectors");
    ok(str_copy(S("abc"), small, sizeof small) && !strcmp(small, "abc"), "fits just");
    ok(!str_copy(S("abcd"), small, sizeof small) && !strcmp(small, "abc"), "does not fit");
    ok(str_copy(STR_NONE, small, sizeof small) && small[0] == 0, "none");
    ok(str_from(NULL).p == NULL, "from NULL comes none");
}

int main(void)
{
    test_compare();
    test_find();
    test_cut();
    test_split();
    test_numbers();
    test_rest();
    return tap_end();
}
