#include "store/stories.h"

#include "base/clock.h"
#include "store/story_answer.h"
#include "store/story_draft.h"
#include "store/story_frame.h"
#include "store/story_write.h"

/* ---- the lists ---- */

void stories_init(struct stories *s, const struct agency *agency, const struct portion_rule *rule)
{
    *s = (struct stories){.agency = *agency, .rule = *rule, .timezone = str_from(clock_zone())};
    s->codes = codes_seed(agency->code);
    pthread_mutex_init(&s->lock, NULL);
    due_init(&s->due);
}

void stories_fini(struct stories *s)
{
    codes_unref(&s->codes);
    explicit_bzero(s->master, sizeof s->master);
    pthread_mutex_destroy(&s->lock);
}

struct codes *stories_codes(struct stories *s)
{
    pthread_mutex_lock(&s->lock);
    struct codes *codes = codes_ref(s->codes);
    pthread_mutex_unlock(&s->lock);
    return codes;
}

static void put_code(struct stories *s, enum code_kind kind, const struct code *row)
{
    struct codes *next = codes_with(s->codes, kind, row);
    pthread_mutex_lock(&s->lock);
    struct codes *old = s->codes;
    s->codes = next;
    pthread_mutex_unlock(&s->lock);
    codes_unref(&old);
}

enum err stories_load(struct stories *s, struct db *d, struct why *why)
{
    struct statement *row = db_get(d, SQL_CODES_ALL);
    while (db_step(row)) {
        int64_t kind = db_col_int(row, 0), code = db_col_int(row, 1);
        if (kind < 0 || kind >= CODE_KINDS || code < 1 || code > 255)
            continue; /* written by a newer program; codes that a list lacks match nothing */
        struct code c = {(uint8_t)code, db_col_text(row, 2), db_col_text(row, 3), db_col_text(row, 4), db_col_text(row, 5)};
        put_code(s, (enum code_kind)kind, &c);
    }
    enum err e = db_status(d);
    db_reset(row);
    if (e == OK)
        e = sweep_load(&s->sweep, d);
    return e ? err_why(why, e, "", "the code lists cannot be read: %s", db_message(d)) : OK;
}

static enum err code_apply(struct writer *w, struct command *command)
{
    struct code_command *c = list_of(command, struct code_command, command);
    if (c->row.code == 0 || c->row.word.n == 0)
        return err_why(&command->why, ERR_FIELD, c->row.code ? "/word" : "/code", "a code is 1-255 and has a word");
    struct statement *s = db_get(writer_db(w), SQL_CODE_PUT);
    const struct str texts[] = {c->row.word, c->row.tr, c->row.en, c->row.ar};
    db_int(s, 1, c->kind);
    db_int(s, 2, c->row.code);
    for (int i = 0; i < 4; i++)
        db_text(s, 3 + i, texts[i].p ? texts[i] : S(""));
    enum err e = db_run(s);
    if (e)
        return e;
    char id[64];
    snprintf(id, sizeof id, "code:%s:%u", code_kind_name(c->kind), c->row.code);
    struct record r = {.event = EVENT_CODE, .id = str_from(id)};
    return writer_record(w, &r, c->row.code, NULL);
}

static void code_committed(struct command *command)
{
    struct code_command *c = list_of(command, struct code_command, command);
    put_code(c->stories, c->kind, &c->row);
}

void code_command_init(struct code_command *c, struct stories *s)
{
    *c = (struct code_command){.command = {.apply = code_apply, .committed = code_committed}, .stories = s};
}

/* ---- new stories and drafts ---- */

/* What the command says about its version; not known to whoever read the author's JSON. */
static void mark_story(struct story_command *c)
{
    struct story *story = c->story;
    story->head.by = arena_str(story->arena, str_from(c->by));
    story->head.note = c->note[0] ? arena_str(story->arena, str_from(c->note)) : STR_NONE;
    if (c->is_new || c->act == ACT_PUT)
        story->codes.is_archive = c->is_import;
}

static enum stage ask_of(const struct story_command *c)
{
    int64_t due = story_draft_due(c->story);
    if (c->ask == STAGE_LIVE && due && !due_is_past(&c->stories->due, due))
        return STAGE_SCHEDULED;
    return c->ask;
}

static enum err debut(struct story_command *c, struct story_draft *draft)
{
    struct story_debut x = {.writer = c->writer,
                            .stories = c->stories,
                            .own_story = c->story,
                            .own_work = c->work,
                            .ask = ask_of(c),
                            .draft = draft,
                            .import_at_ms = c->is_import && c->import_at_ms > 0 ? c->import_at_ms : 0,
                            .why = &c->command.why,
                            .answer = &c->answer};
    c->story = NULL;
    c->work = NULL;
    return story_draft_debut(&x);
}

