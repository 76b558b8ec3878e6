/* Ready pages of the public site, per loop: path -> header lines and body. A page goes when a story that it shows or
 * names changes, list pages with every change of the public portion (within the same turn as the record comes by; trust
 * P6). What is left goes after a minute, so that neighbours named on a page do not grow old. Loop thread. */
#ifndef VIEW_CACHE_H
#define VIEW_CACHE_H

#include "http/res.h"
#include "http/req.h"

struct cache;
struct cache *cache_new(size_t bytes_max);
void cache_free(struct cache **c);
/* Bumped by every change of the public portion; a page rendered under an older number is not kept. */
uint64_t cache_generation(const struct cache *c);
/* key: path and query; n: story of the page or 0 for lists. Takes a ref. What a page names is read off its bytes
 * ("/story/NUMBER/"). */
void cache_put(struct cache *c, struct str key, uint64_t n, uint64_t generation, struct blob *whole, size_t head_bytes);
/* A ref, or NULL. */
struct blob *cache_get(struct cache *c, struct str key, size_t *head_bytes);
/* The public portion changed at story n. */
void cache_drop(struct cache *c, uint64_t n);
size_t cache_bytes(const struct cache *c); /* any thread */
void cache_check(const struct cache *c); /* invariants, for tests: the list and the table hold the same, bytes add up */

#endif
