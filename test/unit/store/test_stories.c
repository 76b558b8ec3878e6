/* Every verb on every stage, idempotency, duplicates at ingest, stale bases, embargo, expiry, and what a kill leaves. */
#include "kit.h"
#include "store/public.h"
#include "store/story_now.h"
#include "store/stories.h"
#include "news/chain.h"

#include <fcntl.h>
#include <semaphore.h>
#include <sys/stat.h>

static const struct kit_story BRIDGE = {.language = "tr", .headline = "Köprü trafiğe açıldı", .city = "Ankara",
                                        .slugline = "KÖPRÜ", .spot = "Törenle açıldı.",
                                        .body = "<p>Zirkonlu köprü bugün açıldı.</p><p>Törene bakan katıldı.</p>"};

/* Runs a command with the story; the answer stays in c for the caller, who finis it. */
static enum err run(struct kit *k, struct story_command *c)
{
    story_command_prepare(c);
    return writer_run(k->writer, &c->command);
}

static void start_new(struct kit *k, struct story_command *c, const struct kit_story *in)
{
    story_command_init(c, &k->stories);
    c->is_new = true;
    c->story = kit_builder(k, in);
    c->ask = STAGE_LIVE;
    c->user = 7;
    memcpy(c->by, "editor", 7);
}

static void start_act(struct kit *k, struct story_command *c, const char *id, enum act act, const struct kit_story *in)
{
    story_command_init(c, &k->stories);
    c->act = act;
    must(str_copy(str_from(id), c->target, sizeof c->target));
    c->story = in ? kit_builder(k, in) : NULL;
    c->ask = STAGE_LIVE;
    c->user = 7;
    memcpy(c->by, "editor", 7);
}

static enum err do_act(struct kit *k, const char *id, enum act act, const struct kit_story *in, const char *note)
{
    struct story_command c;
    start_act(k, &c, id, act, in);
    must(str_copy(str_from(note), c.note, sizeof c.note));
    enum err e = run(k, &c);
    story_command_fini(&c);
    return e;
}

static size_t hits(struct kit *k, const char *word)
{
    struct statement *s = db_prepare(reader_db(k->reader), S("SELECT count(*) FROM words WHERE words MATCH ?1"));
    db_text(s, 1, str_from(word));
    size_t n = db_step(s) ? (size_t)db_col_int(s, 0) : 999;
    db_free(&s);
    return n;
}

static int64_t ask(struct kit *k, const char *sql)
{
    struct statement *s = db_prepare(reader_db(k->reader), str_from(sql));
    int64_t n = db_step(s) ? db_col_int(s, 0) : -1;
    db_free(&s);
    return n;
}

static struct frame *last_frame(struct kit *k)
{
    struct frame *f = NULL;
    bool is_gap;
    must(tape_read(k->tape, tape_head(k->tape) - 1, &f, 1, &is_gap) == 1);
    return f;
}

/* The chain from the first record on, over what the canonical forms say. */
static bool chain_holds(struct kit *k)
{
    uint8_t prev[ID_HASH] = {0};
    bool is_sound = true;
    struct arena *a = arena_new(4096);
    struct statement *s = db_prepare(reader_db(k->reader), S("SELECT canon, hash, seq FROM record ORDER BY seq"));
    while (db_step(s)) {
        struct record r;
        is_sound &= chain_read(db_col_text(s, 0), a, &r, NULL) == OK && chain_verify(&r) && !memcmp(prev, r.prev, ID_HASH) &&
                    str_eq(db_col_text(s, 1), str_of((const char *)r.hash, ID_HASH)) && r.seq == (uint64_t)db_col_int(s, 2);
        memcpy(prev, r.hash, ID_HASH);
    }
    db_free(&s);
    arena_free(&a);
    return is_sound;
}

/* All bytes of the database and its log, as a thief would read them. */
static bool file_has(struct kit *k, const char *needle)
{
    bool is_there = false;
    static const char *const FILES[] = {"", "-wal"};
    for (size_t i = 0; i < 2; i++) {
        char path[128];
        struct stat st;
        snprintf(path, sizeof path, "%s%s", k->path, FILES[i]);
        int fd = open(path, O_RDONLY);
        if (fd < 0 || fstat(fd, &st) != 0)
            continue;
        char *all = mem_zero((size_t)st.st_size + 1);
        ssize_t n = read(fd, all, (size_t)st.st_size);
        is_there |= n > 0 && memmem(all, (size_t)n, needle, strlen(needle)) != NULL;
        mem_free(all);
        close(fd);
    }
    return is_there;
}

