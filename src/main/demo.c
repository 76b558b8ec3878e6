#include "main/demo.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "http/asset.h"
#include "main/intake.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#define TRICKLE_S 6
#define STEP_MS (23 * 60 * 1000) /* between two stories of the demo's past */
#define STEPS 66

extern const struct asset demo_table[]; /* made of demo/ by tools/embed.py */
extern const size_t demo_table_count;

struct demo {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool is_stopping;
    struct store *store;
    struct str default_language;
};

static bool is_in(const struct asset *a, const char *folder)
{
    return str_starts(str_from(a->path), str_from(folder));
}

static int64_t past_ms; /* the demo's time while it is being filled; 0 = the real one */

void demo_set_clock(const char *dir)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tellal.db", dir);
    if (access(path, F_OK) == 0)
        return;
    past_ms = clock_now_ms() - (int64_t)STEPS * STEP_MS;
    clock_fake(past_ms);
    log_set_level(LOG_ERROR); /* the clock's jumps are ours here: no warning is due */
}

static void step_clock(void)
{
    past_ms += STEP_MS;
    clock_fake(past_ms);
}

/* The table is sorted by path, and names begin with their number: order of publication. */
static enum err publish_folder(struct intake *in, const char *folder, struct why *why)
{
    for (size_t i = 0; i < demo_table_count; i++) {
        const struct asset *a = &demo_table[i];
        struct story_answer answer;
        if (!is_in(a, folder))
            continue;
        step_clock();
        enum err e = intake_file(in, str_of((const char *)a->bytes, a->size), &answer, why);
        if (e) {
            log_line(LOG_ERROR, "demo", "file=%s why=%s", a->path, log_safe(str_from(why->text)));
            return e;
        }
    }
    return OK;
}

static enum err add_org(struct store *s, const char *name, const char *contact, uint32_t *out)
{
    struct org_command c;
    org_command_init(&c, store_people(s));
    terms_init(&c.terms);
    c.has_terms = true;
    c.name = str_from(name);
    c.contact = str_from(contact);
    enum err e = writer_run(store_writer(s), &c.command);
    *out = c.out_id;
    return e;
}

/* The password is the name: a demo's only, exempt from the rules that real accounts keep. */
static enum err add_user(struct store *s, const char *name, enum role role, uint32_t org)
{
    struct user_command c;
    char password[ID_PASSWORD];
    user_command_init(&c, store_people(s));
    id_password_hash(str_from(name), password);
    c.name = str_from(name);
    c.has_role = true;
    c.role = role;
    c.org = org;
    c.password = password;
    c.is_demo = 1;
    c.must_change = 0;
    struct user *old = people_user_named(store_people(s), c.name);
    if (old) { /* `admin` of the first start */
        c.id = old->id;
        c.name = STR_NONE;
        user_unref(&old);
    }
    return writer_run(store_writer(s), &c.command);
}

static enum err add_people(struct store *s)
{
    uint32_t org;
    enum err e = add_org(s, "Örnek Gazetesi", "{\"name\":\"Deniz Yazar\",\"phone\":\"+90 000 000 00 00\"}", &org);
    if (!e)
        e = add_user(s, "admin", ROLE_ADMIN, 0);
    if (!e)
        e = add_user(s, "editor", ROLE_EDITOR, 0);
    if (!e)
        e = add_user(s, "reporter", ROLE_REPORTER, 0);
    if (!e)
        e = add_user(s, "subscriber", ROLE_SUBSCRIBER, org);
    return e ? e : add_user(s, "api", ROLE_API, org);
}

static bool is_demo_folder(struct store *s)
{
    struct user *u = people_user_named(store_people(s), S("editor"));
    bool is_demo = u && u->is_demo;
    user_unref(&u);
    return is_demo;
}

enum err demo_prepare(struct store *s, bool is_new, struct str default_language, struct why *why)
{
    if (!is_new)
        return is_demo_folder(s) ? OK
                                 : err_why(why, ERR_EXISTS, store_dir(s),
                                           "this folder holds a real store, no demo; give --demo another folder with --data");
    enum err e = add_people(s);
    if (e)
        return err_why(why, e, store_dir(s), "the demo's accounts cannot be made (%s)", err_key(e));
    struct intake in;
    intake_init(&in, s, store_main_reader(s), default_language);
    e = publish_folder(&in, "stories/", why);
    if (!e)
        e = publish_folder(&in, "acts/", why);
    intake_fini(&in);
    clock_fake(-1);
    log_set_level(LOG_INFO);
    return e;
}

/* False when it is time to stop. */
static bool pause_for(struct demo *d, int seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&d->lock);
    while (!d->is_stopping && pthread_cond_timedwait(&d->wake, &d->lock, &until) != ETIMEDOUT)
        ;
    bool goes_on = !d->is_stopping;
    pthread_mutex_unlock(&d->lock);
    return goes_on;
}

static void *trickle(void *arg)
{
    struct demo *d = arg;
    struct intake in;
    char path[1024];
    snprintf(path, sizeof path, "%s/tellal.db", store_dir(d->store));
    struct reader_options o = {path, store_stories(d->store)};
    struct reader *r = reader_open(&o);
    intake_init(&in, d->store, r, d->default_language);
    for (size_t i = 0; r && pause_for(d, TRICKLE_S); i = (i + 1) % demo_table_count) {
        while (!is_in(&demo_table[i], "trickle/"))
            i = (i + 1) % demo_table_count;
        struct story_answer answer;
        struct why why;
        const struct asset *a = &demo_table[i];
        if (intake_file(&in, str_of((const char *)a->bytes, a->size), &answer, &why) != OK)
            log_line(LOG_WARN, "demo", "file=%s why=%s", a->path, log_safe(str_from(why.text)));
    }
    intake_fini(&in);
    if (r)
        reader_close(r);
    return NULL;
}

struct demo *demo_start(struct store *s, struct str default_language)
{
    struct demo *d = mem_new(struct demo);
    d->store = s;
    d->default_language = default_language;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&d->wake, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&d->lock, NULL);
    must(pthread_create(&d->thread, NULL, trickle, d) == 0);
    return d;
}

void demo_stop(struct demo **pd)
{
    struct demo *d = *pd;
    if (!d)
        return;
    pthread_mutex_lock(&d->lock);
    d->is_stopping = true;
    pthread_cond_signal(&d->wake);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
    pthread_cond_destroy(&d->wake);
    pthread_mutex_destroy(&d->lock);
    mem_free(d);
    *pd = NULL;
}
