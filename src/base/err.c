#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    int status;
    const char *key;
} rows[ERR_COUNT] = {
    [OK] = {200, "ok"},
#define ERR(name, status, key) [name] = {status, key},
#include "base/err.def"
#undef ERR
};

int err_status(enum err e)
{
    return (unsigned)e < ERR_COUNT ? rows[e].status : 500;
}

const char *err_key(enum err e)
{
    return (unsigned)e < ERR_COUNT ? rows[e].key : "internal";
}

/* snprintf may cut inside a UTF-8 sequence; these texts go into JSON, so the torn tail is removed. */
static void trim_torn(char *text)
{
    size_t n = strlen(text), tail = 0;
    while (tail < n && tail < 4 && ((unsigned char)text[n - 1 - tail] & 0xC0) == 0x80)
        tail++;
    if (tail == n || tail == 4)
        return;
    unsigned char lead = (unsigned char)text[n - 1 - tail];
    size_t want = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (want > tail)
        text[n - 1 - tail] = '\0';
}

enum err err_why(struct why *why, enum err e, const char *at, const char *fmt, ...)
{
    if (why == NULL)
        return e;
    snprintf(why->at, sizeof why->at, "%s", at ? at : "");
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why->text, sizeof why->text, fmt, ap);
    va_end(ap);
    trim_torn(why->at);
    trim_torn(why->text);
    return e;
}

_Noreturn void err_abort(const char *claim, const char *file, int line)
{
    char text[512];
    int n = snprintf(text, sizeof text, "fatal claim=\"%s\" at=%s:%d\n", claim, file, line);
    if (n > (int)sizeof text - 1)
        n = (int)sizeof text - 1;
    /* write, not stdio: the claim may have failed while stdio's lock is held */
    if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
        abort();
    abort();
}
