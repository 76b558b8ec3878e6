#include "base/clock.h"
#include "base/json.h"
#include "main/cmd.h"
#include "main/control.h"

#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

#define BATCH_LINES 400
#define LINE_MAX_BYTES (8u << 20)

struct progress {
    uint64_t lines, taken, again, refused;
    int64_t started_ms, shown_ms;
    bool is_tty, is_json;
    struct buf reasons; /* one line per refused item */
};

static void show(struct progress *p, const char *path, double share, bool is_last)
{
    int64_t now = clock_mono_ms();
    if (!p->is_tty || (!is_last && now - p->shown_ms < 100))
        return;
    p->shown_ms = now;
    int full = (int)(share * 30);
    double seconds = (double)(now - p->started_ms) / 1000;
    fprintf(stderr, "\r%.40s [%.*s%*s] %3.0f %%  %llu lines, %.0f/s ", path, full, "##############################",
            30 - full, "", share * 100, (unsigned long long)p->lines,
            seconds > 0 ? (double)p->lines / seconds : 0.0);
    if (is_last)
        fputc('\n', stderr);
}

/* Adds up one batch's answer. False when going on makes no sense (disk full, server gone). */
static bool add_up(struct progress *p, const char *path, struct str answer, struct why *why)
{
    struct json *j = NULL;
    if (json_parse(answer, &j, why) != OK)
        return false;
    bool goes_on = true;
    p->taken += (uint64_t)json_int(json_get(j, "taken"), 0);
    p->again += (uint64_t)json_int(json_get(j, "again"), 0);
    const struct json *refused = json_get(j, "refused");
    for (size_t i = 0; i < json_count(refused); i++) {
        const struct json *r = json_at(refused, i);
        struct str reason = json_str(json_get(r, "why"));
        p->refused++;
        buf_printf(&p->reasons, "%s\t%lld\t%.*s\n", path, (long long)json_int(json_get(r, "line"), 0), STR_FMT(reason));
        if (json_bool(json_get(r, "is_fatal"), false)) {
            err_why(why, ERR_IO, path, "%.*s; what came before is kept: run the same command again to go on", STR_FMT(reason));
            goes_on = false;
        }
    }
    json_free(&j);
    return goes_on;
}

static bool send_batch(struct control *c, struct progress *p, const char *path, struct buf *lines, uint64_t first,
                       struct why *why)
{
    struct args argv;
    struct control_answer a;
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)first);
    args_init(&argv);
    args_add(&argv, S("import"));
    args_add(&argv, S("--line"));
    args_add(&argv, str_from(number));
    bool is_ok = control_ask(c, &argv, buf_str(lines), &a) == OK && a.exit == 0;
    if (is_ok)
        is_ok = add_up(p, path, buf_str(&a.out), why);
    else
        *why = a.why;
    control_answer_fini(&a);
    buf_reset(lines);
    return is_ok;
}

static bool read_line(gzFile f, struct buf *line, bool *is_end)
{
    char chunk[65536];
    while (gzgets(f, chunk, sizeof chunk)) {
        buf_puts(line, chunk);
        if (!buf_ok(line))
            return false;
        if (line->n && line->p[line->n - 1] == '\n')
            return true;
    }
    *is_end = true;
    int code;
    gzerror(f, &code);
    return code == Z_OK || code == Z_STREAM_END;
}

static bool import_file(struct control *c, struct progress *p, const char *path, struct why *why)
{
    FILE *plain = fopen(path, "re");
    long size = 0;
    if (plain && fseek(plain, 0, SEEK_END) == 0)
        size = ftell(plain);
    if (plain)
        fclose(plain);
    gzFile f = plain ? gzopen(path, "re") : NULL;
    if (!f) {
        err_why(why, ERR_IO, path, "the file cannot be read");
        return false;
    }
    struct buf lines = BUF_INIT(32u << 20);
    bool is_end = false, is_ok = true;
    uint64_t number = 1, first = 1;
    while (is_ok && !is_end) {
        size_t before = lines.n;
        is_ok = read_line(f, &lines, &is_end);
        if (!is_ok)
            err_why(why, ERR_IO, path, "line %llu cannot be read: the file is damaged or the line is over %u bytes",
                    (unsigned long long)number, LINE_MAX_BYTES);
        if (lines.n > before) {
            number++;
            p->lines++;
        }
        if (is_ok && lines.n && (is_end || number - first >= BATCH_LINES || lines.n > LINE_MAX_BYTES)) {
            is_ok = send_batch(c, p, path, &lines, first, why);
            first = number;
            show(p, path, size > 0 ? (double)gzoffset(f) / (double)size : 1, is_end);
        }
    }
    gzclose(f);
    buf_fini(&lines);
    return is_ok;
}

static void tell(const struct progress *p)
{
    if (p->is_json) {
        printf("{\"lines\":%llu,\"taken\":%llu,\"again\":%llu,\"refused\":%llu}\n", (unsigned long long)p->lines,
               (unsigned long long)p->taken, (unsigned long long)p->again, (unsigned long long)p->refused);
        return;
    }
    printf("lines\ttaken\tagain\trefused\n%llu\t%llu\t%llu\t%llu\n", (unsigned long long)p->lines,
           (unsigned long long)p->taken, (unsigned long long)p->again, (unsigned long long)p->refused);
    if (p->refused)
        printf("\nfile\tline\twhy\n%.*s", STR_FMT(buf_str(&p->reasons)));
}

int cmd_import(struct cmd *cmd)
{
    struct why why = {0};
    struct control *c = NULL;
    struct progress p = {.started_ms = clock_mono_ms(), .is_tty = isatty(2), .is_json = cmd->is_json,
                         .reasons = BUF_INIT(64u << 20)};
    cmd->args.is_used[0] = true;
    args_flag(&cmd->args, "--json");
    struct str path = args_next(&cmd->args);
    if (!path.p) {
        err_why(&why, ERR_PARSE, "", "usage: tellal import PATH…");
        return cmd_fail(&why, 2);
    }
    if (control_open(cmd->dir, &cmd->conf, &c, &why) != OK)
        return cmd_fail(&why, 1);
    bool is_ok = true;
    for (; path.p && is_ok; path = args_next(&cmd->args))
        is_ok = import_file(c, &p, path.p, &why);
    tell(&p);
    buf_fini(&p.reasons);
    control_close(&c);
    return is_ok ? 0 : cmd_fail(&why, 1);
}
