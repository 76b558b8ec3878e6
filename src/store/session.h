/* Sign-in sessions: kept hashed in the store, read through a small memory. Idle 30 min desk / 12 h portal, absolute
 * 12 h / 7 d (trust 3), measured by the monotonic clock: a step of the real one ends no session (trust P15). */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "store/people.h"
#include "store/reader.h"

struct session_info {
    uint32_t user;
    char csrf[ID_TOKEN + 1];
    int64_t created_ms, seen_ms;
    bool needs_touch; /* out of sessions_find: post a command with is_touch; true at most once a minute */
};
struct sessions;
struct sessions *sessions_new(void);
void sessions_free(struct sessions **s);
enum err sessions_load(struct sessions *s, struct db *d) MUST_USE;
/* From memory, any thread; false when unknown or ended (idle and absolute limits by is_desk of the user's role).
 * Moves `seen` on in memory; needs_touch asks the caller to have it written. is_desk is called without a lock. */
bool sessions_find(struct sessions *s, const uint8_t hash[static ID_HASH], int64_t now_ms, bool (*is_desk)(uint32_t user, void *arg),
                   void *arg, struct session_info *out);
/* Still there and within its absolute limit; `seen` stays. Any thread. */
bool sessions_has(struct sessions *s, const uint8_t hash[static ID_HASH], bool is_desk);
/* All of a user's go, from memory alone. Any thread. */
void sessions_forget(struct sessions *s, uint32_t user);
/* Makes a session, unless one of the three is set. */
struct session_command {
    struct command command;
    struct sessions *sessions;
    uint8_t hash[ID_HASH];
    bool is_touch;   /* write `seen` of this one; never brings back one that was ended */
    bool is_end;     /* end this one */
    bool is_end_all; /* end all of info.user */
    struct session_info info;  /* user, csrf, created_ms of a new one */
    struct str address, agent; /* of a new one, for the list of sessions; must live until done */
};
void session_command_init(struct session_command *c, struct sessions *s);
/* A user's sessions, last seen first. */
struct session_row {
    uint8_t hash[ID_HASH];
    int64_t created_ms, seen_ms;
    struct str address, agent;
};
size_t session_list(struct reader *r, struct arena *a, uint32_t user, struct session_row **out);

#endif
