/* check and summarise: work on the folder or a file by themselves, whether a server runs or not. */
#include "base/text.h"
#include "codec/html.h"
#include "main/cmd.h"
#include "main/control.h"
#include "news/summary.h"
#include "store/check.h"

#include <stdio.h>
#include <unistd.h>

struct findings {
    uint64_t wrong;
};

static void found(void *arg, const char *text)
{
    ((struct findings *)arg)->wrong++;
    printf("%s\n", text);
}

/* The snapshot of codes and agency that readers want; the folder is only read. */
static struct reader *open_reader(struct cmd *cmd, struct stories *s, char path[static 1024])
{
    snprintf(path, 1024, "%s/tellal.db", cmd->dir);
    if (access(path, R_OK) != 0)
        return NULL;
    *s = (struct stories){0};
    s->agency = (struct agency){cmd->conf.agency_name, cmd->conf.agency_code, cmd->conf.public_url, cmd->conf.agency_prefix};
    s->codes = codes_seed(cmd->conf.agency_code);
    struct reader_options o = {path, s};
    return reader_open(&o);
}

int cmd_check(struct cmd *cmd)
{
    struct why why;
    char path[1024];
    struct stories s;
    cmd->args.is_used[0] = true;
    args_flag(&cmd->args, "--json");
    if (args_end(&cmd->args, &why) != OK)
        return cmd_fail(&why, 2);
    struct reader *r = open_reader(cmd, &s, path);
    if (!r) {
        err_why(&why, ERR_NONE, cmd->dir, "there is no tellal store in this folder; name another with --data");
        return cmd_fail(&why, 1);
    }
    struct findings f = {0};
    uint64_t checked = 0;
    enum err e = check_store(r, found, &f, &checked);
    reader_close(r);
    codes_unref(&s.codes);
    if (e) {
        err_why(&why, e, path, "the store cannot be read through (%s)", err_key(e));
        return cmd_fail(&why, 1);
    }
    printf("%llu checked, %llu wrong\n", (unsigned long long)checked, (unsigned long long)f.wrong);
    return f.wrong ? 1 : 0;
}

static int print_summary(struct cmd *cmd, struct str text, struct str lang, const struct summary_caps *caps)
{
    struct why why;
    struct arena *a = arena_new(65536);
    size_t nl = str_find_char(text, '\n');
    struct str head = str_trim(nl == SIZE_MAX ? text : str_sub(text, 0, nl));
    struct str rest = nl == SIZE_MAX ? STR_NONE : str_trim(str_sub(text, nl, text.n));
    struct buf body = BUF_INIT(32u << 20);
    enum err e = html_clean(rest.p ? rest : S(""), &body, &why);
    if (!e) {
        struct strs parts = summary_of(a, lang, buf_str(&body), caps);
        printf("%.*s\n", STR_FMT(head));
        for (size_t i = 0; i < parts.n; i++)
            printf("\n%.*s\n", STR_FMT(parts.v[i]));
    }
    buf_fini(&body);
    arena_free(&a);
    return e ? cmd_fail(&why, 1) : 0;
}

int cmd_summarise(struct cmd *cmd)
{
    struct why why;
    struct summary_caps caps = {40, 0, 14};
    cmd->args.is_used[0] = true;
    struct str lang = args_value(&cmd->args, "--language"), words = args_value(&cmd->args, "--words");
    struct str share = args_value(&cmd->args, "--share"), file = args_next(&cmd->args);
    uint64_t n = 0;
    char *end = NULL;
    double part = share.p ? strtod(share.p, &end) : 0.4;
    if (args_end(&cmd->args, &why) != OK)
        return cmd_fail(&why, 2);
    if (!file.p || (words.p && !str_u64(words, &n)) || (share.p && (*end || part < 0 || part > 1)) || n > UINT32_MAX) {
        err_why(&why, ERR_PARSE, "", "usage: tellal summarise [--language X] [--words N] [--share P] FILE");
        return cmd_fail(&why, 2);
    }
    caps.words = (unsigned)n;
    caps.share_percent = share.p || !words.p ? (unsigned)(part * 100 + 0.5) : 0;
    struct buf text = BUF_INIT(32u << 20);
    if (cmd_read(file.p, &text, &why) != OK)
        return cmd_fail(&why, 1);
    if (!text_is_utf8(buf_str(&text))) {
        err_why(&why, ERR_PARSE, file.p, "the file is not UTF-8 text");
        return cmd_fail(&why, 1);
    }
    int status = print_summary(cmd, buf_str(&text), lang.p ? lang : cmd->conf.default_language, &caps);
    buf_fini(&text);
    return status;
}
