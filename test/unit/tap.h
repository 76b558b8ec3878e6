/* Test Anything Protocol, the little that unit tests need. A test file is one main() between tap_begin and tap_end. */
#ifndef TEST_TAP_H
#define TEST_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 4, 5), unused)) static bool tap_ok(bool is_ok, const char *file, int line, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    printf("%sok %d - ", is_ok ? "" : "not ", ++tap_count);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
    if (!is_ok) {
        tap_failed++;
        printf("# failed at %s:%d\n", file, line);
    }
    fflush(stdout);
    return is_ok;
}

#define ok(claim, ...) tap_ok((claim), __FILE__, __LINE__, __VA_ARGS__)
#define ok_int(got, want, ...)                                                                  \
    do {                                                                                        \
        long long g_ = (long long)(got), w_ = (long long)(want);                                \
        if (!tap_ok(g_ == w_, __FILE__, __LINE__, __VA_ARGS__))                                 \
            printf("# got %lld, wanted %lld\n", g_, w_);                                        \
    } while (0)
/* got: struct str; want: C string */
#define ok_str(got, want, ...)                                                                  \
    do {                                                                                        \
        struct str g_ = (got);                                                                  \
        const char *w_ = (want);                                                                \
        bool same_ = g_.n == strlen(w_) && (g_.n == 0 || memcmp(g_.p, w_, g_.n) == 0);          \
        if (!tap_ok(same_, __FILE__, __LINE__, __VA_ARGS__))                                    \
            printf("# got    [%.*s]\n# wanted [%s]\n", (int)g_.n, g_.p ? g_.p : "", w_);        \
    } while (0)

__attribute__((unused)) static int tap_end(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed != 0;
}

#endif
