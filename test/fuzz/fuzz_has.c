/* Parameters of HAS from a body of any type, a query string and a header: first byte chooses, a NUL parts body and query.
 * What is read keeps the limits; what is refused names the place. */
#include "view/has.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const TYPES[] = {
    "application/x-www-form-urlencoded",
    "application/json",
    "multipart/form-data; boundary=b",
    "multipart/form-data; boundary=\"x y\"",
    "text/plain",
    "",
};

static void check_search(const struct has_params *p, struct arena *a, const struct codes *codes)
{
    struct has_setting with = {codes, INT64_C(1773480065123), 1000};
    struct has_search s;
    struct why why = {0};
    if (has_search_read(p, &with, a, &s, &why) != OK) {
        must(why.at[0] && why.text[0]);
        return;
    }
    must(s.limit >= 1 && s.limit <= 1000);
    for (unsigned k = 0; k < CODE_KINDS; k++)
        must((s.query.any >> k & 1) || s.is_empty || !codeset_is_empty(&s.query.sets[k]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct codes *codes;
    if (!codes)
        codes = codes_seed(S("AA"));
    if (size < 1)
        return 0;
    struct str body = str_of((const char *)data + 1, size - 1), query = STR_NONE;
    size_t cut = str_find_char(body, '\0');
    if (cut != SIZE_MAX) {
        query = str_sub(body, cut + 1, body.n);
        body.n = cut;
    }
    struct req r = {.method = METHOD_POST, .body = body, .query = query, .header_count = 2};
    r.headers[0] = (struct req_pair){S("Content-Type"), str_from(TYPES[data[0] % (sizeof TYPES / sizeof TYPES[0])])};
    r.headers[1] = (struct req_pair){S("search_string"), query};
    struct arena *a = arena_new(4096);
    struct has_params p;
    struct why why = {0};
    if (has_params_read(&r, a, &p, &why) == OK)
        check_search(&p, a, codes);
    else
        must(why.text[0]);
    arena_free(&a);
    return 0;
}
