/* The memory of checked passwords: keyed by HMAC-SHA-256 of user and password under a random key of this process, five
 * minutes, positive results only, void once the user changes. Equal checks under way share one; a check of the user as
 * it was before a change is not equal to one after it. Leaf lock. */
#ifndef VIEW_AUTH_MEMORY_H
#define VIEW_AUTH_MEMORY_H

#include "base/id.h"
#include "base/list.h"
#include "store/people.h"

void memory_init(void);
void memory_fini(void);
void memory_key(struct str name, struct str password, const struct user *u, uint8_t out[static ID_HASH]); /* u may be NULL */
/* True when this user in this version passed with these bytes lately. */
bool memory_has(const uint8_t key[static ID_HASH], const struct user *u, int64_t mono_ms);
void memory_put(const uint8_t key[static ID_HASH], const struct user *u, int64_t mono_ms);

/* One who waits for a check; embedded in its owner. */
struct memory_wait {
    struct list link;
    uint8_t key[ID_HASH];
    bool is_good;
};
/* True: nobody checks this key yet, the caller must, and then call memory_finish. False: `w` was put in line. */
bool memory_join(struct memory_wait *w);
/* The verdict; moves all who waited, the caller's own not among them, to `out`. */
void memory_finish(const uint8_t key[static ID_HASH], bool is_good, struct list *out);

#endif