/* The timer looks every second; here it is made to look now, and given time for what it posts. */
static void look(struct kit *k)
{
    for (int i = 0; i < 3; i++) {
        writer_set_due(k->writer, stories_due, &k->stories);
        usleep(40000);
    }
}

static void test_new(struct kit *k)
{
    struct story_command c;
    start_new(k, &c, &BRIDGE);
    ok_int(run(k, &c), OK, "a story goes live");
    ok_int((long long)c.answer.n, 1000001, "numbers start at 1000001");
    char want[256];
    snprintf(want, sizeof want, "{\"id\":\"aa:text:%08u:1000001\",\"version\":1,\"seq\":%llu,\"state\":\"live\",\"url\":\"/v1/stories/aa:text:%08u:1000001\"}",
             clock_day(clock_now_ms()), (unsigned long long)c.answer.seq, clock_day(clock_now_ms()));
    ok_str(str_from(c.answer.json), want, "the answer is the contract's");
    ok_int((long long)tape_head(k->tape), (long long)c.answer.seq, "and it is on the tape");
    struct frame *f = last_frame(k);
    struct grant g;
    right_grant_editor(f->n, &g);
    ok(f->event == EVENT_STORY && f->version == 1 && f->brief && !f->leaves_public, "frame: event, version, brief");
    ok(str_has(frame_ninjs(f, &g), S("Zirkonlu")) && f->notice.n == 0, "frame: full text, no notice");
    frame_unref(&f);
    ok_int(hits(k, "zirkonlu"), 1, "found by an exact word");
    ok_int(hits(k, "head : ankara"), 1, "found by the city in head");
    ok_int(hits(k, "facet : (p1 AND k1 AND c1 AND t1 AND r4 AND a0 AND d0)"), 1, "facets are marked");
    ok_int(hits(k, "head : zirkonlu"), 0, "words of the body are not in head");
    story_command_fini(&c);
}

static void test_key(struct kit *k)
{
    struct story_command c;
    uint64_t head = tape_head(k->tape);
    char first[512] = "";
    for (int i = 0; i < 2; i++) {
        start_new(k, &c, &BRIDGE);
        memcpy(c.key, "key-1", 6);
        memset(c.key_hash, 1, ID_HASH);
        ok_int(run(k, &c), OK, "the same key, time %d", i + 1);
        ok(c.answer.is_replay == (i == 1), "replay is told");
        if (i)
            ok_str(str_from(c.answer.json), first, "the answer is the first one's, byte for byte");
        ok(c.answer.n == 1000002 && c.answer.seq == head + 1 && c.answer.stage == STAGE_LIVE, "and its members are too");
        must(str_copy(str_from(c.answer.json), first, sizeof first));
        story_command_fini(&c);
    }
    ok_int((long long)tape_head(k->tape), (long long)head + 1, "stored once");
    start_new(k, &c, &BRIDGE);
    memcpy(c.key, "key-1", 6);
    memset(c.key_hash, 2, ID_HASH);
    ok_int(run(k, &c), ERR_KEY_REUSED, "the same key with another content is refused");
    story_command_fini(&c);
    start_new(k, &c, &BRIDGE);
    memcpy(c.key, "key-1", 6);
    memset(c.key_hash, 2, ID_HASH);
    c.user = 8;
    ok_int(run(k, &c), OK, "another user's key is another key");
    story_command_fini(&c);
    kit_sql(k, "UPDATE idempotency SET at = at - 8 * 86400000");
    start_new(k, &c, &BRIDGE);
    memcpy(c.key, "key-1", 6);
    memset(c.key_hash, 3, ID_HASH);
    ok_int(run(k, &c), OK, "after seven days the key is free");
    story_command_fini(&c);
    ok_int(ask(k, "SELECT count(*) FROM idempotency"), 1, "and old rows are gone");
}

static void test_source(struct kit *k)
{
    struct story_command c;
    uint64_t n = 0, head = tape_head(k->tape);
    for (int i = 0; i < 2; i++) {
        start_new(k, &c, &BRIDGE);
        c.story->source.id = S("ajans-1");
        ok_int(run(k, &c), OK, "an item of a source, time %d", i + 1);
        ok(i == 0 || (c.answer.n == n && c.answer.is_replay), "the same item is the same story");
        n = c.answer.n;
        story_command_fini(&c);
    }
    start_new(k, &c, &BRIDGE);
    c.story->source.id = S("ajans-1");
    c.story->codes.provider = 2;
    ok_int(run(k, &c), OK, "another provider's item");
    ok(c.answer.n != n, "is another story");
    story_command_fini(&c);
    ok_int((long long)(tape_head(k->tape) - head), 2, "two records in all");
}

