/* `?test=1`: a line that plays the test scenario (store/scenario.h) in place of the wire, for integrators to prove an importer.
 * Same transports, formats and framing; numbers of its own. Nothing of it touches the tape, the ledger, the line watch or a
 * cursor of the wire. Loop thread, but for rehearsal_new. */
#ifndef WIRE_REHEARSAL_H
#define WIRE_REHEARSAL_H

#include "wire/audience.h"
#include "store/scenario.h"

#define REHEARSAL_EPOCH S("test")

struct line;
struct rehearsal;

/* With the frames of the scenario; a work thread's business. */
struct rehearsal *rehearsal_new(struct stories *s, enum wire_format format, unsigned pace_ms);
void rehearsal_free(struct rehearsal **r);

/* The line has said hello and is in no list: events come from now on, pace_ms apart, until the break or the end. */
void rehearsal_begin(struct line *l);
void rehearsal_stop(struct line *l); /* the line goes */

/* A poll's answer: what follows `after` (at most SCENARIO_EVENTS), up to the break. */
void rehearsal_page(const struct rehearsal *r, uint64_t after, enum wire_format format, struct buf *out);

#endif
