#include "view/auth.h"

#include "base/clock.h"
#include "base/id.h"
#include "store/store.h"
#include "view/auth_guess.h"
#include "view/auth_memory.h"

/* What the call knows of its asker; call->who points here, in the arena. */
struct who {
    struct account account;
    struct session_info session;
    uint8_t session_hash[ID_HASH];
    bool has_session;
};

/* A call that waits for a password check. */
struct trip {
    struct memory_wait wait;
    struct call *call;
    const struct auth_ask *ask;
    struct who *who; /* also call->who meanwhile, so that a call that is dropped lets go of the user */
    struct user *user; /* NULL when unknown: the same work is done */
    struct str name, password;
};

void auth_init(struct app *app)
{
    (void)app;
    memory_init();
    guess_init();
}

void auth_fini(void)
{
    memory_fini();
    guess_fini();
}

struct account *auth_who(struct call *c)
{
    return c->who ? &((struct who *)c->who)->account : NULL;
}

struct str auth_csrf(struct call *c)
{
    struct who *w = c->who;
    return w && w->has_session ? str_from(w->session.csrf) : STR_NONE;
}

static void drop_who(void *who)
{
    account_fini(&((struct who *)who)->account);
}

static struct who *new_who(struct call *c)
{
    struct who *w = arena_make(c->arena, struct who);
    return w;
}

static void set_who(struct call *c, struct who *w)
{
    c->who = w;
    c->drop_who = drop_who;
}

/* The contract's addresses bind every door, not one protocol (trust P10). */
static bool is_good_from_here(const struct call *c, const struct user *u)
{
    CLEANUP(right_unref) struct right *right = user_right(u);
    return right_allows_address(right, str_from(c->req.peer.text));
}

static enum next go_on(struct call *c, const struct auth_ask *ask)
{
    struct account *a = auth_who(c);
    if (!is_good_from_here(c, a->user))
        return ask->denied(c, ERR_RIGHT);
    if (ask->scopes & ~a->scopes)
        return ask->denied(c, ERR_ROLE);
    return ask->then(c);
}

/* ---- bearer ---- */

static enum next by_token(struct call *c, const struct auth_ask *ask, struct str token)
{
    uint8_t hash[ID_HASH];
    id_keyed(store_token_key(app_of(c)->store), token, hash);
    struct who *w = new_who(c);
    if (!str_starts(token, S("tlk_")) ||
        !people_token(store_people(app_of(c)->store), hash, clock_now_ms(), &w->account))
        return ask->denied(c, ERR_AUTH);
    set_who(c, w);
    return w->account.user->is_disabled ? ask->denied(c, ERR_AUTH) : go_on(c, ask);
}

/* ---- basic ---- */

static enum next admitted(struct call *c, struct trip *t)
{
    t->who->account.scopes = role_scopes(t->user->role);
    return go_on(c, t->ask);
}

static void forget_who(struct call *c)
{
    drop_who(c->who);
    c->who = NULL;
}

static enum next checked(struct call *c)
{
    struct trip *t = c->state;
    c->state = NULL;
    int64_t now = clock_mono_ms();
    if (!t->wait.is_good) {
        guess_missed(t->name, &c->req.peer, now);
        forget_who(c);
        return t->ask->denied(c, ERR_AUTH);
    }
    guess_passed(t->name, &c->req.peer);
    memory_put(t->wait.key, t->user, now);
    return admitted(c, t);
}

bool auth_password_is(struct app *app, const struct user *u, struct str password)
{
    if (!u || !u->password.n) {
        id_password_waste(password);
        return false;
    }
    struct str kept = u->password;
    if (!str_starts(kept, S("k:")))
        return id_password_check(password, kept.p);
    uint8_t hash[ID_HASH], want[ID_HASH];
    id_keyed(store_token_key(app->store), password, hash);
    return id_from_hex(str_sub(kept, 2, kept.n), want, ID_HASH) && id_equal(hash, want, ID_HASH);
}

static enum next check(struct call *c, void *context)
{
    (void)context;
    struct trip *t = c->state;
    bool is_good = auth_password_is(app_of(c), t->user, t->password) && !t->user->is_disabled;
    t->wait.is_good = is_good;
    struct list others;
    list_init(&others);
    memory_finish(t->wait.key, is_good, &others);
    list_each(it, &others)
        call_return(list_of(it, struct trip, wait.link)->call, checked);
    call_return(c, checked);
    return NEXT_WAIT;
}

/* The queue of checks is full: whoever waits on this one is turned away with it. */
static enum next refuse_check(struct call *c)
{
    forget_who(c);
    res_problem(&c->res, ERR_BUSY, "too many sign-ins at once; try again in a few seconds", NULL, 0);
    res_header(&c->res, "Retry-After", S("3"));
    return NEXT_DONE;
}

static void check_job(struct job *j, void *context)
{
    struct call *c = list_of(j, struct call, job);
    check(c, context);
}

static enum next post_check(struct call *c, struct trip *t)
{
    c->job.run = check_job;
    if (pool_post(store_secrets(app_of(c)->store), &c->job))
        return NEXT_WAIT;
    struct list others;
    list_init(&others);
    memory_finish(t->wait.key, false, &others);
    list_each(it, &others)
        call_return(list_of(it, struct trip, wait.link)->call, refuse_check);
    return refuse_check(c);
}

static enum next too_fast(struct call *c, unsigned seconds)
{
    res_problem(&c->res, ERR_RATE, "too many wrong passwords from here; wait before the next try", NULL, 0);
    res_headerf(&c->res, "Retry-After", "%u", seconds);
    return NEXT_DONE;
}

