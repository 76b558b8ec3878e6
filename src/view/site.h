/* The public site: summarised portion, sections, story pages, contact, feeds' neighbours. Built from struct brief alone:
 * this file and site*.c never see news/story.h (a layer rule). Routes come in two groups: "site" (pages) and "feed"
 * (RSS, Atom, JSON Feed, sitemaps, robots: public, may be read from other origins). */
#ifndef VIEW_SITE_H
#define VIEW_SITE_H

#include "http/route.h"
#include "view/app.h"

/* What app_finish needs to keep an answer in the loop's cache. A call of group "site" or "feed" has this at
 * call->state, or NULL there. Keep it only if the status is 200 and key.p is set: other answers are one reader's own. */
struct site_cacheable {
    struct str key;      /* path and query, in the call's arena */
    uint64_t n;          /* story of the page, 0 for lists */
    uint64_t generation; /* of the loop's cache when the call set out: taken on the loop thread */
};

extern const struct route site_routes[];
extern const size_t site_route_count;
enum next site_not_found(struct call *c); /* 404 page by language, JSON problem below /v1 and /abone */
/* server_options.cached: a ready page of this loop's cache. False for requests that ask for more than a plain copy
 * (If-None-Match, Range, a cookie): those take the handler's way. Loop thread. */
bool site_cached(void *app, unsigned loop_index, const struct req *req, struct blob **out, size_t *head_bytes);

/* Path of a story's page, "/en/story/5000121/some-words": the one spelling, also for public_url of the APIs. `language`
 * is the story's (BCP 47); a story in a language without a site is shown on the default one. Any thread. */
void site_story_path(struct buf *out, const struct app *app, struct str language, uint64_t n, struct str headline);

#endif
