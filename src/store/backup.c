#include "store/backup.h"

#include "base/clock.h"
#include "store/epoch.h"
#include "store/keys.h"
#include "store/part.h"
#include "store/sweep.h"
#include "store/tar.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMBERS_MOST 1000000
#define FOLDERS_DEEP 8

struct backup {
    const struct backup_options *o;
    struct part part;
    struct arena *arena;
    struct manifest manifest;
    struct manifest_member *members;
    size_t room;
    struct why *why;
};

static enum err fail(struct backup *b, const char *path, const char *what)
{
    enum err e = errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ERR_DISK_FULL : ERR_IO;
    return err_why(b->why, e, path, "the file cannot be %s: %s", what, strerror(errno));
}

/* ---- members ---- */

static enum err note(struct backup *b, const struct tar_member *t, const uint8_t hash[static ID_HASH])
{
    size_t n = b->manifest.count;
    if (n == MEMBERS_MOST)
        return err_why(b->why, ERR_LIMIT, "", "a backup holds at most %d files", MEMBERS_MOST);
    if (n == b->room) {
        b->room = b->room ? 2 * b->room : 64;
        b->members = mem_grow(b->members, b->room * sizeof *b->members);
    }
    struct manifest_member *m = &b->members[n];
    *m = (struct manifest_member){.name = arena_str(b->arena, str_from(t->name)), .bytes = t->bytes};
    memcpy(m->hash, hash, ID_HASH);
    b->manifest.members = b->members;
    b->manifest.count = n + 1;
    return OK;
}

static enum err start_member(struct backup *b, const char *name, uint64_t bytes, struct tar_member *t)
{
    if (!tar_name_is_plain(name))
        return err_why(b->why, ERR_FIELD, "", "%s: a backup cannot hold a file of this name", name);
    t->bytes = bytes;
    must(str_copy(str_from(name), t->name, sizeof t->name));
    tar_head(b->part.file, t, b->manifest.at_ms);
    return OK;
}

static enum err end_member(struct backup *b, const struct tar_member *t, struct id_sha *sha)
{
    uint8_t hash[ID_HASH];
    id_sha_end(sha, hash);
    tar_tail(b->part.file, t);
    if (ferror(b->part.file))
        return fail(b, b->part.draft, "written");
    return note(b, t, hash);
}

static enum err add_bytes(struct backup *b, const char *name, struct str bytes)
{
    struct tar_member t;
    struct id_sha sha;
    enum err e = start_member(b, name, bytes.n, &t);
    if (e)
        return e;
    id_sha_start(&sha);
    id_sha_add(&sha, bytes);
    (void)fwrite(bytes.p, 1, bytes.n, b->part.file);
    return end_member(b, &t, &sha);
}

