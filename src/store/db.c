#include "store/db.h"

#include "store/db_ops.h"

#include "base/mem.h"

enum err db_open(const char *path, bool is_writer, struct db **out, struct why *why)
{
    return sqlite_ops.open(path, is_writer, out, why);
}

void db_close(struct db **d)
{
    if (*d)
        (*d)->ops->close(*d);
    *d = NULL;
}

struct statement *db_get(struct db *d, enum sql which)
{
    must(which < SQL_COUNT);
    return d->ops->get(d, which);
}

struct statement *db_prepare(struct db *d, struct str sql)
{
    return d->ops->prepare(d, sql);
}

void db_free(struct statement **s)
{
    if (*s)
        (*s)->db->ops->drop(*s);
    *s = NULL;
}

void db_int(struct statement *s, int at, int64_t v)
{
    s->db->ops->bind(s, at, &(struct db_cell){DB_INT, v, STR_NONE});
}

void db_text(struct statement *s, int at, struct str v)
{
    s->db->ops->bind(s, at, &(struct db_cell){v.p ? DB_TEXT : DB_NULL, 0, v});
}

void db_blob(struct statement *s, int at, const void *p, size_t n)
{
    s->db->ops->bind(s, at, &(struct db_cell){p ? DB_BLOB : DB_NULL, 0, {p, n}});
}

void db_null(struct statement *s, int at)
{
    s->db->ops->bind(s, at, &(struct db_cell){DB_NULL, 0, STR_NONE});
}

bool db_step(struct statement *s)
{
    return s->db->ops->step(s);
}

enum err db_run(struct statement *s)
{
    struct db *d = s->db;
    bool has_row = d->ops->step(s);
    enum err e = has_row ? OK : d->ops->status(d);
    d->ops->reset(s);
    return e;
}

int64_t db_col_int(struct statement *s, int at)
{
    struct db_cell cell = {DB_INT, 0, STR_NONE};
    s->db->ops->column(s, at, &cell);
    return cell.kind == DB_INT ? cell.number : 0;
}

bool db_col_is_null(struct statement *s, int at)
{
    struct db_cell cell = {DB_INT, 0, STR_NONE};
    s->db->ops->column(s, at, &cell);
    return cell.kind == DB_NULL;
}

struct str db_col_text(struct statement *s, int at)
{
    struct db_cell cell = {DB_TEXT, 0, STR_NONE};
    s->db->ops->column(s, at, &cell);
    return cell.kind == DB_NULL ? STR_NONE : cell.bytes;
}

void db_reset(struct statement *s)
{
    s->db->ops->reset(s);
}

enum err db_status(struct db *d)
{
    return d->ops->status(d);
}

bool db_flush_failed(struct db *d)
{
    return d->ops->flush_failed(d);
}

const char *db_message(struct db *d)
{
    return d->ops->message(d);
}

int64_t db_total_changes(struct db *d)
{
    return d->ops->total_changes(d);
}

void db_deadline(struct db *d, int64_t budget_ms)
{
    d->ops->deadline(d, budget_ms);
}

enum err db_exec(struct db *d, const char *sql, struct why *why)
{
    return d->ops->exec(d, sql, why);
}

enum err db_begin(struct db *d)
{
    return db_run(db_get(d, d->is_writer ? SQL_DB_BEGIN : SQL_DB_BEGIN_READ));
}

enum err db_commit(struct db *d)
{
    return db_run(db_get(d, SQL_DB_COMMIT));
}

void db_rollback(struct db *d)
{
    if (d->ops->is_open(d) && db_run(db_get(d, SQL_DB_ROLLBACK)) != OK)
        must(!d->ops->is_open(d));
}

enum err db_savepoint(struct db *d)
{
    return db_run(db_get(d, SQL_DB_SAVEPOINT));
}

enum err db_release(struct db *d)
{
    return db_run(db_get(d, SQL_DB_RELEASE));
}

enum err db_undo(struct db *d)
{
    enum err e = db_run(db_get(d, SQL_DB_UNDO));
    return e ? e : db_release(d);
}

enum err db_checkpoint(struct db *d, bool is_full)
{
    return d->ops->checkpoint(d, is_full);
}

enum err db_copy(struct db *d, const char *path, struct why *why)
{
    return d->ops->copy(d, path, why);
}

int64_t db_backlog(struct db *d)
{
    return d->ops->backlog(d);
}

bool db_fits(struct db *d)
{
    return d->ops->fits(d);
}

enum err db_integrity(struct db *d, void (*found)(void *arg, struct str text), void *arg)
{
    return d->ops->integrity(d, found, arg);
}
