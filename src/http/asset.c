#include "http/asset.h"

#include "base/id.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASSET_MAX ((size_t)16 << 20) /* of a file read from disk */
#define ASSET_TAG 24                 /* hexadecimal digits of the hash, as tools/embed.py writes them */

/* One file to be sent, wherever it came from. */
struct asset_file {
    struct str bytes, gzip;
    const char *type;
    struct str etag; /* quoted */
};

/* Written once before threads start. */
static const char *asset_dir;

void asset_init(const char *web_dir)
{
    asset_dir = web_dir && web_dir[0] ? web_dir : NULL;
}

static const struct asset *asset_find(struct str path)
{
    size_t from = 0, to = asset_table_count;
    while (from < to) {
        size_t at = from + (to - from) / 2;
        int order = str_cmp(path, str_from(asset_table[at].path));
        if (order == 0)
            return &asset_table[at];
        if (order < 0)
            to = at;
        else
            from = at + 1;
    }
    return NULL;
}

/* --- from disk --- */

/* No way out of the folder: no hidden names, so no dot segments; no empty ones, so no absolute path. */
static bool asset_is_tame(struct str path)
{
    struct str segment;
    if (path.n == 0 || str_find_char(path, '\0') != SIZE_MAX)
        return false;
    while (str_split(&path, '/', &segment))
        if (segment.n == 0 || segment.p[0] == '.')
            return false;
    return true;
}

static bool asset_read_all(int fd, char *to, size_t n)
{
    while (n) {
        ssize_t got = read(fd, to, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        n -= (size_t)got;
    }
    return true;
}

static struct str asset_from_disk(struct arena *a, struct str path)
{
    if (!asset_is_tame(path))
        return STR_NONE;
    struct str full = arena_printf(a, "%s/%.*s", asset_dir, STR_FMT(path));
    CLEANUP(mem_close_fd) int fd = open(full.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (size_t)st.st_size > ASSET_MAX)
        return STR_NONE;
    size_t n = (size_t)st.st_size;
    char *bytes = arena_zero(a, n + 1);
    return asset_read_all(fd, bytes, n) ? str_of(bytes, n) : STR_NONE;
}

static struct str asset_hash(struct arena *a, struct str bytes)
{
    uint8_t hash[ID_HASH];
    id_sha256(bytes, hash);
    struct buf hex = BUF_INIT(2 * ID_HASH);
    id_hex(hash, ASSET_TAG / 2, &hex);
    struct str tag = arena_str(a, buf_str(&hex));
    buf_fini(&hex);
    return tag;
}

static const char *asset_type(struct str path)
{
    static const struct {
        struct str ending;
        const char *type;
    } types[] = {
        {{".css", 4}, "text/css; charset=utf-8"},
        {{".js", 3}, "text/javascript; charset=utf-8"},
        {{".html", 5}, "text/html; charset=utf-8"},
        {{".txt", 4}, "text/plain; charset=utf-8"},
        {{".json", 5}, "application/json"},
        {{".webmanifest", 12}, "application/manifest+json"},
        {{".xml", 4}, "application/xml"},
        {{".xsl", 4}, "text/xsl; charset=utf-8"},
        {{".svg", 4}, "image/svg+xml"},
        {{".png", 4}, "image/png"},
        {{".jpg", 4}, "image/jpeg"},
        {{".webp", 5}, "image/webp"},
        {{".ico", 4}, "image/x-icon"},
        {{".woff2", 6}, "font/woff2"},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (str_ends(path, types[i].ending))
            return types[i].type;
    return "application/octet-stream";
}

/* --- both --- */

static bool asset_load(struct arena *a, struct str path, struct asset_file *out)
{
    if (!asset_dir) {
        const struct asset *e = asset_find(path);
        if (!e)
            return false;
        out->bytes = str_of((const char *)e->bytes, e->size);
        out->gzip = e->gzip ? str_of((const char *)e->gzip, e->gzip_size) : STR_NONE;
        out->type = e->type;
        out->etag = str_from(e->etag);
        return true;
    }
    out->bytes = asset_from_disk(a, path);
    if (!out->bytes.p)
        return false;
    out->gzip = STR_NONE;
    out->type = asset_type(path);
    out->etag = arena_printf(a, "\"%.*s\"", STR_FMT(asset_hash(a, out->bytes)));
    return true;
}

struct str asset_get(struct arena *a, const char *path)
{
    if (asset_dir)
        return asset_from_disk(a, str_from(path));
    const struct asset *e = asset_find(str_from(path));
    return e ? str_of((const char *)e->bytes, e->size) : STR_NONE;
}

struct str asset_tag(struct arena *a, const char *path)
{
    struct asset_file f;
    return asset_load(a, str_from(path), &f) ? str_sub(f.etag, 1, f.etag.n - 2) : STR_NONE;
}

/* Whether the asker takes gzip: named, and not with q=0. */
static bool asset_takes_gzip(const struct req *r)
{
    struct str rest = req_header(r, "Accept-Encoding"), part;
    while (rest.p && str_split(&rest, ',', &part)) {
        size_t semi = str_find_char(part, ';');
        if (!str_eq_nocase(str_trim(str_sub(part, 0, semi)), S("gzip")))
            continue;
        struct str q = semi == SIZE_MAX ? STR_NONE : str_trim(str_sub(part, semi + 1, part.n));
        return !(str_is(q, "q=0") || str_starts(q, S("q=0.0")) || str_is(q, "q=0."));
    }
    return false;
}

static bool asset_is_secret(struct str path)
{
    return str_starts(path, S("tmpl/")) || str_starts(path, S("msg/"));
}

enum next asset_serve(struct call *c)
{
    struct str path = c->req.params[0];
    struct asset_file f;
    if (asset_is_secret(path) || !asset_load(c->arena, path, &f))
        return call_fail(c, ERR_NONE, NULL);
    struct str tag = str_sub(f.etag, 1, f.etag.n - 2);
    bool is_gzip = f.gzip.p && asset_takes_gzip(&c->req);
    struct str v = req_query(&c->req, c->arena, "v");
    res_start(&c->res, 200, f.type);
    res_header(&c->res, "Cache-Control",
               v.p && str_eq(v, tag) ? S("public, max-age=31536000, immutable") : S("public, max-age=300"));
    res_header(&c->res, "Vary", S("Accept-Encoding"));
    if (is_gzip)
        res_header(&c->res, "Content-Encoding", S("gzip"));
    /* The two forms are different bytes, so they bear different strong tags (RFC 9110 8.8.3.3). */
    struct str etag = is_gzip ? arena_printf(c->arena, "\"%.*s-gz\"", STR_FMT(tag)) : f.etag;
    if (!res_etag(&c->res, req_header(&c->req, "If-None-Match"), etag))
        res_body(&c->res, is_gzip ? f.gzip : f.bytes);
    return NEXT_DONE;
}
