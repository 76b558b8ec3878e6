/* An export (docs/protocol/record.md) verified from the file alone, with no store at hand: form, canonical bytes, hashes,
 * links, order, and the commitments of what text and personal data it carries. The file is hostile. Any thread. */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include "base/str.h"

#include <stdio.h>

struct verify {
    /* Called for the first 1,000 findings. seq 0: it is about the file, or a line whose number nobody can tell. */
    void (*found)(void *arg, uint64_t seq, const char *text);
    void *arg;
    uint64_t checked, wrong; /* out: records; findings, also those that were not told */
};
void verify_export(FILE *from, struct verify *v);
/* One finding more, for who checks other things beside. */
void verify_say(struct verify *v, uint64_t seq, const char *fmt, ...) PRINTF(3, 4);

#endif
