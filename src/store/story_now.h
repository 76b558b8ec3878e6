/* A story as it stands, read on the writer's connection inside the transaction that will change it. Store thread. */
#ifndef STORE_STORY_NOW_H
#define STORE_STORY_NOW_H

#include "news/story.h"
#include "store/db.h"

struct story_now {
    uint64_t n, okey, seq;
    uint32_t version;
    enum stage stage;
    bool is_expired;
    int64_t first_ms, at_ms, expires_ms;
    char id[96];
};
/* ERR_NONE when there is none. */
enum err story_now_read(struct db *d, uint64_t n, struct story_now *out) MUST_USE;
/* Searches find it, so its words are in the index. */
bool story_now_is_indexed(const struct story_now *now);
/* The current version with its text as a builder: head and times are those of the row. */
enum err story_now_load(struct db *d, const struct story_now *now, struct story **out, struct why *why) MUST_USE;
/* The same without its text. */
enum err story_now_load_codes(struct db *d, const struct story_now *now, struct story **out, struct why *why) MUST_USE;

#endif
