#include "store/check.h"

#include "store/check_part.h"

#include <stdarg.h>

#define FINDINGS_MOST 1000 /* beyond it the database is a loss, and the list no help */

struct limited {
    void (*found)(void *arg, const char *text);
    void *arg;
    unsigned count;
};

static void found_limited(void *arg, const char *text)
{
    struct limited *l = arg;
    if (++l->count < FINDINGS_MOST)
        l->found(l->arg, text);
    else if (l->count == FINDINGS_MOST)
        l->found(l->arg, "more was found than is listed here");
}

void check_say(struct check *c, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    c->found(c->arg, text);
}

enum err check_walk(struct check *c, enum sql which, void (*row)(struct check *c, struct statement *s))
{
    struct statement *s = db_get(c->db, which);
    while (db_step(s)) {
        arena_reset(c->arena);
        c->checked++;
        row(c, s);
    }
    db_reset(s);
    /* The status of the last step: rows run statements of their own, but none after it. */
    return db_status(c->db);
}

static void found_damage(void *arg, struct str text)
{
    check_say(arg, "database: %.*s", STR_FMT(text));
}

/* Each part sees one state of the database, and holds its log back no longer than it takes. */
static enum err run_part(struct check *c, enum err (*part)(struct check *c))
{
    enum err e = db_begin(c->db);
    if (e == OK)
        e = part(c);
    db_rollback(c->db);
    return e;
}

enum err check_tape(struct reader *r, void (*found)(void *arg, const char *text), void *arg, uint64_t *out_checked)
{
    struct limited limited = {found, arg, 0};
    struct check c = {.db = reader_db(r), .found = found_limited, .arg = &limited, .arena = arena_new(65536)};
    enum err e = run_part(&c, check_chain);
    *out_checked = c.checked;
    arena_free(&c.arena);
    return e;
}

enum err check_store(struct reader *r, void (*found)(void *arg, const char *text), void *arg, uint64_t *out_checked)
{
    struct limited limited = {found, arg, 0};
    struct check c = {.db = reader_db(r), .found = found_limited, .arg = &limited, .arena = arena_new(65536)};
    enum err e = db_integrity(c.db, found_damage, &c);
    if (e == OK)
        e = run_part(&c, check_chain);
    if (e == OK)
        e = run_part(&c, check_stories);
    if (e == OK)
        e = run_part(&c, check_briefs);
    if (e == OK)
        e = run_part(&c, check_ledger);
    *out_checked = c.checked;
    arena_free(&c.arena);
    return e;
}
