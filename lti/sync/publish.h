/* publish.h: our scores to the platforms' grade books, from the outbox. deliver.h sends
 * one; here is whose turn it is (LTI.md AGS-7, AGS-8, C-8).
 *
 * One job a tenant: so scores go to a platform one after the other. Its courses take
 * turns of a few scores; the job itself ends after a while, so that other tenants' jobs
 * get theirs. */
#ifndef WAYMARK_SYNC_PUBLISH_H
#define WAYMARK_SYNC_PUBLISH_H

#include "sync/sync.h"

/* Ask for job "publish.score" of a tenant, not before run_ms. */
int publish_ask(struct db *db, struct env *env, int64_t tenant_id, int64_t run_ms,
                struct err *e);

/* Job "publish.tick": every tenant with scores that are due. */
int publish_tick_job(struct job_ctx *c, struct err *e);

/* Job "publish.score": the due scores of one tenant. */
int publish_score_job(struct job_ctx *c, struct err *e);

#endif
