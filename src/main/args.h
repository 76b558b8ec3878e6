/* The words of a command line: options by name, the rest in order. An option that nobody asked for is an error with the
 * nearest known one. */
#ifndef MAIN_ARGS_H
#define MAIN_ARGS_H

#include "base/arena.h"

#define ARGS_MAX 512
struct args {
    struct str words[ARGS_MAX];
    bool is_used[ARGS_MAX];
    size_t n;
    const char *known[40]; /* names asked for so far, for the nearest one */
    size_t known_count;
};
void args_init(struct args *a);
void args_add(struct args *a, struct str word);
/* Value of "--name VALUE" or "--name=VALUE"; STR_NONE when absent. The last one given wins. */
struct str args_value(struct args *a, const char *name);
/* Value by value for options that may come many times: start with *at = 0. */
bool args_each(struct args *a, const char *name, size_t *at, struct str *value);
bool args_flag(struct args *a, const char *name);
/* Next word that is no option; STR_NONE at the end. Call after all options were asked for. */
struct str args_next(struct args *a);
/* ERR_PARSE when an option or word is left over that nobody asked for. */
enum err args_end(struct args *a, struct why *why) MUST_USE;
/* The one of `names` (NULL at the end) that is spelled most like `word`; NULL when none is near. */
const char *args_nearest(struct str word, const char *const *names);

#endif
