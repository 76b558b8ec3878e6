/* Any bytes as a text file and as a line of an archive: what is accepted is JSON of a story, and native_read judges it. */
#include "codec/native.h"
#include "codec/newswire.h"
#include "codec/plain.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(struct str json)
{
    static struct codes *codes;
    if (!codes)
        codes = codes_seed(S("AA"));
    struct native_defaults d = {codes, S("en"), false};
    struct native_faults faults;
    struct native_ask ask;
    struct json *j = NULL;
    must(json_parse(json, &j, NULL) == OK && json_kind(j) == JSON_OBJECT);
    struct story *s = story_new();
    enum err e = native_read(j, &d, s, &ask, &faults);
    must(e == OK || faults.n > 0);
    story_unref(&s);
    json_free(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = {(const char *)data, size};
    struct buf out = BUF_INIT(1 << 22);
    struct why why = {.text = ""};
    int64_t at_ms;
    if (plain_to_json(in, &out, &why) == OK)
        judge(buf_str(&out));
    else
        must(why.text[0]);
    buf_reset(&out);
    why.text[0] = '\0';
    if (newswire_to_json(in, &out, &at_ms, &why) == OK)
        judge(buf_str(&out));
    else
        must(why.text[0]);
    buf_fini(&out);
    return 0;
}
