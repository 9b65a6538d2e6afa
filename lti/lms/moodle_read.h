/* moodle_read.h: readers of Moodle, in the shapes of struct lms_ops. */
#ifndef WAYMARK_LMS_MOODLE_READ_H
#define WAYMARK_LMS_MOODLE_READ_H

#include "lms/lms.h"

int moodle_read_catalogue(const struct lms *l, struct str course,
                          int (*row)(void *ctx, const struct lms_activity *r,
                                     struct err *e),
                          void *ctx, struct arena *a, struct err *e);
int moodle_read_people(const struct lms *l, struct str course,
                       int (*row)(void *ctx, const struct lms_person *r, struct err *e),
                       void *ctx, struct arena *a, struct err *e);
int moodle_read_grades(const struct lms *l, struct str course,
                       int (*row)(void *ctx, const struct lms_grade *r, struct err *e),
                       void *ctx, struct arena *a, struct err *e);
int moodle_read_quizzes(const struct lms *l, struct str course,
                        int (*row)(void *ctx, const struct lms_quiz *r, struct err *e),
                        void *ctx, struct arena *a, struct err *e);
int moodle_read_groups(const struct lms *l, struct str course,
                       int (*row)(void *ctx, const struct lms_group *r, struct err *e),
                       void *ctx, struct arena *a, struct err *e);
int moodle_read_changes(const struct lms *l, struct str course, int64_t since_ms,
                        int (*row)(void *ctx, const struct lms_change *r, struct err *e),
                        void *ctx, struct arena *a, struct err *e);

#endif
