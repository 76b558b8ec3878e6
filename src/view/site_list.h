/* Pages made of many stories: front, section, search, a day of the archive, corrections. They run on work threads
 * (call_work) with call->state a struct site_visit. */
#ifndef VIEW_SITE_LIST_H
#define VIEW_SITE_LIST_H

#include "view/site_page.h"

enum next site_list_front(struct call *c, void *reader);
enum next site_list_section(struct call *c, void *reader);
enum next site_list_search(struct call *c, void *reader);
enum next site_list_day(struct call *c, void *reader);
enum next site_list_corrections(struct call *c, void *reader);

#endif
