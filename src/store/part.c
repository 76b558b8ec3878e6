#include "store/part.h"

#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err fail(struct why *why, const char *path, const char *what)
{
    enum err e = errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ERR_DISK_FULL : ERR_IO;
    return err_why(why, e, path, "the file cannot be %s: %s", what, strerror(errno));
}

static enum err taken(const char *path, struct why *why)
{
    return err_why(why, ERR_EXISTS, path, "there is such a file already, and it is not written over: give another name");
}

/* The lock is on the file, the name may have passed to another one meanwhile. */
static bool has_name(int fd, const char *path)
{
    struct stat by_fd, by_name;
    return fstat(fd, &by_fd) == 0 && stat(path, &by_name) == 0 && by_fd.st_ino == by_name.st_ino &&
           by_fd.st_dev == by_name.st_dev;
}

enum err part_open(struct part *p, const char *path, struct why *why)
{
    struct stat st;
    *p = (struct part){0};
    if (!str_copy(str_from(path), p->path, sizeof p->path) ||
        snprintf(p->draft, sizeof p->draft, "%s.part", path) >= (int)sizeof p->draft)
        return err_why(why, ERR_FIELD, "", "%s: the path is too long", path);
    if (lstat(path, &st) == 0)
        return taken(path, why);
    int fd = open(p->draft, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(why, p->draft, "made");
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || !has_name(fd, p->draft)) {
        close(fd);
        return err_why(why, ERR_BUSY, p->draft, "another command is writing this file");
    }
    if (fchmod(fd, 0600) != 0 || ftruncate(fd, 0) != 0 || (p->file = fdopen(fd, "w")) == NULL) {
        enum err e = fail(why, p->draft, "made");
        unlink(p->draft);
        close(fd);
        return e;
    }
    return OK;
}

void part_folder(const char *path, char out[static PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (!slash)
        memcpy(out, ".", 2);
    else if (n == 0)
        memcpy(out, "/", 2);
    else
        (void)str_copy(str_of(path, n), out, PATH_MAX);
}

enum err part_sync_folder(const char *folder, struct why *why)
{
    CLEANUP(mem_close_fd) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) != 0 ? fail(why, folder, "flushed to the disk") : OK;
}

enum err part_keep(struct part *p, struct why *why)
{
    char folder[PATH_MAX];
    enum err e = OK;
    part_folder(p->path, folder);
    if (ferror(p->file) || fflush(p->file) != 0 || fsync(fileno(p->file)) != 0)
        e = fail(why, p->draft, "written");
    else if (renameat2(AT_FDCWD, p->draft, AT_FDCWD, p->path, RENAME_NOREPLACE) != 0)
        e = errno == EEXIST ? taken(p->path, why) : fail(why, p->path, "put in place");
    if (e) {
        part_drop(p);
        return e;
    }
    fclose(p->file); /* it is on the disk already */
    p->file = NULL;
    return part_sync_folder(folder, why);
}

void part_drop(struct part *p)
{
    if (!p->file)
        return;
    unlink(p->draft); /* before the lock goes with the descriptor */
    fclose(p->file);
    p->file = NULL;
}
