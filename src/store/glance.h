/* A few members of a stored half (codec/native.h) without building its tree: lists of hits want headlines and codes of a
 * hundred stories within a millisecond. For JSON that we wrote ourselves; damaged text gives what was read so far. Pure;
 * any thread. */
#ifndef STORE_GLANCE_H
#define STORE_GLANCE_H

#include "base/arena.h"
#include "news/story.h"

/* Codes of a meta half; false when it is damaged (`out` is then zeros). */
bool glance_codes(struct str meta, struct story_codes *out);
/* headline, spot and slugline of a text half, copied into `a`; STR_NONE for what it lacks. */
struct glance {
    struct str headline, spot, slugline;
};
void glance_lines(struct arena *a, struct str text, struct glance *out);
/* One text member at the top level, copied into `a`; STR_NONE when absent. */
struct str glance_text(struct arena *a, struct str object, const char *key);

#endif
