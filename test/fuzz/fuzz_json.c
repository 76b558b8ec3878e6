/* What json_parse takes is printed, read again and printed again: both prints must be equal. */
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json *first = NULL, *second = NULL;
    struct why why = {0};
    if (json_parse(str_of((const char *)data, size), &first, &why) != OK) {
        must(first == NULL && why.text[0] && why.at[0]);
        return 0;
    }
    struct buf a = BUF_INIT((size_t)1 << 26), b = BUF_INIT((size_t)1 << 26);
    json_print(first, &a);
    must(buf_ok(&a));
    must(json_parse(buf_str(&a), &second, &why) == OK);
    json_print(second, &b);
    must(str_eq(buf_str(&a), buf_str(&b)));
    json_free(&first);
    json_free(&second);
    buf_fini(&a);
    buf_fini(&b);
    return 0;
}
