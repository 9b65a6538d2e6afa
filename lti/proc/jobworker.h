/* jobworker.h: one process that runs jobs, one at a time, until it is told to stop. */
#ifndef WAYMARK_PROC_JOBWORKER_H
#define WAYMARK_PROC_JOBWORKER_H

#include "proc/setup.h"

/* Run due jobs and the schedule. Called in a child with every signal blocked. The exit
 * status. */
int jobworker_run(const struct setup *s, const struct proc_jobs *jobs,
                  struct metrics *metrics);

#endif