static void test_stages(struct kit *k)
{
    struct kit_story next = BRIDGE;
    struct story_now now;
    char id[96];
    next.body = "<p>Ametistli köprü yarın açılacak.</p>";
    uint64_t n = kit_put(k, &BRIDGE);
    snprintf(id, sizeof id, "aa:text:%08u:%llu", clock_day(clock_now_ms()), (unsigned long long)n);
    size_t old_words = hits(k, "zirkonlu");
    ok_int(do_act(k, id, ACT_RELEASE, NULL, ""), ERR_STATE, "what is not held cannot be released");
    ok_int(do_act(k, id, ACT_PUT, &next, ""), OK, "update");
    must(story_now_read(reader_db(k->reader), n, &now) == OK);
    ok(now.version == 2 && now.stage == STAGE_LIVE, "version 2 is live");
    ok(hits(k, "ametistli") == 1 && hits(k, "zirkonlu") == old_words - 1, "the new words stand in the place of the old ones");
    struct frame *f = last_frame(k);
    ok(f->event == EVENT_UPDATE && f->past_count == 0, "event update");
    frame_unref(&f);

    ok_int(do_act(k, id, ACT_CORRECT, &next, "Tarih yanlıştı"), OK, "correction");
    f = last_frame(k);
    ok(f->event == EVENT_CORRECTION && f->past_count == 2 && f->full.n && f->notice.n, "event correction: text, notice, past");
    ok(f->past[0].seq < f->past[1].seq && codeset_has(&f->past[1].codes.category, 1), "past: both versions with their codes");
    ok(f->brief && f->brief->note_count == 1, "the public reads the note");
    if (f->brief && f->brief->note_count)
        ok_str(f->brief->notes[0].text, "Tarih yanlıştı", "the note itself");
    ok(!str_has(f->notice, S("metistli")), "no text in the notice");
    frame_unref(&f);

    ok_int(do_act(k, id, ACT_HOLD, NULL, "soruluyor"), OK, "hold");
    f = last_frame(k);
    ok(f->event == EVENT_HOLD && !f->full.n && f->notice.n && f->leaves_public && !f->brief, "event hold: notice alone, off the site");
    frame_unref(&f);
    ok_int(hits(k, "ametistli"), 0, "a held story is not found");
    ok_int(do_act(k, id, ACT_HOLD, NULL, "again"), ERR_STATE, "held twice is refused");
    ok_int(do_act(k, id, ACT_CORRECT, &next, "x"), ERR_STATE, "held stories are released before they are corrected");
    ok_int(do_act(k, id, ACT_PUT, &next, ""), OK, "a held story may be rewritten");
    f = last_frame(k);
    ok(f->event == EVENT_HOLD && !f->full.n, "and stays held");
    frame_unref(&f);
    ok_int(do_act(k, id, ACT_RELEASE, NULL, ""), OK, "release");
    f = last_frame(k);
    ok(f->event == EVENT_RELEASE && f->full.n && f->brief && f->brief->note_count == 1, "event release: text again, public again");
    frame_unref(&f);
    ok_int(hits(k, "ametistli"), 1, "and found again");
    must(story_now_read(reader_db(k->reader), n, &now) == OK);
    ok(now.version == 6 && now.first_ms <= now.at_ms, "six versions");
    ok_int(do_act(k, id, ACT_PUBLISH, NULL, ""), ERR_STATE, "a live story cannot be published");
    ok_int(do_act(k, "aa:text:20200101:1", ACT_KILL, NULL, "x"), ERR_NONE, "an unknown id");
    snprintf(id, sizeof id, "bb:text:20200101:%llu", (unsigned long long)n);
    ok_int(do_act(k, id, ACT_KILL, NULL, "x"), ERR_NONE, "a right number under a wrong id is unknown too");
}

static void test_put_rules(struct kit *k)
{
    struct story_command c;
    char id[96];
    uint64_t n = kit_put(k, &BRIDGE);
    snprintf(id, sizeof id, "aa:text:%08u:%llu", clock_day(clock_now_ms()), (unsigned long long)n);
    start_act(k, &c, id, ACT_PUT, &BRIDGE);
    c.has_base = true;
    c.base = 9;
    ok_int(run(k, &c), ERR_STALE, "a stale base is refused");
    story_command_fini(&c);
    start_act(k, &c, id, ACT_PUT, &BRIDGE);
    c.has_base = true;
    c.base = 1;
    ok_int(run(k, &c), OK, "the right base is taken");
    story_command_fini(&c);
    start_act(k, &c, id, ACT_PUT, &BRIDGE);
    c.ask = STAGE_DRAFT;
    ok_int(run(k, &c), ERR_STATE, "a live story is no draft any more");
    story_command_fini(&c);
    start_act(k, &c, id, ACT_PUT, &BRIDGE);
    c.story->times.embargo_ms = clock_now_ms() + 3600000;
    ok_int(run(k, &c), ERR_FIELD, "nor can an embargo bring it back");
    story_command_fini(&c);
    start_act(k, &c, id, ACT_PUT, &BRIDGE);
    c.story->codes.type = TYPE_VIDEO;
    ok_int(run(k, &c), ERR_FIELD, "nor can it become a video");
    story_command_fini(&c);
}

