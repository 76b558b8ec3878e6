/* What the parts of the public site share: one visit's parameters, the frame around every page (masthead, sections,
 * foot), a story as an entry of a list, and the sending of a page with its cache headers. Private to site*.c, contact.c
 * and feed.c. */
#ifndef VIEW_SITE_PAGE_H
#define VIEW_SITE_PAGE_H

#include "store/public.h"
#include "view/page.h"
#include "view/site.h"

/* A killed story has to be gone within a second, from caches that are not ours as well (trust P6). */
#define SITE_PAGE_CACHE S("public, max-age=1, must-revalidate")

/* call->state of the site's calls; the part for app_finish comes first. */
struct site_visit {
    struct site_cacheable kept;
    struct str lang;    /* of the page, one of settings.languages */
    struct str section; /* slug, checked, or STR_NONE */
    struct str words;   /* search */
    struct str id;      /* /id/… */
    uint64_t n, before;
    int64_t from_ms, to_ms; /* archive day */
};

/* Language of a page path ("/en/…"), one of settings.languages; STR_NONE when it is none. */
struct str site_page_lang(const struct app *app, struct str path);
/* The site's language for a story's: the same primary tag, else the default one. */
struct str site_page_lang_for(const struct app *app, struct str language);
/* Best of settings.languages for Accept-Language (RFC 9110, 12.5.4), else the default one. */
struct str site_page_lang_asked(const struct app *app, struct str accept);
bool site_page_has_section(const struct app *app, struct str slug);
/* Name of a section in a language; made from the slug when the messages have none. In the arena. */
struct str site_page_section_name(struct arena *a, struct str lang, struct str slug);
/* public_url + path, in the arena; the path alone without a public_url. */
struct str site_page_url(struct arena *a, const struct app *app, struct str path);
/* Percent-encoding of everything but unreserved characters (RFC 3986), in the arena. */
struct str site_page_quote(struct arena *a, struct str s);

/* Values of the frame. `here` is the page's path (canonical, language links that keep to it when is_in_all). */
struct site_frame {
    struct str lang, here, title, description, section;
    bool is_in_all;   /* the same page stands in all languages: a true translation */
    bool is_unlisted; /* robots: noindex */
};
struct values *site_page_frame(struct call *c, const struct site_frame *f);
/* One story as a row: url, headline, spot, place, when, at, marks. All names are set, so that nothing shines through
 * from around the row. */
struct values *site_page_entry(struct values *v, const char *list, const struct app *app, struct str lang,
                               const struct brief *b);
void site_page_drop(struct brief **all, size_t count); /* gives back the refs of a list */
/* Renders and fills the answer; keeps = public, with ETag, 304 and a second of cache. */
enum next site_page_send(struct call *c, int status, const char *name, const struct values *v, bool keeps);
/* ETag and Cache-Control for bytes already in the body. */
void site_page_keep(struct call *c);
enum next site_page_none(struct call *c, struct str lang); /* the 404 page */

#endif
