/* tail: the tape as it grows, one line per record, priority by colour and word. Reads the store's folder, so it needs no
 * server and tells nothing to anybody but the operator. */
#include "base/clock.h"
#include "codec/plaintext.h"
#include "main/cmd.h"
#include "news/chain.h"
#include "store/check.h"
#include "store/reader.h"
#include "store/stories.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define TEXT_MOST (64u << 20)

enum form { FORM_LINE, FORM_HEAD, FORM_NINJS, FORM_NEWSML29, FORM_TEXT };

struct tail {
    struct reader *reader;
    uint64_t after;
    bool has_colour;
    enum form form;
};

static const char *colour(const struct frame *f)
{
    if (f->event == EVENT_KILL)
        return "\x1b[1;37;41m";
    if (f->event == EVENT_HOLD || f->event == EVENT_CORRECTION)
        return "\x1b[33m";
    switch (f->codes.priority) {
    case 1:
        return "\x1b[1;31m";
    case 2:
        return "\x1b[38;5;208m";
    case 3:
        return "\x1b[36m";
    case 5:
        return "\x1b[35m";
    case 6:
        return "\x1b[2m";
    default:
        return "";
    }
}

static const char *word(const struct frame *f)
{
    static const char *const words[] = {"", "FLASH", "URGENT", "IMPORTANT", "", "SPECIAL", "ARCHIVE"};
    return event_is_story(f->event) && f->codes.priority <= 6 ? words[f->codes.priority] : "";
}

static struct str headline(const struct frame *f)
{
    struct grant g;
    right_grant_editor(f->n, &g);
    const struct story *s = event_is_story(f->event) ? frame_story(f, &g) : NULL;
    return s ? s->text.headline : S("");
}

/* The story as running text, for reading along. */
static void print_text(const struct frame *f)
{
    struct grant g;
    right_grant_editor(f->n, &g);
    const struct story *s = event_is_story(f->event) ? frame_story(f, &g) : NULL;
    struct buf text = BUF_INIT(TEXT_MOST);
    if (s)
        plaintext_write(&text, &g, s, f->agency);
    printf("%llu %s %.*s v%u\n%.*s\n", (unsigned long long)f->seq, event_name(f->event), STR_FMT(f->id), f->version,
           STR_FMT(buf_str(&text)));
    buf_fini(&text);
}

static struct str story_of(const struct frame *f, enum form form)
{
    struct grant g;
    right_grant_editor(f->n, &g);
    if (form == FORM_NINJS)
        return f->full.n ? frame_ninjs(f, &g) : frame_notice(f);
    return f->full.n ? frame_full(f, FRAME_NEWSML29, &g) : frame_form_notice(f, FRAME_NEWSML29);
}

/* One object a line, `story` as the wire carries it in this format. */
static void print_json(const struct frame *f, enum form form)
{
    struct str story = S("null");
    if (form != FORM_HEAD && event_is_story(f->event))
        story = story_of(f, form);
    char at[CLOCK_TEXT];
    clock_rfc3339(f->at_ms, at);
    printf("{\"seq\":%llu,\"event\":\"%s\",\"id\":\"%.*s\",\"version\":%u,\"at\":\"%s\",\"story\":%.*s}\n",
           (unsigned long long)f->seq, event_name(f->event), STR_FMT(f->id), f->version, at,
           STR_FMT(story.n ? story : S("null")));
}

static void print(const struct tail *t, const struct frame *f)
{
    if (t->form == FORM_NINJS || t->form == FORM_NEWSML29 || t->form == FORM_HEAD) {
        print_json(f, t->form);
        return;
    }
    if (t->form == FORM_TEXT) {
        print_text(f);
        return;
    }
    struct clock_parts p;
    clock_parts(f->at_ms, true, &p);
    printf("%s%8llu  %02d:%02d:%02d  %-10s %-9s %-28.*s v%-3u %.*s%s\n", t->has_colour ? colour(f) : "",
           (unsigned long long)f->seq, p.hour, p.minute, p.second, event_name(f->event), word(f), STR_FMT(f->id), f->version,
           STR_FMT(headline(f)), t->has_colour ? "\x1b[0m" : "");
}