static void test_kill(struct kit *k)
{
    struct kit_story secret = BRIDGE;
    struct frame *frames[4];
    char id[96], first[512];
    bool is_gap;
    secret.headline = "Obsidyenli iddia";
    secret.body = "<p>Turmalinli cümle hiçbir yerde kalmamalı, ne başta ne sonda.</p>";
    uint64_t n = kit_put(k, &secret), seq = tape_head(k->tape);
    snprintf(id, sizeof id, "aa:text:%08u:%llu", clock_day(clock_now_ms()), (unsigned long long)n);
    must(do_act(k, id, ACT_CORRECT, &secret, "Obsidyen notu") == OK);
    struct story_command c;
    start_act(k, &c, id, ACT_KILL, NULL);
    memcpy(c.note, "iddia geri alındı", sizeof "iddia geri alındı");
    ok_int(run(k, &c), OK, "kill");
    must(str_copy(str_from(c.answer.json), first, sizeof first));
    story_command_fini(&c);
    ok_int((long long)tape_read(k->tape, seq - 1, frames, 4, &is_gap), 3, "three frames of the story in the window");
    for (int i = 0; i < 3; i++)
        ok(frames[i]->full.n == 0 && frames[i]->notice.n && !str_has(frames[i]->notice, S("urmalin")) &&
               frames[i]->seq == seq + (uint64_t)i && str_has(frames[i]->notice, S("canceled")),
           "frame %d: own seq, notice, no text", i);
    ok(frames[0]->event == EVENT_STORY && frames[1]->event == EVENT_CORRECTION && frames[1]->past_count == 1, "own events, own past");
    ok(frames[2]->event == EVENT_KILL && frames[2]->past_count == 2 && frames[2]->leaves_public, "kill: past of two, off the site");
    ok(frames[2]->brief && frames[2]->brief->is_killed, "its page says so");
    ok(str_has(frames[2]->notice, S("iddia geri alındı")), "the notice tells why");
    for (int i = 0; i < 3; i++)
        frame_unref(&frames[i]);
    ok_int(hits(k, "turmalinli") + hits(k, "obsidyenli"), 0, "not found by its words");
    char sql[160];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM version WHERE n = %llu AND version < 3 AND (text IS NOT NULL OR salt IS NOT NULL)",
             (unsigned long long)n);
    ok_int(ask(k, sql), 0, "texts and salts of all versions are gone");
    start_act(k, &c, id, ACT_KILL, NULL);
    ok_int(run(k, &c), OK, "a second kill");
    ok_str(str_from(c.answer.json), first, "answers as the first");
    story_command_fini(&c);
    ok_int(do_act(k, id, ACT_RELEASE, NULL, ""), ERR_STATE, "a killed story stays killed");
    ok(chain_holds(k), "the chain verifies without the text");
    ok(file_has(k, "urmalinli"), "its words are still in older segments of the index");
    writer_set_due(k->writer, stories_due, &k->stories);
    usleep(2500000); /* the sweep, and the quiet second after which the log is emptied */
    ok_int(ask(k, "SELECT count(*) FROM meta WHERE key = 'sweep'"), 0, "the sweep is over");
    ok(!file_has(k, "urmalinli"), "no word of it is in the files");
    ok(!file_has(k, "urmalinli cümle"), "no sentence of it is in the files");
    ok(!file_has(k, "Obsidyen notu"), "nor the note of its correction");
    ok(file_has(k, "iddia geri alındı"), "the reason of the kill is");
}

struct plug {
    struct command command;
    sem_t may_go, all_done;
};
static struct plug plug;

static enum err plug_apply(struct writer *w, struct command *c)
{
    (void)w;
    (void)c;
    sem_wait(&plug.may_go);
    return OK;
}

static void one_done(struct command *c)
{
    (void)c;
    sem_post(&plug.all_done);
}

