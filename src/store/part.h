/* A file that appears whole or not at all: written as PATH.part (0600), flushed, and only then given its name, which must
 * not be taken. Left behind by a crash, PATH.part is written over by the next try. One thread. */
#ifndef STORE_PART_H
#define STORE_PART_H

#include "base/err.h"

#include <limits.h>
#include <stdio.h>

struct part {
    char path[PATH_MAX], draft[PATH_MAX];
    FILE *file; /* NULL: not open */
};
/* ERR_EXISTS when the name is taken, ERR_BUSY while somebody else writes it. */
enum err part_open(struct part *p, const char *path, struct why *why) MUST_USE;
/* Flushes it to the disk and names it. ERR_DISK_FULL, ERR_IO, ERR_EXISTS; it is gone then. */
enum err part_keep(struct part *p, struct why *why) MUST_USE;
void part_drop(struct part *p); /* takes it away; nothing when it was kept or never opened */
/* Flushes a folder, so that names in it are there after a power cut. */
enum err part_sync_folder(const char *folder, struct why *why) MUST_USE;
/* Of a path: the folder it lies in. */
void part_folder(const char *path, char out[static PATH_MAX]);

#endif
