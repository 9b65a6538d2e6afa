/* sync.h: the jobs of a worker. main() hands them to lti/proc.
 *
 *   sync.tick      courses whose reading is due            by the clock
 *   sync.course    catalogue, roster, grades, attempts     key: the course's id
 *   publish.tick   courses whose scores are due            by the clock
 *   publish.score  scores of a tenant to its platform
 *   open.course    lets students in over there             key: the course's id
 *   open.check     compares what is open                   key: the course's id
 *   open.tick, open.reconcile                              by the clock
 *   column.remove  our column out of the grade book        key: the course's id
 *   keys.tick      platforms' key sets that end soon       by the clock
 *   keys.refresh   one platform's key set                  key: the registration's id
 *   console.call   one call of the certification console   key: the call's id
 *   purge          what has expired                        by the clock
 *   statements.*   see statements.h
 *   notice.*       see noticejob.h
 *   copy.course
 *   lms.consent    an administrator's consent (lmskey.h)   key: the hash of its state
 *   register.*     see register.h                          key: the attempt's hash
 *   recompute.*    see core/learn/recompute.h
 *   risk.tick
 *   fit.*          see core/learn/fitting.h
 */
#ifndef WAYMARK_SYNC_SYNC_H
#define WAYMARK_SYNC_SYNC_H

#include "base/metrics.h"
#include "job/runner.h"
#include "job/schedule.h"
#include "learn/app.h"
#include "service/token.h"

struct toolkey;
struct registration;

/* What handlers find in job_ctx.app. Begins with what core/learn's handlers need. */
struct sync_app {
    struct learn_app learn;
    struct arena *a;
    struct http *http;
    struct toolkey *key;
    struct svc svc;
    struct metrics *metrics; /* or NULL */
};

/* The table of kinds, and what comes round by the clock. */
const struct job_kind *sync_kinds(size_t *n);
const struct schedule_item *sync_schedule(size_t *n);

/* The app of one worker process, after the fork; struct proc_jobs has the same shape.
 * `conf`, `keys`, `db` and `env` outlive it. NULL on error. */
void *sync_open(const struct conf *conf, struct db *db, struct env *env,
                const struct keyring *keys, struct metrics *metrics, struct err *e);
void sync_close(void *app);

/* The platform of a course as services need it. 1 ready, 0 unknown, or the registration
 * or this deployment of it is not active, -1. */
int sync_platform(struct db *db, struct arena *a, int64_t registration_id,
                  struct str deployment_id, struct registration *reg,
                  struct svc_platform *out, struct err *e);

#endif
