/* fanout.h - what the parts of the load client share. One thread, so plain globals. fanout.c says what the client is. */
#pragma once
#include "link.h"
#include "meter.h"

enum proto { PROTO_SSE, PROTO_WS, PROTO_RAW };

#define MARK 32          /* bytes of a mark: X w, run 4, message 8, time 16 (all hex), w X */
#define TEMPLATES 8      /* header lines that may be given */
#define REQUEST_MAX 8192

struct options {
    enum proto proto;
    const char *path, *pub_path, *body, *label, *tokens_file;
    const char *headers[TEMPLATES + 1], *pub_headers[TEMPLATES + 1];
    int port, pub_port, pin, pids[16], pid_count;
    uint32_t n, size, count, window, publishers, addresses, inflight, match, slow_read, rest_ms, run;
    double rate, secs, settle, drain, most_secs, slow_pct;
    bool is_external, is_replay;
};
extern struct options opt;

/* What went out and what came in. A delivery is one message at one reading subscriber that is due to get it. */
struct tally {
    uint32_t published, completed, live, refused, closed, slow_closed, active;
    uint64_t received, duplicated, out_of_order, foreign, unexpected, bytes, last_ns, lag_ns;
    uint32_t pub_errors;
    char pub_error[64];
    struct spread delays;
};
extern struct tally tally;
extern int poller; /* epoll */
extern char **tokens;
extern size_t token_count;

_Noreturn void fail(const char *what, const char *more);
uint64_t stamp_ns(void); /* the clock of marks: of the kernel's arrival times with --rest, else monotonic */
size_t expand(char *to, size_t room, const char *text, uint32_t i, uint32_t message, const char *payload);
void watch(void *who, int fd, uint32_t events, bool is_new);

/* ---- subscribers (fanout_sub.c) ---- */
void subs_init(void);
void subs_dial(uint32_t how_many); /* the next ones in their order, as far as there are any */
uint32_t subs_dialled(void);
bool subs_event(void *who, uint32_t events); /* false: not a subscriber */
void subs_slow_step(void);                   /* slow readers take their few bytes */
void subs_slow_end(void);                    /* reads them empty: only then can it be seen who was cut off */

/* ---- publishers (fanout_pub.c) ---- */
void pubs_init(void);
bool pubs_can(void); /* one is free, and what was written before is on its way */
bool pubs_are_idle(void);
void pubs_publish(uint32_t message);
void pubs_event(void *who, uint32_t events);
