#include "codec/near.h"

#define NAME_MOST 40

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

size_t near_distance(struct str a, struct str b)
{
    size_t row[NAME_MOST + 1];
    if (a.n > NAME_MOST || b.n > NAME_MOST)
        return NEAR_FAR;
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t change = corner + (small(a.p[i - 1]) != small(b.p[j - 1]));
            corner = row[j];
            row[j] = least_of(change, least_of(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.n];
}

bool near_enough(struct str name, size_t distance)
{
    return distance <= least_of(3, (name.n + 2) / 3);
}
