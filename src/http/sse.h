/* Framing of Server-Sent Events (WHATWG HTML, section 9.2). Pure. */
#ifndef HTTP_SSE_H
#define HTTP_SSE_H

#include "base/buf.h"

/* id may be 0 (no id line), event NULL (no event line); data must hold no CR or LF. */
void sse_event(struct buf *out, uint64_t id, const char *event, struct str data);
void sse_comment(struct buf *out, struct str text);
void sse_retry(struct buf *out, unsigned ms);
/* Status line and headers of a stream answer. */
struct str sse_head(void);

#endif
