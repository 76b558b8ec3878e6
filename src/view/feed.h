/* Public feeds, written from briefs alone: RSS 2.0, Atom 1.0 (RFC 4287), JSON Feed 1.1; and the two sitemaps. Headline,
 * teaser and link: never more than the lists of the site show. Writers are pure; any thread. */
#ifndef VIEW_FEED_H
#define VIEW_FEED_H

#include "view/app.h"
#include "news/brief.h"

/* What a feed is about. Addresses are absolute. */
struct feed {
    const struct app *app;
    struct str lang, title, about;
    struct str home, self;
    struct brief *const *briefs; /* newest first */
    size_t count;
};

void feed_write_rss(struct buf *out, const struct feed *f);
void feed_write_atom(struct buf *out, const struct feed *f);
void feed_write_json(struct buf *out, const struct feed *f);

/* Handlers' work (call_work) with call->state a struct site_visit: the format is the path's last segment. */
enum next feed_show(struct call *c, void *reader);
enum next feed_sitemap(struct call *c, void *reader);
enum next feed_sitemap_news(struct call *c, void *reader);

#endif
