#include "store/unpack.h"

#include "base/map.h"
#include "store/backup.h"
#include "store/epoch.h"
#include "store/schema.h"
#include "store/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMBERS_MOST 1000001
#define FOLDERS_OPEN 16

struct seen {
    uint64_t bytes;
    uint8_t hash[ID_HASH];
};
struct unpacking {
    const struct unpack *u;
    struct tar tar;
    int folder;
    struct map *seen; /* name -> struct seen, in the arena */
    struct buf manifest;
    struct why *why;
};

static enum err fail(struct unpacking *p, const char *name)
{
    enum err e = errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : ERR_IO;
    return err_why(p->why, e, name, "the file cannot be written into %s: %s", p->u->dir, strerror(errno));
}

/* ---- files ---- */

static bool is_known(const char *name)
{
    struct str n = str_from(name);
    bool is_key = str_starts(n, S("keys/")) && str_find_char(str_sub(n, 5, n.n), '/') == SIZE_MAX;
    return str_is(n, BACKUP_DATABASE) || str_is(n, "tellal.conf") || str_is(n, "demo") || str_is(n, MANIFEST_NAME) || is_key ||
           str_starts(n, S("media/"));
}

static enum err make_folders(struct unpacking *p, const char *name)
{
    char part[TAR_NAME];
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - name), name);
        if (mkdirat(p->folder, part, 0700) != 0 && errno != EEXIST)
            return fail(p, part);
    }
    return OK;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

/* fd -1: the manifest, which is kept in memory. */
static enum err copy_member(struct unpacking *p, int fd, const char *name, struct seen *seen)
{
    char bytes[65536];
    struct id_sha sha;
    size_t got = 0;
    id_sha_start(&sha);
    do {
        enum err e = tar_read(&p->tar, bytes, sizeof bytes, &got, p->why);
        if (e)
            return e;
        id_sha_add(&sha, str_of(bytes, got));
        if (fd < 0)
            buf_add(&p->manifest, str_of(bytes, got));
        else if (!write_all(fd, bytes, got))
            return fail(p, name);
    } while (got);
    id_sha_end(&sha, seen->hash);
    return OK;
}

