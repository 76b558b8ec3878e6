#include "codec/native_field.h"
#include "base/clock.h"
#include "base/text.h"
#include "codec/near.h"

#include <stdarg.h>

void native_field_fault(struct native_reader *r, const char *fmt, ...)
{
    if (r->faults->n == NATIVE_FAULTS)
        return;
    char text[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    struct native_fault *f = &r->faults->v[r->faults->n++];
    f->pointer = arena_str(r->arena, buf_str(&r->path));
    f->message = arena_str(r->arena, str_from(text));
}

size_t native_field_enter(struct native_reader *r, struct str step)
{
    size_t mark = r->path.n;
    buf_addc(&r->path, '/');
    for (size_t i = 0; i < step.n; i++) {
        if (step.p[i] == '~')
            buf_puts(&r->path, "~0");
        else if (step.p[i] == '/')
            buf_puts(&r->path, "~1");
        else
            buf_addc(&r->path, step.p[i]);
    }
    return mark;
}

size_t native_field_enter_at(struct native_reader *r, size_t index)
{
    size_t mark = r->path.n;
    buf_printf(&r->path, "/%zu", index);
    return mark;
}

void native_field_leave(struct native_reader *r, size_t mark)
{
    r->path.n = mark;
}

static const char *nearest(struct str name, const struct native_member *rows, size_t n)
{
    const char *best = NULL;
    size_t best_distance = NEAR_FAR;
    for (size_t i = 0; i < n; i++) {
        size_t d = rows[i].doors & NATIVE_POST ? near_distance(name, str_from(rows[i].name)) : NEAR_FAR;
        if (d < best_distance) {
            best_distance = d;
            best = rows[i].name;
        }
    }
    return near_enough(name, best_distance) ? best : NULL;
}

/* What GET adds to the members of POST: who reads a story, changes it and puts it back sends these too. They are the
 * server's to give, so they are passed over. */
static bool is_ours(struct str name)
{
    static const char *const given[] = {"id", "version", "seq", "first_published", "updated", "public_url"};
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (str_is(name, given[i]))
            return true;
    return false;
}

static void fault_unknown(struct native_reader *r, struct str name, const struct native_member *rows, size_t n)
{
    if (is_ours(name))
        return;
    const char *near = nearest(name, rows, n);
    if (near)
        native_field_fault(r, "is not a member of a story; did you mean \"%s\"?", near);
    else
        native_field_fault(r, "is not a member of a story");
}

void native_field_members(struct native_reader *r, const struct json *j, void *base, const struct native_member *rows, size_t n)
{
    if (json_kind(j) != JSON_OBJECT) {
        native_field_fault(r, "must be an object");
        return;
    }
    unsigned door = r->is_stored ? NATIVE_STORE : NATIVE_POST;
    void *at = NULL;
    struct str name;
    const struct json *value;
    while (json_next(j, &at, &name, &value)) {
        size_t mark = native_field_enter(r, str_sub(name, 0, 100));
        const struct native_member *row = NULL;
        for (size_t i = 0; i < n && !row; i++)
            if ((rows[i].doors & door) && str_is(name, rows[i].name))
                row = &rows[i];
        if (row)
            row->read(r, value, (char *)base + row->offset, row);
        else if (!r->is_stored)
            fault_unknown(r, name, rows, n);
        native_field_leave(r, mark);
    }
}

static struct str clean_text(struct native_reader *r, struct str s, bool is_line)
{
    struct buf nfc = BUF_INIT(s.n * 3 + 16), line = BUF_INIT(s.n * 3 + 16);
    text_nfc(s, &nfc);
    if (is_line)
        text_one_line(buf_str(&nfc), &line);
    struct str out = arena_str(r->arena, is_line ? buf_str(&line) : str_trim(buf_str(&nfc)));
    buf_fini(&nfc);
    buf_fini(&line);
    return out;
}

static bool read_text(struct native_reader *r, const struct json *j, size_t most, bool is_line, struct str *out)
{
    if (json_kind(j) == JSON_NULL) {
        *out = STR_NONE;
        return true;
    }
    if (json_kind(j) != JSON_STR) {
        native_field_fault(r, "must be a string");
        return false;
    }
    if (r->is_stored) {
        *out = arena_str(r->arena, json_str(j));
        return true;
    }
    struct str s = clean_text(r, json_str(j), is_line);
    size_t chars = text_chars(s);
    if (chars > most) {
        native_field_fault(r, "has %zu characters; at most %zu are allowed", chars, most);
        return false;
    }
    *out = s;
    return true;
}

bool native_field_line(struct native_reader *r, const struct json *j, size_t most, struct str *out)
{
    return read_text(r, j, most, true, out);
}

bool native_field_int(struct native_reader *r, const struct json *j, int64_t least, int64_t most, int64_t *out)
{
    int64_t v = json_int(j, INT64_MIN);
    if (json_kind(j) != JSON_INT || v < least || v > most) {
        native_field_fault(r, "must be a whole number from %lld to %lld", (long long)least, (long long)most);
        return false;
    }
    *out = v;
    return true;
}

void native_field_read_line(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    native_field_line(r, j, row->most, to);
}

void native_field_read_lines(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    read_text(r, j, row->most, false, to);
}

void native_field_read_time(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    (void)row;
    int64_t *out = to;
    int64_t ms;
    if (json_kind(j) == JSON_NULL)
        *out = 0;
    else if (json_kind(j) != JSON_STR || clock_parse(json_str(j), &ms) != OK)
        native_field_fault(r, "must be a time such as 2026-03-14T09:21:05Z");
    else
        *out = ms;
}

void native_field_read_object(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    if (json_kind(j) != JSON_NULL)
        native_field_members(r, j, to, row->sub, row->sub_count);
}

void native_field_skip(struct native_reader *r, const struct json *j, void *to, const struct native_member *row)
{
    (void)r;
    (void)j;
    (void)to;
    (void)row;
}
