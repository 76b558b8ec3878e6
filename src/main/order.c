#include "main/order.h"

#include "base/clock.h"

void order_init(struct order *o, struct store *s)
{
    *o = (struct order){.store = s, .arena = arena_new(16384), .out = BUF_INIT(64u << 20)};
    args_init(&o->args);
}

void order_fini(struct order *o)
{
    arena_free(&o->arena);
    buf_fini(&o->out);
}

struct table table_start(struct order *o, const char *const *names, size_t count)
{
    struct table t = {o, names, count, 0, jw_start(&o->out)};
    if (o->is_json) {
        jw_open_list(&t.w, NULL);
        return t;
    }
    for (size_t i = 0; i < count; i++)
        buf_printf(&o->out, "%s%s", i ? "\t" : "", names[i]);
    buf_addc(&o->out, '\n');
    return t;
}

static const char *cell(struct table *t)
{
    const char *name = t->names[t->at % t->count];
    if (t->o->is_json && t->at % t->count == 0)
        jw_open(&t->w, NULL);
    else if (!t->o->is_json && t->at % t->count)
        buf_addc(&t->o->out, '\t');
    return name;
}

static void cell_end(struct table *t)
{
    if (++t->at % t->count)
        return;
    if (t->o->is_json)
        jw_close(&t->w);
    else
        buf_addc(&t->o->out, '\n');
}

void table_text(struct table *t, struct str v)
{
    const char *name = cell(t);
    if (t->o->is_json)
        jw_str(&t->w, name, v);
    for (size_t i = 0; !t->o->is_json && i < v.n; i++)
        buf_addc(&t->o->out, strchr("\t\r\n", v.p[i]) ? ' ' : v.p[i]); /* a cell is one field of one line */
    cell_end(t);
}

void table_int(struct table *t, int64_t v)
{
    const char *name = cell(t);
    if (t->o->is_json)
        jw_int(&t->w, name, v);
    else
        buf_printf(&t->o->out, "%lld", (long long)v);
    cell_end(t);
}

void table_time(struct table *t, int64_t ms)
{
    char at[CLOCK_TEXT] = "";
    if (ms)
        clock_rfc3339(ms, at);
    table_text(t, str_from(at));
}

void table_end(struct table *t)
{
    if (!t->o->is_json)
        return;
    jw_close_list(&t->w);
    buf_addc(&t->o->out, '\n');
}

void order_id(struct order *o, uint64_t id)
{
    buf_printf(&o->out, o->is_json ? "{\"id\":%llu}\n" : "%llu\n", (unsigned long long)id);
}

enum err order_post(struct order *o, struct command *c)
{
    enum err e = writer_run(store_writer(o->store), c);
    if (e)
        o->why = c->why;
    if (e && !o->why.text[0])
        err_why(&o->why, e, "", "the store refused it (%s)", err_key(e));
    return e;
}

enum err order_usage(struct order *o, const char *usage)
{
    return err_why(&o->why, ERR_PARSE, "", "usage: tellal %s", usage);
}

enum err order_count(struct order *o, const char *option, uint32_t *out, bool *out_given)
{
    struct str v = args_value(&o->args, option);
    uint64_t n;
    if (!v.p)
        return OK;
    if (!str_u64(v, &n) || n > UINT32_MAX)
        return err_why(&o->why, ERR_PARSE, option, "%s takes a whole number, not “%.*s”", option, STR_FMT(v));
    *out = (uint32_t)n;
    *out_given = true;
    return OK;
}

static const struct {
    const char *name;
    enum err (*run)(struct order *o);
} orders[] = {
    {"org", order_org},   {"user", order_user}, {"token", order_token},   {"story", order_story},
    {"lead", order_lead}, {"code", order_code}, {"import", order_import},
    {"receipts", order_receipts},
};

int order_run(struct order *o)
{
    o->is_json = args_flag(&o->args, "--json");
    struct str name = o->args.n ? o->args.words[0] : STR_NONE;
    o->args.is_used[0] = true;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (!str_is(name, orders[i].name))
            continue;
        enum err e = orders[i].run(o);
        return e == OK ? 0 : e == ERR_PARSE ? 2 : 1;
    }
    err_why(&o->why, ERR_PARSE, "", "there is no command “%.*s”", STR_FMT(name));
    return 2;
}
