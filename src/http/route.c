#include "http/route.h"

#include "base/mem.h"

#include <string.h>

#define ROUTE_ROWS 8   /* rows of one pattern */
#define ROUTE_DEPTH 16 /* segments of a pattern */

/* A tree by segments. At each place a literal goes before {name}, and {name} before {name...}; what leads nowhere is
 * left again. The first place with a row the asker may see decides, whatever the method. */
struct node {
    struct str segment; /* in the pattern, which lives for ever */
    struct node *next;  /* sibling literal */
    struct node *literals, *any, *rest;
    const struct route *rows[ROUTE_ROWS];
    unsigned row_count;
};

struct routes {
    struct node root;
};

struct walk {
    struct req *req;
    struct str params[REQ_PARAMS];
    size_t param_count;
};

static void routes_drop(struct node *n)
{
    while (n) {
        struct node *next = n->next;
        routes_drop(n->literals);
        routes_drop(n->any);
        routes_drop(n->rest);
        mem_free(n);
        n = next;
    }
}

static struct node *routes_literal(const struct node *n, struct str segment)
{
    for (struct node *it = n->literals; it; it = it->next)
        if (str_eq(it->segment, segment))
            return it;
    return NULL;
}

static struct node *routes_child(struct node *n, struct str segment)
{
    bool is_name = segment.n >= 2 && segment.p[0] == '{' && segment.p[segment.n - 1] == '}';
    must(is_name || (str_find_char(segment, '{') == SIZE_MAX && str_find_char(segment, '}') == SIZE_MAX));
    struct node **slot = !is_name ? &n->literals : str_ends(segment, S("...}")) ? &n->rest : &n->any;
    if (is_name && *slot)
        return *slot;
    struct node *known = is_name ? NULL : routes_literal(n, segment);
    if (known)
        return known;
    struct node *made = mem_new(struct node);
    made->segment = segment;
    made->next = *slot;
    *slot = made;
    return made;
}

static void routes_insert(struct routes *t, const struct route *row, bool adds_slash)
{
    struct str left = str_from(row->pattern), segment;
    must(left.n && left.p[0] == '/' && row->run && row->methods);
    left = str_sub(left, 1, left.n);
    struct node *n = &t->root;
    size_t names = 0, depth = 0;
    while (str_split(&left, '/', &segment)) {
        must(!n->segment.n || !str_ends(n->segment, S("...}"))); /* nothing can follow the rest */
        n = routes_child(n, segment);
        names += segment.n && segment.p[0] == '{';
        must(names <= REQ_PARAMS && ++depth <= ROUTE_DEPTH);
    }
    if (adds_slash)
        n = routes_child(n, S(""));
    for (unsigned i = 0; i < n->row_count; i++)
        must(!(n->rows[i]->methods & row->methods)); /* two rows for one method and path */
    must(n->row_count < ROUTE_ROWS);
    n->rows[n->row_count++] = row;
}

void routes_add(struct routes *t, const struct route *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        routes_insert(t, &rows[i], false);
        if (rows[i].flags & ROUTE_SLASH)
            routes_insert(t, &rows[i], true);
    }
}

struct routes *routes_new(const struct route *rows, size_t count)
{
    struct routes *t = mem_new(struct routes);
    routes_add(t, rows, count);
    return t;
}

void routes_free(struct routes **t)
{
    if (!*t)
        return;
    routes_drop((*t)->root.literals);
    routes_drop((*t)->root.any);
    routes_drop((*t)->root.rest);
    mem_free(*t);
    *t = NULL;
}

static bool routes_is_seen(const struct route *row, const struct req *req)
{
    return req->is_inner || !(row->flags & ROUTE_INNER);
}

/* The node when it has a row for the asker. */
static const struct node *routes_end(const struct node *n, const struct req *req)
{
    for (unsigned i = 0; n && i < n->row_count; i++)
        if (routes_is_seen(n->rows[i], req))
            return n;
    return NULL;
}

static const struct node *routes_walk(const struct node *n, struct str left, struct walk *w)
{
    size_t slash = str_find_char(left, '/');
    bool is_last = slash == SIZE_MAX;
    struct str segment = is_last ? left : str_sub(left, 0, slash);
    struct str rest = is_last ? STR_NONE : str_sub(left, slash + 1, left.n);
    const struct node *child = routes_literal(n, segment);
    const struct node *found = NULL;
    if (child)
        found = is_last ? routes_end(child, w->req) : routes_walk(child, rest, w);
    if (found)
        return found;
    size_t count = w->param_count;
    if (n->any && segment.n) {
        w->params[w->param_count++] = segment;
        found = is_last ? routes_end(n->any, w->req) : routes_walk(n->any, rest, w);
        if (found)
            return found;
        w->param_count = count;
    }
    found = left.n ? routes_end(n->rest, w->req) : NULL;
    if (found)
        w->params[w->param_count++] = left;
    return found;
}

const struct route *routes_find(const struct routes *t, struct req *req, unsigned *allowed)
{
    *allowed = 0;
    if (req->path.n == 0 || req->path.p[0] != '/')
        return NULL;
    struct walk w = {.req = req};
    const struct node *n = routes_walk(&t->root, str_sub(req->path, 1, req->path.n), &w);
    unsigned asked = req->method == METHOD_HEAD ? METHOD_HEAD | METHOD_GET : req->method;
    for (unsigned i = 0; n && i < n->row_count; i++) {
        const struct route *row = n->rows[i];
        if (!routes_is_seen(row, req))
            continue;
        *allowed |= row->methods | (row->methods & METHOD_GET ? METHOD_HEAD : 0);
        if (!(row->methods & asked))
            continue;
        memcpy(req->params, w.params, w.param_count * sizeof w.params[0]);
        return row;
    }
    return NULL;
}
