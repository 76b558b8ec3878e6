#include "store/receipts.h"
#include "base/json.h"
#include "main/order.h"

static void member(struct table *t, const struct json *contact, const char *key)
{
    table_text(t, json_str(json_get(contact, key)));
}

/* The earliest of the highest version: what an operator asks is whether and when they had the last word. */
static void last_sent(struct table *t, const struct receipt *row)
{
    const struct receipt_sent *best = NULL;
    for (const struct receipt_sent *x = row->sent; x; x = x->next)
        if (!best || x->version > best->version || (x->version == best->version && x->at_ms < best->at_ms))
            best = x;
    table_int(t, (int64_t)row->sent_count);
    table_text(t, best ? arena_printf(t->o->arena, "%u", best->version) : STR_NONE);
    table_time(t, best ? best->at_ms : 0);
}

static void last_fetched(struct table *t, const struct receipt *row)
{
    const struct receipt_fetch *last = NULL;
    for (const struct receipt_fetch *f = row->fetched; f; f = f->next)
        last = f;
    table_int(t, (int64_t)row->fetched_count);
    table_text(t, last ? arena_printf(t->o->arena, "%u", last->version) : STR_NONE);
    table_time(t, last ? last->at_ms : 0);
}

static void write_row(struct table *t, const struct receipt *row)
{
    struct json *contact = NULL;
    if (!row->contact.n || json_parse(row->contact, &contact, NULL) != OK)
        contact = NULL;
    table_int(t, row->org);
    table_text(t, row->name);
    table_text(t, row->is_entitled ? S("yes") : S("no"));
    last_sent(t, row);
    last_fetched(t, row);
    table_time(t, row->acked_ms);
    table_time(t, row->reached_ms);
    table_time(t, row->seen_ms);
    table_time(t, row->outstanding_since_ms);
    member(t, contact, "name");
    member(t, contact, "phone");
    member(t, contact, "mail");
    json_free(&contact);
}

enum err order_receipts(struct order *o)
{
    static const char *const names[] = {"org",     "name",       "entitled", "sent",    "sent_version", "sent_at",
                                        "fetched", "fetched_version", "fetched_at", "acked_at", "reached_at", "seen_at",
                                        "outstanding_since", "contact", "phone", "mail"};
    struct str id = args_next(&o->args);
    enum err e = args_end(&o->args, &o->why);
    uint64_t n = 0;
    struct receipts found;
    if (e)
        return e;
    if (!id.n)
        return order_usage(o, "receipts ID");
    e = story_id_parse(id, NULL, NULL, NULL, &n)
            ? receipts_read(store_main_reader(o->store), store_people(o->store), o->arena, n, &found)
            : ERR_NONE;
    if (e == ERR_NONE || (e == OK && !str_eq(found.id, id)))
        return err_why(&o->why, ERR_NONE, "", "there is no story “%.*s” on the wire; `tellal story list` shows the newest", STR_FMT(id));
    if (e)
        return err_why(&o->why, e, "", "the ledger cannot be read (%s); run `tellal check`", err_key(e));
    if (o->is_json) {
        receipts_write(&found, &o->out);
        buf_addc(&o->out, '\n');
        return OK;
    }
    struct table t = table_start(o, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < found.count; i++)
        write_row(&t, &found.rows[i]);
    table_end(&t);
    return OK;
}
