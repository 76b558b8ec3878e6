/* Configuration: `key = value` lines with # comments; defaults < file < --set (contract.md 2). An unknown key is an error
 * with the nearest known one; a bad value names the place. */
#ifndef MAIN_CONF_H
#define MAIN_CONF_H

#include "base/arena.h"
#include "base/buf.h"

struct conf {
    struct arena *arena;
#define OPTION(name, kind, otherwise, help) struct str name;
#include "main/options.def"
#undef OPTION
};

void conf_init(struct conf *c); /* defaults */
void conf_fini(struct conf *c);
enum err conf_file(struct conf *c, const char *path, struct why *why) MUST_USE;
enum err conf_set(struct conf *c, struct str assignment, const char *at, struct why *why) MUST_USE; /* "key=value" */
/* Cross checks (zone exists, default language among languages, portion_share 0-1 …). */
enum err conf_check(const struct conf *c, struct why *why) MUST_USE;
uint64_t conf_count(struct str value); /* a value of kind COUNT, already checked */
struct strs conf_list(const struct conf *c, struct str value); /* in the conf's arena */
void conf_help(struct buf *out);       /* the table, for --help */

#endif
