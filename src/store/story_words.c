#include "store/story_words.h"

struct words_later {
    struct later later;
    enum sql which;
    uint64_t okey;
    struct story_index index;
};

static enum err words_run(struct db *d, struct later *l)
{
    struct words_later *x = list_of(l, struct words_later, later);
    struct statement *s = db_get(d, x->which);
    const struct buf *columns[] = {&x->index.head, &x->index.exact, &x->index.stem, &x->index.facet};
    db_int(s, 1, (int64_t)x->okey);
    for (int i = 0; i < 4; i++)
        db_text(s, 2 + i, columns[i]->n ? buf_str(columns[i]) : S(""));
    return db_run(s);
}

static void words_drop(struct later *l)
{
    struct words_later *x = list_of(l, struct words_later, later);
    story_index_fini(&x->index);
    mem_free(x);
}

static void words_later(struct writer *w, enum sql which, uint64_t okey, struct story_index *own)
{
    struct words_later *x = mem_new(struct words_later);
    *x = (struct words_later){.later = {.run = words_run, .drop = words_drop}, .which = which, .okey = okey, .index = *own};
    *own = (struct story_index){0};
    writer_later(w, &x->later);
}

/* FTS5 must be told what it holds, so the words of the version that goes are made again from its stored text. When that
 * is damaged the words stay: they lead to no row any more, and a kill must not fail on them. */
enum err story_words_remove(struct writer *w, const struct story_now *now, struct why *why)
{
    struct story *old = NULL;
    struct story_index index;
    enum err e = story_now_load(writer_db(w), now, &old, why);
    if (e)
        return e == ERR_PARSE ? OK : e;
    story_index_make(old, &index);
    words_later(w, SQL_WORDS_DELETE, now->okey, &index);
    story_unref(&old);
    return OK;
}

void story_words_add(struct writer *w, uint64_t okey, struct story_index *own)
{
    words_later(w, SQL_WORDS_ADD, okey, own);
}

static enum err merge(struct db *d, enum sql which, size_t pages)
{
    struct statement *s = db_get(d, which);
    db_int(s, 1, (int64_t)pages);
    return db_run(s);
}

/* A story is two changes, two pages of words and half a page of its brief; each is written anew at every level, and of
 * levels there are five after 30,000 groups. */
enum err story_words_tidy(struct db *d, size_t changes)
{
    enum err e = merge(d, SQL_WORDS_MERGE, 8 + 4 * changes);
    return e ? e : merge(d, SQL_BRIEF_WORDS_MERGE, 4 + changes);
}
