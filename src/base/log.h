/* One line per event on stderr: time level event key=value…; values with spaces are quoted, controls escaped.
 * Who decides, logs: once (architecture 6). Any thread. Never text of stories, never secrets. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
void log_set_level(enum log_level least);
/* log_line(LOG_INFO, "publish", "seq=%llu id=%s", …): the format's spaces part the pairs. */
void log_line(enum log_level level, const char *event, const char *fmt, ...) PRINTF(3, 4);
/* Escapes a foreign value for one pair: quotes, no newlines, cut at 200 bytes. Static per-thread buffer, four in turn. */
const char *log_safe(struct str value);

#endif
