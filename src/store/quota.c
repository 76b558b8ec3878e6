#include "store/quota.h"

#include "base/clock.h"

#define KEPT_DAYS 400 /* a year and a bill: usage is asked about for so long */

static enum err run_for(struct db *d, enum sql which, uint32_t org, int64_t day)
{
    struct statement *s = db_get(d, which);
    db_int(s, 1, org);
    db_int(s, 2, day);
    return db_run(s);
}

static enum err quota_apply(struct writer *w, struct command *command)
{
    struct quota_command *c = list_of(command, struct quota_command, command);
    struct db *d = writer_db(w);
    int64_t now = writer_now(w), day = clock_day(now);
    struct statement *s = db_get(d, SQL_QUOTA_GET);
    db_int(s, 1, c->org);
    db_int(s, 2, day);
    bool is_first = !db_step(s);
    c->out_used = is_first ? 0 : (uint32_t)db_col_int(s, 0);
    db_reset(s);
    if (c->limit && c->out_used >= c->limit)
        return err_why(&command->why, ERR_QUOTA, "download_limit",
                       "the contract's %u downloads of this day are used up", (unsigned)c->limit);
    enum err e = run_for(d, SQL_QUOTA_TAKE, c->org, day);
    if (e)
        return e;
    c->out_used++;
    return is_first ? run_for(d, SQL_QUOTA_PURGE, c->org, clock_day(clock_day_start(now, KEPT_DAYS))) : OK;
}

void quota_command_init(struct quota_command *c)
{
    *c = (struct quota_command){.command.apply = quota_apply};
}
