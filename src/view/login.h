/* Signing in and out: GET and POST /login, POST /logout, and /account: who is signed in and what the contract grants. */
#ifndef VIEW_LOGIN_H
#define VIEW_LOGIN_H

#include "http/route.h"
#include "view/app.h"

extern const struct route login_routes[];
extern const size_t login_route_count;

#endif
