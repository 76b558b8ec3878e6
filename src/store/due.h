/* When stories are due, and whether the clock may be believed (trust P15): intervals are measured by the monotonic clock;
 * when the real one moves against it by more than 5 s at once, releases wait until the two agree again or the real one has
 * been steady for a minute. Store thread. */
#ifndef STORE_DUE_H
#define STORE_DUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DUE_JUMP_MS 5000
#define DUE_STEADY_MS 60000

enum due_verdict { DUE_STEADY, DUE_JUMPED, DUE_HOLDING, DUE_AGREES, DUE_ACCEPTED };

struct due_clock {
    bool is_started, is_holding;
    int64_t trusted_ms; /* real minus monotonic while nothing jumped */
    int64_t last_ms;    /* the same at the last look */
    int64_t since_ms;   /* monotonic: holding and steady since */
};
/* Looks at both clocks. DUE_JUMPED, DUE_AGREES and DUE_ACCEPTED are told once, at the change; releases are held after
 * DUE_JUMPED and DUE_HOLDING. */
enum due_verdict due_clock_look(struct due_clock *c, int64_t real_ms, int64_t mono_ms);

struct due {
    struct due_clock clock;
    size_t under_way;    /* releases posted and not done */
    int64_t look_at_ms;  /* monotonic: not before */
    int64_t first_due_ms; /* real: earliest known; 0 = unknown, INT64_MAX = none */
};
void due_init(struct due *d);
/* False for the future, and for everything while the clock is not believed. */
bool due_is_past(struct due *d, int64_t at_ms);
/* A story with this time was saved: look again then. */
void due_expect(struct due *d, int64_t at_ms);

#endif
