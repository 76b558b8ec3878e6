#include "store/verify.h"

#include "kit.h"
#include "store/epoch.h"
#include "store/export.h"

static struct kit kit;

/* ---- an export in memory, as lines ---- */

static bool put(void *arg, struct str bytes)
{
    buf_add(arg, bytes);
    return true;
}

static struct buf export_of(uint64_t after, uint64_t to, bool has_personal)
{
    struct buf b = BUF_INIT(16 << 20);
    struct why why = {0};
    struct export_result r;
    struct export_options o = {.path = kit.path, .agency = S("Tellal"), .after = after, .to = to ? to : UINT64_MAX, .has_personal = has_personal, .put = put, .arg = &b};
    if (export_write(&o, &r, &why) != OK)
        printf("# export: %s\n", why.text);
    return b;
}

struct told {
    size_t n;
    uint64_t seq[16];
    char text[16][256];
};

static void found(void *arg, uint64_t seq, const char *text)
{
    struct told *t = arg;
    if (t->n < 16) {
        t->seq[t->n] = seq;
        snprintf(t->text[t->n], sizeof t->text[t->n], "%s", text);
    }
    t->n++;
}

static struct told told;
static struct verify verified;

static uint64_t verify(struct str text)
{
    told = (struct told){0};
    verified = (struct verify){.found = found, .arg = &told};
    FILE *f = fmemopen((void *)(uintptr_t)text.p, text.n, "r");
    must(f);
    verify_export(f, &verified);
    fclose(f);
    return verified.wrong;
}

/* One finding, about this record (0: the file), that says this. */
static bool says(struct buf *b, uint64_t seq, const char *what)
{
    uint64_t wrong = verify(buf_str(b));
    bool is_right = wrong == 1 && told.n == 1 && told.seq[0] == seq && strstr(told.text[0], what);
    for (size_t i = 0; !is_right && i < told.n && i < 16; i++)
        printf("# %llu: %s\n", (unsigned long long)told.seq[i], told.text[i]);
    return is_right;
}

/* Line i (0: the header) with its end. */
static struct str line_of(struct buf *b, size_t i)
{
    struct str rest = buf_str(b), line = S("");
    for (size_t at = 0; at <= i; at++)
        must(str_split(&rest, '\n', &line));
    return str_of(line.p, line.n + 1);
}

static struct buf copy_of(const struct buf *b)
{
    struct buf c = BUF_INIT(16 << 20);
    buf_add(&c, buf_str(b));
    return c;
}

/* The n lines from i on give way to `with`. */
static struct buf with_lines(struct buf *b, size_t i, size_t n, struct str with)
{
    struct buf c = BUF_INIT(16 << 20);
    struct str first = line_of(b, i), after = n ? line_of(b, i + n - 1) : str_of(first.p, 0);
    buf_add(&c, str_of(b->p, (size_t)(first.p - b->p)));
    buf_add(&c, with);
    const char *rest = after.p + after.n;
    buf_add(&c, str_of(rest, b->n - (size_t)(rest - b->p)));
    return c;
}

/* In line i, the byte `ahead` bytes behind the first place of `mark`, changed in one bit. */
static struct buf with_flip(struct buf *b, size_t i, const char *mark, size_t ahead)
{
    struct buf c = copy_of(b);
    struct str line = line_of(&c, i);
    size_t at = str_find(line, str_from(mark));
    must(at != SIZE_MAX && at + ahead < line.n);
    c.p[(size_t)(line.p - c.p) + at + ahead] ^= 1;
    return c;
}

/* ---- a store with one of each ---- */

static uint64_t killed;

static void fill(void)
{
    struct kit_story a = {"tr", "Vapur seferleri başladı", "<p>İlk sefer \"dokuzda\".</p>", "İzmir", "", "", 1, 1, 4, 0};
    struct kit_story b = {"en", "The port opened", "<p>At nine.</p>", "Izmir", "", "", 2, 1, 3, 0};
    struct epoch_command epoch;
    epoch_command_init(&epoch, 1);
    must(writer_run(kit.writer, &epoch.command) == OK); /* 1 */
    killed = kit_put(&kit, &a);                         /* 2 */
    must(killed && kit_put(&kit, &b));                  /* 3 */
    must(kit_org(&kit, "Gazete", NULL));                /* 4 */
    must(kit_user(&kit, "ada", ROLE_EDITOR, 0));        /* 5 */
    must(kit_put(&kit, &b));                            /* 6 */
}

