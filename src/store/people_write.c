#include "store/people.h"

#include "base/json.h"
#include "store/people_check.h"

#define TERMS_BYTES 65536
#define PERSON_BYTES 4096

static bool is_name_taken(struct db *d, enum sql by_name, struct str name, uint32_t but)
{
    struct statement *s = db_get(d, by_name);
    db_text(s, 1, name);
    bool is_taken = db_step(s) && (uint32_t)db_col_int(s, 0) != but;
    db_reset(s);
    return is_taken;
}

/* ---- the record ---- */

struct change {
    enum event event; /* EVENT_ORG or EVENT_USER */
    uint32_t id, version;
    struct str terms;    /* canonical, or empty */
    struct str person;   /* canonical personal data; STR_NONE: this change does not touch them */
    struct right *right; /* for the frame; its ref is taken */
    uint64_t seq;        /* out */
};

static enum err keep_person(struct db *d, const struct change *c, const uint8_t salt[static CHAIN_SALT])
{
    struct statement *s = db_get(d, SQL_PERSON_ADD);
    db_int(s, 1, (int64_t)c->seq);
    db_int(s, 2, c->event);
    db_int(s, 3, c->id);
    db_text(s, 4, c->person);
    db_blob(s, 5, salt, CHAIN_SALT);
    return db_run(s);
}

static enum err record_change(struct writer *w, struct change *c)
{
    char id[32];
    uint8_t salt[CHAIN_SALT];
    snprintf(id, sizeof id, "%s:%u", c->event == EVENT_ORG ? "org" : "user", (unsigned)c->id);
    struct record r = {.event = c->event, .id = str_from(id), .version = c->version, .terms = c->terms};
    if (c->person.p) {
        id_random(salt, sizeof salt);
        r.has_person = true;
        chain_commit(salt, c->person, r.person);
    }
    struct frame *f = frame_new();
    f->event = c->event;
    f->version = c->version;
    f->subject = c->id;
    f->id = arena_str(f->arena, r.id);
    f->right = c->right;
    c->right = NULL;
    enum err e = writer_record(w, &r, c->id, f);
    c->seq = r.seq;
    if (e == OK && c->person.p)
        e = keep_person(writer_db(w), c, salt);
    return e;
}

/* ---- organisations ---- */

/* All that the row will hold; slices borrow from the command, the present object and the buffers. */
struct org_plan {
    struct org *now; /* NULL = new */
    uint32_t id, version;
    struct str name, contact, settings;
    int64_t closed_ms;
    struct buf name_room, contact_room, terms, person;
};

static void org_plan_fini(struct org_plan *p)
{
    org_unref(&p->now);
    buf_fini(&p->name_room);
    buf_fini(&p->contact_room);
    buf_fini(&p->terms);
    buf_fini(&p->person);
}

static enum err plan_org(struct db *d, struct org_command *c, struct org_plan *p, struct why *why)
{
    enum err e = OK;
    p->name = c->name.p ? c->name : p->now ? p->now->name : S("");
    p->contact = c->contact.p ? c->contact : p->now ? p->now->contact : S("{}");
    p->settings = c->settings.p ? c->settings : p->now ? p->now->settings : S("{}");
    if ((e = people_check_name(p->name, ORG_NAME_BYTES, &p->name_room, why)) != OK ||
        (e = people_check_contact(p->contact, &p->contact_room, why)) != OK ||
        (e = people_check_settings(p->settings, why)) != OK ||
        (c->has_terms && (e = people_check_terms(&c->terms, why)) != OK))
        return e;
    p->name = buf_str(&p->name_room);
    p->contact = buf_str(&p->contact_room);
    if (is_name_taken(d, SQL_ORG_BY_NAME, p->name, c->id))
        return err_why(why, ERR_EXISTS, "name", "there is an organisation of this name already");
    return OK;
}

static enum err store_org(struct db *d, const struct org_plan *p, int64_t now_ms)
{
    struct statement *s = db_get(d, p->now ? SQL_ORG_CHANGE : SQL_ORG_ADD);
    db_int(s, 1, p->id);
    if (p->now) {
        db_int(s, 2, p->version);
        db_text(s, 3, p->name);
        if (p->closed_ms)
            db_int(s, 4, p->closed_ms);
        else
            db_null(s, 4);
    } else {
        db_text(s, 2, p->name);
        db_int(s, 3, now_ms);
    }
    db_text(s, p->now ? 5 : 4, p->contact);
    db_text(s, p->now ? 6 : 5, p->settings);
    return db_run(s);
}

