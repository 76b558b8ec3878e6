/* What a backend of the store gives: one table of functions, dispatched by db.c. For backends only. Both structs are
 * the first member of the backend's own. */
#ifndef STORE_DB_OPS_H
#define STORE_DB_OPS_H

#include "store/db.h"

struct db {
    const struct db_ops *ops;
    bool is_writer;
};
struct statement {
    struct db *db;
};
struct db_cell {
    enum { DB_NULL, DB_INT, DB_TEXT, DB_BLOB } kind;
    int64_t number;
    struct str bytes;
};

struct db_ops {
    enum err (*open)(const char *path, bool is_writer, struct db **out, struct why *why);
    void (*close)(struct db *d);
    struct statement *(*get)(struct db *d, enum sql which); /* reset, bindings cleared */
    struct statement *(*prepare)(struct db *d, struct str text);
    void (*drop)(struct statement *s);
    void (*bind)(struct statement *s, int at, const struct db_cell *cell);
    bool (*step)(struct statement *s);
    void (*column)(struct statement *s, int at, struct db_cell *cell);
    void (*reset)(struct statement *s);
    enum err (*status)(struct db *d);
    bool (*flush_failed)(struct db *d);
    const char *(*message)(struct db *d);
    int64_t (*total_changes)(struct db *d);
    void (*deadline)(struct db *d, int64_t budget_ms);
    enum err (*exec)(struct db *d, const char *text, struct why *why);
    bool (*is_open)(struct db *d); /* a transaction is under way, or was lost and not yet rolled back */
    enum err (*checkpoint)(struct db *d, bool is_full);
    enum err (*copy)(struct db *d, const char *path, struct why *why);
    int64_t (*backlog)(struct db *d);
    bool (*fits)(struct db *d);
    enum err (*integrity)(struct db *d, void (*found)(void *arg, struct str text), void *arg);
    const struct sql_migration *migrations;
    const size_t *migration_count;
};

extern const struct db_ops sqlite_ops;

#endif
