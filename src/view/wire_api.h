/* GET /v1/wire: checks who asks and from where in the order of events, then hands the socket to the fan-out. */
#ifndef VIEW_WIRE_API_H
#define VIEW_WIRE_API_H

#include "http/route.h"
#include "view/app.h"

extern const struct route wire_api_routes[];
extern const size_t wire_api_route_count;

#endif
