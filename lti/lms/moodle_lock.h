/* moodle_lock.h: what "Restrict access" of Moodle asks for, as far as it is ours. */
#ifndef WAYMARK_LMS_MOODLE_LOCK_H
#define WAYMARK_LMS_MOODLE_LOCK_H

#include "lms/lms.h"

#define MOODLE_LOCK_N 65536 /* bytes of a rule that are read */

/* lms_ops.opening_lock: reads the target alone. Sections have rules of their own, which
 * Moodle does not tell here. */
int moodle_lock_read(const struct lms *l, struct str course, const struct lms_opening *o,
                     enum lms_lock *out, struct arena *a, struct err *e);

/* A rule (JSON of core_availability, or empty: none): is our group, or a grade in our
 * column, asked of everybody who wants to get in? Nonsense is not told. */
enum lms_lock moodle_lock_of(struct str rule, const struct lms_opening *o,
                             struct arena *a);

#endif
