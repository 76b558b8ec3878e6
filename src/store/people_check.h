/* What fields of organisations and users may hold. ERR_FIELD with the member in why.at. Pure; any thread. */
#ifndef STORE_PEOPLE_CHECK_H
#define STORE_PEOPLE_CHECK_H

#include "base/buf.h"
#include "news/terms.h"

#define ORG_NAME_BYTES 200
#define USER_NAME_BYTES 63 /* struct story_command keeps it in 64 */

/* The name in NFC is appended to `out`: one line, not empty, no space at its ends. */
enum err people_check_name(struct str name, size_t most, struct buf *out, struct why *why) MUST_USE;
enum err people_check_mail(struct str mail, struct why *why) MUST_USE; /* empty is fine */
enum err people_check_settings(struct str settings, struct why *why) MUST_USE;
/* The contact in canonical form (members mail, name, phone, empty ones left out) is appended to `out`. */
enum err people_check_contact(struct str contact, struct buf *out, struct why *why) MUST_USE;
enum err people_check_terms(const struct terms *t, struct why *why) MUST_USE;

#endif
