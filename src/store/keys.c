#include "store/keys.h"

#include "base/id.h"
#include "base/mem.h"
#include "base/seal.h"

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

static enum err find(const char *dir, const char *name, char path[static PATH_MAX], struct why *why)
{
    if (snprintf(path, PATH_MAX, "%s/keys/%s", dir, name) >= PATH_MAX)
        return err_why(why, ERR_FIELD, "", "%s: the path is too long", dir);
    return OK;
}

enum err keys_read(const char *dir, const char *name, uint8_t out[static KEYS_BYTES], struct why *why)
{
    char path[PATH_MAX];
    enum err e = find(dir, name, path, why);
    if (e)
        return e;
    CLEANUP(mem_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return err_why(why, ERR_NONE, "", "%s: there is no such key", path);
    return fd < 0 ? fail(why, path, "cannot be opened") : read_key(fd, path, out, why);
}

enum err keys_get(const char *dir, const char *name, uint8_t out[static KEYS_BYTES], bool *is_new, struct why *why)
{
    char path[PATH_MAX], folder[PATH_MAX];
    enum err e = find(dir, name, path, why);
    if (e)
        return e;
    snprintf(folder, sizeof folder, "%.*s", (int)(strlen(path) - strlen(name) - 1), path);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fail(why, folder, "cannot be made");
    e = keys_read(dir, name, out, why);
    *is_new = e == ERR_NONE;
    return e == ERR_NONE ? make_key(folder, path, out, why) : e;
}

void keys_wrap(struct str passphrase, const char *name, const uint8_t key[static KEYS_BYTES], struct buf *out)
{
    uint8_t salt[ID_SALT], outer[ID_HASH];
    id_random(salt, sizeof salt);
    id_password_key(passphrase, salt, outer);
    buf_add(out, str_of((const char *)salt, sizeof salt));
    seal_close(outer, str_from(name), str_of((const char *)key, KEYS_BYTES), out);
    explicit_bzero(outer, sizeof outer);
}

enum err keys_unwrap(struct str passphrase, const char *name, struct str wrapped, uint8_t out[static KEYS_BYTES])
{
    uint8_t outer[ID_HASH];
    struct buf key = BUF_INIT(256);
    if (wrapped.n != KEYS_WRAPPED)
        return ERR_AUTH;
    id_password_key(passphrase, (const uint8_t *)wrapped.p, outer);
    bool is_open = seal_open(outer, str_from(name), str_sub(wrapped, ID_SALT, wrapped.n), &key) == OK && key.n == KEYS_BYTES;
    if (is_open)
        memcpy(out, key.p, KEYS_BYTES);
    if (key.p)
        explicit_bzero(key.p, key.cap);
    buf_fini(&key);
    explicit_bzero(outer, sizeof outer);
    return is_open ? OK : ERR_AUTH;
}
