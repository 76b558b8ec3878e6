#include "wire/hear.h"

#include "http/ws.h"
#include "io/stream.h"
#include "wire/line.h"

#define HEAR_BYTES 512

/* False when the line was closed. */
static bool say(struct line *l)
{
    struct buf out = BUF_INIT(256);
    ws_say(l->ws, &out);
    struct blob *b = blob_new(buf_str(&out));
    buf_fini(&out);
    bool is_open = line_say(l, b);
    blob_unref(&b);
    return is_open;
}

bool hear_answer(struct line *l)
{
    if (!l->ws || l->rest || l->is_leaving)
        return !l->is_leaving;
    if (l->ws->due && !say(l))
        return false;
    if (l->rest)
        return true; /* the answer itself was not taken whole */
    if (l->ws->is_fault) {
        line_leave(l);
        return false;
    }
    if (l->ws->is_over) {
        line_close(l, NULL);
        return false;
    }
    if (ws_is_idle(l->ws)) {
        mem_free(l->ws);
        l->ws = NULL;
    }
    return true;
}

bool hear_bytes(struct line *l, struct str in)
{
    if (l->audience->protocol != PROTOCOL_WS || l->is_leaving)
        return true;
    struct ws fresh = {0}, *w = l->ws ? l->ws : &fresh;
    ws_read(w, in);
    if (w == &fresh && ws_is_idle(w))
        return true;
    if (w == &fresh) {
        l->ws = mem_new(struct ws);
        *l->ws = fresh;
    }
    return hear_answer(l);
}

bool hear_ready(struct line *l)
{
    char bin[HEAR_BYTES];
    size_t done;
    enum stream_result r = stream_read(l->watch.fd, bin, sizeof bin, &done);
    if (r == STREAM_AGAIN)
        return true;
    if (r == STREAM_OK)
        return hear_bytes(l, str_of(bin, done));
    line_close(l, NULL);
    return false;
}
