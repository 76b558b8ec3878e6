#include "tap.h"
#include "wire/cursor.h"

int main(void)
{
    static const struct {
        const char *text;
        uint64_t seq;
    } good[] = {{"0", 0}, {"1", 1}, {"1042", 1042}, {"007", 7}, {"9007199254740991", CURSOR_MOST}};
    static const char *const bad[] = {"",     " ",    "-1",   "+1",  "1.0", "1e3", "0x10", "1 ", " 1", "1\n", "abc", "١٢",
                                      "null", "9007199254740992", "18446744073709551615", "18446744073709551616",
                                      "99999999999999999999999999999999"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        uint64_t seq = 77;
        ok(cursor_parse(str_from(good[i].text), &seq, NULL) == OK && seq == good[i].seq, "cursor %s", good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t seq = 77;
        struct why why = {0};
        ok(cursor_parse(str_from(bad[i]), &seq, &why) == ERR_PARSE && seq == 77 && why.text[0], "no cursor: [%s]", bad[i]);
    }
    uint64_t seq = 77;
    ok(cursor_parse(STR_NONE, &seq, NULL) == ERR_PARSE && seq == 77, "nothing is no cursor");
    return tap_end();
}
