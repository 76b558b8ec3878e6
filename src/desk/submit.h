/* The one door in: a story as JSON, or an act upon one, is checked, becomes an immutable version and is handed to the
 * writer; the answer comes back through a callback. Work threads (a reader is needed to merge corrections). */
#ifndef DESK_SUBMIT_H
#define DESK_SUBMIT_H

#include "store/store.h"

struct submit_ask {
    struct store *store;
    const struct account *who;   /* borrowed; NULL = the operator at the command line (may do all) */
    struct str default_language;
    bool is_new;
    enum act act;                /* when not new */
    bool is_merge;               /* put: absent members stay as they are (act files) */
    struct str target;           /* id when not new */
    struct str body;             /* JSON; may be empty for hold, release, kill */
    struct str key;              /* Idempotency-Key */
    bool has_base;
    uint32_t base;               /* If-Match */
    bool is_import;
    int64_t import_at_ms;
};

/* In flight, and then the answer. Freed by submit_free. */
struct submission {
    struct story_command command;
    void (*done)(struct submission *s); /* store thread; command.command.result tells */
    void *arg;
    struct native_faults faults;        /* set with ERR_FIELD before anything was posted */
    struct why why;
};

/* OK: posted, done will be called. Else refused at once: why and faults in `s` say why, done is not called. */
enum err submit_story(const struct submit_ask *ask, struct reader *r, struct submission *s) MUST_USE;
/* Posts and waits for the answer; for commands and imports, never on a loop. */
enum err submit_and_wait(const struct submit_ask *ask, struct reader *r, struct submission *s) MUST_USE;
struct submission *submit_new(void (*done)(struct submission *s), void *arg);
void submit_free(struct submission **s);

#endif
