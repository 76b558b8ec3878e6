/* The native API below /v1 but for the wire: stories and their verbs, who am I, code lists. Handlers start on the loop
 * and make their trips to work threads and the writer. */
#ifndef VIEW_API_H
#define VIEW_API_H

#include "http/route.h"
#include "view/auth.h"

extern const struct route api_routes[];
extern const size_t api_route_count;
extern const struct route api_story_routes[];
extern const size_t api_story_route_count;
extern const struct route api_receipts_routes[];
extern const size_t api_receipts_route_count;

/* Problem answers for a failed sign-in, with WWW-Authenticate where it helps. */
enum next api_denied(struct call *c, enum err e);
/* The one 404 of the API: unknown and not entitled look the same (trust P10). */
enum next api_none(struct call *c);
/* Everything the API's people may come by: token, Basic, session with CSRF for changes. */
#define API_READ_WAYS (AUTH_BEARER | AUTH_BASIC | AUTH_SESSION)
#define API_WRITE_WAYS (AUTH_BEARER | AUTH_BASIC | AUTH_SESSION | AUTH_CSRF)

#endif
