/* Organisations, users and their rights in memory: who may do what, answered without the database. Objects are immutable
 * and refcounted; a change puts a new one in place (leaf lock inside). The store thread changes, anyone reads. */
#ifndef STORE_PEOPLE_H
#define STORE_PEOPLE_H

#include "news/right.h"
#include "store/writer.h"

enum role { ROLE_REPORTER, ROLE_EDITOR, ROLE_ADMIN, ROLE_SUBSCRIBER, ROLE_API };
const char *role_name(enum role r);
bool role_parse(struct str s, enum role *out);
bool role_is_desk(enum role r); /* reporter, editor, admin */

#define SCOPE_READ 1u
#define SCOPE_WIRE 2u
#define SCOPE_PUBLISH 4u
#define SCOPE_MEDIA 8u
#define SCOPE_KILL 16u
#define SCOPE_ADMIN 32u
bool scope_parse(struct str list, unsigned *out, struct why *why); /* "read,wire" */
unsigned role_scopes(enum role r);                                 /* all that the role may */

struct org_term { /* terms from a sequence number on */
    uint64_t seq;
    struct right *right;
};
struct org {
    struct ref refs;
    struct arena *arena;
    uint32_t id, version;
    struct str name;
    int64_t closed_at_ms; /* 0 = open */
    struct right *right;  /* now: right_nothing when closed */
    const struct org_term *history; /* ascending by seq */
    size_t history_count;
    struct str contact;             /* JSON: name, phone, mail */
    struct str settings;            /* JSON: error_status, document_media … */
};
struct user {
    struct ref refs;
    struct arena *arena;
    uint32_t id, version;
    struct str name, mail, password;
    enum role role;
    uint32_t org_id; /* 0 = none */
    struct org *org; /* NULL for desk roles; as it stood when this object was put in place */
    bool must_change, is_demo, is_disabled;
    struct str settings;
};
/* The account behind a request: user and how it proved itself. */
struct account {
    struct user *user; /* ref */
    unsigned scopes;
    uint32_t token_id; /* 0 = password or session */
};

struct people;
struct people *people_new(void);
void people_free(struct people **p);
enum err people_load(struct people *p, struct db *d, struct why *why) MUST_USE; /* at start, before threads */

/* Called on the store thread when a change has made a user's sign-ins void: password, role, organisation, disabled. */
void people_on_void(struct people *p, void (*fn)(void *arg, uint32_t user), void *arg); /* before threads */
void people_void(struct people *p, uint32_t user);

/* Lookups return refs. */
struct user *people_user(struct people *p, uint32_t id);
struct user *people_user_named(struct people *p, struct str name);
struct org *people_org(struct people *p, uint32_t id);
struct org *people_org_named(struct people *p, struct str id_or_name);
/* keyed hash of a tlk_ token -> user, scopes, token id; false when unknown, revoked or expired at now. */
bool people_token(struct people *p, const uint8_t hash[static ID_HASH], int64_t now_ms, struct account *out);
/* Not revoked, not past its end. */
bool people_token_is_alive(struct people *p, uint32_t token_id, int64_t now_ms);
/* Every organisation, one ref each, into an array to be freed with mem_free after unref of each; for kill boards. */
struct org **people_orgs(struct people *p, size_t *count);
struct user **people_users(struct people *p, size_t *count);
void user_unref(struct user **u);
struct user *user_ref(struct user *u);
void org_unref(struct org **o);
struct org *org_ref(struct org *o);
void account_fini(struct account *a);
/* The right that held for the organisation at a record; NULL before its first terms. Borrowed from o. */
const struct right *org_right_at(const struct org *o, uint64_t seq);
/* The right a stream of this user has now: right_all for editor and admin roles and reporters, the organisation's for
 * others, right_nothing when disabled. A ref. */
struct right *user_right(const struct user *u);
/* Bumped by every change: caches of checked passwords compare it. */
uint64_t people_generation(struct people *p);

/* Commands (post to the writer; results in the struct). Names, mails and contacts are committed by salt in the record.
 * Slices must live until done. ERR_EXISTS for a name that is taken, ERR_FIELD with the member in why.at, ERR_NONE for an
 * unknown id. Memory changes after the commit and before the tape shows the record, so whoever is woken by the record
 * finds the new state here. A revoked token is an event of its user. Changing terms of a closed organisation opens it again. */
struct org_command {
    struct command command;
    struct people *people;
    uint32_t id;     /* 0 = add */
    bool is_close;
    struct str name; /* STR_NONE = unchanged */
    bool has_terms;
    struct terms terms;
    struct str contact, settings; /* JSON; STR_NONE = unchanged */
    uint32_t out_id;
    struct writer *writer; /* the command's own: where `committed` reads the new state */
};
struct user_command {
    struct command command;
    struct people *people;
    uint32_t id; /* 0 = add */
    struct str name, mail, settings;
    bool has_role;
    enum role role;
    uint32_t org;            /* 0 = none or unchanged */
    const char *password;    /* encoded hash; NULL = unchanged */
    int must_change, is_demo, is_disabled; /* -1 = unchanged */
    uint32_t out_id;
    bool out_voids; /* sessions of before are ended */
    struct writer *writer;
};
struct token_command {
    struct command command;
    struct people *people;
    uint32_t user, revoke_id; /* revoke_id != 0: revoke that (its user need not be given) */
    unsigned scope;
    int64_t expires_ms; /* 0 = never */
    uint8_t hash[ID_HASH];
    uint32_t out_id;
    struct writer *writer;
};
void org_command_init(struct org_command *c, struct people *p);
void user_command_init(struct user_command *c, struct people *p);
void token_command_init(struct token_command *c, struct people *p);

/* Tokens as rows, for `token list`: user 0 = all. Slices none; the array is in `a`. */
struct token_row {
    uint32_t id, user;
    unsigned scope;
    int64_t created_ms, expires_ms, revoked_ms; /* 0 = never */
};
size_t people_tokens(struct db *d, struct arena *a, uint32_t user, struct token_row **out);

/* For the commands alone (store thread). Reading one object from its rows; NULL when absent or damaged. */
struct org *people_read_org(struct db *d, uint32_t id);
struct user *people_read_user(struct db *d, uint32_t id);
bool people_read_token(struct db *d, uint32_t id, struct token_row *out, uint8_t hash[static ID_HASH]);
/* Puts an object in place of the one with its id; takes the ref. */
void people_put_org(struct people *p, struct org *own_org);
void people_put_user(struct people *p, struct user *own_user);
void people_put_token(struct people *p, const struct token_row *t, const uint8_t hash[static ID_HASH]);

#endif
