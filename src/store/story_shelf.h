/* What time does to a live story without a new version: it comes onto the site after the rule's delay, and its shelf life
 * ends. Each is a record. Store thread, inside the command's transaction. */
#ifndef STORE_STORY_SHELF_H
#define STORE_STORY_SHELF_H

#include "store/story_now.h"
#include "store/stories.h"

/* EVENT_EXPIRE: out of searches and off the site. */
enum err story_shelf_expire(struct writer *w, struct stories *s, const struct story_now *now, struct why *why) MUST_USE;
/* EVENT_PUBLIC: onto the site, when the story still may; waits no more in any case. */
enum err story_shelf_show(struct writer *w, struct stories *s, const struct story_now *now, struct why *why) MUST_USE;

#endif
