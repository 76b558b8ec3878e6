/* Backups: what goes in, what comes out again, and what is refused on the way. */
#include "store/backup.h"

#include "kit.h"
#include "store/keys.h"
#include "store/restore.h"
#include "store/store.h"
#include "store/sweep.h"
#include "store/tar.h"
#include "store/unpack.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static char base[64];

static const char *in_base(const char *name)
{
    static char paths[8][192];
    static unsigned turn;
    char *p = paths[turn++ % 8];
    snprintf(p, sizeof paths[0], "%s/%s", base, name);
    return p;
}

/* ---- a folder with a live story, a killed one, a draft under embargo, a session ---- */

static enum err open_store(const char *dir, struct store **out)
{
    struct store_options o = {.dir = dir, .agency = {S("Tellal Haber"), S("TH"), S("https://tellal.example"), S("aa")}};
    struct why why = {0};
    bool is_new;
    portion_default(&o.rule);
    enum err e = store_open(&o, out, &is_new, &why);
    if (e)
        printf("# %s\n", why.text);
    return e;
}

static void put(struct store *s, const char *headline, int64_t embargo_ms, struct story_answer *out)
{
    struct story_command c;
    struct story *story = story_new();
    story->language = S("tr");
    story->codes = (struct story_codes){.type = TYPE_TEXT, .provider = 1, .language = 1, .priority = 4};
    codeset_add(&story->codes.category, 1);
    codeset_add(&story->codes.package, 1);
    story->text.headline = arena_str(story->arena, str_from(headline));
    story->text.body = arena_str(story->arena, str_from("<p>Metin.</p>"));
    story->times.embargo_ms = embargo_ms;
    story_command_init(&c, store_stories(s));
    c.is_new = true;
    c.story = story;
    c.ask = STAGE_LIVE;
    story_command_prepare(&c);
    must(writer_run(store_writer(s), &c.command) == OK);
    *out = c.answer;
    story_command_fini(&c);
}

static void kill_it(struct store *s, const char *id)
{
    struct story_command c;
    story_command_init(&c, store_stories(s));
    c.act = ACT_KILL;
    (void)str_copy(str_from(id), c.target, sizeof c.target);
    (void)str_copy(S("not so"), c.note, sizeof c.note);
    must(writer_run(store_writer(s), &c.command) == OK);
    story_command_fini(&c);
}

static void sign_in(struct store *s)
{
    struct session_command c;
    session_command_init(&c, store_sessions(s));
    memset(c.hash, 7, sizeof c.hash);
    c.info = (struct session_info){.user = 1, .created_ms = clock_now_ms()};
    c.address = c.agent = S("test");
    must(writer_run(store_writer(s), &c.command) == OK);
}

static char draft[96];

static void fill(struct store *s)
{
    struct story_answer a;
    put(s, "Vapur", 0, &a);
    put(s, "Zeytinagaci", 0, &a);
    kill_it(s, a.id);
    put(s, "Gizli", clock_now_ms() + 3600000, &a);
    (void)str_copy(str_from(a.id), draft, sizeof draft);
    sign_in(s);
}

/* ---- claims ---- */

static enum err back_up(const char *dir, const char *file, struct str passphrase, struct backup_result *r, struct why *why)
{
    struct backup_options o = {.dir = dir, .file = file, .passphrase = passphrase, .agency = S("Tellal Haber"), .program = S("test")};
    *why = (struct why){0};
    return backup_write(&o, r, why);
}

static enum err put_back(const char *file, const char *dir, struct str passphrase, struct restore_result *r, struct why *why)
{
    struct restore_options o = {.file = file, .dir = dir, .passphrase = passphrase};
    *why = (struct why){0};
    return restore_read(&o, r, why);
}

/* Names in the base folder that begin so. */
static size_t count_of(const char *start)
{
    size_t n = 0;
    DIR *d = opendir(base);
    for (const struct dirent *e; (e = readdir(d));)
        n += str_starts(str_from(e->d_name), str_from(start));
    closedir(d);
    return n;
}

