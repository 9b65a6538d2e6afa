/* publish.h: our scores to the platforms' grade books, from the outbox (LTI.md AGS-6 to
 * AGS-9). */
#ifndef WAYMARK_SYNC_PUBLISH_H
#define WAYMARK_SYNC_PUBLISH_H

#include "sync/sync.h"

/* Ask for job "publish.score" of a course, not before run_ms. */
int publish_ask(struct db *db, struct env *env, int64_t tenant_id, int64_t course_id,
                int64_t run_ms, struct err *e);

/* Job "publish.tick": every course with scores that are due. */
int publish_tick_job(struct job_ctx *c, struct err *e);

/* Job "publish.score": the due scores of one course, one after the other. */
int publish_score_job(struct job_ctx *c, struct err *e);

#endif
