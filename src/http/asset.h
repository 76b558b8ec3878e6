/* Files of the web folder: embedded in the binary at build (gzip beside), or read from disk (`web_dir`) while
 * developing. ETag by content hash. Any thread after asset_init. */
#ifndef HTTP_ASSET_H
#define HTTP_ASSET_H

#include "http/call.h"

/* One embedded file; tools/embed.py makes the table. */
struct asset {
    const char *path; /* "css/site.css" */
    const char *type;
    const unsigned char *bytes, *gzip;
    size_t size, gzip_size;
    const char *etag; /* quoted */
};
extern const struct asset asset_table[];
extern const size_t asset_table_count;

void asset_init(const char *web_dir); /* NULL or "" = embedded */
/* Bytes of a file; from disk into the arena when web_dir is set. STR_NONE when absent. */
struct str asset_get(struct arena *a, const char *path);
/* Handler for "/static/{path...}"; knows gzip, ETag, HEAD, Cache-Control. Files under tmpl/ and msg/ are not served.
 * "?v=TAG" with the tag of asset_tag lets browsers keep the file for a year. */
enum next asset_serve(struct call *c);
/* Content hash of a file, for "?v=" in links; STR_NONE when absent. Constant while embedded, in the arena from disk. */
struct str asset_tag(struct arena *a, const char *path);

#endif