/* A correction and a kill that are committed together: what goes to the tape of the first must have no text either. */
static void test_kill_in_group(struct kit *k)
{
    struct story_command correction, kill;
    struct frame *frames[4];
    char id[96];
    bool is_gap;
    uint64_t n = kit_put(k, &BRIDGE), seq = tape_head(k->tape);
    snprintf(id, sizeof id, "aa:text:%08u:%llu", clock_day(clock_now_ms()), (unsigned long long)n);
    sem_init(&plug.may_go, 0, 0);
    sem_init(&plug.all_done, 0, 0);
    plug.command = (struct command){.apply = plug_apply, .done = one_done};
    start_act(k, &correction, id, ACT_CORRECT, &BRIDGE);
    start_act(k, &kill, id, ACT_KILL, NULL);
    memcpy(kill.note, "yanlış", sizeof "yanlış");
    story_command_prepare(&correction);
    correction.command.done = kill.command.done = one_done;
    must(writer_post(k->writer, &plug.command));
    must(writer_post(k->writer, &correction.command) && writer_post(k->writer, &kill.command));
    sem_post(&plug.may_go);
    for (int i = 0; i < 3; i++)
        sem_wait(&plug.all_done);
    ok(correction.command.result == OK && kill.command.result == OK, "correction and kill in one group");
    ok_int((long long)tape_read(k->tape, seq - 1, frames, 4, &is_gap), 3, "story, correction and kill are in the window");
    for (int i = 0; i < 3; i++) {
        ok(frames[i]->full.n == 0 && !str_has(frames[i]->notice, S("irkonlu")), "frame %d has no text", i);
        frame_unref(&frames[i]);
    }
    story_command_fini(&correction);
    story_command_fini(&kill);
    sem_destroy(&plug.may_go);
    sem_destroy(&plug.all_done);
}

static void test_kill_held(struct kit *k)
{
    char id[96];
    uint64_t n = kit_put(k, &BRIDGE);
    snprintf(id, sizeof id, "aa:text:%08u:%llu", clock_day(clock_now_ms()), (unsigned long long)n);
    must(do_act(k, id, ACT_HOLD, NULL, "?") == OK);
    ok_int(do_act(k, id, ACT_KILL, NULL, "yanlış"), OK, "a held story is killed");
    struct brief *b = reader_brief(k->reader, n);
    ok(b && b->is_killed, "its page tells that it was withdrawn, though it had left the site");
    brief_unref(&b);
}

static void test_draft(struct kit *k)
{
    struct story_command c;
    char draft[96];
    uint64_t head = tape_head(k->tape);
    start_new(k, &c, &BRIDGE);
    c.ask = STAGE_DRAFT;
    ok_int(run(k, &c), OK, "a draft");
    ok(str_has(str_from(c.answer.json), S("\"seq\":null,\"state\":\"draft\"")), "has no seq");
    ok(str_starts(str_from(c.answer.id), S("aa:draft:")) && strlen(c.answer.id) == strlen("aa:draft:20260101:") + 26, "its id: %s",
       c.answer.id);
    must(str_copy(str_from(c.answer.id), draft, sizeof draft));
    story_command_fini(&c);
    ok_int((long long)tape_head(k->tape), (long long)head, "and makes no record");
    ok_int(do_act(k, draft, ACT_KILL, NULL, "x"), ERR_STATE, "a draft cannot be killed");
    start_act(k, &c, draft, ACT_PUT, &BRIDGE);
    c.ask = STAGE_REVIEW;
    ok_int(run(k, &c), OK, "handed in for review");
    ok(c.answer.version == 2 && c.answer.stage == STAGE_REVIEW, "as version 2");
    story_command_fini(&c);
    start_act(k, &c, draft, ACT_PUT, &BRIDGE);
    c.has_base = true;
    c.base = 1;
    ok_int(run(k, &c), ERR_STALE, "a stale base of a draft is refused");
    story_command_fini(&c);
    start_act(k, &c, draft, ACT_PUT, &BRIDGE);
    ok_int(run(k, &c), OK, "an editor sends it out");
    uint64_t n = c.answer.n;
    ok(n && c.answer.version == 1 && str_starts(str_from(c.answer.id), S("aa:text:")), "it has a public id now");
    story_command_fini(&c);
    uint64_t found = 0;
    struct story *none = reader_draft(k->reader, str_from(draft), &found);
    ok(none == NULL && found == n, "the draft's id leads to the story");
    story_unref(&none);
    ok_int(do_act(k, draft, ACT_HOLD, NULL, "dur"), OK, "and acts through it reach the story");
}

