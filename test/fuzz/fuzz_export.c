/* Files held against themselves as exports: whatever is wrong is told, in words that can do nothing to a terminal, and the
 * number of findings is right. */
#include "base/id.h"
#include "store/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
    uint64_t n;
};

static void found(void *arg, uint64_t seq, const char *text)
{
    struct told *t = arg;
    (void)seq;
    t->n++;
    must(text[0]);
    for (; *text; text++)
        must((unsigned char)*text >= 0x20 && *text != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct told told = {0};
    struct verify v = {.found = found, .arg = &told};
    static bool is_ready;
    if (!is_ready)
        id_init();
    is_ready = true;
    FILE *f = size ? fmemopen((void *)(uintptr_t)data, size, "r") : fopen("/dev/null", "r");
    must(f);
    verify_export(f, &v);
    fclose(f);
    must(told.n == (v.wrong < 1000 ? v.wrong : 1000));
    must(v.wrong || (size && data[0] == '{' && data[size - 1] == '\n'));
    return 0;
}
