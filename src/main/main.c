/* tellal: a news broadcasting system. One binary: the server and every command an operator has. */
#include "base/clock.h"
#include "base/id.h"
#include "main/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct command_row {
    const char *name;
    int (*run)(struct cmd *c);
    const char *summary, *help;
} commands[] = {
    {"serve", cmd_serve, "run the server",
     "serve [--config FILE] [--set KEY=VALUE]… [--listen [inner:][tls:]ADDR:PORT]… [--demo] [--demo-anywhere]"},
    {"org", cmd_order, "organisations and their contracts",
     "org add NAME [--provider L] [--package L] [--category L] [--type L] [--language L] [--priority L]\n"
     "        [--photo-size L] [--video-size L] [--graph-size L] [--archive-days N] [--download-limit N]\n"
     "        [--valid FROM..TO] [--address CIDR,…] [--lines N] [--contact NAME --phone P --mail M]\n"
     "    org list | show ID | set ID … | close ID\n"
     "    L: codes with commas (1,2), or * for all; 0 days, downloads or lines: unlimited"},
    {"user", cmd_order, "people and machines with an account",
     "user add NAME --role reporter|editor|admin|subscriber|api [--org ID-or-NAME] [--mail M] --password-stdin\n"
     "    user list | set NAME … | disable NAME"},
    {"token", cmd_order, "tokens for machines",
     "token add --user NAME [--scope read,wire,publish,media,kill,admin] [--expires RFC3339|30d]\n"
     "    token list | revoke ID\n    A token is printed once and kept only as a hash."},
    {"story", cmd_order, "publish and act upon stories",
     "story put FILE… | get ID [--format json|ninjs|newsml29|text] | list [--limit N]\n"
     "    story correct ID --note TEXT < CHANGED-MEMBERS.json | hold ID --reason TEXT | release ID | kill ID --reason TEXT\n"
     "    FILE: plain text with a header block (docs/formats/text-file.md) or JSON (POST /v1/stories)"},
    {"lead", cmd_order, "who asked for a subscription", "lead list | show ID | close ID"},
    {"code", cmd_order, "code lists",
     "code list [KIND] | add KIND CODE WORD --tr NAME --en NAME --ar NAME | set KIND CODE …"},
    {"receipts", cmd_order, "who was sent a story, who fetched it, who acknowledged it",
     "receipts ID\n    One line per organisation that had it or was entitled to it. Of a killed story also: when the kill reached\n"
     "    it, since when it is outstanding, and whom to call. --json gives every sending and every fetch."},
    {"import", cmd_import, "take in an archive",
     "import PATH…\n    JSON lines, also gzipped (docs/formats/import.md). Keeps source dates, marks stories as archived.\n"
     "    Run it again after an interruption: what was taken is passed over."},
    {"check", cmd_check, "verify database, index, tape and chain",
     "check\n    One line per finding; last line: N checked, N wrong; exit 1 if any is wrong."},
    {"tail", cmd_tail, "watch the tape", "tail [--after SEQ] [--format line|head|ninjs|newsml29|text] [--once] [--check]\n    --check proves form, order and links of all records instead; last line: N checked, N wrong"},
    {"export", cmd_export, "write the records for others to verify",
     "export [--after SEQ] [--to SEQ] [--personal] [-o FILE]\n"
     "    JSON Lines (docs/protocol/record.md, Export): every record, with text and salt where they are kept.\n"
     "    --personal adds what identifies people; it is left out otherwise. A FILE that is there is not written over."},
    {"verify", cmd_verify, "verify an export or a backup from its file alone",
     "verify FILE\n    One line per finding; last line: N checked, N wrong; exit 1 if any is wrong. Needs no data folder."},
    {"backup", cmd_backup, "write a backup, also while the server runs",
     "backup FILE [--passphrase-file F]\n"
     "    One tar with database, media and keys. Without a passphrase the key of drafts under embargo is left out.\n"
     "    A FILE that is there is not written over (docs/ops/backup.md)."},
    {"restore", cmd_restore, "make a data folder of a backup",
     "restore FILE [--passphrase-file F]\n"
     "    Into a folder (--data) that is empty or not there yet. Opens a new epoch and ends all sessions."},
    {"summarise", cmd_summarise, "show the summarised form of a text",
     "summarise [--language X] [--words N] [--share P] FILE\n    The first line of FILE is the headline."},
};
#define COMMANDS (sizeof commands / sizeof *commands)

static void usage(FILE *to)
{
    fprintf(to, "tellal: a news broadcasting system\n\nusage: tellal COMMAND [--data DIR] [--json] …\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fprintf(to, "\n`tellal COMMAND --help` tells more. --data DIR (or TELLAL_DATA) names the folder, ./tellal-data by "
                "default.\n");
}

