/* Messages of the interface: web/msg/{tr,en,ar}.msg, lines of `key = text`, `#` comments. Every key stands in all three
 * files with the same number of {}. Immutable after loading; any thread. */
#ifndef VIEW_MESSAGE_H
#define VIEW_MESSAGE_H

#include "base/arena.h"

enum message_language { MESSAGE_TR, MESSAGE_EN, MESSAGE_AR, MESSAGE_LANGUAGES };

struct messages;
/* Texts of the three files in the order of the enum; they must outlive the result, which lives in the arena but for its
 * table: message_free. ERR_FIELD names file and line, or the key and the language that lacks it. */
enum err message_load(struct arena *a, const struct str files[static MESSAGE_LANGUAGES], struct messages **out,
                      struct why *why) MUST_USE;
void message_free(struct messages **m);
/* Number of a key for message_text; SIZE_MAX when unknown. */
size_t message_find(const struct messages *m, struct str key);
struct str message_text(const struct messages *m, enum message_language lang, size_t at);
/* "tr-TR" -> MESSAGE_TR; English for a language we do not speak. */
enum message_language message_language(struct str tag);
const char *message_file(enum message_language lang); /* "msg/tr.msg" */

#endif
