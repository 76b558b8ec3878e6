/* The line check: once in each agency day every open stream is told how far it is, so that a client can compare with
 * what it holds (contract.md 4). Spread over the day's first minutes. Loop thread. */
#ifndef WIRE_DAILY_H
#define WIRE_DAILY_H

struct live;

/* Once a second: notices the new day, and gives the check to some of the lines that still lack it. A line whose socket
 * is full gets its check when it takes bytes again. */
void daily_tick(struct live *v);

#endif
