#include "main/order.h"

static const char usage[] = "code list [KIND] | add KIND CODE WORD --tr NAME --en NAME --ar NAME | set KIND CODE [--word W] "
                            "[--tr NAME] [--en NAME] [--ar NAME]   (KIND: provider package category type language priority)";

static enum err list(struct order *o)
{
    static const char *const names[] = {"kind", "code", "word", "tr", "en", "ar"};
    struct str only = args_next(&o->args);
    enum code_kind kind = CODE_KINDS;
    enum err e = args_end(&o->args, &o->why);
    if (e)
        return e;
    if (only.p && !code_kind_parse(only, &kind))
        return order_usage(o, usage);
    struct codes *all = stories_codes(store_stories(o->store));
    struct table t = table_start(o, names, 6);
    for (enum code_kind k = 0; k < CODE_KINDS; k++) {
        const struct code *row;
        for (unsigned at = 0; (!only.p || k == kind) && (row = codes_next(all, k, at)); at = row->code) {
            table_text(&t, str_from(code_kind_name(k)));
            table_int(&t, row->code);
            table_text(&t, row->word);
            table_text(&t, row->tr);
            table_text(&t, row->en);
            table_text(&t, row->ar);
        }
    }
    table_end(&t);
    codes_unref(&all);
    return OK;
}

static struct str given_or(struct arena *a, struct str given, struct str old)
{
    return arena_str(a, given.n ? given : old);
}

static enum err read_row(struct order *o, struct code_command *c, bool is_add)
{
    struct str tr = args_value(&o->args, "--tr"), en = args_value(&o->args, "--en"), ar = args_value(&o->args, "--ar");
    struct str word = is_add ? STR_NONE : args_value(&o->args, "--word");
    struct str kind = args_next(&o->args), number = args_next(&o->args);
    if (is_add)
        word = args_next(&o->args);
    uint64_t code;
    enum err e = args_end(&o->args, &o->why);
    if (e)
        return e;
    if (!kind.p || !code_kind_parse(kind, &c->kind) || !number.p || !str_u64(number, &code) || !code || code > 255)
        return order_usage(o, usage);
    struct codes *all = stories_codes(store_stories(o->store));
    const struct code *old = codes_get(all, c->kind, (unsigned)code);
    if (!is_add == !old)
        e = err_why(&o->why, is_add ? ERR_EXISTS : ERR_NONE, "", "code %llu of %s %s", (unsigned long long)code,
                    code_kind_name(c->kind), is_add ? "exists; use `code set`" : "does not exist; use `code add`");
    if (!e && is_add && (!word.n || !tr.n || !en.n || !ar.n))
        e = order_usage(o, usage);
    c->row = (struct code){.code = (uint8_t)code};
    c->row.word = given_or(o->arena, word, old ? old->word : STR_NONE);
    c->row.tr = given_or(o->arena, tr, old ? old->tr : STR_NONE);
    c->row.en = given_or(o->arena, en, old ? old->en : STR_NONE);
    c->row.ar = given_or(o->arena, ar, old ? old->ar : STR_NONE);
    codes_unref(&all);
    return e;
}

static enum err change(struct order *o, bool is_add)
{
    struct code_command c;
    code_command_init(&c, store_stories(o->store));
    enum err e = read_row(o, &c, is_add);
    if (!e)
        e = order_post(o, &c.command);
    if (!e && is_add)
        order_id(o, c.row.code);
    return e;
}

enum err order_code(struct order *o)
{
    struct str verb = o->args.n > 1 ? o->args.words[1] : STR_NONE;
    o->args.is_used[1] = o->args.n > 1;
    if (str_is(verb, "list"))
        return list(o);
    if (str_is(verb, "add"))
        return change(o, true);
    if (str_is(verb, "set"))
        return change(o, false);
    return order_usage(o, usage);
}
