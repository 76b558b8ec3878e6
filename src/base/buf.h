/* Growable bytes with a cap given at birth. Writing past the cap sets a mark that the writer checks once at the end
 * (buf_ok), so that building text needs no check per call. Owned by one thread at a time. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

struct buf {
    char *p;
    size_t n;   /* bytes used */
    size_t cap; /* bytes allocated */
    size_t max; /* never grows beyond */
    bool is_over;
};

#define BUF_INIT(limit) ((struct buf){NULL, 0, 0, (limit), false})

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b); /* frees; the buffer may be used again with the same cap */
void buf_reset(struct buf *b); /* empties, keeps memory */
bool buf_ok(const struct buf *b); /* false when anything was refused */
struct str buf_str(const struct buf *b);
void buf_add(struct buf *b, struct str s);
void buf_addc(struct buf *b, char c);
void buf_puts(struct buf *b, const char *cstr);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_u64(struct buf *b, uint64_t v);
/* Room for n more bytes, or NULL; then set b->n yourself. */
char *buf_room(struct buf *b, size_t n);
/* Drops the first n bytes. */
void buf_shift(struct buf *b, size_t n);
/* Gives the bytes away (zero-terminated, mem_free) and empties the buffer; *n gets the length. */
char *buf_give(struct buf *b, size_t *n);

#endif
