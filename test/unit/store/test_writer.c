/* Group commit under many threads, undoing, a full disk, a failed flush, and what comes after a new start. */
#include "kit.h"
#include "store/epoch.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct tick {
    struct command command;
    const char *key;
    bool fails, is_done;
    int records;
    uint64_t seq;
    char *ballast;
};

static enum err tick_apply(struct writer *w, struct command *command)
{
    struct tick *t = list_of(command, struct tick, command);
    for (int i = 0; i < t->records; i++) {
        struct record r = {.event = EVENT_CODE, .id = S("code:category:9")};
        enum err e = writer_record(w, &r, 9, NULL);
        if (e)
            return e;
        t->seq = r.seq;
    }
    if (t->ballast) {
        struct statement *s = db_get(writer_db(w), SQL_LEAD_ADD);
        db_int(s, 1, 1);
        db_text(s, 2, S("192.0.2.1"));
        db_text(s, 3, str_from(t->ballast));
        enum err e = db_run(s);
        if (e)
            return e;
    }
    return t->fails ? err_why(&command->why, ERR_STATE, "", "as asked") : OK;
}

static struct tick tick_make(int records)
{
    return (struct tick){.command = {.apply = tick_apply}, .records = records};
}

/* ---- threads ---- */

#define THREADS 8
#define EACH 200

struct poster {
    struct kit *kit;
    pthread_t thread;
    uint64_t seqs[EACH];
    int refused;
};

static void *post_many(void *arg)
{
    struct poster *p = arg;
    for (int i = 0; i < EACH; i++) {
        struct tick t = tick_make(1 + i % 3);
        t.fails = i % 10 == 9;
        p->refused += writer_run(p->kit->writer, &t.command) != OK;
        p->seqs[i] = t.fails ? 0 : t.seq;
    }
    return NULL;
}

static void *read_all(void *arg)
{
    struct kit *k = arg;
    struct frame *frames[64];
    uint64_t at = 0;
    bool is_gap, is_sound = true;
    while (at < THREADS * (EACH / 10 * 9) * 1) {
        size_t n = tape_read(k->tape, at, frames, 64, &is_gap);
        for (size_t i = 0; i < n; i++) {
            is_sound &= frames[i]->seq == at + 1;
            at = frames[i]->seq;
            frame_unref(&frames[i]);
        }
        if (is_gap)
            at = tape_head(k->tape) > 500 ? tape_head(k->tape) - 500 : 0;
    }
    return is_sound ? k : NULL;
}

