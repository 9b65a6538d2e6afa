/* statements.h: jobs that make evidence of learning records (xAPI, Caliper).
 *
 *   statements.take   what came for a tenant                 key: none
 *   statements.tick   ask for it where something is new      by the clock
 *   statements.retry  what waits is looked at again          by the clock
 *
 * A record is one fact: its evidence has the record's id as its key, so that a record
 * that is looked at twice changes nothing, and neither does the order in which they come.
 * A voided record's evidence is withdrawn by one more row of the ledger. */
#ifndef WAYMARK_SYNC_STATEMENTS_H
#define WAYMARK_SYNC_STATEMENTS_H

#include "sync/sync.h"

int statements_take_job(struct job_ctx *c, struct err *e);
int statements_tick_job(struct job_ctx *c, struct err *e);
int statements_retry_job(struct job_ctx *c, struct err *e);

/* A course's roster or catalogue was read: what waits for it is looked at again. */
int statements_again(struct db *db, struct env *env, int64_t tenant_id, int64_t course_id,
                     struct err *e);

#endif
