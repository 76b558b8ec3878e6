/* Which stories the public sees, and the making of their brief (product.md 8). Pure; any thread. */
#ifndef NEWS_PORTION_H
#define NEWS_PORTION_H

#include "news/brief.h"
#include "news/story.h"

struct portion_rule {
    struct codeset package, category, priority, language;
    unsigned any;           /* bit per code_kind as in struct terms */
    unsigned per_day;       /* 0 = no cap; the store counts */
    int64_t delay_ms;
    unsigned share_percent; /* of the words, default 40 */
    unsigned sentences;     /* at most, default 14 */
    struct strs editions;   /* the site's languages, borrowed; none = every primary tag is one */
    struct str edition;     /* for stories in a language that the site does not have */
};
void portion_default(struct portion_rule *r); /* package 1, priorities 1-5, no delay, no cap, 40 %, 14 */
/* key=value words, as the option public_rule: "package=1 priority=1-5 per_day=0 delay=0s". Keys left out keep what *r
 * holds; category and language may be given too, `*` is all. */
enum err portion_parse(struct str text, struct portion_rule *r, struct why *why) MUST_USE;
/* Live (not held, killed, embargoed), not an advisory, mode summary, or auto and within the rule. */
bool portion_has(const struct portion_rule *r, const struct story *s);
/* The brief of a live story that is not PUBLIC_NONE. The editor's public_summary wins; flashes (priority 1, a body of
 * under 40 words) and bodies that are tables are headline only. `notes` of earlier corrections, newest first. Frozen. */
struct brief *portion_brief(const struct portion_rule *r, const struct story *s, const struct brief_note *notes,
                            size_t note_count);
/* The brief of a killed story: a fixed notice in its language alone, neither headline nor reason. */
struct brief *portion_notice(const struct story *s);

#endif
