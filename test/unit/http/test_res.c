#include "http/res.h"

#include "../tap.h"

static void test_blob(void)
{
    struct blob *b = blob_new(S("page"));
    struct blob *other = blob_ref(b);
    blob_unref(&b);
    ok(b == NULL, "unref sets NULL");
    ok_str(blob_str(other), "page", "the other owner still reads it");
    blob_unref(&other);
    blob_unref(&other);
}

static void test_problem(struct res *r)
{
    struct res_fault faults[] = {{S("/headline"), S("is \"missing\"")}, {S("/body"), S("too long")}};
    res_problem(r, ERR_FIELD, "two fields", faults, 2);
    ok_int(r->status, 422, "status");
    ok_str(buf_str(&r->head), "Content-Type: application/problem+json\r\nCache-Control: no-store\r\n", "head");
    ok_str(
        buf_str(&r->body),
        "{\"type\":\"/docs/errors#field\",\"title\":\"Unprocessable Content\",\"status\":422,\"detail\":\"two fields\","
        "\"errors\":[{\"pointer\":\"/headline\",\"message\":\"is \\\"missing\\\"\"},{\"pointer\":\"/body\",\"message\":"
        "\"too long\"}]}",
        "body");
    res_problem(r, ERR_NONE, NULL, NULL, 0);
    ok_str(buf_str(&r->body), "{\"type\":\"/docs/errors#none\",\"title\":\"Not Found\",\"status\":404}",
           "without detail");
    res_status(r, 414, "x");
    ok_str(buf_str(&r->body), "{\"type\":\"about:blank\",\"title\":\"URI Too Long\",\"status\":414,\"detail\":\"x\"}",
           "a plain status");
}

static bool matches(struct res *r, const char *if_none_match)
{
    res_start(r, 200, NULL);
    res_body(r, S("x"));
    return res_etag(r, str_from(if_none_match), S("\"abc\""));
}

static void test_etag(struct res *r)
{
    ok(matches(r, "\"abc\"") && r->status == 304 && r->body.n == 0, "the same tag: 304 without body");
    ok_str(buf_str(&r->head), "ETag: \"abc\"\r\n", "the tag is sent");
    ok(matches(r, "\"x\", W/\"abc\"") && matches(r, "*") && matches(r, " * "), "in a list, weak, star");
    ok(!matches(r, NULL) && r->status == 200 && r->body.n == 1, "no condition");
    ok(!matches(r, "\"ab\"") && !matches(r, "abc") && !matches(r, "\"abc") && !matches(r, ""), "others do not match");
    res_start(r, 200, NULL);
    ok(res_etag(r, S("\"abc\""), S("W/\"abc\"")), "a weak tag of ours matches too");
}

int main(void)
{
    struct res r;
    res_init(&r);
    res_start(&r, 200, "text/plain");
    res_headerf(&r, "X-N", "%d", 7);
    res_body(&r, S("ab"));
    res_body(&r, S("cd"));
    ok_str(buf_str(&r.head), "Content-Type: text/plain\r\nX-N: 7\r\n", "header lines");
    ok_str(buf_str(&r.body), "abcd", "body");
    r.is_closing = true;
    res_redirect(&r, 303, S("/login"));
    ok(r.status == 303 && r.body.n == 0 && r.is_closing, "a redirect replaces it; the wish to close stays");
    ok_str(buf_str(&r.head), "Location: /login\r\n", "location");
    test_problem(&r);
    test_etag(&r);
    r.whole = blob_new(S("x"));
    res_reset(&r);
    ok(!r.whole && r.status == 0, "reset drops a page");
    r.whole = blob_new(S("x"));
    res_fini(&r);
    test_blob();
    ok(strcmp(res_reason(507), "Insufficient Storage") == 0 && strcmp(res_reason(299), "Unknown") == 0, "reasons");
    return tap_end();
}
