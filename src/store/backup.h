/* A backup: one archive (store/tar.h) with the database as it stood at one moment, the keys, the configuration of the
 * folder and its media, closed by a manifest (store/manifest.h). Reads the folder with a connection of its own, so it runs
 * in the command's process whether a server runs or not, and the server's threads have no part in it. The embargo key goes
 * in only wrapped by a passphrase. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/manifest.h"

struct backup_options {
    const char *dir, *file;
    struct str passphrase; /* STR_NONE: the embargo key stays out */
    struct str agency, program;
};
struct backup_result {
    uint64_t head, sealed, bytes; /* newest number held; drafts under embargo; size of the file */
    size_t members;
    char epoch[MANIFEST_EPOCH + 1];
    bool has_embargo_key, left_embargo_key; /* in it; there was one and it was left out */
};
/* ERR_EXISTS when the file is there, ERR_NONE when the folder is no store; ERR_DISK_FULL, ERR_IO. No file remains then. */
enum err backup_write(const struct backup_options *o, struct backup_result *out, struct why *why) MUST_USE;

#define BACKUP_DATABASE "tellal.db"
#define BACKUP_KEY "embargo.key"
#define BACKUP_WRAPPED "embargo.key.wrapped" /* in keys/, in an archive alone */

#endif