static void test_schedule(struct kit *k)
{
    struct story_command c;
    char draft[96];
    struct kit_story sealed = BRIDGE;
    sealed.body = "<p>Mühürlü akikli cümle embargo bitmeden dosyada görünmemeli.</p>";
    int64_t now = clock_now_ms();
    clock_fake(now);
    look(k);
    start_new(k, &c, &sealed);
    c.story->times.embargo_ms = now + 1500;
    c.story->times.schedule_ms = now + 500;
    ok_int(run(k, &c), OK, "a story under embargo");
    ok(c.answer.stage == STAGE_SCHEDULED && c.answer.seq == 0, "is scheduled for the later of both");
    must(str_copy(str_from(c.answer.id), draft, sizeof draft));
    story_command_fini(&c);
    look(k);
    ok(!file_has(k, "akikli"), "its text is nowhere in the files");
    ok_int(ask(k, "SELECT count(*) FROM draft WHERE is_sealed = 1 AND due IS NOT NULL"), 1, "one sealed row");
    uint64_t n = 0, head = tape_head(k->tape);
    struct story *story = reader_draft(k->reader, str_from(draft), &n);
    ok(story && str_has(story->text.body, S("akikli")) && n == 0, "the desk can read it");
    story_unref(&story);
    clock_fake(now + 1499);
    look(k);
    ok_int((long long)tape_head(k->tape), (long long)head, "one millisecond early nothing happens");
    clock_fake(now + 1500);
    look(k);
    ok_int((long long)tape_head(k->tape), (long long)head + 1, "then it goes out");
    struct frame *f = last_frame(k);
    struct grant g;
    right_grant_editor(f->n, &g);
    ok(f->event == EVENT_STORY && str_has(frame_ninjs(f, &g), S("akikli")), "as an ordinary story");
    n = f->n;
    frame_unref(&f);
    uint64_t found = 0;
    story = reader_draft(k->reader, str_from(draft), &found);
    ok(story == NULL && found == n, "the draft's id leads there");
    story_unref(&story);
    clock_fake(-1);
}

/* What is damaged or locked away must not stop what has to happen. */
static void test_damage(struct kit *k)
{
    struct story_command c;
    char draft[96], sql[400];
    int64_t now = clock_now_ms();
    clock_fake(now);
    look(k);
    start_new(k, &c, &BRIDGE);
    c.story->times.embargo_ms = now + 1000;
    must(run(k, &c) == OK);
    must(str_copy(str_from(c.answer.id), draft, sizeof draft));
    story_command_fini(&c);
    uint64_t head = tape_head(k->tape);
    k->stories.master[0] ^= 1;
    clock_fake(now + 1000);
    look(k);
    k->stories.master[0] ^= 1;
    ok_int((long long)tape_head(k->tape), (long long)head, "a draft whose seal does not open is not released");
    snprintf(sql, sizeof sql, "SELECT stage FROM draft WHERE id = '%s' AND due IS NULL", draft);
    ok_int(ask(k, sql), STAGE_REVIEW, "it goes back to review, and the timer leaves it alone");
    uint64_t found;
    struct story *story = reader_draft(k->reader, str_from(draft), &found);
    ok(story != NULL, "with the right key it can still be read");
    story_unref(&story);
    snprintf(sql, sizeof sql, "UPDATE draft SET sealed = (SELECT sealed FROM draft WHERE sealed IS NOT NULL AND id <> '%s') WHERE id = '%s'", draft, draft);
    kit_sql(k, sql);
    story = reader_draft(k->reader, str_from(draft), &found);
    ok(story == NULL, "a seal from another row does not open here");
    story_unref(&story);

    uint64_t n = kit_put(k, &BRIDGE);
    snprintf(sql, sizeof sql, "UPDATE version SET text = '{' WHERE n = %llu", (unsigned long long)n);
    kit_sql(k, sql);
    ok(kit_act(k, n, ACT_HOLD, NULL, "?") == 0, "a story with a damaged text cannot be held");
    ok(kit_act(k, n, ACT_KILL, NULL, "!") != 0, "but it can be killed");
    snprintf(sql, sizeof sql, "SELECT count(*) FROM story WHERE n = %llu AND stage = 5", (unsigned long long)n);
    ok_int(ask(k, sql), 1, "and is");
    clock_fake(-1);
}

