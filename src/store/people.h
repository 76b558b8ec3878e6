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
bool scope_parse(struct str list, unsigned *out, struct why *why);
unsigned role_scopes(enum role r); /* all that the role may */

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
    struct org *org; /* NULL for desk roles */
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

/* Lookups return refs. */
struct user *people_user(struct people *p, uint32_t id);
struct user *people_user_named(struct people *p, struct str name);
struct org *people_org(struct people *p, uint32_t id);
struct org *people_org_named(struct people *p, struct str id_or_name);
/* keyed hash of a tlk_ token -> user, scopes, token id; false when unknown, revoked or expired at now. */
bool people_token(struct people *p, const uint8_t hash[static ID_HASH], int64_t now_ms, struct account *out);
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

/* Commands (post to the writer; results in the struct). Names, mails and contacts are committed by salt in the record. */
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
};
struct token_command {
    struct command command;
    struct people *people;
    uint32_t user, revoke_id; /* revoke_id != 0: revoke that */
    unsigned scope;
    int64_t expires_ms; /* 0 = never */
    uint8_t hash[ID_HASH];
    uint32_t out_id;
};
void org_command_init(struct org_command *c, struct people *p);
void user_command_init(struct user_command *c, struct people *p);
void token_command_init(struct token_command *c, struct people *p);

#endif
