#include "store/restore.h"

#include "base/clock.h"
#include "base/seal.h"
#include "store/backup.h"
#include "store/epoch.h"
#include "store/keys.h"
#include "store/part.h"
#include "store/store.h"
#include "store/unpack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define EPOCH_STEP 1000000 /* numbers a second: contract.md 4 */
#define AHEAD_MOST 60      /* seconds that an epoch may begin ahead of the clock */
#define NUMBERS_SKIPPED 1000000 /* of stories: more than a lost timeline gave out */

struct restoring {
    const struct restore_options *o;
    char dir[PATH_MAX - 64], draft[PATH_MAX - 32]; /* where it goes, and where it is made */
    uint8_t key[KEYS_BYTES];
    struct restore_result result;
    struct why *why;
};

static enum err fail(struct restoring *r, const char *path, const char *what)
{
    enum err e = errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : ERR_IO;
    return err_why(r->why, e, path, "the folder cannot be %s: %s", what, strerror(errno));
}

/* ---- where it goes ---- */

static bool is_empty(const char *dir, bool *is_there)
{
    size_t entries = 0;
    DIR *d = opendir(dir);
    *is_there = d || errno != ENOENT;
    if (!d)
        return errno == ENOENT;
    for (const struct dirent *e; entries < 3 && (e = readdir(d));)
        entries++;
    closedir(d);
    return entries == 2;
}

static enum err choose(struct restoring *r)
{
    char real[PATH_MAX];
    bool is_there;
    struct str dir = str_from(r->o->dir);
    if (store_is_locked(r->o->dir))
        return err_why(r->why, ERR_BUSY, r->o->dir, "a server runs on this folder: stop it, or restore into another folder");
    if (!is_empty(r->o->dir, &is_there))
        return err_why(r->why, ERR_EXISTS, r->o->dir, "this is no empty folder: restore into a new one, and move the old one aside first");
    if (is_there && realpath(r->o->dir, real))
        dir = str_from(real);
    while (dir.n > 1 && dir.p[dir.n - 1] == '/')
        dir.n--;
    if (!str_copy(dir, r->dir, sizeof r->dir))
        return err_why(r->why, ERR_FIELD, "", "%s: the path is too long", r->o->dir);
    snprintf(r->draft, sizeof r->draft, "%s.restore-XXXXXX", r->dir);
    return mkdtemp(r->draft) ? OK : fail(r, r->draft, "made");
}

/* ---- what it is made of ---- */

static void keep_first(void *arg, const char *text)
{
    struct why *why = arg;
    if (!why->text[0])
        err_why(why, ERR_PARSE, "", "the backup is damaged and was not restored: %s", text);
}

static enum err unpack(struct restoring *r, struct manifest *m, struct arena *a)
{
    struct why damage = {0};
    FILE *f = fopen(r->o->file, "re");
    if (!f)
        return err_why(r->why, ERR_IO, r->o->file, "the file cannot be read: %s", strerror(errno));
    struct unpack u = {.from = f, .dir = r->draft, .found = keep_first, .arg = &damage, .arena = a};
    enum err e = unpack_all(&u, m, r->why);
    fclose(f);
    if (e == OK && damage.text[0]) {
        *r->why = damage;
        return ERR_PARSE;
    }
    return e;
}

