#include "wire/filter.h"

#include "base/buf.h"

#define TEXT_MOST 16384 /* six lists of 255 codes and the words, which may grow threefold in NFC */

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

static enum err read_words(struct filter *f, struct str words, const struct codes *codes, struct why *why)
{
    struct wanted_rule rule;
    enum err e = query_parse(f->arena, arena_str(f->arena, words), &f->query, why);
    wanted_rule_init(&rule, &f->query, codes);
    wanted_make(f->arena, &rule, &f->query, &f->wanted);
    return e;
}

static void name(struct filter *f)
{
    struct buf text = BUF_INIT(TEXT_MOST);
    add_codes(&text, &f->query);
    if (f->query.branch_count) {
        buf_puts(&text, text.n ? "&q=" : "q=");
        query_write(&f->query, &text);
    }
    must(buf_ok(&text));
    f->text = arena_str(f->arena, buf_str(&text));
    f->hash = str_hash(f->text);
    buf_fini(&text);
}

enum err filter_new(const struct query *asked, struct str words, const struct codes *codes, struct filter **out,
                    struct why *why)
{
    struct filter *f = mem_new(struct filter);
    ref_init(&f->refs);
    f->arena = arena_new(512);
    f->query = *asked;
    f->query.branches = NULL;
    f->query.branch_count = 0;
    words = str_trim(words);
    enum err e = words.n ? read_words(f, words, codes, why) : OK;
    if (!e && words.n && !f->query.branch_count)
        e = err_why(why, ERR_PARSE, "search", "there is no word in it: a word has a letter or a digit");
    name(f);
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

bool filter_meets(const struct filter *f, const struct frame *frame, const struct grant *g)
{
    if (!query_allows(&f->query, &frame->codes))
        return false;
    if (!f->query.branch_count)
        return true;
    const struct words *words = frame_words(frame, g);
    return words && words_meet(words, &f->wanted);
}

void filter_warm(const struct filter *f, const struct frame *frame)
{
    if (f && f->query.branch_count)
        frame_warm_words(frame);
}
