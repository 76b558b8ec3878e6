#include "http/req.h"

#include "../tap.h"

static struct arena *arena;

static struct req make(const char *name, const char *value)
{
    struct req r = {.header_count = 1};
    r.headers[0] = (struct req_pair){str_from(name), str_from(value)};
    return r;
}

static void test_query(void)
{
    struct req r = {.query = S("a=1&b=%C3%A7+d&empty=&flag&&x%5By%5D=z&a=2&bad=%zz&nul=%00&cut=%4")};
    ok_str(req_query(&r, arena, "a"), "1", "the first of a name");
    ok_str(req_query(&r, arena, "b"), "\xC3\xA7 d", "plus and escapes");
    struct str empty = req_query(&r, arena, "empty"), flag = req_query(&r, arena, "flag");
    ok(empty.p && empty.n == 0, "an empty value is there");
    ok(flag.p && flag.n == 0, "a name alone too");
    ok_str(req_query(&r, arena, "x[y]"), "z", "an escaped name");
    ok(!req_query(&r, arena, "none").p, "an absent one is none");
    ok(!req_query(&r, arena, "bad").p && !req_query(&r, arena, "cut").p, "a damaged value is none");
    ok(!req_query(&r, arena, "nul").p, "NUL is damage");
    r.query = STR_NONE;
    ok(!req_query(&r, arena, "a").p, "no query at all");
    ok_str(req_decode(arena, S("a+b%2Fc"), false), "a+b/c", "a path segment keeps its plus");
}

static void test_form(void)
{
    struct req_pair *p = NULL;
    size_t n = 0;
    ok(req_form(S("&a=1&b=&c&d=x%26y+z"), arena, 4, &p, &n) == OK && n == 4, "a leading & is tolerated");
    ok_str(p[3].name, "d", "name");
    ok_str(p[3].value, "x&y z", "value");
    ok(p[1].value.p && p[2].value.p && p[2].value.n == 0, "empty values are there");
    n = 77;
    ok(req_form(S("a=1&b=2"), arena, 1, &p, &n) == ERR_LIMIT && n == 77, "over the limit, outputs untouched");
    ok(req_form(S("a=%"), arena, 4, &p, &n) == ERR_PARSE, "damage");
    ok(req_form(S(""), arena, 4, &p, &n) == OK && n == 0, "an empty form");
    ok(req_form(STR_NONE, arena, 4, &p, &n) == OK && n == 0, "none");
}

#define TYPE "multipart/form-data; boundary=xYz"
static struct req_pair *parts;
static size_t part_count;
static enum err multi(const char *type, const char *body)
{
    parts = NULL;
    part_count = 0;
    return req_multipart(str_from(type), str_from(body), arena, 3, &parts, &part_count);
}
#define PART(name, value) "--xYz\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define END "--xYz--\r\n"

