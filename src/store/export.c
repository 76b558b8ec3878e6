#include "store/export.h"

#include "base/json.h"
#include "codec/native.h"
#include "news/chain.h"
#include "store/db.h"

#include <errno.h>

#define PAGE_BYTES (1u << 20) /* a page is full when it holds as much, whatever its last line adds */
#define LINE_BYTES (96u << 20)

struct export {
    const struct export_options *o;
    struct db *db;
    struct buf page;
    uint64_t head, last; /* newest number of the store; number of the last line written */
    struct export_result result;
    struct why *why;
};

static enum err fail(struct export *x, enum err e)
{
    return err_why(x->why, e, x->o->path, "the store cannot be read: %s", db_message(x->db));
}

static enum err put_page(struct export *x)
{
    if (!buf_ok(&x->page))
        return err_why(x->why, ERR_LIMIT, "", "a record and its text are larger than %u MiB", LINE_BYTES >> 20);
    if (x->page.n && !x->o->put(x->o->arg, buf_str(&x->page)))
        return err_why(x->why, ERR_IO, "", "the export cannot be written: %s", strerror(errno));
    buf_reset(&x->page);
    return OK;
}

/* ---- the header ---- */

static uint64_t ask_number(struct export *x, enum sql which, uint64_t below)
{
    struct statement *s = db_get(x->db, which);
    if (below)
        db_int(s, 1, (int64_t)below);
    uint64_t n = db_step(s) ? (uint64_t)db_col_int(s, 0) : 0;
    db_reset(s);
    return n;
}

static void write_epochs(struct export *x, struct jw *w)
{
    struct statement *s = db_get(x->db, SQL_EXPORT_EPOCHS);
    jw_open_list(w, "epoch");
    while (db_step(s)) {
        jw_open(w, NULL);
        jw_str(w, "id", db_col_text(s, 0));
        jw_int(w, "first_seq", db_col_int(s, 1));
        jw_int(w, "at", db_col_int(s, 2));
        jw_close(w);
    }
    jw_close_list(w);
    db_reset(s);
}

static void write_prev(struct export *x, struct jw *w)
{
    struct statement *s = db_get(x->db, SQL_EXPORT_PREV);
    static const uint8_t ZEROS[ID_HASH];
    struct buf hex = BUF_INIT(2 * ID_HASH);
    db_int(s, 1, (int64_t)x->o->after);
    struct str hash = db_step(s) ? db_col_text(s, 0) : str_of((const char *)ZEROS, ID_HASH);
    id_hex((const uint8_t *)hash.p, hash.n, &hex);
    jw_str(w, "prev", buf_str(&hex));
    db_reset(s);
    buf_fini(&hex);
}

static void write_header(struct export *x)
{
    struct jw w = jw_start(&x->page);
    jw_open(&w, NULL);
    jw_int(&w, "export", EXPORT_FORMAT);
    jw_str(&w, "agency", x->o->agency);
    write_epochs(x, &w);
    jw_int(&w, "head", (int64_t)x->head);
    jw_int(&w, "after", (int64_t)x->o->after);
    jw_int(&w, "to", (int64_t)x->result.to);
    write_prev(x, &w);
    jw_close(&w);
    buf_addc(&x->page, '\n');
}

/* Up to where it goes is settled here; what comes meanwhile is left to the next export. */
static enum err start(struct export *x)
{
    enum err e = db_begin(x->db);
    if (e)
        return fail(x, e);
    x->head = ask_number(x, SQL_RECORD_HEAD, 0);
    uint64_t most = x->o->to < x->head ? x->o->to : x->head;
    if (x->o->after > most) {
        e = err_why(x->why, ERR_FIELD, "", "records are asked for after %llu, and the last one would be %llu",
                    (unsigned long long)x->o->after, (unsigned long long)most);
    } else {
        uint64_t last = ask_number(x, SQL_RECORD_LAST_BELOW, most + 1);
        x->result.to = last > x->o->after ? last : x->o->after;
        write_header(x);
        e = db_status(x->db);
        if (e)
            fail(x, e);
    }
    db_rollback(x->db);
    x->last = x->o->after;
    return e ? e : put_page(x);
}

/* ---- records ---- */

enum { SEQ, CANON, HASH, META, TEXT, TEXT_SALT, PERSON, PERSON_SALT };

static void write_salt(struct buf *b, struct str salt)
{
    buf_puts(b, ",\"salt\":\"");
    id_hex((const uint8_t *)salt.p, salt.n, b);
    buf_addc(b, '"');
}

/* The text is kept as our own halves of JSON; the commitment is over its canonical form. */
static void write_text(struct export *x, struct statement *s)
{
    struct story *story = story_new();
    struct buf *b = &x->page;
    if (native_read_stored(db_col_text(s, META), db_col_text(s, TEXT), story, NULL) == OK) {
        buf_puts(b, ",\"text\":");
        chain_text(story, b);
        write_salt(b, db_col_text(s, TEXT_SALT));
    } else {
        x->result.unreadable++;
    }
    story_unref(&story);
}

static void write_line(struct export *x, struct statement *s)
{
    struct buf *b = &x->page;
    struct str hash = db_col_text(s, HASH);
    buf_puts(b, "{\"record\":");
    buf_add(b, db_col_text(s, CANON));
    buf_puts(b, ",\"hash\":\"");
    id_hex((const uint8_t *)hash.p, hash.n, b);
    buf_addc(b, '"');
    if (!db_col_is_null(s, TEXT) && !db_col_is_null(s, TEXT_SALT)) {
        write_text(x, s);
    } else if (x->o->has_personal && !db_col_is_null(s, PERSON)) {
        buf_puts(b, ",\"person\":");
        buf_add(b, db_col_text(s, PERSON));
        write_salt(b, db_col_text(s, PERSON_SALT));
    }
    buf_puts(b, "}\n");
    x->last = (uint64_t)db_col_int(s, SEQ);
    x->result.records++;
}

/* One page in one short transaction. */
static enum err read_page(struct export *x)
{
    struct statement *s = db_get(x->db, SQL_EXPORT_RECORDS);
    db_int(s, 1, (int64_t)x->last);
    db_int(s, 2, (int64_t)x->result.to);
    while (x->page.n < PAGE_BYTES && db_step(s))
        write_line(x, s);
    enum err e = db_status(x->db);
    db_reset(s);
    return e ? fail(x, e) : OK;
}

static enum err write_records(struct export *x)
{
    while (x->last < x->result.to) {
        uint64_t before = x->last;
        enum err e = read_page(x);
        if (e == OK)
            e = put_page(x);
        if (e)
            return e;
        if (x->last == before)
            return err_why(x->why, ERR_STATE, "", "the record after %llu is not there: run `tellal check`", (unsigned long long)before);
    }
    return OK;
}

enum err export_write(const struct export_options *o, struct export_result *out, struct why *why)
{
    struct export x = {.o = o, .page = BUF_INIT(PAGE_BYTES + LINE_BYTES), .why = why};
    enum err e = db_open(o->path, false, &x.db, why);
    if (e)
        return e;
    e = start(&x);
    if (e == OK)
        e = write_records(&x);
    db_close(&x.db);
    buf_fini(&x.page);
    if (e == OK)
        *out = x.result;
    return e;
}
