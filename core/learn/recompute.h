/* recompute.h: everyone's states of a course, worked out again: when the map or the
 * catalogue changed, and as time passes (rules about days, reviews that fall due).
 *
 * Job kinds for the table in lti/main.c: "recompute.course" and "recompute.rest" (tenant
 * of the course, key: its id), "recompute.person" (key: COURSE/PERSON), "recompute.all"
 * and "risk.tick" (tenant 0; the latter by the clock). */
#ifndef WAYMARK_LEARN_RECOMPUTE_H
#define WAYMARK_LEARN_RECOMPUTE_H

#include "learn/learn.h"

struct job_ctx; /* core/job/runner.h */

/* Every active learner of a course in the order of their ids, one transaction each; goes
 * on where it stopped, and begins again when another map was put in force meanwhile. */
int recompute_course_job(struct job_ctx *job, struct err *e);

/* Those of the course who were not worked out since its last reading began. */
int recompute_rest_job(struct job_ctx *job, struct err *e);

/* One person, such as a student who has just come for the first time. */
int recompute_person_job(struct job_ctx *job, struct err *e);

/* Asks for "recompute.course" of every course with a map, because time has passed since
 * everybody was worked out. */
int recompute_tick_job(struct job_ctx *job, struct err *e);

/* The same of every course at once, because the rules changed: everybody is worked out
 * with them now, not when the clock says so. */
int recompute_all_job(struct job_ctx *job, struct err *e);

/* Put "recompute.all" in the queue. */
int recompute_enqueue_all(struct db *db, struct env *env, struct err *e);

/* Put "recompute.course" in the queue, inside the caller's transaction or in its own; one
 * that waits already is enough; one that is halfway through comes once more. */
int recompute_enqueue(struct learn *l, struct err *e);

/* The same with "recompute.rest": those alone whom the last reading of the course did not
 * work out again already. */
int recompute_enqueue_rest(struct learn *l, struct err *e);

/* The same with "recompute.person". */
int recompute_enqueue_person(struct learn *l, int64_t person_id, struct err *e);

/* One person now, in a transaction of its own. Nothing happens when the course has no map
 * or the person is not in it. */
int recompute_person(struct learn *l, int64_t person_id, struct err *e);

#endif
