/* Sign-in sessions: kept hashed in the store, read through a small memory. Idle 30 min desk / 12 h portal, absolute
 * 12 h / 7 d (trust 3). */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "store/people.h"

struct session_info {
    uint32_t user;
    char csrf[ID_TOKEN + 1];
    int64_t created_ms, seen_ms;
};
struct sessions;
struct sessions *sessions_new(void);
void sessions_free(struct sessions **s);
enum err sessions_load(struct sessions *s, struct db *d) MUST_USE;
/* From memory, any thread; false when unknown or ended (idle and absolute limits by is_desk of the user's role).
 * Moves `seen` on in memory; it is written back at most once a minute per session by the caller posting a command. */
bool sessions_find(struct sessions *s, const uint8_t hash[static ID_HASH], int64_t now_ms, bool (*is_desk)(uint32_t user, void *arg),
                   void *arg, struct session_info *out);
struct session_command {
    struct command command;
    struct sessions *sessions;
    uint8_t hash[ID_HASH];
    bool is_end;     /* end this one */
    bool is_end_all; /* end all of `user` */
    struct session_info info;
    struct str address, agent;
};
void session_command_init(struct session_command *c, struct sessions *s);

#endif
