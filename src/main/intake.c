#include "main/intake.h"

#include "base/json.h"
#include "base/map.h"
#include "codec/plain.h"

void intake_init(struct intake *i, struct store *s, struct reader *r, struct str default_language)
{
    *i = (struct intake){s, r, default_language, map_new()};
}

void intake_fini(struct intake *i)
{
    map_free(&i->keys, mem_free);
}

static struct str id_of(const struct intake *i, struct str key_or_id)
{
    const char *id = map_get(i->keys, key_or_id);
    return id ? str_from(id) : key_or_id;
}

static void write_links(const struct intake *i, struct jw *w, const struct json *links)
{
    jw_open_list(w, "links");
    for (size_t n = 0; n < json_count(links); n++) {
        const struct json *l = json_at(links, n);
        jw_open(w, NULL);
        jw_str(w, "rel", json_str(json_get(l, "rel")));
        jw_str(w, "id", id_of(i, json_str(json_get(l, "id"))));
        jw_close(w);
    }
    jw_close_list(w);
}

/* The file's members without its own keys (key, act, of), links by id. */
static void write_body(const struct intake *i, const struct json *j, struct buf *out)
{
    struct jw w = jw_start(out);
    void *at = NULL;
    struct str key;
    const struct json *v;
    jw_open(&w, NULL);
    while (json_next(j, &at, &key, &v)) {
        if (str_is(key, "key") || str_is(key, "act") || str_is(key, "of"))
            continue;
        if (str_is(key, "links")) {
            write_links(i, &w, v);
            continue;
        }
        struct buf raw = BUF_INIT(4u << 20);
        char name[64];
        json_print(v, &raw);
        if (str_copy(key, name, sizeof name))
            jw_raw(&w, name, buf_str(&raw));
        buf_fini(&raw);
    }
    jw_close(&w);
}

static enum err read_act(const struct json *j, const struct intake *i, struct submit_ask *ask, struct why *why)
{
    static const struct {
        const char *word;
        enum act act;
    } acts[] = {{"update", ACT_PUT}, {"correct", ACT_CORRECT}, {"hold", ACT_HOLD}, {"release", ACT_RELEASE}, {"kill", ACT_KILL}};
    struct str act = json_str(json_get(j, "act"));
    ask->is_new = !act.p;
    if (ask->is_new)
        return OK;
    for (size_t n = 0; n < 5; n++) {
        if (!str_is(act, acts[n].word))
            continue;
        ask->act = acts[n].act;
        ask->is_merge = true;
        ask->target = id_of(i, json_str(json_get(j, "of")));
        return ask->target.n ? OK : err_why(why, ERR_FIELD, "Of", "an act names its story: Of: KEY-OR-ID");
    }
    return err_why(why, ERR_FIELD, "Act", "“%.*s” is no act: update, correct, hold, release or kill", STR_FMT(act));
}

static void remember(struct intake *i, struct str key, const char *id)
{
    if (key.n)
        mem_free(map_set(i->keys, key, mem_dup(id, strlen(id))));
}

/* The first fault of many stands for all in a line for the terminal. */
static void tell_fault(const struct submission *s, struct why *why)
{
    *why = s->why;
    if (s->faults.n)
        err_why(why, ERR_FIELD, "", "%.*s: %.*s", STR_FMT(s->faults.v[0].pointer), STR_FMT(s->faults.v[0].message));
}

static enum err publish(struct intake *i, const struct json *j, struct story_answer *out, struct why *why)
{
    struct submit_ask ask = {.store = i->store, .default_language = i->default_language};
    enum err e = read_act(j, i, &ask, why);
    if (e)
        return e;
    struct buf body = BUF_INIT(8u << 20);
    write_body(i, j, &body);
    ask.body = buf_str(&body);
    struct submission *s = submit_new(NULL, NULL);
    e = submit_and_wait(&ask, i->reader, s);
    if (e) {
        tell_fault(s, why);
    } else {
        *out = s->command.answer;
        remember(i, json_str(json_get(j, "key")), out->id);
    }
    submit_free(&s);
    buf_fini(&body);
    return e;
}

enum err intake_file(struct intake *i, struct str bytes, struct story_answer *out_answer, struct why *why)
{
    struct buf json = BUF_INIT(8u << 20);
    enum err e = OK;
    if (!str_starts(str_trim(bytes), S("{")))
        e = plain_to_json(bytes, &json, why);
    else
        buf_add(&json, bytes);
    struct json *j = NULL;
    if (!e)
        e = json_parse(buf_str(&json), &j, why);
    if (!e)
        e = publish(i, j, out_answer, why);
    json_free(&j);
    buf_fini(&json);
    return e;
}
