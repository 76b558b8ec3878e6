/* The order of stories in time as one number: version seconds << 30 | n mod 2^30. It is the rowid of story, brief and
 * the word tables, so "newest first" and ranges of dates need no sorting and no other index (dependencies 5). */
#ifndef STORE_OKEY_H
#define STORE_OKEY_H

#include <stdint.h>

#define OKEY_BITS 30
#define OKEY_SECONDS_MOST ((INT64_C(1) << 33) - 1) /* the year 2242; what lies outside is put to the edge */
#define OKEY_MOST INT64_MAX

static inline int64_t okey_seconds(int64_t ms)
{
    int64_t s = ms / 1000;
    return ms < 0 ? 0 : s > OKEY_SECONDS_MOST ? OKEY_SECONDS_MOST : s;
}
/* Of a version published at ms. */
static inline uint64_t okey_of(int64_t ms, uint64_t n)
{
    return (uint64_t)okey_seconds(ms) << OKEY_BITS | (n & ((UINT64_C(1) << OKEY_BITS) - 1));
}
/* First and last key of the second that ms lies in: both ends of a range are inclusive. */
static inline int64_t okey_first(int64_t ms)
{
    return (int64_t)okey_of(ms, 0);
}
static inline int64_t okey_last(int64_t ms)
{
    return (int64_t)okey_of(ms, UINT64_MAX);
}
static inline int64_t okey_ms(uint64_t okey)
{
    return (int64_t)(okey >> OKEY_BITS) * 1000;
}

#endif
