/* Archives of plain files in the form of POSIX.1-1988 (ustar): what backups are packed in, so that any tar opens them. A size
 * of 8 GiB or more stands in base 256, as GNU tar and libarchive write and read it. What is read is hostile: names that
 * lead out of a folder, links, folders and headers of other kinds are refused. One thread at a time. */
#ifndef STORE_TAR_H
#define STORE_TAR_H

#include "base/str.h"

#include <stdio.h>

#define TAR_NAME 256 /* 255 bytes and a zero: what the form holds at most */
struct tar_member {
    char name[TAR_NAME];
    uint64_t bytes;
};
/* Plain: relative, its parts neither empty nor "." nor "..", no control characters, and short enough for the form. */
bool tar_name_is_plain(const char *name);
/* Is this the first block of an archive? */
bool tar_is_one(struct str start);

/* Writing: a head, m->bytes bytes by the caller, a tail; at the end the end. Errors stay with `to` (ferror). The name must
 * be plain. */
void tar_head(FILE *to, const struct tar_member *m, int64_t at_ms);
void tar_tail(FILE *to, const struct tar_member *m);
void tar_end(FILE *to);

/* Reading. */
struct tar {
    FILE *from;
    uint64_t left;    /* bytes of the member that were not read yet */
    unsigned padding; /* bytes behind it */
};
/* The next member, passing over what was not read of the one before; *is_end at the archive's proper end, behind which
 * only zeros may follow. ERR_PARSE for what is no archive, is cut off or holds what a backup never does. */
enum err tar_next(struct tar *t, struct tar_member *out, bool *is_end, struct why *why) MUST_USE;
/* Up to `most` bytes of the member; *got 0 at its end. ERR_PARSE when the file ends before it. */
enum err tar_read(struct tar *t, char *out, size_t most, size_t *got, struct why *why) MUST_USE;

#endif
