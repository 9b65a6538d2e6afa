/* deliver.h: one score to a platform's grade book, to its end: taken, later, never, or
 * left to the person who edited the grade (LTI.md AGS-6 to AGS-9, I93). */
#ifndef WAYMARK_SYNC_DELIVER_H
#define WAYMARK_SYNC_DELIVER_H

#include "store/course.h"
#include "store/outbox.h"
#include "sync/sync.h"

/* What stays the same for the scores of one course. */
struct deliver {
    struct job_ctx *job;
    struct sync_app *app;
    const struct course *course;
    const struct svc_platform *platform;
    bool canvas;         /* the platform is a Canvas */
    struct str host;     /* of the service; what a pause is about */
    int64_t strikes;     /* pauses in a row so far */
    int64_t sent;        /* counted up */
    bool course_over;    /* set: the LMS does not let us; nothing more for this course */
    int64_t pause_until; /* set: nothing more for this host before that */
};

/* 0, whatever came of it, or -1: the database failed, or the job must stop. */
int deliver_score(struct deliver *d, const struct outbox_row *row, struct arena *a,
                  struct err *e);

#endif
