#include "tape/frame.h"

#include "base/json.h"
#include "codec/newsmlg2.h"
#include "codec/plaintext.h"

#define FORM_MOST (128 * 1024 * 1024) /* the largest body, marked up and escaped twice: reaching it is our mistake */

/* A document as it stands in events. */
struct frame_copy {
    size_t n;
    char bytes[];
};

struct frame *frame_new(void)
{
    struct frame *f = mem_new(struct frame);
    ref_init(&f->refs);
    f->arena = arena_new(1024);
    return f;
}

struct frame *frame_ref(struct frame *f)
{
    ref_hold(&f->refs);
    return f;
}

void frame_unref(struct frame **f)
{
    struct frame *last = *f;
    *f = NULL;
    if (last == NULL || !ref_drop(&last->refs))
        return;
    struct story *story = (struct story *)last->story;
    story_unref(&story);
    right_unref(&last->right);
    brief_unref(&last->brief);
    codes_unref(&last->codes_list);
    struct words *words = atomic_load_explicit(&last->words, memory_order_acquire);
    words_free(&words);
    for (size_t i = 0; i < FRAME_FORMS; i++)
        for (size_t k = 0; k < 2; k++)
            mem_free(atomic_load_explicit(&last->copies[i][k], memory_order_acquire));
    arena_free(&last->arena);
    mem_free(last);
}

struct str frame_ninjs(const struct frame *f, const struct grant *g)
{
    must(grant_covers(g, f->n));
    return f->full;
}

const struct story *frame_story(const struct frame *f, const struct grant *g)
{
    must(grant_covers(g, f->n));
    return f->story;
}

struct str frame_notice(const struct frame *f)
{
    return f->notice;
}

/* ---- what is made of it when somebody needs it ---- */

static struct str write_form(const struct frame *f, enum frame_form form, bool is_notice, struct buf *out)
{
    struct grant g;
    right_grant_editor(f->n, &g); /* it leaves through frame_full alone, which asks the reader for one */
    if (form == FRAME_NEWSML29 && is_notice)
        newsmlg2_write_has_notice(out, f->story, f->codes_list, f->agency, f->at_ms);
    else if (form == FRAME_NEWSML29)
        newsmlg2_write_has(out, &g, f->story, f->codes_list, f->agency, f->at_ms);
    else if (is_notice)
        plaintext_write_notice(out, f->story);
    else
        plaintext_write(out, &g, f->story, f->agency);
    return buf_str(out);
}

static struct frame_copy *make_copy(const struct frame *f, enum frame_form form, bool is_notice)
{
    struct buf document = BUF_INIT(FORM_MOST), quoted = BUF_INIT(2u * FORM_MOST);
    json_quote(write_form(f, form, is_notice, &document), &quoted);
    must(buf_ok(&document) && buf_ok(&quoted));
    struct frame_copy *c = mem_zero(sizeof *c + quoted.n);
    c->n = quoted.n;
    memcpy(c->bytes, quoted.p, quoted.n);
    buf_fini(&document);
    buf_fini(&quoted);
    return c;
}

static struct str need_copy(const struct frame *f, enum frame_form form, bool is_notice)
{
    _Atomic(struct frame_copy *) *place = &((struct frame *)(uintptr_t)f)->copies[form][is_notice];
    struct frame_copy *c = atomic_load_explicit(place, memory_order_acquire);
    if (!c) {
        struct frame_copy *first = NULL;
        c = make_copy(f, form, is_notice);
        if (!atomic_compare_exchange_strong_explicit(place, &first, c, memory_order_acq_rel, memory_order_acquire)) {
            mem_free(c);
            c = first;
        }
    }
    return str_of(c->bytes, c->n);
}

struct str frame_full(const struct frame *f, enum frame_form form, const struct grant *g)
{
    must(grant_covers(g, f->n));
    return f->full.n ? need_copy(f, form, false) : STR_NONE;
}

struct str frame_form_notice(const struct frame *f, enum frame_form form)
{
    return f->notice.n ? need_copy(f, form, true) : STR_NONE;
}

void frame_warm_form(const struct frame *f, enum frame_form form)
{
    if (f->full.n)
        (void)need_copy(f, form, false);
    if (f->notice.n)
        (void)need_copy(f, form, true);
}

static const struct words *need_words(const struct frame *f)
{
    _Atomic(struct words *) *place = &((struct frame *)(uintptr_t)f)->words;
    struct words *w = atomic_load_explicit(place, memory_order_acquire);
    if (!w && f->story) {
        struct words *first = NULL;
        w = words_new(f->story);
        if (!atomic_compare_exchange_strong_explicit(place, &first, w, memory_order_acq_rel, memory_order_acquire)) {
            words_free(&w);
            w = first;
        }
    }
    return w;
}

const struct words *frame_words(const struct frame *f, const struct grant *g)
{
    must(grant_covers(g, f->n));
    return need_words(f);
}

void frame_warm_words(const struct frame *f)
{
    (void)need_words(f);
}

size_t frame_bytes(const struct frame *f)
{
    size_t bytes = sizeof *f + arena_bytes(f->arena);
    if (f->story)
        bytes += sizeof *f->story + arena_bytes(f->story->arena);
    if (f->brief)
        bytes += sizeof *f->brief + arena_bytes(f->brief->arena);
    const struct words *words = atomic_load_explicit(&f->words, memory_order_acquire);
    if (words)
        bytes += words_bytes(words);
    for (size_t i = 0; i < FRAME_FORMS; i++)
        for (size_t k = 0; k < 2; k++) {
            const struct frame_copy *c = atomic_load_explicit(&f->copies[i][k], memory_order_acquire);
            bytes += c ? sizeof *c + c->n : 0;
        }
    return bytes;
}
