#include "store/people.h"

#include "base/map.h"
#include "base/text.h"

#include <pthread.h>

/* Keys of `users` and `orgs` are the four bytes of the id, of `*_named` the name in NFC and ASCII lower case (as the
 * database's NOCASE has it), of `tokens` the hash. The named maps borrow what the id maps own. */
struct people {
    pthread_mutex_t lock;
    struct map *users, *users_named, *orgs, *orgs_named, *tokens, *tokens_by_id;
    uint64_t generation;
    void (*on_void)(void *arg, uint32_t user);
    void *void_arg;
};

struct token {
    struct token_row row;
};

/* ---- roles and scopes ---- */

static const char *const ROLES[] = {"reporter", "editor", "admin", "subscriber", "api"};
static const char *const SCOPES[] = {"read", "wire", "publish", "media", "kill", "admin"};

const char *role_name(enum role r)
{
    must((unsigned)r < sizeof ROLES / sizeof ROLES[0]);
    return ROLES[r];
}

bool role_parse(struct str s, enum role *out)
{
    for (size_t i = 0; i < sizeof ROLES / sizeof ROLES[0]; i++)
        if (str_is(s, ROLES[i])) {
            *out = (enum role)i;
            return true;
        }
    return false;
}

bool role_is_desk(enum role r)
{
    return r == ROLE_REPORTER || r == ROLE_EDITOR || r == ROLE_ADMIN;
}

unsigned role_scopes(enum role r)
{
    switch (r) {
    case ROLE_REPORTER:
        return SCOPE_READ | SCOPE_WIRE | SCOPE_PUBLISH | SCOPE_MEDIA;
    case ROLE_EDITOR:
        return SCOPE_READ | SCOPE_WIRE | SCOPE_PUBLISH | SCOPE_MEDIA | SCOPE_KILL;
    case ROLE_ADMIN:
        return SCOPE_READ | SCOPE_WIRE | SCOPE_PUBLISH | SCOPE_MEDIA | SCOPE_KILL | SCOPE_ADMIN;
    case ROLE_SUBSCRIBER:
    case ROLE_API:
        return SCOPE_READ | SCOPE_WIRE | SCOPE_MEDIA;
    }
    return 0;
}

bool scope_parse(struct str list, unsigned *out, struct why *why)
{
    unsigned scopes = 0;
    struct str rest = list, word;
    while (rest.p && str_split(&rest, ',', &word)) {
        word = str_trim(word);
        size_t i = 0;
        while (i < sizeof SCOPES / sizeof SCOPES[0] && !str_is(word, SCOPES[i]))
            i++;
        if (i == sizeof SCOPES / sizeof SCOPES[0]) {
            (void)err_why(why, ERR_FIELD, "scope",
                          "\"%.*s\" is no scope: there are read, wire, publish, media, kill, admin",
                          (int)(word.n < 40 ? word.n : 40), word.n ? word.p : "");
            return false;
        }
        scopes |= 1U << i;
    }
    if (scopes == 0) {
        (void)err_why(why, ERR_FIELD, "scope", "name at least one scope: read, wire, publish, media, kill, admin");
        return false;
    }
    *out = scopes;
    return true;
}

/* ---- objects ---- */

struct org *org_ref(struct org *o)
{
    ref_hold(&o->refs);
    return o;
}

void org_unref(struct org **o)
{
    struct org *own = *o;
    *o = NULL;
    if (!own || !ref_drop(&own->refs))
        return;
    for (size_t i = 0; i < own->history_count; i++) {
        struct right *right = own->history[i].right;
        right_unref(&right);
    }
    right_unref(&own->right);
    arena_free(&own->arena);
    mem_free(own);
}

struct user *user_ref(struct user *u)
{
    ref_hold(&u->refs);
    return u;
}

void user_unref(struct user **u)
{
    struct user *own = *u;
    *u = NULL;
    if (!own || !ref_drop(&own->refs))
        return;
    org_unref(&own->org);
    arena_free(&own->arena);
    mem_free(own);
}

void account_fini(struct account *a)
{
    user_unref(&a->user);
}

