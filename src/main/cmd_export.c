/* export and verify: the record given to others, and what others (or backups) give held against itself. */
#include "base/json.h"
#include "main/cmd.h"
#include "store/check.h"
#include "store/export.h"
#include "store/part.h"
#include "store/stories.h"
#include "store/tar.h"
#include "store/unpack.h"
#include "store/verify.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* ---- export ---- */

static bool put(void *arg, struct str bytes)
{
    FILE *f = arg;
    return fwrite(bytes.p, 1, bytes.n, f) == bytes.n;
}

static enum err write_file(struct export_options *o, const char *file, struct export_result *r, struct why *why)
{
    struct part part;
    enum err e = part_open(&part, file, why);
    if (e)
        return e;
    o->arg = part.file;
    e = export_write(o, r, why);
    if (e == OK)
        return part_keep(&part, why);
    part_drop(&part);
    return e;
}

static enum err write_out(struct export_options *o, struct export_result *r, struct why *why)
{
    o->arg = stdout;
    enum err e = export_write(o, r, why);
    if (e == OK && fflush(stdout) != 0)
        e = err_why(why, ERR_IO, "", "the export cannot be written: %s", strerror(errno));
    return e;
}

static enum err read_number(struct cmd *c, const char *option, uint64_t *out, struct why *why)
{
    struct str v = args_value(&c->args, option);
    if (v.p && (!str_u64(v, out) || *out >> 53))
        return err_why(why, ERR_PARSE, option, "%s takes a sequence number, not “%.*s”", option, STR_FMT(v));
    return OK;
}

int cmd_export(struct cmd *c)
{
    struct why why = {0};
    char path[1024];
    struct export_result r;
    struct export_options o = {.path = path, .agency = c->conf.agency_name, .to = UINT64_MAX, .put = put};
    c->args.is_used[0] = true;
    args_flag(&c->args, "--json"); /* it is JSON already */
    o.has_personal = args_flag(&c->args, "--personal");
    struct str file = args_value(&c->args, "-o");
    enum err e = read_number(c, "--after", &o.after, &why);
    if (e == OK)
        e = read_number(c, "--to", &o.to, &why);
    if (e != OK || args_end(&c->args, &why) != OK)
        return cmd_fail(&why, 2);
    snprintf(path, sizeof path, "%s/tellal.db", c->dir);
    if (access(path, R_OK) != 0) {
        err_why(&why, ERR_NONE, c->dir, "there is no tellal store in this folder; name another with --data");
        return cmd_fail(&why, 1);
    }
    e = file.n ? write_file(&o, file.p, &r, &why) : write_out(&o, &r, &why);
    if (e)
        return cmd_fail(&why, 1);
    if (r.unreadable) {
        err_why(&why, ERR_STATE, "", "%llu texts could not be read and were left out: run `tellal check`", (unsigned long long)r.unreadable);
        return cmd_fail(&why, 1);
    }
    return 0;
}

/* ---- verify ---- */

struct report {
    bool is_json;
    struct jw w;
    struct buf b;
};

static void found(void *arg, uint64_t seq, const char *text)
{
    struct report *r = arg;
    if (!r->is_json && seq)
        printf("record %llu: %s\n", (unsigned long long)seq, text);
    else if (!r->is_json)
        printf("%s\n", text);
    if (!r->is_json)
        return;
    jw_open(&r->w, NULL);
    if (seq)
        jw_int(&r->w, "seq", (int64_t)seq);
    else
        jw_null(&r->w, "seq");
    jw_str(&r->w, "what", str_from(text));
    jw_close(&r->w);
}

static void found_in_backup(void *arg, const char *text)
{
    verify_say(arg, 0, "%s", text);
}

