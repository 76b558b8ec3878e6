#include "store/schema.h"

#include "base/log.h"
#include "store/db_ops.h"

/* Statements by name are compiled against the whole schema, so before it stands only text of our own will do. */
static bool ask(struct db *d, const char *text, int64_t *out, enum err *e)
{
    struct statement *s = db_prepare(d, str_from(text));
    *e = s ? OK : db_status(d);
    if (!s)
        return false;
    bool has_row = db_step(s);
    if (has_row)
        *out = db_col_int(s, 0);
    *e = has_row ? OK : db_status(d);
    db_free(&s);
    return has_row;
}

static enum err read_version(struct db *d, int64_t *out)
{
    enum err e = OK;
    int64_t count = 0;
    *out = 0;
    ask(d, "SELECT count(*) FROM sqlite_schema WHERE name = 'meta'", &count, &e);
    if (e == OK && count > 0)
        ask(d, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'schema'", out, &e);
    return e;
}

static enum err note_version(struct db *d, int number)
{
    char text[128];
    snprintf(text, sizeof text, "INSERT OR REPLACE INTO meta (key, value) VALUES ('schema', '%d')", number);
    return db_exec(d, text, NULL);
}

static enum err run_one(struct db *d, const struct sql_migration *m, struct why *why)
{
    enum err e = db_exec(d, "BEGIN IMMEDIATE", why);
    if (e)
        return e;
    e = db_exec(d, m->text, why);
    if (e == OK)
        e = note_version(d, m->number);
    if (e == OK)
        e = db_exec(d, "COMMIT", why);
    if (e) {
        if (d->ops->is_open(d) && db_exec(d, "ROLLBACK", NULL) != OK)
            log_line(LOG_WARN, "migrate", "file=%s rollback=%s", m->name, log_safe(str_from(db_message(d))));
        return e;
    }
    log_line(LOG_DEBUG, "migrate", "file=%s", m->name);
    return OK;
}

enum err schema_bring(struct db *d, bool *is_new, struct why *why)
{
    int64_t have = 0;
    enum err e = read_version(d, &have);
    if (e)
        return err_why(why, e, "", "the database cannot be read: %s", db_message(d));
    const struct sql_migration *all = d->ops->migrations;
    size_t count = *d->ops->migration_count;
    if (have > all[count - 1].number)
        return err_why(why, ERR_STATE, "",
                       "the database has schema %lld and this program knows %d: use the newer program or restore a backup",
                       (long long)have, all[count - 1].number);
    for (size_t i = 0; i < count && e == OK; i++) {
        if (all[i].number > have)
            e = run_one(d, &all[i], why);
    }
    if (e == OK)
        *is_new = have == 0;
    return e;
}
