#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "main/order.h"

static const char usage[] = "user add NAME --role reporter|editor|admin|subscriber|api [--org ID-or-NAME] [--mail M] "
                            "--password-stdin | list | set NAME [--role R] [--org O] [--mail M] [--password-stdin] "
                            "[--error-status http|body] | disable NAME";

/* A password that we could have made (128 bit and more: 22 base64url characters) needs no slow hash (trust 3). */
static bool is_generated(struct str p)
{
    if (p.n < 22 || !str_starts(p, S("gen_")))
        return false;
    for (size_t i = 0; i < p.n; i++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", p.p[i]))
            return false;
    return true;
}

static void encode(struct order *o, struct str password, char out[static ID_PASSWORD])
{
    if (!is_generated(password)) {
        id_password_hash(password, out);
        return;
    }
    uint8_t hash[ID_HASH];
    struct buf hex = BUF_INIT(ID_PASSWORD);
    id_keyed(store_token_key(o->store), password, hash);
    buf_add(&hex, S("k:"));
    id_hex(hash, ID_HASH, &hex);
    must(str_copy(buf_str(&hex), out, ID_PASSWORD));
    buf_fini(&hex);
}

static enum err read_password(struct order *o, enum role role, char out[static ID_PASSWORD], const char **set)
{
    if (!args_flag(&o->args, "--password-stdin"))
        return OK;
    struct str p = o->input;
    while (p.n && strchr("\r\n", p.p[p.n - 1]))
        p.n--;
    if (p.n > 256)
        return err_why(&o->why, ERR_FIELD, "password", "a password holds at most 256 bytes");
    if (text_chars(p) >= 12 || role == ROLE_API) {
        if (!p.n)
            return err_why(&o->why, ERR_FIELD, "password", "no password came on standard input");
        encode(o, p, out);
        *set = out;
        return OK;
    }
    return err_why(&o->why, ERR_FIELD, "password", "a password has 12 characters or more; this one has fewer");
}

static enum err read_fields(struct order *o, struct user_command *c, bool is_add)
{
    struct str role = args_value(&o->args, "--role"), org = args_value(&o->args, "--org");
    c->mail = args_value(&o->args, "--mail");
    if (role.p) {
        c->has_role = true;
        if (!role_parse(role, &c->role))
            return err_why(&o->why, ERR_PARSE, "--role", "“%.*s” is no role: reporter, editor, admin, subscriber or api",
                           STR_FMT(role));
    }
    if (is_add && !role.p)
        return order_usage(o, usage);
    if (org.p) {
        struct org *found = people_org_named(store_people(o->store), org);
        if (!found)
            return err_why(&o->why, ERR_NONE, "--org", "there is no organisation “%.*s”; `tellal org list` shows them",
                           STR_FMT(org));
        c->org = found->id;
        org_unref(&found);
    }
    if (is_add && !role_is_desk(c->role) && !org.p)
        return err_why(&o->why, ERR_PARSE, "--org", "a %s belongs to an organisation: --org ID-or-NAME",
                       role_name(c->role));
    return OK;
}

static enum err read_settings(struct order *o, struct user_command *c)
{
    struct str v = args_value(&o->args, "--error-status");
    if (!v.p)
        return OK;
    if (!str_is(v, "http") && !str_is(v, "body"))
        return err_why(&o->why, ERR_PARSE, "--error-status", "http or body, not “%.*s”", STR_FMT(v));
    c->settings = arena_printf(o->arena, "{\"error_status\":\"%.*s\"}", STR_FMT(v));
    return OK;
}

static enum err add_or_set(struct order *o, bool is_add)
{
    struct user_command c;
    char password[ID_PASSWORD];
    user_command_init(&c, store_people(o->store));
    enum err e = read_fields(o, &c, is_add);
    if (!e)
        e = read_settings(o, &c);
    if (!e)
        e = read_password(o, c.has_role ? c.role : ROLE_SUBSCRIBER, password, &c.password);
    struct str name = args_next(&o->args);
    if (!e)
        e = args_end(&o->args, &o->why);
    if (!e && !name.n)
        e = order_usage(o, usage);
    if (e)
        return e;
    if (is_add) {
        c.name = name;
    } else {
        struct user *u = people_user_named(store_people(o->store), name);
        if (!u)
            return err_why(&o->why, ERR_NONE, "", "there is no user “%.*s”; `tellal user list` shows them", STR_FMT(name));
        c.id = u->id;
        user_unref(&u);
    }
    e = order_post(o, &c.command);
    if (!e && is_add)
        order_id(o, c.out_id);
    return e;
}

static enum err disable(struct order *o)
{
    struct str name = args_next(&o->args);
    struct user *u = name.p ? people_user_named(store_people(o->store), name) : NULL;
    if (!u)
        return err_why(&o->why, ERR_NONE, "", "there is no user “%.*s”; `tellal user list` shows them", STR_FMT(name));
    struct user_command c;
    user_command_init(&c, store_people(o->store));
    c.id = u->id;
    c.is_disabled = 1;
    user_unref(&u);
    enum err e = args_end(&o->args, &o->why);
    return e ? e : order_post(o, &c.command);
}

static enum err list(struct order *o)
{
    static const char *const names[] = {"id", "name", "role", "org", "mail", "state"};
    enum err e = args_end(&o->args, &o->why);
    if (e)
        return e;
    size_t n;
    struct user **v = people_users(store_people(o->store), &n);
    struct table t = table_start(o, names, 6);
    for (size_t i = 0; i < n; i++) {
        table_int(&t, v[i]->id);
        table_text(&t, v[i]->name);
        table_text(&t, str_from(role_name(v[i]->role)));
        table_text(&t, v[i]->org ? v[i]->org->name : S(""));
        table_text(&t, v[i]->mail);
        table_text(&t, v[i]->is_disabled ? S("disabled") : S("active"));
        user_unref(&v[i]);
    }
    table_end(&t);
    mem_free(v);
    return OK;
}

enum err order_user(struct order *o)
{
    struct str verb = o->args.n > 1 ? o->args.words[1] : STR_NONE;
    o->args.is_used[1] = o->args.n > 1;
    if (str_is(verb, "add"))
        return add_or_set(o, true);
    if (str_is(verb, "set"))
        return add_or_set(o, false);
    if (str_is(verb, "disable"))
        return disable(o);
    if (str_is(verb, "list"))
        return list(o);
    return order_usage(o, usage);
}

/* ---- tokens ---- */

static void write_scopes(unsigned scopes, struct buf *out)
{
    static const char *const names[] = {"read", "wire", "publish", "media", "kill", "admin"};
    for (unsigned i = 0; i < 6; i++)
        if (scopes & 1u << i)
            buf_printf(out, "%s%s", out->n ? "," : "", names[i]);
}

static const char token_usage[] =
    "token add --user NAME [--scope read,wire,publish,media,kill,admin] [--expires RFC3339|30d] | list | revoke ID";

static enum err read_expiry(struct order *o, int64_t *out)
{
    struct str v = args_value(&o->args, "--expires");
    uint64_t days;
    if (!v.p)
        return OK;
    if (str_ends(v, S("d")) && str_u64(str_sub(v, 0, v.n - 1), &days) && days < 36500) {
        *out = clock_now_ms() + (int64_t)days * 86400000;
        return OK;
    }
    if (clock_parse(v, out) == OK)
        return OK;
    return err_why(&o->why, ERR_PARSE, "--expires", "“%.*s” is neither a time (2026-12-31T00:00:00Z) nor days (30d)",
                   STR_FMT(v));
}

static enum err token_add(struct order *o)
{
    struct token_command c;
    token_command_init(&c, store_people(o->store));
    struct str name = args_value(&o->args, "--user"), scope = args_value(&o->args, "--scope");
    enum err e = read_expiry(o, &c.expires_ms);
    if (!e)
        e = args_end(&o->args, &o->why);
    if (!e && !name.p)
        e = order_usage(o, token_usage);
    if (e)
        return e;
    struct user *u = people_user_named(store_people(o->store), name);
    if (!u)
        return err_why(&o->why, ERR_NONE, "--user", "there is no user “%.*s”; `tellal user list` shows them", STR_FMT(name));
    c.user = u->id;
    c.scope = role_scopes(u->role);
    unsigned asked = c.scope;
    const char *role = role_name(u->role);
    user_unref(&u);
    if (scope.p && !scope_parse(scope, &asked, &o->why))
        return ERR_PARSE;
    if (asked & ~c.scope)
        return err_why(&o->why, ERR_ROLE, "--scope", "a token may do no more than its user; this is a %s", role);
    c.scope = asked;
    char token[4 + ID_TOKEN + 1] = "tlk_", *secret = token + 4;
    id_token(secret);
    id_keyed(store_token_key(o->store), str_from(token), c.hash);
    e = order_post(o, &c.command);
    if (!e)
        buf_printf(&o->out, o->is_json ? "{\"id\":%2$u,\"token\":\"%1$s\"}\n" : "%1$s\n", token, c.out_id);
    return e;
}

static enum err token_revoke(struct order *o)
{
    struct token_command c;
    token_command_init(&c, store_people(o->store));
    uint64_t id;
    struct str v = args_next(&o->args);
    if (!v.p || !str_u64(v, &id) || id > UINT32_MAX)
        return order_usage(o, token_usage);
    c.revoke_id = (uint32_t)id;
    enum err e = args_end(&o->args, &o->why);
    return e ? e : order_post(o, &c.command);
}

static enum err token_list(struct order *o)
{
    static const char *const names[] = {"id", "user", "scope", "created", "expires", "revoked"};
    enum err e = args_end(&o->args, &o->why);
    if (e)
        return e;
    struct token_row *rows;
    size_t n = people_tokens(reader_db(store_main_reader(o->store)), o->arena, 0, &rows);
    struct table t = table_start(o, names, 6);
    for (size_t i = 0; i < n; i++) {
        struct user *u = people_user(store_people(o->store), rows[i].user);
        struct buf scope = BUF_INIT(256);
        write_scopes(rows[i].scope, &scope);
        table_int(&t, rows[i].id);
        table_text(&t, u ? u->name : S("?"));
        table_text(&t, buf_str(&scope));
        table_time(&t, rows[i].created_ms);
        table_time(&t, rows[i].expires_ms);
        table_time(&t, rows[i].revoked_ms);
        buf_fini(&scope);
        user_unref(&u);
    }
    table_end(&t);
    return OK;
}

enum err order_token(struct order *o)
{
    struct str verb = o->args.n > 1 ? o->args.words[1] : STR_NONE;
    o->args.is_used[1] = o->args.n > 1;
    if (str_is(verb, "add"))
        return token_add(o);
    if (str_is(verb, "revoke"))
        return token_revoke(o);
    if (str_is(verb, "list"))
        return token_list(o);
    return order_usage(o, token_usage);
}