static void test_expiry(struct kit *k)
{
    struct story_command c;
    struct kit_story brief_life = BRIDGE;
    brief_life.body = "<p>Safirli duyuru kısa ömürlü.</p>";
    int64_t now = clock_now_ms();
    clock_fake(now);
    start_new(k, &c, &brief_life);
    c.story->times.expires_ms = now + 1000;
    ok_int(run(k, &c), OK, "a story with an end");
    uint64_t n = c.answer.n;
    story_command_fini(&c);
    ok_int(hits(k, "safirli"), 1, "found while it lasts");
    clock_fake(now + 1000);
    look(k);
    struct frame *f = last_frame(k);
    ok(f->event == EVENT_EXPIRE && f->n == n && f->leaves_public, "its end is a record");
    frame_unref(&f);
    ok_int(hits(k, "safirli"), 0, "and it is not found any more");
    struct brief *b = reader_brief(k->reader, n);
    ok(b == NULL, "nor on the site");
    brief_unref(&b);
    clock_fake(-1);
}

static void test_delay(struct kit *k)
{
    int64_t now = ask(k, "SELECT max(at) FROM record"); /* other tests have moved the clock ahead, and times never go back */
    struct brief *b = NULL;
    clock_fake(now);
    look(k);
    k->stories.rule.delay_ms = 2000;
    uint64_t n = kit_put(k, &BRIDGE), gone = kit_put(k, &BRIDGE);
    struct frame *f = last_frame(k);
    ok(f->full.n && !f->brief, "subscribers have it at once, the public not yet");
    frame_unref(&f);
    ok((b = reader_brief(k->reader, n)) == NULL, "it is not on the site");
    ok(kit_act(k, n, ACT_CORRECT, &BRIDGE, "Düzeltme") && kit_act(k, gone, ACT_HOLD, NULL, "dur"), "one is corrected meanwhile, one held");
    uint64_t head = tape_head(k->tape);
    clock_fake(now + 1999);
    look(k);
    ok_int((long long)tape_head(k->tape), (long long)head, "a millisecond early nothing happens");
    clock_fake(now + 2000);
    look(k);
    ok_int((long long)tape_head(k->tape), (long long)head + 1, "then one record");
    f = last_frame(k);
    ok(f->event == EVENT_PUBLIC && f->n == n && f->brief && f->brief->note_count == 1, "tells of the portion, its correction included");
    frame_unref(&f);
    b = reader_brief(k->reader, n);
    ok(b && !b->is_killed && b->version == 2, "it is on the site");
    brief_unref(&b);
    ok((b = reader_brief(k->reader, gone)) == NULL, "the held one is not");
    ok(kit_act(k, gone, ACT_RELEASE, NULL, "") != 0, "released after the delay");
    b = reader_brief(k->reader, gone);
    ok(b != NULL, "it is there at once");
    brief_unref(&b);
    k->stories.rule.delay_ms = 0;
    k->stories.rule.per_day = (unsigned)ask(k, "SELECT count(*) FROM brief WHERE is_killed = 0 AND okey >= (SELECT max(okey) FROM brief) - (86400 << 30)") + 1;
    n = kit_put(k, &BRIDGE);
    b = reader_brief(k->reader, n);
    ok(b != NULL, "the last of the day");
    brief_unref(&b);
    n = kit_put(k, &BRIDGE);
    ok((b = reader_brief(k->reader, n)) == NULL, "and the first that is over the cap");
    k->stories.rule.per_day = 0;
    clock_fake(-1);
}

static void test_jump(struct kit *k)
{
    struct story_command c;
    int64_t now = clock_now_ms();
    clock_fake(now);
    look(k); /* at the calm clock */
    start_new(k, &c, &BRIDGE);
    c.story->times.embargo_ms = now + 3600000;
    must(run(k, &c) == OK);
    story_command_fini(&c);
    uint64_t head = tape_head(k->tape);
    clock_fake(now + 86400000);
    look(k);
    ok_int((long long)tape_head(k->tape), (long long)head, "a clock that jumps a day releases nothing");
    start_new(k, &c, &BRIDGE);
    c.story->times.embargo_ms = now + 3600000;
    ok_int(run(k, &c), OK, "a story under the same embargo comes while it is wrong");
    ok_int(c.answer.stage, STAGE_SCHEDULED, "and waits too");
    story_command_fini(&c);
    start_new(k, &c, &BRIDGE);
    ok_int(run(k, &c), OK, "what has no embargo goes out");
    story_command_fini(&c);
    clock_fake(now + 2000);
    start_new(k, &c, &BRIDGE);
    ok_int(run(k, &c), OK, "the clock goes back");
    story_command_fini(&c);
    ok_int(ask(k, "SELECT count(*) FROM record a JOIN record b ON b.seq = a.seq + 1 WHERE b.at < a.at"), 0,
           "times of records never do");
    clock_fake(-1);
}

