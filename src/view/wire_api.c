#include "view/wire_api.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "http/sse.h"
#include "http/ws.h"
#include "view/api.h"
#include "wire/entry.h"
#include "wire/poll.h"
#include "wire/rehearsal.h"
#include "wire/seats.h"
#include "wire/wish.h"

#include <unistd.h>

/* What the request asks for, and what the store says of its cursor. */
struct opening {
    struct live_ask ask;
    struct entry entry;
    enum cursor_verdict verdict;
    bool is_too_old;
    uint64_t head;
    int64_t wait_ms; /* of a poll */
    bool is_test;
    unsigned pace_ms;
    struct rehearsal *test;
};

/* SSE is named outright: a client that takes anything means to poll. */
static enum wire_protocol protocol_of(const struct call *c)
{
    if (ws_is_asked(&c->req))
        return PROTOCOL_WS;
    return str_has(req_header(&c->req, "accept"), S("text/event-stream")) ? PROTOCOL_SSE : PROTOCOL_POLL;
}

static enum err read_wish(struct call *c, struct opening *o, struct why *why)
{
    struct wish wish;
    struct codes *codes = stories_codes(store_stories(app_of(c)->store));
    enum err e = wish_read(&c->req, c->arena, codes, &wish, why);
    codes_unref(&codes);
    if (e)
        return e;
    o->ask.filter = wish.filter; /* now the opening's, see forget */
    o->ask.format = wish.format;
    o->ask.with_archive = wish.with_archive;
    o->ask.has_cursor = wish.has_cursor;
    o->ask.after = wish.after;
    o->wait_ms = wish.wait_ms;
    o->is_test = wish.is_test;
    o->pace_ms = wish.pace_ms;
    return OK;
}

static const char *verdict_name(const struct opening *o)
{
    return o->verdict == CURSOR_FUTURE ? "future" : o->verdict == CURSOR_LOST ? "lost" : "too-old";
}

static void write_verdict(struct call *c, const struct opening *o, struct jw *w)
{
    jw_str(w, "why", str_from(verdict_name(o)));
    jw_int(w, "oldest", (int64_t)o->ask.oldest);
    jw_int(w, "head", (int64_t)o->head);
    jw_str(w, "epoch", o->is_test ? REHEARSAL_EPOCH : store_epoch(app_of(c)->store));
}

/* The same to a poll. */
static enum next refuse_cursor(struct call *c, const struct opening *o)
{
    struct jw w = res_problem_start(&c->res, ERR_CURSOR, "this cursor cannot be served: read again with after=0");
    write_verdict(c, o, &w);
    jw_close(&w);
    return NEXT_DONE;
}

static void reset_sse(struct call *c, struct str data)
{
    res_start(&c->res, 200, "text/event-stream");
    res_header(&c->res, "Cache-Control", S("no-store"));
    sse_retry(&c->res.body, 60000);
    sse_event(&c->res.body, 0, "reset", data);
    c->res.is_closing = true;
}

static void reset_ws(struct call *c, const char *why, struct str data)
{
    struct buf out = BUF_INIT(4096);
    ws_agree(&out, &c->req);
    ws_frame(&out, WS_TEXT, data);
    ws_close(&out, 4410, str_from(why));
    live_turn_away(call_take(c), buf_str(&out));
    buf_fini(&out);
}

/* An answer that tells a client it must start anew, and then ends (contract.md 4: never a silent start from now). */
static enum next reset(struct call *c, const struct opening *o)
{
    struct buf data = BUF_INIT(1024);
    struct jw w = jw_start(&data);
    jw_open(&w, NULL);
    if (o->ask.protocol == PROTOCOL_WS)
        jw_str(&w, "event", S("reset"));
    write_verdict(c, o, &w);
    jw_close(&w);
    if (o->ask.protocol == PROTOCOL_WS)
        reset_ws(c, verdict_name(o), buf_str(&data));
    else
        reset_sse(c, buf_str(&data));
    buf_fini(&data);
    return NEXT_DONE;
}

static void forget(void *state)
{
    struct opening *o = state;
    entry_leave(&o->entry);
    filter_unref(&o->ask.filter);
    rehearsal_free(&o->test);
}

/* The head of the answer, and after how long to come back: another time for each, so that not all come at once. */
static void opening_words(struct call *c, struct live_ask *ask)
{
    uint16_t r;
    id_random(&r, sizeof r);
    unsigned retry_ms = 2000 + r % 3001;
    struct buf out = BUF_INIT(4096);
    if (ask->protocol == PROTOCOL_WS) {
        ws_agree(&out, &c->req);
        ask->retry_ms = retry_ms;
        ask->first = call_rest(c);
    } else {
        buf_add(&out, sse_head());
        sse_retry(&out, retry_ms);
    }
    ask->head = arena_str(c->arena, buf_str(&out));
    buf_fini(&out);
}

static enum next answer_test(struct call *c, const struct opening *o)
{
    const struct user *u = auth_who(c)->user;
    seats_leave(u->id, u->org ? u->org->id : 0);
    res_start(&c->res, 200, "application/json");
    res_header(&c->res, "Cache-Control", S("no-store"));
    rehearsal_page(o->test, o->ask.after, o->ask.format, &c->res.body);
    return NEXT_DONE;
}

