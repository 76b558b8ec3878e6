/* A backup taken apart into a folder, and held against its manifest. The archive is hostile: only names that a backup can
 * have become files, none twice, none through a link, and nothing outside of the folder. */
#ifndef STORE_UNPACK_H
#define STORE_UNPACK_H

#include "store/manifest.h"

#include <stdio.h>

struct unpack {
    FILE *from;
    const char *dir; /* empty, and nobody else's */
    /* Called for a member that is missing, unlisted or not what the manifest says. */
    void (*found)(void *arg, const char *text);
    void *arg;
    struct arena *arena; /* the manifest's */
};
/* ERR_PARSE when the archive cannot be read to its end or has no manifest, ERR_DISK_FULL, ERR_IO. The
 * wrapped key is in keys/ then. Nothing is flushed. */
enum err unpack_all(const struct unpack *u, struct manifest *out, struct why *why) MUST_USE;
/* Brings the unpacked database to this program's schema and holds it against the manifest: the store, the epoch and the
 * newest number that it says. ERR_PARSE when it is another one, ERR_STATE when it is newer than the program. */
enum err unpack_database(const char *dir, const struct manifest *m, struct why *why) MUST_USE;
/* Takes a folder away with all that is in it; follows no link. */
void unpack_remove(const char *dir);

#endif