static struct buf bytes_of(const char *path)
{
    struct buf b = BUF_INIT(64 << 20);
    FILE *f = fopen(path, "r");
    must(f);
    for (size_t n = 1; n;) {
        char *room = buf_room(&b, 65536);
        n = fread(room, 1, 65536, f);
        b.n += n;
    }
    fclose(f);
    return b;
}

static void write_bytes(const char *path, struct str bytes)
{
    FILE *f = fopen(path, "w");
    must(f && fwrite(bytes.p, 1, bytes.n, f) == bytes.n && fclose(f) == 0);
}

static bool opens_draft(const char *dir)
{
    struct store *s;
    uint64_t n;
    if (open_store(dir, &s))
        return false;
    struct story *story = reader_draft(store_main_reader(s), str_from(draft), &n);
    bool is_open = story && str_is(story->text.headline, "Gizli");
    story_unref(&story);
    store_close(&s);
    return is_open;
}

static void test_backup(const char *dir)
{
    struct backup_result r;
    struct why why;
    struct stat st;
    ok(back_up(dir, in_base("plain.tar"), STR_NONE, &r, &why) == OK && r.head == 4, "a backup beside the running store: %s", why.text);
    ok(stat(in_base("plain.tar"), &st) == 0 && (st.st_mode & 0777) == 0600 && (uint64_t)st.st_size == r.bytes, "is its owner's alone");
    ok(r.sealed == 1 && r.left_embargo_key && !r.has_embargo_key, "the embargo key stays out without a passphrase");
    ok(count_of("plain.tar") == 1, "nothing else is left beside it");
    ok(back_up(dir, in_base("plain.tar"), STR_NONE, &r, &why) == ERR_EXISTS, "a file that is there is not written over: %s", why.text);
    ok(back_up(in_base("nowhere"), in_base("x.tar"), STR_NONE, &r, &why) == ERR_NONE && count_of("x.tar") == 0, "a folder that is no store: %s",
       why.text);
    ok(back_up(dir, in_base("no/x.tar"), STR_NONE, &r, &why) == ERR_IO, "a place that is not there: %s", why.text);
    ok(back_up(dir, in_base("sealed.tar"), S("a long passphrase"), &r, &why) == OK && r.has_embargo_key && !r.left_embargo_key,
       "with a passphrase it goes in");
    uint8_t key[KEYS_BYTES];
    must(keys_read(dir, "embargo.key", key, NULL) == OK);
    struct buf b = bytes_of(in_base("sealed.tar"));
    ok(str_find(buf_str(&b), str_of((const char *)key, sizeof key)) == SIZE_MAX, "… not as it is");
    ok(str_has(buf_str(&b), S("Vapur")) && !str_has(buf_str(&b), S("Zeytinagaci")) && !str_has(buf_str(&b), S("zeytinagaci")),
       "a killed text is in no page of it, nor are its words");
    ok(!str_has(buf_str(&b), S("Gizli")), "a text under embargo is in it only sealed");
    buf_fini(&b);
}

