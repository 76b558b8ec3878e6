#include "view/login.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "store/store.h"
#include "view/auth.h"
#include "view/auth_guess.h"
#include "view/page.h"
#include "view/site_page.h"

/* ---- the form ---- */

static struct str language(const struct call *c)
{
    return site_page_lang_asked(app_of(c), req_header(&c->req, "accept-language"));
}

/* Only a path of our own: a foreign `next` would make the sign-in page a springboard. */
static struct str safe_next(struct str next)
{
    bool is_path = next.n && next.p[0] == '/' && !(next.n > 1 && (next.p[1] == '/' || next.p[1] == '\\'));
    for (size_t i = 0; is_path && i < next.n; i++)
        is_path = (unsigned char)next.p[i] > 32 && next.p[i] != 127;
    return is_path ? next : STR_NONE;
}

struct form {
    struct str name, password, next;
};

static enum next show(struct call *c, int status, const struct form *f, unsigned wait_s)
{
    struct str lang = language(c);
    struct values *v = values_new(c->arena);
    values_set(v, "lang", lang);
    values_set(v, "dir", str_from(text_dir(lang)));
    values_set(v, "agency", app_of(c)->settings.agency_name);
    values_set(v, "name", f->name);
    values_set(v, "next", f->next);
    values_flag(v, "is_wrong", status == 401);
    if (wait_s)
        values_int(v, "wait_s", wait_s);
    values_flag(v, "is_demo", app_of(c)->settings.is_demo);
    res_start(&c->res, status, "text/html; charset=utf-8");
    res_header(&c->res, "Cache-Control", S("private, no-store"));
    if (wait_s)
        res_headerf(&c->res, "Retry-After", "%u", wait_s);
    page_render(&c->res.body, "login.html", lang, v);
    return NEXT_DONE;
}

static enum next get_login(struct call *c)
{
    struct form f = {.next = safe_next(req_query(&c->req, c->arena, "next"))};
    return show(c, 200, &f, 0);
}

/* ---- signing in ---- */

struct signing {
    struct form form;
    struct user *user; /* ref; handed to the call as `who` would be: dropped by drop_user */
    struct session_command command;
    struct call *call;
    char cookie[ID_TOKEN + 1];
    bool is_good;
};

static void drop_user(void *signing)
{
    user_unref(&((struct signing *)signing)->user);
}

/* A change that voids sessions may have come between the check of the password and the writing of the session: that one
 * it did not see, so it stays unused. */
static bool is_as_checked(struct call *c, const struct user *then)
{
    struct user *now = people_user(store_people(app_of(c)->store), then->id);
    bool is_same = now && !now->is_disabled && now->role == then->role && str_eq(now->password, then->password);
    user_unref(&now);
    return is_same;
}

static enum next signed_in(struct call *c)
{
    struct signing *s = c->state;
    c->state = NULL;
    if (s->command.command.result)
        return call_fail(c, s->command.command.result, s->command.command.why.text);
    if (!is_as_checked(c, s->user))
        return show(c, 401, &s->form, 0);
    res_redirect(&c->res, 303, s->form.next.n ? s->form.next : S("/account"));
    res_headerf(&c->res, "Set-Cookie", "%s=%s; Path=/; HttpOnly; SameSite=%s%s", auth_cookie_name(c), s->cookie,
                role_is_desk(s->user->role) ? "Strict" : "Lax", c->req.is_tls ? "; Secure" : "");
    res_header(&c->res, "Cache-Control", S("no-store"));
    log_line(LOG_INFO, "sign-in", "user=%u address=%s", s->user->id, c->req.peer.text);
    return NEXT_DONE;
}

static void session_written(struct command *cmd)
{
    struct signing *s = list_of(cmd, struct signing, command.command);
    call_return(s->call, signed_in);
}

static enum next begin_session(struct call *c, struct signing *s)
{
    struct app *app = app_of(c);
    session_command_init(&s->command, store_sessions(app->store));
    s->command.command.done = session_written;
    id_token(s->cookie);
    id_keyed(store_token_key(app->store), str_from(s->cookie), s->command.hash);
    s->command.info.user = s->user->id;
    id_token(s->command.info.csrf);
    s->command.info.created_ms = s->command.info.seen_ms = clock_now_ms();
    s->command.address = str_from(c->req.peer.text);
    s->command.agent = str_sub(req_header(&c->req, "user-agent"), 0, 200);
    if (!writer_post(store_writer(app->store), &s->command.command))
        return call_fail(c, ERR_BUSY, "try again in a few seconds");
    return NEXT_WAIT;
}

static enum next checked(struct call *c)
{
    struct signing *s = c->state;
    int64_t now = clock_mono_ms();
    if (s->is_good) {
        guess_passed(s->form.name, &c->req.peer);
        return begin_session(c, s);
    }
    guess_missed(s->form.name, &c->req.peer, now);
    c->state = NULL;
    return show(c, 401, &s->form, 0);
}

static enum next check(struct call *c, void *context)
{
    (void)context;
    struct signing *s = c->state;
    s->is_good = auth_password_is(app_of(c), s->user, s->form.password) && !s->user->is_disabled;
    call_return(c, checked);
    return NEXT_WAIT;
}

static bool read_form(struct call *c, struct form *f)
{
    struct req_pair *v;
    size_t n;
    if (req_form(c->req.body, c->arena, 16, &v, &n) != OK)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (str_is(v[i].name, "name"))
            f->name = str_trim(v[i].value);
        else if (str_is(v[i].name, "password"))
            f->password = v[i].value;
        else if (str_is(v[i].name, "next"))
            f->next = safe_next(v[i].value);
    }
    return true;
}