static enum next open_line(struct call *c)
{
    struct opening *o = c->state;
    struct app *app = app_of(c);
    bool is_poll = o->ask.protocol == PROTOCOL_POLL;
    if (o->ask.has_cursor && (o->verdict != CURSOR_OK || o->is_too_old))
        return is_poll ? refuse_cursor(c, o) : reset(c, o);
    if (atomic_load(&app->is_stopping))
        return call_fail(c, ERR_BUSY, "this server is stopping; come back in a few seconds");
    if (c->req.method == METHOD_HEAD) { /* what GET would begin with, and no stream */
        res_start(&c->res, 200, is_poll ? "application/json" : "text/event-stream");
        res_header(&c->res, "Cache-Control", S("no-store"));
        return NEXT_DONE;
    }
    struct live *live = app->loops[app_loop_index(c)].live;
    struct why why = {0};
    enum err e = live_reserve(live, auth_who(c), &why);
    if (e) {
        res_problem(&c->res, e, why.text, NULL, 0);
        res_header(&c->res, "Retry-After", S("30"));
        return NEXT_DONE;
    }
    o->ask.who = auth_who(c);
    o->ask.peer = &c->req.peer;
    o->ask.session = auth_session_hash(c);
    if (is_poll && o->is_test)
        return answer_test(c, o);
    if (is_poll)
        return poll_open(live, c, &o->ask, o->wait_ms);
    opening_words(c, &o->ask);
    int fd = call_take(c);
    live_open(live, fd, &o->ask);
    return NEXT_DONE;
}

/* On a work thread: the play is made anew for each, so that nothing of it stays. */
static enum next look_test(struct call *c, void *reader)
{
    struct opening *o = c->state;
    o->head = SCENARIO_EVENTS;
    o->ask.oldest = 1;
    o->verdict = o->ask.after > SCENARIO_EVENTS ? CURSOR_FUTURE : CURSOR_OK;
    o->ask.has_cursor = true; /* without one it begins at the beginning: there is no now in a play */
    o->ask.is_from_start = !o->ask.after;
    o->test = rehearsal_new(reader_stories(reader), o->ask.format, o->pace_ms);
    o->ask.test = &o->test;
    call_return(c, open_line);
    return NEXT_WAIT;
}

/* On a work thread: how far back this account may read, and whether the cursor lies on a timeline we know. */
static enum next look(struct call *c, void *reader)
{
    struct opening *o = c->state;
    const struct account *a = auth_who(c);
    o->head = tape_head(store_tape(app_of(c)->store));
    CLEANUP(right_unref) struct right *r = user_right(a->user);
    int64_t oldest_ms = right_oldest_ms(r, clock_now_ms());
    o->ask.oldest = reader_seq_at(reader, oldest_ms);
    if (o->ask.has_cursor && o->ask.after) {
        o->verdict = reader_cursor(reader, o->ask.after, o->head);
        o->is_too_old = o->ask.after + 1 < o->ask.oldest;
    } else if (o->ask.has_cursor && o->ask.oldest > 1) {
        o->ask.after = o->ask.oldest - 1;
        o->ask.is_from_start = true;
    } else {
        o->ask.is_from_start = o->ask.has_cursor;
    }
    call_return(c, open_line);
    return NEXT_WAIT;
}

static enum next enter(struct call *c)
{
    struct opening *o = c->state;
    return call_work(c, store_readers(app_of(c)->store), o->is_test ? look_test : look);
}

static void on_end(struct call *c)
{
    struct opening *o = c->state;
    entry_hurry(&o->entry);
}

static bool handshake_is_sound(struct call *c)
{
    const char *detail;
    int status = ws_refusal(&c->req, &detail);
    if (!status)
        return true;
    res_status(&c->res, status, detail);
    if (status == 426) { /* RFC 6455 4.4, RFC 9110 15.5.22 */
        res_header(&c->res, "Sec-WebSocket-Version", S("13"));
        res_header(&c->res, "Upgrade", S("websocket"));
        res_header(&c->res, "Connection", S("Upgrade")); /* what is of this hop alone says so: RFC 9110 7.8 */
    }
    return false;
}

static enum next wire(struct call *c)
{
    if (auth_is_foreign(c)) /* a browser lets any page open a WebSocket, and reads it to that page */
        return call_fail(c, ERR_ROLE, "this page may not open the wire with your sign-in");
    enum wire_protocol protocol = protocol_of(c);
    if (protocol == PROTOCOL_WS && !handshake_is_sound(c))
        return NEXT_DONE;
    struct opening *o = arena_make(c->arena, struct opening);
    o->ask.protocol = protocol;
    c->state = o;
    c->drop_state = forget;
    struct why why = {0};
    enum err e = read_wish(c, o, &why);
    if (e) {
        struct res_fault at = {str_from(why.at), str_from(why.text)};
        res_problem(&c->res, ERR_PARSE, why.text, &at, 1);
        return NEXT_DONE;
    }
    return entry_ask(&o->entry, app_of(c)->loops[app_loop_index(c)].live, c, enter, on_end);
}

static enum next get_wire(struct call *c)
{
    static const struct auth_ask ask = {API_READ_WAYS, SCOPE_WIRE, wire, api_denied};
    return auth_need(c, &ask);
}

const struct route wire_api_routes[] = {
    {METHOD_GET, "/v1/wire", get_wire, 0, 0, "wire"},
};
const size_t wire_api_route_count = sizeof wire_api_routes / sizeof *wire_api_routes;
