/* noticejob.h: jobs around notices and course copies (LTI.md 8.2).
 *
 *   notice.check      a notice that came while its platform's keys were not at hand
 *   notice.handlers   tell a deployment's notification service our address (tenant's own)
 *   notice.reconcile  ask for notice.handlers of every deployment, weekly
 *   copy.course       a copied course takes over its origin's map (key: the course) */
#ifndef WAYMARK_SYNC_NOTICEJOB_H
#define WAYMARK_SYNC_NOTICEJOB_H

#include "sync/sync.h"

int noticejob_check(struct job_ctx *c, struct err *e);
int noticejob_handlers(struct job_ctx *c, struct err *e);
int noticejob_reconcile(struct job_ctx *c, struct err *e);
int noticejob_copy(struct job_ctx *c, struct err *e);

#endif
