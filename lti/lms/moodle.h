/* moodle.h: Moodle's web services (REST, JSON).
 *
 * An administrator issues a token for a service user and names it with `waymark
 * platform moodle`. Needed: Moodle 4.1 or later, web services and the REST protocol
 * switched on, and for the token's user the permissions of moodle_needs.c, which
 * `waymark platform moodle --needs` and the page /access show. An activity whose kind's
 * "view" is missing (mod/assign:view, mod/lti:view) is not listed at all. */
#ifndef WAYMARK_LMS_MOODLE_H
#define WAYMARK_LMS_MOODLE_H

#include "lms/lms.h"

/* The connector. */
const struct lms_ops *moodle_ops(void);

#endif
