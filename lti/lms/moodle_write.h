/* moodle_write.h: what Waymark writes in Moodle. In the shapes of struct lms_ops.
 *
 * An opening is a group: a teacher restricts access to an activity by it once. It carries
 * lms_opening.mark as its id number, so it is found again whatever people call it. */
#ifndef WAYMARK_LMS_MOODLE_WRITE_H
#define WAYMARK_LMS_MOODLE_WRITE_H

#include "lms/lms.h"

#define MOODLE_WRITE_MEMBERS 400 /* in one call: PHP takes 1,000 fields */

int moodle_write_opening(const struct lms *l, struct str course,
                         const struct lms_opening *o, struct str *key, struct arena *a,
                         struct err *e);
int moodle_write_members(const struct lms *l, struct str course,
                         const struct lms_opening *o,
                         int (*row)(void *ctx, struct str user_id, struct err *e),
                         void *ctx, struct arena *a, struct err *e);
int moodle_write_add(const struct lms *l, struct str course, const struct lms_opening *o,
                     const struct str *users, size_t n, struct str *receipt,
                     struct arena *a, struct err *e);
int moodle_write_message(const struct lms *l, const struct lms_message *m,
                         struct str *receipt, struct arena *a, struct err *e);
int moodle_write_event(const struct lms *l, struct str course, const struct lms_event *v,
                       struct str *receipt, struct arena *a, struct err *e);

#endif
