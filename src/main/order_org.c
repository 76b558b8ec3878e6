#include "base/clock.h"
#include "main/order.h"

static const char usage[] =
    "org add NAME [--provider L] [--package L] [--category L] [--type L] [--language L] [--priority L] [--photo-size L] "
    "[--video-size L] [--graph-size L] [--archive-days N] [--download-limit N] [--valid FROM..TO] [--address CIDR,…] "
    "[--lines N] [--contact NAME --phone P --mail M] | list | show ID | set ID … | close ID";

/* "2026-01-01..2026-12-31", either side open; the last day counts whole. */
static enum err read_valid(struct order *o, struct str v, struct terms *t)
{
    size_t dots = str_find(v, S(".."));
    if (dots == SIZE_MAX)
        return err_why(&o->why, ERR_PARSE, "--valid", "write FROM..TO, either may be empty: 2026-01-01..2026-12-31");
    struct str from = str_trim(str_sub(v, 0, dots)), to = str_trim(str_sub(v, dots + 2, v.n));
    if (from.n && clock_parse(from, &t->valid_from_ms) != OK)
        return err_why(&o->why, ERR_PARSE, "--valid", "“%.*s” is no date", STR_FMT(from));
    if (to.n && clock_parse(to, &t->valid_to_ms) != OK)
        return err_why(&o->why, ERR_PARSE, "--valid", "“%.*s” is no date", STR_FMT(to));
    if (to.n == 10)
        t->valid_to_ms += 86400000 - 1;
    return OK;
}

static enum err read_sets(struct order *o, struct terms *t, bool *given)
{
    static const char *const names[CODE_KINDS] = {"--provider", "--package",  "--category",
                                                  "--type",     "--language", "--priority"};
    struct codes *codes = stories_codes(store_stories(o->store));
    enum err e = OK;
    for (enum code_kind k = 0; k < CODE_KINDS && !e; k++) {
        struct str list = args_value(&o->args, names[k]);
        if (!list.p)
            continue;
        bool is_any;
        struct codeset set = {0};
        e = codes_parse_list(codes, k, list, &set, &is_any, &o->why);
        if (e)
            break;
        t->sets[k] = set;
        t->any = is_any ? t->any | 1u << k : t->any & ~(1u << k);
        *given = true;
    }
    codes_unref(&codes);
    return e ? ERR_PARSE : OK;
}

static enum err read_terms(struct order *o, struct terms *t, bool *given)
{
    enum err e = read_sets(o, t, given);
    if (!e)
        e = order_count(o, "--archive-days", &t->archive_days, given);
    if (!e)
        e = order_count(o, "--download-limit", &t->download_limit, given);
    if (!e)
        e = order_count(o, "--lines", &t->lines, given);
    const char *const texts[] = {"--photo-size", "--video-size", "--graph-size", "--address"};
    struct str *const to[] = {&t->photo_size, &t->video_size, &t->graph_size, &t->address};
    for (size_t i = 0; i < 4; i++) {
        struct str v = args_value(&o->args, texts[i]);
        if (v.p) {
            *to[i] = v;
            *given = true;
        }
    }
    struct str valid = args_value(&o->args, "--valid");
    if (!e && valid.p) {
        t->valid_from_ms = t->valid_to_ms = 0;
        e = read_valid(o, valid, t);
        *given = true;
    }
    return e;
}

/* Contact as JSON; what is not given stays as it was. */
static struct str read_contact(struct order *o, struct str before)
{
    static const char *const options[] = {"--contact", "--phone", "--mail"}, *const keys[] = {"name", "phone", "mail"};
    struct json *old = NULL;
    if (before.n && json_parse(before, &old, NULL) != OK)
        old = NULL;
    struct buf b = BUF_INIT(8192);
    struct jw w = jw_start(&b);
    bool given = false;
    jw_open(&w, NULL);
    for (int i = 0; i < 3; i++) {
        struct str v = args_value(&o->args, options[i]);
        given = given || v.p;
        jw_str_if(&w, keys[i], v.p ? v : json_str(json_get(old, keys[i])));
    }
    jw_close(&w);
    struct str out = given ? arena_str(o->arena, buf_str(&b)) : STR_NONE;
    buf_fini(&b);
    json_free(&old);
    return out;
}

