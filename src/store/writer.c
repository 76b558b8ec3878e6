#include "store/writer.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "store/schema.h"

#include <pthread.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define GROUP_MAX 64
#define CANON_MAX (64 * 1024)
#define BACKLOG_MAX 6000       /* pages in the log before they are moved under load: 48 MiB; whoever waits then, waits long */
#define TIGHT_PAGES 32         /* from here on the room for the log is looked at */
#define PAGE_BYTES 8192
#define TOIL_PAGES 1000        /* from here on it was work that leaves holes in the heaps */
#define IDLE_MS 1000           /* of quiet before the log is emptied */
#define FATAL_EXIT 70          /* EX_SOFTWARE; the supervisor starts us again and recovery reads what is durable */
#define FATAL_PAUSE_US 200000  /* for the loops to send the refusals */

/* Where the chain stands; copied before each command, so that an undone command leaves no trace. */
struct mark {
    uint64_t seq;
    int64_t at_ms;
    uint8_t hash[ID_HASH];
    size_t frames, laters;
};

struct writer {
    pthread_t thread;
    pthread_mutex_t lock; /* the next six */
    pthread_cond_t wake;
    struct list queue;
    size_t waiting, queue_max;
    bool is_stopping, is_nudged; /* nudged: ask again when something is due */
    int64_t (*due)(struct writer *w, void *arg);
    void *due_arg;

    enum err (*tidy)(struct db *d, size_t changes);
    struct tape *tape; /* from here on: store thread only */
    struct db *db;
    struct mark mark;
    char path[1024];
    int64_t now_ms;
    int64_t busy_ms; /* monotonic, end of the last group */
    atomic_bool is_full; /* the disk; said once */
    struct frame **frames;
    size_t frame_room;
    struct buf canon;
    struct list laters;
};

struct db *writer_db(struct writer *w)
{
    return w->db;
}

int64_t writer_now(const struct writer *w)
{
    return w->now_ms;
}

uint64_t writer_head(const struct writer *w)
{
    return w->mark.seq;
}

void writer_jump(struct writer *w, uint64_t first_seq)
{
    must(first_seq > w->mark.seq);
    w->mark.seq = first_seq - 1;
}

uint64_t writer_next_number(struct writer *w, const char *meta_key)
{
    struct statement *s = db_get(w->db, SQL_NUMBER_NEXT);
    db_text(s, 1, str_from(meta_key));
    db_int(s, 2, str_is(str_from(meta_key), "next_n") ? 1000001 : 1);
    uint64_t n = db_step(s) ? (uint64_t)db_col_int(s, 0) : 0;
    db_reset(s);
    return n;
}

void writer_later(struct writer *w, struct later *own)
{
    list_add_tail(&w->laters, &own->link);
    w->mark.laters++;
}

static void queue_frame(struct writer *w, const struct record *r, uint64_t n, struct frame *own)
{
    struct frame *f = own ? own : frame_new();
    f->seq = r->seq;
    f->at_ms = r->at_ms;
    f->event = r->event;
    if (f->id.p == NULL)
        f->id = arena_str(f->arena, r->id);
    if (own == NULL) {
        f->n = n;
        f->version = r->version;
        f->codes = r->codes;
    }
    if (w->mark.frames == w->frame_room) {
        w->frame_room = w->frame_room ? 2 * w->frame_room : GROUP_MAX;
        w->frames = mem_grow(w->frames, w->frame_room * sizeof *w->frames);
    }
    w->frames[w->mark.frames++] = f;
}

enum err writer_record(struct writer *w, struct record *r, uint64_t n, struct frame *own_frame)
{
    r->seq = w->mark.seq + 1;
    r->at_ms = w->now_ms;
    memcpy(r->prev, w->mark.hash, ID_HASH);
    buf_reset(&w->canon);
    chain_write(r, &w->canon);
    must(buf_ok(&w->canon));
    id_sha256(buf_str(&w->canon), r->hash);

    struct statement *s = db_get(w->db, SQL_RECORD_INSERT);
    db_int(s, 1, (int64_t)r->seq);
    db_int(s, 2, r->at_ms);
    db_int(s, 3, r->event);
    db_int(s, 4, (int64_t)n);
    db_int(s, 5, r->version);
    db_int(s, 6, r->codes.is_archive);
    db_text(s, 7, buf_str(&w->canon));
    db_blob(s, 8, r->hash, ID_HASH);
    enum err e = db_run(s);
    if (e) {
        frame_unref(&own_frame);
        return e;
    }
    queue_frame(w, r, n, own_frame);
    w->mark.seq = r->seq;
    w->mark.at_ms = r->at_ms;
    memcpy(w->mark.hash, r->hash, ID_HASH);
    return OK;
}