static int by_seq(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void test_threads(struct kit *k)
{
    static struct poster posters[THREADS];
    static uint64_t all[THREADS * EACH];
    pthread_t reader;
    size_t n = 0;
    int refused = 0;
    pthread_create(&reader, NULL, read_all, k);
    for (int i = 0; i < THREADS; i++) {
        posters[i].kit = k;
        pthread_create(&posters[i].thread, NULL, post_many, &posters[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(posters[i].thread, NULL);
        refused += posters[i].refused;
        for (int j = 0; j < EACH; j++)
            if (posters[i].seqs[j])
                all[n++] = posters[i].seqs[j];
    }
    void *is_sound = NULL;
    pthread_join(reader, &is_sound);
    ok(is_sound != NULL, "a reader of the tape saw every number in order");
    ok_int(refused, THREADS * EACH / 10, "one in ten refused, as asked");
    qsort(all, n, sizeof *all, by_seq);
    bool is_single = true;
    for (size_t i = 1; i < n; i++)
        is_single &= all[i] > all[i - 1];
    ok(is_single, "no number twice");
    struct statement *s = db_prepare(reader_db(k->reader), S("SELECT count(*), max(seq) FROM record"));
    must(db_step(s));
    ok(db_col_int(s, 0) == db_col_int(s, 1) && (uint64_t)db_col_int(s, 1) == tape_head(k->tape),
       "%lld records, no hole, the tape stands at the last", (long long)db_col_int(s, 0));
    db_free(&s);
}

/* ---- numbers ---- */

static uint64_t given;
static enum err number_apply(struct writer *w, struct command *c)
{
    given = writer_next_number(w, "next_org");
    return OK;
}

static enum err number_fail(struct writer *w, struct command *c)
{
    given = writer_next_number(w, "next_org");
    return ERR_STATE;
}

static void test_numbers(struct kit *k)
{
    struct command take = {.apply = number_apply}, fail = {.apply = number_fail};
    must(writer_run(k->writer, &take) == OK);
    uint64_t first = given;
    ok_int(writer_run(k->writer, &fail), ERR_STATE, "a command that takes a number and fails");
    must(writer_run(k->writer, &take) == OK);
    ok_int((long long)given, (long long)first + 1, "gives it back");
}

/* ---- a full disk ---- */

static void limit_file(rlim_t bytes)
{
    struct rlimit l = {bytes, RLIM_INFINITY};
    must(setrlimit(RLIMIT_FSIZE, &l) == 0);
}

static rlim_t size_of(struct kit *k, const char *suffix)
{
    char path[128];
    struct stat st;
    snprintf(path, sizeof path, "%s%s", k->path, suffix);
    return stat(path, &st) == 0 ? (rlim_t)st.st_size : 0;
}

static void test_full(struct kit *k)
{
    signal(SIGXFSZ, SIG_IGN);
    struct tick t = tick_make(1);
    must(writer_run(k->writer, &t.command) == OK);
    uint64_t head = tape_head(k->tape);
    rlim_t log = size_of(k, "-wal"), base = size_of(k, "");
    char *ballast = mem_zero(4 << 20);
    memset(ballast, 'x', (4 << 20) - 1);
    limit_file((log > base ? log : base) + 65536);
    struct tick big = tick_make(1);
    big.ballast = ballast;
    ok_int(writer_run(k->writer, &big.command), ERR_DISK_FULL, "what does not fit is refused");
    ok(writer_is_refusing(k->writer), "and the writer says so");
    ok_int((long long)tape_head(k->tape), (long long)head, "nothing of it is on the tape");
    int64_t rows = -1;
    struct statement *s = db_prepare(reader_db(k->reader), S("SELECT count(*) FROM record WHERE seq > ?1"));
    db_int(s, 1, (int64_t)head);
    if (db_step(s))
        rows = db_col_int(s, 0);
    db_free(&s);
    ok_int(rows, 0, "nor in the store, and reading goes on");
    for (int i = 0; i < 3; i++) {
        struct tick again = tick_make(1);
        again.ballast = ballast;
        ok_int(writer_run(k->writer, &again.command), ERR_DISK_FULL, "refused again");
    }
    limit_file(RLIM_INFINITY);
    struct tick after = tick_make(1);
    after.ballast = ballast;
    ok_int(writer_run(k->writer, &after.command), OK, "with room again it is taken");
    ok(after.seq == head + 1 && tape_head(k->tape) == head + 1, "under the next number");
    ok(!writer_is_refusing(k->writer), "and nothing is refused any more");
    mem_free(ballast);
}

/* ---- injected failures, each in a process of its own ---- */

#ifdef TELLAL_FAULTS
static int run_in_child(const char *fault, void (*fn)(struct kit *k), struct kit *k)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        setenv("TELLAL_FAULT", fault, 1);
        kit_open(k);
        fn(k);
        kit_close(k);
        _exit(0);
    }
    int status = 0;
    must(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

static void expect_fatal(struct kit *k)
{
    struct tick t = tick_make(1);
    enum err e = writer_run(k->writer, &t.command);
    usleep(2000000);
    _exit(e == ERR_IO ? 90 : 91); /* the writer should have ended the process by now */
}

static void expect_refusal(struct kit *k)
{
    struct tick t = tick_make(1);
    enum err first = writer_run(k->writer, &t.command);
    struct tick u = tick_make(1);
    enum err second = writer_run(k->writer, &u.command);
    if (first != ERR_DISK_FULL || second != OK || u.seq != 1)
        _exit(92);
}

static void expect_loss(struct kit *k)
{
    struct tick t = tick_make(1);
    enum err e = writer_run(k->writer, &t.command);
    struct statement *s = db_prepare(reader_db(k->reader), S("SELECT count(*) FROM record"));
    must(db_step(s));
    int64_t rows = db_col_int(s, 0);
    db_free(&s);
    if (e != OK || rows != 0)
        _exit(93);
}

static void test_faults(void)
{
    struct kit k;
    ok_int(run_in_child("writer.fsync:1", expect_fatal, &k), 70, "after a failed flush the process ends");
    ok_int(run_in_child("writer.commit:1", expect_refusal, &k), 0, "a commit that finds the disk full is refused, the next is taken");
    ok_int(run_in_child("writer.drop_commit:1+", expect_loss, &k), 0, "a dropped commit is acknowledged and lost: crash tests can be tried");
}
#endif

/* ---- a new start ---- */

static void test_restart(struct kit *k)
{
    struct tick t = tick_make(1);
    must(writer_run(k->writer, &t.command) == OK);
    writer_free(&k->writer);
    uint64_t head = tape_head(k->tape);
    ok_int((long long)size_of(k, "-wal"), 0, "the log is empty after an orderly end");
    struct writer_options o = {k->path, k->tape, 4};
    struct why why = {0};
    ok_int(writer_new(&o, &k->writer, &why), OK, "a new writer on the same file");
    struct tick u = tick_make(1);
    ok_int(writer_run(k->writer, &u.command), OK, "goes on");
    ok_int((long long)u.seq, (long long)head + 1, "where the old one stopped");
    struct epoch_command e;
    epoch_command_init(&e, u.seq);
    ok_int(writer_run(k->writer, &e.command), ERR_STATE, "an epoch cannot begin in the past");
    epoch_command_init(&e, 1800000000000000);
    ok_int(writer_run(k->writer, &e.command), OK, "a restore opens one far above");
    ok_int((long long)tape_head(k->tape), 1800000000000000, "its first number");
    char id[EPOCH_ID + 1];
    ok(epoch_get(reader_db(k->reader), id) && !strcmp(id, e.id), "and its id %s", id);
    struct frame *f = NULL;
    bool is_gap = false;
    ok(tape_read(k->tape, u.seq, &f, 1, &is_gap) == 0 && is_gap, "the old timeline is not in the window any more");
    struct tick v = tick_make(1);
    must(writer_run(k->writer, &v.command) == OK);
    ok_int((long long)v.seq, 1800000000000001, "numbers go on from there");
}

static void done_nothing(struct command *c)
{
    struct tick *t = list_of(c, struct tick, command);
    t->is_done = true;
}

static enum err slow_apply(struct writer *w, struct command *c)
{
    usleep(200000);
    return OK;
}

/* The queue of the restarted writer holds four. */
static void test_queue(struct kit *k)
{
    struct tick ticks[16];
    int taken = 0;
    for (int i = 0; i < 16; i++) {
        ticks[i] = tick_make(0);
        ticks[i].command.apply = slow_apply;
        ticks[i].command.done = done_nothing;
        taken += writer_post(k->writer, &ticks[i].command) ? 1 : 0;
    }
    ok(taken >= 4 && taken < 16, "a full queue refuses at the door: %d of 16 taken", taken);
    writer_free(&k->writer);
    int finished = 0;
    for (int i = 0; i < 16; i++)
        finished += ticks[i].is_done;
    ok_int(finished, taken, "what was taken is finished before the writer goes");
}

int main(void)
{
    struct kit k;
#ifdef TELLAL_FAULTS
    test_faults(); /* before there are threads: they fork */
#endif
    kit_open(&k);
    test_threads(&k);
    test_numbers(&k);
    test_full(&k);
    test_restart(&k);
    test_queue(&k);
    kit_close(&k);
    return tap_end();
}
