/* A small store for tests: database in a folder of its own, writer, tape, people, one reader. No pools, no lock file.
 */
#ifndef TEST_STORE_KIT_H
#define TEST_STORE_KIT_H

#include "base/clock.h"
#include "store/people.h"
#include "store/reader.h"
#include "store/stories.h"
#include "store/story_words.h"
#include "../tap.h"

#include <stdlib.h>
#include <unistd.h>

struct kit {
    char dir[64], path[96];
    struct tape *tape;
    struct writer *writer;
    struct people *people;
    struct stories stories;
    struct reader *reader;
};

__attribute__((unused)) static void kit_start(struct kit *k)
{
    struct why why = {0};
    struct db *d = NULL;
    k->tape = tape_new(1024, 0);
    struct writer_options o = {k->path, k->tape, 4096, story_words_tidy};
    if (writer_new(&o, &k->writer, &why) != OK) {
        printf("Bail out! %s\n", why.text);
        exit(1);
    }
    k->people = people_new();
    struct agency agency = {S("Tellal Haber"), S("TH"), S("https://tellal.example"), S("aa")};
    struct portion_rule rule;
    portion_default(&rule);
    stories_init(&k->stories, &agency, &rule);
    must(db_open(k->path, false, &d, &why) == OK);
    must(people_load(k->people, d, &why) == OK && stories_load(&k->stories, d, &why) == OK);
    db_close(&d);
    k->reader = reader_open(&(struct reader_options){k->path, &k->stories});
}

__attribute__((unused)) static void kit_open(struct kit *k)
{
    memset(k, 0, sizeof *k);
    id_init();
    clock_set_zone("Europe/Istanbul");
    const char *base = getenv("TMPDIR");
    snprintf(k->dir, sizeof k->dir, "%.30s/tellal-test-XXXXXX", base ? base : "/tmp");
    must(mkdtemp(k->dir) != NULL);
    snprintf(k->path, sizeof k->path, "%s/news.db", k->dir);
    kit_start(k);
}

__attribute__((unused)) static void kit_close(struct kit *k)
{
    static const char *const FILES[] = {"", "-wal", "-shm"};
    reader_close(k->reader);
    writer_free(&k->writer);
    people_free(&k->people);
    stories_fini(&k->stories);
    tape_free(&k->tape);
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", k->path, FILES[i]);
        unlink(path);
    }
    rmdir(k->dir);
}

/* A live story; zero `at_ms` = now, otherwise it is imported with that date. Returns its number. */
struct kit_story {
    const char *language, *headline, *body, *city, *slugline, *spot;
    unsigned category, package, priority;
    int64_t at_ms;
};
__attribute__((unused)) static struct story *kit_builder(struct kit *k, const struct kit_story *in)
{
    struct story *s = story_new();
    struct codes *codes = stories_codes(&k->stories);
    const struct code *language = codes_find(codes, CODE_LANGUAGE, str_from(in->language ? in->language : "tr"));
    s->language = arena_str(s->arena, str_from(in->language ? in->language : "tr"));
    s->codes = (struct story_codes){.type = TYPE_TEXT, .provider = 1, .language = language ? language->code : 0};
    s->codes.priority = in->priority ? (uint8_t)in->priority : 4;
    codeset_add(&s->codes.category, in->category ? in->category : 1);
    codeset_add(&s->codes.package, in->package ? in->package : 1);
    s->text.headline = arena_str(s->arena, str_from(in->headline));
    s->text.body = arena_str(s->arena, str_from(in->body));
    s->text.city = arena_str(s->arena, str_from(in->city));
    s->text.slugline = arena_str(s->arena, str_from(in->slugline));
    s->text.spot = arena_str(s->arena, str_from(in->spot));
    codes_unref(&codes);
    return s;
}

__attribute__((unused)) static uint64_t kit_put(struct kit *k, const struct kit_story *in)
{
    struct story_command c;
    story_command_init(&c, &k->stories);
    c.is_new = true;
    c.story = kit_builder(k, in);
    c.ask = STAGE_LIVE;
    c.is_import = in->at_ms != 0;
    c.import_at_ms = in->at_ms;
    memcpy(c.by, "editor", 7);
    story_command_prepare(&c);
    enum err e = writer_run(k->writer, &c.command);
    uint64_t n = c.answer.n;
    if (e)
        printf("# put: %s %s\n", err_key(e), c.command.why.text);
    story_command_fini(&c);
    return e ? 0 : n;
}

/* ACT_CORRECT and ACT_PUT take the new version in `in`; the others take NULL. Returns the record's seq, 0 when refused.
 */
__attribute__((unused)) static uint64_t kit_act(struct kit *k, uint64_t n, enum act act, const struct kit_story *in,
                                                const char *note)
{
    struct story_command c;
    struct story_row row;
    struct arena *a = arena_new(512);
    must(reader_row(k->reader, a, n, &row));
    story_command_init(&c, &k->stories);
    c.act = act;
    (void)str_copy(row.id, c.target, sizeof c.target);
    c.story = in ? kit_builder(k, in) : NULL;
    c.ask = STAGE_LIVE;
    memcpy(c.by, "editor", 7);
    (void)str_copy(str_from(note), c.note, sizeof c.note);
    story_command_prepare(&c);
    enum err e = writer_run(k->writer, &c.command);
    uint64_t seq = c.answer.seq;
    if (e)
        printf("# act: %s %s\n", err_key(e), c.command.why.text);
    story_command_fini(&c);
    arena_free(&a);
    return e ? 0 : seq;
}

/* Adds an organisation with these terms (NULL: everything). */
__attribute__((unused)) static uint32_t kit_org(struct kit *k, const char *name, const struct terms *t)
{
    struct org_command c;
    org_command_init(&c, k->people);
    c.name = str_from(name);
    c.has_terms = t != NULL;
    if (t)
        c.terms = *t;
    return writer_run(k->writer, &c.command) == OK ? c.out_id : 0;
}

__attribute__((unused)) static uint32_t kit_user(struct kit *k, const char *name, enum role role, uint32_t org)
{
    struct user_command c;
    user_command_init(&c, k->people);
    c.name = str_from(name);
    c.has_role = true;
    c.role = role;
    c.org = org;
    return writer_run(k->writer, &c.command) == OK ? c.out_id : 0;
}

/* Runs one statement of the test's own against the file, behind the writer's back. */
__attribute__((unused)) static void kit_sql(struct kit *k, const char *sql)
{
    struct db *d = NULL;
    struct why why = {0};
    must(db_open(k->path, true, &d, &why) == OK);
    if (db_exec(d, sql, &why) != OK)
        printf("# sql: %s\n", why.text);
    db_close(&d);
}

#endif
