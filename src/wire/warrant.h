/* What a stream or a poll was opened with, and whether that still holds: the account as it was, its token, password or
 * session, its address (trust P11). Small, for there is one with every stream; warrant_holds may be asked on any thread. */
#ifndef WIRE_WARRANT_H
#define WIRE_WARRANT_H

#include "io/stream.h"
#include "store/store.h"

struct warrant {
    uint32_t user, org;     /* org 0 = a desk role */
    uint32_t token;         /* 0 = by password or session */
    uint32_t password_mark; /* only a mark of it is kept */
    uint8_t *session;       /* own, ID_HASH bytes: opened with a cookie, it ends with the session; NULL = otherwise */
    uint8_t ip[STREAM_IP];
    uint8_t role;           /* enum role */
};

/* Keeps nothing of what it is given. session: hash of the session that is the credential, or NULL. */
void warrant_init(struct warrant *w, const struct account *who, const struct address *peer, const uint8_t *session);
void warrant_fini(struct warrant *w);
/* False when the account was disabled or moved, its token revoked or run out, its session ended, its password changed,
 * or when it may no longer come from there. now_ms: real time. */
bool warrant_holds(const struct warrant *w, struct store *s, int64_t now_ms);

#endif
