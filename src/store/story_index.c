#include "store/story_index.h"

#include "news/words.h"
#include "store/facet.h"

#define INDEX_MAX (64 * 1024 * 1024) /* more than the largest story can make */

void story_index_make(const struct story *s, struct story_index *out)
{
    struct words_text text;
    words_text_make(s, &text);
    *out = (struct story_index){BUF_INIT(INDEX_MAX), text.exact, text.stem, BUF_INIT(INDEX_MAX)};
    buf_add(&out->head, str_sub(buf_str(&text.exact), 0, text.head_bytes));
    facet_write(&s->codes, &out->facet);
    must(buf_ok(&out->head) && buf_ok(&out->facet));
}

void story_index_fini(struct story_index *x)
{
    buf_fini(&x->head);
    buf_fini(&x->exact);
    buf_fini(&x->stem);
    buf_fini(&x->facet);
}
