/* A subscription's terms, compiled: the one decision used at every door (trust P10). A right is immutable, refcounted;
 * equal terms compile to rights that compare equal. Pure; any thread. */
#ifndef NEWS_RIGHT_H
#define NEWS_RIGHT_H

#include "base/mem.h"
#include "news/story.h"
#include "news/terms.h"

struct right; /* compiled terms */

struct right *right_new(const struct terms *t); /* copies; an address list that cannot be read lets nobody in */
struct right *right_all(void);                  /* desk roles: everything */
struct right *right_nothing(void);              /* ended contract, disabled user */
struct right *right_ref(const struct right *r);
void right_unref(struct right **r);
const struct terms *right_terms(const struct right *r);
bool right_eq(const struct right *a, const struct right *b);
uint64_t right_hash(const struct right *r);
/* The same audience: codes, validity and archive days alike, whatever the lines, addresses and sizes. */
bool right_eq_audience(const struct right *a, const struct right *b);
uint64_t right_hash_audience(const struct right *r);
/* Codes alone: provider, package, category, type, language, priority. < 200 ns. A story without packages or categories,
 * or in a language that the list lacks, belongs to those who have `*` there. */
bool right_allows(const struct right *r, const struct story_codes *c);
bool right_is_valid(const struct right *r, int64_t now_ms); /* within valid from-to */
/* First millisecond that archive_days still allow (start of the agency's day so many days ago), 0 = unlimited. */
int64_t right_oldest_ms(const struct right *r, int64_t now_ms);
/* Names the rule that decides, for people ("category 2 is not in the contract"); ERR_RIGHT or OK. */
enum err right_explain(const struct right *r, const struct story_codes *c, int64_t version_ms, int64_t now_ms,
                       struct why *why) MUST_USE;
bool right_allows_address(const struct right *r, struct str peer); /* textual IPv4 or IPv6 */
bool right_allows_ip(const struct right *r, const uint8_t ip[static 16]); /* IPv4 as ::ffff:0:0/96 */

/* Leave to read one full text. Only right.c makes one; functions that give bodies ask for it. */
struct grant {
    uint64_t opaque[2];
};
/* ERR_RIGHT unless codes, validity and archive days allow. The grant is for this story number alone. */
enum err right_grant(const struct right *r, const struct story_codes *c, uint64_t n, int64_t version_ms, int64_t now_ms,
                     struct grant *out) MUST_USE;
void right_grant_editor(uint64_t n, struct grant *out); /* for desk roles, checked by the caller's role */
bool grant_covers(const struct grant *g, uint64_t n);   /* must() in those functions */

#endif
