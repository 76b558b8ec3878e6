#include "main/conf.h"

#include "base/mem.h"
#include "main/args.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum kind { TEXT, LIST, COUNT, SHARE };
struct option {
    const char *name;
    enum kind kind;
    const char *otherwise, *help;
    size_t at;
};
static const struct option options[] = {
#define OPTION(name, kind, otherwise, help) {#name, kind, otherwise, help, offsetof(struct conf, name)},
#include "main/options.def"
#undef OPTION
};
#define COUNT_OF (sizeof options / sizeof *options)

static struct str *slot(struct conf *c, const struct option *o)
{
    return (struct str *)(void *)((char *)c + o->at);
}

void conf_init(struct conf *c)
{
    *c = (struct conf){.arena = arena_new(4096)};
    for (size_t i = 0; i < COUNT_OF; i++)
        *slot(c, &options[i]) = str_from(options[i].otherwise);
}

void conf_fini(struct conf *c)
{
    arena_free(&c->arena);
}

static bool is_share(struct str v)
{
    char text[32], *end;
    if (!v.n || !str_copy(v, text, sizeof text))
        return false;
    double d = strtod(text, &end);
    return !*end && d >= 0 && d <= 1;
}

static enum err check_value(const struct option *o, struct str v, const char *at, struct why *why)
{
    uint64_t n;
    if (o->kind == COUNT && (!str_u64(v, &n) || n > 1000000000))
        return err_why(why, ERR_FIELD, at, "%s is a whole number, not “%.*s”", o->name, STR_FMT(v));
    if (o->kind == SHARE && !is_share(v))
        return err_why(why, ERR_FIELD, at, "%s is a share between 0 and 1, not “%.*s”", o->name, STR_FMT(v));
    if (o->kind == LIST && !v.n)
        return err_why(why, ERR_FIELD, at, "%s needs at least one entry", o->name);
    return OK;
}

static enum err unknown(struct str key, const char *at, struct why *why)
{
    const char *names[COUNT_OF + 1] = {0};
    for (size_t i = 0; i < COUNT_OF; i++)
        names[i] = options[i].name;
    const char *near = args_nearest(key, names);
    return err_why(why, ERR_FIELD, at, "there is no option “%.*s”%s%s%s", STR_FMT(key), near ? "; did you mean " : "",
                   near ? near : "", near ? "?" : "");
}

enum err conf_set(struct conf *c, struct str assignment, const char *at, struct why *why)
{
    size_t eq = str_find_char(assignment, '=');
    if (eq == SIZE_MAX)
        return err_why(why, ERR_PARSE, at, "write KEY=VALUE, not “%.*s”", STR_FMT(assignment));
    struct str key = str_trim(str_sub(assignment, 0, eq));
    struct str value = str_trim(str_sub(assignment, eq + 1, assignment.n));
    for (size_t i = 0; i < COUNT_OF; i++) {
        const struct option *o = &options[i];
        if (!str_is(key, o->name))
            continue;
        enum err e = check_value(o, value, at, why);
        if (!e)
            *slot(c, o) = value.n ? arena_str(c->arena, value) : S("");
        return e;
    }
    return unknown(key, at, why);
}

static enum err read_file(const char *path, struct buf *out, struct why *why)
{
    CLEANUP(mem_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_why(why, ERR_IO, path, "the configuration file cannot be read");
    for (;;) {
        char *room = buf_room(out, 4096);
        if (!room)
            return err_why(why, ERR_LIMIT, path, "the configuration file is larger than 1 MiB");
        ssize_t got = read(fd, room, 4096);
        if (got < 0)
            return err_why(why, ERR_IO, path, "the configuration file cannot be read");
        if (!got)
            return OK;
        out->n += (size_t)got;
    }
}

enum err conf_file(struct conf *c, const char *path, struct why *why)
{
    struct buf text = BUF_INIT(1u << 20);
    enum err e = read_file(path, &text, why);
    struct str rest = buf_str(&text), line;
    if (!rest.p)
        rest = S("");
    for (int n = 1; !e && str_split(&rest, '\n', &line); n++) {
        size_t hash = str_find_char(line, '#');
        line = str_trim(hash == SIZE_MAX ? line : str_sub(line, 0, hash));
        char at[96];
        snprintf(at, sizeof at, "%.70s line %d", path, n);
        if (line.n)
            e = conf_set(c, line, at, why);
    }
    buf_fini(&text);
    return e;
}

uint64_t conf_count(struct str value)
{
    uint64_t n = 0;
    must(str_u64(value, &n));
    return n;
}

struct strs conf_list(const struct conf *c, struct str value)
{
    struct str rest = value, part;
    size_t n = 1;
    for (size_t i = 0; i < value.n; i++)
        n += value.p[i] == ',';
    struct str *v = arena_array(c->arena, struct str, n);
    n = 0;
    while (str_split(&rest, ',', &part))
        if ((part = str_trim(part)).n)
            v[n++] = part;
    return (struct strs){v, n};
}

static bool has_zone(struct str zone)
{
    char path[256];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%.*s", STR_FMT(zone));
    return zone.n && !str_has(zone, S("..")) && access(path, R_OK) == 0;
}

enum err conf_check(const struct conf *c, struct why *why)
{
    struct str rest = c->languages, part;
    bool has_default = false;
    while (str_split(&rest, ',', &part))
        has_default = has_default || str_eq(str_trim(part), c->default_language);
    if (!has_default)
        return err_why(why, ERR_FIELD, "default_language", "%.*s is not among `languages`", STR_FMT(c->default_language));
    if (!has_zone(c->timezone))
        return err_why(why, ERR_FIELD, "timezone", "“%.*s” is no zone this machine knows (see /usr/share/zoneinfo)",
                       STR_FMT(c->timezone));
    if (!str_is(c->error_status, "http") && !str_is(c->error_status, "body"))
        return err_why(why, ERR_FIELD, "error_status", "http or body, not “%.*s”", STR_FMT(c->error_status));
    if (!str_is(c->document_media, "direct") && !str_is(c->document_media, "redirect"))
        return err_why(why, ERR_FIELD, "document_media", "direct or redirect, not “%.*s”", STR_FMT(c->document_media));
    if (!str_is(c->has_notices, "on") && !str_is(c->has_notices, "off"))
        return err_why(why, ERR_FIELD, "has_notices", "on or off, not “%.*s”", STR_FMT(c->has_notices));
    if (!c->agency_prefix.n || c->agency_prefix.n > 16)
        return err_why(why, ERR_FIELD, "agency_prefix", "1 to 16 lower-case letters or digits");
    for (size_t i = 0; i < c->agency_prefix.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789", c->agency_prefix.p[i]))
            return err_why(why, ERR_FIELD, "agency_prefix", "1 to 16 lower-case letters or digits");
    return OK;
}

void conf_help(struct buf *out)
{
    for (size_t i = 0; i < COUNT_OF; i++)
        buf_printf(out, "  %-24s %s%s%s%s\n", options[i].name, options[i].help, *options[i].otherwise ? " (" : "",
                   options[i].otherwise, *options[i].otherwise ? ")" : "");
}
