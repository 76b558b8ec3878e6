#include "desk/submit.h"

#include "base/clock.h"

#include <semaphore.h>

struct submission *submit_new(void (*done)(struct submission *s), void *arg)
{
    struct submission *s = mem_new(struct submission);
    s->done = done;
    s->arg = arg;
    return s;
}

void submit_free(struct submission **ps)
{
    struct submission *s = *ps;
    if (!s)
        return;
    story_command_fini(&s->command);
    mem_free(s);
    *ps = NULL;
}

static void finished(struct command *c)
{
    struct submission *s = list_of(c, struct submission, command.command);
    s->done(s);
}

/* Reporters write drafts and hand them in; what goes out, and what recalls, is an editor's (contract.md 3). */
static enum err may(const struct submit_ask *ask, enum stage wanted, struct why *why)
{
    if (!ask->who || ask->who->user->role == ROLE_EDITOR || ask->who->user->role == ROLE_ADMIN)
        return OK;
    if (ask->who->user->role != ROLE_REPORTER)
        return err_why(why, ERR_ROLE, "", "this account reads; stories are written by reporters, editors and admins");
    if (!ask->is_new && ask->act != ACT_PUT)
        return err_why(why, ERR_ROLE, "", "an editor or admin may %s a story; ask one", act_name(ask->act));
    if (wanted == STAGE_LIVE)
        return err_why(why, ERR_ROLE, "/state", "a reporter saves drafts and hands them in: state draft or review");
    return OK;
}

static enum err parse_body(const struct submit_ask *ask, struct json **out, struct why *why)
{
    struct str body = str_trim(ask->body);
    if (!body.n && !ask->is_new && ask->act != ACT_PUT && ask->act != ACT_CORRECT)
        body = S("{}");
    if (!body.n)
        return err_why(why, ERR_PARSE, "", "the body is empty; send the story as a JSON object");
    enum err e = json_parse(body, out, why);
    if (e)
        return e;
    if (json_kind(*out) == JSON_OBJECT)
        return OK;
    json_free(out);
    return err_why(why, ERR_PARSE, "", "the body is no JSON object");
}

/* The version a correction changes: the current one, with its text. */
static enum err current(const struct submit_ask *ask, struct reader *r, struct story **out, uint32_t *version,
                        struct why *why)
{
    uint64_t n;
    if (!story_id_parse(ask->target, NULL, NULL, NULL, &n))
        return err_why(why, ERR_STATE, "", "a draft is changed with PUT; correct is for what has been live");
    struct grant g;
    right_grant_editor(n, &g);
    struct story *base = reader_story(r, n, 0, &g);
    if (!base)
        return err_why(why, ERR_NONE, "", "there is no such story");
    enum stage to;
    enum event event;
    enum err e = stage_next(base->head.stage, ask->act, &to, &event, why); /* before its members are looked at */
    if (!e) {
        *version = base->head.version;
        *out = story_copy(base);
    }
    story_unref(&base);
    return e;
}

static void hash_request(const struct submit_ask *ask, uint8_t out[ID_HASH])
{
    struct id_sha h;
    id_sha_start(&h);
    id_sha_add(&h, str_from(ask->is_new ? "new" : act_name(ask->act)));
    id_sha_add(&h, S("\n"));
    id_sha_add(&h, ask->target);
    id_sha_add(&h, S("\n"));
    id_sha_add(&h, ask->body);
    id_sha_end(&h, out);
}

static void fill(const struct submit_ask *ask, struct submission *s)
{
    struct story_command *c = &s->command;
    story_command_init(c, store_stories(ask->store));
    c->command.done = finished;
    c->is_new = ask->is_new;
    c->act = ask->act;
    str_copy(ask->target, c->target, sizeof c->target);
    c->has_base = ask->has_base;
    c->base = ask->base;
    c->is_import = ask->is_import;
    c->import_at_ms = ask->import_at_ms;
    str_copy(ask->who ? ask->who->user->name : S("operator"), c->by, sizeof c->by);
    c->user = ask->who ? ask->who->user->id : 0;
    c->is_reporter = ask->who && ask->who->user->role == ROLE_REPORTER;
}

