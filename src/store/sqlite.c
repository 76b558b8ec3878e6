#include "store/db_ops.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <unistd.h>

struct sqlite {
    struct db base;
    sqlite3 *handle;
    enum err status;
    enum err lost; /* the error that ended the transaction under way; OK when none did */
    bool flush_failed;
    int64_t deadline_ms; /* monotonic */
    int64_t backlog;     /* pages in the WAL at the last commit */
    struct sqlite_statement *named[SQL_COUNT + 1];
};
struct sqlite_statement {
    struct statement base;
    sqlite3_stmt *stmt;
};

static struct sqlite *of(struct db *d)
{
    return (struct sqlite *)(void *)d;
}

static sqlite3_stmt *stmt_of(struct statement *s)
{
    return ((struct sqlite_statement *)(void *)s)->stmt;
}

/* SQLite knows one errno of no room, ENOSPC; a quota and a limit on file size are the same to us, and by the time the
 * commit fails with "I/O error" it has forgotten which it was. */
static ssize_t as_no_space(ssize_t n)
{
    if (n < 0 && (errno == EFBIG || errno == EDQUOT))
        errno = ENOSPC;
    return n;
}

static ssize_t write_at(int fd, const void *p, size_t n, off64_t at)
{
    return as_no_space(pwrite64(fd, p, n, at));
}

static ssize_t write_on(int fd, const void *p, size_t n)
{
    return as_no_space(write(fd, p, n));
}

/* One connection per thread: no mutex in the library, and no counting of its memory under a global one. */
static void configure(void)
{
    must(sqlite3_config(SQLITE_CONFIG_MULTITHREAD) == SQLITE_OK);
    must(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK);
    must(sqlite3_initialize() == SQLITE_OK);
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    must(vfs && vfs->iVersion >= 3);
    must(vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)write_at) == SQLITE_OK);
    must(vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)write_at) == SQLITE_OK);
    must(vfs->xSetSystemCall(vfs, "write", (sqlite3_syscall_ptr)write_on) == SQLITE_OK);
}

static bool is_no_space(int code, int os_error)
{
    switch (code) {
    case SQLITE_FULL:
    case SQLITE_IOERR_SHMSIZE: /* the shared index of the WAL could not grow */
        return true;
    case SQLITE_IOERR_SHMOPEN:
    case SQLITE_CANTOPEN:
        return os_error == ENOSPC || os_error == EDQUOT;
    default:
        return false;
    }
}

static enum err translate(sqlite3 *handle, int rc)
{
    if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
        return OK;
    int code = handle ? sqlite3_extended_errcode(handle) : rc;
    if (is_no_space(code, handle ? sqlite3_system_errno(handle) : 0))
        return ERR_DISK_FULL;
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
        return ERR_BUSY;
    case SQLITE_CONSTRAINT:
        return ERR_EXISTS;
    case SQLITE_TOOBIG:
        return ERR_LIMIT;
    case SQLITE_NOMEM:
    case SQLITE_MISUSE:
        err_abort(sqlite3_errstr(rc), __FILE__, __LINE__);
    case SQLITE_ERROR:
        return ERR_INTERNAL;
    default:
        return ERR_IO;
    }
}

static enum err note(struct sqlite *d, int rc)
{
    d->status = translate(d->handle, rc);
    if (d->status == ERR_IO) {
        int code = sqlite3_extended_errcode(d->handle);
        d->flush_failed |= code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
    }
    return d->status;
}

static int count_backlog(void *arg, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    ((struct sqlite *)arg)->backlog = pages;
    return SQLITE_OK;
}

static enum err sqlite_exec(struct db *base, const char *text, struct why *why)
{
    struct sqlite *d = of(base);
    int rc = sqlite3_exec(d->handle, text, NULL, NULL, NULL);
    return note(d, rc) ? err_why(why, d->status, "", "database: %s", sqlite3_errmsg(d->handle)) : OK;
}

/* secure_delete: what a kill takes out is overwritten, not only unlinked. The writer empties the WAL itself, since
 * SQLite swallows the errors of the checkpoint that a commit brings about, a failed flush included. */
static const char WRITER_PRAGMAS[] = "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                     "PRAGMA wal_autocheckpoint=0; PRAGMA secure_delete=ON; PRAGMA cache_size=-16384;";
/* No mmap: its pages are set up anew at each use, cell check included, which made searches half again as slow and single
 * look-ups two and a half times; and a bad sector is an error this way, not a signal. */
static const char READER_PRAGMAS[] = "PRAGMA query_only=ON; PRAGMA cache_size=-8192;";
static const char PRAGMAS[] = "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
                              "PRAGMA temp_store=MEMORY;";

