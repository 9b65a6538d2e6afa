/* register.h: the two calls of a Dynamic Registration (LTI.md 7.1), each a job of its
 * own, because no web worker calls out.
 *
 * Both are named by the attempt's hash. Whatever goes wrong is the attempt's outcome, for
 * its page to show; a job itself fails only when the database does. At most three such
 * calls are under way at once, in all processes (DR-S8). */
#ifndef WAYMARK_SYNC_REGISTER_H
#define WAYMARK_SYNC_REGISTER_H

#include "sync/sync.h"

/* Job "register.read": fetch the configuration, read it, ask a person. */
int register_read_job(struct job_ctx *c, struct err *e);

/* Job "register.send": post the registration, once and never again, and store what came
 * of it (I107 to I109, DR-S4). */
int register_send_job(struct job_ctx *c, struct err *e);

#endif
