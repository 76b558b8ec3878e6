/* A backup put in place as a data folder: taken apart beside it and held against its manifest, a new epoch opened, all
 * sessions ended, and only then given its name, so that a crash leaves no half folder. For a command's own process. */
#ifndef STORE_RESTORE_H
#define STORE_RESTORE_H

#include "store/manifest.h"

struct restore_options {
    const char *file, *dir;
    struct str passphrase; /* STR_NONE: the embargo key stays in the archive */
};
struct restore_result {
    uint64_t head;      /* newest number of the backup */
    uint64_t first_seq; /* of the new epoch */
    char epoch[MANIFEST_EPOCH + 1];
    int64_t at_ms;             /* when the backup was made */
    uint64_t sealed, closed;   /* drafts under embargo; those that cannot be opened */
    uint64_t sessions;         /* ended */
    bool has_embargo_key;      /* put in place */
    bool left_embargo_key;     /* in the archive, and no passphrase was given */
};
/* ERR_BUSY while a server runs on the folder, ERR_EXISTS when it is not empty, ERR_PARSE for what is no sound backup, ERR_AUTH
 * for another passphrase. Nothing is changed then. */
enum err restore_read(const struct restore_options *o, struct restore_result *out, struct why *why) MUST_USE;

#endif
