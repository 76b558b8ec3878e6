/* Error codes, reasons for people, and the check for programming errors.
 *
 * Three kinds of failure: expected (a value of enum err), a limit (ERR_LIMIT, ERR_QUOTA, ERR_RATE), and a
 * programming error (must(), stays on in release builds, prints and aborts). Callable from any thread. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

enum err {
    OK = 0,
#define ERR(name, status, key) name,
#include "base/err.def"
#undef ERR
    ERR_COUNT
};

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* What went wrong, for people: `text` says what and what next, `at` says where ("/dateline/city", "line 3").
 * Filled only on failure; the caller owns it. */
struct why {
    char text[256];
    char at[96];
};

/* HTTP status of an error, 200 for OK. */
int err_status(enum err e);

/* Stable lower-case key of an error ("stale"), "ok" for OK. Static. */
const char *err_key(enum err e);

/* Fills `why` (may be NULL) and returns e, so that `return err_why(why, ERR_FIELD, "/headline", "…")` reads well. */
enum err err_why(struct why *why, enum err e, const char *at, const char *fmt, ...) PRINTF(4, 5);

/* Prints the failed claim with its place and aborts. Use through must(). */
_Noreturn void err_abort(const char *claim, const char *file, int line);

#define must(claim) ((claim) ? (void)0 : err_abort(#claim, __FILE__, __LINE__))

#endif
