/* Real and monotonic time in milliseconds, and their written forms. Real time can be set in tests. Intervals are
 * measured by the monotonic clock only (trust P15). Callable from any thread. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/str.h"

int64_t clock_now_ms(void);  /* real time, Unix milliseconds */
int64_t clock_mono_ms(void); /* since an unknown start */
int64_t clock_mono_us(void);
/* Sets the agency's zone (IANA name) for the local-day functions; call once, before threads. */
void clock_set_zone(const char *zone);
const char *clock_zone(void);
/* For tests: real time becomes `ms` and stands still; a negative value gives the system's clock back. */
void clock_fake(int64_t ms);

#define CLOCK_TEXT 40
/* 2026-03-14T09:21:05.123Z (RFC 3339); out holds CLOCK_TEXT bytes. */
void clock_rfc3339(int64_t ms, char *out);
void clock_rfc3339_sec(int64_t ms, char *out); /* 2026-03-14T09:21:05Z */
void clock_rfc1123(int64_t ms, char *out);     /* Sat, 14 Mar 2026 09:21:05 GMT */
void clock_basic(int64_t ms, char *out);       /* 20260314T092105Z */
/* RFC 3339 with zone, tolerant as formats.md 0.4: basic form, +hhmm, space for T, fractions, date only (midnight UTC).
 * No zone means UTC. ERR_PARSE for anything else or a year outside 1970-9999. */
enum err clock_parse(struct str s, int64_t *out_ms) MUST_USE;
/* The dates of mail, RSS and HTTP (RFC 822, 1123): "[Sat,] 14 Mar 2026 09:21[:05] +0300", two-digit years, zone names
 * of RFC 822; a wrong weekday is ignored. Else as clock_parse. */
enum err clock_parse_mail(struct str s, int64_t *out_ms) MUST_USE;
/* yyyymmdd of the agency's local day. */
uint32_t clock_day(int64_t ms);
/* First millisecond of the agency's local day that lies `days` before the day of ms. */
int64_t clock_day_start(int64_t ms, int days);
/* Broken down in the agency's zone (is_local) or UTC. */
struct clock_parts {
    int year, month, day, hour, minute, second, weekday; /* month 1-12, weekday 0 = Sunday */
    int offset_min;                                      /* of the zone, east positive */
};
void clock_parts(int64_t ms, bool is_local, struct clock_parts *out);

#endif
