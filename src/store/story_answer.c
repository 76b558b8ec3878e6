#include "store/story_answer.h"

#include "base/json.h"

#define KEY_DAYS 7 /* trust P5 */
#define DAY_MS (24 * 3600 * INT64_C(1000))

void story_answer_write(struct story_command *c)
{
    struct story_answer *a = &c->answer;
    struct buf b = BUF_INIT(sizeof a->json - 1);
    struct jw w = jw_start(&b);
    jw_open(&w, NULL);
    jw_str(&w, "id", str_from(a->id));
    jw_int(&w, "version", a->version);
    if (a->seq)
        jw_int(&w, "seq", (int64_t)a->seq);
    else
        jw_null(&w, "seq");
    jw_str(&w, "state", str_from(stage_name(a->stage)));
    if (c->is_new) {
        char url[128];
        snprintf(url, sizeof url, "/v1/stories/%s", a->id);
        jw_str(&w, "url", str_from(url));
    }
    jw_close(&w);
    must(buf_ok(&b) && str_copy(buf_str(&b), a->json, sizeof a->json));
    buf_fini(&b);
}

void story_answer_now(struct story_answer *a, const struct story_now *now)
{
    str_copy(str_from(now->id), a->id, sizeof a->id);
    a->n = now->n;
    a->seq = now->seq;
    a->version = now->version;
    a->stage = now->stage;
}

/* The members beside the kept JSON, for callers that look at them. */
static enum err read_answer(struct story_answer *a, struct str json, struct why *why)
{
    struct json *j = NULL;
    enum err e = str_copy(json, a->json, sizeof a->json) ? json_parse(json, &j, why) : ERR_LIMIT;
    if (e)
        return e;
    struct str id = json_str(json_get(j, "id"));
    str_copy(id, a->id, sizeof a->id);
    if (!story_id_parse(id, NULL, NULL, NULL, &a->n))
        str_copy(id, a->draft_id, sizeof a->draft_id);
    a->version = (uint32_t)json_int(json_get(j, "version"), 0);
    a->seq = (uint64_t)json_int(json_get(j, "seq"), 0);
    (void)stage_parse(json_str(json_get(j, "state")), &a->stage);
    a->is_replay = true;
    json_free(&j);
    return OK;
}

/* ---- idempotency ---- */

enum err story_answer_find(struct db *d, struct story_command *c, int64_t now_ms)
{
    struct statement *s = db_get(d, SQL_KEY_GET);
    db_int(s, 1, c->user);
    db_text(s, 2, str_from(c->key));
    db_int(s, 3, now_ms - KEY_DAYS * DAY_MS);
    enum err e = OK;
    if (db_step(s)) {
        struct str hash = db_col_text(s, 0);
        if (hash.n != ID_HASH || !id_equal(hash.p, c->key_hash, ID_HASH))
            e = err_why(&c->command.why, ERR_KEY_REUSED, "Idempotency-Key",
                        "this key was used for another content: take a new key for a new story");
        else
            e = read_answer(&c->answer, db_col_text(s, 1), &c->command.why);
    } else {
        e = db_status(d);
    }
    db_reset(s);
    return e;
}

enum err story_answer_keep(struct db *d, const struct story_command *c, int64_t now_ms)
{
    struct statement *old = db_get(d, SQL_KEY_PURGE);
    db_int(old, 1, now_ms - KEY_DAYS * DAY_MS);
    enum err e = db_run(old);
    if (e)
        return e;
    struct statement *s = db_get(d, SQL_KEY_ADD);
    db_int(s, 1, c->user);
    db_text(s, 2, str_from(c->key));
    db_blob(s, 3, c->key_hash, ID_HASH);
    db_int(s, 4, now_ms);
    db_text(s, 5, str_from(c->answer.json));
    return db_run(s);
}