void writer_replace(struct writer *w, struct frame *const *frames, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < w->mark.frames; k++)
            if (w->frames[k]->seq == frames[i]->seq) {
                frame_unref(&w->frames[k]);
                w->frames[k] = frame_ref(frames[i]);
            }
    tape_replace(w->tape, frames, count);
}

static void return_to(struct writer *w, const struct mark *then)
{
    while (w->mark.frames > then->frames)
        frame_unref(&w->frames[--w->mark.frames]);
    for (; w->mark.laters > then->laters; w->mark.laters--) {
        struct later *last = list_of(w->laters.prev, struct later, link);
        list_del(&last->link);
        last->drop(last);
    }
    w->mark = *then;
}

/* A full disk or a failing one concerns the whole group: the error is returned; others stay the command's own. */
static enum err run_one(struct writer *w, struct command *c)
{
    struct mark then = w->mark;
    int64_t now = clock_now_ms();
    w->now_ms = now > then.at_ms ? now : then.at_ms;
    enum err e = db_savepoint(w->db);
    if (e)
        return e;
    c->result = c->apply(w, c);
    if (c->result == OK)
        return db_release(w->db);
    if (c->result == ERR_DISK_FULL || c->result == ERR_IO)
        return c->result;
    return_to(w, &then);
    return db_undo(w->db);
}

static enum err run_laters(struct writer *w)
{
    enum err e = OK;
    struct list *link;
    size_t changes = w->mark.laters;
    while ((link = list_pop(&w->laters)) != NULL) {
        struct later *l = list_of(link, struct later, link);
        if (e == OK)
            e = l->run(w->db, l);
        l->drop(l);
    }
    w->mark.laters = 0;
    return e == OK && changes && w->tidy ? w->tidy(w->db, changes) : e;
}

static enum err commit(struct writer *w)
{
    if (fault_hit("writer.commit"))
        return ERR_DISK_FULL;
    if (fault_hit("writer.fsync"))
        return ERR_IO;
    if (fault_hit("writer.drop_commit")) {
        db_rollback(w->db); /* acknowledged and not kept: the crash tests must catch this */
        return OK;
    }
    return db_commit(w->db);
}

static enum err run_group(struct writer *w, struct list *group, bool *is_fatal)
{
    enum err e = db_begin(w->db);
    list_each(link, group) {
        if (e == OK)
            e = run_one(w, list_of(link, struct command, link));
    }
    if (e == OK)
        e = run_laters(w);
    bool is_commit = e == OK;
    if (is_commit)
        e = commit(w);
    *is_fatal = (is_commit && e == ERR_IO) || db_flush_failed(w->db);
    return e;
}

/* After a failed flush the kernel may have dropped the pages it could not write, so a second try would report success
 * over a hole (trust P14). Only a new process that reads the file again knows what is durable. */
static _Noreturn void die(struct writer *w, const char *where)
{
    log_line(LOG_ERROR, "flush-failed", "where=%s reason=%s action=exit head=%llu", where,
             log_safe(str_from(db_message(w->db))), (unsigned long long)w->mark.seq);
    usleep(FATAL_PAUSE_US);
    _exit(FATAL_EXIT);
}

static void note_disk(struct writer *w, enum err e)
{
    bool is_full = e == ERR_DISK_FULL;
    if (is_full != w->is_full)
        log_line(is_full ? LOG_ERROR : LOG_INFO, is_full ? "disk-full" : "disk-has-room", "head=%llu",
                 (unsigned long long)w->mark.seq);
    w->is_full = is_full;
}

static void refuse_all(struct list *group, enum err e)
{
    list_each(link, group) {
        struct command *c = list_of(link, struct command, link);
        c->result = err_why(&c->why, e, "", "%s",
                            e == ERR_DISK_FULL ? "the disk is full: nothing was kept, try again when there is room"
                                               : "the database refused the group: nothing was kept");
    }
}

static void settle(struct writer *w, struct list *group, bool is_kept)
{
    if (is_kept) {
        list_each(link, group) {
            struct command *c = list_of(link, struct command, link);
            if (c->result == OK && c->committed)
                c->committed(c);
        }
        tape_append(w->tape, w->frames, w->mark.frames);
        while (w->mark.frames)
            frame_unref(&w->frames[--w->mark.frames]);
    }
    struct list *link;
    while ((link = list_pop(group)) != NULL) {
        struct command *c = list_of(link, struct command, link);
        c->done(c);
    }
}

