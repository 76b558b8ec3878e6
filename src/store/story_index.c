#include "store/story_index.h"

#include "base/stem.h"
#include "base/text.h"

#define INDEX_MAX (64 * 1024 * 1024) /* more than the largest story can make */

static void add_facet(struct buf *out, char mark, unsigned code)
{
    if (out->n)
        buf_addc(out, ' ');
    buf_addc(out, mark);
    buf_u64(out, code);
}

static void add_facets(struct buf *out, char mark, const struct codeset *set)
{
    for (unsigned c = codeset_first(set); c; c = codeset_next(set, c))
        add_facet(out, mark, c);
}

static void make_facets(const struct story_codes *c, struct buf *out)
{
    add_facet(out, 'p', c->provider);
    add_facets(out, 'k', &c->package);
    add_facets(out, 'c', &c->category);
    add_facet(out, 't', c->type);
    add_facet(out, 'l', c->language);
    add_facet(out, 'r', c->priority);
    add_facet(out, 'a', c->is_archive);
    add_facet(out, 'd', c->kind);
}

void story_index_make(const struct story *s, struct story_index *out)
{
    *out = (struct story_index){BUF_INIT(INDEX_MAX), BUF_INIT(INDEX_MAX), BUF_INIT(INDEX_MAX), BUF_INIT(INDEX_MAX)};
    const struct story_text *t = &s->text;
    const struct str heads[] = {t->headline, t->spot, t->slugline, t->byline, t->city};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        stem_index(s->language, heads[i], &out->exact, &out->stem);
    buf_add(&out->head, buf_str(&out->exact));
    struct buf body = BUF_INIT(INDEX_MAX);
    text_of_html(t->body, &body);
    stem_index(s->language, buf_str(&body), &out->exact, &out->stem);
    buf_fini(&body);
    for (size_t i = 0; i < s->keywords.n; i++)
        stem_index(s->language, s->keywords.v[i], &out->exact, &out->stem);
    make_facets(&s->codes, &out->facet);
    must(buf_ok(&out->head) && buf_ok(&out->exact) && buf_ok(&out->stem) && buf_ok(&out->facet));
}

void story_index_fini(struct story_index *x)
{
    buf_fini(&x->head);
    buf_fini(&x->exact);
    buf_fini(&x->stem);
    buf_fini(&x->facet);
}
