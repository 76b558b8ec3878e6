/* meter.h - clock, distribution of latencies, and what a server's processes cost. For fanout*.c.
 *
 * Processor time is the scheduler's (/proc/PID/task/TID/schedstat, nanoseconds): clock ticks of 10 ms say too little about
 * a run of a second. Memory is the proportional set (smaps_rollup), so that shared pages of files do not count twice. */
#pragma once
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* ---- latencies: 32 to 63 steps for each power of two, so a printed value is at most 1/32 too high ---- */

#define METER_STEPS 32u
struct spread {
    uint64_t cells[60 * METER_STEPS], count, most;
};

static inline void spread_add(struct spread *s, uint64_t v)
{
    unsigned shift = v < 2 * METER_STEPS ? 0 : 58u - (unsigned)__builtin_clzll(v); /* then v >> shift is in 32..63 */
    s->cells[shift * METER_STEPS + (v >> shift)]++;
    s->count++;
    if (v > s->most)
        s->most = v;
}

/* The upper edge of the cell that holds the given share, never above the highest value seen. */
static inline double spread_at(const struct spread *s, double share)
{
    uint64_t want = (uint64_t)(share * (double)s->count + 0.9999), have = 0;
    for (size_t i = 0; s->count && i < 60 * METER_STEPS; i++) {
        have += s->cells[i];
        if (have < want)
            continue;
        unsigned shift = i < 2 * METER_STEPS ? 0 : (unsigned)(i / METER_STEPS) - 1;
        uint64_t edge = (((uint64_t)i - shift * METER_STEPS + 1) << shift) - 1;
        return (double)(edge < s->most ? edge : s->most);
    }
    return 0;
}

/* ---- what processes have used ---- */

struct cost {
    double cpu_ns, user_ticks, all_ticks, pss_kb, rss_kb, peak_kb;
    double kernel_kb; /* of all TCP sockets of the machine, both ends */
    int found;
};

static inline double number_after(const char *path, const char *key, int nth)
{
    char row[512];
    double v = 0;
    FILE *f = fopen(path, "r");
    while (f && fgets(row, sizeof row, f))
        if (strncmp(row, key, strlen(key)) == 0) {
            char *p = row + strlen(key);
            for (int i = 0; i < nth; i++) {
                p += strspn(p, " ");
                p += strcspn(p, " ");
            }
            v = strtod(p, NULL);
        }
    if (f)
        fclose(f);
    return v;
}

static inline void add_ticks(struct cost *c, int pid)
{
    char path[64], row[1024], *p;
    unsigned long user, system;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (f && fgets(row, sizeof row, f) && (p = strrchr(row, ')')) != NULL &&
        sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2) {
        c->user_ticks += (double)user;
        c->all_ticks += (double)(user + system);
        c->found++;
    }
    if (f)
        fclose(f);
}

static inline void add_threads(struct cost *c, int pid)
{
    char path[320];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        unsigned long long ns;
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/schedstat", pid, e->d_name);
        FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (f && fscanf(f, "%llu", &ns) == 1)
            c->cpu_ns += (double)ns;
        if (f)
            fclose(f);
    }
    if (d)
        closedir(d);
}

/* Page tables are walked for the memory: with_memory only outside the timed part. */
static inline struct cost cost_of(const int *pids, int n, bool with_memory)
{
    struct cost c = {0};
    char path[64];
    for (int i = 0; i < n; i++) {
        add_ticks(&c, pids[i]);
        add_threads(&c, pids[i]);
        snprintf(path, sizeof path, "/proc/%d/status", pids[i]);
        c.rss_kb += number_after(path, "VmRSS:", 0);
        c.peak_kb += number_after(path, "VmHWM:", 0);
        snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pids[i]);
        c.pss_kb += with_memory ? number_after(path, "Pss:", 0) : 0;
    }
    c.kernel_kb = 4 * number_after("/proc/net/sockstat", "TCP: inuse", 8);
    return c;
}

static inline double own_cpu_us(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}
