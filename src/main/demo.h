/* --demo: original stories in three languages, accounts with password = name, and a new story every few seconds. The
 * files of demo/ are embedded in the binary. */
#ifndef MAIN_DEMO_H
#define MAIN_DEMO_H

#include "store/store.h"

struct demo;

/* Before the store of a demo is opened: a folder without one gets a past, so that the first start shows a day of news
 * and not fifty stories of one minute. The clock goes on as usual once demo_prepare has filled it. */
void demo_set_clock(const char *dir);
/* Fills an empty store: people, stories in order, acts. A folder that is not a demo's is refused. */
enum err demo_prepare(struct store *s, bool is_new, struct str default_language, struct why *why) MUST_USE;
/* Starts the trickle in a thread of its own; demo_stop joins it. */
struct demo *demo_start(struct store *s, struct str default_language);
void demo_stop(struct demo **d);

#endif