static enum err take_file(struct unpacking *p, const char *name, struct seen *seen)
{
    enum err e = make_folders(p, name);
    if (e)
        return e;
    CLEANUP(mem_close_fd) int fd = openat(p->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? fail(p, name) : copy_member(p, fd, name, seen);
}

static enum err take_member(struct unpacking *p, const struct tar_member *m)
{
    struct str name = str_from(m->name);
    if (!is_known(m->name))
        return err_why(p->why, ERR_PARSE, m->name, "the archive has a file that no backup has");
    if (map_get(p->seen, name))
        return err_why(p->why, ERR_PARSE, m->name, "the archive has this file twice");
    if (map_count(p->seen) == MEMBERS_MOST)
        return err_why(p->why, ERR_LIMIT, m->name, "the archive has more files than a backup holds");
    struct seen *seen = arena_make(p->u->arena, struct seen);
    seen->bytes = m->bytes;
    map_set(p->seen, name, seen);
    if (!str_is(name, MANIFEST_NAME))
        return take_file(p, m->name, seen);
    if (m->bytes > p->manifest.max)
        return err_why(p->why, ERR_LIMIT, m->name, "the manifest is larger than %zu MiB", p->manifest.max >> 20);
    return copy_member(p, -1, m->name, seen);
}

static enum err take_all(struct unpacking *p)
{
    for (;;) {
        struct tar_member m;
        bool is_end;
        enum err e = tar_next(&p->tar, &m, &is_end, p->why);
        if (e == OK && is_end)
            return OK;
        if (e == OK)
            e = take_member(p, &m);
        if (e)
            return e;
    }
}

/* ---- against the manifest ---- */

static void say(struct unpacking *p, struct str name, const char *what)
{
    char text[TAR_NAME + 64];
    snprintf(text, sizeof text, "%.*s: %s", (int)(name.n < TAR_NAME ? name.n : TAR_NAME), name.p, what);
    p->u->found(p->u->arg, text);
}

static void compare(struct unpacking *p, const struct manifest *m)
{
    map_del(p->seen, S(MANIFEST_NAME));
    for (size_t i = 0; i < m->count; i++) {
        const struct manifest_member *want = &m->members[i];
        const struct seen *seen = map_del(p->seen, want->name);
        if (!seen)
            say(p, want->name, "is in the manifest and not in the archive");
        else if (seen->bytes != want->bytes)
            say(p, want->name, "has not the size that the manifest says");
        else if (memcmp(seen->hash, want->hash, ID_HASH) != 0)
            say(p, want->name, "has not the SHA-256 that the manifest says");
    }
    struct str name;
    void *value;
    for (size_t at = 0; map_next(p->seen, &at, &name, &value);)
        say(p, name, "is in the archive and not in the manifest");
}

static enum err read_manifest(struct unpacking *p, struct manifest *out)
{
    if (!map_get(p->seen, S(MANIFEST_NAME)))
        return err_why(p->why, ERR_PARSE, MANIFEST_NAME, "the archive has no manifest: it is no backup of tellal");
    if (!map_get(p->seen, S(BACKUP_DATABASE)))
        return err_why(p->why, ERR_PARSE, BACKUP_DATABASE, "the archive has no database: it is no backup of tellal");
    enum err e = manifest_read(buf_str(&p->manifest), p->u->arena, out, p->why);
    if (e == OK)
        compare(p, out);
    return e;
}

enum err unpack_all(const struct unpack *u, struct manifest *out, struct why *why)
{
    struct unpacking p = {.u = u, .tar = {.from = u->from}, .manifest = BUF_INIT(MANIFEST_BYTES), .why = why};
    p.folder = open(u->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (p.folder < 0)
        return fail(&p, "");
    p.seen = map_new();
    enum err e = take_all(&p);
    if (e == OK)
        e = read_manifest(&p, out);
    map_free(&p.seen, NULL);
    buf_fini(&p.manifest);
    close(p.folder);
    return e;
}

/* ---- the database ---- */

static enum err check_database(struct db *d, const struct manifest *m, struct why *why)
{
    char epoch[EPOCH_ID + 1];
    struct statement *s = db_get(d, SQL_RECORD_HEAD);
    uint64_t head = db_step(s) ? (uint64_t)db_col_int(s, 0) : 0;
    db_reset(s);
    if (head != m->head)
        return err_why(why, ERR_PARSE, BACKUP_DATABASE, "the manifest says the newest number is %llu, the database %llu",
                       (unsigned long long)m->head, (unsigned long long)head);
    if (!epoch_get(d, epoch) || strcmp(epoch, m->epoch) != 0)
        return err_why(why, ERR_PARSE, BACKUP_DATABASE, "the manifest names another epoch than the database");
    return OK;
}

enum err unpack_database(const char *dir, const struct manifest *m, struct why *why)
{
    char path[PATH_MAX];
    struct db *d = NULL;
    bool is_new;
    if (snprintf(path, sizeof path, "%s/" BACKUP_DATABASE, dir) >= (int)sizeof path)
        return err_why(why, ERR_FIELD, "", "%s: the path is too long", dir);
    enum err e = db_open(path, true, &d, why);
    if (e)
        return err_why(why, ERR_PARSE, BACKUP_DATABASE, "the backup's database cannot be opened: it is damaged or no database");
    e = schema_bring(d, &is_new, why);
    if (e == ERR_INTERNAL || (e == OK && (is_new || !db_fits(d))))
        e = err_why(why, ERR_PARSE, BACKUP_DATABASE, "the backup's database is no store of tellal");
    if (e == OK)
        e = check_database(d, m, why);
    db_close(&d);
    return e;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)at;
    if (type == FTW_DP)
        rmdir(path);
    else
        unlink(path);
    return 0;
}

void unpack_remove(const char *dir)
{
    nftw(dir, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
