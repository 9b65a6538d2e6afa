/* closings.h: every recommendation closes: the nightly job, and the figures that people
 * see.
 *
 * Job kinds: "closing.course" (tenant of the course, key: its id) and "closing.tick"
 * (tenant 0, by the clock). */
#ifndef WAYMARK_LEARN_CLOSINGS_H
#define WAYMARK_LEARN_CLOSINGS_H

#include "learn/learn.h"
#include "store/closing.h"

struct job_ctx; /* core/job/runner.h */

#define CLOSINGS_DAYS 28 /* what a teacher sees: offers of the last four weeks */

/* Close what is over, person by person; the same again writes nothing. */
int closings_course_job(struct job_ctx *job, struct err *e);

/* Asks for "closing.course" of every course with a map. */
int closings_tick_job(struct job_ctx *job, struct err *e);

/* The same for one course here and now (for the command). *added: closings written. */
int closings_course(struct learn *l, size_t *added, struct err *e);

/* What became of the offers with one reason. */
struct closings_row {
    struct str reason; /* of the engine; empty: it was not noted then */
    int64_t n, taken, swapped, ignored;
    int64_t result_n; /* taken ones with a result within the week ... */
    double result;    /* ... and its mean share */
    double gain;      /* mean change of mastery of taken ones, within the week */
};

/* Of offers first seen within `days`, by reason; `all` sums them up. One read. */
struct closings {
    struct closings_row all;
    struct closings_row *rows;
    size_t n;
};
int closings_read(struct learn *l, int64_t days, struct closings *out, struct err *e);

#endif
