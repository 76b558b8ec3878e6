#include "store/tar.h"

#include "../tap.h"
#include "base/buf.h"

#define LONG "media/2026/11/23/aa-picture-20261123-0123456789012345678901234567890123456789/original-of-the-very-long-name-that-does-not-fit-a-field.jpeg"

/* ---- writing and reading back ---- */

static struct buf archive_of(const struct tar_member *m, size_t count, struct str content)
{
    struct buf b = BUF_INIT(1 << 20);
    char *p = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&p, &n);
    for (size_t i = 0; i < count; i++) {
        tar_head(f, &m[i], 1795475659456);
        (void)fwrite(content.p, 1, content.n, f);
        tar_tail(f, &m[i]);
    }
    tar_end(f);
    fclose(f);
    buf_add(&b, str_of(p, n));
    free(p);
    return b;
}

static FILE *reading(struct buf *b)
{
    FILE *f = fmemopen(b->p, b->n, "r");
    must(f);
    return f;
}

static void test_round(void)
{
    struct tar_member m[2] = {{"tellal.db", 5}, {LONG, 5}}, got;
    struct buf b = archive_of(m, 2, S("hello"));
    FILE *f = reading(&b);
    struct tar t = {.from = f};
    struct why why = {0};
    bool is_end = true;
    char bytes[64];
    size_t n = 0;
    ok(b.n == 2 * (512 + 512) + 1024 && tar_is_one(buf_str(&b)), "an archive is made of blocks");
    ok(tar_next(&t, &got, &is_end, &why) == OK && !is_end && got.bytes == 5, "the first member");
    ok_str(str_from(got.name), "tellal.db", "… has its name");
    ok(tar_read(&t, bytes, sizeof bytes, &n, &why) == OK && n == 5 && memcmp(bytes, "hello", 5) == 0, "… and its bytes");
    ok(tar_read(&t, bytes, sizeof bytes, &n, &why) == OK && n == 0, "… and an end");
    ok(tar_next(&t, &got, &is_end, &why) == OK && !is_end, "the second one");
    ok_str(str_from(got.name), LONG, "… has a name in two fields");
    ok(tar_next(&t, &got, &is_end, &why) == OK && is_end, "what was not read is passed over, and the end is the end");
    fclose(f);
    buf_fini(&b);
}

static void test_large(void)
{
    struct tar_member m = {"tellal.db", UINT64_C(1) << 40}, got;
    struct buf b = archive_of(&m, 1, S(""));
    FILE *f = reading(&b);
    struct tar t = {.from = f};
    bool is_end;
    ok(tar_next(&t, &got, &is_end, NULL) == OK && got.bytes == m.bytes, "a size beyond 8 GiB");
    ok(tar_next(&t, &got, &is_end, NULL) == ERR_PARSE, "… and its bytes, which are not there, are missed");
    fclose(f);
    buf_fini(&b);
}

/* ---- hostile archives ---- */

static void seal(char *head)
{
    unsigned sum = 0;
    char digits[8];
    memset(head + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++)
        sum += (unsigned char)head[i];
    snprintf(digits, sizeof digits, "%06o", sum);
    memcpy(head + 148, digits, 7);
}

static enum err first_of(struct buf *b, struct why *why)
{
    FILE *f = reading(b);
    struct tar t = {.from = f};
    struct tar_member m;
    bool is_end;
    enum err e = tar_next(&t, &m, &is_end, why);
    fclose(f);
    return e;
}

static void test_hostile(void)
{
    static const struct {
        size_t at;
        const char *bytes;
        size_t n;
        const char *what;
    } rows[] = {
        {0, "/etc/passwd", 12, "an absolute name"},
        {0, "../lock", 8, "a name that leads out"},
        {0, "keys/../../x", 13, "… further in"},
        {0, "keys//x", 8, "an empty part"},
        {0, "./tellal.db", 12, "a part that is a dot"},
        {0, "", 1, "no name"},
        {0, "a\nb", 4, "a control character"},
        {0, "a\\b", 4, "a backslash"},
        {0, "keys/", 6, "a folder's name"},
        {156, "2", 1, "a symbolic link"},
        {156, "1", 1, "a hard link"},
        {156, "5", 1, "a folder"},
        {156, "3", 1, "a device"},
        {156, "x", 1, "a header of another kind"},
        {124, "99999999999", 12, "a size that is no octal number"},
        {124, "            ", 12, "a size without digits"},
        {124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, "a size below nothing"},
        {124, "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, "a size above everything"},
    };
    struct tar_member m = {"tellal.db", 5};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = archive_of(&m, 1, S("hello"));
        struct why why = {0};
        memcpy(b.p + rows[i].at, rows[i].bytes, rows[i].n);
        seal(b.p);
        ok(first_of(&b, &why) == ERR_PARSE && why.text[0] && !strpbrk(why.at, "\n\x1b"), "%s is refused: %s", rows[i].what, why.text);
        buf_fini(&b);
    }
}

static enum err read_all(struct buf *b)
{
    FILE *f = reading(b);
    struct tar t = {.from = f};
    struct tar_member m;
    bool is_end = false;
    enum err e = OK;
    while (e == OK && !is_end)
        e = tar_next(&t, &m, &is_end, NULL);
    fclose(f);
    return e;
}

static void test_damage(void)
{
    struct tar_member m = {"tellal.db", 5};
    struct buf b = archive_of(&m, 1, S("hello"));
    struct why why = {0};
    ok_int(read_all(&b), OK, "a whole archive is read to its end");
    size_t whole = b.n, cut = 0;
    for (size_t n = 1; n < whole; n += 37) {
        struct buf part = BUF_INIT(1 << 20);
        buf_add(&part, str_of(b.p, n));
        cut += read_all(&part) == ERR_PARSE;
        buf_fini(&part);
    }
    ok_int(cut, (whole + 35) / 37, "cut off anywhere it is refused");
    buf_add(&b, S("more"));
    ok_int(read_all(&b), ERR_PARSE, "what goes on behind the end is refused");
    b.n = whole;
    memset(buf_room(&b, 4096), 0, 4096);
    b.n += 4096;
    ok_int(read_all(&b), OK, "zeros behind the end are how programs fill up");
    b.p[3] ^= 1;
    ok(first_of(&b, &why) == ERR_PARSE && !tar_is_one(buf_str(&b)), "a flipped byte in a header is seen: %s", why.text);
    buf_fini(&b);
}

static void test_names(void)
{
    static const char *const plain[] = {"tellal.db", "keys/token.key", "media/a/b..c", "...", LONG};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        ok(tar_name_is_plain(plain[i]), "%.40s is plain", plain[i]);
    char name[400];
    memset(name, 'a', sizeof name);
    name[101] = '\0';
    ok(!tar_name_is_plain(name), "101 bytes without a cut do not fit");
    name[100] = '\0';
    ok(tar_name_is_plain(name), "100 do");
    ok(!tar_name_is_plain("") && !tar_name_is_plain("/") && !tar_name_is_plain(".."), "what leads elsewhere is not plain");
}

int main(void)
{
    test_round();
    test_large();
    test_hostile();
    test_damage();
    test_names();
    return tap_end();
}
