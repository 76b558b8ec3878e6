#include "http/sse.h"

#include "../tap.h"

int main(void)
{
    struct buf b = BUF_INIT(4096);
    sse_event(&b, 1042, "story", S("{\"seq\":1042}"));
    ok_str(buf_str(&b), "id: 1042\nevent: story\ndata: {\"seq\":1042}\n\n", "an event");
    buf_reset(&b);
    sse_event(&b, 0, NULL, S(""));
    ok_str(buf_str(&b), "data: \n\n", "the least event");
    buf_reset(&b);
    sse_comment(&b, S("head=1"));
    sse_retry(&b, 2500);
    ok_str(buf_str(&b), ": head=1\n\nretry: 2500\n\n", "comment and retry");
    ok(str_starts(sse_head(), S("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream")) &&
           str_ends(sse_head(), S("\r\n\r\n")),
       "head");
    buf_fini(&b);
    return tap_end();
}