static void do_group(struct writer *w, struct list *group)
{
    struct mark then = w->mark;
    bool is_fatal = false;
    enum err e = run_group(w, group, &is_fatal);
    if (e) {
        if (e != ERR_DISK_FULL)
            log_line(LOG_ERROR, "group-refused", "error=%s reason=%s", err_key(e), log_safe(str_from(db_message(w->db))));
        if (!is_fatal)
            db_rollback(w->db);
        return_to(w, &then);
        refuse_all(group, e);
    }
    note_disk(w, e);
    settle(w, group, e == OK);
    if (is_fatal)
        die(w, "commit");
    w->busy_ms = clock_mono_ms();
}

static void checkpoint(struct writer *w, bool is_full)
{
    enum err e = fault_hit("writer.checkpoint") ? ERR_IO : db_checkpoint(w->db, is_full);
    if (e == ERR_IO)
        die(w, "checkpoint");
    if (e)
        w->busy_ms = clock_mono_ms(); /* a reader is in the way, or the disk is full: not again at once */
}

/* What the log holds must fit beside it when it is moved: where room is scarce it is emptied while that still goes, or a
 * disk that was full once would need twice the room to be left again (trust P13). */
static bool is_tight(const struct writer *w)
{
    struct statvfs v;
    int64_t log_bytes = db_backlog(w->db) * PAGE_BYTES;
    return statvfs(w->path, &v) == 0 && (int64_t)v.f_bavail * (int64_t)v.f_frsize < 2 * log_bytes;
}

/* Quiet: the log is emptied, and after much work the memory that it took is given back. */
static void rest(struct writer *w, bool *has_toiled)
{
    checkpoint(w, true);
    if (*has_toiled && db_backlog(w->db) == 0)
        mem_trim();
    *has_toiled = *has_toiled && db_backlog(w->db) > 0;
}

/* Until something waits or `until` (monotonic, 0 = for ever). True when the writer shall stop and nothing is left. */
static bool take_group(struct writer *w, int64_t until_ms, struct list *group)
{
    pthread_mutex_lock(&w->lock);
    while (list_is_empty(&w->queue) && !w->is_stopping && !w->is_nudged) {
        if (until_ms == 0) {
            pthread_cond_wait(&w->wake, &w->lock);
            continue;
        }
        struct timespec t = {until_ms / 1000, (until_ms % 1000) * 1000000};
        if (pthread_cond_timedwait(&w->wake, &w->lock, &t) != 0)
            break;
    }
    for (size_t i = 0; i < GROUP_MAX && !list_is_empty(&w->queue); i++) {
        list_add_tail(group, list_pop(&w->queue));
        w->waiting--;
    }
    w->is_nudged = false;
    bool is_over = w->is_stopping && list_is_empty(group);
    pthread_mutex_unlock(&w->lock);
    return is_over;
}

static int64_t ask_due(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    int64_t (*due)(struct writer *w, void *arg) = w->due;
    void *arg = w->due_arg;
    pthread_mutex_unlock(&w->lock);
    if (due == NULL)
        return 0;
    int64_t now = clock_now_ms();
    w->now_ms = now > w->mark.at_ms ? now : w->mark.at_ms;
    return due(w, arg);
}

static void *run(void *arg)
{
    struct writer *w = arg;
    struct list group;
    bool has_toiled = false;
    list_init(&group);
    pthread_setname_np(pthread_self(), "store");
    for (;;) {
        int64_t until = ask_due(w);
        int64_t quiet_at = w->busy_ms + IDLE_MS;
        if (db_backlog(w->db) && (until == 0 || quiet_at < until))
            until = quiet_at;
        if (take_group(w, until, &group))
            break;
        if (!list_is_empty(&group))
            do_group(w, &group);
        else if (db_backlog(w->db) && clock_mono_ms() >= quiet_at)
            rest(w, &has_toiled);
        has_toiled |= db_backlog(w->db) >= TOIL_PAGES;
        if (db_backlog(w->db) >= BACKLOG_MAX)
            checkpoint(w, false);
        else if (db_backlog(w->db) >= TIGHT_PAGES && is_tight(w))
            checkpoint(w, true);
    }
    checkpoint(w, true);
    return NULL;
}

static enum err read_head(struct writer *w, struct why *why)
{
    struct statement *s = db_get(w->db, SQL_RECORD_LAST);
    enum err e = OK;
    if (db_step(s)) {
        struct str hash = db_col_text(s, 2);
        w->mark.seq = (uint64_t)db_col_int(s, 0);
        w->mark.at_ms = db_col_int(s, 1);
        if (hash.n == ID_HASH)
            memcpy(w->mark.hash, hash.p, ID_HASH);
        else
            e = err_why(why, ERR_IO, "", "the last record's hash is damaged: run `tellal check`");
    } else {
        e = db_status(w->db);
    }
    db_reset(s);
    return e;
}

