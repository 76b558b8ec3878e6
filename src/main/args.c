#include "main/args.h"

#include "codec/near.h"

void args_init(struct args *a)
{
    *a = (struct args){0};
}

void args_add(struct args *a, struct str word)
{
    must(a->n < ARGS_MAX);
    a->words[a->n++] = word;
}

static void note_name(struct args *a, const char *name)
{
    for (size_t i = 0; i < a->known_count; i++)
        if (!strcmp(a->known[i], name))
            return;
    if (a->known_count < sizeof a->known / sizeof *a->known - 1)
        a->known[a->known_count++] = name;
}

bool args_each(struct args *a, const char *name, size_t *at, struct str *value)
{
    note_name(a, name);
    struct str want = str_from(name);
    for (size_t i = *at; i < a->n; i++) {
        struct str w = a->words[i];
        if (a->is_used[i] || !str_starts(w, want))
            continue;
        if (w.n == want.n && i + 1 < a->n) {
            a->is_used[i] = a->is_used[i + 1] = true;
            *value = a->words[i + 1];
        } else if (w.n > want.n && w.p[want.n] == '=') {
            a->is_used[i] = true;
            *value = str_sub(w, want.n + 1, w.n);
        } else {
            continue;
        }
        *at = i + 1;
        return true;
    }
    return false;
}

struct str args_value(struct args *a, const char *name)
{
    struct str v = STR_NONE;
    size_t at = 0;
    while (args_each(a, name, &at, &v))
        ;
    return v;
}

bool args_flag(struct args *a, const char *name)
{
    bool is_there = false;
    note_name(a, name);
    for (size_t i = 0; i < a->n; i++)
        if (!a->is_used[i] && str_is(a->words[i], name))
            is_there = a->is_used[i] = true;
    return is_there;
}

static bool is_option(struct str w)
{
    return w.n > 2 && w.p[0] == '-' && w.p[1] == '-';
}

struct str args_next(struct args *a)
{
    for (size_t i = 0; i < a->n; i++) {
        if (a->is_used[i] || is_option(a->words[i]))
            continue;
        a->is_used[i] = true;
        return a->words[i];
    }
    return STR_NONE;
}

enum err args_end(struct args *a, struct why *why)
{
    for (size_t i = 0; i < a->n; i++) {
        if (a->is_used[i])
            continue;
        struct str w = a->words[i];
        const char *near = is_option(w) ? args_nearest(w, a->known) : NULL;
        if (near && str_is(w, near)) /* it was looked for, and stood last */
            return err_why(why, ERR_PARSE, "", "a value has to follow %s", near);
        return err_why(why, ERR_PARSE, "", "“%.*s” is not understood here%s%s%s", STR_FMT(w), near ? "; did you mean " : "",
                       near ? near : "", near ? "?" : "");
    }
    return OK;
}

const char *args_nearest(struct str word, const char *const *names)
{
    const char *best = NULL;
    size_t least = NEAR_FAR;
    for (; *names; names++) {
        size_t d = near_distance(word, str_from(*names));
        if (d < least) {
            least = d;
            best = *names;
        }
    }
    return near_enough(word, least) ? best : NULL;
}
