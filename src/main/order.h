/* One command of `tellal` at work upon an open store: in the running server (asked over the control socket) or in the
 * command's own process when no server runs. Both do the same code with the operator's rights. Main thread. */
#ifndef MAIN_ORDER_H
#define MAIN_ORDER_H

#include "base/json.h"
#include "main/args.h"
#include "main/conf.h"
#include "store/store.h"

struct order {
    struct store *store;
    struct str default_language;
    struct arena *arena;
    struct args args;
    struct str input; /* what came on stdin, or the file's bytes */
    bool is_json;
    struct buf out;
    struct why why;
};

/* Runs argv (without --data and --json). Exit status 0, 1 or 2; the message for stderr is in why. */
int order_run(struct order *o);
void order_init(struct order *o, struct store *s);
void order_fini(struct order *o);

/* The commands; each in order_NAME.c. OK, or why says what to do next. ERR_PARSE means wrong usage (exit 2). */
enum err order_org(struct order *o);
enum err order_user(struct order *o);
enum err order_token(struct order *o);
enum err order_story(struct order *o);
enum err order_lead(struct order *o);
enum err order_code(struct order *o);
enum err order_receipts(struct order *o);
enum err order_import(struct order *o); /* one batch of lines from `input` */

/* Rows as TSV with a header line, or as a JSON list of objects. */
struct table {
    struct order *o;
    const char *const *names;
    size_t count, at;
    struct jw w;
};
struct table table_start(struct order *o, const char *const *names, size_t count);
void table_text(struct table *t, struct str v); /* next cell; rows end by themselves */
void table_int(struct table *t, int64_t v);
void table_time(struct table *t, int64_t ms); /* RFC 3339, empty for 0 */
void table_end(struct table *t);
/* A new id: alone on the line, or {"id":N}. */
void order_id(struct order *o, uint64_t id);
/* Posts and waits; copies the command's why. */
enum err order_post(struct order *o, struct command *c);
enum err order_usage(struct order *o, const char *usage);
enum err order_count(struct order *o, const char *option, uint32_t *out, bool *out_given); /* --option N */

#endif