static size_t drain(struct tail *t)
{
    struct frame *frames[64];
    size_t n = reader_frames(t->reader, t->after, frames, 64);
    for (size_t i = 0; i < n; i++) {
        print(t, frames[i]);
        t->after = frames[i]->seq;
        frame_unref(&frames[i]);
    }
    fflush(stdout);
    return n;
}

static int follow(struct tail *t)
{
    for (;;) {
        if (drain(t))
            continue;
        struct pollfd out = {STDOUT_FILENO, 0, 0};
        if (poll(&out, 1, 100) > 0 && out.revents & (POLLERR | POLLHUP))
            return 0; /* nobody reads any more */
    }
}

static void found(void *arg, const char *text)
{
    ++*(uint64_t *)arg;
    printf("%s\n", text);
}

/* --check: every record's form, order and link, then done. */
static int prove_tape(struct reader *r)
{
    uint64_t checked = 0, wrong = 0;
    enum err e = check_tape(r, found, &wrong, &checked);
    if (e) {
        struct why why;
        err_why(&why, e, "", "the records cannot be read through (%s)", err_key(e));
        return cmd_fail(&why, 1);
    }
    printf("%llu checked, %llu wrong\n", (unsigned long long)checked, (unsigned long long)wrong);
    return wrong ? 1 : 0;
}

static bool read_form(struct cmd *cmd, enum form *out)
{
    static const char *const names[] = {"line", "head", "ninjs", "newsml29", "text"};
    struct str v = args_value(&cmd->args, "--format");
    *out = cmd->is_json ? FORM_NINJS : FORM_LINE;
    for (size_t i = 0; v.p && i < sizeof names / sizeof names[0]; i++)
        if (str_is(v, names[i])) {
            *out = (enum form)i;
            return true;
        }
    return !v.p;
}

int cmd_tail(struct cmd *cmd)
{
    struct why why;
    struct tail t = {.has_colour = isatty(1)};
    char path[1024];
    cmd->args.is_used[0] = true;
    args_flag(&cmd->args, "--json");
    bool is_once = args_flag(&cmd->args, "--once"), is_check = args_flag(&cmd->args, "--check"), has_after;
    bool has_form = read_form(cmd, &t.form);
    struct str after = args_value(&cmd->args, "--after");
    has_after = after.p != NULL;
    if (args_end(&cmd->args, &why) != OK)
        return cmd_fail(&why, 2);
    if (!has_form) {
        err_why(&why, ERR_PARSE, "--format", "line, head, ninjs, newsml29 or text");
        return cmd_fail(&why, 2);
    }
    if (has_after && !str_u64(after, &t.after)) {
        err_why(&why, ERR_PARSE, "--after", "a cursor is a sequence number; 0 is the beginning");
        return cmd_fail(&why, 2);
    }
    snprintf(path, sizeof path, "%s/tellal.db", cmd->dir);
    struct stories s = {0};
    s.agency = (struct agency){cmd->conf.agency_name, cmd->conf.agency_code, cmd->conf.public_url, cmd->conf.agency_prefix};
    s.codes = codes_seed(cmd->conf.agency_code);
    struct reader_options o = {path, &s};
    if (access(path, R_OK) == 0)
        t.reader = reader_open(&o);
    if (!t.reader) {
        err_why(&why, ERR_NONE, cmd->dir, "there is no tellal store in this folder; name another with --data");
        codes_unref(&s.codes);
        return cmd_fail(&why, 1);
    }
    if (!has_after) {
        uint64_t head = reader_seq_at(t.reader, INT64_MAX);
        t.after = head > 21 ? head - 21 : 0;
    }
    if (is_once && !is_check)
        while (drain(&t))
            ;
    int status = is_check ? prove_tape(t.reader) : is_once ? 0 : follow(&t);
    reader_close(t.reader);
    codes_unref(&s.codes);
    return status;
}
