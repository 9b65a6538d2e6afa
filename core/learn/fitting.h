/* fitting.h: models fitted to what a tenant's students answered, tried on students they
 * never saw, and put in force only where they are better.
 *
 * Job kinds for the table in lti/sync: "fit.course" (tenant of the course, key: its id;
 * it stands for all courses of the tenant that have its map) and "fit.tick" (tenant 0, by
 * the clock). */
#ifndef WAYMARK_LEARN_FITTING_H
#define WAYMARK_LEARN_FITTING_H

#include "engine/measure.h"
#include "learn/learn.h"
#include "store/fitted.h"

struct job_ctx; /* core/job/runner.h */

/* Fewer tell nothing that the map's own numbers do not tell as well. */
#define FITTING_ROWS_MIN 2000
#define FITTING_PERSONS_MIN 50
#define FITTING_HELD_MIN 10 /* of these never seen by the fit */
#define FITTING_NEWS 1.1    /* the job fits again when there are so many times as many */

/* One kind of model, tried on people held out. `before`: what stands now. */
struct fitting_trial {
    enum fitted_kind kind;
    bool tried;
    struct measure before, after; /* transit: log_loss alone */
    double gain;                  /* log loss before less after, mean over people */
    double gain_se;               /* its standard error */
    bool sound;                   /* every invariant holds */
    bool passed;                  /* sound, and better by more than chance */
    const char *why;              /* a few words */
    int64_t model_id;             /* it is kept under; 0: a dry run */
};

struct fitting {
    struct str map_code;
    int64_t rows, persons, held_rows, held_persons;
    size_t courses; /* that were read */
    size_t changed; /* courses that go by another set now */
    bool few;       /* too few rows or people: nothing was tried */
    bool stale;     /* no more than last time: nothing was tried */
    struct fitting_trial trials[FITTED_KINDS];
    int64_t set_id; /* in force now; 0: none */
};

struct fitting_ask {
    bool dry_run;   /* keep and change nothing */
    bool news_only; /* only when there is enough that is new (FITTING_NEWS) */
    struct str by_whom;
    int (*beat)(void *ctx, struct err *e); /* or NULL; -1 stops */
    void *ctx;
};

/* Fit for the course's map. ERR_NOTFOUND: it has none. */
int fitting_run(struct learn *l, const struct fitting_ask *ask, struct fitting *out,
                struct err *e);

/* Put these models in force for every course of the tenant with that map: of a kind whose
 * id is 0 none. In one transaction; everybody is worked out anew by a job. *changed (may
 * be NULL): courses. */
int fitting_use(struct learn *l, struct str map_code, const int64_t ids[FITTED_KINDS],
                struct str by_whom, int64_t *set_id, size_t *changed, struct err *e);

int fitting_course_job(struct job_ctx *job, struct err *e);
int fitting_tick_job(struct job_ctx *job, struct err *e);

#endif
