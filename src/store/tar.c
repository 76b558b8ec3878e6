#include "store/tar.h"

#include <string.h>

#define BLOCK 512
#define OCTAL_MOST 077777777777 /* eleven digits */

/* The header block, field by field (POSIX.1-1988, 10.1.1). */
struct head {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8];
    char type;
    char link[100], magic[6], version[2], uname[32], gname[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct head) == BLOCK, "a header is one block");

/* ---- names ---- */

/* Where the name is cut in two when it is too long for one field; SIZE_MAX when it cannot be. */
static size_t cut_of(struct str name)
{
    struct head h;
    if (name.n <= sizeof h.name)
        return 0;
    for (size_t i = name.n - 1; i > 0; i--)
        if (name.p[i] == '/' && i <= sizeof h.prefix && name.n - i - 1 <= sizeof h.name)
            return i;
    return SIZE_MAX;
}

bool tar_name_is_plain(const char *name)
{
    struct str rest = str_from(name), part;
    if (rest.n == 0 || rest.n >= TAR_NAME || cut_of(rest) == SIZE_MAX)
        return false;
    for (size_t i = 0; i < rest.n; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f || name[i] == '\\')
            return false;
    while (str_split(&rest, '/', &part))
        if (part.n == 0 || str_is(part, ".") || str_is(part, ".."))
            return false;
    return true;
}

/* ---- the header ---- */

/* All bytes added up, those of the sum itself as spaces. */
static unsigned sum_of(const struct head *h)
{
    struct head blank = *h;
    unsigned sum = 0;
    memset(blank.sum, ' ', sizeof blank.sum);
    const unsigned char *p = (const unsigned char *)&blank;
    for (size_t i = 0; i < BLOCK; i++)
        sum += p[i];
    return sum;
}

static void put_number(char *field, size_t n, uint64_t v)
{
    if (v <= OCTAL_MOST) {
        char digits[16];
        snprintf(digits, sizeof digits, "%0*llo", (int)n - 1, (unsigned long long)v);
        memcpy(field, digits, n);
        return;
    }
    memset(field, 0, n);
    field[0] = (char)0x80;
    for (size_t i = 0; i < sizeof v; i++)
        field[n - 1 - i] = (char)(v >> (8 * i));
}

static bool get_base256(const char *field, size_t n, uint64_t *out)
{
    uint64_t v = 0;
    for (size_t i = 1; i < n; i++) {
        if (v >> 48)
            return false;
        v = v << 8 | (unsigned char)field[i];
    }
    *out = v;
    return true;
}

static bool get_number(const char *field, size_t n, uint64_t *out)
{
    uint64_t v = 0;
    size_t i = 0;
    if ((unsigned char)field[0] == 0x80)
        return get_base256(field, n, out);
    while (i < n && field[i] == ' ')
        i++;
    size_t first = i;
    for (; i < n && field[i] >= '0' && field[i] <= '7'; i++)
        v = v << 3 | (uint64_t)(field[i] - '0');
    if (i == first || (i < n && field[i] != ' ' && field[i] != '\0'))
        return false;
    *out = v;
    return true;
}

static unsigned padding_of(uint64_t bytes)
{
    return (unsigned)((BLOCK - bytes % BLOCK) % BLOCK);
}

/* ---- writing ---- */

void tar_head(FILE *to, const struct tar_member *m, int64_t at_ms)
{
    struct head h = {.type = '0', .magic = "ustar", .version = {'0', '0'}};
    struct str name = str_from(m->name);
    size_t cut = cut_of(name);
    must(tar_name_is_plain(m->name));
    if (cut) {
        memcpy(h.prefix, name.p, cut);
        name = str_sub(name, cut + 1, name.n);
    }
    memcpy(h.name, name.p, name.n);
    put_number(h.mode, sizeof h.mode, 0600);
    put_number(h.uid, sizeof h.uid, 0);
    put_number(h.gid, sizeof h.gid, 0);
    put_number(h.size, sizeof h.size, m->bytes);
    put_number(h.mtime, sizeof h.mtime, (uint64_t)(at_ms / 1000));
    put_number(h.major, sizeof h.major, 0);
    put_number(h.minor, sizeof h.minor, 0);
    snprintf(h.sum, sizeof h.sum, "%06o", sum_of(&h));
    h.sum[7] = ' ';
    (void)fwrite(&h, sizeof h, 1, to);
}

