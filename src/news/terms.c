#include "news/terms.h"

#include "base/json.h"
#include "base/mem.h"

#include <arpa/inet.h>

/* Safe in JSON numbers (RFC 8785 reads them as doubles) and beyond any date. */
#define MAX_MS INT64_C(9007199254740991)

void terms_init(struct terms *t)
{
    *t = (struct terms){.any = (1U << CODE_KINDS) - 1,
                        .photo_size = S("*"),
                        .video_size = S("*"),
                        .graph_size = S("*"),
                        .address = S("")};
}

static void write_set(struct jw *w, const struct terms *t, enum code_kind k)
{
    if (t->any >> k & 1) {
        jw_str(w, code_kind_name(k), S("*"));
        return;
    }
    jw_open_list(w, code_kind_name(k));
    for (unsigned c = codeset_first(&t->sets[k]); c; c = codeset_next(&t->sets[k], c))
        jw_int(w, NULL, c);
    jw_close_list(w);
}

void terms_write(const struct terms *t, struct buf *out)
{
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    jw_str(&w, "address", t->address);
    jw_int(&w, "archive_days", t->archive_days);
    write_set(&w, t, CODE_CATEGORY);
    jw_int(&w, "download_limit", t->download_limit);
    jw_str(&w, "graph_size", t->graph_size);
    write_set(&w, t, CODE_LANGUAGE);
    jw_int(&w, "lines", t->lines);
    write_set(&w, t, CODE_PACKAGE);
    jw_str(&w, "photo_size", t->photo_size);
    write_set(&w, t, CODE_PRIORITY);
    write_set(&w, t, CODE_PROVIDER);
    write_set(&w, t, CODE_TYPE);
    jw_int(&w, "valid_from_ms", t->valid_from_ms);
    jw_int(&w, "valid_to_ms", t->valid_to_ms);
    jw_str(&w, "video_size", t->video_size);
    jw_close(&w);
}

static enum err bad(struct why *why, struct str key, const char *wanted)
{
    char at[96];
    snprintf(at, sizeof at, "/%.*s", (int)(key.n < 80 ? key.n : 80), key.p);
    return err_why(why, ERR_FIELD, at, "\"%.*s\" must be %s", (int)(key.n < 40 ? key.n : 40), key.p, wanted);
}

static enum err read_set(const struct json *v, struct terms *t, enum code_kind k, struct why *why)
{
    struct str key = str_from(code_kind_name(k));
    if (str_is(json_str(v), "*")) {
        t->any |= 1U << k;
        return OK;
    }
    if (json_kind(v) != JSON_LIST)
        return bad(why, key, "\"*\" or a list of codes");
    t->any &= ~(1U << k);
    t->sets[k] = (struct codeset){{0}};
    for (size_t i = 0; i < json_count(v); i++) {
        int64_t code = json_int(json_at(v, i), 0);
        if (code < 1 || code > 255)
            return bad(why, key, "a list of codes 1-255");
        codeset_add(&t->sets[k], (unsigned)code);
    }
    return OK;
}

struct field {
    const char *key;
    size_t at;
};
static const struct field COUNTS[] = {{"archive_days", offsetof(struct terms, archive_days)},
                                      {"download_limit", offsetof(struct terms, download_limit)},
                                      {"lines", offsetof(struct terms, lines)}};
static const struct field TIMES[] = {{"valid_from_ms", offsetof(struct terms, valid_from_ms)},
                                     {"valid_to_ms", offsetof(struct terms, valid_to_ms)}};
static const struct field WORDS[] = {{"address", offsetof(struct terms, address)},
                                     {"graph_size", offsetof(struct terms, graph_size)},
                                     {"photo_size", offsetof(struct terms, photo_size)},
                                     {"video_size", offsetof(struct terms, video_size)}};

static void *find_field(const struct field *table, size_t count, struct str key, struct terms *t)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(key, table[i].key))
            return (char *)t + table[i].at;
    return NULL;
}

#define FIND(table, key, t) find_field((table), sizeof(table) / sizeof((table)[0]), (key), (t))

