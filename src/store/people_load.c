#include "store/people.h"

/* Rows of people into objects. A damaged row is an error and never a person with other rights. */

static struct str keep(struct arena *a, struct statement *s, int at)
{
    return arena_str(a, db_col_text(s, at));
}

static enum err read_right(struct str terms, struct right **out, struct why *why)
{
    if (terms.p == NULL) {
        *out = right_nothing();
        return OK;
    }
    struct arena *a = arena_new(512);
    struct terms t;
    enum err e = terms_parse(terms, a, &t, why);
    if (e == OK)
        *out = right_new(&t);
    arena_free(&a);
    return e;
}

static enum err read_history(struct db *d, struct org *o, struct why *why)
{
    size_t room = 0;
    struct org_term *list = NULL;
    struct statement *s = db_get(d, SQL_ORG_TERMS_OF);
    db_int(s, 1, o->id);
    enum err e = OK;
    while (e == OK && db_step(s)) {
        if (o->history_count == room) {
            room = room ? room * 2 : 4;
            list = mem_grow(list, room * sizeof list[0]);
        }
        list[o->history_count] = (struct org_term){.seq = (uint64_t)db_col_int(s, 0)};
        e = read_right(db_col_text(s, 1), &list[o->history_count].right, why);
        o->history_count += e == OK;
    }
    db_reset(s);
    if (e == OK)
        e = db_status(d);
    struct org_term *kept = arena_array(o->arena, struct org_term, o->history_count + 1);
    if (o->history_count)
        memcpy(kept, list, o->history_count * sizeof list[0]);
    o->history = kept;
    mem_free(list);
    return e;
}

/* The organisation of the row that `s` stands on; `s` is not SQL_ORG_TERMS_OF. */
static enum err read_org(struct db *d, struct statement *s, struct org **out, struct why *why)
{
    struct org *o = mem_new(struct org);
    ref_init(&o->refs);
    o->arena = arena_new(1024);
    o->id = (uint32_t)db_col_int(s, 0);
    o->version = (uint32_t)db_col_int(s, 1);
    o->name = keep(o->arena, s, 2);
    o->closed_at_ms = db_col_int(s, 3);
    o->contact = keep(o->arena, s, 4);
    o->settings = keep(o->arena, s, 5);
    enum err e = read_history(d, o, why);
    if (e) {
        org_unref(&o);
        return e;
    }
    bool is_open = o->closed_at_ms == 0 && o->history_count > 0;
    o->right = is_open ? right_ref(o->history[o->history_count - 1].right) : right_nothing();
    *out = o;
    return OK;
}

struct org *people_read_org(struct db *d, uint32_t id)
{
    struct org *o = NULL;
    struct statement *s = db_get(d, SQL_ORG_BY_ID);
    db_int(s, 1, id);
    if (db_step(s) && read_org(d, s, &o, NULL) != OK)
        o = NULL;
    db_reset(s);
    return o;
}

static enum err read_user(struct statement *s, struct user **out, struct why *why)
{
    int64_t role = db_col_int(s, 3);
    if (role < ROLE_REPORTER || role > ROLE_API)
        return err_why(why, ERR_IO, "user", "user %lld has the unknown role %lld", (long long)db_col_int(s, 0),
                       (long long)role);
    struct user *u = mem_new(struct user);
    ref_init(&u->refs);
    u->arena = arena_new(512);
    u->id = (uint32_t)db_col_int(s, 0);
    u->version = (uint32_t)db_col_int(s, 1);
    u->name = keep(u->arena, s, 2);
    u->role = (enum role)role;
    u->org_id = (uint32_t)db_col_int(s, 4);
    u->mail = keep(u->arena, s, 5);
    u->password = keep(u->arena, s, 6);
    u->must_change = db_col_int(s, 7) != 0;
    u->is_demo = db_col_int(s, 8) != 0;
    u->is_disabled = db_col_int(s, 9) != 0;
    u->settings = keep(u->arena, s, 10);
    *out = u;
    return OK;
}

struct user *people_read_user(struct db *d, uint32_t id)
{
    struct user *u = NULL;
    struct statement *s = db_get(d, SQL_USER_BY_ID);
    db_int(s, 1, id);
    if (db_step(s) && read_user(s, &u, NULL) != OK)
        u = NULL;
    db_reset(s);
    return u;
}

static struct token_row read_token(struct statement *s)
{
    return (struct token_row){.id = (uint32_t)db_col_int(s, 0),
                              .user = (uint32_t)db_col_int(s, 1),
                              .scope = (unsigned)db_col_int(s, 3),
                              .created_ms = db_col_int(s, 4),
                              .expires_ms = db_col_int(s, 5),
                              .revoked_ms = db_col_int(s, 6)};
}

size_t people_tokens(struct db *d, struct arena *a, uint32_t user, struct token_row **out)
{
    size_t n = 0, room = 0;
    struct token_row *list = NULL;
    struct statement *s = db_get(d, SQL_TOKENS_OF);
    db_int(s, 1, user);
    while (db_step(s)) {
        if (n == room) {
            room = room ? room * 2 : 16;
            list = mem_grow(list, room * sizeof list[0]);
        }
        list[n++] = read_token(s);
    }
    db_reset(s);
    *out = arena_array(a, struct token_row, n + 1);
    if (n)
        memcpy(*out, list, n * sizeof list[0]);
    mem_free(list);
    return n;
}

bool people_read_token(struct db *d, uint32_t id, struct token_row *out, uint8_t hash[static ID_HASH])
{
    struct statement *s = db_get(d, SQL_TOKEN_BY_ID);
    db_int(s, 1, id);
    bool is_there = db_step(s) && db_col_text(s, 2).n == ID_HASH;
    if (is_there) {
        *out = read_token(s);
        memcpy(hash, db_col_text(s, 2).p, ID_HASH);
    }
    db_reset(s);
    return is_there;
}

static enum err load_orgs(struct people *p, struct db *d, struct why *why)
{
    enum err e = OK;
    struct statement *s = db_get(d, SQL_ORGS_ALL);
    while (e == OK && db_step(s)) {
        struct org *o = NULL;
        e = read_org(d, s, &o, why);
        if (e == OK)
            people_put_org(p, o);
    }
    db_reset(s);
    return e;
}

static enum err load_users(struct people *p, struct db *d, struct why *why)
{
    enum err e = OK;
    struct statement *s = db_get(d, SQL_USERS_ALL);
    while (e == OK && db_step(s)) {
        struct user *u = NULL;
        e = read_user(s, &u, why);
        if (e == OK)
            people_put_user(p, u);
    }
    db_reset(s);
    return e ? e : db_status(d);
}

static enum err load_tokens(struct people *p, struct db *d)
{
    struct statement *s = db_get(d, SQL_TOKENS_ALL);
    while (db_step(s)) {
        struct token_row row = read_token(s);
        if (db_col_text(s, 2).n == ID_HASH)
            people_put_token(p, &row, (const uint8_t *)db_col_text(s, 2).p);
    }
    db_reset(s);
    return db_status(d);
}

enum err people_load(struct people *p, struct db *d, struct why *why)
{
    enum err e = load_orgs(p, d, why);
    if (e == OK)
        e = load_users(p, d, why);
    return e ? e : load_tokens(p, d);
}
