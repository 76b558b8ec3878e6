/* The commands of `tellal` as main sees them: words in, exit status out (0 done, 1 failed, 2 wrong usage). */
#ifndef MAIN_CMD_H
#define MAIN_CMD_H

#include "base/buf.h"
#include "main/args.h"
#include "main/conf.h"

struct cmd {
    const char *dir;    /* --data, TELLAL_DATA or ./tellal-data */
    struct args args;   /* all words after `tellal` but --data */
    struct conf conf;   /* defaults, or --config and --set */
    bool is_json;
};

int cmd_serve(struct cmd *c);
int cmd_order(struct cmd *c);  /* org user token story lead code receipts */
int cmd_import(struct cmd *c);
int cmd_check(struct cmd *c);
int cmd_tail(struct cmd *c);
int cmd_summarise(struct cmd *c);
int cmd_export(struct cmd *c);
int cmd_verify(struct cmd *c);
int cmd_backup(struct cmd *c);
int cmd_restore(struct cmd *c);

/* "tellal: what (where)" on stderr; returns status. */
int cmd_fail(const struct why *why, int status);
/* A file's bytes, "-" for standard input; ERR_IO, ERR_LIMIT. */
enum err cmd_read(const char *path, struct buf *out, struct why *why) MUST_USE;

#endif
