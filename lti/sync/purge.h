/* purge.h: what has expired goes. */
#ifndef WAYMARK_SYNC_PURGE_H
#define WAYMARK_SYNC_PURGE_H

#include "sync/sync.h"

/* Job "purge": logins, tickets, sessions, access tokens; the launch log and finished jobs
 * after 30 days, dead jobs after 90. */
int purge_job(struct job_ctx *c, struct err *e);

#endif
