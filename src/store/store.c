#include "store/store.h"

#include "base/log.h"
#include "store/epoch.h"
#include "store/keys.h"
#include "store/ledger.h"
#include "store/schema.h"
#include "store/story_words.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define READERS 2
#define READER_QUEUE 512
#define SECRET_QUEUE 32 /* trust 3: over it 503 */
#define WRITER_QUEUE 1024
#define TAPE_SLOTS 4096

struct store {
    char dir[PATH_MAX], path[PATH_MAX];
    int lock_fd;
    struct arena *arena; /* the agency's words */
    uint8_t token_key[KEYS_BYTES];
    char epoch[EPOCH_ID + 1];
    struct stories stories;
    struct people *people;
    struct sessions *sessions;
    struct tape *tape;
    struct writer *writer;
    struct reader_options reader_options;
    struct reader *main_reader;
    struct pool *readers, *secrets;
};

/* ---- folder and lock ---- */

static enum err join(struct store *s, const char *name, char out[static PATH_MAX], struct why *why)
{
    if (snprintf(out, PATH_MAX, "%s/%s", s->dir, name) < PATH_MAX)
        return OK;
    return err_why(why, ERR_FIELD, "", "%s: the path is too long", s->dir);
}

static enum err fail(struct why *why, const char *path, const char *what)
{
    enum err e = errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : ERR_IO;
    return err_why(why, e, "", "%s: %s: %s", path, what, strerror(errno));
}

static enum err take_lock(struct store *s, struct why *why)
{
    char path[PATH_MAX], pid[32] = "";
    enum err e = join(s, "lock", path, why);
    if (e)
        return e;
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0)
        return fail(why, path, "cannot be opened");
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        ssize_t n = pread(s->lock_fd, pid, sizeof pid - 1, 0);
        struct str who = str_trim(str_of(pid, n > 0 ? (size_t)n : 0));
        return err_why(why, ERR_BUSY, "", "%s is in use by process %.*s: stop it or give another folder", s->dir, STR_FMT(who));
    }
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(s->lock_fd, 0) != 0 || pwrite(s->lock_fd, pid, (size_t)n, 0) != n)
        return fail(why, path, "cannot be written");
    return OK;
}

/* A demo's folder says so by a file: real stories never mix with invented ones. */
static enum err check_demo(struct store *s, bool is_demo, bool is_new, struct why *why)
{
    char path[PATH_MAX];
    enum err e = join(s, "demo", path, why);
    if (e || !is_demo)
        return e;
    if (!is_new && access(path, F_OK) != 0)
        return err_why(why, ERR_STATE, "", "%s is not a demo's folder: give another with --data", s->dir);
    CLEANUP(mem_close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 ? fail(why, path, "cannot be made") : OK;
}

static enum err take_folder(struct store *s, const struct store_options *o, bool *is_new, struct why *why)
{
    if (!str_copy(str_from(o->dir), s->dir, sizeof s->dir))
        return err_why(why, ERR_FIELD, "", "the path of the data folder is too long");
    if (mkdir(s->dir, 0700) != 0 && errno != EEXIST)
        return fail(why, s->dir, "cannot be made");
    enum err e = join(s, "tellal.db", s->path, why);
    if (e == OK)
        e = take_lock(s, why);
    if (e)
        return e;
    *is_new = access(s->path, F_OK) != 0;
    return check_demo(s, o->is_demo, *is_new, why);
}

bool store_is_locked(const char *dir)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/lock", dir) >= (int)sizeof path)
        return false;
    CLEANUP(mem_close_fd) int fd = open(path, O_RDWR | O_CLOEXEC);
    return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0;
}

static enum err take_keys(struct store *s, bool is_first, struct why *why)
{
    bool is_new;
    enum err e = keys_get(s->dir, "token.key", s->token_key, &is_new, why);
    if (e == OK && is_new && !is_first)
        log_line(LOG_WARN, "key-made", "file=keys/token.key effect=\"tokens and sessions from before are void\"");
    if (e == OK)
        e = keys_get(s->dir, "embargo.key", s->stories.master, &is_new, why);
    if (e == OK && is_new && !is_first)
        log_line(LOG_WARN, "key-made", "file=keys/embargo.key effect=\"drafts sealed before cannot be opened\"");
    s->stories.has_master = e == OK;
    return e;
}

/* ---- what must stand before threads do ---- */

