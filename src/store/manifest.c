#include "store/manifest.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

static void write_member(struct jw *w, const struct manifest_member *m)
{
    struct buf hex = BUF_INIT(2 * ID_HASH);
    id_hex(m->hash, ID_HASH, &hex);
    jw_open(w, NULL);
    jw_str(w, "name", m->name);
    jw_int(w, "bytes", (int64_t)m->bytes);
    jw_str(w, "sha256", buf_str(&hex));
    jw_close(w);
    buf_fini(&hex);
}

void manifest_write(const struct manifest *m, struct buf *out)
{
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    jw_int(&w, "backup", MANIFEST_FORMAT);
    jw_str(&w, "agency", m->agency);
    jw_str(&w, "program", m->program);
    jw_time(&w, "at", m->at_ms);
    jw_str(&w, "epoch", str_from(m->epoch));
    jw_int(&w, "head", (int64_t)m->head);
    jw_int(&w, "sealed_drafts", (int64_t)m->sealed);
    jw_bool(&w, "embargo_key", m->has_embargo_key);
    jw_open_list(&w, "members");
    for (size_t i = 0; i < m->count; i++)
        write_member(&w, &m->members[i]);
    jw_close_list(&w);
    jw_close(&w);
    buf_addc(out, '\n');
}

static enum err wrong(struct why *why, const char *at)
{
    return err_why(why, ERR_PARSE, at, "%s: member %s is missing or not of its form", MANIFEST_NAME, at);
}

static bool read_count(const struct json *j, uint64_t *out)
{
    int64_t n = json_int(j, -1);
    if (n < 0)
        return false;
    *out = (uint64_t)n;
    return true;
}

static enum err read_members(const struct json *list, struct arena *a, struct manifest *m, struct why *why)
{
    m->count = json_count(list);
    if (json_kind(list) != JSON_LIST || m->count == 0)
        return wrong(why, "members");
    struct manifest_member *members = arena_array(a, struct manifest_member, m->count);
    for (size_t i = 0; i < m->count; i++) {
        const struct json *j = json_at(list, i);
        members[i].name = arena_str(a, json_str(json_get(j, "name")));
        if (!members[i].name.n || !read_count(json_get(j, "bytes"), &members[i].bytes) ||
            !id_from_hex(json_str(json_get(j, "sha256")), members[i].hash, ID_HASH))
            return wrong(why, "members");
    }
    m->members = members;
    return OK;
}

enum err manifest_read(struct str json, struct arena *a, struct manifest *out, struct why *why)
{
    CLEANUP(json_free) struct json *root = NULL;
    struct manifest m = {0};
    enum err e = json_parse(json, &root, why);
    if (e)
        return err_why(why, ERR_PARSE, "", "%s is not JSON", MANIFEST_NAME);
    int64_t format = json_int(json_get(root, "backup"), 0);
    if (format != MANIFEST_FORMAT)
        return err_why(why, ERR_PARSE, "backup", "this backup is of format %lld and this program reads %d: use the program that wrote it",
                       (long long)format, MANIFEST_FORMAT);
    m.agency = arena_str(a, json_str(json_get(root, "agency")));
    m.program = arena_str(a, json_str(json_get(root, "program")));
    m.has_embargo_key = json_bool(json_get(root, "embargo_key"), false);
    struct str epoch = json_str(json_get(root, "epoch"));
    if (!epoch.n || !str_copy(epoch, m.epoch, sizeof m.epoch))
        return wrong(why, "epoch");
    if (!read_count(json_get(root, "head"), &m.head) || m.head == 0)
        return wrong(why, "head");
    if (!read_count(json_get(root, "sealed_drafts"), &m.sealed))
        return wrong(why, "sealed_drafts");
    if (clock_parse(json_str(json_get(root, "at")), &m.at_ms) != OK)
        return wrong(why, "at");
    e = read_members(json_get(root, "members"), a, &m, why);
    if (e == OK)
        *out = m;
    return e;
}
