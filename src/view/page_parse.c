#include "view/page_parse.h"

#include "base/buf.h"
#include "base/id.h"
#include "base/mem.h"

#define DEPTH_MAX 8

/* One parse of a page, includes and all. */
struct parse {
    struct arena *arena;
    const struct page_files *files;
    const struct messages *messages;
    struct page_step *steps;
    size_t count, room;
    struct why *why;
};

/* One file being read. */
struct source {
    const char *name;
    struct str text;
    size_t at;
    unsigned depth;
    size_t open[DEPTH_MAX]; /* steps that wait for their end */
    unsigned open_count;
};

static enum err read_file(struct parse *p, const char *name, unsigned depth);

static enum err fail(struct parse *p, const struct source *s, const char *what, struct str about)
{
    unsigned line = 1;
    for (size_t i = 0; i < s->at && i < s->text.n; i++)
        line += s->text.p[i] == '\n';
    char at[96];
    snprintf(at, sizeof at, "%.60s line %u", s->name, line);
    return err_why(p->why, ERR_FIELD, at, "%s: %.*s", what, (int)(about.n > 80 ? 80 : about.n), about.p ? about.p : "");
}

static struct page_step *add(struct parse *p, enum page_step_kind kind)
{
    if (p->count == p->room) {
        p->room = p->room ? p->room * 2 : 64;
        p->steps = mem_grow(p->steps, p->room * sizeof *p->steps);
    }
    p->steps[p->count] = (struct page_step){.kind = kind};
    return &p->steps[p->count++];
}

/* Runs of white space with a line end in them become one line end: indentation is for who writes the template. */
static void add_text(struct parse *p, struct str text)
{
    struct buf out = BUF_INIT(text.n + 1);
    for (size_t i = 0; i < text.n;) {
        size_t from = i;
        bool has_line_end = false;
        for (; i < text.n && strchr(" \t\r\n", text.p[i]); i++)
            has_line_end |= text.p[i] == '\n';
        if (i == from)
            buf_addc(&out, text.p[i++]);
        else if (has_line_end)
            buf_addc(&out, '\n');
        else
            buf_add(&out, str_of(text.p + from, i - from));
    }
    if (out.n > 0)
        add(p, STEP_TEXT)->text = arena_str(p->arena, buf_str(&out));
    buf_fini(&out);
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return s.n > 0;
}

static enum err add_message(struct parse *p, const struct source *s, struct str words)
{
    struct str key, name;
    uint64_t args[DEPTH_MAX];
    size_t count = 0;
    (void)str_split(&words, ' ', &key);
    size_t message = message_find(p->messages, key);
    if (message == SIZE_MAX)
        return fail(p, s, "no such message", key);
    while (words.n && str_split(&words, ' ', &name)) {
        if (name.n == 0)
            continue;
        if (!is_name(name) || count == DEPTH_MAX)
            return fail(p, s, "not a name", name);
        args[count++] = str_hash(name);
    }
    uint64_t *kept = count ? arena_array(p->arena, uint64_t, count) : NULL;
    if (count)
        memcpy(kept, args, count * sizeof *kept);
    struct page_step *step = add(p, STEP_MESSAGE);
    step->message = message;
    step->args = kept;
    step->arg_count = count;
    return OK;
}

/* The address changes with the content, so that a browser may keep a stylesheet for long and never keeps an old one. */
static enum err add_asset(struct parse *p, const struct source *s, struct str path)
{
    char name[96];
    uint8_t hash[ID_HASH];
    if (!str_copy(path, name, sizeof name))
        return fail(p, s, "too long a path", path);
    struct str bytes = p->files->get(p->files->arg, p->arena, name);
    if (!bytes.p)
        return fail(p, s, "no such file", path);
    id_sha256(bytes, hash);
    struct buf mark = BUF_INIT(64);
    id_hex(hash, 12, &mark); /* the mark that asset_serve knows as this content's */
    add(p, STEP_TEXT)->text = arena_printf(p->arena, "/static/%s?v=%.*s", name, STR_FMT(buf_str(&mark)));
    buf_fini(&mark);
    return OK;
}

