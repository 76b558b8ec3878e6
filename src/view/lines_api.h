/* GET /v1/lines: the open lines of the asker's organisation, of all for admins and editors, with what the line watch
 * reports. The call travels from loop to loop and each adds its own: no loop looks into another. */
#ifndef VIEW_LINES_API_H
#define VIEW_LINES_API_H

#include "http/route.h"
#include "view/app.h"

extern const struct route lines_api_routes[];
extern const size_t lines_api_route_count;

/* Calls on their way now. While there are any, no loop may end: main asks at shutdown, when no new one sets out. */
unsigned lines_api_travelling(void);

#endif