static void test_restore(const char *dir)
{
    struct restore_result r;
    struct why why;
    uint64_t before = (uint64_t)(clock_now_ms() / 1000) * 1000000;
    ok(put_back(in_base("plain.tar"), dir, STR_NONE, &r, &why) == ERR_BUSY, "not while a server runs: %s", why.text);
    ok(put_back(in_base("plain.tar"), in_base("one"), STR_NONE, &r, &why) == OK, "into a folder that is not there: %s", why.text);
    ok(r.head == 4 && r.first_seq >= before && r.first_seq % 1000000 == 0 && r.sessions == 1, "it has a new epoch and no sessions");
    uint64_t first_seq = r.first_seq;
    ok(r.sealed == 1 && r.closed == 1 && !r.has_embargo_key, "its draft under embargo stays closed");
    struct backup_result again;
    ok(back_up(in_base("one"), in_base("again.tar"), STR_NONE, &again, &why) == OK && again.head == first_seq, "it can be backed up itself");
    ok(put_back(in_base("again.tar"), in_base("again"), STR_NONE, &r, &why) == OK && r.first_seq > first_seq && r.first_seq % 1000000 == 0,
       "… and restored in the same second, into an epoch above: %s", why.text);
    clock_fake(clock_now_ms() - 86400000);
    ok(put_back(in_base("again.tar"), in_base("past"), STR_NONE, &r, &why) == ERR_STATE && count_of("past") == 0,
       "by a clock of the day before it is refused: %s", why.text);
    clock_fake(-1);
    ok(put_back(in_base("plain.tar"), in_base("one"), STR_NONE, &r, &why) == ERR_EXISTS, "not over what is there: %s", why.text);
    ok(put_back(in_base("sealed.tar"), in_base("two"), S("another one"), &r, &why) == ERR_AUTH && count_of("two") == 0,
       "another passphrase leaves nothing behind: %s", why.text);
    must(mkdir(in_base("two"), 0755) == 0);
    ok(put_back(in_base("sealed.tar"), in_base("two"), S("a long passphrase"), &r, &why) == OK, "into an empty folder: %s", why.text);
    ok(r.has_embargo_key && r.sealed == 1 && r.closed == 0, "with the passphrase its draft can be opened");
    ok(put_back(in_base("sealed.tar"), in_base("three"), STR_NONE, &r, &why) == OK && r.left_embargo_key && r.closed == 1,
       "without it the rest comes all the same");
    ok(access(in_base("three/keys/embargo.key.wrapped"), F_OK) != 0, "… and the wrapped key stays where it was");
    ok(opens_draft(in_base("two")) && !opens_draft(in_base("three")), "and so it is");
    struct store *s = NULL;
    ok(open_store(in_base("one"), &s) == OK && tape_head(store_tape(s)) == first_seq, "the store opens, at the epoch's number");
    store_close(&s);
}

/* ---- what is refused ---- */

static bool is_refused(struct str bytes, const char *what)
{
    struct restore_result r;
    struct why why;
    write_bytes(in_base("bad.tar"), bytes);
    enum err e = put_back(in_base("bad.tar"), in_base("bad"), STR_NONE, &r, &why);
    if (e == OK)
        unpack_remove(in_base("bad"));
    return ok((e == ERR_PARSE || e == ERR_STATE) && why.text[0] && count_of("bad") == 1, "%s: %s (%s)", what, why.text, why.at);
}

struct extra {
    const char *name, *bytes;
};

/* A backup whose archive and manifest are sound and whose database is this file. */
static bool is_refused_with(const char *database, const char *what)
{
    struct buf content = bytes_of(database), text = BUF_INIT(4096);
    struct manifest_member row = {.name = S("tellal.db"), .bytes = content.n};
    struct manifest m = {.agency = S("A"), .program = S("test"), .epoch = "ab", .head = 4, .at_ms = 1, .members = &row, .count = 1};
    char *p = NULL;
    size_t n = 0;
    id_sha256(buf_str(&content), row.hash);
    manifest_write(&m, &text);
    struct extra files[] = {{"tellal.db", content.p}, {MANIFEST_NAME, text.p}};
    size_t sizes[] = {content.n, text.n};
    FILE *to = open_memstream(&p, &n);
    for (size_t i = 0; i < 2; i++) {
        struct tar_member x = {.bytes = sizes[i]};
        (void)str_copy(str_from(files[i].name), x.name, sizeof x.name);
        tar_head(to, &x, 0);
        (void)fwrite(files[i].bytes, 1, sizes[i], to);
        tar_tail(to, &x);
    }
    tar_end(to);
    fclose(to);
    bool is_right = is_refused(str_of(p, n), what);
    free(p);
    buf_fini(&content), buf_fini(&text);
    return is_right;
}

