/* The server's loops: threads with a listener, HTTP, views and fan-out each. Built and stopped by cmd_serve. */
#ifndef MAIN_SERVE_H
#define MAIN_SERVE_H

#include "main/conf.h"
#include "view/app.h"

#define SERVE_LISTENERS 8
struct serve_listener {
    struct str spec; /* as given: [inner:]ADDR:PORT */
    bool is_inner;
    uint16_t port;   /* the real one */
    char address[64];
};
struct serve_plan {
    struct serve_listener listeners[SERVE_LISTENERS];
    size_t count;
    size_t connections_max;
};

struct serve;
/* Opens the listeners and starts one thread per loop. */
enum err serve_start(struct app *app, struct serve_plan *plan, const struct conf *conf, struct serve **out, struct why *why) MUST_USE;
/* No more accepts, a bye on every stream, running answers finished (3 s at most), threads joined. */
void serve_stop(struct serve *s);
void serve_free(struct serve **s); /* after the store was closed */

#endif