static enum next post_login(struct call *c)
{
    struct signing *s = arena_make(c->arena, struct signing);
    if (!auth_origin_ok(c) || !read_form(c, &s->form))
        return call_fail(c, ERR_PARSE, "the form did not come from this page; open it again");
    if (!s->form.name.n)
        return show(c, 401, &s->form, 0);
    unsigned wait = guess_wait(s->form.name, &c->req.peer, clock_mono_ms());
    if (wait)
        return show(c, 429, &s->form, wait);
    s->call = c;
    s->user = people_user_named(store_people(app_of(c)->store), s->form.name);
    c->state = s;
    c->who = s;
    c->drop_who = drop_user;
    return call_work(c, store_secrets(app_of(c)->store), check);
}

/* ---- signing out ---- */

struct leaving {
    struct session_command command;
    struct call *call;
};

static enum next signed_out(struct call *c)
{
    c->state = NULL;
    res_redirect(&c->res, 303, S("/login"));
    res_headerf(&c->res, "Set-Cookie", "%s=; Path=/; HttpOnly; Max-Age=0%s", auth_cookie_name(c),
                c->req.is_tls ? "; Secure" : "");
    return NEXT_DONE;
}

static void session_ended(struct command *cmd)
{
    call_return(list_of(cmd, struct leaving, command.command)->call, signed_out);
}

static bool has_form_token(struct call *c)
{
    struct req_pair *v;
    size_t n;
    struct str want = auth_csrf(c), got = req_header(&c->req, "x-csrf-token");
    if (!got.n && req_form(c->req.body, c->arena, 16, &v, &n) == OK)
        for (size_t i = 0; i < n; i++)
            if (str_is(v[i].name, "csrf"))
                got = v[i].value;
    return auth_origin_ok(c) && want.n && got.n == want.n && id_equal(got.p, want.p, want.n);
}

static enum next post_logout(struct call *c)
{
    if (!auth_session(c))
        return signed_out(c);
    if (!has_form_token(c))
        return call_fail(c, ERR_ROLE, "the form did not come from this page; open /account again");
    struct leaving *l = arena_make(c->arena, struct leaving);
    l->call = c;
    session_command_init(&l->command, store_sessions(app_of(c)->store));
    l->command.command.done = session_ended;
    memcpy(l->command.hash, auth_session_hash(c), ID_HASH);
    l->command.is_end = true;
    if (!writer_post(store_writer(app_of(c)->store), &l->command.command))
        return call_fail(c, ERR_BUSY, "try again in a few seconds");
    return NEXT_WAIT;
}

/* ---- /account ---- */

static void contract_rows(struct call *c, struct values *v, struct str lang, const struct terms *t)
{
    static const char *const keys[CODE_KINDS] = {"account.provider", "account.package",  "account.category",
                                                 "account.type",     "account.language", "account.priority"};
    struct codes *codes = stories_codes(store_stories(app_of(c)->store));
    for (enum code_kind k = 0; k < CODE_KINDS; k++) {
        struct buf names = BUF_INIT(16384);
        for (unsigned at = 0; !(t->any & 1u << k) && (at = codeset_next(&t->sets[k], at));) {
            const struct code *row = codes_get(codes, k, at);
            if (names.n) {
                buf_add(&names, page_text(lang, "date.comma"));
                buf_addc(&names, ' ');
            }
            if (row)
                buf_add(&names, code_label(row, lang));
            else
                buf_printf(&names, "%u", at);
        }
        struct values *r = values_row(v, "terms");
        values_set(r, "what", page_text(lang, keys[k]));
        values_set(r, "grants", t->any & 1u << k ? page_text(lang, "account.all") : arena_str(c->arena, buf_str(&names)));
        buf_fini(&names);
    }
    codes_unref(&codes);
}

static enum next get_account(struct call *c)
{
    static const char *const roles[] = {"account.reporter", "account.editor", "account.admin", "account.subscriber",
                                        "account.api"};
    if (!auth_session(c)) {
        res_redirect(&c->res, 303, S("/login?next=/account"));
        return NEXT_DONE;
    }
    const struct user *u = auth_who(c)->user;
    struct str lang = language(c);
    struct values *v = values_new(c->arena);
    values_set(v, "lang", lang);
    values_set(v, "dir", str_from(text_dir(lang)));
    values_set(v, "agency", app_of(c)->settings.agency_name);
    values_set(v, "name", u->name);
    values_set(v, "role", page_text(lang, roles[u->role]));
    values_set(v, "csrf", auth_csrf(c));
    if (u->org) {
        values_set(v, "org", u->org->name);
        values_flag(v, "is_closed", u->org->closed_at_ms != 0);
        contract_rows(c, v, lang, right_terms(u->org->right));
    }
    res_start(&c->res, 200, "text/html; charset=utf-8");
    page_render(&c->res.body, "account.html", lang, v);
    return NEXT_DONE;
}

const struct route login_routes[] = {
    {METHOD_GET, "/login", get_login, 0, 0, "portal"},
    {METHOD_POST, "/login", post_login, 8192, 0, "portal"},
    {METHOD_POST, "/logout", post_logout, 8192, 0, "portal"},
    {METHOD_GET, "/account", get_account, 0, 0, "portal"},
};
const size_t login_route_count = sizeof login_routes / sizeof *login_routes;
