/* How many connections each address block holds open, over all loops of the process. One table under a leaf lock; rows
 * live as long as their connections. Any thread. */
#ifndef HTTP_PEERS_H
#define HTTP_PEERS_H

#include "io/stream.h"

/* Counts one more, unless that would be more than max (0 = no limit). */
bool peers_enter(const struct address *a, unsigned max);
void peers_leave(const struct address *a);
unsigned peers_count(const struct address *a);

#endif
