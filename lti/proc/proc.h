/* proc.h: the processes of `waymark serve`: a master, web workers and job workers.
 *
 * The master opens the socket and the shared counters, forks, and starts again what dies
 * (with a growing pause). SIGTERM and SIGINT end it gracefully; SIGHUP starts new workers
 * with the new configuration and templates and then ends the old ones. A worker opens its
 * own database handle, after the fork. */
#ifndef WAYMARK_PROC_PROC_H
#define WAYMARK_PROC_PROC_H

#include "base/conf.h"
#include "base/keyring.h"
#include "base/metrics.h"
#include "job/runner.h"
#include "job/schedule.h"

enum proc_role { PROC_SERVE, PROC_WEB, PROC_WORKER };

/* What job workers run: given by main(), so that this folder knows no job. */
struct proc_jobs {
    const struct job_kind *kinds;
    size_t kinds_n;
    const struct schedule_item *schedule;
    size_t schedule_n;

    /* What handlers find in job_ctx.app: made in each job worker after the fork, with the
     * worker's own database handle. NULL with an error ends the worker. */
    void *(*open)(const struct conf *conf, struct db *db, struct env *env,
                  const struct keyring *keys, struct metrics *metrics, struct err *e);
    void (*close)(void *app);
};

struct proc_opt {
    const char *conf_path; /* read again at SIGHUP; NULL: defaults and environment */
    char *const *environment;
    enum proc_role role;
    const struct proc_jobs *jobs; /* needed for PROC_SERVE and PROC_WORKER */
};

/* Run until told to stop. 0: a clean end; -1: could not start. */
int proc_run(const struct proc_opt *opt, struct err *e);

#endif
