#include "store/story_work.h"

#define TEXT_MAX (64 * 1024 * 1024) /* door limits are far below: reaching it is our mistake */

struct story_work *story_work_make(const struct stories *s, const struct story *story)
{
    struct story_work *w = mem_new(struct story_work);
    buf_init(&w->text, TEXT_MAX);
    native_write_text(&w->text, story);
    must(buf_ok(&w->text));
    id_random(w->salt, sizeof w->salt);
    chain_commit_text(w->salt, story, w->commit);
    if (story->head.stage != STAGE_LIVE)
        return w;
    w->has_index = true;
    story_index_make(story, &w->index);
    if (portion_has(&s->rule, story))
        w->brief = portion_brief(&s->rule, story, NULL, 0);
    w->has_brief_words = w->brief != NULL;
    if (w->has_brief_words)
        briefs_words_make(w->brief, &w->brief_words);
    return w;
}

void story_work_free(struct story_work **w)
{
    if (*w == NULL)
        return;
    buf_fini(&(*w)->text);
    if ((*w)->has_index)
        story_index_fini(&(*w)->index);
    if ((*w)->has_brief_words)
        briefs_words_fini(&(*w)->brief_words);
    brief_unref(&(*w)->brief);
    mem_free(*w);
    *w = NULL;
}
