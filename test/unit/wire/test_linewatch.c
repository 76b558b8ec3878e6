#include "tap.h"
#include "wire/linewatch.h"

#include "base/log.h"
#include <pthread.h>

static struct linewatch_time at(int64_t s)
{
    return (struct linewatch_time){s * 1000, 1000000 + s * 1000};
}

static void tick(struct linewatch_time now)
{
    linewatch_tick(now, (struct linewatch_asker){0});
}

static bool is_four(void *arg, uint32_t org, int64_t real_ms)
{
    ++*(unsigned *)arg;
    return org == 4;
}

static uint64_t silent(void)
{
    uint64_t l, s;
    linewatch_count(&l, &s);
    return s;
}

static uint64_t lagging(void)
{
    uint64_t l, s;
    linewatch_count(&l, &s);
    return l;
}

static void silence(void)
{
    struct linewatch_case c[4];
    linewatch_opened(3, at(0));
    linewatch_opened(3, at(5));
    tick(at(5000));
    ok_int(silent(), 0, "with lines open nobody is silent");
    linewatch_closed(3, 70, at(5000));
    tick(at(9000));
    ok_int(silent(), 0, "one of two is enough");
    linewatch_closed(3, 77, at(9000));
    tick(at(9599));
    ok_int(silent(), 0, "not yet");
    tick(at(9600));
    tick(at(9700));
    ok_int(silent(), 1, "ten minutes later it is");
    ok(linewatch_list(c, 4) == 1 && c[0].kind == LINEWATCH_SILENT && c[0].org == 3 && c[0].last_seq == 77 &&
           c[0].since_ms == at(9000).real_ms && c[0].line == 0,
       "listed with what is known");
    linewatch_opened(3, at(9800));
    ok(silent() == 0 && linewatch_list(c, 4) == 0, "it comes back");
    linewatch_closed(3, 80, at(9900));
    tick(at(10500));
    linewatch_polled(3, 81, at(10600));
    ok_int(silent(), 0, "a poll is a sign of life too");
    tick(at(11200));
    ok_int(silent(), 1, "and its lack is silence");
    tick(at(10600 + 86400));
    ok_int(silent(), 0, "after a day nobody waits for it");
    tick(at(10600 + 2 * 86400));
    ok_int(silent(), 0, "nor begins to");
    linewatch_opened(0, at(0));
    linewatch_closed(0, 1, at(0));
    linewatch_polled(900, 1, at(0));
    tick(at(700));
    ok(silent() == 1 && linewatch_list(c, 4) == 1 && c[0].org == 900, "desks are not watched; any number of organisation is");
    linewatch_forget();
    unsigned asked = 0;
    struct linewatch_asker asker = {is_four, &asked};
    linewatch_polled(4, 1, at(0));
    linewatch_polled(5, 1, at(0));
    linewatch_tick(at(599), asker);
    ok_int(asked, 0, "whether it is awaited is asked when silence would begin");
    linewatch_tick(at(600), asker);
    linewatch_tick(at(601), asker);
    ok(asked == 2 && silent() == 1 && linewatch_list(c, 4) == 1 && c[0].org == 4, "once; who is not awaited is not missed");
    linewatch_polled(5, 2, at(700));
    linewatch_tick(at(1400), asker);
    ok_int(asked, 3, "heard again, asked again");
    linewatch_forget();
    linewatch_limits(60, 0);
    linewatch_polled(4, 1, at(0));
    tick(at(80000));
    ok_int(silent(), 0, "with the limit 0 silence is not watched");
    linewatch_forget();
}

static void lag(void)
{
    struct linewatch_case c[4], a = {LINEWATCH_LAGGING, 5, 41, 1000, 9}, b = {LINEWATCH_LAGGING, 6, 42, 2000, 8};
    linewatch_lags(&a);
    linewatch_lags(&b);
    ok_int(lagging(), 2, "two lines lag");
    ok(linewatch_list(c, 1) == 1 && linewatch_list(c, 4) == 2 && c[0].line == 41 && c[1].org == 6, "they are listed");
    linewatch_lags_no_more(&a);
    ok(lagging() == 1 && linewatch_list(c, 4) == 1 && c[0].line == 42, "one catches up");
    linewatch_lags_no_more(&b);
    ok_int(lagging(), 0, "and the other");
    for (uint64_t i = 0; i < 1500; i++)
        linewatch_lags(&(struct linewatch_case){LINEWATCH_LAGGING, 1, i + 1, 0, 0});
    ok_int(lagging(), 1500, "more than are listed are counted all the same");
    for (uint64_t i = 0; i < 1500; i++)
        linewatch_lags_no_more(&(struct linewatch_case){LINEWATCH_LAGGING, 1, i + 1, 0, 0});
    ok(lagging() == 0 && linewatch_list(c, 4) == 0, "and end");
}

static void *churn(void *arg)
{
    uint32_t org = *(uint32_t *)arg;
    for (int i = 0; i < 5000; i++) {
        linewatch_opened(org, at(i));
        tick(at(i));
        linewatch_closed(org, 1, at(i));
    }
    return NULL;
}

int main(void)
{
    log_set_level(LOG_ERROR);
    linewatch_limits(60, 600);
    ok_int(linewatch_lag_s(), 60, "the limit of lag");
    silence();
    lag();
    linewatch_limits(60, 600);
    uint32_t orgs[4] = {1, 1, 2, 300};
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, churn, &orgs[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    tick(at(5600));
    ok_int(silent(), 3, "four threads, three organisations, all silent in the end");
    linewatch_forget();
    return tap_end();
}