void tar_tail(FILE *to, const struct tar_member *m)
{
    static const char ZEROS[BLOCK];
    (void)fwrite(ZEROS, 1, padding_of(m->bytes), to);
}

void tar_end(FILE *to)
{
    static const char ZEROS[2 * BLOCK];
    (void)fwrite(ZEROS, 1, sizeof ZEROS, to);
}

/* ---- reading ---- */

static bool is_zero(const void *p, size_t n)
{
    const char *c = p;
    for (size_t i = 0; i < n; i++)
        if (c[i])
            return false;
    return true;
}

static bool is_right(const struct head *h)
{
    uint64_t sum = 0;
    return memcmp(h->magic, "ustar", 5) == 0 && get_number(h->sum, sizeof h->sum, &sum) && sum == sum_of(h);
}

bool tar_is_one(struct str start)
{
    struct head h;
    if (start.n < sizeof h)
        return false;
    memcpy(&h, start.p, sizeof h);
    return is_right(&h);
}

static enum err cut_off(FILE *from, struct why *why)
{
    if (ferror(from))
        return err_why(why, ERR_IO, "", "the archive cannot be read");
    return err_why(why, ERR_PARSE, "", "the archive is cut off: fetch the whole file again");
}

static enum err pass_over(struct tar *t, struct why *why)
{
    char bytes[4096];
    size_t got = 1;
    while (got) {
        enum err e = tar_read(t, bytes, sizeof bytes, &got, why);
        if (e)
            return e;
    }
    if (t->padding && fread(bytes, 1, t->padding, t->from) != t->padding)
        return cut_off(t->from, why);
    return OK;
}

/* The first of the two blocks of zeros that end an archive was read; programs fill up with more of them. */
static enum err read_end(struct tar *t, struct why *why)
{
    char block[BLOCK];
    size_t n, blocks = 0;
    while ((n = fread(block, 1, sizeof block, t->from)) > 0) {
        if (!is_zero(block, n))
            return err_why(why, ERR_PARSE, "", "the archive goes on behind its end");
        blocks += n == sizeof block;
    }
    return blocks ? OK : cut_off(t->from, why);
}

static void read_name(const struct head *h, char out[static TAR_NAME + 1])
{
    int prefix = (int)strnlen(h->prefix, sizeof h->prefix), name = (int)strnlen(h->name, sizeof h->name);
    snprintf(out, TAR_NAME + 1, "%.*s%s%.*s", prefix, h->prefix, prefix ? "/" : "", name, h->name);
}

static enum err read_member(const struct head *h, struct tar_member *out, struct why *why)
{
    char name[TAR_NAME + 1], shown[96];
    read_name(h, name);
    (void)str_copy(str_from(name), shown, sizeof shown);
    for (char *c = shown; *c; c++)
        *c = (unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c; /* it goes to a terminal */
    if (!tar_name_is_plain(name))
        return err_why(why, ERR_PARSE, shown, "the archive has a name that no backup has");
    if (h->type != '0' && h->type != '\0')
        return err_why(why, ERR_PARSE, shown, "the archive has something other than a plain file");
    if (!get_number(h->size, sizeof h->size, &out->bytes) || out->bytes >> 62)
        return err_why(why, ERR_PARSE, shown, "the archive gives a size that is none");
    must(str_copy(str_from(name), out->name, sizeof out->name));
    return OK;
}

enum err tar_next(struct tar *t, struct tar_member *out, bool *is_end, struct why *why)
{
    struct head h;
    struct tar_member m;
    enum err e = pass_over(t, why);
    if (e)
        return e;
    if (fread(&h, sizeof h, 1, t->from) != 1)
        return cut_off(t->from, why);
    if (is_zero(&h, sizeof h)) {
        *is_end = true;
        return read_end(t, why);
    }
    if (!is_right(&h))
        return err_why(why, ERR_PARSE, "", "this is no archive, or it is damaged: a header's sum is wrong");
    e = read_member(&h, &m, why);
    if (e)
        return e;
    t->left = m.bytes;
    t->padding = padding_of(m.bytes);
    *is_end = false;
    *out = m;
    return OK;
}

enum err tar_read(struct tar *t, char *out, size_t most, size_t *got, struct why *why)
{
    size_t want = t->left < most ? (size_t)t->left : most;
    if (want && fread(out, 1, want, t->from) != want)
        return cut_off(t->from, why);
    t->left -= want;
    *got = want;
    return OK;
}
