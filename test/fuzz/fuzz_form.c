/* Forms, multipart and the header accessors: any bytes, no crash; what comes out lies in what went in. The first line
 * is the Content-Type, the rest the body. */
#include "base/err.h"
#include "http/req.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = str_of((const char *)data, size);
    size_t line = str_find_char(in, '\n');
    struct str type = str_sub(in, 0, line), body = line == SIZE_MAX ? STR_NONE : str_sub(in, line + 1, in.n);
    struct arena *a = arena_new(1024);
    struct req_pair *pairs = NULL;
    size_t count = 0;
    if (req_form(body, a, 16, &pairs, &count) == OK) {
        must(count <= 16);
        for (size_t i = 0; i < count; i++)
            must(pairs[i].name.p && pairs[i].value.p && pairs[i].name.n + pairs[i].value.n <= body.n);
    }
    if (req_multipart(type, body, a, 16, &pairs, &count) == OK) {
        must(count <= 16);
        for (size_t i = 0; i < count; i++)
            must(pairs[i].name.p && pairs[i].value.p >= body.p &&
                 pairs[i].value.p + pairs[i].value.n <= body.p + body.n);
    }
    struct req r = {.query = body, .header_count = 3};
    r.headers[0] = (struct req_pair){S("Cookie"), body};
    r.headers[1] = (struct req_pair){S("Accept"), body};
    r.headers[2] = (struct req_pair){S("Content-Type"), type};
    (void)req_query(&r, a, "q");
    (void)req_cookie(&r, "tellal");
    (void)req_accepts(&r, "text/event-stream");
    (void)req_media_type(&r);
    arena_free(&a);
    return 0;
}