static bool find_source(struct db *d, const struct story *story, uint64_t *out_n)
{
    if (story->source.id.n == 0)
        return false;
    struct statement *s = db_get(d, SQL_SOURCE_GET);
    db_int(s, 1, story->codes.provider);
    db_text(s, 2, story->source.id);
    bool is_there = db_step(s);
    *out_n = is_there ? (uint64_t)db_col_int(s, 0) : 0;
    db_reset(s);
    return is_there;
}

static enum err apply_new(struct story_command *c)
{
    struct db *d = writer_db(c->writer);
    struct story_now now;
    uint64_t n;
    must(c->story != NULL);
    mark_story(c);
    if (!find_source(d, c->story, &n))
        return debut(c, NULL);
    enum err e = story_now_read(d, n, &now);
    if (e == OK) {
        story_answer_now(&c->answer, &now);
        c->answer.is_replay = true;
    }
    return e;
}

static enum err check_base(struct story_command *c, uint32_t version)
{
    if (!c->has_base || c->base == version)
        return OK;
    return err_why(&c->command.why, ERR_STALE, "If-Match", "version %u was changed, it is version %u now: read it again", c->base,
                   version);
}

static enum err apply_draft(struct story_command *c, struct story_draft *draft)
{
    enum stage to;
    enum event event;
    enum err e = check_base(c, draft->version);
    if (e == OK && c->is_reporter && draft->stage == STAGE_SCHEDULED)
        e = err_why(&c->command.why, ERR_ROLE, "/state", "an editor has scheduled this story; ask one to take it back");
    if (e == OK)
        e = stage_next(draft->stage, c->act, &to, &event, &c->command.why);
    if (e == OK && c->act == ACT_PUBLISH) {
        e = story_draft_get(writer_db(c->writer), c->stories, str_from(c->target), draft, &c->story, &c->command.why);
        c->ask = STAGE_LIVE;
    }
    if (e)
        return e;
    must(c->story != NULL);
    if (c->act == ACT_PUT)
        mark_story(c);
    return debut(c, draft);
}

/* ---- what is or was live ---- */

/* Refuses what a PUT or correction may not change any more. */
static enum err check_rewrite(struct story_command *c, const struct story_now *now)
{
    struct why *why = &c->command.why;
    enum story_type type;
    int64_t due = story_draft_due(c->story);
    if (c->ask != STAGE_LIVE)
        return err_why(why, ERR_STATE, "/state", "the story has been live and cannot be a draft again: hold or kill it");
    if (due && !due_is_past(&c->stories->due, due))
        return err_why(why, ERR_FIELD, c->story->times.embargo_ms == due ? "/embargo" : "/schedule",
                       "the story is live already: a later time cannot hold it back, hold it instead");
    if (story_id_parse(str_from(now->id), NULL, &type, NULL, NULL) && type != c->story->codes.type)
        return err_why(why, ERR_FIELD, "/type", "the story's id says %s: another type is another story", story_type_word(type));
    return OK;
}

/* What stays of a killed story: codes and language, the reason as note. */
static struct story *make_killed(const struct story *from)
{
    struct story *s = story_new();
    s->codes = from->codes;
    s->times = from->times;
    s->public_mode = from->public_mode;
    s->language = arena_str(s->arena, from->language);
    s->desk = arena_str(s->arena, from->desk);
    return s;
}

/* The builder of the next version; a kill must not fail on a text that is damaged. */
static enum err next_story(struct story_command *c, const struct story_now *now, struct story **out)
{
    struct story *old = NULL;
    if (c->act == ACT_PUT || c->act == ACT_CORRECT) {
        must(c->story != NULL);
        *out = c->story;
        c->story = NULL;
        return OK;
    }
    enum err e = story_now_load(writer_db(c->writer), now, &old, &c->command.why);
    if (e == ERR_PARSE && c->act == ACT_KILL)
        e = story_now_load_codes(writer_db(c->writer), now, &old, &c->command.why);
    if (e)
        return e;
    if (c->act != ACT_KILL) {
        *out = old;
        return OK;
    }
    *out = make_killed(old);
    story_unref(&old);
    return OK;
}