static enum err read_story(const struct submit_ask *ask, struct reader *r, const struct json *j, struct submission *s)
{
    struct story_command *c = &s->command;
    struct native_ask wants = {0};
    struct codes *codes = stories_codes(c->stories);
    bool is_merge = !ask->is_new && (ask->act == ACT_CORRECT || ask->is_merge);
    struct native_defaults d = {codes, ask->default_language, is_merge};
    enum err e = OK;
    uint32_t version = 0;
    if (is_merge)
        e = current(ask, r, &c->story, &version, &s->why);
    else
        c->story = story_new();
    if (!e)
        e = native_read(j, &d, c->story, &wants, &s->faults);
    codes_unref(&codes);
    if (e == ERR_FIELD && !s->why.text[0])
        err_why(&s->why, ERR_FIELD, "", "%zu member%s of the story cannot be taken", s->faults.n,
                s->faults.n == 1 ? "" : "s");
    if (e)
        return e;
    c->ask = wants.has_state ? wants.state : STAGE_LIVE;
    if (is_merge && !c->has_base) {
        c->has_base = true;
        c->base = version;
    }
    struct str note = wants.note.n ? wants.note : wants.reason;
    if (!str_copy(note, c->note, sizeof c->note))
        return err_why(&s->why, ERR_FIELD, "/note", "a note holds at most %zu bytes", sizeof c->note - 1);
    return OK;
}

/* Without a story: hold, release, kill. */
static enum err read_act(const struct json *j, struct submission *s)
{
    struct str reason = json_str(json_get(j, "reason"));
    if (json_get(j, "reason") && !reason.p)
        return err_why(&s->why, ERR_FIELD, "/reason", "the reason is a text");
    if (!str_copy(reason, s->command.note, sizeof s->command.note))
        return err_why(&s->why, ERR_FIELD, "/reason", "a reason holds at most %zu bytes", sizeof s->command.note - 1);
    if (!str_trim(reason).n && s->command.act != ACT_RELEASE)
        return err_why(&s->why, ERR_FIELD, "/reason", "say why: subscribers are told");
    return OK;
}

enum err submit_story(const struct submit_ask *ask, struct reader *r, struct submission *s)
{
    fill(ask, s);
    if (ask->target.n >= sizeof s->command.target)
        return err_why(&s->why, ERR_NONE, "", "there is no such story");
    if (!str_copy(ask->key, s->command.key, sizeof s->command.key))
        return err_why(&s->why, ERR_FIELD, "Idempotency-Key", "the key holds at most 255 bytes");
    hash_request(ask, s->command.key_hash);
    enum err e = may(ask, STAGE_DRAFT, &s->why);
    if (e)
        return e;
    struct json *j = NULL;
    e = parse_body(ask, &j, &s->why);
    if (e)
        return e;
    bool has_story = ask->is_new || ask->act == ACT_PUT || ask->act == ACT_CORRECT;
    e = has_story ? read_story(ask, r, j, s) : read_act(j, s);
    json_free(&j);
    if (!e && has_story)
        e = may(ask, s->command.ask, &s->why);
    if (!e && ask->act == ACT_CORRECT && !ask->is_new && !s->command.note[0])
        e = err_why(&s->why, ERR_FIELD, "/note", "a correction says what was wrong");
    if (e == ERR_STATE && s->command.key[0]) { /* a retry gets its first answer, whatever became of the story since */
        s->command.refusal = e;
        s->command.command.why = s->why;
        story_unref(&s->command.story);
        e = OK;
    }
    if (e)
        return e;
    story_command_prepare(&s->command);
    if (!writer_post(store_writer(ask->store), &s->command.command))
        return err_why(&s->why, ERR_BUSY, "", "the desk is taking in more than it can write; try again in a second");
    return OK;
}

static void wake(struct submission *s)
{
    sem_post(s->arg);
}

enum err submit_and_wait(const struct submit_ask *ask, struct reader *r, struct submission *s)
{
    sem_t done;
    must(sem_init(&done, 0, 0) == 0);
    s->done = wake;
    s->arg = &done;
    enum err e = submit_story(ask, r, s);
    if (!e) {
        while (sem_wait(&done) != 0)
            ;
        e = s->command.command.result;
        if (e)
            s->why = s->command.command.why;
    }
    sem_destroy(&done);
    return e;
}
