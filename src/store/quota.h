/* Downloads per organisation and agency day (contract `download_limit`): taken before a download is given, exact under
 * races because the store thread alone counts. */
#ifndef STORE_QUOTA_H
#define STORE_QUOTA_H

#include "store/writer.h"

struct quota_command {
    struct command command;
    uint32_t org;
    uint32_t limit;   /* 0 = unlimited: counts only */
    uint32_t out_used; /* after this one; result ERR_QUOTA when the limit was reached before */
};
void quota_command_init(struct quota_command *c);

#endif