static enum err read_wrapped(const char *path, struct buf *out, struct restoring *r)
{
    CLEANUP(mem_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd < 0 ? -1 : read(fd, buf_room(out, KEYS_WRAPPED + 1), KEYS_WRAPPED + 1);
    if (n < 0)
        return err_why(r->why, ERR_PARSE, "keys/" BACKUP_WRAPPED, "the backup says it has the embargo key, and it cannot be read");
    out->n += (size_t)n;
    return OK;
}

static enum err write_key(struct restoring *r)
{
    struct part part;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/keys/" BACKUP_KEY, r->draft);
    enum err e = part_open(&part, path, r->why);
    if (e)
        return e;
    (void)fwrite(r->key, 1, sizeof r->key, part.file);
    return part_keep(&part, r->why);
}

/* Without the passphrase the folder gets no key at all: the server makes a new one when it starts. */
static enum err take_key(struct restoring *r, const struct manifest *m)
{
    char path[PATH_MAX];
    struct buf wrapped = BUF_INIT(KEYS_WRAPPED + 1);
    if (!m->has_embargo_key)
        return OK;
    snprintf(path, sizeof path, "%s/keys/" BACKUP_WRAPPED, r->draft);
    enum err e = read_wrapped(path, &wrapped, r);
    unlink(path);
    r->result.left_embargo_key = !r->o->passphrase.p;
    if (e == OK && r->o->passphrase.p) {
        e = keys_unwrap(r->o->passphrase, BACKUP_KEY, buf_str(&wrapped), r->key);
        if (e)
            err_why(r->why, e, "", "the passphrase does not open the embargo key of this backup: give the right one, or none to restore without the key");
        else
            e = write_key(r);
        r->result.has_embargo_key = e == OK;
    }
    buf_fini(&wrapped);
    return e;
}

/* ---- the database ---- */

static enum err count_closed(struct restoring *r, struct db *d)
{
    struct statement *s = db_get(d, SQL_DRAFTS_SEALED);
    while (db_step(s)) {
        struct buf key = BUF_INIT(256);
        bool is_open = r->result.has_embargo_key && seal_open(r->key, db_col_text(s, 0), db_col_text(s, 1), &key) == OK;
        r->result.sealed++;
        r->result.closed += !is_open;
        if (key.p)
            explicit_bzero(key.p, key.cap);
        buf_fini(&key);
    }
    return db_status(d);
}

/* The lost timeline's ids were given out: another story under one of them would not reach pollers, who fetch an id once. */
static enum err skip_numbers(struct db *d)
{
    struct statement *s = db_get(d, SQL_NUMBER_SKIP);
    db_int(s, 1, NUMBERS_SKIPPED);
    return db_run(s);
}

static enum err prepare_database(struct restoring *r, const char *path)
{
    struct db *d = NULL;
    enum err e = db_open(path, true, &d, r->why);
    if (e)
        return e;
    int64_t before = db_total_changes(d);
    e = db_run(db_get(d, SQL_SESSIONS_CLEAR));
    r->result.sessions = (uint64_t)(db_total_changes(d) - before);
    if (e == OK)
        e = skip_numbers(d);
    if (e == OK)
        e = count_closed(r, d);
    if (e)
        err_why(r->why, e, BACKUP_DATABASE, "the database cannot be prepared: %s", db_message(d));
    db_close(&d);
    return e;
}

/* Unix seconds x 10^6. A backup of what was itself restored in this very second, or by a clock that went a little faster, takes
 * the next second that is free. */
static enum err choose_first(struct restoring *r, uint64_t *out)
{
    uint64_t now = (uint64_t)(clock_now_ms() / 1000), used = r->result.head / EPOCH_STEP;
    if (used > now + AHEAD_MOST)
        return err_why(r->why, ERR_STATE, "", "the clock stands before the newest number of the backup, so no epoch can be opened above it: set the clock");
    *out = (used >= now ? used + 1 : now) * EPOCH_STEP;
    return OK;
}

/* By the writer itself, without timers: nothing is released in a folder that is not in place yet. */
static enum err open_epoch(struct restoring *r, const char *path)
{
    struct tape *tape = tape_new(16, r->result.head);
    struct writer_options o = {.path = path, .tape = tape, .queue_max = 4};
    struct writer *w = NULL;
    struct epoch_command c;
    uint64_t first = 0;
    enum err e = choose_first(r, &first);
    if (e == OK)
        e = writer_new(&o, &w, r->why);
    if (e == OK) {
        epoch_command_init(&c, first);
        e = writer_run(w, &c.command);
        if (e)
            err_why(r->why, e, "", "the new epoch cannot be opened: %s", c.command.why.text);
    }
    writer_free(&w);
    tape_free(&tape);
    if (e == OK) {
        r->result.first_seq = first;
        (void)str_copy(str_from(c.id), r->result.epoch, sizeof r->result.epoch);
    }
    return e;
}

static enum err renew_database(struct restoring *r, const struct manifest *m)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/" BACKUP_DATABASE, r->draft);
    r->result.head = m->head;
    r->result.at_ms = m->at_ms;
    enum err e = unpack_database(r->draft, m, r->why);
    if (e == OK)
        e = prepare_database(r, path);
    return e ? e : open_epoch(r, path);
}

/* ---- the whole ---- */

static enum err put_in_place(struct restoring *r)
{
    char path[PATH_MAX];
    CLEANUP(mem_close_fd) int fd = open(r->draft, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || syncfs(fd) != 0)
        return fail(r, r->draft, "flushed to the disk");
    if (rename(r->draft, r->dir) != 0) /* an empty folder of that name gives way */
        return fail(r, r->dir, "put in place (a mount point cannot be replaced: restore into a folder beneath it)");
    part_folder(r->dir, path);
    return part_sync_folder(path, r->why);
}

static enum err make(struct restoring *r)
{
    struct manifest m;
    struct arena *a = arena_new(65536);
    enum err e = unpack(r, &m, a);
    if (e == OK)
        e = take_key(r, &m);
    if (e == OK)
        e = renew_database(r, &m);
    if (e == OK)
        e = put_in_place(r);
    arena_free(&a);
    return e;
}

enum err restore_read(const struct restore_options *o, struct restore_result *out, struct why *why)
{
    struct restoring r = {.o = o, .why = why};
    enum err e = choose(&r);
    if (e)
        return e;
    e = make(&r);
    if (e)
        unpack_remove(r.draft);
    else
        *out = r.result;
    explicit_bzero(r.key, sizeof r.key);
    return e;
}