const struct right *org_right_at(const struct org *o, uint64_t seq)
{
    size_t low = 0, high = o->history_count; /* the first entry after seq lies in [low, high] */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (o->history[middle].seq <= seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? o->history[low - 1].right : NULL;
}

struct right *user_right(const struct user *u)
{
    if (u->is_disabled)
        return right_nothing();
    if (role_is_desk(u->role))
        return right_all();
    return u->org ? right_ref(u->org->right) : right_nothing();
}

/* ---- the tables ---- */

static struct str key_of(const uint32_t *id)
{
    return str_of((const char *)id, sizeof *id);
}

#define NAME_KEY 1024 /* names are capped far below; a longer one is nobody's */

static struct str name_key(struct str name, char room[static NAME_KEY])
{
    struct buf nfc = BUF_INIT(NAME_KEY);
    text_nfc(name, &nfc);
    size_t n = buf_ok(&nfc) ? nfc.n : 0;
    for (size_t i = 0; i < n; i++)
        room[i] = nfc.p[i] >= 'A' && nfc.p[i] <= 'Z' ? (char)(nfc.p[i] + 32) : nfc.p[i];
    buf_fini(&nfc);
    return str_of(room, n);
}

struct people *people_new(void)
{
    struct people *p = mem_new(struct people);
    must(pthread_mutex_init(&p->lock, NULL) == 0);
    p->users = map_new();
    p->users_named = map_new();
    p->orgs = map_new();
    p->orgs_named = map_new();
    p->tokens = map_new();
    p->tokens_by_id = map_new();
    return p;
}

void people_on_void(struct people *p, void (*fn)(void *arg, uint32_t user), void *arg)
{
    p->on_void = fn;
    p->void_arg = arg;
}

void people_void(struct people *p, uint32_t user)
{
    if (p->on_void)
        p->on_void(p->void_arg, user);
}

static void drop_user(void *value)
{
    struct user *u = value;
    user_unref(&u);
}

static void drop_org(void *value)
{
    struct org *o = value;
    org_unref(&o);
}

void people_free(struct people **p)
{
    struct people *own = *p;
    *p = NULL;
    if (!own)
        return;
    map_free(&own->users_named, NULL);
    map_free(&own->orgs_named, NULL);
    map_free(&own->users, drop_user);
    map_free(&own->orgs, drop_org);
    map_free(&own->tokens_by_id, NULL);
    map_free(&own->tokens, mem_free);
    pthread_mutex_destroy(&own->lock);
    mem_free(own);
}

struct user *people_user(struct people *p, uint32_t id)
{
    pthread_mutex_lock(&p->lock);
    struct user *u = map_get(p->users, key_of(&id));
    if (u)
        user_ref(u);
    pthread_mutex_unlock(&p->lock);
    return u;
}

struct user *people_user_named(struct people *p, struct str name)
{
    char room[NAME_KEY];
    struct str key = name_key(name, room);
    pthread_mutex_lock(&p->lock);
    struct user *u = map_get(p->users_named, key);
    if (u)
        user_ref(u);
    pthread_mutex_unlock(&p->lock);
    return u;
}

struct org *people_org(struct people *p, uint32_t id)
{
    pthread_mutex_lock(&p->lock);
    struct org *o = map_get(p->orgs, key_of(&id));
    if (o)
        org_ref(o);
    pthread_mutex_unlock(&p->lock);
    return o;
}

struct org *people_org_named(struct people *p, struct str id_or_name)
{
    uint64_t id;
    if (str_u64(id_or_name, &id) && id <= UINT32_MAX) {
        struct org *o = people_org(p, (uint32_t)id);
        if (o)
            return o;
    }
    char room[NAME_KEY];
    struct str key = name_key(id_or_name, room);
    pthread_mutex_lock(&p->lock);
    struct org *o = map_get(p->orgs_named, key);
    if (o)
        org_ref(o);
    pthread_mutex_unlock(&p->lock);
    return o;
}

static bool is_alive(const struct token *t, int64_t now_ms)
{
    return t && t->row.revoked_ms == 0 && (t->row.expires_ms == 0 || now_ms < t->row.expires_ms);
}

bool people_token_is_alive(struct people *p, uint32_t token_id, int64_t now_ms)
{
    pthread_mutex_lock(&p->lock);
    bool is_good = is_alive(map_get(p->tokens_by_id, key_of(&token_id)), now_ms);
    pthread_mutex_unlock(&p->lock);
    return is_good;
}

bool people_token(struct people *p, const uint8_t hash[static ID_HASH], int64_t now_ms, struct account *out)
{
    pthread_mutex_lock(&p->lock);
    const struct token *t = map_get(p->tokens, str_of((const char *)hash, ID_HASH));
    bool is_good = is_alive(t, now_ms);
    struct user *u = is_good ? map_get(p->users, key_of(&t->row.user)) : NULL;
    if (u && !u->is_disabled)
        *out = (struct account){user_ref(u), t->row.scope & role_scopes(u->role), t->row.id};
    else
        is_good = false;
    pthread_mutex_unlock(&p->lock);
    return is_good;
}

static int by_org_id(const void *a, const void *b)
{
    uint32_t x = (*(struct org *const *)a)->id, y = (*(struct org *const *)b)->id;
    return (x > y) - (x < y);
}

struct org **people_orgs(struct people *p, size_t *count)
{
    size_t at = 0, n = 0;
    struct str key;
    void *value;
    pthread_mutex_lock(&p->lock);
    struct org **list = mem_array(struct org *, map_count(p->orgs) + 1);
    while (map_next(p->orgs, &at, &key, &value))
        list[n++] = org_ref(value);
    pthread_mutex_unlock(&p->lock);
    qsort(list, n, sizeof list[0], by_org_id);
    *count = n;
    return list;
}

static int by_user_id(const void *a, const void *b)
{
    uint32_t x = (*(struct user *const *)a)->id, y = (*(struct user *const *)b)->id;
    return (x > y) - (x < y);
}

struct user **people_users(struct people *p, size_t *count)
{
    size_t at = 0, n = 0;
    struct str key;
    void *value;
    pthread_mutex_lock(&p->lock);
    struct user **list = mem_array(struct user *, map_count(p->users) + 1);
    while (map_next(p->users, &at, &key, &value))
        list[n++] = user_ref(value);
    pthread_mutex_unlock(&p->lock);
    qsort(list, n, sizeof list[0], by_user_id);
    *count = n;
    return list;
}

uint64_t people_generation(struct people *p)
{
    pthread_mutex_lock(&p->lock);
    uint64_t g = p->generation;
    pthread_mutex_unlock(&p->lock);
    return g;
}

/* ---- changes ---- */

/* Lock held. Puts the user under id and name; the older one goes, its name too when it was another. */
static void place_user(struct people *p, struct user *own)
{
    char room[NAME_KEY];
    struct user *old = map_get(p->users, key_of(&own->id));
    if (old)
        (void)map_del(p->users_named, name_key(old->name, room));
    (void)map_set(p->users, key_of(&own->id), own);
    (void)map_set(p->users_named, name_key(own->name, room), own);
    user_unref(&old);
}

/* Lock held. */
static void bind_org(struct people *p, struct user *u)
{
    struct org *o = u->org_id ? map_get(p->orgs, key_of(&u->org_id)) : NULL;
    u->org = o ? org_ref(o) : NULL;
}

void people_put_user(struct people *p, struct user *own_user)
{
    pthread_mutex_lock(&p->lock);
    bind_org(p, own_user);
    place_user(p, own_user);
    p->generation++;
    pthread_mutex_unlock(&p->lock);
}

static struct user *copy_user(const struct user *from)
{
    struct user *u = mem_new(struct user);
    ref_init(&u->refs); /* member by member: others count `from` at this moment */
    u->arena = arena_new(512);
    u->id = from->id;
    u->version = from->version;
    u->role = from->role;
    u->org_id = from->org_id;
    u->must_change = from->must_change;
    u->is_demo = from->is_demo;
    u->is_disabled = from->is_disabled;
    u->name = arena_str(u->arena, from->name);
    u->mail = arena_str(u->arena, from->mail);
    u->password = arena_str(u->arena, from->password);
    u->settings = arena_str(u->arena, from->settings);
    return u;
}

/* Lock held. Users hold the organisation they were made with, so its people are made anew with the new one. */
static void rebind_users(struct people *p, uint32_t org)
{
    size_t at = 0, n = 0;
    struct str key;
    void *value;
    struct user **of = mem_array(struct user *, map_count(p->users) + 1);
    while (map_next(p->users, &at, &key, &value))
        if (((struct user *)value)->org_id == org)
            of[n++] = value;
    for (size_t i = 0; i < n; i++) {
        struct user *next = copy_user(of[i]);
        bind_org(p, next);
        place_user(p, next);
    }
    mem_free(of);
}

void people_put_org(struct people *p, struct org *own_org)
{
    char room[NAME_KEY];
    pthread_mutex_lock(&p->lock);
    struct org *old = map_get(p->orgs, key_of(&own_org->id));
    if (old)
        (void)map_del(p->orgs_named, name_key(old->name, room));
    (void)map_set(p->orgs, key_of(&own_org->id), own_org);
    (void)map_set(p->orgs_named, name_key(own_org->name, room), own_org);
    rebind_users(p, own_org->id);
    p->generation++;
    pthread_mutex_unlock(&p->lock);
    org_unref(&old);
}

void people_put_token(struct people *p, const struct token_row *t, const uint8_t hash[static ID_HASH])
{
    struct token *own = mem_new(struct token);
    own->row = *t;
    pthread_mutex_lock(&p->lock);
    struct token *old = map_set(p->tokens, str_of((const char *)hash, ID_HASH), own);
    (void)map_set(p->tokens_by_id, key_of(&own->row.id), own);
    p->generation++;
    pthread_mutex_unlock(&p->lock);
    mem_free(old);
}
