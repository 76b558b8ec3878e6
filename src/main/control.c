#include "main/control.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define INPUT_MAX (64u << 20)
#define WAIT_MS 10000

struct control {
    const char *dir;
    struct store *store; /* NULL: a server runs, ask it */
    struct str default_language;
};

static bool address_of(const char *dir, struct sockaddr_un *a)
{
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    return snprintf(a->sun_path, sizeof a->sun_path, "%s/control.sock", dir) < (int)sizeof a->sun_path;
}

/* ---- bytes, blocking with a limit of patience ---- */

static bool wait_for(int fd, short events, int wait_ms)
{
    struct pollfd p = {fd, events, 0};
    int n;
    do
        n = poll(&p, 1, wait_ms);
    while (n < 0 && errno == EINTR);
    return n == 1;
}

static bool send_all(int fd, struct str s)
{
    while (s.n) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s = str_sub(s, (size_t)n, s.n);
    }
    return true;
}

/* Reads until `want` bytes are there, or a whole line when want is 0. */
static bool read_until(int fd, struct buf *b, size_t want, int wait_ms)
{
    for (;;) {
        if (want ? b->n >= want : str_find_char(buf_str(b), '\n') != SIZE_MAX)
            return true;
        char *room = buf_room(b, 65536);
        if (!room || !wait_for(fd, POLLIN, wait_ms))
            return false;
        ssize_t n = recv(fd, room, 65536, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        b->n += (size_t)n;
    }
}

/* A message is a line of JSON whose member "bytes" tells how many follow it. */
static bool read_message(int fd, struct buf *b, struct json **head, struct str *body, int wait_ms)
{
    if (!read_until(fd, b, 0, wait_ms))
        return false;
    size_t line = str_find_char(buf_str(b), '\n');
    if (json_parse(str_sub(buf_str(b), 0, line), head, NULL) != OK)
        return false;
    int64_t bytes = json_int(json_get(*head, "bytes"), -1);
    if (bytes < 0 || bytes > INPUT_MAX || !read_until(fd, b, line + 1 + (size_t)bytes, wait_ms))
        return false;
    *body = str_sub(buf_str(b), line + 1, (size_t)bytes);
    return true;
}

/* ---- server ---- */

enum err control_listen(const char *dir, int *out_fd, struct why *why)
{
    struct sockaddr_un a;
    if (!address_of(dir, &a))
        return err_why(why, ERR_LIMIT, dir, "the path of the data folder is too long for its control socket");
    unlink(a.sun_path); /* the lock is ours: a socket left here belongs to nobody */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0177);
    bool is_ok = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 64) == 0;
    umask(before);
    if (is_ok) {
        *out_fd = fd;
        return OK;
    }
    if (fd >= 0)
        close(fd);
    return err_why(why, ERR_IO, a.sun_path, "the control socket cannot be made: %s", strerror(errno));
}

void control_unlink(const char *dir)
{
    struct sockaddr_un a;
    if (address_of(dir, &a))
        unlink(a.sun_path);
}

static void write_answer(struct buf *b, int status, const struct why *why, struct str out)
{
    struct jw w = jw_start(b);
    jw_open(&w, NULL);
    jw_int(&w, "exit", status);
    jw_str(&w, "why", str_from(why->text));
    jw_str(&w, "at", str_from(why->at));
    jw_int(&w, "bytes", (int64_t)out.n);
    jw_close(&w);
    buf_addc(b, '\n');
    buf_add(b, out);
}

void control_serve(int listener, struct store *s, struct str default_language)
{
    CLEANUP(mem_close_fd) int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    /* Who asks and does not read the answer holds up neither other commands nor the end of the server. */
    struct timeval patience = {WAIT_MS / 2000, 0}; /* twice at most: once for what still fits, once for nothing */
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    struct buf in = BUF_INIT(INPUT_MAX + 65536), answer = BUF_INIT(128u << 20);
    struct json *head = NULL;
    struct order o;
    order_init(&o, s);
    o.default_language = default_language;
    if (read_message(fd, &in, &head, &o.input, WAIT_MS)) {
        const struct json *argv = json_get(head, "argv");
        for (size_t i = 0; i < json_count(argv) && i < ARGS_MAX; i++)
            args_add(&o.args, json_str(json_at(argv, i)));
        int status = o.args.n ? order_run(&o) : 2;
        write_answer(&answer, status, &o.why, buf_str(&o.out));
        send_all(fd, buf_str(&answer));
    }
    order_fini(&o);
    json_free(&head);
    buf_fini(&in);
    buf_fini(&answer);
}

