#include "http/conn.h"

#include <string.h>

static char *reply_put(char *at, const char *s, size_t n)
{
    memcpy(at, s, n);
    return at + n;
}
#define reply_lit(at, lit) reply_put((at), "" lit, sizeof(lit) - 1)

static char *reply_number(char *at, uint64_t v)
{
    char digits[20];
    size_t from = sizeof digits;
    do
        digits[--from] = (char)('0' + v % 10);
    while (v /= 10);
    return reply_put(at, digits + from, sizeof digits - from);
}

/* Status line and the three headers that are the connection's business. */
static struct iovec reply_line(struct conn *c, int status, bool has_length, uint64_t length)
{
    const char *reason = res_reason(status);
    struct str date = server_date(c->server);
    char *at = reply_lit(c->line, "HTTP/1.1 ");
    at = reply_number(at, (uint64_t)status);
    at = reply_lit(at, " ");
    at = reply_put(at, reason, strnlen(reason, 48));
    at = reply_lit(at, "\r\n");
    at = reply_put(at, date.p, date.n);
    if (!c->is_keeping || c->server->is_stopping)
        at = reply_lit(at, "Connection: close\r\n");
    else if (c->is_http10)
        at = reply_lit(at, "Connection: keep-alive\r\n");
    if (has_length) {
        at = reply_lit(at, "Content-Length: ");
        at = reply_number(at, length);
        at = reply_lit(at, "\r\n");
    }
    must(at <= c->line + sizeof c->line);
    return (struct iovec){c->line, (size_t)(at - c->line)};
}

static void reply_add(struct conn *c, struct str s)
{
    if (s.n)
        c->out[c->out_count++] = (struct iovec){(void *)(uintptr_t)s.p, s.n};
}

static void reply_start(struct conn *c, int status, bool has_length, uint64_t length)
{
    c->out_at = 0;
    c->out_count = 1;
    c->out[0] = reply_line(c, status, has_length, length);
    c->state = CONN_WRITING;
    loop_timer_off(c->server->loop, &c->timer);
}

void reply_cached(struct conn *c, struct blob *own_blob, size_t head_bytes)
{
    must(head_bytes <= own_blob->n);
    c->blob = own_blob;
    reply_start(c, 200, true, own_blob->n - head_bytes);
    reply_add(c, str_of(own_blob->bytes, c->is_head ? head_bytes : own_blob->n));
}

void reply_call(struct conn *c)
{
    struct call *call = &c->trip->call;
    struct res *r = &call->res;
    if (!buf_ok(&r->head) || !buf_ok(&r->body) || r->status < 200)
        res_problem(r, ERR_INTERNAL, NULL, NULL, 0);
    if (c->server->options.finish)
        c->server->options.finish(call);
    if (r->is_closing)
        c->is_keeping = false;
    bool is_bare = r->status == 204 || r->status == 304; /* RFC 9110 8.6: no body, and no length that speaks of none */
    if (r->whole) {
        must(r->whole_head <= r->whole->n);
        reply_start(c, r->status, !is_bare, r->whole->n - r->whole_head);
        reply_add(c, str_of(r->whole->bytes, c->is_head || is_bare ? r->whole_head : r->whole->n));
        return;
    }
    reply_start(c, r->status, !is_bare, r->body.n);
    reply_add(c, buf_str(&r->head));
    reply_add(c, S("\r\n"));
    if (!c->is_head && !is_bare)
        reply_add(c, buf_str(&r->body));
}

void reply_continue(struct conn *c)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct iovec v = {(void *)(uintptr_t)text, sizeof text - 1};
    size_t n = 0;
    /* Everything before it has been written, so the kernel has room for these bytes or the socket is broken, which the
     * next read tells. A client that is not told goes on by itself after a while. */
    if (stream_write(c->watch.fd, &v, 1, &n) == STREAM_OK)
        server_tally(&c->server->bytes_out, n);
}

static bool reply_advance(struct conn *c, size_t n)
{
    while (c->out_at < c->out_count && n >= c->out[c->out_at].iov_len)
        n -= c->out[c->out_at++].iov_len;
    if (c->out_at == c->out_count)
        return true;
    struct iovec *v = &c->out[c->out_at];
    v->iov_base = (char *)v->iov_base + n;
    v->iov_len -= n;
    return false;
}

enum conn_step reply_write(struct conn *c)
{
    struct loop *l = c->server->loop;
    size_t n = 0;
    switch (stream_write(c->watch.fd, c->out + c->out_at, c->out_count - c->out_at, &n)) {
    case STREAM_OK:
        server_tally(&c->server->bytes_out, n);
        if (reply_advance(c, n)) {
            loop_change(l, &c->watch, LOOP_IN);
            return CONN_MORE;
        }
        loop_timer(l, &c->timer, c->server->options.stall_ms); /* counts from the last byte taken */
        break;
    case STREAM_AGAIN:
        if (!loop_timer_is_set(&c->timer))
            loop_timer(l, &c->timer, c->server->options.stall_ms);
        break;
    default:
        return CONN_DONE;
    }
    loop_change(l, &c->watch, LOOP_OUT);
    return CONN_WAIT;
}
