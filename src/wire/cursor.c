#include "wire/cursor.h"

enum err cursor_parse(struct str text, uint64_t *out_seq, struct why *why)
{
    uint64_t seq;
    if (!str_u64(text, &seq) || seq > CURSOR_MOST)
        return err_why(why, ERR_PARSE, "after",
                       "the cursor is no sequence number; give the last seq you hold, or 0 for all that is kept");
    *out_seq = seq;
    return OK;
}
