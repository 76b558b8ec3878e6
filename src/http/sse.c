#include "http/sse.h"

static bool sse_is_one_line(struct str s)
{
    return str_find_char(s, '\n') == SIZE_MAX && str_find_char(s, '\r') == SIZE_MAX;
}

void sse_event(struct buf *out, uint64_t id, const char *event, struct str data)
{
    must(sse_is_one_line(data));
    if (id) {
        buf_add(out, S("id: "));
        buf_u64(out, id);
        buf_addc(out, '\n');
    }
    if (event) {
        buf_add(out, S("event: "));
        buf_puts(out, event);
        buf_addc(out, '\n');
    }
    buf_add(out, S("data: "));
    buf_add(out, data);
    buf_add(out, S("\n\n"));
}

void sse_comment(struct buf *out, struct str text)
{
    must(sse_is_one_line(text));
    buf_add(out, S(": "));
    buf_add(out, text);
    buf_add(out, S("\n\n"));
}

void sse_retry(struct buf *out, unsigned ms)
{
    buf_add(out, S("retry: "));
    buf_u64(out, ms);
    buf_add(out, S("\n\n"));
}

struct str sse_head(void)
{
    /* No length and no chunks: the end of the connection is the end of the body. X-Accel-Buffering keeps nginx from
     * gathering events. */
    return S("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: private, no-store\r\n"
             "X-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
}
