/* `tellal export`: the records as JSON Lines, with what opens their commitments where it is kept, for others to verify. The
 * form is docs/protocol/record.md, "Export". Reads with a connection of its own in the command's process, so that neither
 * the server's threads nor its control socket carry it; in short transactions, so that a reader of the output who takes his
 * time holds back no log. One page in memory. */
#ifndef STORE_EXPORT_H
#define STORE_EXPORT_H

#include "base/buf.h"

#define EXPORT_FORMAT 1

struct export_options {
    const char *path;      /* the database */
    struct str agency;
    uint64_t after, to;    /* to UINT64_MAX: up to the newest */
    bool has_personal;     /* personal data too (trust P21) */
    bool (*put)(void *arg, struct str bytes); /* false: it cannot take more */
    void *arg;
};
struct export_result {
    uint64_t records, to;
    uint64_t unreadable; /* texts that the store holds and that could not be read: their lines have none */
};
/* ERR_FIELD when `after` lies behind the newest record or `to`; ERR_IO when the store cannot be read or `put` failed. */
enum err export_write(const struct export_options *o, struct export_result *out, struct why *why) MUST_USE;

#endif
