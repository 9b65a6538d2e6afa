/* open.h: jobs that let people in over there (FEATURES.md 5.6): learn/openings.h says
 * who; an LMS's own API, or the score of a gate column, does it. */
#ifndef WAYMARK_SYNC_OPEN_H
#define WAYMARK_SYNC_OPEN_H

#include "job/runner.h"

/* Job "open.course" (key: the course's id): whoever waits is let in, many in one call. */
int open_course_job(struct job_ctx *c, struct err *e);

/* Job "open.tick": asks for the courses where somebody waits and it may be tried. */
int open_tick_job(struct job_ctx *c, struct err *e);

#endif