static void test_import(struct kit *k)
{
    struct kit_story old = BRIDGE;
    old.at_ms = 1000000000000; /* 2001-09-09 */
    old.body = "<p>Kehribarlı eski haber.</p>";
    uint64_t n = kit_put(k, &old);
    struct story_now now;
    must(story_now_read(reader_db(k->reader), n, &now) == OK);
    ok(now.first_ms == old.at_ms && now.at_ms == old.at_ms && now.okey >> 30 == 1000000000, "an import keeps its date");
    ok(str_starts(str_from(now.id), S("aa:text:20010909:")), "also in its id");
    struct frame *f = last_frame(k);
    ok(f->codes.is_archive && f->at_ms > old.at_ms, "it is marked archive and its record is of today");
    frame_unref(&f);
    ok_int(ask(k, "SELECT is_archive FROM record ORDER BY seq DESC LIMIT 1"), 1, "in the record too");
    ok_int(hits(k, "kehribarlı AND facet : a1"), 1, "and in the index");
}

static void test_codes(struct kit *k)
{
    struct code_command c;
    code_command_init(&c, &k->stories);
    c.kind = CODE_CATEGORY;
    c.row = (struct code){200, S("UZY"), S("Uzay"), S("Space"), S("فضاء")};
    ok_int(writer_run(k->writer, &c.command), OK, "a category is added");
    struct codes *codes = stories_codes(&k->stories);
    const struct code *row = codes_get(codes, CODE_CATEGORY, 200);
    ok(row != NULL, "and known");
    if (row)
        ok_str(code_label(row, S("en")), "Space", "by its names");
    codes_unref(&codes);
    struct frame *f = last_frame(k);
    ok(f->event == EVENT_CODE && str_is(f->id, "code:category:200"), "by a record");
    frame_unref(&f);
    c.row.code = 0;
    ok_int(writer_run(k->writer, &c.command), ERR_FIELD, "0 is no code");
}

/* Whoever resumes reads from the window or from the store, and must not see a difference. */
static void test_replay(struct kit *k)
{
    struct frame *live[64], *kept[64];
    uint64_t at = 0, differs = 0;
    size_t count = 0;
    bool is_gap;
    for (;;) {
        size_t n = tape_read(k->tape, at, live, 64, &is_gap), m = reader_frames(k->reader, at, kept, 64);
        must(n == m);
        for (size_t i = 0; i < n; i++) {
            struct frame *a = live[i], *b = kept[i];
            bool is_held = b->notice.n && !a->notice.n; /* held since: the store knows better than the window */
            if (a->seq != b->seq || a->at_ms != b->at_ms || a->event != b->event || a->version != b->version || a->n != b->n ||
                !str_eq(a->id, b->id) || memcmp(&a->codes, &b->codes, sizeof a->codes) != 0 || a->past_count != b->past_count ||
                (!is_held && !str_eq(a->full, b->full)) || (!is_held && !str_eq(a->notice, b->notice))) {
                differs++;
                printf("# seq %llu %s\n# live %.*s %.*s\n# kept %.*s %.*s\n", (unsigned long long)a->seq, event_name(a->event),
                       STR_FMT(a->full), STR_FMT(a->notice), STR_FMT(b->full), STR_FMT(b->notice));
            }
            at = a->seq;
            count++;
            frame_unref(&live[i]);
            frame_unref(&kept[i]);
        }
        if (n == 0)
            break;
    }
    ok(count > 20 && !is_gap, "%zu frames compared", count);
    ok_int((long long)differs, 0, "the store gives the frames that the tape gave");
}

int main(void)
{
    struct kit k;
    kit_open(&k);
    memset(k.stories.master, 5, sizeof k.stories.master);
    k.stories.has_master = true;
    test_new(&k);
    test_key(&k);
    test_source(&k);
    test_stages(&k);
    test_put_rules(&k);
    test_kill(&k);
    test_kill_held(&k);
    test_kill_in_group(&k);
    test_draft(&k);
    test_codes(&k);
    test_import(&k);
    test_schedule(&k);
    test_expiry(&k);
    test_delay(&k);
    test_jump(&k);
    test_damage(&k);
    ok(chain_holds(&k), "the chain of all records holds");
    ok_int(ask(&k, "SELECT count(*) FROM record") - ask(&k, "SELECT max(seq) - min(seq) + 1 FROM record"), 0, "without a hole");
    test_replay(&k);
    kit_sql(&k, "INSERT INTO words (words, rank) VALUES ('integrity-check', 0)");
    ok_int(ask(&k, "SELECT count(*) FROM story WHERE stage = 3 AND is_expired = 0 AND okey NOT IN (SELECT rowid FROM words WHERE "
                   "words MATCH 'facet : t1')"),
           0, "every live story is in the index");
    kit_close(&k);
    return tap_end();
}
