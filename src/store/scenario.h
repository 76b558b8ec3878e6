/* The test scenario of the live wire (`?test=1`): frames of a fixed play for integrators, numbered from 1, made of
 * scenario.def. They are never on the tape nor in the ledger; their ids begin with `test:` and have the day 19700101, which
 * no story of an agency has. Any thread. */
#ifndef STORE_SCENARIO_H
#define STORE_SCENARIO_H

#include "store/stories.h"

#define SCENARIO_EVENTS 9
#define SCENARIO_BREAK 6 /* after this one the line is ended: the client must come back for the rest */

/* Frames 1 to SCENARIO_EVENTS in order, a ref each; the same bytes on each call while the code lists stand. */
void scenario_frames(struct stories *s, struct frame *out[static SCENARIO_EVENTS]);

#endif