static void test_multipart(void)
{
    ok(multi(TYPE, PART("a", "1") PART("b", "\"quoted\"") END) == OK && part_count == 2, "two parts");
    ok_str(parts[0].name, "a", "name");
    ok_str(parts[0].value, "1", "value");
    ok_str(parts[1].value, "\"quoted\"", "quotes are kept for the reader to judge");
    ok(multi("Multipart/Form-Data; charset=x; boundary=\"xYz\"",
             "preamble\r\n" PART("a", "x\r\n--xY\r\ny") END "epilogue") == OK &&
           part_count == 1,
       "quoted boundary, preamble, epilogue");
    ok_str(parts[0].value, "x\r\n--xY\r\ny", "what only looks like a delimiter is content");
    ok(multi(TYPE, PART("a", "") END) == OK && parts[0].value.n == 0, "an empty part");
    ok(multi(TYPE, "--xYz--") == OK && part_count == 0, "no parts");
    ok(multi(TYPE,
             "--xYz \t\r\nX: y\r\ncontent-disposition: FORM-DATA; x=\"a\\\"b\"; name=n\r\nContent-Type: text/plain\r\n"
             "Content-Transfer-Encoding: 8bit\r\n\r\nv\r\n" END) == OK,
       "other headers, name unquoted, blanks after the delimiter");
    ok_str(parts[0].name, "n", "name");
    ok(multi(TYPE, "--xYz\r\nContent-Disposition: form-data; name=\"a\\\"b\"\r\n\r\nv\r\n" END) == OK, "escaped quote");
    ok_str(parts[0].name, "a\"b", "unescaped");
    ok(multi(TYPE, "--xYz\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nv\r\n" END) == ERR_TYPE,
       "a file is refused");
    ok(multi(TYPE, "--xYz\r\nContent-Disposition: form-data; name=a; filename*=UTF-8''b\r\n\r\nv\r\n" END) == ERR_TYPE,
       "however it is spelt");
    ok(multi(TYPE,
             "--xYz\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nv\r\n" END) ==
           ERR_TYPE,
       "no base64");
    ok(multi(TYPE, PART("a", "1") PART("b", "2") PART("c", "3") PART("d", "4") END) == ERR_LIMIT, "too many");
    static const char *const bad[] = {
        "",
        "--xYz",
        "--xYz\r\n",
        "--xYzq\r\n" END,
        PART("a", "1"),
        "--xYz\r\n\r\nv\r\n" END,
        "--xYz\r\nContent-Disposition: form-data\r\n\r\nv\r\n" END,
        "--xYz\r\nContent-Disposition: attachment; name=a\r\n\r\nv\r\n" END,
        "--xYz\r\nContent-Disposition: form-data; name=\"a\r\n\r\nv\r\n" END,
        "--xYz\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\nv\r\n" END,
        "--xYz\r\nnonsense\r\n\r\nv\r\n" END,
        "--xYz\r\nContent-Disposition: form-data; name=a\r\nv\r\n" END,
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ok(multi(TYPE, bad[i]) == ERR_PARSE, "damaged %zu", i);
    ok(multi("text/plain", "") == ERR_TYPE && multi("", "") == ERR_TYPE, "another type");
    ok(multi("multipart/form-data", "") == ERR_PARSE, "no boundary");
    ok(multi("multipart/form-data; boundary=", "--") == ERR_PARSE, "empty boundary");
    ok(multi("multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789x",
             "") == ERR_PARSE,
       "boundary over 70 bytes");
}

static void test_headers(void)
{
    struct req r = make("COOKIE", "a=1; tellal=xyz; b=\"q\"; tellal=second; c");
    ok_str(req_cookie(&r, "tellal"), "xyz", "cookie");
    ok_str(req_cookie(&r, "b"), "q", "cookie in quotes");
    ok(!req_cookie(&r, "tella").p && !req_cookie(&r, "d").p, "no cookie of that name");
    r = make("Content-Type", "Application/JSON ; charset=utf-8");
    ok_str(req_media_type(&r), "Application/JSON", "media type");
    r = make("X", "y");
    ok(!req_media_type(&r).p, "no media type");
    ok(req_accepts(&r, "text/html"), "no Accept takes all");
    static const struct {
        const char *accept, *type;
        bool takes;
    } rows[] = {
        {"text/event-stream", "text/event-stream", true},
        {"text/html, application/json;q=0.5", "application/json", true},
        {"text/html", "application/json", false},
        {"text/*", "text/event-stream", true},
        {"*/*", "text/event-stream", true},
        {"*/*, text/event-stream;q=0", "text/event-stream", false},
        {"text/*;q=0.0, */*", "text/html", false},
        {"TEXT/HTML;level=1", "text/html", true},
        {"texts/*", "text/html", false},
        {" ", "text/html", true},
        {"*/*;q=0.001", "text/html", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        r = make("Accept", rows[i].accept);
        ok(req_accepts(&r, rows[i].type) == rows[i].takes, "Accept: %s for %s", rows[i].accept, rows[i].type);
    }
}

int main(void)
{
    arena = arena_new(1024);
    test_query();
    test_form();
    test_multipart();
    test_headers();
    arena_free(&arena);
    return tap_end();
}