static enum err load(struct store *s, uint64_t *head, struct why *why)
{
    struct db *d = NULL;
    bool is_new;
    enum err e = db_open(s->path, true, &d, why);
    if (e == OK)
        e = schema_bring(d, &is_new, why);
    if (e == OK)
        e = stories_load(&s->stories, d, why);
    if (e == OK)
        e = people_load(s->people, d, why);
    if (e == OK && ledger_load(d) != OK)
        e = err_why(why, ERR_IO, "", "the delivery ledger cannot be read: %s", db_message(d));
    if (e == OK && sessions_load(s->sessions, d) != OK)
        e = err_why(why, ERR_IO, "", "the sessions cannot be read: %s", db_message(d));
    if (e == OK) {
        struct statement *last = db_get(d, SQL_RECORD_LAST);
        *head = db_step(last) ? (uint64_t)db_col_int(last, 0) : 0;
        e = db_status(d);
        db_reset(last);
    }
    db_close(&d);
    return e;
}

/* The first start opens the first epoch; afterwards it is the one that the store names. */
static enum err open_epoch(struct store *s, uint64_t head, struct why *why)
{
    if (head == 0) {
        struct epoch_command c;
        epoch_command_init(&c, 1);
        enum err e = writer_run(s->writer, &c.command);
        if (e)
            return err_why(why, e, "", "the first record cannot be written: %s", c.command.why.text);
    }
    if (!epoch_get(reader_db(s->main_reader), s->epoch))
        return err_why(why, ERR_STATE, "", "the store has records and no epoch: run `tellal check`");
    return OK;
}

static enum err start(struct store *s, const struct store_options *o, struct why *why)
{
    uint64_t head = 0;
    enum err e = load(s, &head, why);
    if (e)
        return e;
    s->tape = tape_new(o->tape_slots ? o->tape_slots : TAPE_SLOTS, head);
    struct writer_options w = {.path = s->path, .tape = s->tape, .queue_max = WRITER_QUEUE, .tidy = story_words_tidy};
    e = writer_new(&w, &s->writer, why);
    if (e)
        return e;
    s->reader_options = (struct reader_options){s->path, &s->stories};
    s->main_reader = reader_open(&s->reader_options);
    e = open_epoch(s, head, why);
    if (e)
        return e;
    s->readers = pool_new("reader", o->readers ? o->readers : READERS, READER_QUEUE, reader_open, reader_close, &s->reader_options);
    s->secrets = pool_new("secret", 1, SECRET_QUEUE, NULL, NULL, NULL);
    writer_set_due(s->writer, stories_due, &s->stories);
    return OK;
}

static void copy_agency(struct store *s, const struct agency *from, struct agency *out)
{
    *out = (struct agency){arena_str(s->arena, from->name), arena_str(s->arena, from->code), arena_str(s->arena, from->url),
                           arena_str(s->arena, from->prefix)};
}

static void end_sessions(void *sessions, uint32_t user)
{
    sessions_forget(sessions, user);
}

enum err store_open(const struct store_options *o, struct store **out, bool *is_new, struct why *why)
{
    struct store *s = mem_new(struct store);
    struct agency agency;
    bool is_first = false;
    s->lock_fd = -1;
    s->arena = arena_new(256);
    s->people = people_new();
    s->sessions = sessions_new();
    people_on_void(s->people, end_sessions, s->sessions);
    copy_agency(s, &o->agency, &agency);
    stories_init(&s->stories, &agency, &o->rule);
    enum err e = take_folder(s, o, &is_first, why);
    if (e == OK)
        e = take_keys(s, is_first, why);
    if (e == OK)
        e = start(s, o, why);
    if (e) {
        store_close(&s);
        return e;
    }
    *is_new = is_first;
    *out = s;
    return OK;
}

/* Readers first: their jobs may still post. The writer then finishes what waits, and only then may the rest go. */
void store_close(struct store **ps)
{
    struct store *s = *ps;
    if (s == NULL)
        return;
    pool_free(&s->readers); /* what waits there is still read, by jobs that find the store through their owner */
    pool_free(&s->secrets);
    *ps = NULL;
    reader_close(s->main_reader);
    writer_free(&s->writer);
    tape_free(&s->tape);
    sessions_free(&s->sessions);
    people_free(&s->people);
    stories_fini(&s->stories);
    arena_free(&s->arena);
    explicit_bzero(s->token_key, sizeof s->token_key);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    mem_free(s);
}

struct writer *store_writer(struct store *s)
{
    return s->writer;
}

struct tape *store_tape(struct store *s)
{
    return s->tape;
}

struct people *store_people(struct store *s)
{
    return s->people;
}

struct sessions *store_sessions(struct store *s)
{
    return s->sessions;
}

struct stories *store_stories(struct store *s)
{
    return &s->stories;
}

struct pool *store_readers(struct store *s)
{
    return s->readers;
}

struct pool *store_secrets(struct store *s)
{
    return s->secrets;
}

const uint8_t *store_token_key(struct store *s)
{
    return s->token_key;
}

struct str store_epoch(struct store *s)
{
    return str_from(s->epoch);
}

struct reader *store_main_reader(struct store *s)
{
    return s->main_reader;
}

const char *store_dir(struct store *s)
{
    return s->dir;
}
