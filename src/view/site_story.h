/* The page of one story, its notice when it was killed, and the way from an id to it. On work threads (call_work). */
#ifndef VIEW_SITE_STORY_H
#define VIEW_SITE_STORY_H

#include "view/site_page.h"

enum next site_story_show(struct call *c, void *reader); /* visit->n; redirects when the path is not the page's own */
enum next site_story_find(struct call *c, void *reader); /* visit->id: 302 to the page */

#endif
