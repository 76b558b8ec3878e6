/* The control socket DIR/control.sock (mode 0600): how a command reaches the running server. One request, one answer per
 * connection: a line of JSON with the lengths, then the bytes. */
#ifndef MAIN_CONTROL_H
#define MAIN_CONTROL_H

#include "main/order.h"

/* Server side, main thread. */
enum err control_listen(const char *dir, int *out_fd, struct why *why) MUST_USE;
/* Takes one waiting connection and answers it; blocks while its command works, 10 s at most for its bytes to come. */
void control_serve(int listener, struct store *s, struct str default_language);
void control_unlink(const char *dir);

/* Client side. The answer of one command, wherever it ran. */
struct control_answer {
    int exit;
    struct buf out;
    struct why why;
};
struct control; /* a way to the store: the socket of a running server, or the folder itself, opened here */
enum err control_open(const char *dir, const struct conf *conf, struct control **out, struct why *why) MUST_USE;
void control_close(struct control **c);
/* Runs argv (as the server would see it: "org", "list", …) with `input`. The answer must be empty. */
enum err control_ask(struct control *c, const struct args *argv, struct str input, struct control_answer *out) MUST_USE;
void control_answer_fini(struct control_answer *a);
/* Settings of the store that do not need a server: agency and rules from the configuration. */
void control_store_options(const struct conf *conf, const char *dir, struct store_options *out);

#endif
