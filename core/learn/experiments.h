/* experiments.h: fair comparisons in courses, from registration to report
 * (engine/experiment.h).
 *
 * registered -> approved (by somebody else) -> running -> ended; the document never
 * changes. Whatever is not approved and started never touches anybody. A start deals
 * everyone in, or nobody; the nightly turn deals in who came since, ends what is over,
 * and lets a bandit deal again once a week. A student may leave at any time and then gets
 * what is usual.
 *
 * Job kind: "experiment.tick" (tenant 0, by the clock). */
#ifndef WAYMARK_LEARN_EXPERIMENTS_H
#define WAYMARK_LEARN_EXPERIMENTS_H

#include "engine/experiment.h"
#include "learn/learn.h"
#include "store/trial.h"

struct job_ctx; /* core/job/runner.h */

#define EXPERIMENTS_BY 100 /* bytes of a name of who decides */
#define EXPERIMENTS_COURSES 50
#define EXPERIMENTS_PERIOD_MS (INT64_C(7) * 24 * 3600 * 1000) /* a bandit deals again */

/* An experiment with what its document says. */
struct experiments_row {
    struct trial t;
    const struct experiment_plan *plan;
};

/* How many it takes, and how many there are. */
struct experiments_need {
    struct experiment_need need;
    int64_t there; /* units in the courses that could be dealt in now */
    double power;  /* that they would give */
};

/* Work out the need of a plan for courses of l's tenant; nothing is written. */
int experiments_plan(struct learn *l, const struct experiment_plan *p,
                     const int64_t *courses, size_t courses_n,
                     struct experiments_need *out, struct err *e);

/* Register: ERR_INPUT (the document; no courses), ERR_NOTFOUND (a course of this tenant),
 * ERR_CONFLICT (the code is taken). *id is set. */
int experiments_register(struct learn *l, struct str document, const int64_t *courses,
                         size_t courses_n, struct str by, int64_t *id, struct err *e);

/* Approve: ERR_DENIED when `by` registered it; ERR_CONFLICT in another state. */
int experiments_approve(struct learn *l, int64_t id, struct str by, struct err *e);

/* Start: ERR_DENIED with the number when there are too few; ERR_CONFLICT when it is not
 * approved, its end date has passed, or a course takes part in another one. */
int experiments_start(struct learn *l, int64_t id, struct str by, struct err *e);

/* End: everybody gets what is usual from the next recompute on. ERR_CONFLICT: over. */
int experiments_stop(struct learn *l, int64_t id, struct str by, struct str why,
                     struct err *e);

/* 1 found, 0 not, -1. */
int experiments_get(struct learn *l, int64_t id, struct experiments_row *out,
                    struct err *e);

/* What a student is told on the page of choices. 1 an experiment runs in this course, 0
 * none, -1. *out: this person does not take part. One or two reads. */
int experiments_here(struct learn *l, int64_t person_id, struct experiments_row *row,
                     bool *out, struct err *e);

int experiments_tick_job(struct job_ctx *job, struct err *e);

#endif
