/* Any JSON through native_read: what was accepted is written, read and written again without a change, and comes back
 * from the store's halves; what was not has faults that name a place. */
#include "codec/native.h"
#include "base/text.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct codes *codes;

static enum err read_json(struct str text, struct story *s)
{
    struct native_defaults d = {codes, S("tr"), false};
    struct native_faults faults;
    struct native_ask ask;
    struct json *j = NULL;
    if (json_parse(text, &j, NULL))
        return ERR_PARSE;
    enum err e = native_read(j, &d, s, &ask, &faults);
    must((e == OK) == (faults.n == 0));
    for (size_t i = 0; i < faults.n; i++)
        must(faults.v[i].message.n > 0 && (faults.v[i].pointer.n == 0 || faults.v[i].pointer.p[0] == '/'));
    json_free(&j);
    return e;
}

static void write_json(struct buf *out, const struct story *s)
{
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    native_write(&w, s);
    jw_close(&w);
    must(buf_ok(out) && text_is_utf8(buf_str(out)));
}

static void check_store(const struct story *s, struct buf *want)
{
    struct buf meta = BUF_INIT(1 << 24), text = BUF_INIT(1 << 24), again = BUF_INIT(1 << 24);
    struct story *stored = story_new();
    native_write_meta(&meta, s);
    native_write_text(&text, s);
    must(native_read_stored(buf_str(&meta), buf_str(&text), stored, NULL) == OK);
    stored->times = s->times;
    write_json(&again, stored);
    must(str_eq(buf_str(want), buf_str(&again)));
    story_unref(&stored);
    buf_fini(&meta);
    buf_fini(&text);
    buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!codes)
        codes = codes_seed(S("AA"));
    struct story *s = story_new(), *again = story_new();
    struct buf one = BUF_INIT(1 << 24), two = BUF_INIT(1 << 24);
    if (read_json(str_of((const char *)data, size), s) == OK) {
        write_json(&one, s);
        must(read_json(buf_str(&one), again) == OK);
        write_json(&two, again);
        must(str_eq(buf_str(&one), buf_str(&two)));
        check_store(s, &one);
    }
    buf_fini(&one);
    buf_fini(&two);
    story_unref(&s);
    story_unref(&again);
    return 0;
}
