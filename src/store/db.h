/* One connection to the database, and named statements (files in sql/<backend>, the same names for every backend, turned
 * into a table at build by tools/gen_sql.py). A backend is a table of about ten functions; sqlite.c is the first.
 * A connection belongs to one thread. Text given to db_text must live until the statement is stepped or reset. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/buf.h"
#include "sql_names.h" /* generated: enum sql { SQL_<NAME>… SQL_COUNT } */

struct db;

/* path: file; is_writer opens read-write and creates, else read-only. ERR_IO, ERR_DISK_FULL with the reason. */
enum err db_open(const char *path, bool is_writer, struct db **out, struct why *why) MUST_USE;
void db_close(struct db **d);

/* Statements: get resets and clears bindings; bind in any order from 1; step returns true with a row. After the last row
 * or an error step returns false: db_status tells which. */
struct statement;
struct statement *db_get(struct db *d, enum sql which);
struct statement *db_prepare(struct db *d, struct str sql); /* text made by our own code from checked parts; free it */
void db_free(struct statement **s);
void db_int(struct statement *s, int at, int64_t v);
void db_text(struct statement *s, int at, struct str v); /* STR_NONE binds NULL */
void db_blob(struct statement *s, int at, const void *p, size_t n);
void db_null(struct statement *s, int at);
bool db_step(struct statement *s);
enum err db_run(struct statement *s) MUST_USE; /* for statements without rows: step once, reset */
int64_t db_col_int(struct statement *s, int at); /* from 0; 0 for NULL */
bool db_col_is_null(struct statement *s, int at);
struct str db_col_text(struct statement *s, int at); /* valid until the next step or get; STR_NONE for NULL */
void db_reset(struct statement *s);              /* ends reading early; always after a partly read statement */
enum err db_status(struct db *d) MUST_USE;       /* OK, or what the last false step meant: ERR_DISK_FULL, ERR_IO, ERR_BUSY, ERR_EXISTS … */
bool db_flush_failed(struct db *d); /* some flush failed: what this connection wrote may not be on the disk */
const char *db_message(struct db *d);            /* the backend's words, for logs */
int64_t db_total_changes(struct db *d); /* since it was opened, those inside virtual tables included */
/* Tells a statement to give up after this much work (2 s of search, trust 3); 0 = no limit. Afterwards db_status is ERR_BUSY. */
void db_deadline(struct db *d, int64_t budget_ms);

enum err db_begin(struct db *d) MUST_USE;  /* writers: IMMEDIATE */
enum err db_commit(struct db *d) MUST_USE;
void db_rollback(struct db *d);
/* One level: per command inside a group. When a full disk has ended the whole transaction, every statement up to
 * db_rollback fails with that error, so that nothing is written outside of a transaction. */
enum err db_savepoint(struct db *d) MUST_USE;
enum err db_release(struct db *d) MUST_USE;
enum err db_undo(struct db *d) MUST_USE; /* back to the savepoint, and releases it */
enum err db_exec(struct db *d, const char *sql, struct why *why) MUST_USE; /* migrations; several statements */
/* Writers: moves committed pages from the log into the database file as far as readers let it, never waiting for them;
 * is_full also empties the log when none reads. An error of the flush is ERR_IO and must not be retried (trust P14). */
enum err db_checkpoint(struct db *d, bool is_full) MUST_USE;
/* Readers: writes the database as it stands now into a new file, without what was deleted; the writer goes on meanwhile. */
enum err db_copy(struct db *d, const char *path, struct why *why) MUST_USE;
int64_t db_backlog(struct db *d); /* pages in the log at the last commit */
/* Whether every named statement can be compiled: false for a database that has another schema than it says. */
bool db_fits(struct db *d);
/* Runs the backend's own integrity check; calls found() per finding. */
enum err db_integrity(struct db *d, void (*found)(void *arg, struct str text), void *arg) MUST_USE;

#endif
