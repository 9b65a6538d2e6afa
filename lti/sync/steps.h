/* steps.h: the steps of pull.h, one file each. 0, or -1: for ERR_DENIED, ERR_NOTFOUND,
 * ERR_INPUT and ERR_LIMIT the run goes on with the next step; everything else ends it. */
#ifndef WAYMARK_SYNC_STEPS_H
#define WAYMARK_SYNC_STEPS_H

#include "store/activitytag.h"
#include "sync/pull.h"

/* Activities with addresses and dates, from the LMS. */
int catalogue_step(struct pull *p, struct err *e);

/* Who is in the course: NRPS, or the LMS where there is none. */
int roster_step(struct pull *p, struct err *e);

/* The LMS's own ids of people, where its API needs them. */
int ids_step(struct pull *p, struct err *e);

/* When each person was last in the course, from the LMS. */
int visits_step(struct pull *p, struct err *e);

/* The LMS's list of people is being read by another step: note a last visit for this
 * one. */
void visits_seen(struct pull *p, struct str id, int64_t at_ms);

/* What the LMS says of activities beside their titles, for suggestions: the headings
 * they stand under, competencies and outcomes. Called when the catalogue is in. */
struct tags_heading {
    struct str key; /* lms_activity.key */
    struct str text;
};
int tags_keep(struct pull *p, const struct tags_heading *rows, size_t n, struct err *e);

/* Tags of single items, which results by outcome tell: all of them. */
int tags_keep_items(struct pull *p, const struct activitytag *rows, size_t n,
                    struct err *e);

/* Work handed in that waits for a mark, from an LMS with a grade book of its own. */
int handed_step(struct pull *p, struct err *e);

/* What people completed, of those alone who came back. */
int completion_step(struct pull *p, struct err *e);

/* The grade book, from the LMS; notes which attempts are new. */
int grades_step(struct pull *p, struct err *e);

/* New attempts at quizzes and their answers, from the LMS. */
int attempts_step(struct pull *p, struct err *e);

/* Work handed in and marked, from an LMS whose grade book that is. */
int submissions_step(struct pull *p, struct err *e);

/* Results by learning outcome, from an LMS that tells them. */
int outcomes_step(struct pull *p, struct err *e);

/* Results of the columns of our own links, from AGS. */
int results_step(struct pull *p, struct err *e);

/* The column that shows mastery: found, or made; its name and maximum. */
int column_step(struct pull *p, struct err *e);

/* Columns of gates that no launch has told of. */
int gates_step(struct pull *p, struct err *e);

/* Scores in our columns that somebody edited. */
int overrides_step(struct pull *p, struct err *e);

/* Groups and their sets. */
int groups_step(struct pull *p, struct err *e);

/* Job "column.remove": delete our column, because a teacher asked for it (AGS-5). */
int column_remove_job(struct job_ctx *c, struct err *e);

#endif
