#include "kit.h"

#include "store/check.h"

struct findings {
    char text[64][256];
    size_t count;
};

static void found(void *arg, const char *text)
{
    struct findings *f = arg;
    if (f->count < 64)
        (void)str_copy(str_from(text), f->text[f->count], sizeof f->text[0]);
    f->count++;
}

static enum err check(struct kit *k, struct findings *f, uint64_t *checked)
{
    f->count = 0;
    return check_store(k->reader, found, f, checked);
}

static bool says(const struct findings *f, const char *part)
{
    for (size_t i = 0; i < f->count && i < 64; i++)
        if (strstr(f->text[i], part))
            return true;
    return false;
}

static void show(const struct findings *f)
{
    for (size_t i = 0; i < f->count && i < 64; i++)
        printf("# %s\n", f->text[i]);
}

/* What somebody did to the file, how it is undone, and what must be said of it. */
static const struct {
    const char *act, *undo, *says;
} TAMPERS[] = {
    {"UPDATE record SET canon = replace(canon, '\"event\":\"story\"', '\"event\":\"update\"') WHERE seq = 3",
     "UPDATE record SET canon = replace(canon, '\"event\":\"update\"', '\"event\":\"story\"') WHERE seq = 3",
     "record 3: its hash is not that of its canonical form"},
    {"UPDATE record SET hash = zeroblob(32) WHERE seq = 3; ", NULL, "record 3: its hash is not that"},
    {"UPDATE record SET seq = -1 WHERE seq = 3; UPDATE record SET seq = 3 WHERE seq = 4; UPDATE record SET seq = 4 "
     "WHERE seq = -1",
     "UPDATE record SET seq = -1 WHERE seq = 3; UPDATE record SET seq = 3 WHERE seq = 4; UPDATE record SET seq = 4 "
     "WHERE seq = -1",
     "record 3: its canonical form says seq 4"},
    {"CREATE TABLE kept AS SELECT * FROM record WHERE seq = 4; DELETE FROM record WHERE seq = 4",
     "INSERT INTO record SELECT * FROM kept; DROP TABLE kept",
     "record 5: follows 3, so records between them are missing"},
    {"UPDATE record SET event = 2 WHERE seq = 3", "UPDATE record SET event = 1 WHERE seq = 3",
     "record 3: its columns differ"},
    {"UPDATE record SET at = at + 1 WHERE seq = 3", "UPDATE record SET at = at - 1 WHERE seq = 3",
     "record 3: its columns differ"},
    {"UPDATE version SET text = replace(text, 'kelime', 'kelimf') WHERE seq = 3",
     "UPDATE version SET text = replace(text, 'kelimf', 'kelime') WHERE seq = 3",
     "version 1: its text is not what record 3 commits to"},
    {"CREATE TABLE kept AS SELECT text AS t FROM version WHERE seq = 3; UPDATE version SET text = NULL WHERE seq = 3",
     "UPDATE version SET text = (SELECT t FROM kept) WHERE seq = 3; DROP TABLE kept", "version 1: its text is missing"},
    {"UPDATE version SET meta = replace(meta, '\"priority\":4', '\"priority\":1') WHERE seq = 3",
     "UPDATE version SET meta = replace(meta, '\"priority\":1', '\"priority\":4') WHERE seq = 3",
     "its codes are not those of record 3"},
    {"UPDATE version SET at = at + 1 WHERE seq = 3", "UPDATE version SET at = at - 1 WHERE seq = 3",
     "its time is not that of record 3"},
    {"UPDATE version SET text = '{\"headline\":\"back\"}' WHERE n = (SELECT n FROM story WHERE stage = 5) AND version "
     "= 1",
     "UPDATE version SET text = NULL WHERE n = (SELECT n FROM story WHERE stage = 5) AND version = 1",
     "is killed and still has a text"},
    {"UPDATE version SET salt = zeroblob(32) WHERE n = (SELECT n FROM story WHERE stage = 5) AND version = 1",
     "UPDATE version SET salt = NULL WHERE n = (SELECT n FROM story WHERE stage = 5) AND version = 1",
     "is killed and still has its salt"},
    {"INSERT INTO draft (id, version, stage, created, at, doc, n) SELECT 'aa:draft:x', 1, 3, 1, 1, '{}', n FROM story "
     "WHERE stage = 5",
     "DELETE FROM draft WHERE id = 'aa:draft:x'", "draft aa:draft:x: its story is killed"},
    {"INSERT INTO words (rowid, head, exact, stem, facet) VALUES (12345, '', 'x', '', 'a0')",
     "INSERT INTO words (words, rowid, head, exact, stem, facet) VALUES ('delete', 12345, '', 'x', '', 'a0')",
     "index: has words under 12345"},
    {"UPDATE story SET stage = 4 WHERE seq = 3", "UPDATE story SET stage = 3 WHERE seq = 3",
     "stage, seq or time differ"},
    {"UPDATE story SET okey = okey - 5 WHERE seq = 3", "UPDATE story SET okey = okey + 5 WHERE seq = 3",
     "its place in time"},
    {"UPDATE story SET version = 7 WHERE seq = 3", "UPDATE story SET version = 1 WHERE seq = 3",
     "its current version 7 is missing"},
    {"UPDATE brief SET is_killed = 1 WHERE n = (SELECT n FROM story WHERE seq = 3)",
     "UPDATE brief SET is_killed = 0 WHERE n = (SELECT n FROM story WHERE seq = 3)",
     "shows a kill notice for a story that is not killed"},
    {"UPDATE brief SET is_killed = 0 WHERE is_killed = 1",
     "UPDATE brief SET is_killed = 1 WHERE n = (SELECT n FROM story WHERE stage = 5)",
     "its story is killed and the site still shows its text"},
    {"INSERT INTO brief_section (section, language, okey) VALUES ('sport', 'tr', 5)",
     "DELETE FROM brief_section WHERE okey = 5", "section sport: lists 5, where nothing is shown"},
    {"UPDATE org_terms SET terms = NULL",
     "UPDATE org_terms SET terms = (SELECT canon ->> '$.terms' FROM record WHERE seq = 1)",
     "terms differ from those in record 1"},
    {"UPDATE person SET json = replace(json, 'Gazete', 'Gazetf')",
     "UPDATE person SET json = replace(json, 'Gazetf', 'Gazete')",
     "personal data differ from what record 1 commits to"},
    {"UPDATE meta SET value = '5' WHERE key = 'next_n'", "UPDATE meta SET value = '2000000' WHERE key = 'next_n'",
     "meta: next_n is 5"},
};

