#include "store/keys.h"

#include "base/id.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err fail(struct why *why, const char *path, const char *what)
{
    enum err e = errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : ERR_IO;
    return err_why(why, e, "", "%s: %s: %s", path, what, strerror(errno));
}

static enum err read_key(int fd, const char *path, uint8_t out[static KEYS_BYTES], struct why *why)
{
    struct stat st;
    uint8_t key[KEYS_BYTES + 1];
    if (fstat(fd, &st) != 0)
        return fail(why, path, "cannot be looked at");
    if (!S_ISREG(st.st_mode) || (st.st_mode & 077))
        return err_why(why, ERR_STATE, "", "%s: others than its owner may read it: chmod 600, and think who has seen it", path);
    ssize_t n = read(fd, key, sizeof key);
    if (n != KEYS_BYTES)
        return err_why(why, ERR_STATE, "", "%s: a key has %d bytes: restore the file from a backup", path, KEYS_BYTES);
    memcpy(out, key, KEYS_BYTES);
    explicit_bzero(key, sizeof key);
    return OK;
}

/* Under another name first: a crash must not leave half a key under the right one. */
static enum err make_key(const char *dir, const char *path, uint8_t out[static KEYS_BYTES], struct why *why)
{
    char draft[PATH_MAX];
    if (snprintf(draft, sizeof draft, "%s.new", path) >= (int)sizeof draft)
        return err_why(why, ERR_FIELD, "", "%s: the path is too long", path);
    CLEANUP(mem_close_fd) int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    CLEANUP(mem_close_fd) int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || folder < 0)
        return fail(why, draft, "cannot be made");
    id_random(out, KEYS_BYTES);
    if (fchmod(fd, 0600) != 0 || write(fd, out, KEYS_BYTES) != KEYS_BYTES || fsync(fd) != 0)
        return fail(why, draft, "cannot be written");
    if (rename(draft, path) != 0 || fsync(folder) != 0)
        return fail(why, path, "cannot be put in place");
    return OK;
}

enum err keys_get(const char *dir, const char *name, uint8_t out[static KEYS_BYTES], bool *is_new, struct why *why)
{
    char folder[PATH_MAX], path[PATH_MAX];
    if (snprintf(folder, sizeof folder, "%s/keys", dir) >= (int)sizeof folder ||
        snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return err_why(why, ERR_FIELD, "", "%s: the path is too long", dir);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fail(why, folder, "cannot be made");
    CLEANUP(mem_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno != ENOENT)
        return fail(why, path, "cannot be opened");
    *is_new = fd < 0;
    return fd < 0 ? make_key(folder, path, out, why) : read_key(fd, path, out, why);
}