/* As many bytes as its head has promised. */
static enum err copy_file(struct backup *b, int fd, const char *path, const struct tar_member *t)
{
    char bytes[65536];
    struct id_sha sha;
    uint64_t left = t->bytes;
    id_sha_start(&sha);
    while (left && !ferror(b->part.file)) {
        ssize_t n = read(fd, bytes, left < sizeof bytes ? (size_t)left : sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(b, path, "read");
        if (n == 0)
            return err_why(b->why, ERR_IO, path, "the file grew shorter while it was read: run the backup again");
        id_sha_add(&sha, str_of(bytes, (size_t)n));
        (void)fwrite(bytes, 1, (size_t)n, b->part.file);
        left -= (uint64_t)n;
    }
    return end_member(b, t, &sha);
}

/* A file that is not there is none of the backup's: configuration may be absent, a kill may take a picture away meanwhile. */
static enum err add_file(struct backup *b, const char *name, const char *path)
{
    struct stat st;
    struct tar_member t;
    CLEANUP(mem_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return OK;
    if (fd < 0 || fstat(fd, &st) != 0)
        return fail(b, path, "read");
    if (!S_ISREG(st.st_mode))
        return err_why(b->why, ERR_FIELD, path, "a backup holds plain files, and this is none");
    enum err e = start_member(b, name, (uint64_t)st.st_size, &t);
    return e ? e : copy_file(b, fd, path, &t);
}

/* ---- folders ---- */

/* The embargo key has its own way in; a key being made has no name yet. */
static bool is_left_out(const char *folder, struct str name)
{
    bool is_key = strcmp(folder, "keys") == 0;
    return name.p[0] == '.' || (is_key && (str_starts(name, S(BACKUP_KEY)) || str_ends(name, S(".new"))));
}

static enum err add_folder(struct backup *b, const char *folder, int depth);

static enum err add_entry(struct backup *b, const char *folder, const struct dirent *entry, int depth)
{
    char name[PATH_MAX], path[PATH_MAX];
    struct stat st;
    if (is_left_out(folder, str_from(entry->d_name)))
        return OK;
    if (snprintf(name, sizeof name, "%s/%s", folder, entry->d_name) >= (int)sizeof name ||
        snprintf(path, sizeof path, "%s/%s", b->o->dir, name) >= (int)sizeof path)
        return err_why(b->why, ERR_FIELD, "", "%s: the path is too long", name);
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return add_folder(b, name, depth + 1);
    return add_file(b, name, path);
}

static enum err add_folder(struct backup *b, const char *folder, int depth)
{
    char path[PATH_MAX];
    const struct dirent *entry;
    enum err e = OK;
    if (depth > FOLDERS_DEEP || snprintf(path, sizeof path, "%s/%s", b->o->dir, folder) >= (int)sizeof path)
        return err_why(b->why, ERR_FIELD, "", "%s: too many folders within each other", folder);
    DIR *d = opendir(path);
    if (!d && errno == ENOENT)
        return OK;
    if (!d)
        return fail(b, path, "read");
    while (e == OK && (errno = 0, entry = readdir(d)) != NULL)
        e = add_entry(b, folder, entry, depth);
    if (e == OK && errno)
        e = fail(b, path, "read");
    closedir(d);
    return e;
}

static enum err add_embargo_key(struct backup *b, struct backup_result *out)
{
    uint8_t key[KEYS_BYTES];
    struct buf wrapped = BUF_INIT(KEYS_WRAPPED);
    enum err e = keys_read(b->o->dir, BACKUP_KEY, key, b->why);
    if (e == ERR_NONE)
        return OK;
    if (e)
        return e;
    out->left_embargo_key = !b->o->passphrase.p;
    if (b->o->passphrase.p) {
        keys_wrap(b->o->passphrase, BACKUP_KEY, key, &wrapped);
        e = add_bytes(b, "keys/" BACKUP_WRAPPED, buf_str(&wrapped));
        b->manifest.has_embargo_key = true;
    }
    explicit_bzero(key, sizeof key);
    buf_fini(&wrapped);
    return e;
}

/* ---- the database ---- */

static void drop_copy(const char *copy)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char path[PATH_MAX + 16];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(path, sizeof path, "%s%s", copy, ends[i]);
        unlink(path);
    }
}

static int64_t ask_number(struct db *d, enum sql which)
{
    struct statement *s = db_get(d, which);
    int64_t n = db_step(s) ? db_col_int(s, 0) : 0;
    db_reset(s);
    return n;
}

/* What a kill has left in the word indexes and the writer has not come to yet must not be carried out of the house. */
static enum err finish_copy(struct backup *b, const char *copy)
{
    struct db *d = NULL;
    enum err e = db_open(copy, true, &d, b->why);
    if (e)
        return e;
    e = sweep_all(d);
    b->manifest.head = (uint64_t)ask_number(d, SQL_RECORD_HEAD);
    b->manifest.sealed = (uint64_t)ask_number(d, SQL_DRAFTS_SEALED_COUNT);
    if (e == OK)
        e = db_status(d);
    if (e)
        err_why(b->why, e, "", "%s: the copy of the database cannot be finished: %s", copy, db_message(d));
    else if (!b->manifest.head || !epoch_get(d, b->manifest.epoch))
        e = err_why(b->why, ERR_STATE, b->o->dir, "the store has no record yet: there is nothing to back up");
    if (e == OK)
        e = db_checkpoint(d, true);
    db_close(&d);
    return e;
}

