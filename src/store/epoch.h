/* Opens a timeline of sequence numbers: the first start does it with 1, a restore with Unix seconds x 10^6, far above
 * anything the lost timeline gave out (contract.md 4). A command for the writer. */
#ifndef STORE_EPOCH_H
#define STORE_EPOCH_H

#include "store/writer.h"

#define EPOCH_ID 16 /* hexadecimal digits */

struct epoch_command {
    struct command command;
    uint64_t first_seq;   /* must lie above the head */
    char id[EPOCH_ID + 1]; /* out */
};
void epoch_command_init(struct epoch_command *c, uint64_t first_seq);
/* Id of the running epoch; false when the store has none yet. */
bool epoch_get(struct db *d, char id[static EPOCH_ID + 1]);

#endif
