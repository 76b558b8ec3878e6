#include "base/clock.h"
#include "../tap.h"

#define MOMENT INT64_C(1773480065123) /* 2026-03-14T09:21:05.123Z, a Saturday */

static void test_forms(void)
{
    char t[CLOCK_TEXT];
    clock_rfc3339(MOMENT, t);
    ok_str(str_from(t), "2026-03-14T09:21:05.123Z", "RFC 3339");
    clock_rfc3339_sec(MOMENT, t);
    ok_str(str_from(t), "2026-03-14T09:21:05Z", "without fraction");
    clock_rfc1123(MOMENT, t);
    ok_str(str_from(t), "Sat, 14 Mar 2026 09:21:05 GMT", "RFC 1123");
    clock_basic(MOMENT, t);
    ok_str(str_from(t), "20260314T092105Z", "basic");
    clock_rfc3339(-1, t);
    ok_str(str_from(t), "1969-12-31T23:59:59.999Z", "before 1970");
    clock_rfc3339(951782400000, t);
    ok_str(str_from(t), "2000-02-29T00:00:00.000Z", "leap day of a century");
    clock_rfc3339(INT64_MAX, t);
    ok(strlen(t) == 24, "the far future keeps its width");
    clock_rfc1123(INT64_MIN, t);
    ok(strlen(t) == 29, "and the far past");
}

/* -1 when refused. */
static int64_t parsed(const char *s)
{
    int64_t ms = -1;
    return clock_parse(str_from(s), &ms) == OK ? ms : -1;
}