static void test_tampers(struct kit *k)
{
    struct findings f;
    uint64_t checked;
    for (size_t i = 0; i < sizeof TAMPERS / sizeof TAMPERS[0]; i++) {
        if (!TAMPERS[i].undo)
            kit_sql(k, "CREATE TABLE kept AS SELECT seq, hash AS h FROM record");
        kit_sql(k, TAMPERS[i].act);
        enum err e = check(k, &f, &checked);
        if (!ok(e == OK && says(&f, TAMPERS[i].says), "%s", TAMPERS[i].says))
            show(&f);
        kit_sql(k, TAMPERS[i].undo
                       ? TAMPERS[i].undo
                       : "UPDATE record SET hash = (SELECT h FROM kept WHERE kept.seq = record.seq); DROP TABLE kept");
    }
    if (!ok(check(k, &f, &checked) == OK && f.count == 0, "all undone, nothing is found"))
        show(&f);
}

static void test_index(struct kit *k)
{
    struct findings f;
    uint64_t checked;
    kit_sql(
        k,
        "INSERT INTO words (words) VALUES ('delete-all'); INSERT INTO brief_words (brief_words) VALUES ('delete-all')");
    ok_int(check(k, &f, &checked), OK, "an empty index is checked");
    ok(says(&f, "searches do not find it") && says(&f, "the public search does not find"), "and both are named");
}

/* Bytes of the file itself: the first page of the versions is overwritten. */
static void test_file(struct kit *k)
{
    struct findings f;
    uint64_t checked;
    struct statement *s =
        db_prepare(reader_db(k->reader), S("SELECT rootpage FROM sqlite_schema WHERE name = 'version'"));
    must(db_step(s));
    long page = (long)db_col_int(s, 0);
    db_free(&s);
    reader_close(k->reader);
    writer_free(&k->writer);
    kit_sql(k, "PRAGMA wal_checkpoint(TRUNCATE)");
    FILE *file = fopen(k->path, "r+b");
    char garbage[8192];
    memset(garbage, 0x5A, sizeof garbage);
    must(file && fseek(file, 8192 * (page - 1), SEEK_SET) == 0 &&
         fwrite(garbage, 1, sizeof garbage, file) == sizeof garbage);
    fclose(file);
    k->reader = reader_open(&(struct reader_options){k->path, &k->stories});
    enum err e = check(k, &f, &checked);
    ok(e != OK || says(&f, "database: "), "damage of the file is an error or a finding");
}

int main(void)
{
    struct kit k;
    struct findings f;
    uint64_t checked = 0;
    kit_open(&k);
    (void)kit_org(&k, "Gazete", NULL);
    (void)kit_user(&k, "ayşe", ROLE_EDITOR, 0);
    struct kit_story in = {.language = "tr",
                           .headline = "Liman açıldı",
                           .body = "<p>Birinci hâl: gizli kelime. İkinci cümle. Üçüncü cümle.</p>"};
    (void)kit_put(&k, &in);                                  /* record 3 */
    uint64_t killed = kit_put(&k, &in);                      /* 4 */
    (void)kit_act(&k, killed, ACT_CORRECT, &in, "düzeltme"); /* 5 */
    (void)kit_act(&k, killed, ACT_KILL, NULL, "yanlış");     /* 6 */
    uint64_t held = kit_put(&k, &in);
    (void)kit_act(&k, held, ACT_HOLD, NULL, "bekle");
    (void)kit_put(&k,
                  &(struct kit_story){
                      .language = "ar", .headline = "ميناء جديد", .body = "<p>نص الخبر</p>", .at_ms = 1600000000000});
    ok_int(check(&k, &f, &checked), OK, "a good store is checked");
    if (!ok(f.count == 0, "and nothing is found"))
        show(&f);
    ok(checked > 20, "everything was looked at");
    test_tampers(&k);
    test_index(&k);
    test_file(&k);
    kit_close(&k);
    return tap_end();
}
