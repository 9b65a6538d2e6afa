/* scores.h: what a teacher should know of our scores in the LMS: which were edited there,
 * which were not taken, whether some wait; and what a teacher decides about them. */
#ifndef WAYMARK_LEARN_SCORES_H
#define WAYMARK_LEARN_SCORES_H

#include "learn/learn.h"
#include "store/lineitem.h"
#include "store/override.h"

struct scores_edit {
    int64_t person_id;
    struct str name;
    struct override o;
};

struct scores_refusal {
    int64_t person_id;
    struct str name;
    struct str why; /* in words, with the platform's own; not to be trusted: escape it */
    int64_t at_ms;
};

struct scores {
    struct str course_title;
    bool has_column;
    struct lineitem column;
    int64_t waiting;
    struct scores_edit *edits;
    size_t edits_n;
    struct scores_refusal *refusals;
    size_t refusals_n;
};

/* For the page of a course; notes that `by_person_id` looked. */
int scores_read(struct learn *l, int64_t by_person_id, struct scores *out, struct err *e);

/* Overrides of one person alone, in l->a. */
int scores_edits_of(struct learn *l, int64_t person_id, struct scores_edit **rows,
                    size_t *n, struct err *e);

/* Let Waymark write this person's score into this column again. */
int scores_allow(struct learn *l, int64_t person_id, struct str target, struct err *e);

/* Send this person's score once more, after it was refused. */
int scores_again(struct learn *l, int64_t person_id, struct err *e);

/* Take our column out of the grade book (a job does it), or have one made again by the
 * next reading. */
int scores_remove_column(struct learn *l, struct err *e);
int scores_make_column(struct learn *l, struct err *e);

/* Ask for the job that takes the column away, once more: each reading of the course does
 * while the column is "removing", so that a job that was given up is not the end. */
int scores_ask_removal(struct learn *l, struct err *e);

#endif
