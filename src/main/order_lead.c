#include "store/lead.h"
#include "main/order.h"

static const char usage[] = "lead list | show ID | close ID";

static enum err list(struct order *o)
{
    static const char *const names[] = {"id", "at", "state", "name", "organisation", "mail"};
    enum err e = args_end(&o->args, &o->why);
    if (e)
        return e;
    struct lead *v;
    size_t n = lead_list(store_main_reader(o->store), o->arena, &v);
    struct table t = table_start(o, names, 6);
    for (size_t i = 0; i < n; i++) {
        struct json *j = NULL;
        if (json_parse(v[i].json, &j, NULL) != OK)
            j = NULL;
        table_int(&t, (int64_t)v[i].id);
        table_time(&t, v[i].at_ms);
        table_text(&t, v[i].closed_ms ? S("closed") : S("open"));
        table_text(&t, json_str(json_get(j, "name")));
        table_text(&t, json_str(json_get(j, "organisation")));
        table_text(&t, json_str(json_get(j, "mail")));
        json_free(&j);
    }
    table_end(&t);
    return OK;
}

static enum err need(struct order *o, struct lead *out)
{
    uint64_t id;
    struct str v = args_next(&o->args);
    if (!v.p || !str_u64(v, &id))
        return order_usage(o, usage);
    if (!lead_get(store_main_reader(o->store), o->arena, id, out))
        return err_why(&o->why, ERR_NONE, "", "there is no lead %llu; `tellal lead list` shows them", (unsigned long long)id);
    return args_end(&o->args, &o->why);
}

static enum err show(struct order *o)
{
    struct lead l;
    enum err e = need(o, &l);
    if (e)
        return e;
    struct json *j = NULL;
    if (o->is_json || json_parse(l.json, &j, NULL) != OK) {
        buf_add(&o->out, l.json);
        buf_addc(&o->out, '\n');
        return OK;
    }
    void *at = NULL;
    struct str key;
    const struct json *v;
    while (json_next(j, &at, &key, &v)) {
        struct str text = json_str(v);
        buf_printf(&o->out, "%.*s\t", STR_FMT(key));
        for (size_t i = 0; i < text.n; i++)
            buf_addc(&o->out, strchr("\t\r\n", text.p[i]) ? ' ' : text.p[i]);
        buf_addc(&o->out, '\n');
    }
    json_free(&j);
    return OK;
}

static enum err close_it(struct order *o)
{
    struct lead l;
    enum err e = need(o, &l);
    if (e)
        return e;
    struct lead_command c;
    lead_command_init(&c);
    c.close_id = l.id;
    return order_post(o, &c.command);
}

enum err order_lead(struct order *o)
{
    struct str verb = o->args.n > 1 ? o->args.words[1] : STR_NONE;
    o->args.is_used[1] = o->args.n > 1;
    if (str_is(verb, "list"))
        return list(o);
    if (str_is(verb, "show"))
        return show(o);
    if (str_is(verb, "close"))
        return close_it(o);
    return order_usage(o, usage);
}
