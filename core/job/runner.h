/* runner.h: runs one job at a time with the handler of its kind.
 *
 * The loop around it (sleeping, signals, forking) is lti/proc's. */
#ifndef WAYMARK_JOB_RUNNER_H
#define WAYMARK_JOB_RUNNER_H

#include "job/queue.h"

#include <signal.h>

/* What a handler gets. It returns 0 when the work is done, -1 with an error whose text
 * goes into the job in words. It calls job_beat now and then, at least every third of its
 * lease. */
struct job_ctx {
    struct db *db;
    struct env *env;
    struct arena *arena; /* emptied after the job */
    const struct job *job;
    void *app; /* what main gives to every handler */

    /* For the handler to set before it returns -1. */
    int64_t wait_ms; /* not before this pause (Retry-After); 0: the usual back-off */
    bool give_up;    /* trying again is of no use */

    /* The runner's. */
    const volatile sig_atomic_t *stop;
    int64_t beat_ms; /* when job_beat last wrote */
    int64_t beat_total;
    int64_t start_ms;
    int64_t looked_ms; /* when job_turn_over last looked */
    int64_t again_ms;  /* of job_give_turn */
    bool gave_turn;
};

/* A sign of life: renews the lease (at most once a second, unless `total` changes or is
 * reached) and shows progress; the text is for people. -1 with ERR_CONFLICT: the claim is
 * lost: return -1 and write nothing more. -1 with ERR_BUSY: the worker is asked to stop:
 * checkpoint if need be and return -1; the job goes back unharmed. */
int job_beat(struct job_ctx *c, int64_t done, int64_t total, struct str text,
             struct err *e);

#define JOB_TURN_MS 20000      /* a long job's turn, when others wait */
#define JOB_TURN_LEAST_MS 5000 /* when something more pressing waits */

/* Has the job had its turn? A long one asks where it can go on from its checkpoint, and
 * then gives its turn back. Costs a read a second at most. */
bool job_turn_over(struct job_ctx *c);

/* Let the others go first: -1 with ERR_BUSY, which the handler returns. Not before
 * run_ms; 0: as soon as it is its turn again. */
int job_give_turn(struct job_ctx *c, int64_t run_ms, struct err *e);

/* Is the worker asked to stop? */
bool job_stopping(const struct job_ctx *c);

struct job_runner {
    struct db *db;
    struct env *env;
    struct arena *arena;
    struct job_worker *worker;
    void *app;
    const volatile sig_atomic_t *stop; /* set by a signal handler; may be NULL */
};

/* Claim one job and run it. 1: one ran (well or not: the job says so, and the log), 0:
 * nothing is due, -1: the database does not answer. */
int job_run_one(struct job_runner *r, struct err *e);

#endif
