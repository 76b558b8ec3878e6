/* backup and restore: on the data folder by themselves, whether a server runs (backup) or must not (restore). */
#include "base/clock.h"
#include "base/json.h"
#include "main/cmd.h"
#include "store/backup.h"
#include "store/restore.h"

#include <stdio.h>
#include <sys/stat.h>

#define PASSPHRASE_BYTES (1u << 20)

/* The first line of the file, without its end. Others may read it: that is the operator's to know, not ours to refuse. */
static enum err read_passphrase(struct str path, struct buf *room, struct str *out, struct why *why)
{
    struct stat st;
    struct buf name = BUF_INIT(4096);
    if (!path.p)
        return OK;
    buf_add(&name, path);
    buf_addc(&name, '\0');
    enum err e = buf_ok(&name) ? cmd_read(name.p, room, why) : err_why(why, ERR_FIELD, "--passphrase-file", "the path is too long");
    if (e == OK && strcmp(name.p, "-") != 0 && stat(name.p, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077))
        fprintf(stderr, "tellal: %s: others than its owner may read this passphrase: chmod 600\n", name.p);
    buf_fini(&name);
    if (e)
        return e;
    struct str rest = buf_str(room), line = S("");
    (void)str_split(&rest, '\n', &line);
    if (str_ends(line, S("\r")))
        line.n--;
    if (line.n == 0)
        return err_why(why, ERR_FIELD, "--passphrase-file", "the first line of the file is the passphrase, and it is empty");
    *out = line;
    return OK;
}

/* FILE as a C string; NULL with usage when it is missing. */
static const char *read_words(struct cmd *c, const char *usage, struct str *passphrase_file, struct why *why)
{
    c->args.is_used[0] = true;
    args_flag(&c->args, "--json");
    *passphrase_file = args_value(&c->args, "--passphrase-file");
    struct str file = args_next(&c->args);
    if (args_end(&c->args, why) != OK)
        return NULL;
    if (!file.n)
        err_why(why, ERR_PARSE, "", "usage: tellal %s", usage);
    return file.n ? file.p : NULL; /* a word of argv: it ends with a zero */
}

static void wipe(struct buf *b)
{
    if (b->p)
        explicit_bzero(b->p, b->cap);
    buf_fini(b);
}

/* ---- backup ---- */

static void print_backup(const struct cmd *c, const char *file, const struct backup_result *r)
{
    struct buf b = BUF_INIT(65536);
    if (c->is_json) {
        struct jw w = jw_start(&b);
        jw_open(&w, NULL);
        jw_str(&w, "file", str_from(file));
        jw_int(&w, "head", (int64_t)r->head);
        jw_str(&w, "epoch", str_from(r->epoch));
        jw_int(&w, "members", (int64_t)r->members);
        jw_int(&w, "bytes", (int64_t)r->bytes);
        jw_int(&w, "sealed_drafts", (int64_t)r->sealed);
        jw_bool(&w, "embargo_key", r->has_embargo_key);
        jw_close(&w);
        buf_addc(&b, '\n');
    } else {
        buf_printf(&b, "%s: newest number %llu of epoch %s, %zu files, %llu bytes\n", file, (unsigned long long)r->head, r->epoch,
                   r->members, (unsigned long long)r->bytes);
    }
    printf("%.*s", STR_FMT(buf_str(&b)));
    buf_fini(&b);
    if (r->left_embargo_key)
        fprintf(stderr, "tellal: the embargo key is left out, for want of --passphrase-file; drafts under embargo in this backup, "
                        "which nobody can open without it: %llu\n", (unsigned long long)r->sealed);
}

int cmd_backup(struct cmd *c)
{
    struct why why = {0};
    struct str passphrase_file;
    struct backup_result r;
    const char *file = read_words(c, "backup FILE [--passphrase-file F]", &passphrase_file, &why);
    if (!file)
        return cmd_fail(&why, 2);
    struct buf room = BUF_INIT(PASSPHRASE_BYTES);
    struct backup_options o = {.dir = c->dir, .file = file, .agency = c->conf.agency_name, .program = S(TELLAL_VERSION)};
    enum err e = read_passphrase(passphrase_file, &room, &o.passphrase, &why);
    if (e == OK)
        e = backup_write(&o, &r, &why);
    wipe(&room);
    if (e)
        return cmd_fail(&why, 1);
    print_backup(c, file, &r);
    return 0;
}

/* ---- restore ---- */

static void print_restore(const struct cmd *c, const struct restore_result *r)
{
    struct buf b = BUF_INIT(65536);
    char at[CLOCK_TEXT];
    clock_rfc3339(r->at_ms, at);
    if (c->is_json) {
        struct jw w = jw_start(&b);
        jw_open(&w, NULL);
        jw_str(&w, "folder", str_from(c->dir));
        jw_time(&w, "made_at", r->at_ms);
        jw_int(&w, "head", (int64_t)r->head);
        jw_str(&w, "epoch", str_from(r->epoch));
        jw_int(&w, "first_seq", (int64_t)r->first_seq);
        jw_int(&w, "sessions_ended", (int64_t)r->sessions);
        jw_int(&w, "sealed_drafts", (int64_t)r->sealed);
        jw_int(&w, "closed_drafts", (int64_t)r->closed);
        jw_bool(&w, "embargo_key", r->has_embargo_key);
        jw_close(&w);
        buf_addc(&b, '\n');
    } else {
        buf_printf(&b, "%s: restored from a backup of %s\nnewest number held: %llu\nnew epoch: %s, from %llu\nsessions ended: %llu\n",
                   c->dir, at, (unsigned long long)r->head, r->epoch, (unsigned long long)r->first_seq,
                   (unsigned long long)r->sessions);
    }
    printf("%.*s", STR_FMT(buf_str(&b)));
    buf_fini(&b);
    if (r->closed)
        fprintf(stderr, "tellal: %llu of %llu drafts under embargo cannot be opened: %s\n", (unsigned long long)r->closed,
                (unsigned long long)r->sealed,
                r->left_embargo_key ? "their key is in the backup, behind a passphrase; restore again with --passphrase-file"
                                    : "the backup was made without their key");
}

int cmd_restore(struct cmd *c)
{
    struct why why = {0};
    struct str passphrase_file;
    struct restore_result r;
    const char *file = read_words(c, "restore FILE [--passphrase-file F]", &passphrase_file, &why);
    if (!file)
        return cmd_fail(&why, 2);
    struct buf room = BUF_INIT(PASSPHRASE_BYTES);
    struct restore_options o = {.dir = c->dir, .file = file};
    enum err e = read_passphrase(passphrase_file, &room, &o.passphrase, &why);
    if (e == OK)
        e = restore_read(&o, &r, &why);
    wipe(&room);
    if (e && !why.at[0])
        (void)str_copy(str_from(file), why.at, sizeof why.at);
    if (e)
        return cmd_fail(&why, 1);
    print_restore(c, &r);
    return 0;
}