static enum err store_terms(struct db *d, const struct org_plan *p, uint64_t seq)
{
    struct statement *s = db_get(d, SQL_ORG_TERMS_ADD);
    db_int(s, 1, p->id);
    db_int(s, 2, (int64_t)seq);
    db_text(s, 3, p->terms.n ? buf_str(&p->terms) : STR_NONE);
    return db_run(s);
}

/* Terms and right from this record on; a fresh organisation without terms has everything, as the command line's `*`. */
static struct right *next_right(const struct org_command *c, struct org_plan *p)
{
    if (c->is_close)
        return right_nothing();
    struct right *right;
    if (c->has_terms) {
        right = right_new(&c->terms);
    } else if (p->now) {
        right = right_ref(p->now->right);
        if (p->closed_ms)
            return right;
    } else {
        right = right_all();
    }
    terms_write(right_terms(right), &p->terms);
    return right;
}

static enum err write_org(struct writer *w, struct org_command *c, struct org_plan *p)
{
    struct db *d = writer_db(w);
    p->id = p->now ? p->now->id : (uint32_t)writer_next_number(w, "next_org");
    p->version = p->now ? p->now->version + 1 : 1;
    p->closed_ms = c->is_close ? writer_now(w) : c->has_terms || !p->now ? 0 : p->now->closed_at_ms;
    bool has_new_terms = c->is_close || c->has_terms || !p->now;
    struct jw jw = jw_start(&p->person);
    jw_open(&jw, NULL);
    jw_raw(&jw, "contact", p->contact);
    jw_str(&jw, "name", p->name);
    jw_close(&jw);
    struct change change = {.event = EVENT_ORG, .id = p->id, .version = p->version, .person = buf_str(&p->person)};
    change.right = next_right(c, p);
    change.terms = buf_str(&p->terms);
    enum err e = record_change(w, &change);
    if (e == OK)
        e = store_org(d, p, writer_now(w));
    if (e == OK && has_new_terms)
        e = store_terms(d, p, change.seq);
    c->out_id = p->id;
    return e;
}

static enum err org_apply(struct writer *w, struct command *command)
{
    struct org_command *c = list_of(command, struct org_command, command);
    struct org_plan p = {.name_room = BUF_INIT(4 * ORG_NAME_BYTES),
                         .contact_room = BUF_INIT(PERSON_BYTES),
                         .terms = BUF_INIT(TERMS_BYTES),
                         .person = BUF_INIT(PERSON_BYTES)};
    c->writer = w;
    enum err e = OK;
    if (c->id && !(p.now = people_read_org(writer_db(w), c->id)))
        e = err_why(&command->why, ERR_NONE, "id", "there is no organisation %u", (unsigned)c->id);
    c->out_id = c->id;
    bool is_done = p.now && c->is_close && p.now->closed_at_ms; /* ended before: nothing new to tell */
    if (e == OK && !is_done)
        e = plan_org(writer_db(w), c, &p, &command->why);
    if (e == OK && !is_done)
        e = write_org(w, c, &p);
    org_plan_fini(&p);
    return e;
}

static void org_committed(struct command *command)
{
    struct org_command *c = list_of(command, struct org_command, command);
    struct org *next = people_read_org(writer_db(c->writer), c->out_id);
    must(next != NULL); /* going on with rights that were changed would be worse than stopping */
    people_put_org(c->people, next);
}

void org_command_init(struct org_command *c, struct people *p)
{
    *c = (struct org_command){.people = p};
    c->command.apply = org_apply;
    c->command.committed = org_committed;
    terms_init(&c->terms);
}

/* ---- users ---- */

struct user_plan {
    struct user *now;
    uint32_t id, version, org;
    struct str name, mail, password, settings;
    enum role role;
    bool must_change, is_demo, is_disabled;
    struct buf name_room, person;
};

static bool pick(int wish, bool now)
{
    return wish < 0 ? now : wish != 0;
}