static void fill_head(struct story_command *c, struct story *s, const struct story_now *now, enum stage to, enum event event)
{
    s->head = (struct story_head){.id = arena_str(s->arena, str_from(now->id)),
                                  .n = now->n,
                                  .version = now->version + 1,
                                  .stage = to,
                                  .event = event,
                                  .by = arena_str(s->arena, str_from(c->by)),
                                  .note = c->note[0] ? arena_str(s->arena, str_from(c->note)) : STR_NONE};
    s->times.first_ms = now->first_ms;
    s->times.at_ms = c->is_import && c->import_at_ms > 0 ? c->import_at_ms : writer_now(c->writer);
}

static enum err write_next(struct story_command *c, const struct story_now *now, enum stage to, enum event event)
{
    struct story *next = NULL;
    enum err e = next_story(c, now, &next);
    if (e)
        return e;
    fill_head(c, next, now, to, event);
    if (to == STAGE_KILLED)
        e = story_frame_recall(writer_db(c->writer), c->stories, now, &c->recalled, &c->recalled_count);
    struct story_change change = {.writer = c->writer,
                                  .stories = c->stories,
                                  .own_story = next,
                                  .own_work = c->work,
                                  .now = now,
                                  .why = &c->command.why};
    c->work = NULL;
    struct story_now after = *now;
    after.version = now->version + 1;
    after.stage = to;
    if (e == OK)
        e = story_write_version(&change);
    story_unref(&change.own_story);
    story_work_free(&change.own_work);
    after.seq = change.out_seq;
    story_answer_now(&c->answer, &after);
    return e;
}

static enum err apply_live(struct story_command *c, uint64_t n)
{
    struct story_now now;
    enum stage to;
    enum event event;
    bool is_rewrite = c->act == ACT_PUT || c->act == ACT_CORRECT;
    enum err e = story_now_read(writer_db(c->writer), n, &now);
    if (e == OK && !str_eq(str_from(now.id), str_from(c->target)) && story_id_parse(str_from(c->target), NULL, NULL, NULL, &n))
        e = ERR_NONE; /* the number is right and the rest of the id is not */
    if (e == ERR_NONE)
        return err_why(&c->command.why, e, "", "there is no such story");
    if (e == OK)
        e = stage_next(now.stage, c->act, &to, &event, &c->command.why);
    if (e == OK && event == EVENT_NONE) {
        story_answer_now(&c->answer, &now);
        return OK;
    }
    if (e == OK)
        e = check_base(c, now.version);
    if (e == OK && is_rewrite) {
        mark_story(c);
        e = check_rewrite(c, &now);
    }
    return e ? e : write_next(c, &now, to, event);
}

static enum err apply_act(struct story_command *c)
{
    uint64_t n;
    struct story_draft draft;
    if (story_id_parse(str_from(c->target), NULL, NULL, NULL, &n))
        return apply_live(c, n);
    enum err e = story_draft_get(writer_db(c->writer), c->stories, str_from(c->target), &draft, NULL, &c->command.why);
    if (e)
        return e;
    return draft.n ? apply_live(c, draft.n) : apply_draft(c, &draft);
}

/* ---- the command ---- */

static enum err story_apply(struct writer *w, struct command *command)
{
    struct story_command *c = list_of(command, struct story_command, command);
    struct db *d = writer_db(w);
    enum err e = OK;
    c->writer = w;
    if (c->key[0]) {
        e = story_answer_find(d, c, writer_now(w));
        if (e || c->answer.is_replay)
            return e;
    }
    if (c->refusal)
        return c->refusal;
    e = c->is_new ? apply_new(c) : apply_act(c);
    if (e)
        return e;
    story_answer_write(c);
    return c->key[0] ? story_answer_keep(d, c, writer_now(w)) : OK;
}

static void story_committed(struct command *command)
{
    struct story_command *c = list_of(command, struct story_command, command);
    writer_replace(c->writer, c->recalled, c->recalled_count);
}

void story_command_init(struct story_command *c, struct stories *s)
{
    *c = (struct story_command){.command = {.apply = story_apply, .committed = story_committed}, .stories = s};
}

void story_command_fini(struct story_command *c)
{
    story_unref(&c->story);
    story_work_free(&c->work);
    for (size_t i = 0; i < c->recalled_count; i++)
        frame_unref(&c->recalled[i]);
    mem_free(c->recalled);
    c->recalled = NULL;
    c->recalled_count = 0;
}

void story_command_prepare(struct story_command *c)
{
    if (!c->story || c->work || c->ask != STAGE_LIVE || story_draft_due(c->story) > clock_now_ms())
        return;
    mark_story(c);
    c->story->head.stage = STAGE_LIVE;
    c->work = story_work_make(c->stories, c->story);
}