static void test_parse_good(void)
{
    static const char *const same[] = {
        "2026-03-14T09:21:05.123Z",      "2026-03-14T12:21:05.123+03:00", "2026-03-14T12:21:05.123+0300",
        "20260314T092105.123Z",          "20260314T122105.123+0300",      "2026-03-14 09:21:05.123",
        " 2026-03-14t09:21:05.1239z \n", "2026-03-14T09:21:05,123Z",      "2026-03-14T06:21:05.123-03",
        "2026-03-14 12:21:05.123 +0300", "2026-03-14T09:21:05.123456789Z"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ok_int(parsed(same[i]), MOMENT, "%s", same[i]);
    ok_int(parsed("2026-03-14"), 1773446400000, "date only");
    ok_int(parsed("20260314"), 1773446400000, "basic date only");
    ok_int(parsed("2026-03-14T09:21Z"), 1773480060000, "minutes only");
    ok_int(parsed("20260314T0921"), 1773480060000, "basic minutes");
    ok_int(parsed("2016-12-31T23:59:60Z"), 1483228799999, "leap second");
    ok_int(parsed("1970-01-01T00:00:00Z"), 0, "the first");
    ok_int(parsed("9999-12-31T23:59:59.999Z"), 253402300799999, "the last");
    ok_int(parsed("2024-02-29"), 1709164800000, "leap day");
    ok_int(parsed("2026-03-14T09:21:05.5Z"), MOMENT + 377, "one digit of fraction");
}

static void test_parse_bad(void)
{
    static const char *const bad[] = {
        "", "YYYYMMDD", "2026", "2026-03", "2026-13-01", "2026-00-10", "2026-02-29", "2100-02-29", "2026-04-31",
        "2026-03-14T", "2026-03-14T24:00:00Z", "2026-03-14T09:60:00Z", "2026-03-14T09:21:61Z", "2026-03-14T09:21:05.Z",
        "2026-03-14T09:21:05+", "2026-03-14T09:21:05+3", "2026-03-14T09:21:05+24:00", "2026-03-14T09:21:05+03:60",
        "2026-03-14T09:21:05+03:", "2026-03-14T09:21:05ZZ", "2026-03-14Z", "2026-0314", "202603-14", "1969-12-31",
        "1970-01-01T00:00:00+03:00", "9999-12-31T23:59:59-01:00", "-2026-03-14", "+2026-03-14", "2026-03-14T9:21:05Z",
        "2026-03-14T09:21:05 EST", "10000-01-01", "2026-03-14T09:2", "2026-03-14T0921:05Z", "2026-03-14x09:21:05Z"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok_int(parsed(bad[i]), -1, "refused: %s", bad[i]);
    int64_t ms = 7;
    ok(clock_parse(S("2026-03-14\0"), &ms) == ERR_PARSE && clock_parse(STR_NONE, &ms) == ERR_PARSE && ms == 7,
       "NUL and none refused, output untouched");
}

static int64_t mail(const char *s)
{
    int64_t ms = -1;
    return clock_parse_mail(str_from(s), &ms) == OK ? ms : -1;
}

static void test_mail(void)
{
    int64_t second = MOMENT / 1000 * 1000;
    static const char *const same[] = {
        "Sat, 14 Mar 2026 09:21:05 GMT", "Sat, 14 Mar 2026 12:21:05 +0300", "14 Mar 2026 09:21:05 UT",
        "Mon, 14 Mar 26 09:21:05 Z",     "sat, 14 MARCH 2026 04:21:05 EST", "Saturday, 14-Mar-26 09:21:05 GMT",
        " Sat,14 Mar 2026 09:21:05 ",    "Sat, 14 Mar 2026 02:21:05 PDT"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ok_int(mail(same[i]), second, "%s", same[i]);
    ok_int(mail("4 Mar 2026 09:21 GMT"), 1772616060000, "one digit, no seconds");
    ok_int(mail("1 Jan 99 00:00:00 GMT"), 915148800000, "a year of the last century");
    static const char *const bad[] = {"", "Sat, 14 Xyz 2026 09:21:05 GMT", "Sat, 31 Feb 2026 09:21:05 GMT",
                                      "Sat, 14 Mar 2026", "Sat, 14 Mar 2026 09:21:05 XXX", "14 Ma 2026 09:21:05 GMT",
                                      "Sat, 14 Mar 2026 09:21:05 GMT x", "Sat, 14 Mar 1969 09:21:05 GMT"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok_int(mail(bad[i]), -1, "refused: %s", bad[i]);
}

static void test_now(void)
{
    int64_t real = clock_now_ms(), mono = clock_mono_us();
    ok(real > 1700000000000 && clock_mono_us() >= mono && clock_mono_ms() >= mono / 1000, "clocks run");
    clock_fake(MOMENT);
    ok(clock_now_ms() == MOMENT && clock_mono_us() >= mono, "real time stands, monotonic time goes on");
    clock_fake(-5);
    ok(clock_now_ms() >= real, "and runs again");
}

static int64_t start_of(const char *moment, int days)
{
    return clock_day_start(parsed(moment), days);
}

static void test_zone(void)
{
    struct clock_parts p;
    ok_str(str_from(clock_zone()), "UTC", "no zone is UTC");
    ok_int(clock_day(MOMENT), 20260314, "the day in UTC");
    clock_set_zone("Europe/Istanbul");
    ok_str(str_from(clock_zone()), "Europe/Istanbul", "the zone's name");
    ok_int(clock_day(parsed("2026-03-14T21:30Z")), 20260315, "Istanbul is already in the next day");
    ok_int(start_of("2026-03-14T21:30Z", 0), parsed("2026-03-14T21:00Z"), "and its day began at 21 UTC");
    ok_int(start_of("2026-03-14T21:30Z", 1), parsed("2026-03-13T21:00Z"), "the day before");
    ok_int(start_of("2026-03-01T12:00Z", 1), parsed("2026-02-27T21:00Z"), "over a month's end");
    ok_int(start_of("2016-04-01T12:00Z", 31), parsed("2016-02-29T22:00Z"), "over a change of the clock");
    clock_parts(MOMENT, true, &p);
    ok(p.hour == 12 && p.offset_min == 180 && p.weekday == 6 && p.month == 3 && p.day == 14, "broken down locally");
    clock_parts(MOMENT, false, &p);
    ok(p.hour == 9 && p.offset_min == 0 && p.second == 5, "broken down in UTC");
    clock_set_zone("America/Sao_Paulo");
    ok_int(start_of("2018-11-04T12:00Z", 0), parsed("2018-11-04T03:00Z"), "a day without midnight begins at one");
    clock_set_zone("Africa/Cairo");
    ok_int(start_of("2023-10-27T12:00Z", 0), parsed("2023-10-26T22:00Z"), "a day before which an hour came twice");
    clock_set_zone("Pacific/Apia");
    ok_int(start_of("2011-12-31T00:00Z", 0), parsed("2011-12-30T10:00Z"), "after a day that never was");
}

int main(void)
{
    test_forms();
    test_parse_good();
    test_parse_bad();
    test_mail();
    test_now();
    test_zone();
    return tap_end();
}