static void writer_drop(struct writer *w)
{
    db_close(&w->db);
    buf_fini(&w->canon);
    mem_free(w->frames);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    mem_free(w);
}

enum err writer_new(const struct writer_options *o, struct writer **out, struct why *why)
{
    struct writer *w = mem_new(struct writer);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w->wake, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&w->lock, NULL);
    list_init(&w->queue);
    list_init(&w->laters);
    w->queue_max = o->queue_max;
    w->tidy = o->tidy;
    w->tape = o->tape;
    buf_init(&w->canon, CANON_MAX);
    bool is_new;
    must(str_copy(str_from(o->path), w->path, sizeof w->path));
    enum err e = db_open(o->path, true, &w->db, why);
    if (e == OK)
        e = schema_bring(w->db, &is_new, why);
    if (e == OK)
        e = read_head(w, why);
    if (e == OK && tape_head(o->tape) != w->mark.seq)
        e = err_why(why, ERR_STATE, "", "the tape does not start at the last record");
    if (e == OK && pthread_create(&w->thread, NULL, run, w) != 0)
        e = err_why(why, ERR_LIMIT, "", "no thread for the store: too many processes");
    if (e) {
        writer_drop(w);
        return e;
    }
    *out = w;
    return OK;
}

void writer_free(struct writer **w)
{
    if (*w == NULL)
        return;
    pthread_mutex_lock(&(*w)->lock);
    (*w)->is_stopping = true;
    pthread_cond_signal(&(*w)->wake);
    pthread_mutex_unlock(&(*w)->lock);
    pthread_join((*w)->thread, NULL);
    writer_drop(*w);
    *w = NULL;
}

void writer_set_due(struct writer *w, int64_t (*due)(struct writer *w, void *arg), void *arg)
{
    pthread_mutex_lock(&w->lock);
    w->due = due;
    w->due_arg = arg;
    w->is_nudged = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

bool writer_post(struct writer *w, struct command *c)
{
    pthread_mutex_lock(&w->lock);
    bool is_taken = !w->is_stopping && w->waiting < w->queue_max;
    if (is_taken) {
        list_add_tail(&w->queue, &c->link);
        w->waiting++;
        pthread_cond_signal(&w->wake);
    }
    pthread_mutex_unlock(&w->lock);
    return is_taken;
}

/* Stands in for the command, so that the command's own `done` is still the caller's. */
struct errand {
    struct command command;
    struct command *inner;
    pthread_mutex_t lock;
    pthread_cond_t back;
    bool is_back;
};

static enum err errand_apply(struct writer *w, struct command *c)
{
    struct errand *a = list_of(c, struct errand, command);
    return a->inner->result = a->inner->apply(w, a->inner);
}

static void errand_committed(struct command *c)
{
    struct errand *a = list_of(c, struct errand, command);
    if (a->inner->committed)
        a->inner->committed(a->inner);
}

static void errand_done(struct command *c)
{
    struct errand *a = list_of(c, struct errand, command);
    if (c->why.text[0]) /* the group failed, not the command */
        a->inner->why = c->why;
    a->inner->result = c->result;
    if (a->inner->done)
        a->inner->done(a->inner);
    pthread_mutex_lock(&a->lock);
    a->is_back = true;
    pthread_cond_signal(&a->back);
    pthread_mutex_unlock(&a->lock);
}

enum err writer_run(struct writer *w, struct command *c)
{
    struct errand a = {.inner = c,
                       .command = {.apply = errand_apply, .committed = errand_committed, .done = errand_done},
                       .lock = PTHREAD_MUTEX_INITIALIZER,
                       .back = PTHREAD_COND_INITIALIZER};
    if (!writer_post(w, &a.command))
        return err_why(&c->why, ERR_BUSY, "", "too many changes wait: try again shortly");
    pthread_mutex_lock(&a.lock);
    while (!a.is_back)
        pthread_cond_wait(&a.back, &a.lock);
    pthread_mutex_unlock(&a.lock);
    enum err e = a.command.result;
    pthread_cond_destroy(&a.back);
    pthread_mutex_destroy(&a.lock);
    return e;
}

bool writer_is_refusing(struct writer *w)
{
    return w->is_full;
}

size_t writer_waiting(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    size_t n = w->waiting;
    pthread_mutex_unlock(&w->lock);
    return n;
}
