/* A template turned into a list of steps at start, so that a page is one walk over an array: includes are copied in
 * place, names are hashes, messages are numbers, blocks know where they end. Immutable after page_parse; any thread. */
#ifndef VIEW_PAGE_PARSE_H
#define VIEW_PAGE_PARSE_H

#include "base/arena.h"
#include "view/message.h"

enum page_step_kind { STEP_TEXT, STEP_VALUE, STEP_HTML, STEP_MESSAGE, STEP_EACH, STEP_UNLESS, STEP_END };

struct page_step {
    enum page_step_kind kind;
    struct str text;   /* STEP_TEXT */
    uint64_t name;     /* VALUE, HTML, EACH, UNLESS: str_hash of the name */
    size_t end;        /* EACH, UNLESS: index of their STEP_END */
    size_t message;    /* STEP_MESSAGE */
    const uint64_t *args; /* STEP_MESSAGE: hashes of what fills its {} */
    size_t arg_count;
};

struct page_code {
    const struct page_step *steps;
    size_t count;
};

/* Where templates come from; p NULL when there is no such file. Paths as in web/: "tmpl/site/story.html". */
struct page_files {
    struct str (*get)(void *arg, struct arena *a, const char *path);
    void *arg;
};

/* ERR_FIELD with file and line for an unknown message, a missing include or asset, a block left open or closed wrongly,
 * and includes deeper than eight. {{a:css/site.css}} gives the file's address with a mark of its content. */
enum err page_parse(struct arena *a, const struct page_files *files, const struct messages *m, const char *name,
                    struct page_code *out, struct why *why) MUST_USE;

#endif
