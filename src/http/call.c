#include "http/call.h"

#include "base/id.h"
#include "http/conn.h"

static void call_arrived(struct message *m)
{
    conn_back(list_of(m, struct call, message));
}

void call_return(struct call *c, enum next (*fn)(struct call *c))
{
    c->step = fn;
    c->message.deliver = call_arrived;
    mailbox_post(loop_mailbox(c->loop), &c->message);
}

void call_answer(struct call *c)
{
    call_return(c, NULL);
}

static void call_job(struct job *j, void *context)
{
    struct call *c = list_of(j, struct call, job);
    if (c->on_work(c, context) == NEXT_DONE)
        call_answer(c);
}

enum next call_work(struct call *c, struct pool *pool, enum next (*fn)(struct call *c, void *reader))
{
    c->on_work = fn;
    c->job.run = call_job;
    if (pool_post(pool, &c->job))
        return NEXT_WAIT;
    call_fail(c, ERR_BUSY, "too much is waiting already");
    uint8_t r;
    id_random(&r, sizeof r);
    res_headerf(&c->res, "Retry-After", "%u", 1 + r % 5); /* who was refused together does not come back together */
    return NEXT_DONE;
}

enum next call_fail(struct call *c, enum err e, const char *detail)
{
    res_problem(&c->res, e, detail, NULL, 0);
    return NEXT_DONE;
}

static struct conn *call_conn(const struct call *c)
{
    loop_assert(c->loop);
    struct conn *conn = c->conn;
    must(conn && conn->generation == c->generation && conn->state == CONN_RUNNING && conn->watch.fd >= 0);
    return conn;
}

void call_hold(struct call *c, void (*on_end)(struct call *c))
{
    struct conn *conn = call_conn(c);
    must(!conn->held);
    c->on_end = on_end;
    conn->held = c;
    loop_change(c->loop, &conn->watch, LOOP_END);
}

void call_let_go(struct call *c)
{
    struct conn *conn = call_conn(c);
    must(conn->held == c);
    conn->held = NULL;
    loop_change(c->loop, &conn->watch, 0); /* else an end that stands would wake the loop again and again */
}

int call_take(struct call *c)
{
    struct conn *conn = call_conn(c);
    int fd = conn->watch.fd;
    loop_remove(c->loop, &conn->watch);
    conn->watch.fd = -1;
    c->res.is_taken = true;
    return fd;
}

struct str call_rest(const struct call *c)
{
    const struct conn *conn = c->conn;
    must(conn && conn->generation == c->generation && conn->state == CONN_RUNNING);
    return conn->view;
}
