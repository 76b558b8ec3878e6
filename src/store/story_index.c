#include "store/story_index.h"

#include "base/stem.h"
#include "base/text.h"
#include "store/facet.h"

#define INDEX_MAX (64 * 1024 * 1024) /* more than the largest story can make */

/* Sluglines are in ASCII capitals whatever the language: LIMAN means liman there, which Turkish folding makes of LİMAN
 * alone. So both foldings are kept where they differ. */
static void add_slugline(const struct story *s, struct buf *exact)
{
    struct buf plain = BUF_INIT(INDEX_MAX), own = BUF_INIT(INDEX_MAX);
    stem_index(S(""), s->text.slugline, &plain, NULL);
    stem_index(s->language, s->text.slugline, &own, NULL);
    if (!str_eq(buf_str(&plain), buf_str(&own)))
        stem_index(S(""), s->text.slugline, exact, NULL);
    buf_fini(&plain);
    buf_fini(&own);
}

void story_index_make(const struct story *s, struct story_index *out)
{
    *out = (struct story_index){BUF_INIT(INDEX_MAX), BUF_INIT(INDEX_MAX), BUF_INIT(INDEX_MAX), BUF_INIT(INDEX_MAX)};
    const struct story_text *t = &s->text;
    const struct str heads[] = {t->headline, t->spot, t->slugline, t->byline, t->city};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        stem_index(s->language, heads[i], &out->exact, &out->stem);
    add_slugline(s, &out->exact);
    buf_add(&out->head, buf_str(&out->exact));
    struct buf body = BUF_INIT(INDEX_MAX);
    text_of_html(t->body, &body);
    stem_index(s->language, buf_str(&body), &out->exact, &out->stem);
    buf_fini(&body);
    for (size_t i = 0; i < s->keywords.n; i++)
        stem_index(s->language, s->keywords.v[i], &out->exact, &out->stem);
    facet_write(&s->codes, &out->facet);
    must(buf_ok(&out->head) && buf_ok(&out->exact) && buf_ok(&out->stem) && buf_ok(&out->facet));
}

void story_index_fini(struct story_index *x)
{
    buf_fini(&x->head);
    buf_fini(&x->exact);
    buf_fini(&x->stem);
    buf_fini(&x->facet);
}