static void test_sound(void)
{
    struct buf b = export_of(0, 0, false), p = export_of(0, 0, true), slice = export_of(2, 4, false), none = export_of(6, 0, false);
    ok(verify(buf_str(&b)) == 0 && verified.checked == 6, "an export as it comes is right");
    ok(!str_has(buf_str(&b), S("\"ada\"")), "… and names nobody");
    ok(verify(buf_str(&p)) == 0 && verified.checked == 6 && str_has(buf_str(&p), S("\"ada\"")), "with personal data too");
    ok(verify(buf_str(&slice)) == 0 && verified.checked == 2, "a piece of it too");
    ok(verify(buf_str(&none)) == 0 && verified.checked == 0, "and one of nothing");
    struct export_options o = {.path = kit.path, .after = 7, .to = UINT64_MAX, .put = put};
    struct export_result r;
    struct why why = {0};
    ok(export_write(&o, &r, &why) == ERR_FIELD && why.text[0], "after the newest there is nothing to ask for: %s", why.text);
    buf_fini(&b), buf_fini(&p), buf_fini(&slice), buf_fini(&none);
}

static void test_faults(void)
{
    struct buf b = export_of(0, 0, true), c;
    struct buf two = BUF_INIT(1 << 20);
    buf_add(&two, line_of(&b, 4));
    buf_add(&two, line_of(&b, 3));

    ok((c = with_flip(&b, 3, "\"language\":\"", 12), says(&c, 3, "its hash is not that")), "a flipped byte in a record");
    buf_fini(&c);
    ok((c = with_flip(&b, 3, "\"seq\":", 6), says(&c, 3, "its hash is not that")), "… in its number");
    buf_fini(&c);
    ok((c = with_flip(&b, 3, "\"hash\":\"", 10), says(&c, 3, "its hash is not that")), "… in its hash");
    buf_fini(&c);
    ok((c = with_flip(&b, 3, "{\"record\":{", 10), says(&c, 3, "its hash is not that")), "… in its brace");
    buf_fini(&c);
    ok((c = with_lines(&b, 3, 1, S("")), says(&c, 4, "follows 2, so records between them are missing")), "a dropped record");
    buf_fini(&c);
    ok((c = with_lines(&b, 6, 1, S("")), says(&c, 0, "ends at record 5")), "the last one dropped");
    buf_fini(&c);
    c = with_lines(&b, 3, 2, buf_str(&two));
    ok(verify(buf_str(&c)) == 2 && told.seq[0] == 4 && told.seq[1] == 3 && strstr(told.text[1], "out of order"), "a swapped pair: %s",
       told.text[1]);
    buf_fini(&c);
    ok((c = with_flip(&b, 2, "\"headline\":\"", 14), says(&c, 2, "its text is not what it commits to")), "a flipped byte in a text");
    buf_fini(&c);
    ok((c = with_flip(&b, 2, "\"salt\":\"", 20), says(&c, 2, "its text is not what it commits to")), "… in a salt");
    buf_fini(&c);
    ok((c = with_flip(&b, 5, "\"person\":{", 15), says(&c, 5, "its personal data is not what it commits to")), "… in personal data");
    buf_fini(&c);
    ok((c = with_flip(&b, 0, "\"prev\":\"", 8), says(&c, 1, "does not link")), "… in the header's link");
    buf_fini(&c);
    struct str line = line_of(&b, 2);
    struct buf cut = BUF_INIT(1 << 20);
    buf_add(&cut, str_sub(line, 0, str_find(line, S(",\"salt\":"))));
    buf_puts(&cut, "}\n");
    ok((c = with_lines(&b, 2, 1, buf_str(&cut)), says(&c, 2, "has a text without its salt")), "a salt that is missing");
    buf_fini(&c);
    ok((c = with_lines(&b, 3, 0, S("{\"what\":1}\n")), says(&c, 3, "is no line of an export")), "a line that is none");
    buf_fini(&c);
    buf_fini(&cut), buf_fini(&two), buf_fini(&b);
}