static enum next by_password(struct call *c, const struct auth_ask *ask, struct str coded)
{
    struct buf plain = BUF_INIT(1024);
    struct str name = STR_NONE, rest = STR_NONE;
    if (id_from_base64(coded, &plain)) {
        rest = arena_str(c->arena, buf_str(&plain));
        if (!rest.p || !str_split(&rest, ':', &name) || !rest.p)
            name = STR_NONE;
    }
    buf_fini(&plain);
    if (!name.n)
        return ask->denied(c, ERR_AUTH);
    int64_t now = clock_mono_ms();
    struct trip *t = arena_make(c->arena, struct trip);
    t->call = c;
    t->ask = ask;
    t->name = name;
    t->password = rest;
    t->who = new_who(c);
    t->user = t->who->account.user = people_user_named(store_people(app_of(c)->store), name);
    memory_key(name, rest, t->user, t->wait.key);
    set_who(c, t->who);
    if (t->user && !t->user->is_disabled && memory_has(t->wait.key, t->user, now))
        return admitted(c, t);
    unsigned wait = guess_wait(name, &c->req.peer, now);
    if (wait) {
        forget_who(c);
        return too_fast(c, wait);
    }
    c->state = t;
    return memory_join(&t->wait) ? post_check(c, t) : NEXT_WAIT;
}

/* ---- session ---- */

const char *auth_cookie_name(const struct call *c)
{
    return c->req.is_tls ? "__Host-tellal" : "tellal";
}

static bool is_desk_user(uint32_t id, void *people)
{
    struct user *u = people_user(people, id);
    bool is_desk = u && role_is_desk(u->role);
    user_unref(&u);
    return is_desk;
}

static void touched(struct command *command)
{
    mem_free(list_of(command, struct session_command, command));
}

/* When it was last used is written down now and then, so that a restart does not take a session in use for an idle one.
 * Nobody waits for it, and it does not wait for room in the queue. */
static void write_seen(struct store *st, const uint8_t hash[static ID_HASH])
{
    struct session_command *seen = mem_new(struct session_command);
    session_command_init(seen, store_sessions(st));
    seen->is_touch = true;
    memcpy(seen->hash, hash, ID_HASH);
    seen->command.done = touched;
    if (!writer_post(store_writer(st), &seen->command))
        mem_free(seen);
}

bool auth_session(struct call *c)
{
    if (c->who)
        return ((struct who *)c->who)->has_session;
    struct str cookie = req_cookie(&c->req, auth_cookie_name(c));
    if (!cookie.n)
        return false;
    struct store *st = app_of(c)->store;
    struct who *w = new_who(c);
    id_keyed(store_token_key(st), cookie, w->session_hash);
    if (!sessions_find(store_sessions(st), w->session_hash, clock_now_ms(), is_desk_user, store_people(st), &w->session))
        return false;
    if (w->session.needs_touch)
        write_seen(st, w->session_hash);
    struct user *u = people_user(store_people(st), w->session.user);
    if (!u || u->is_disabled) {
        user_unref(&u);
        return false;
    }
    w->account.user = u;
    w->account.scopes = role_scopes(u->role);
    w->has_session = true;
    set_who(c, w);
    return true;
}

const uint8_t *auth_session_hash(struct call *c)
{
    struct who *w = c->who;
    return w && w->has_session ? w->session_hash : NULL;
}

/* A page of another origin may make a browser send our cookie; it cannot forge Origin (trust 3). */
bool auth_origin_ok(const struct call *c)
{
    struct str origin = req_header(&c->req, "origin");
    if (!origin.p)
        return true;
    struct str host = req_header(&c->req, "host");
    size_t at = str_find(origin, S("://"));
    struct str there = at == SIZE_MAX ? STR_NONE : str_sub(origin, at + 3, origin.n);
    return there.n && str_eq_nocase(there, host);
}

bool auth_is_foreign(const struct call *c)
{
    bool is_basic = str_eq_nocase(str_sub(req_header(&c->req, "authorization"), 0, 6), S("basic "));
    return (is_basic || req_cookie(&c->req, auth_cookie_name(c)).n) && !auth_origin_ok(c);
}

static enum next by_session(struct call *c, const struct auth_ask *ask)
{
    if (!auth_session(c))
        return ask->denied(c, ERR_AUTH);
    if (ask->ways & AUTH_CSRF) {
        struct str token = req_header(&c->req, "x-csrf-token"), want = auth_csrf(c);
        if (!auth_origin_ok(c) || token.n != want.n || !id_equal(token.p, want.p, want.n))
            return ask->denied(c, ERR_ROLE);
    }
    return go_on(c, ask);
}

enum next auth_need(struct call *c, const struct auth_ask *ask)
{
    struct str header = req_header(&c->req, "authorization");
    struct str word = STR_NONE, rest = header;
    if (header.p && str_split(&rest, ' ', &word)) {
        rest = rest.p ? str_trim(rest) : STR_NONE;
        if (str_eq_nocase(word, S("bearer")) && (ask->ways & AUTH_BEARER))
            return by_token(c, ask, rest);
        if (str_eq_nocase(word, S("basic")) && (ask->ways & AUTH_BASIC))
            return (ask->ways & AUTH_CSRF) && auth_is_foreign(c) ? ask->denied(c, ERR_ROLE) : by_password(c, ask, rest);
        return ask->denied(c, ERR_AUTH);
    }
    if (ask->ways & AUTH_SESSION)
        return by_session(c, ask);
    return ask->denied(c, ERR_AUTH);
}
