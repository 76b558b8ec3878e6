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

enum err quota_take(struct writer *w, uint32_t org, uint32_t limit, uint32_t *out_used, struct why *why)
{
    struct db *d = writer_db(w);
    int64_t now = writer_now(w), day = clock_day(now);
    struct statement *s = db_get(d, SQL_QUOTA_GET);
    db_int(s, 1, org);
    db_int(s, 2, day);
    bool is_first = !db_step(s);
    *out_used = is_first ? 0 : (uint32_t)db_col_int(s, 0);
    db_reset(s);
    if (limit && *out_used >= limit)
        return err_why(why, ERR_QUOTA, "download_limit", "the contract's %u downloads of this day are used up",
                       (unsigned)limit);
    enum err e = run_for(d, SQL_QUOTA_TAKE, org, day);
    if (e)
        return e;
    ++*out_used;
    return is_first ? run_for(d, SQL_QUOTA_PURGE, org, clock_day(clock_day_start(now, KEPT_DAYS))) : OK;
}
