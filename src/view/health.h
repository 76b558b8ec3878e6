/* /healthz, /readyz and /metrics (Prometheus text; names start tellal_). */
#ifndef VIEW_HEALTH_H
#define VIEW_HEALTH_H

#include "http/route.h"
#include "view/app.h"

extern const struct route health_routes[];
extern const size_t health_route_count;

#endif
