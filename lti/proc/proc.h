/* proc.h: the processes of `waymark serve`: a master, web workers and job workers.
 *
 * The master opens the socket and the shared counters, forks, and starts again what dies
 * (with a growing pause). SIGTERM and SIGINT end it gracefully; SIGHUP starts new workers
 * with the new configuration and templates and then ends the old ones. A worker opens its
 * own database handle, after the fork. */
#ifndef WAYMARK_PROC_PROC_H
#define WAYMARK_PROC_PROC_H

#include "base/conf.h"
#include "base/env.h"
#include "base/metrics.h"

enum proc_role { PROC_SERVE, PROC_WEB, PROC_WORKER };

/* What one job worker does until *stop is set: given by main(), so that this folder knows
 * no job. Returns 0 to end, -1 with an error (the master starts another). */
typedef int proc_jobs_fn(const struct conf *conf, struct metrics *metrics,
                         const volatile int *stop, struct err *e);

struct proc_opt {
    const char *conf_path; /* read again at SIGHUP; NULL: defaults and environment */
    char *const *environment;
    enum proc_role role;
    proc_jobs_fn *jobs; /* needed for PROC_SERVE and PROC_WORKER */
};

/* Run until told to stop. 0: a clean end; -1: could not start. */
int proc_run(const struct proc_opt *opt, struct err *e);

#endif
