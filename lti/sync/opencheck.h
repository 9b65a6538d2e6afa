/* opencheck.h: what was opened, compared with what the LMS has (nightly, or when a
 * teacher asks). Nothing is opened again that a person shut there. */
#ifndef WAYMARK_SYNC_OPENCHECK_H
#define WAYMARK_SYNC_OPENCHECK_H

#include "job/runner.h"

/* Job "open.check" (key: the course's id). */
int opencheck_course_job(struct job_ctx *c, struct err *e);

/* Job "open.reconcile": asks for every course with an active opening. */
int opencheck_all_job(struct job_ctx *c, struct err *e);

#endif
