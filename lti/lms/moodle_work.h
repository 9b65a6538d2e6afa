/* moodle_work.h: what people did in Moodle beside grades: completion, work handed in. In
 * the shapes of struct lms_ops. */
#ifndef WAYMARK_LMS_MOODLE_WORK_H
#define WAYMARK_LMS_MOODLE_WORK_H

#include "lms/lms.h"

int moodle_work_completion(const struct lms *l, struct str course,
                           const struct str *users, size_t n,
                           int (*row)(void *ctx, const struct lms_completion *r,
                                      struct err *e),
                           void *ctx, struct arena *a, struct err *e);
int moodle_work_submissions(const struct lms *l, struct str course,
                            const struct lms_since *since,
                            int (*row)(void *ctx, const struct lms_submission *r,
                                       struct err *e),
                            void *ctx, struct arena *a, struct err *e);

#endif
