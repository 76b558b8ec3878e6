#include "http/asset.h"

#include "../tap.h"
#include "base/id.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The table of the build holds whatever web/ holds; the rules are tested on any of its files and on a folder of our
 * own. */
static struct call call;

static int serve(const char *path, const char *accept_encoding, const char *if_none_match, const char *query)
{
    arena_reset(call.arena);
    call.req.params[0] = str_from(path);
    call.req.query = str_from(query);
    call.req.header_count = 0;
    if (accept_encoding)
        call.req.headers[call.req.header_count++] = (struct req_pair){S("Accept-Encoding"), str_from(accept_encoding)};
    if (if_none_match)
        call.req.headers[call.req.header_count++] = (struct req_pair){S("If-None-Match"), str_from(if_none_match)};
    return asset_serve(&call) == NEXT_DONE ? call.res.status : 0;
}

static bool says(const char *line)
{
    return str_has(buf_str(&call.res.head), str_from(line));
}

static void test_embedded(void)
{
    unsigned unsorted = 0, wrong = 0;
    const struct asset *zipped = NULL;
    for (size_t i = 0; i < asset_table_count; i++) {
        const struct asset *a = &asset_table[i];
        unsorted += i && strcmp(asset_table[i - 1].path, a->path) >= 0;
        struct str got = asset_get(call.arena, a->path);
        wrong += got.n != a->size || (a->size && memcmp(got.p, a->bytes, a->size) != 0);
        bool is_secret = !strncmp(a->path, "tmpl/", 5) || !strncmp(a->path, "msg/", 4);
        wrong += serve(a->path, NULL, NULL, NULL) != (is_secret ? 404 : 200);
        if (!is_secret && a->gzip)
            zipped = a;
    }
    ok_int(unsorted, 0, "the table is sorted");
    ok_int(wrong, 0, "every file is found, templates and messages are not served");
    ok(!asset_get(call.arena, "no/such").p && serve("no/such", NULL, NULL, NULL) == 404, "an absent one");
    if (!zipped) {
        ok(true, "nothing zipped yet # SKIP");
        return;
    }
    ok(serve(zipped->path, "br, gzip;q=0.5", NULL, NULL) == 200 && says("Content-Encoding: gzip\r\n") &&
           call.res.body.n == zipped->gzip_size && says("-gz\"\r\n"),
       "gzip when asked, with a tag of its own");
    ok(serve(zipped->path, "gzip;q=0", NULL, NULL) == 200 && !says("Content-Encoding"), "not when refused");
    ok(serve(zipped->path, NULL, zipped->etag, NULL) == 304 && call.res.body.n == 0, "304");
    char v[64];
    snprintf(v, sizeof v, "v=%.*s", STR_FMT(asset_tag(call.arena, zipped->path)));
    ok(serve(zipped->path, NULL, NULL, v) == 200 && says("immutable"), "a tagged link keeps for long");
    ok(serve(zipped->path, NULL, NULL, "v=old") == 200 && !says("immutable"), "an old one does not");
}

static void put(const char *dir, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
}

static void test_disk(void)
{
    char dir[] = "/tmp/tellal-asset-XXXXXX", sub[64], secret[64];
    ok(mkdtemp(dir) != NULL, "a folder");
    snprintf(sub, sizeof sub, "%s/css", dir);
    snprintf(secret, sizeof secret, "%s/tmpl", dir);
    ok(mkdir(sub, 0700) == 0 && mkdir(secret, 0700) == 0, "with folders");
    put(dir, "css/a.css", "body{}");
    put(dir, "tmpl/x.html", "<p>");
    put(dir, ".hidden", "no");
    asset_init(dir);
    ok_int(serve("css/a.css", "gzip", NULL, NULL), 200, "read from disk");
    ok_str(buf_str(&call.res.body), "body{}", "bytes");
    ok(says("Content-Type: text/css; charset=utf-8\r\n") && says("ETag: \""), "type and tag");
    char tag[64];
    snprintf(tag, sizeof tag, "\"%.*s\"", STR_FMT(asset_tag(call.arena, "css/a.css")));
    ok_int(serve("css/a.css", NULL, tag, NULL), 304, "304");
    ok_str(asset_get(call.arena, "tmpl/x.html"), "<p>", "a template can be read");
    ok_int(serve("tmpl/x.html", NULL, NULL, NULL), 404, "but is not served");
    static const char *const bad[] = {"../etc/passwd", "css/../.hidden", ".hidden",    "css",
                                      "css/",          "/css/a.css",     "css//a.css", ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ok_int(serve(bad[i], NULL, NULL, NULL), 404, "\"%s\"", bad[i]);
    char path[128];
    static const char *const made[] = {"css/a.css", "tmpl/x.html", ".hidden", "css", "tmpl", "."};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, made[i]);
        (void)remove(path);
    }
    rmdir(dir);
    asset_init("");
}

int main(void)
{
    id_init();
    call.arena = arena_new(4096);
    res_init(&call.res);
    test_embedded();
    test_disk();
    res_fini(&call.res);
    arena_free(&call.arena);
    return tap_end();
}
