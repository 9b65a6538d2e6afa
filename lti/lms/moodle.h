/* moodle.h: Moodle's web services (REST, JSON), read only.
 *
 * An administrator issues a token for a service user and names it with `waymark
 * platform`. Needed: Moodle 4.1 or later, web services and the REST protocol switched on,
 * and for the token's user these permissions in the course or above:
 *
 *   probe       core_webservice_get_site_info          webservice/rest:use
 *   catalogue   core_course_get_contents               moodle/course:view,
 *                                                      moodle/course:viewhiddenactivities
 *                                                      mod/assign:view, mod/lti:view:
 *                                                      an activity whose kind's "view"
 *                                                      is missing is not listed at all
 *   people      core_enrol_get_enrolled_users          moodle/course:viewparticipants,
 *                                                      moodle/user:viewdetails
 *   grades      gradereport_user_get_grade_items       gradereport/user:view,
 *                                                      moodle/grade:viewall,
 *                                                      moodle/grade:viewhidden
 *   quizzes     mod_quiz_get_quizzes_by_courses        mod/quiz:view
 *   attempts    mod_quiz_get_user_attempts             mod/quiz:viewreports
 *   answers     mod_quiz_get_attempt_review            mod/quiz:viewreports
 */
#ifndef WAYMARK_LMS_MOODLE_H
#define WAYMARK_LMS_MOODLE_H

#include "lms/lms.h"

/* The connector. */
const struct lms_ops *moodle_ops(void);

#endif
