/* The line watch: which lines lag, and which organisations have fallen silent, over all loops. One table under a leaf
 * lock; each case is logged when it begins and when it ends. Intervals are measured by the monotonic clock (trust P15).
 * Nothing survives a restart: silence is known only of organisations that have been heard since. Any thread. */
#ifndef WIRE_LINEWATCH_H
#define WIRE_LINEWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Seconds; 0 = that is not watched. Once, before threads. */
void linewatch_limits(unsigned lag_s, unsigned silent_s);
unsigned linewatch_lag_s(void);

/* A moment on both clocks. */
struct linewatch_time {
    int64_t mono_ms, real_ms;
};

/* A line of an organisation opens, closes; a poll was answered. last_seq: decided up to there. org 0 is not watched. */
void linewatch_opened(uint32_t org, struct linewatch_time now);
void linewatch_closed(uint32_t org, uint64_t last_seq, struct linewatch_time now);
void linewatch_polled(uint32_t org, uint64_t last_seq, struct linewatch_time now);
/* Who has been silent for too long by now. An organisation not heard for a day is no longer waited for, nor is one of which
 * is_awaited says no when its silence would begin: its contract has ended. Called without the lock. */
struct linewatch_asker {
    bool (*is_awaited)(void *arg, uint32_t org, int64_t real_ms); /* NULL = all are */
    void *arg;
};
void linewatch_tick(struct linewatch_time now, struct linewatch_asker asker);

enum linewatch_kind { LINEWATCH_LAGGING, LINEWATCH_SILENT };
struct linewatch_case {
    enum linewatch_kind kind;
    uint32_t org;     /* 0 = a desk's line */
    uint64_t line;    /* 0 with LINEWATCH_SILENT */
    int64_t since_ms; /* real time */
    uint64_t last_seq;
};
/* The loop that has the line says so; each begin has its end. */
void linewatch_lags(const struct linewatch_case *c);
void linewatch_lags_no_more(const struct linewatch_case *c);

/* Cases that stand: lagging lines first (of those the newest are missing beyond a thousand), then silent organisations.
 * Returns how many were written. */
size_t linewatch_list(struct linewatch_case *out, size_t most);
void linewatch_count(uint64_t *out_lagging, uint64_t *out_silent);
void linewatch_forget(void); /* all; for tests */

#endif
