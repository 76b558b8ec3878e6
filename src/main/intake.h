/* Stories from files: plain text with a header block, or JSON; also act files (update, correct, hold, release, kill).
 * `Key` names a story for later acts and links while the process lives. Main thread, or the demo's own. */
#ifndef MAIN_INTAKE_H
#define MAIN_INTAKE_H

#include "desk/submit.h"

struct intake {
    struct store *store;
    struct reader *reader;
    struct str default_language;
    struct map *keys; /* Key -> id, mem_dup'ed text */
};
void intake_init(struct intake *i, struct store *s, struct reader *r, struct str default_language);
void intake_fini(struct intake *i);
/* One file's bytes, published. ERR_… with the reason; out_answer set on OK. */
enum err intake_file(struct intake *i, struct str bytes, struct story_answer *out_answer, struct why *why) MUST_USE;

#endif