/* "site/head.html" is a template, "icons/flash.svg" a drawing put into the page. */
static enum err add_include(struct parse *p, const struct source *s, struct str name)
{
    char path[96];
    const char *folder = str_ends(name, S(".svg")) ? "static" : "tmpl";
    if (snprintf(path, sizeof path, "%s/%.*s", folder, STR_FMT(name)) >= (int)sizeof path)
        return fail(p, s, "too long a path", name);
    if (s->depth + 1 >= DEPTH_MAX)
        return fail(p, s, "includes are too deep", name);
    if (!p->files->get(p->files->arg, p->arena, path).p)
        return fail(p, s, "no such file", name);
    return read_file(p, path, s->depth + 1);
}

static enum err open_block(struct parse *p, struct source *s, enum page_step_kind kind, struct str name)
{
    if (!is_name(name))
        return fail(p, s, "not a name", name);
    if (s->open_count == DEPTH_MAX)
        return fail(p, s, "blocks are too deep", name);
    s->open[s->open_count++] = p->count;
    add(p, kind)->name = str_hash(name);
    return OK;
}

static enum err close_block(struct parse *p, struct source *s, struct str name)
{
    if (s->open_count == 0 || p->steps[s->open[s->open_count - 1]].name != str_hash(name))
        return fail(p, s, "closes what is not open", name);
    p->steps[s->open[--s->open_count]].end = p->count;
    add(p, STEP_END);
    return OK;
}

static enum err add_value(struct parse *p, struct source *s, enum page_step_kind kind, struct str name)
{
    if (!is_name(name))
        return fail(p, s, "not a name", name);
    add(p, kind)->name = str_hash(name);
    return OK;
}

static enum err add_tag(struct parse *p, struct source *s, struct str tag)
{
    struct str rest = str_trim(str_sub(tag, 1, tag.n));
    if (tag.n == 0)
        return fail(p, s, "an empty tag", tag);
    switch (tag.p[0]) {
    case '#':
        return open_block(p, s, STEP_EACH, rest);
    case '^':
        return open_block(p, s, STEP_UNLESS, rest);
    case '/':
        return close_block(p, s, rest);
    case '>':
        return add_include(p, s, rest);
    case '{':
        return add_value(p, s, STEP_HTML, rest);
    case '!':
        return OK;
    default:
        break;
    }
    if (str_starts(tag, S("t:")))
        return add_message(p, s, str_sub(tag, 2, tag.n));
    if (str_starts(tag, S("a:")))
        return add_asset(p, s, str_sub(tag, 2, tag.n));
    return add_value(p, s, STEP_VALUE, str_trim(tag));
}

static enum err read_tags(struct parse *p, struct source *s)
{
    while (s->at < s->text.n) {
        struct str rest = str_sub(s->text, s->at, s->text.n);
        size_t open = str_find(rest, S("{{"));
        add_text(p, str_sub(rest, 0, open));
        if (open == SIZE_MAX)
            return OK;
        s->at += open;
        rest = str_sub(rest, open + 2, rest.n);
        bool is_html = str_starts(rest, S("{"));
        struct str ending = is_html ? S("}}}") : S("}}");
        size_t end = str_find(rest, ending);
        if (end == SIZE_MAX)
            return fail(p, s, "a tag is not closed", str_sub(rest, 0, 40));
        enum err e = add_tag(p, s, str_trim(str_sub(rest, 0, end)));
        if (e)
            return e;
        s->at += 2 + end + ending.n;
    }
    return OK;
}

static enum err read_file(struct parse *p, const char *name, unsigned depth)
{
    struct source s = {.name = name, .depth = depth};
    s.text = p->files->get(p->files->arg, p->arena, name);
    if (!s.text.p)
        return err_why(p->why, ERR_FIELD, name, "no such template");
    /* the last line end of a file is the editor's, not the page's */
    while (s.text.n && s.text.p[s.text.n - 1] == '\n')
        s.text.n--;
    enum err e = read_tags(p, &s);
    if (e == OK && s.open_count > 0)
        return fail(p, &s, "a block is left open", STR_NONE);
    return e;
}

enum err page_parse(struct arena *a, const struct page_files *files, const struct messages *m, const char *name,
                    struct page_code *out, struct why *why)
{
    struct parse p = {.arena = a, .files = files, .messages = m, .why = why};
    enum err e = read_file(&p, name, 0);
    if (e == OK) {
        struct page_step *kept = arena_array(a, struct page_step, p.count ? p.count : 1);
        if (p.count)
            memcpy(kept, p.steps, p.count * sizeof *kept);
        *out = (struct page_code){kept, p.count};
    }
    mem_free(p.steps);
    return e;
}