static enum err check_org(struct db *d, uint32_t org, struct why *why)
{
    struct statement *s = db_get(d, SQL_ORG_BY_ID);
    db_int(s, 1, org);
    bool is_there = db_step(s);
    db_reset(s);
    return is_there ? OK : err_why(why, ERR_FIELD, "org", "there is no organisation %u", (unsigned)org);
}

static enum err plan_user(struct db *d, const struct user_command *c, struct user_plan *p, struct why *why)
{
    const struct user *now = p->now;
    enum err e = OK;
    if (!now && !c->has_role)
        return err_why(why, ERR_FIELD, "role", "a user needs a role: reporter, editor, admin, subscriber or api");
    p->name = c->name.p ? c->name : now ? now->name : S("");
    p->mail = c->mail.p ? c->mail : now ? now->mail : STR_NONE;
    p->settings = c->settings.p ? c->settings : now ? now->settings : S("{}");
    p->password = c->password ? str_from(c->password) : now ? now->password : STR_NONE;
    p->role = c->has_role ? c->role : now->role;
    p->org = c->org ? c->org : now ? now->org_id : 0;
    p->must_change = pick(c->must_change, now && now->must_change);
    p->is_demo = pick(c->is_demo, now && now->is_demo);
    p->is_disabled = pick(c->is_disabled, now && now->is_disabled);
    if ((e = people_check_name(p->name, USER_NAME_BYTES, &p->name_room, why)) != OK ||
        (e = people_check_mail(p->mail, why)) != OK || (e = people_check_settings(p->settings, why)) != OK ||
        (p->org && (e = check_org(d, p->org, why)) != OK))
        return e;
    p->name = buf_str(&p->name_room);
    if (str_find_char(p->name, ':') != SIZE_MAX)
        return err_why(why, ERR_FIELD, "name", "must not hold a colon: HTTP Basic parts name and password by it");
    if (is_name_taken(d, SQL_USER_BY_NAME, p->name, c->id))
        return err_why(why, ERR_EXISTS, "name", "there is a user of this name already");
    return OK;
}

static enum err store_user(struct db *d, const struct user_plan *p, int64_t now_ms)
{
    struct statement *s = db_get(d, p->now ? SQL_USER_CHANGE : SQL_USER_ADD);
    db_int(s, 1, p->id);
    db_int(s, 2, p->version);
    db_text(s, 3, p->name);
    db_int(s, 4, p->role);
    if (p->org)
        db_int(s, 5, p->org);
    else
        db_null(s, 5);
    db_text(s, 6, p->mail);
    db_text(s, 7, p->password);
    db_int(s, 8, p->must_change);
    db_int(s, 9, p->is_demo);
    db_int(s, 10, p->is_disabled);
    db_int(s, 11, now_ms); /* when it was made: the change has no use for it */
    db_text(s, 12, p->settings);
    return db_run(s);
}

/* A session is proof of what the account was when it was made; a thief's must not outlive the new password. */
static bool voids_sessions(const struct user_plan *p)
{
    const struct user *now = p->now;
    return now && (!str_eq(p->password, now->password) || p->role != now->role || p->org != now->org_id || p->is_disabled);
}

static enum err end_sessions(struct db *d, uint32_t user)
{
    struct statement *s = db_get(d, SQL_SESSION_END_ALL);
    db_int(s, 1, user);
    return db_run(s);
}

static enum err user_apply(struct writer *w, struct command *command)
{
    struct user_command *c = list_of(command, struct user_command, command);
    struct user_plan p = {.name_room = BUF_INIT(4 * USER_NAME_BYTES), .person = BUF_INIT(PERSON_BYTES)};
    c->writer = w;
    enum err e = OK;
    if (c->id && !(p.now = people_read_user(writer_db(w), c->id)))
        e = err_why(&command->why, ERR_NONE, "id", "there is no user %u", (unsigned)c->id);
    if (e == OK)
        e = plan_user(writer_db(w), c, &p, &command->why);
    if (e == OK) {
        p.id = p.now ? p.now->id : (uint32_t)writer_next_number(w, "next_user");
        p.version = p.now ? p.now->version + 1 : 1;
        struct jw jw = jw_start(&p.person);
        jw_open(&jw, NULL);
        jw_str_if(&jw, "mail", p.mail);
        jw_str(&jw, "name", p.name);
        jw_close(&jw);
        struct change change = {.event = EVENT_USER, .id = p.id, .version = p.version, .person = buf_str(&p.person)};
        e = record_change(w, &change);
    }
    if (e == OK)
        e = store_user(writer_db(w), &p, writer_now(w));
    c->out_voids = e == OK && voids_sessions(&p);
    if (c->out_voids)
        e = end_sessions(writer_db(w), p.id);
    c->out_id = p.id;
    user_unref(&p.now);
    buf_fini(&p.name_room);
    buf_fini(&p.person);
    return e;
}