static void sqlite_close(struct db *base)
{
    struct sqlite *d = of(base);
    for (size_t i = 0; i < SQL_COUNT; i++) {
        if (d->named[i])
            sqlite3_finalize(d->named[i]->stmt);
        mem_free(d->named[i]);
    }
    must(sqlite3_close(d->handle) == SQLITE_OK); /* busy: some statement was never freed */
    mem_free(d);
}

static enum err sqlite_open(const char *path, bool is_writer, struct db **out, struct why *why)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure);
    struct sqlite *d = mem_new(struct sqlite);
    d->base.ops = &sqlite_ops;
    d->base.is_writer = is_writer;
    int flags = SQLITE_OPEN_NOMUTEX | (is_writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    int rc = sqlite3_open_v2(path, &d->handle, flags, NULL);
    enum err e = translate(d->handle, rc);
    if (e)
        e = err_why(why, e, "", "%s: %s", path, d->handle ? sqlite3_errmsg(d->handle) : sqlite3_errstr(rc));
    if (e == OK) {
        sqlite3_extended_result_codes(d->handle, 1);
        sqlite3_busy_timeout(d->handle, 5000);
        e = sqlite_exec(&d->base, is_writer ? WRITER_PRAGMAS : READER_PRAGMAS, why);
    }
    if (e == OK)
        e = sqlite_exec(&d->base, PRAGMAS, why);
    if (e) {
        sqlite_close(&d->base);
        return e;
    }
    if (is_writer)
        sqlite3_wal_hook(d->handle, count_backlog, d);
    *out = &d->base;
    return OK;
}

static struct sqlite_statement *compile(struct sqlite *d, struct str text, unsigned flags)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v3(d->handle, text.p, (int)text.n, flags, &stmt, NULL);
    if (note(d, rc))
        return NULL;
    struct sqlite_statement *s = mem_new(struct sqlite_statement);
    s->base.db = &d->base;
    s->stmt = stmt;
    return s;
}

static struct statement *sqlite_prepare(struct db *base, struct str text)
{
    struct sqlite_statement *s = compile(of(base), text, 0);
    return s ? &s->base : NULL;
}

static void sqlite_reset(struct statement *s)
{
    sqlite3_reset(stmt_of(s)); /* repeats the last step's error, which status() holds already */
}

static struct statement *sqlite_get(struct db *base, enum sql which)
{
    struct sqlite *d = of(base);
    struct sqlite_statement *s = d->named[which];
    if (!s)
        s = d->named[which] = compile(d, str_from(sql_sqlite[which]), SQLITE_PREPARE_PERSISTENT);
    if (!s)
        err_abort(sqlite3_errmsg(d->handle), sql_names[which], 0);
    sqlite_reset(&s->base);
    sqlite3_clear_bindings(s->stmt);
    return &s->base;
}

static void sqlite_drop(struct statement *s)
{
    sqlite3_finalize(stmt_of(s));
    mem_free(s);
}

