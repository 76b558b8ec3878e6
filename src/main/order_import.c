#include "codec/newswire.h"
#include "desk/submit.h"
#include "main/order.h"

#include <semaphore.h>

/* One line of an archive on its way. */
struct item {
    struct submission *submission;
    uint64_t line;
    enum err refused;
    struct why why;
};

static void item_done(struct submission *s)
{
    sem_post(s->arg);
}

static void begin(struct order *o, struct item *it, struct str line, sem_t *done, size_t *in_flight)
{
    struct buf json = BUF_INIT(4u << 20);
    struct submit_ask ask = {.store = o->store, .default_language = o->default_language, .is_new = true, .is_import = true};
    it->refused = newswire_to_json(line, &json, &ask.import_at_ms, &it->why);
    if (!it->refused) {
        ask.body = buf_str(&json);
        it->submission = submit_new(item_done, done);
        it->refused = submit_story(&ask, store_main_reader(o->store), it->submission);
        if (it->refused) {
            const struct native_faults *f = &it->submission->faults;
            it->why = it->submission->why;
            if (f->n)
                err_why(&it->why, it->refused, "", "%.*s: %.*s", STR_FMT(f->v[0].pointer), STR_FMT(f->v[0].message));
        } else {
            ++*in_flight;
        }
    }
    buf_fini(&json);
}

static void report(struct order *o, struct item *items, size_t n)
{
    uint64_t taken = 0, again = 0;
    struct jw w = jw_start(&o->out);
    jw_open(&w, NULL);
    jw_open_list(&w, "refused");
    for (size_t i = 0; i < n; i++) {
        struct item *it = &items[i];
        if (!it->refused && it->submission->command.command.result) {
            it->refused = it->submission->command.command.result;
            it->why = it->submission->command.command.why;
        }
        if (it->refused) {
            jw_open(&w, NULL);
            jw_int(&w, "line", (int64_t)it->line);
            jw_str(&w, "why", str_from(it->why.text[0] ? it->why.text : err_key(it->refused)));
            jw_bool(&w, "is_fatal", it->refused == ERR_DISK_FULL || it->refused == ERR_IO || it->refused == ERR_BUSY);
            jw_close(&w);
        } else if (it->submission->command.answer.is_replay) {
            again++;
        } else {
            taken++;
        }
        submit_free(&it->submission);
    }
    jw_close_list(&w);
    jw_int(&w, "taken", (int64_t)taken);
    jw_int(&w, "again", (int64_t)again);
    jw_close(&w);
    buf_addc(&o->out, '\n');
}

enum err order_import(struct order *o)
{
    struct str first = args_value(&o->args, "--line"), rest = o->input, line;
    uint64_t number = 1;
    enum err e = args_end(&o->args, &o->why);
    if (e || (first.p && !str_u64(first, &number)))
        return ERR_PARSE;
    size_t max = 1, n = 0, in_flight = 0;
    for (size_t i = 0; i < rest.n; i++)
        max += rest.p[i] == '\n';
    struct item *items = mem_array(struct item, max);
    sem_t done;
    must(sem_init(&done, 0, 0) == 0);
    for (; rest.p && str_split(&rest, '\n', &line); number++) {
        if (!str_trim(line).n)
            continue;
        items[n].line = number;
        begin(o, &items[n++], line, &done, &in_flight);
    }
    while (in_flight)
        if (sem_wait(&done) == 0)
            in_flight--;
    sem_destroy(&done);
    report(o, items, n);
    mem_free(items);
    return OK;
}
