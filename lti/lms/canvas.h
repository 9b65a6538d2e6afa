/* canvas.h: Canvas's REST API, version 1.
 *
 * With an access token of a user who teaches in the courses, or with a developer key
 * (canvas_oauth.h). What each function calls, and the permission that it needs, is the
 * table in canvas.c, which `waymark platform canvas` prints.
 *
 * Keys of activities: "assignment:ID" for everything with points (quizzes and discussions
 * too), "quiz:ID" for a practice quiz, "item:ID" for whatever else stands in a module. A
 * person's id is Canvas's number, not the `sub` of a launch. */
#ifndef WAYMARK_LMS_CANVAS_H
#define WAYMARK_LMS_CANVAS_H

#include "lms/lms.h"

/* The connector. */
const struct lms_ops *canvas_ops(void);

/* Canvas's number of a course, out of the address of its roster
 * (".../api/lti/courses/123/names_and_roles"); the id of the launch where there is none.
 */
struct str canvas_course(struct str context_id, struct str nrps_url);

#endif
