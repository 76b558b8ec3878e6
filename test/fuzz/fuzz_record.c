/* Records and terms read back: whatever is taken writes the very bytes it was read from. */
#include "news/chain.h"
#include "news/terms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_record(struct str text, struct arena *a)
{
    struct record r = {0};
    struct why why = {0};
    if (chain_read(text, a, &r, &why) != OK) {
        must(why.text[0] && r.seq == 0);
        return;
    }
    struct buf b = BUF_INIT(1 << 20);
    chain_write(&r, &b);
    must(buf_ok(&b) && str_eq(buf_str(&b), text) && chain_verify(&r));
    r.at_ms++;
    must(!chain_verify(&r));
    buf_fini(&b);
}

static void try_terms(struct str text, struct arena *a)
{
    struct terms t, again;
    struct why why = {0};
    if (terms_parse(text, a, &t, &why) != OK) {
        must(why.text[0]);
        return;
    }
    struct buf first = BUF_INIT(1 << 20), second = BUF_INIT(1 << 20);
    terms_write(&t, &first);
    must(terms_parse(buf_str(&first), a, &again, &why) == OK);
    terms_write(&again, &second);
    must(str_eq(buf_str(&first), buf_str(&second)));
    buf_fini(&first);
    buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_ready;
    if (!is_ready)
        id_init();
    is_ready = true;
    struct str text = str_of((const char *)data, size);
    struct arena *a = arena_new(4096);
    try_record(text, a);
    try_terms(text, a);
    arena_free(&a);
    return 0;
}