/* ---- client ---- */

void control_store_options(const struct conf *conf, const char *dir, struct store_options *out)
{
    *out = (struct store_options){.dir = dir, .readers = 2, .tape_slots = 4096};
    out->agency = (struct agency){conf->agency_name, conf->agency_code, conf->public_url, conf->agency_prefix};
    portion_default(&out->rule);
    struct why why;
    if (conf->public_rule.n && portion_parse(conf->public_rule, &out->rule, &why) != OK)
        log_line(LOG_WARN, "conf", "public_rule=%s why=%s", log_safe(conf->public_rule), log_safe(str_from(why.text)));
    out->rule.editions = conf_list(conf, conf->languages);
    out->rule.edition = conf->default_language;
    out->rule.share_percent = (unsigned)(strtod(conf->portion_share.p, NULL) * 100 + 0.5);
}

enum err control_open(const char *dir, const struct conf *conf, struct control **out, struct why *why)
{
    struct control *c = mem_new(struct control);
    c->dir = dir;
    c->default_language = conf->default_language;
    if (!store_is_locked(dir)) {
        struct store_options o;
        bool is_new;
        control_store_options(conf, dir, &o);
        o.readers = 1;
        enum err e = store_open(&o, &c->store, &is_new, why);
        if (e) {
            mem_free(c);
            return e;
        }
    }
    *out = c;
    return OK;
}

void control_close(struct control **pc)
{
    struct control *c = *pc;
    if (!c)
        return;
    store_close(&c->store);
    mem_free(c);
    *pc = NULL;
}

static enum err ask_server(struct control *c, const struct args *argv, struct str input, struct control_answer *out)
{
    struct sockaddr_un a;
    CLEANUP(mem_close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || !address_of(c->dir, &a) || connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
        return err_why(&out->why, ERR_IO, c->dir, "a server holds this folder but does not answer on its control socket: %s",
                       strerror(errno));
    struct buf head = BUF_INIT(1u << 20), in = BUF_INIT(128u << 20);
    struct jw w = jw_start(&head);
    jw_open(&w, NULL);
    jw_open_list(&w, "argv");
    for (size_t i = 0; i < argv->n; i++)
        jw_str(&w, NULL, argv->words[i]);
    jw_close_list(&w);
    jw_int(&w, "bytes", (int64_t)input.n);
    jw_close(&w);
    buf_addc(&head, '\n');
    struct json *answer = NULL;
    struct str body;
    enum err e = OK;
    if (!send_all(fd, buf_str(&head)) || !send_all(fd, input) || !read_message(fd, &in, &answer, &body, -1)) {
        e = err_why(&out->why, ERR_IO, c->dir, "the server went away before it answered; whether the command was done is "
                                               "not known: look before you repeat it");
    } else {
        out->exit = (int)json_int(json_get(answer, "exit"), 1);
        str_copy(json_str(json_get(answer, "why")), out->why.text, sizeof out->why.text);
        str_copy(json_str(json_get(answer, "at")), out->why.at, sizeof out->why.at);
        buf_add(&out->out, body);
    }
    json_free(&answer);
    buf_fini(&head);
    buf_fini(&in);
    return e;
}

enum err control_ask(struct control *c, const struct args *argv, struct str input, struct control_answer *out)
{
    *out = (struct control_answer){.out = BUF_INIT(128u << 20)};
    if (!c->store)
        return ask_server(c, argv, input, out);
    struct order o;
    order_init(&o, c->store);
    o.default_language = c->default_language;
    o.input = input;
    o.args = *argv;
    out->exit = order_run(&o);
    out->why = o.why;
    buf_add(&out->out, buf_str(&o.out));
    order_fini(&o);
    return OK;
}

void control_answer_fini(struct control_answer *a)
{
    buf_fini(&a->out);
}