static enum err copy_database(struct backup *b, const char *path, const char *copy)
{
    struct db *d = NULL;
    enum err e = db_open(path, false, &d, b->why);
    if (e)
        return e;
    drop_copy(copy);
    e = db_copy(d, copy, b->why);
    db_close(&d);
    return e ? e : finish_copy(b, copy);
}

static enum err add_database(struct backup *b)
{
    char path[PATH_MAX], copy[PATH_MAX + 8];
    if (snprintf(path, sizeof path, "%s/" BACKUP_DATABASE, b->o->dir) >= (int)sizeof path)
        return err_why(b->why, ERR_FIELD, "", "%s: the path is too long", b->o->dir);
    snprintf(copy, sizeof copy, "%s.db", b->part.draft);
    enum err e = copy_database(b, path, copy);
    if (e == OK)
        e = add_file(b, BACKUP_DATABASE, copy);
    drop_copy(copy);
    return e;
}

/* ---- the whole ---- */

static enum err add_all(struct backup *b, struct backup_result *out)
{
    static const char *const files[] = {"tellal.conf", "demo"};
    char path[PATH_MAX];
    enum err e = add_database(b);
    for (size_t i = 0; i < sizeof files / sizeof *files && e == OK; i++) {
        snprintf(path, sizeof path, "%s/%s", b->o->dir, files[i]);
        e = add_file(b, files[i], path);
    }
    if (e == OK)
        e = add_folder(b, "keys", 0);
    if (e == OK)
        e = add_embargo_key(b, out);
    return e ? e : add_folder(b, "media", 0);
}

static enum err add_manifest(struct backup *b)
{
    struct buf text = BUF_INIT(MANIFEST_BYTES);
    manifest_write(&b->manifest, &text);
    enum err e = buf_ok(&text) ? add_bytes(b, MANIFEST_NAME, buf_str(&text)) : ERR_LIMIT;
    if (e == ERR_LIMIT)
        err_why(b->why, e, "", "too many files for the manifest");
    buf_fini(&text);
    return e;
}

static enum err write_all(struct backup *b, struct backup_result *out)
{
    enum err e = add_all(b, out);
    *out = (struct backup_result){.head = b->manifest.head,
                                  .sealed = b->manifest.sealed,
                                  .members = b->manifest.count,
                                  .has_embargo_key = b->manifest.has_embargo_key,
                                  .left_embargo_key = out->left_embargo_key};
    memcpy(out->epoch, b->manifest.epoch, sizeof out->epoch);
    if (e == OK)
        e = add_manifest(b);
    if (e == OK)
        tar_end(b->part.file);
    if (e) {
        part_drop(&b->part);
        return e;
    }
    out->bytes = (uint64_t)ftello(b->part.file);
    return part_keep(&b->part, b->why);
}

enum err backup_write(const struct backup_options *o, struct backup_result *out, struct why *why)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/" BACKUP_DATABASE, o->dir);
    if (access(path, F_OK) != 0)
        return err_why(why, ERR_NONE, o->dir, "there is no tellal store in this folder; name another with --data");
    struct backup b = {.o = o, .why = why};
    enum err e = part_open(&b.part, o->file, why);
    if (e)
        return e;
    struct backup_result result = {0};
    b.arena = arena_new(65536);
    b.manifest.agency = o->agency;
    b.manifest.program = o->program;
    b.manifest.at_ms = clock_now_ms();
    e = write_all(&b, &result);
    mem_free(b.members);
    arena_free(&b.arena);
    if (e == OK)
        *out = result;
    return e;
}
