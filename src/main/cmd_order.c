#include "main/cmd.h"
#include "main/control.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static int ask(struct control *c, const struct args *argv, struct str input)
{
    struct control_answer a;
    enum err e = control_ask(c, argv, input, &a);
    int status = e ? 1 : a.exit;
    fwrite(a.out.p, 1, a.out.n, stdout);
    if (status)
        cmd_fail(&a.why, status);
    control_answer_fini(&a);
    return status;
}

/* `story put FILE…`: one order per file, so that each is taken or refused by itself. */
static int put_files(struct control *c, struct cmd *cmd)
{
    int worst = 0;
    size_t files = 0;
    for (size_t i = 2; i < cmd->args.n; i++) {
        struct str w = cmd->args.words[i];
        if (str_starts(w, S("--")))
            continue;
        struct buf bytes = BUF_INIT(32u << 20);
        struct why why;
        struct args one;
        files++;
        args_init(&one);
        args_add(&one, S("story"));
        args_add(&one, S("put"));
        if (cmd->is_json)
            args_add(&one, S("--json"));
        int status = 1;
        if (cmd_read(w.p, &bytes, &why) != OK)
            cmd_fail(&why, 1);
        else
            status = ask(c, &one, buf_str(&bytes));
        if (status) {
            fprintf(stderr, "tellal: %.*s was not published\n", STR_FMT(w));
            worst = status > worst ? status : worst;
        }
        buf_fini(&bytes);
    }
    if (files)
        return worst;
    struct why why;
    err_why(&why, ERR_PARSE, "", "usage: tellal story put FILE…");
    return cmd_fail(&why, 2);
}

static bool wants_input(const struct args *a)
{
    if (a->n > 1 && str_is(a->words[0], "story") && str_is(a->words[1], "correct"))
        return true;
    for (size_t i = 0; i < a->n; i++)
        if (str_is(a->words[i], "--password-stdin"))
            return true;
    return false;
}

/* What is added may be the first thing in a folder. All else is about things that are there already: in a folder without a
 * store, which --data names by mistake, none would be made to search in vain. */
static bool finds_store(const struct cmd *cmd)
{
    char path[PATH_MAX];
    struct str verb = cmd->args.words[1];
    if (str_is(verb, "add") || str_is(verb, "put"))
        return true;
    int n = snprintf(path, sizeof path, "%s/tellal.db", cmd->dir);
    return n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0;
}

int cmd_order(struct cmd *cmd)
{
    struct control *c = NULL;
    struct why why;
    if (cmd->args.n < 2) {
        err_why(&why, ERR_PARSE, "", "say what to do; `tellal %.*s --help` tells", STR_FMT(cmd->args.words[0]));
        return cmd_fail(&why, 2);
    }
    if (!finds_store(cmd)) {
        err_why(&why, ERR_NONE, cmd->dir, "there is no tellal store in this folder; name another with --data");
        return cmd_fail(&why, 1);
    }
    if (control_open(cmd->dir, &cmd->conf, &c, &why) != OK)
        return cmd_fail(&why, 1);
    struct buf input = BUF_INIT(32u << 20);
    int status;
    if (str_is(cmd->args.words[0], "story") && str_is(cmd->args.words[1], "put"))
        status = put_files(c, cmd);
    else if (wants_input(&cmd->args) && cmd_read("-", &input, &why) != OK)
        status = cmd_fail(&why, 1);
    else
        status = ask(c, &cmd->args, buf_str(&input));
    buf_fini(&input);
    control_close(&c);
    return status;
}
