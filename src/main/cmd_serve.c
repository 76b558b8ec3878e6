#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "http/asset.h"
#include "http/gate.h"
#include "main/cmd.h"
#include "main/control.h"
#include "main/demo.h"
#include "main/serve.h"
#include "view/auth.h"
#include "view/page.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct run {
    struct cmd *cmd;
    struct app app;
    struct serve_plan plan;
    struct serve *serve;
    struct demo *demo;
    bool is_demo, is_anywhere, is_new;
    int control, signals;
};

static bool is_loopback(struct str spec)
{
    return str_starts(spec, S("127.")) || str_starts(spec, S("[::1]")) || str_starts(spec, S("localhost:"));
}

static enum err add_listener(struct run *r, struct str spec, struct why *why)
{
    struct serve_plan *p = &r->plan;
    if (p->count == SERVE_LISTENERS)
        return err_why(why, ERR_PARSE, "--listen", "at most %d listeners", SERVE_LISTENERS);
    struct serve_listener *l = &p->listeners[p->count++];
    if (str_starts(spec, S("inner:"))) {
        l->is_inner = true;
        spec = str_sub(spec, 6, spec.n);
    }
    if (str_starts(spec, S("tls:")))
        return err_why(why, ERR_PARSE, "--listen", "this version does not end TLS itself; let a proxy do it and listen on "
                                                   "loopback");
    if (str_find_char(spec, ':') == SIZE_MAX)
        return err_why(why, ERR_PARSE, "--listen", "write ADDR:PORT, as 127.0.0.1:8080");
    if (r->is_demo && !r->is_anywhere && !is_loopback(spec))
        return err_why(why, ERR_PARSE, "--listen", "the demo's passwords are its user names: it listens on loopback only; "
                                                   "--demo-anywhere lifts that");
    l->is_inner = l->is_inner || is_loopback(spec);
    l->spec = spec;
    return OK;
}

static enum err read_words(struct run *r, struct why *why)
{
    struct args *a = &r->cmd->args;
    a->is_used[0] = true;
    r->is_demo = args_flag(a, "--demo");
    r->is_anywhere = args_flag(a, "--demo-anywhere");
    struct str spec;
    size_t at = 0;
    enum err e = OK;
    while (!e && args_each(a, "--listen", &at, &spec))
        e = add_listener(r, spec, why);
    if (!e && !r->plan.count)
        e = add_listener(r, S("127.0.0.1:8080"), why);
    return e ? e : args_end(a, why);
}

/* The descriptor limit bounds connections; better a refusal now than EMFILE at noon. */
static enum err fit_connections(struct run *r, struct why *why)
{
    const size_t spare = 200; /* databases, listeners, event descriptors */
    struct rlimit l;
    size_t want = conf_count(r->cmd->conf.max_connections);
    if (getrlimit(RLIMIT_NOFILE, &l) != 0)
        return err_why(why, ERR_IO, "", "the descriptor limit cannot be read");
    if (l.rlim_cur < want + spare && l.rlim_max > l.rlim_cur) {
        l.rlim_cur = l.rlim_max < want + spare ? l.rlim_max : want + spare;
        if (setrlimit(RLIMIT_NOFILE, &l) != 0)
            getrlimit(RLIMIT_NOFILE, &l);
    }
    size_t room = l.rlim_cur > spare ? l.rlim_cur - spare : 16;
    bool is_asked = !str_is(r->cmd->conf.max_connections, "15000");
    if (want > room && is_asked)
        return err_why(why, ERR_LIMIT, "max_connections", "%zu connections need %zu descriptors, and this process may have "
                                                          "%llu: lower it, or raise the limit (ulimit -n)",
                       want, want + spare, (unsigned long long)l.rlim_cur);
    r->plan.connections_max = want < room ? want : room;
    return OK;
}

/* Where nobody said how the site is reached, it is reached where it listens. */
static void default_url(struct run *r)
{
    struct conf *c = &r->cmd->conf;
    if (!c->public_url.n)
        c->public_url = arena_printf(c->arena, "http://%.*s", STR_FMT(r->plan.listeners[0].spec));
    while (str_ends(c->public_url, S("/")))
        c->public_url.n--;
}

static void fill_settings(struct run *r)
{
    struct conf *c = &r->cmd->conf;
    default_url(r);
    struct settings *s = &r->app.settings;
    s->agency_name = c->agency_name;
    s->agency_prefix = c->agency_prefix;
    s->agency_code = c->agency_code;
    s->public_url = c->public_url;
    s->timezone = c->timezone;
    s->default_language = c->default_language;
    s->notice = c->notice;
    s->languages = conf_list(c, c->languages);
    s->sections = conf_list(c, c->sections);
    s->error_status = c->error_status;
    s->document_media = c->document_media;
    s->lead_mail = c->lead_mail;
    s->has_notices = str_is(c->has_notices, "on");
    s->is_demo = r->is_demo;
    s->has_interval_ms = (int64_t)conf_count(c->has_interval_ms);
    s->has_burst = (unsigned)conf_count(c->has_burst);
    s->has_limit_max = (unsigned)conf_count(c->has_limit_max);
    s->streams_per_account = (unsigned)conf_count(c->streams_per_account);
    s->publish_rate = (double)conf_count(c->publish_rate);
}

