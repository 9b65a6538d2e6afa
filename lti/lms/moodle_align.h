/* moodle_align.h: the competencies of activities in Moodle: lms_ops.alignments. */
#ifndef WAYMARK_LMS_MOODLE_ALIGN_H
#define WAYMARK_LMS_MOODLE_ALIGN_H

#include "lms/lms.h"

/* One call for the whole course, or one for each activity where a token's service has
 * only that function. */
int moodle_align_read(const struct lms *l, struct str course,
                      int (*row)(void *ctx, const struct lms_alignment *r, struct err *e),
                      void *ctx, struct arena *a, struct err *e);

#endif