static void test_databases(void)
{
    static const struct {
        const char *sql, *what;
    } rows[] = {
        {"CREATE TABLE cats (name TEXT)", "a database of others"},
        {"CREATE TABLE meta (key TEXT, value TEXT); INSERT INTO meta VALUES ('schema', '1000')", "one of a later program"},
        {"CREATE TABLE meta (key TEXT, value TEXT); INSERT INTO meta VALUES ('schema', '4')", "one that says it is ours"},
        {"CREATE TABLE meta (key TEXT)", "one that says nothing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct db *d = NULL;
        char path[192];
        snprintf(path, sizeof path, "%s/other%zu.db", base, i);
        must(db_open(path, true, &d, NULL) == OK && db_exec(d, rows[i].sql, NULL) == OK);
        db_close(&d);
        is_refused_with(path, rows[i].what);
    }
    write_bytes(in_base("none.db"), S("this is no database, though it is long enough to be taken for the beginning of one, in a file that has "
                                      "more than the hundred bytes of a header"));
    is_refused_with(in_base("none.db"), "no database at all");
}

/* The members of a sound backup but the manifest, then others. */
static struct buf archive_of(const struct extra *more, size_t count, bool with_manifest)
{
    struct buf b = BUF_INIT(64 << 20);
    char *p = NULL, chunk[4096];
    size_t n = 0;
    FILE *from = fopen(in_base("plain.tar"), "r"), *to = open_memstream(&p, &n);
    struct tar t = {.from = from};
    struct tar_member m;
    for (bool is_end = false; tar_next(&t, &m, &is_end, NULL) == OK && !is_end;) {
        if (!with_manifest && strcmp(m.name, MANIFEST_NAME) == 0)
            continue;
        tar_head(to, &m, 0);
        for (size_t got; tar_read(&t, chunk, sizeof chunk, &got, NULL) == OK && got;)
            (void)fwrite(chunk, 1, got, to);
        tar_tail(to, &m);
    }
    for (size_t i = 0; i < count; i++) {
        struct tar_member x = {.bytes = strlen(more[i].bytes)};
        (void)str_copy(str_from(more[i].name), x.name, sizeof x.name);
        tar_head(to, &x, 0);
        (void)fwrite(more[i].bytes, 1, x.bytes, to);
        tar_tail(to, &x);
    }
    tar_end(to);
    fclose(to);
    fclose(from);
    buf_add(&b, str_of(p, n));
    free(p);
    return b;
}

static void test_hostile(void)
{
    static const struct extra rows[] = {
        {"keys/token.key", "x"}, {"tellal.db-wal", "x"}, {"lock", "x"},      {"keys/a/b", "x"}, {"other/x", "x"},
        {"media/a", "x"},        {"keys/new.key", "x"},  {"tellal.conf", ""}, {"manifest.json", "{}"},
    };
    struct buf whole = bytes_of(in_base("plain.tar"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = archive_of(&rows[i], 1, true);
        is_refused(buf_str(&b), rows[i].name);
        buf_fini(&b);
    }
    static const struct extra manifests[] = {{MANIFEST_NAME, "no JSON"}, {MANIFEST_NAME, "{\"backup\":9}"}, {MANIFEST_NAME, "{\"backup\":1}"}};
    for (size_t i = 0; i < sizeof manifests / sizeof *manifests; i++) {
        struct buf b = archive_of(&manifests[i], 1, false);
        is_refused(buf_str(&b), manifests[i].bytes);
        buf_fini(&b);
    }
    struct buf none = archive_of(NULL, 0, false);
    is_refused(buf_str(&none), "no manifest");
    is_refused(S(""), "an empty file");
    is_refused(S("this is no archive"), "no archive");
    is_refused(str_sub(buf_str(&whole), 0, whole.n / 2), "half a backup");
    size_t missed = 0, tries = 0;
    for (size_t at = 700; at + 4096 < whole.n; at += whole.n / 40, tries++) {
        struct restore_result r;
        struct why why;
        whole.p[at] ^= 1;
        write_bytes(in_base("bad.tar"), buf_str(&whole));
        missed += put_back(in_base("bad.tar"), in_base("bad"), STR_NONE, &r, &why) != ERR_PARSE || count_of("bad") != 1;
        whole.p[at] ^= 1;
    }
    ok(missed == 0 && tries > 30, "a flipped byte in any part of the database is found out");
    buf_fini(&none), buf_fini(&whole);
}

/* The kit has no timers, so nothing is swept but by us. */
static bool has_word(const char *path, const char *word)
{
    struct buf b = bytes_of(path);
    bool has = str_has(buf_str(&b), str_from(word));
    buf_fini(&b);
    return has;
}

static void test_sweep(void)
{
    struct kit kit;
    struct kit_story a = {"en", "Zebrawoodquartz", "<p>Text.</p>", "", "", "", 1, 1, 4, 0};
    struct db *d = NULL;
    kit_open(&kit);
    uint64_t n = kit_put(&kit, &a);
    must(n && kit_act(&kit, n, ACT_KILL, NULL, "not so"));
    must(db_open(kit.path, false, &d, NULL) == OK && db_copy(d, in_base("copy.db"), NULL) == OK);
    db_close(&d);
    ok(has_word(in_base("copy.db"), "zebrawoodquartz"), "after a kill the index still has the words");
    must(db_open(in_base("copy.db"), true, &d, NULL) == OK);
    ok(sweep_all(d) == OK, "a copy can be swept at once");
    db_close(&d);
    ok(!has_word(in_base("copy.db"), "zebrawoodquartz"), "… and has them no more");
    ok(db_open(kit.path, false, &d, NULL) == OK && db_copy(d, in_base("copy.db"), NULL) != OK, "a copy is not written over a file");
    db_close(&d);
    kit_close(&kit);
}

static void test_keys(void)
{
    uint8_t key[KEYS_BYTES], out[KEYS_BYTES];
    struct buf b = BUF_INIT(KEYS_WRAPPED);
    id_random(key, sizeof key);
    keys_wrap(S("doğru at pil"), "embargo.key", key, &b);
    ok(b.n == KEYS_WRAPPED && keys_unwrap(S("doğru at pil"), "embargo.key", buf_str(&b), out) == OK && memcmp(key, out, sizeof key) == 0,
       "a wrapped key comes back");
    ok(keys_unwrap(S("doğru at pi"), "embargo.key", buf_str(&b), out) == ERR_AUTH, "not by another passphrase");
    ok(keys_unwrap(S("doğru at pil"), "token.key", buf_str(&b), out) == ERR_AUTH, "nor under another name");
    b.p[40] ^= 1;
    ok(keys_unwrap(S("doğru at pil"), "embargo.key", buf_str(&b), out) == ERR_AUTH, "nor changed");
    ok(keys_unwrap(S("doğru at pil"), "embargo.key", S("short"), out) == ERR_AUTH, "nor cut");
    buf_fini(&b);
}

int main(void)
{
    struct store *s = NULL;
    id_init();
    clock_set_zone("Europe/Istanbul");
    snprintf(base, sizeof base, "/tmp/tellal-backup-XXXXXX");
    must(mkdtemp(base) != NULL);
    must(open_store(in_base("data"), &s) == OK);
    fill(s);
    test_keys();
    test_sweep();
    test_backup(in_base("data"));
    test_restore(in_base("data"));
    store_close(&s);
    test_hostile();
    test_databases();
    unpack_remove(base);
    ok(access(base, F_OK) != 0, "a folder goes with all that is in it");
    return tap_end();
}