static enum err check_database(struct cmd *c, const char *dir, const struct manifest *m, struct verify *v, struct why *why)
{
    char path[1100];
    enum err sound = unpack_database(dir, m, why);
    if (sound) {
        found_in_backup(v, why->text);
        return OK;
    }
    snprintf(path, sizeof path, "%s/tellal.db", dir);
    struct stories s = {.codes = codes_seed(c->conf.agency_code)};
    s.agency = (struct agency){c->conf.agency_name, c->conf.agency_code, c->conf.public_url, c->conf.agency_prefix};
    struct reader_options o = {path, &s};
    struct reader *r = reader_open(&o);
    enum err e = check_store(r, found_in_backup, v, &v->checked);
    if (e)
        err_why(why, e, path, "the backup's database cannot be read through (%s)", err_key(e));
    reader_close(r);
    codes_unref(&s.codes);
    return e;
}

/* Its own folder, which none but us may enter, and which goes when the check is done. */
static enum err verify_backup(struct cmd *c, FILE *f, struct verify *v, struct why *why)
{
    const char *base = getenv("TMPDIR");
    char dir[1024];
    struct manifest m;
    snprintf(dir, sizeof dir, "%.900s/tellal-verify-XXXXXX", base && *base ? base : "/var/tmp");
    if (!mkdtemp(dir))
        return err_why(why, ERR_IO, dir, "no folder can be made to take the backup apart: %s; name another with TMPDIR", strerror(errno));
    struct unpack u = {.from = f, .dir = dir, .found = found_in_backup, .arg = v, .arena = arena_new(65536)};
    enum err e = unpack_all(&u, &m, why);
    if (e == ERR_PARSE || e == ERR_LIMIT) {
        verify_say(v, 0, "%s%s%s", why->at, why->at[0] ? ": " : "", why->text);
        e = OK;
    } else if (e == OK && v->wrong == 0) {
        e = check_database(c, dir, &m, v, why);
        v->checked += m.count;
    }
    arena_free(&u.arena);
    unpack_remove(dir);
    return e;
}

static int print_end(struct report *r, const struct verify *v)
{
    if (r->is_json) {
        jw_close_list(&r->w);
        jw_int(&r->w, "checked", (int64_t)v->checked);
        jw_int(&r->w, "wrong", (int64_t)v->wrong);
        jw_close(&r->w);
        printf("%.*s\n", STR_FMT(buf_str(&r->b)));
    } else {
        printf("%llu checked, %llu wrong\n", (unsigned long long)v->checked, (unsigned long long)v->wrong);
    }
    return v->wrong ? 1 : 0;
}

static int verify_file(struct cmd *c, FILE *f, struct why *why)
{
    struct report report = {.is_json = c->is_json, .b = BUF_INIT(4u << 20)};
    struct verify v = {.found = found, .arg = &report};
    char start[512];
    enum err e = OK;
    report.w = jw_start(&report.b);
    jw_open(&report.w, NULL);
    jw_open_list(&report.w, "findings");
    size_t n = fread(start, 1, sizeof start, f);
    bool is_backup = tar_is_one(str_of(start, n));
    if (ferror(f))
        e = err_why(why, ERR_IO, "", "the file cannot be read: %s", strerror(errno));
    else if (fseeko(f, 0, SEEK_SET) != 0)
        e = err_why(why, ERR_IO, "", "only a file can be verified, not a pipe: write it to one first");
    else if (is_backup)
        e = verify_backup(c, f, &v, why);
    else
        verify_export(f, &v);
    int status = e ? cmd_fail(why, 1) : print_end(&report, &v);
    buf_fini(&report.b);
    return status;
}

int cmd_verify(struct cmd *c)
{
    struct why why = {0};
    c->args.is_used[0] = true;
    args_flag(&c->args, "--json");
    struct str file = args_next(&c->args);
    if (args_end(&c->args, &why) != OK)
        return cmd_fail(&why, 2);
    if (!file.n) {
        err_why(&why, ERR_PARSE, "", "usage: tellal verify FILE");
        return cmd_fail(&why, 2);
    }
    FILE *f = fopen(file.p, "re");
    if (!f) {
        err_why(&why, ERR_IO, file.p, "the file cannot be read: %s", strerror(errno));
        return cmd_fail(&why, 1);
    }
    int status = verify_file(c, f, &why);
    fclose(f);
    return status;
}
