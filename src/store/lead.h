/* Leads: what readers wrote into the contact form. Stored and shown, never mailed on from their text (trust 3). */
#ifndef STORE_LEAD_H
#define STORE_LEAD_H

#include "base/arena.h"
#include "store/command.h"

struct reader;

struct lead {
    uint64_t id;
    int64_t at_ms, closed_ms;
    struct str address, json;
};
struct lead_command {
    struct command command;
    uint64_t close_id;        /* != 0: close that one */
    struct str address, json; /* must live until done */
    uint64_t out_id;
};
void lead_command_init(struct lead_command *c);
/* Open ones first, newest first, at most 1,000. */
size_t lead_list(struct reader *r, struct arena *a, struct lead **out);
bool lead_get(struct reader *r, struct arena *a, uint64_t id, struct lead *out);

#endif
