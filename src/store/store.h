/* The whole store: folder, lock, writer, readers, people, tape. One object that main opens and the layers above take
 * their parts from. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "io/pool.h"
#include "store/people.h"
#include "store/public.h"
#include "store/reader.h"
#include "store/session.h"
#include "store/stories.h"

struct store_options {
    const char *dir;
    struct agency agency;      /* name, code, url, prefix */
    struct portion_rule rule;
    unsigned readers;          /* work threads, default 2 */
    size_t tape_slots;         /* default 4096 */
    bool is_demo;
};

/* Makes the folder (0700), takes DIR/lock, makes or reads the keys (0600, else refuses), migrates, loads, starts threads.
 * *is_new tells that the folder was empty. */
enum err store_open(const struct store_options *o, struct store **out, bool *is_new, struct why *why) MUST_USE;
void store_close(struct store **s);
/* Whether some process holds DIR/lock. */
bool store_is_locked(const char *dir);

/* writer, readers and the token key: store/public.h */
struct tape *store_tape(struct store *s);
struct people *store_people(struct store *s);
struct sessions *store_sessions(struct store *s);
struct stories *store_stories(struct store *s);
struct pool *store_secrets(struct store *s);   /* one thread, queue 32: password checks; context NULL */
struct str store_epoch(struct store *s);       /* id of the running epoch */
struct reader *store_main_reader(struct store *s); /* for commands on the main thread */
const char *store_dir(struct store *s);

#endif
