/* district.h: what the commands about a district's files share. */
#ifndef WAYMARK_CMD_DISTRICT_H
#define WAYMARK_CMD_DISTRICT_H

#include "cmd/cmd.h"
#include "learn/learn.h"

/* The tenant of a platform: its deployment by name, or the only one it has when
 * `deployment` is NULL. CMD_OK, or CMD_FAILED with a sentence that was printed. */
int district_tenant(struct cmd_ctx *c, int64_t platform, const char *deployment,
                    struct learn *l);

#endif
