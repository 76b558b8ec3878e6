/* Whatever clock_parse takes must be written and read back as the same moment. */
#include "base/clock.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(int64_t ms)
{
    char text[CLOCK_TEXT];
    int64_t again = -1;
    must(ms >= 0);
    clock_rfc3339(ms, text);
    must(clock_parse(str_from(text), &again) == OK && again == ms);
    clock_basic(ms, text);
    must(clock_parse(str_from(text), &again) == OK && again == ms / 1000 * 1000);
    clock_rfc1123(ms, text);
    must(clock_parse_mail(str_from(text), &again) == OK && again == ms / 1000 * 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = str_of((const char *)data, size);
    int64_t ms = -1;
    if (clock_parse(s, &ms) == OK)
        check_round_trip(ms);
    else
        must(ms == -1);
    ms = -1;
    if (clock_parse_mail(s, &ms) == OK)
        check_round_trip(ms);
    else
        must(ms == -1);
    return 0;
}
