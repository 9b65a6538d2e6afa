/* moodle_needs.h: every function of Moodle that we call, the permission that its token's
 * user needs in the course or above, and why we call it. */
#ifndef WAYMARK_LMS_MOODLE_NEEDS_H
#define WAYMARK_LMS_MOODLE_NEEDS_H

#include "lms/lms.h"

#define MOODLE_NEEDS_N 20
extern const struct lms_need moodle_needs_list[MOODLE_NEEDS_N];

/* "mod/quiz:view": what a person can do about a refusal. */
const char *moodle_needs_permission(const char *function);

/* Does the token's service offer it? Not known (l->met 0): no. */
bool moodle_needs_met(const struct lms *l, const char *function);

/* lms_ops.probe */
int moodle_needs_probe(const struct lms *l, struct lms_site *out, struct arena *a,
                       struct err *e);

#endif
