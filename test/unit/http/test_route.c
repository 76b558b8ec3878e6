#include "http/route.h"

#include "../tap.h"

static enum next run(struct call *c)
{
    return NEXT_DONE;
}
#define ROW(methods, pattern, flags)                                                                                   \
    {                                                                                                                  \
        methods, pattern, run, 0, flags, NULL                                                                          \
    }

static const struct route rows[] = {
    ROW(METHOD_GET, "/", 0),
    ROW(METHOD_GET, "/{lang}", ROUTE_SLASH),
    ROW(METHOD_GET, "/{lang}/s/{section}", 0),
    ROW(METHOD_GET, "/{lang}/story/{n}/{slug}", 0),
    ROW(METHOD_POST, "/login", 0),
    ROW(METHOD_GET, "/desk", ROUTE_INNER),
    ROW(METHOD_GET, "/desk/{rest...}", ROUTE_INNER),
    ROW(METHOD_GET, "/v1/stories", 0),
    ROW(METHOD_POST, "/v1/stories", 0),
    ROW(METHOD_GET | METHOD_PUT, "/v1/stories/{id}", 0),
    ROW(METHOD_GET, "/v1/stories/{id}/versions", 0),
    ROW(METHOD_GET, "/static/{path...}", 0),
    ROW(METHOD_GET, "/static/fixed/x", 0),
};

static struct routes *table;
static struct req req;
static unsigned allowed;

static const char *find(enum method m, const char *path)
{
    memset(&req, 0, sizeof req);
    req.method = m;
    req.path = str_from(path);
    const struct route *r = routes_find(table, &req, &allowed);
    return r ? r->pattern : "none";
}
#define goes(method, path, pattern) ok_str(str_from(find(method, path)), pattern, "%s", path)

int main(void)
{
    table = routes_new(rows, sizeof rows / sizeof rows[0]);
    goes(METHOD_GET, "/", "/");
    goes(METHOD_GET, "/tr", "/{lang}");
    ok_str(req.params[0], "tr", "param");
    goes(METHOD_GET, "/tr/", "/{lang}");
    ok_str(req.params[0], "tr", "param with a slash behind");
    goes(METHOD_GET, "/tr/s/asia", "/{lang}/s/{section}");
    ok_str(req.params[1], "asia", "second param");
    goes(METHOD_GET, "/tr/s/asia/", "none");
    ok_int(allowed, 0, "a trailing slash is another path");
    goes(METHOD_GET, "/tr/story/12/a-b", "/{lang}/story/{n}/{slug}");
    ok_str(req.params[2], "a-b", "third param");
    goes(METHOD_HEAD, "/tr", "/{lang}");
    goes(METHOD_GET, "/login", "none");
    ok_int(allowed, METHOD_POST, "a literal decides, whatever the method");
    goes(METHOD_GET, "/v1/stories", "/v1/stories");
    goes(METHOD_POST, "/v1/stories", "/v1/stories");
    goes(METHOD_DELETE, "/v1/stories", "none");
    ok_int(allowed, METHOD_GET | METHOD_HEAD | METHOD_POST, "methods of all its rows, HEAD with GET");
    goes(METHOD_PUT, "/v1/stories/aa:1", "/v1/stories/{id}");
    goes(METHOD_GET, "/v1/stories/", "none");
    goes(METHOD_GET, "/v1/stories/x/versions", "/v1/stories/{id}/versions");
    goes(METHOD_GET, "/v1/s/x", "/{lang}/s/{section}");
    ok_str(req.params[0], "v1", "a literal that leads nowhere is left again");
    goes(METHOD_GET, "/static/a/b/c.css", "/static/{path...}");
    ok_str(req.params[0], "a/b/c.css", "the rest");
    goes(METHOD_GET, "/static/fixed/x", "/static/fixed/x");
    goes(METHOD_GET, "/static/fixed/y", "/static/{path...}");
    ok_str(req.params[0], "fixed/y", "the rest, after a literal was left again");
    goes(METHOD_GET, "/static/", "/{lang}");
    goes(METHOD_GET, "//", "none");
    goes(METHOD_GET, "//s/x", "none");
    goes(METHOD_OPTIONS, "*", "none");
    goes(METHOD_GET, "", "none");
    goes(METHOD_GET, "/desk", "/{lang}");
    goes(METHOD_GET, "/desk/x", "none");
    ok_int(allowed, 0, "inner paths are not there for strangers");
    req.is_inner = true;
    req.path = S("/desk/a/b");
    ok_str(str_from(routes_find(table, &req, &allowed)->pattern), "/desk/{rest...}", "an inner path for the inner");
    ok_str(req.params[0], "a/b", "with its rest");
    routes_free(&table);
    ok(table == NULL, "free sets NULL");
    routes_free(&table);
    return tap_end();
}
