/* What a request for the wire asks for, read from its query and headers; the same for streams and polls (docs/protocol/
 * wire.md, Asking). Pure; loop thread. */
#ifndef WIRE_WISH_H
#define WIRE_WISH_H

#include "http/req.h"
#include "wire/form.h"

struct wish {
    struct filter *filter; /* owned; NULL = nothing is narrowed */
    enum wire_format format;
    bool with_archive, is_test;
    bool has_cursor;
    uint64_t after;  /* valid with has_cursor */
    int64_t wait_ms; /* of a poll */
    unsigned pace_ms; /* of the test scenario */
};
/* ERR_PARSE or ERR_LIMIT with the parameter in why.at and what is wrong with it; then nothing is owned. Scratch in `a`. */
enum err wish_read(const struct req *r, struct arena *a, const struct codes *codes, struct wish *out,
                   struct why *why) MUST_USE;
void wish_fini(struct wish *w);

#endif
