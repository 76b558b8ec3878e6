/* Whatever is taken as a cursor is what it says, written shortest: text -> seq -> text gives the same number. */
#include "wire/cursor.h"

#include <inttypes.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t seq = UINT64_MAX, again;
    struct why why;
    if (cursor_parse(str_of((const char *)data, size), &seq, &why) != OK) {
        must(seq == UINT64_MAX);
        return 0;
    }
    must(seq <= CURSOR_MOST && size > 0);
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, seq);
    must(cursor_parse(str_from(text), &again, NULL) == OK && again == seq);
    return 0;
}
