#include "wire/filter.h"

#include "base/buf.h"

#define TEXT_MOST 8192 /* six lists of 255 codes and the words */

static void add_codes(struct buf *out, const struct query *q)
{
    for (enum code_kind k = 0; k < CODE_KINDS; k++) {
        if (q->any >> k & 1)
            continue;
        buf_printf(out, "%s%s=", out->n ? "&" : "", code_kind_name(k));
        unsigned code = codeset_first(&q->sets[k]);
        for (bool is_first = true; code; code = codeset_next(&q->sets[k], code), is_first = false)
            buf_printf(out, "%s%u", is_first ? "" : ",", code);
    }
}

enum err filter_new(const struct query *codes, struct str words, struct filter **out, struct why *why)
{
    struct filter *f = mem_new(struct filter);
    ref_init(&f->refs);
    f->arena = arena_new(512);
    f->query = *codes;
    f->query.branches = NULL;
    f->query.branch_count = 0;
    words = str_trim(words);
    enum err e = words.n ? query_parse(f->arena, arena_str(f->arena, words), &f->query, why) : OK;
    struct buf text = BUF_INIT(TEXT_MOST);
    add_codes(&text, &f->query);
    if (words.n)
        buf_printf(&text, "%sq=%.*s", text.n ? "&" : "", STR_FMT(words));
    must(buf_ok(&text));
    f->text = arena_str(f->arena, buf_str(&text));
    f->hash = str_hash(f->text);
    buf_fini(&text);
    if (e || !f->text.n)
        filter_unref(&f);
    if (!e)
        *out = f;
    return e;
}

struct filter *filter_ref(const struct filter *f)
{
    struct filter *own = (struct filter *)(uintptr_t)f;
    if (own)
        ref_hold(&own->refs);
    return own;
}

void filter_unref(struct filter **f)
{
    struct filter *last = *f;
    *f = NULL;
    if (last == NULL || !ref_drop(&last->refs))
        return;
    arena_free(&last->arena);
    mem_free(last);
}

bool filter_eq(const struct filter *a, const struct filter *b)
{
    return a == b || (a && b && a->hash == b->hash && str_eq(a->text, b->text));
}

bool filter_has_words(const struct filter *f)
{
    return f && f->query.branch_count > 0;
}
