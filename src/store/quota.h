/* Downloads per organisation and agency day (contract `download_limit`): taken before a download is given, exact under
 * races because the store thread alone counts. Part of a fetch_command (store/ledger.h). */
#ifndef STORE_QUOTA_H
#define STORE_QUOTA_H

#include "store/writer.h"

/* Store thread, inside a command. One more of today's, *out_used then counts it; limit 0 = unlimited, counts only.
 * ERR_QUOTA when the limit was reached before. */
enum err quota_take(struct writer *w, uint32_t org, uint32_t limit, uint32_t *out_used, struct why *why) MUST_USE;

#endif
