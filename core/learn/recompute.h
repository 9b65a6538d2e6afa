/* recompute.h: everyone's states of a course, worked out again: when the map or the
 * catalogue changed, and as time passes (rules about days). */
#ifndef WAYMARK_LEARN_RECOMPUTE_H
#define WAYMARK_LEARN_RECOMPUTE_H

#include "learn/learn.h"

struct job_ctx; /* core/job/runner.h */

/* Job "recompute.course": everyone active, in the order of their ids, one transaction
 * each; goes on where it stopped. The payload: {"tenant":T,"course":C}. */
int recompute_course_job(struct job_ctx *job, struct err *e);

/* Job "risk.tick": the same as of now, for rules that come true by waiting (not opened
 * for 48 h, a review that falls due). Puts itself in the queue again for the next day. */
int recompute_tick_job(struct job_ctx *job, struct err *e);

/* Put "recompute.course" in the queue, inside the caller's transaction; one that waits
 * already is enough. */
int recompute_enqueue(struct learn *l, struct err *e);

/* One person now, in a transaction of its own. */
int recompute_person(struct learn *l, int64_t person_id, struct err *e);

#endif