static int help(const struct command_row *row)
{
    printf("tellal %s: %s\n\n    %s\n", row->name, row->summary, row->help);
    if (row->run == cmd_serve) {
        struct buf b = BUF_INIT(65536);
        conf_help(&b);
        printf("\nConfiguration keys (defaults in brackets), in FILE as `key = value` or by --set:\n%.*s",
               STR_FMT(buf_str(&b)));
        buf_fini(&b);
    }
    return 0;
}

int cmd_fail(const struct why *why, int status)
{
    fprintf(stderr, "tellal: %s%s%s%s\n", why->text, why->at[0] ? " (" : "", why->at, why->at[0] ? ")" : "");
    return status;
}

enum err cmd_read(const char *path, struct buf *out, struct why *why)
{
    bool is_stdin = !strcmp(path, "-");
    int fd = is_stdin ? 0 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_why(why, ERR_IO, path, "the file cannot be read: %s", strerror(errno));
    enum err e = OK;
    for (;;) {
        char *room = buf_room(out, 65536);
        ssize_t n = room ? read(fd, room, 65536) : 0;
        if (!room)
            e = err_why(why, ERR_LIMIT, path, "the file is larger than %zu MiB", out->max >> 20);
        else if (n < 0)
            e = err_why(why, ERR_IO, path, "the file cannot be read: %s", strerror(errno));
        if (e || n <= 0)
            break;
        out->n += (size_t)n;
    }
    if (!is_stdin)
        close(fd);
    return e;
}

/* Takes --data, --config and --set out of the words, whatever the command. */
static enum err read_common(struct cmd *c, int argc, char **argv, struct why *why)
{
    const char *env = getenv("TELLAL_DATA");
    c->dir = env && *env ? env : "./tellal-data";
    args_init(&c->args);
    if (argc > ARGS_MAX)
        return err_why(why, ERR_PARSE, "", "more than %d words; give fewer files at a time", ARGS_MAX);
    for (int i = 1; i < argc; i++) {
        struct str w = str_from(argv[i]);
        if (str_is(w, "--data") && i + 1 < argc)
            c->dir = argv[++i];
        else if (str_starts(w, S("--data=")))
            c->dir = argv[i] + 7;
        else
            args_add(&c->args, w);
        if (str_is(w, "--json"))
            c->is_json = true;
    }
    return OK;
}

/* A command of its own process reads the data folder's configuration too, so that agency and codes agree. */
static enum err read_conf(struct cmd *c, struct why *why)
{
    char path[1024];
    bool is_serve = str_is(c->args.words[0], "serve");
    struct str file = args_value(&c->args, "--config"), set;
    enum err e = OK;
    conf_init(&c->conf);
    snprintf(path, sizeof path, "%s/tellal.conf", c->dir);
    if (file.p)
        e = conf_file(&c->conf, file.p, why);
    else if (access(path, R_OK) == 0)
        e = conf_file(&c->conf, path, why);
    size_t at = 0;
    while (!e && is_serve && args_each(&c->args, "--set", &at, &set))
        e = conf_set(&c->conf, set, "--set", why);
    return e ? e : conf_check(&c->conf, why);
}

static int run(const struct command_row *row, struct cmd *c)
{
    struct why why;
    int status = 2;
    if (args_flag(&c->args, "--help"))
        return help(row);
    if (read_conf(c, &why) != OK) {
        cmd_fail(&why, status);
    } else {
        char zone[64];
        must(str_copy(c->conf.timezone, zone, sizeof zone));
        clock_set_zone(zone);
        status = row->run(c);
    }
    conf_fini(&c->conf);
    return status;
}

int main(int argc, char **argv)
{
    static struct cmd c; /* large */
    struct why why;
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core); /* memory holds copy under embargo (trust 3) */
    umask(077);                       /* so do files, and the folder may be one that others may enter */
    id_init();
    if (read_common(&c, argc, argv, &why) != OK)
        return cmd_fail(&why, 2);
    struct str name = c.args.n ? c.args.words[0] : STR_NONE;
    if (!name.n || str_is(name, "--help") || str_is(name, "help")) {
        usage(name.n ? stdout : stderr);
        return name.n ? 0 : 2;
    }
    if (str_is(name, "--version")) {
        printf("tellal %s\n", TELLAL_VERSION);
        return 0;
    }
    const char *names[COMMANDS + 1] = {0};
    for (size_t i = 0; i < COMMANDS; i++) {
        if (str_is(name, commands[i].name))
            return run(&commands[i], &c);
        names[i] = commands[i].name;
    }
    const char *near = args_nearest(name, names);
    err_why(&why, ERR_PARSE, "", "there is no command “%.*s”%s%s%s", STR_FMT(name), near ? "; did you mean " : "",
            near ? near : "", near ? "?" : "; `tellal --help` lists them");
    return cmd_fail(&why, 2);
}
