#include "store/lead.h"

#include "store/reader.h"
#include "store/writer.h"

#define LEAD_BYTES 16384
#define LEAD_LIST 1000

static enum err add(struct writer *w, struct lead_command *c)
{
    struct db *d = writer_db(w);
    if (c->json.n > LEAD_BYTES)
        return err_why(&c->command.why, ERR_LIMIT, "message", "at most %d bytes: shorten the message", LEAD_BYTES);
    struct statement *s = db_get(d, SQL_LEAD_ADD);
    db_int(s, 1, writer_now(w));
    db_text(s, 2, c->address);
    db_text(s, 3, c->json.p ? c->json : S("{}"));
    enum err e = db_run(s);
    if (e)
        return e;
    s = db_get(d, SQL_LEAD_LAST);
    c->out_id = db_step(s) ? (uint64_t)db_col_int(s, 0) : 0;
    db_reset(s);
    return OK;
}

static enum err close_one(struct writer *w, struct lead_command *c)
{
    struct db *d = writer_db(w);
    struct statement *s = db_get(d, SQL_LEAD_BY_ID);
    db_int(s, 1, (int64_t)c->close_id);
    bool is_there = db_step(s);
    db_reset(s);
    if (!is_there)
        return err_why(&c->command.why, ERR_NONE, "id", "there is no lead %llu", (unsigned long long)c->close_id);
    c->out_id = c->close_id;
    s = db_get(d, SQL_LEAD_CLOSE);
    db_int(s, 1, (int64_t)c->close_id);
    db_int(s, 2, writer_now(w));
    return db_run(s);
}

static enum err lead_apply(struct writer *w, struct command *command)
{
    struct lead_command *c = list_of(command, struct lead_command, command);
    return c->close_id ? close_one(w, c) : add(w, c);
}

void lead_command_init(struct lead_command *c)
{
    *c = (struct lead_command){.command.apply = lead_apply};
}

static struct lead read_lead(struct statement *s, struct arena *a)
{
    return (struct lead){.id = (uint64_t)db_col_int(s, 0),
                         .at_ms = db_col_int(s, 1),
                         .closed_ms = db_col_int(s, 2),
                         .address = arena_str(a, db_col_text(s, 3)),
                         .json = arena_str(a, db_col_text(s, 4))};
}

size_t lead_list(struct reader *r, struct arena *a, struct lead **out)
{
    size_t n = 0;
    *out = arena_array(a, struct lead, LEAD_LIST);
    struct statement *s = db_get(reader_db(r), SQL_LEADS_ALL);
    while (n < LEAD_LIST && db_step(s))
        (*out)[n++] = read_lead(s, a);
    db_reset(s);
    return n;
}

bool lead_get(struct reader *r, struct arena *a, uint64_t id, struct lead *out)
{
    struct statement *s = db_get(reader_db(r), SQL_LEAD_BY_ID);
    db_int(s, 1, (int64_t)id);
    bool is_there = db_step(s);
    if (is_there)
        *out = read_lead(s, a);
    db_reset(s);
    return is_there;
}