static void sqlite_bind(struct statement *s, int at, const struct db_cell *cell)
{
    sqlite3_stmt *stmt = stmt_of(s);
    int rc = SQLITE_OK;
    switch (cell->kind) {
    case DB_INT:
        rc = sqlite3_bind_int64(stmt, at, cell->number);
        break;
    case DB_TEXT:
        rc = sqlite3_bind_text64(stmt, at, cell->bytes.p, cell->bytes.n, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case DB_BLOB:
        rc = sqlite3_bind_blob64(stmt, at, cell->bytes.p, cell->bytes.n, SQLITE_STATIC);
        break;
    case DB_NULL:
        rc = sqlite3_bind_null(stmt, at);
        break;
    }
    must(rc == SQLITE_OK); /* a place that the statement lacks, or a bind in the middle of reading */
}

static bool step_lost(struct sqlite *d, struct statement *s)
{
    bool is_rollback = &d->named[SQL_DB_ROLLBACK]->base == s;
    d->status = is_rollback ? OK : d->lost;
    if (is_rollback)
        d->lost = OK;
    return false;
}

static bool sqlite_step(struct statement *s)
{
    struct sqlite *d = of(s->db);
    if (d->lost)
        return step_lost(d, s);
    bool was_open = !sqlite3_get_autocommit(d->handle);
    int rc = sqlite3_step(stmt_of(s));
    if (note(d, rc) && was_open && sqlite3_get_autocommit(d->handle))
        d->lost = d->status;
    return rc == SQLITE_ROW;
}

static void sqlite_column(struct statement *s, int at, struct db_cell *cell)
{
    sqlite3_stmt *stmt = stmt_of(s);
    if (sqlite3_column_type(stmt, at) == SQLITE_NULL) {
        cell->kind = DB_NULL;
    } else if (cell->kind == DB_INT) {
        cell->number = sqlite3_column_int64(stmt, at);
    } else {
        const void *p = sqlite3_column_blob(stmt, at);
        cell->bytes = (struct str){p ? p : "", (size_t)sqlite3_column_bytes(stmt, at)};
    }
}

static enum err sqlite_status(struct db *d)
{
    return of(d)->status;
}

static bool sqlite_flush_failed(struct db *d)
{
    return of(d)->flush_failed;
}

static const char *sqlite_message(struct db *d)
{
    return sqlite3_errmsg(of(d)->handle);
}

static int64_t sqlite_total_changes(struct db *d)
{
    return sqlite3_total_changes64(of(d)->handle);
}

static int is_late(void *arg)
{
    return clock_mono_ms() >= ((struct sqlite *)arg)->deadline_ms;
}

static void sqlite_deadline(struct db *base, int64_t budget_ms)
{
    struct sqlite *d = of(base);
    d->deadline_ms = clock_mono_ms() + budget_ms;
    sqlite3_progress_handler(d->handle, budget_ms ? 1000 : 0, budget_ms ? is_late : NULL, d);
}

static bool sqlite_is_open(struct db *d)
{
    return of(d)->lost || !sqlite3_get_autocommit(of(d)->handle);
}

/* Without the busy handler: a reader in the middle of a search must not hold up the store thread. */
static enum err sqlite_checkpoint(struct db *base, bool is_full)
{
    struct sqlite *d = of(base);
    int pages = 0, moved = 0;
    sqlite3_busy_timeout(d->handle, 0);
    int rc = sqlite3_wal_checkpoint_v2(d->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
    if (rc == SQLITE_OK && is_full && moved == pages)
        rc = sqlite3_wal_checkpoint_v2(d->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, &pages, &moved);
    if (is_full)
        sqlite3_db_release_memory(d->handle); /* nothing to do: the next story reads its pages from the kernel's cache */
    sqlite3_busy_timeout(d->handle, 5000);
    if (rc == SQLITE_BUSY)
        return ERR_BUSY;
    if (rc == SQLITE_OK && moved == pages)
        d->backlog = 0;
    return note(d, rc);
}

/* VACUUM INTO: one read transaction, and free pages stay behind, so nothing deleted is carried along. It counts as writing,
 * though not to the database it reads. */
static enum err sqlite_copy(struct db *d, const char *path, struct why *why)
{
    struct db_cell cell = {DB_TEXT, 0, str_from(path)};
    struct statement *s = sqlite_prepare(d, S("VACUUM INTO ?1"));
    enum err e = s ? sqlite_exec(d, "PRAGMA query_only=OFF", why) : sqlite_status(d);
    if (e == OK) {
        sqlite_bind(s, 1, &cell);
        sqlite_step(s);
        e = sqlite_status(d);
    }
    if (e)
        err_why(why, e, "", "%s: the database cannot be copied: %s", path, sqlite_message(d));
    if (s)
        sqlite_drop(s);
    enum err back = sqlite_exec(d, "PRAGMA query_only=ON", NULL);
    return e ? e : back;
}

static int64_t sqlite_backlog(struct db *d)
{
    return of(d)->backlog;
}

static bool sqlite_fits(struct db *d)
{
    bool is_fit = true;
    for (size_t i = 0; i < SQL_COUNT && is_fit; i++) {
        struct statement *s = sqlite_prepare(d, str_from(sql_sqlite[i]));
        is_fit = s != NULL;
        if (s)
            sqlite_drop(s);
    }
    return is_fit;
}

static enum err sqlite_integrity(struct db *d, void (*found)(void *arg, struct str text), void *arg)
{
    struct statement *s = sqlite_prepare(d, S("PRAGMA integrity_check(100)"));
    if (!s)
        return sqlite_status(d);
    while (sqlite_step(s)) {
        struct db_cell cell = {DB_TEXT, 0, STR_NONE};
        sqlite_column(s, 0, &cell);
        if (!str_is(cell.bytes, "ok"))
            found(arg, cell.bytes);
    }
    enum err e = sqlite_status(d);
    sqlite_drop(s);
    return e;
}

const struct db_ops sqlite_ops = {
    .open = sqlite_open,
    .close = sqlite_close,
    .get = sqlite_get,
    .prepare = sqlite_prepare,
    .drop = sqlite_drop,
    .bind = sqlite_bind,
    .step = sqlite_step,
    .column = sqlite_column,
    .reset = sqlite_reset,
    .status = sqlite_status,
    .flush_failed = sqlite_flush_failed,
    .message = sqlite_message,
    .total_changes = sqlite_total_changes,
    .deadline = sqlite_deadline,
    .exec = sqlite_exec,
    .is_open = sqlite_is_open,
    .checkpoint = sqlite_checkpoint,
    .copy = sqlite_copy,
    .backlog = sqlite_backlog,
    .fits = sqlite_fits,
    .integrity = sqlite_integrity,
    .migrations = sql_sqlite_migrations,
    .migration_count = &sql_sqlite_migration_count,
};