/* A record in another spelling, its hash made anew. */
static void test_canonical(void)
{
    struct buf b = export_of(5, 0, false), line = BUF_INIT(1 << 20), c;
    struct str old = line_of(&b, 1), record = str_sub(old, 10, str_find(old, S(",\"hash\":\"")) - 10);
    uint8_t hash[ID_HASH];
    buf_puts(&line, "{\"record\":{ ");
    buf_add(&line, str_sub(record, 1, record.n));
    id_sha256(str_sub(buf_str(&line), 10, line.n), hash);
    buf_puts(&line, ",\"hash\":\"");
    id_hex(hash, sizeof hash, &line);
    buf_add(&line, str_sub(old, str_find(old, S(",\"hash\":\"")) + 9 + 64, old.n));
    ok((c = with_lines(&b, 1, 1, buf_str(&line)), says(&c, 6, "canonical form")), "a space too many, with a hash of its own");
    buf_fini(&c), buf_fini(&line), buf_fini(&b);
}

static void test_files(void)
{
    static const struct {
        const char *text, *what;
    } rows[] = {
        {"\n", "is no header"},
        {"hello\nworld\n", "is no header"},
        {"hello", "has no end"},
        {"{\"export\":1}\n", "head, after, to, prev or epoch"},
        {"{\"export\":2}\n", "of format 2"},
        {"[1,2]\n", "is no header"},
        {"{\"export\":1,\"head\":-1,\"after\":0,\"to\":0,\"prev\":\"\",\"epoch\":[]}\n", "head, after"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = BUF_INIT(4096);
        buf_puts(&b, rows[i].text);
        ok(says(&b, 0, rows[i].what), "a file that is no export: %s", told.text[0]);
        buf_fini(&b);
    }
    FILE *f = fopen("/dev/null", "r");
    told = (struct told){0};
    verified = (struct verify){.found = found, .arg = &told};
    verify_export(f, &verified);
    fclose(f);
    ok(verified.wrong == 1 && strstr(told.text[0], "empty"), "an empty file");

    struct buf whole = export_of(0, 0, true);
    size_t silent = 0;
    for (size_t n = 1; n < whole.n; n += 101) {
        struct str part = str_of(whole.p, n);
        silent += verify(part) == 0;
    }
    ok_int(silent, 0, "cut off anywhere it is found out");
    buf_fini(&whole);
}

static void test_kill(void)
{
    struct buf before = export_of(0, 0, false), early, c;
    must(kit_act(&kit, killed, ACT_KILL, NULL, "not so")); /* 7 */
    struct buf after = export_of(0, 0, false);
    ok(verify(buf_str(&after)) == 0 && !str_has(buf_str(&after), S("Vapur")) && str_has(line_of(&after, 7), S("{\"note\":\"not so\"}")),
       "a killed story has no text, and its kill a reason");
    ok((c = with_lines(&after, 2, 1, line_of(&before, 2)), says(&c, 2, "killed by record 7")), "one that has its text again is found");
    buf_fini(&c);
    early = export_of(0, 6, false);
    ok(verify(buf_str(&early)) == 0 && !str_has(buf_str(&early), S("Vapur")), "cut short before the kill, it is gone all the same");
    ok(verify(buf_str(&before)) == 0, "an older export stays right for its time");
    buf_fini(&before), buf_fini(&early), buf_fini(&after);
}

static void test_epoch(void)
{
    struct epoch_command epoch;
    struct kit_story a = {"en", "Later", "<p>Text.</p>", "", "", "", 1, 1, 4, 0};
    epoch_command_init(&epoch, 1000000);
    must(writer_run(kit.writer, &epoch.command) == OK && kit_put(&kit, &a));
    struct buf b = export_of(0, 0, false), gap = export_of(500, 0, false), c;
    ok(verify(buf_str(&b)) == 0 && verified.checked == 9, "numbers jump at a new epoch");
    ok(verify(buf_str(&gap)) == 0 && verified.checked == 2, "also for who asks from within the gap");
    ok((c = with_flip(&b, 0, "\"first_seq\":1000000", 18), says(&c, 1000000, "header does not name")), "but not at one that the header does not name");
    buf_fini(&c), buf_fini(&b), buf_fini(&gap);
}

int main(void)
{
    kit_open(&kit);
    fill();
    test_sound();
    test_faults();
    test_canonical();
    test_files();
    test_kill();
    test_epoch();
    kit_close(&kit);
    return tap_end();
}
