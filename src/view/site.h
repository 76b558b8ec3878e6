/* The public site: summarised portion, sections, story pages, contact, feeds' neighbours. Built from struct brief alone:
 * this file and site.c never see news/story.h (a layer rule). */
#ifndef VIEW_SITE_H
#define VIEW_SITE_H

#include "view/app.h"

extern const struct route site_routes[];
extern const size_t site_route_count;
enum next site_not_found(struct call *c); /* 404 page by language, JSON problem below /v1 and /abone */

#endif
