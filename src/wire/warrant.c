#include "wire/warrant.h"

#include <string.h>

static uint32_t password_mark(const struct user *u)
{
    return (uint32_t)str_hash(u->password);
}

void warrant_init(struct warrant *w, const struct account *who, const struct address *peer, const uint8_t *session)
{
    const struct user *u = who->user;
    *w = (struct warrant){.user = u->id, .org = u->org ? u->org->id : 0, .token = who->token_id, .role = (uint8_t)u->role};
    memcpy(w->ip, peer->ip, sizeof w->ip);
    w->password_mark = w->token ? 0 : password_mark(u);
    if (session)
        w->session = (uint8_t *)mem_dup(session, ID_HASH);
}

void warrant_fini(struct warrant *w)
{
    mem_free(w->session);
    w->session = NULL;
}

/* Another role or organisation is another account. */
static bool is_same_account(const struct warrant *w, const struct user *u)
{
    return !u->is_disabled && u->role == (enum role)w->role && (u->org ? u->org->id : 0) == w->org;
}

static bool is_good_from_there(const struct warrant *w, const struct user *u)
{
    CLEANUP(right_unref) struct right *right = user_right(u);
    return right_allows_ip(right, w->ip);
}

bool warrant_holds(const struct warrant *w, struct store *s, int64_t now_ms)
{
    struct people *people = store_people(s);
    struct user *u = people_user(people, w->user);
    bool is_ok = u && is_same_account(w, u) && is_good_from_there(w, u) && (w->token || password_mark(u) == w->password_mark);
    user_unref(&u);
    if (w->session)
        return is_ok && sessions_has(store_sessions(s), w->session, role_is_desk((enum role)w->role));
    return is_ok && (!w->token || people_token_is_alive(people, w->token, now_ms));
}
