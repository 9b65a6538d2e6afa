/* webworker.h: one process that answers requests, one at a time, until it is told to
 * stop. */
#ifndef WAYMARK_PROC_WEBWORKER_H
#define WAYMARK_PROC_WEBWORKER_H

#include "proc/setup.h"

/* Serve the listening socket. Called in a child with every signal blocked. The exit
 * status. */
int webworker_run(const struct setup *s, struct metrics *metrics, int listen_fd);

#endif