/* The first start on an empty folder: one account, its password printed once. */
static enum err first_admin(struct run *r, struct why *why)
{
    struct user_command c;
    char secret[ID_TOKEN + 1], password[ID_PASSWORD];
    id_token(secret);
    secret[20] = 0;
    id_password_hash(str_from(secret), password);
    user_command_init(&c, store_people(r->app.store));
    c.name = S("admin");
    c.has_role = true;
    c.role = ROLE_ADMIN;
    c.password = password;
    c.must_change = 1;
    if (writer_run(store_writer(r->app.store), &c.command) != OK)
        return err_why(why, c.command.result, "admin", "the first account cannot be made: %s", c.command.why.text);
    if (!r->is_demo)
        printf("A new store in %s. Its first account, shown this once:\n\n    user      admin\n    password  %s\n\n",
               r->cmd->dir, secret);
    return OK;
}

static void print_plan(const struct run *r)
{
    const char *at = r->plan.listeners[0].address;
    bool is_default = !strcmp(r->cmd->dir, "./tellal-data");
    for (size_t i = 0; i < r->plan.count; i++)
        printf("listening on http://%s%s\n", r->plan.listeners[i].address,
               r->plan.listeners[i].is_inner ? " (inner: operators' pages too)" : "");
    if (r->is_demo)
        printf("\n  public site    http://%s/\n"
               "  live wire      curl -N -u subscriber:subscriber -H 'Accept: text/event-stream' http://%s/v1/wire\n"
               "  HAS API        curl -u api:api -d 'filter_language=1&limit=5' http://%s/abone/search\n"
               "  the tape       build/tellal tail%s%s\n"
               "  figures        http://%s/metrics\n\n"
               "  accounts       admin editor reporter subscriber api; the password is the name\n"
               "  a new story comes in every few seconds; stop with Ctrl+C\n\n",
               at, at, at, is_default ? "" : " --data ", is_default ? "" : r->cmd->dir, at);
    fflush(stdout);
}

static enum err open_store(struct run *r, struct why *why)
{
    struct store_options o;
    control_store_options(&r->cmd->conf, r->cmd->dir, &o);
    o.is_demo = r->is_demo;
    if (r->is_demo)
        demo_set_clock(r->cmd->dir);
    enum err e = store_open(&o, &r->app.store, &r->is_new, why);
    if (!e && r->is_new)
        e = first_admin(r, why);
    if (!e && r->is_demo)
        e = demo_prepare(r->app.store, r->is_new, r->app.settings.default_language, why);
    return e;
}

static enum err start(struct run *r, struct why *why)
{
    char web_dir[1024];
    fill_settings(r);
    must(str_copy(r->cmd->conf.web_dir, web_dir, sizeof web_dir));
    asset_init(web_dir);
    enum err e = page_init(web_dir, why);
    if (!e)
        e = fit_connections(r, why);
    if (!e)
        e = open_store(r, why);
    if (!e)
        e = control_listen(r->cmd->dir, &r->control, why);
    if (e)
        return e;
    r->app.gate = gate_new(65536);
    r->app.started_mono_ms = clock_mono_ms();
    auth_init(&r->app);
    e = serve_start(&r->app, &r->plan, &r->cmd->conf, &r->serve, why);
    if (e)
        return e;
    if (r->is_demo)
        r->demo = demo_start(r->app.store, r->app.settings.default_language);
    return OK;
}

/* Until a signal asks to stop; commands come in between. */
static void wait_for_end(struct run *r)
{
    struct pollfd p[2] = {{r->signals, POLLIN, 0}, {r->control, POLLIN, 0}};
    for (;;) {
        if (poll(p, 2, -1) < 0) {
            must(errno == EINTR);
            continue;
        }
        if (p[1].revents & POLLIN)
            control_serve(r->control, r->app.store, r->app.settings.default_language);
        struct signalfd_siginfo s;
        if (!(p[0].revents & POLLIN) || read(r->signals, &s, sizeof s) != sizeof s)
            continue;
        log_line(LOG_INFO, "signal", "number=%u from=%u", s.ssi_signo, s.ssi_pid);
        if (s.ssi_signo != SIGHUP)
            return;
    }
}

static void stop(struct run *r)
{
    demo_stop(&r->demo);
    if (r->serve)
        serve_stop(r->serve);
    if (r->control >= 0) {
        control_unlink(r->cmd->dir);
        close(r->control);
    }
    store_close(&r->app.store);
    serve_free(&r->serve);
    if (r->app.gate) {
        gate_free(&r->app.gate);
        auth_fini();
    }
}

int cmd_serve(struct cmd *cmd)
{
    static struct run r;
    struct why why = {0};
    r.cmd = cmd;
    r.control = -1;
    if (read_words(&r, &why) != OK)
        return cmd_fail(&why, 2);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    r.signals = signalfd(-1, &set, SFD_CLOEXEC);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file at its size limit is a full disk, not an end (trust 4) */
    enum err e = start(&r, &why);
    if (!e) {
        print_plan(&r);
        log_line(LOG_INFO, "started", "head=%llu loops=%u", (unsigned long long)tape_head(store_tape(r.app.store)),
                 r.app.loop_count);
        wait_for_end(&r);
    }
    stop(&r);
    close(r.signals);
    return e ? cmd_fail(&why, 1) : 0;
}