static enum err read_member(struct str key, const struct json *v, struct arena *a, struct terms *t, struct why *why)
{
    enum code_kind kind;
    if (code_kind_parse(key, &kind))
        return read_set(v, t, kind, why);
    uint32_t *count = FIND(COUNTS, key, t);
    if (count) {
        int64_t n = json_int(v, -1);
        if (n < 0 || n > UINT32_MAX)
            return bad(why, key, "a whole number, 0 for unlimited");
        *count = (uint32_t)n;
        return OK;
    }
    int64_t *time = FIND(TIMES, key, t);
    if (time) {
        int64_t ms = json_int(v, -1);
        if (ms < 0 || ms > MAX_MS)
            return bad(why, key, "Unix milliseconds, 0 for open");
        *time = ms;
        return OK;
    }
    struct str *word = FIND(WORDS, key, t);
    if (!word)
        return bad(why, key, "absent: it is no member of terms");
    if (json_kind(v) != JSON_STR)
        return bad(why, key, "a string");
    *word = arena_str(a, json_str(v));
    return OK;
}

static enum err read_members(const struct json *object, struct arena *a, struct terms *t, struct why *why)
{
    if (json_kind(object) != JSON_OBJECT)
        return err_why(why, ERR_FIELD, "/", "terms must be a JSON object");
    void *at = NULL;
    struct str key;
    const struct json *v;
    while (json_next(object, &at, &key, &v)) {
        enum err e = read_member(key, v, a, t, why);
        if (e)
            return e;
    }
    struct terms_net nets[TERMS_ADDRESSES];
    size_t count;
    return terms_nets(t->address, nets, &count, why);
}

enum err terms_parse(struct str json, struct arena *a, struct terms *out, struct why *why)
{
    CLEANUP(json_free) struct json *root = NULL;
    enum err e = json_parse(json, &root, why);
    if (e)
        return e;
    struct terms t;
    terms_init(&t);
    e = read_members(root, a, &t, why);
    if (e == OK)
        *out = t;
    return e;
}

bool terms_address(struct str text, uint8_t out[static 16])
{
    static const uint8_t MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    char plain[INET6_ADDRSTRLEN];
    if (!str_copy(text, plain, sizeof plain) || strlen(plain) != text.n)
        return false;
    uint8_t raw[16];
    if (inet_pton(AF_INET, plain, raw) == 1) {
        memcpy(out, MAPPED, sizeof MAPPED);
        memcpy(out + 12, raw, 4);
        return true;
    }
    if (inet_pton(AF_INET6, plain, raw) != 1)
        return false;
    memcpy(out, raw, 16);
    return true;
}

static bool read_net(struct str item, struct terms_net *net)
{
    size_t slash = str_find_char(item, '/');
    struct str host = slash == SIZE_MAX ? item : str_sub(item, 0, slash);
    if (!terms_address(host, net->bytes))
        return false;
    bool is_v4 = str_find_char(host, ':') == SIZE_MAX;
    uint64_t bits = is_v4 ? 32 : 128, most = bits;
    if (slash != SIZE_MAX && (!str_u64(str_sub(item, slash + 1, item.n), &bits) || bits > most))
        return false;
    net->bits = (unsigned)bits + (is_v4 ? 96 : 0);
    return true;
}

enum err terms_nets(struct str address, struct terms_net out[static TERMS_ADDRESSES], size_t *out_count, struct why *why)
{
    size_t n = 0;
    struct str item, rest = str_trim(address);
    if (rest.n == 0) {
        *out_count = 0;
        return OK;
    }
    while (str_split(&rest, ',', &item)) {
        if (n == TERMS_ADDRESSES)
            return err_why(why, ERR_FIELD, "/address", "more than %d addresses: join neighbours into one network",
                           TERMS_ADDRESSES);
        item = str_trim(item);
        if (!read_net(item, &out[n]))
            return err_why(why, ERR_FIELD, "/address", "\"%.*s\" is no address or network such as 192.0.2.0/24",
                           (int)(item.n < 60 ? item.n : 60), item.p);
        n++;
    }
    *out_count = n;
    return OK;
}
