#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400
#define LAST_S INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define FIRST_S INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */

static atomic_llong fake_ms = -1;
static char zone_name[64];

int64_t clock_now_ms(void)
{
    int64_t fake = atomic_load_explicit(&fake_ms, memory_order_relaxed);
    if (fake >= 0)
        return fake;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_mono_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

void clock_fake(int64_t ms)
{
    atomic_store_explicit(&fake_ms, ms < 0 ? -1 : ms, memory_order_relaxed);
}

void clock_set_zone(const char *zone)
{
    must(str_copy(str_from(zone), zone_name, sizeof zone_name));
    setenv("TZ", zone_name, 1);
    tzset();
}

const char *clock_zone(void)
{
    return zone_name[0] ? zone_name : "UTC";
}

/* Days since 1970-01-01 of a Gregorian date, by counting years from March so that the leap day comes last. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t yoe = year - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void date_of(int64_t days, struct clock_parts *out)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    out->day = (int)(doy - (153 * mp + 2) / 5 + 1);
    out->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    out->year = (int)(yoe + era * 400 + (out->month <= 2));
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Clamped to four-digit years: every written form has a fixed width. */
static int64_t seconds_of(int64_t ms)
{
    int64_t s = floor_div(ms, 1000);
    return s < FIRST_S ? FIRST_S : s > LAST_S ? LAST_S : s;
}

static void parts_at(int64_t s, int offset_s, struct clock_parts *out)
{
    int64_t local = s + offset_s, days = floor_div(local, DAY_S);
    int rest = (int)(local - days * DAY_S);
    date_of(days, out);
    out->hour = rest / 3600;
    out->minute = rest / 60 % 60;
    out->second = rest % 60;
    out->weekday = (int)(((days + 4) % 7 + 7) % 7);
    out->offset_min = offset_s / 60;
}

static int zone_offset(int64_t s)
{
    if (zone_name[0] == '\0')
        return 0;
    time_t t = (time_t)s;
    struct tm tm;
    return localtime_r(&t, &tm) ? (int)tm.tm_gmtoff : 0;
}

void clock_parts(int64_t ms, bool is_local, struct clock_parts *out)
{
    int64_t s = seconds_of(ms);
    parts_at(s, is_local ? zone_offset(s) : 0, out);
}

static void put_digits(char *at, int value, int digits)
{
    for (int i = digits; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
}

/* By hand: every event on the wire has one, and printf takes longer than all the rest of its head. */
static void put_rfc3339(char *out, int64_t ms)
{
    struct clock_parts p;
    clock_parts(ms, false, &p);
    put_digits(out, p.year, 4);
    put_digits(out + 5, p.month, 2);
    put_digits(out + 8, p.day, 2);
    put_digits(out + 11, p.hour, 2);
    put_digits(out + 14, p.minute, 2);
    put_digits(out + 17, p.second, 2);
}

void clock_rfc3339(int64_t ms, char *out)
{
    memcpy(out, "0000-00-00T00:00:00.000Z", 25);
    put_rfc3339(out, ms);
    put_digits(out + 20, (int)(ms - floor_div(ms, 1000) * 1000), 3);
}

void clock_rfc3339_sec(int64_t ms, char *out)
{
    memcpy(out, "0000-00-00T00:00:00Z", 21);
    put_rfc3339(out, ms);
}

static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void clock_rfc1123(int64_t ms, char *out)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    struct clock_parts p;
    clock_parts(ms, false, &p);
    snprintf(out, CLOCK_TEXT, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[p.weekday], p.day, month_names[p.month - 1],
             p.year, p.hour, p.minute, p.second);
}

void clock_basic(int64_t ms, char *out)
{
    struct clock_parts p;
    clock_parts(ms, false, &p);
    snprintf(out, CLOCK_TEXT, "%04d%02d%02dT%02d%02d%02dZ", p.year, p.month, p.day, p.hour, p.minute, p.second);
}

uint32_t clock_day(int64_t ms)
{
    struct clock_parts p;
    clock_parts(ms, true, &p);
    return (uint32_t)(p.year * 10000 + p.month * 100 + p.day);
}

static int64_t local_day_number(int64_t s)
{
    return floor_div(s + zone_offset(s), DAY_S);
}

int64_t clock_day_start(int64_t ms, int days)
{
    int64_t wanted = local_day_number(seconds_of(ms)) - days;
    /* Midnight may be skipped or come twice where clocks change at it, so the first second is searched for. No zone
     * is further than 15 h from UTC. */
    int64_t before = wanted * DAY_S - 15 * 3600, after = wanted * DAY_S + 15 * 3600;
    while (after - before > 1) {
        int64_t middle = before + (after - before) / 2;
        if (local_day_number(middle) >= wanted)
            after = middle;
        else
            before = middle;
    }
    return after * 1000;
}

/* What is left of a written time. */
struct scan {
    struct str s;
};

static bool take_char(struct scan *in, const char *any)
{
    if (in->s.n == 0 || in->s.p[0] == '\0' || strchr(any, in->s.p[0]) == NULL)
        return false;
    in->s = str_sub(in->s, 1, in->s.n);
    return true;
}

/* Exactly n digits. */
static bool take_digits(struct scan *in, size_t n, int *out)
{
    uint64_t v;
    if (in->s.n < n || !str_u64(str_sub(in->s, 0, n), &v))
        return false;
    in->s = str_sub(in->s, n, in->s.n);
    *out = (int)v;
    return true;
}

static int days_in(int year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return lengths[month - 1] + (month == 2 && is_leap);
}

static bool is_date(const struct clock_parts *p)
{
    return p->year >= 1970 && p->month >= 1 && p->month <= 12 && p->day >= 1 && p->day <= days_in(p->year, p->month);
}

static bool take_date(struct scan *in, struct clock_parts *p)
{
    if (!take_digits(in, 4, &p->year))
        return false;
    bool has_dashes = take_char(in, "-");
    return take_digits(in, 2, &p->month) && (!has_dashes || take_char(in, "-")) && take_digits(in, 2, &p->day) &&
           is_date(p);
}

static bool take_time(struct scan *in, struct clock_parts *p, int *ms)
{
    if (!take_digits(in, 2, &p->hour))
        return false;
    bool has_colons = take_char(in, ":");
    if (!take_digits(in, 2, &p->minute))
        return false;
    if (has_colons ? take_char(in, ":") : in->s.n > 0 && in->s.p[0] >= '0' && in->s.p[0] <= '9') {
        if (!take_digits(in, 2, &p->second))
            return false;
        if (take_char(in, ".,")) {
            int digit, scale = 100;
            if (!take_digits(in, 1, &digit))
                return false;
            do {
                *ms += digit * scale;
                scale /= 10;
            } while (take_digits(in, 1, &digit));
        }
    }
    if (p->second == 60) { /* a leap second has no number of its own in Unix time */
        p->second = 59;
        *ms = 999;
    }
    return p->hour <= 23 && p->minute <= 59 && p->second <= 59;
}

static bool take_zone(struct scan *in, int *offset_min)
{
    take_char(in, " ");
    if (in->s.n == 0 || take_char(in, "Zz"))
        return true;
    int sign = take_char(in, "+") ? 1 : take_char(in, "-") ? -1 : 0;
    int hours, minutes = 0;
    if (sign == 0 || !take_digits(in, 2, &hours))
        return false;
    if (in->s.n > 0 && (take_char(in, ":"), !take_digits(in, 2, &minutes)))
        return false;
    *offset_min = sign * (hours * 60 + minutes);
    return hours <= 23 && minutes <= 59;
}

static enum err finish(const struct clock_parts *p, int ms, int64_t *out_ms)
{
    int64_t s = days_of(p->year, p->month, p->day) * DAY_S + p->hour * 3600 + p->minute * 60 + p->second -
                p->offset_min * 60;
    if (s < 0 || s > LAST_S)
        return ERR_PARSE;
    *out_ms = s * 1000 + ms;
    return OK;
}

enum err clock_parse(struct str s, int64_t *out_ms)
{
    struct scan in = {str_trim(s)};
    struct clock_parts p = {0};
    int ms = 0;
    if (!take_date(&in, &p))
        return ERR_PARSE;
    if (in.s.n > 0 && take_char(&in, "Tt ")) {
        if (!take_time(&in, &p, &ms) || !take_zone(&in, &p.offset_min))
            return ERR_PARSE;
    }
    return in.s.n > 0 ? ERR_PARSE : finish(&p, ms, out_ms);
}

static struct str take_word(struct scan *in)
{
    size_t n = 0;
    while (n < in->s.n && ((in->s.p[n] | 32) >= 'a' && (in->s.p[n] | 32) <= 'z'))
        n++;
    struct str word = str_sub(in->s, 0, n);
    in->s = str_sub(in->s, n, in->s.n);
    return word;
}

static void skip_blanks(struct scan *in)
{
    while (take_char(in, " \t\r\n"))
        ;
}

static bool take_number(struct scan *in, size_t most, int *out)
{
    size_t n = 0;
    while (n < most && n < in->s.n && in->s.p[n] >= '0' && in->s.p[n] <= '9')
        n++;
    return n > 0 && take_digits(in, n, out);
}

static bool take_mail_date(struct scan *in, struct clock_parts *p)
{
    take_word(in); /* the weekday says nothing that the date does not */
    take_char(in, ",");
    skip_blanks(in);
    if (!take_number(in, 2, &p->day))
        return false;
    take_char(in, "-");
    skip_blanks(in);
    struct str month = take_word(in);
    for (int i = 0; i < 12 && month.n >= 3; i++)
        if (str_eq_nocase(str_sub(month, 0, 3), str_from(month_names[i])))
            p->month = i + 1;
    take_char(in, "-");
    skip_blanks(in);
    if (!take_number(in, 4, &p->year))
        return false;
    if (p->year < 100)
        p->year += p->year < 70 ? 2000 : 1900;
    skip_blanks(in);
    return is_date(p);
}

static bool take_mail_zone(struct scan *in, int *offset_min)
{
    static const struct {
        char name[4];
        int hours;
    } rows[] = {{"Z", 0},    {"UT", 0},   {"UTC", 0},  {"GMT", 0},  {"EST", -5}, {"EDT", -4},
                {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
    skip_blanks(in);
    if (in->s.n == 0 || in->s.p[0] == '+' || in->s.p[0] == '-')
        return take_zone(in, offset_min);
    struct str name = take_word(in);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq_nocase(name, str_from(rows[i].name))) {
            *offset_min = rows[i].hours * 60;
            return true;
        }
    return false;
}

enum err clock_parse_mail(struct str s, int64_t *out_ms)
{
    struct scan in = {str_trim(s)};
    struct clock_parts p = {0};
    int ms = 0;
    if (!take_mail_date(&in, &p) || !take_time(&in, &p, &ms) || !take_mail_zone(&in, &p.offset_min) || in.s.n > 0)
        return ERR_PARSE;
    return finish(&p, ms, out_ms);
}
