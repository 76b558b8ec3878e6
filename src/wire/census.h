/* The lines of one loop as rows, for GET /v1/lines; and how far a line lags. Loop thread; rows are values that may be
 * carried to other threads. */
#ifndef WIRE_CENSUS_H
#define WIRE_CENSUS_H

#include "wire/audience.h"
#include "io/stream.h"

struct line;
struct live;

enum census_state { CENSUS_LIVE, CENSUS_CATCHING_UP, CENSUS_BLOCKED };
struct census_row {
    uint64_t line;
    uint32_t org, user; /* org 0 = a desk role */
    enum wire_format format;
    enum wire_protocol protocol;
    struct filter *filter; /* ref or NULL */
    char from[STREAM_NAME]; /* numeric address */
    int64_t since_ms;
    uint64_t last_seq; /* last event sent; before the first one, the cursor it began with, or 0 */
    uint64_t lag_records;
    int64_t lag_s;
    uint64_t bytes, events;
    enum census_state state;
};

/* Up to `most` rows with the smallest numbers beyond `after`, ascending; org 0 = of all. Returns how many. */
size_t census_take(struct live *v, uint32_t org, uint64_t after, struct census_row *out, size_t most);
void census_drop(struct census_row *rows, size_t n);

/* Once a second: lines that begin or cease to lag are reported to the line watch. */
void census_watch(struct live *v);

#endif
