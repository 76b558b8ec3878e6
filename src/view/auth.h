/* Who is asking: Bearer token, Basic (API paths only), or session cookie; guessing limits; the memory of checked
 * passwords (trust 3). Results are accounts with refs, kept in call->who. */
#ifndef VIEW_AUTH_H
#define VIEW_AUTH_H

#include "store/people.h"
#include "view/app.h"

#define AUTH_BEARER 1u
#define AUTH_BASIC 2u
#define AUTH_SESSION 4u
#define AUTH_CSRF 8u /* a session must bring X-CSRF-Token or the form field csrf, and a matching Origin if any */

void auth_init(struct app *app);
void auth_fini(void);
/* Finds the account and goes on with `then` (on the loop thread). Password checks make a trip to the secrets pool. Fails
 * with ERR_AUTH through `denied` (which shapes the answer: problem, HAS envelope, redirect). */
struct auth_ask {
    unsigned ways;
    unsigned scopes; /* all needed; else ERR_ROLE */
    enum next (*then)(struct call *c);
    enum next (*denied)(struct call *c, enum err e);
};
enum next auth_need(struct call *c, const struct auth_ask *ask); /* ask must be static */
/* The account found; NULL before auth_need succeeded or for an anonymous call. */
struct account *auth_who(struct call *c);
/* Session's CSRF token for forms; STR_NONE without a session. */
struct str auth_csrf(struct call *c);
/* Looks for a session without demanding one: account in call->who if there is one. */
bool auth_session(struct call *c);
/* For the sign-in form and others that check by themselves. Work thread (20 ms). */
bool auth_password_is(struct app *app, const struct user *u, struct str password);
const char *auth_cookie_name(const struct call *c);
const uint8_t *auth_session_hash(struct call *c); /* NULL without a session */
bool auth_origin_ok(const struct call *c);        /* no Origin, or our own */
/* A page of another origin asks, with what a browser adds by itself: the session's cookie, or a name and password that were
 * typed in once. A bearer token it never adds. */
bool auth_is_foreign(const struct call *c);

#endif