static void user_committed(struct command *command)
{
    struct user_command *c = list_of(command, struct user_command, command);
    struct user *next = people_read_user(writer_db(c->writer), c->out_id);
    must(next != NULL);
    people_put_user(c->people, next);
    if (c->out_voids)
        people_void(c->people, c->out_id);
}

void user_command_init(struct user_command *c, struct people *p)
{
    *c = (struct user_command){.people = p, .must_change = -1, .is_demo = -1, .is_disabled = -1};
    c->command.apply = user_apply;
    c->command.committed = user_committed;
}

/* ---- tokens ---- */

static enum err add_token(struct writer *w, struct token_command *c)
{
    struct why *why = &c->command.why;
    struct db *d = writer_db(w);
    struct user *u = people_read_user(d, c->user);
    if (!u)
        return err_why(why, ERR_NONE, "user", "there is no user %u", (unsigned)c->user);
    unsigned allowed = role_scopes(u->role);
    user_unref(&u);
    if (c->scope == 0 || (c->scope & ~allowed))
        return err_why(why, ERR_FIELD, "scope", "the user's role does not have all of these scopes");
    struct statement *s = db_get(d, SQL_TOKEN_ADD);
    db_int(s, 1, c->user);
    db_blob(s, 2, c->hash, ID_HASH);
    db_int(s, 3, c->scope);
    db_int(s, 4, writer_now(w));
    if (c->expires_ms)
        db_int(s, 5, c->expires_ms);
    else
        db_null(s, 5);
    enum err e = db_run(s);
    if (e)
        return e;
    s = db_get(d, SQL_TOKEN_LAST);
    c->out_id = db_step(s) ? (uint32_t)db_col_int(s, 0) : 0;
    db_reset(s);
    return OK;
}

static enum err revoke_token(struct writer *w, struct token_command *c)
{
    struct db *d = writer_db(w);
    struct token_row row;
    uint8_t hash[ID_HASH];
    struct user *u = NULL;
    c->out_id = c->revoke_id;
    if (people_read_token(d, c->revoke_id, &row, hash))
        u = people_read_user(d, row.user);
    if (!u)
        return err_why(&c->command.why, ERR_NONE, "id", "there is no token %u", (unsigned)c->revoke_id);
    struct change change = {.event = EVENT_USER, .id = u->id, .version = u->version + 1};
    c->user = u->id;
    user_unref(&u);
    if (row.revoked_ms)
        return OK;
    struct statement *s = db_get(d, SQL_TOKEN_REVOKE);
    db_int(s, 1, c->revoke_id);
    db_int(s, 2, writer_now(w));
    enum err e = db_run(s);
    if (e)
        return e;
    s = db_get(d, SQL_USER_BUMP);
    db_int(s, 1, c->user);
    e = db_run(s);
    return e ? e : record_change(w, &change);
}

static enum err token_apply(struct writer *w, struct command *command)
{
    struct token_command *c = list_of(command, struct token_command, command);
    c->writer = w;
    return c->revoke_id ? revoke_token(w, c) : add_token(w, c);
}

static void token_committed(struct command *command)
{
    struct token_command *c = list_of(command, struct token_command, command);
    struct db *d = writer_db(c->writer);
    struct token_row row;
    uint8_t hash[ID_HASH];
    must(people_read_token(d, c->out_id, &row, hash));
    people_put_token(c->people, &row, hash);
    struct user *next = c->revoke_id ? people_read_user(d, row.user) : NULL;
    if (next)
        people_put_user(c->people, next);
}

void token_command_init(struct token_command *c, struct people *p)
{
    *c = (struct token_command){.people = p};
    c->command.apply = token_apply;
    c->command.committed = token_committed;
}
