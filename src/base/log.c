#include "base/log.h"
#include "base/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_BYTES 2048
#define SAFE_BYTES 200

static atomic_int least_level = LOG_INFO;

void log_set_level(enum log_level least)
{
    atomic_store_explicit(&least_level, (int)least, memory_order_relaxed);
}

/* Copies with controls made visible, so that one event stays one line whatever a value holds. */
static size_t put_clean(char *out, size_t size, const char *text)
{
    size_t n = 0;
    for (; *text && n + 5 < size; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x20 && c != 0x7F)
            out[n++] = (char)c;
        else
            n += (size_t)snprintf(out + n, size - n, "\\x%02x", c);
    }
    return n;
}

static void write_all(const char *p, size_t n)
{
    /* one write as a rule: short ones happen only on a full pipe, and then the rest must still follow */
    while (n > 0) {
        ssize_t done = write(STDERR_FILENO, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return;
        p += done;
        n -= (size_t)done;
    }
}

void log_line(enum log_level level, const char *event, const char *fmt, ...)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed))
        return;
    int kept = errno;
    char pairs[LINE_BYTES], line[LINE_BYTES + 128], time[CLOCK_TEXT];
    va_list ap;
    va_start(ap, fmt);
    if (vsnprintf(pairs, sizeof pairs, fmt, ap) < 0)
        pairs[0] = '\0';
    va_end(ap);
    clock_rfc3339(clock_now_ms(), time);
    int head = snprintf(line, sizeof line - 1, "%s %s %s%s", time, names[level & 3], event, pairs[0] ? " " : "");
    size_t n = (size_t)head;
    if (head < 0 || n >= sizeof line - 1)
        return;
    n += put_clean(line + n, sizeof line - n - 1, pairs);
    line[n++] = '\n';
    write_all(line, n);
    errno = kept;
}

static bool needs_quotes(struct str v)
{
    if (v.n == 0)
        return true;
    for (size_t i = 0; i < v.n; i++)
        if ((unsigned char)v.p[i] <= 0x20 || v.p[i] == '"' || v.p[i] == '\\' || v.p[i] == '=' || v.p[i] == 0x7F)
            return true;
    return false;
}

const char *log_safe(struct str value)
{
    static _Thread_local char bufs[4][SAFE_BYTES * 4 + 3];
    static _Thread_local unsigned turn;
    char *out = bufs[turn++ & 3];
    struct str v = str_sub(value, 0, SAFE_BYTES);
    /* never half a UTF-8 character at the cut */
    while (v.n < value.n && v.n > 0 && ((unsigned char)value.p[v.n] & 0xC0) == 0x80)
        v.n--;
    bool is_quoted = needs_quotes(v);
    size_t n = 0;
    if (is_quoted)
        out[n++] = '"';
    for (size_t i = 0; i < v.n; i++) {
        unsigned char c = (unsigned char)v.p[i];
        if (c == '"' || c == '\\') {
            out[n++] = '\\';
            out[n++] = (char)c;
        } else if (c == '\n') {
            out[n++] = '\\';
            out[n++] = 'n';
        } else if (c < 0x20 || c == 0x7F) {
            n += (size_t)snprintf(out + n, 5, "\\x%02x", c);
        } else {
            out[n++] = (char)c;
        }
    }
    if (is_quoted)
        out[n++] = '"';
    out[n] = '\0';
    return out;
}