static enum err add(struct order *o)
{
    struct org_command c;
    org_command_init(&c, store_people(o->store));
    terms_init(&c.terms);
    bool given = false;
    enum err e = read_terms(o, &c.terms, &given);
    c.has_terms = true;
    c.contact = read_contact(o, STR_NONE);
    c.name = args_next(&o->args);
    if (!e)
        e = args_end(&o->args, &o->why);
    if (!e && !str_trim(c.name).n)
        e = order_usage(o, usage);
    if (!e)
        e = order_post(o, &c.command);
    if (!e)
        order_id(o, c.out_id);
    return e;
}

static struct org *find(struct order *o)
{
    struct str who = args_next(&o->args);
    struct org *org = who.p ? people_org_named(store_people(o->store), who) : NULL;
    if (!org)
        err_why(&o->why, who.p ? ERR_NONE : ERR_PARSE, "",
                who.p ? "there is no organisation “%.*s”; `tellal org list` shows them" : "name the organisation%.*s",
                STR_FMT(who));
    return org;
}

static enum err set(struct order *o)
{
    struct org_command c;
    org_command_init(&c, store_people(o->store));
    struct str name = args_value(&o->args, "--name");
    /* options first: a word after one must not pass for the organisation's name */
    struct terms scratch;
    terms_init(&scratch);
    struct args saved = o->args;
    bool given = false;
    enum err e = read_terms(o, &scratch, &given);
    read_contact(o, STR_NONE);
    struct org *org = e ? NULL : find(o);
    if (!org)
        return e ? e : ERR_NONE;
    struct args after = o->args;
    o->args = saved;
    c.id = org->id;
    c.name = name;
    c.terms = *right_terms(org->right);
    given = false;
    e = read_terms(o, &c.terms, &given);
    c.has_terms = given;
    c.contact = read_contact(o, org->contact);
    o->args = after;
    if (!e)
        e = args_end(&o->args, &o->why);
    if (!e)
        e = order_post(o, &c.command);
    org_unref(&org);
    return e;
}

static enum err close_it(struct order *o)
{
    struct org *org = find(o);
    if (!org)
        return ERR_NONE;
    struct org_command c;
    org_command_init(&c, store_people(o->store));
    c.id = org->id;
    c.is_close = true;
    enum err e = args_end(&o->args, &o->why);
    if (!e)
        e = order_post(o, &c.command);
    org_unref(&org);
    return e;
}

static void rows(struct order *o, struct org **v, size_t n)
{
    static const char *const names[] = {"id", "name", "state", "rights", "contact"};
    struct table t = table_start(o, names, 5);
    for (size_t i = 0; i < n; i++) {
        struct buf terms = BUF_INIT(65536);
        terms_write(right_terms(v[i]->right), &terms);
        table_int(&t, v[i]->id);
        table_text(&t, v[i]->name);
        table_text(&t, v[i]->closed_at_ms ? S("closed") : S("open"));
        table_text(&t, buf_str(&terms));
        table_text(&t, v[i]->contact);
        buf_fini(&terms);
    }
    table_end(&t);
}

static enum err list(struct order *o)
{
    enum err e = args_end(&o->args, &o->why);
    if (e)
        return e;
    size_t n;
    struct org **v = people_orgs(store_people(o->store), &n);
    rows(o, v, n);
    for (size_t i = 0; i < n; i++)
        org_unref(&v[i]);
    mem_free(v);
    return OK;
}

static enum err show(struct order *o)
{
    struct org *org = find(o);
    if (!org)
        return ERR_NONE;
    enum err e = args_end(&o->args, &o->why);
    if (!e)
        rows(o, &org, 1);
    org_unref(&org);
    return e;
}

enum err order_org(struct order *o)
{
    struct str verb = o->args.n > 1 ? o->args.words[1] : STR_NONE;
    o->args.is_used[1] = o->args.n > 1;
    if (str_is(verb, "add"))
        return add(o);
    if (str_is(verb, "list"))
        return list(o);
    if (str_is(verb, "show"))
        return show(o);
    if (str_is(verb, "set"))
        return set(o);
    if (str_is(verb, "close"))
        return close_it(o);
    return order_usage(o, usage);
}
