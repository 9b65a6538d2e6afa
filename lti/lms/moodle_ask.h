/* moodle_ask.h: questions to Moodle about one person, many at once: lms_ops.ask. */
#ifndef WAYMARK_LMS_MOODLE_ASK_H
#define WAYMARK_LMS_MOODLE_ASK_H

#include "lms/lms.h"

int moodle_ask_put(const struct lms *l, struct http_batch *b, int64_t lane,
                   const struct lms_ask *ask_this, struct arena *a, struct err *e);

#endif
