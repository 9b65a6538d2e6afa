#include "lms/canvas.h"

#include "lms/canvas_parts.h"
#include "net/url.h"

#include <string.h>

#define COURSE "/api/v1/courses/:course_id"
#define READ "url:GET|" COURSE
#define OVERRIDES COURSE "/assignments/:assignment_id/overrides"
#define MODULE COURSE "/modules/:context_module_id/assignment_overrides"
#define EDIT "Assignments and Quizzes - edit"

/* `function` is the scope that a developer key needs; `permission` what the role of the
 * token's user needs, as Canvas's page "Permissions" calls it. */
static const struct lms_need needs[] = {
    {0, "url:GET|/api/v1/users/:id", "none of its own", "access.why.site"},
    {0, "url:GET|/api/v1/courses", "none of its own", "access.why.rights",
     .optional = true},
    {0, READ "/permissions", "none of its own", "access.why.rights", .optional = true},
    {LMS_CATALOGUE | LMS_SUBMISSIONS | LMS_CHANGES, READ "/assignments",
     "Course Content - view", "access.why.catalogue"},
    {LMS_CATALOGUE, READ "/modules", "Course Content - view", "access.why.modules",
     .optional = true},
    {LMS_CATALOGUE, READ "/modules/:module_id/items", "Course Content - view",
     "access.why.modules", .optional = true},
    {LMS_PEOPLE, READ "/enrollments", "Users - view list", "access.why.people"},
    {LMS_PEOPLE, "url:GET|/api/v1/users/:user_id/profile", "Users - view list",
     "access.why.profile", .optional = true},
    {LMS_SUBMISSIONS | LMS_GRADES | LMS_ATTEMPTS, READ "/students/submissions",
     "Grades - view all grades", "access.why.submissions"},
    {LMS_ANSWERS, READ "/quizzes/:quiz_id/questions", EDIT, "access.why.answers"},
    {LMS_GROUPS, READ "/groups", "Groups - view all groups", "access.why.groups"},
    {LMS_ALIGNMENTS, READ "/outcome_group_links", "Course Content - view",
     "access.why.alignments"},
    {LMS_OUTCOMES, READ "/outcome_results", "Grades - view all grades",
     "access.why.outcomes"},
    {LMS_OPEN, "url:GET|" OVERRIDES, EDIT, "access.why.open_find"},
    {LMS_OPEN, "url:POST|" OVERRIDES, EDIT, "access.why.open_make", .writes = true},
    {LMS_OPEN, "url:PUT|" OVERRIDES "/:id", EDIT, "access.why.open_add", .writes = true},
    {LMS_OPEN, "url:GET|" MODULE, "Course Content - edit", "access.why.open_find",
     .optional = true},
    {LMS_OPEN, "url:PUT|" MODULE, "Course Content - edit", "access.why.open_add",
     .writes = true, .optional = true},
    {LMS_MESSAGE, "url:POST|/api/v1/conversations", "Conversations - send messages",
     "access.why.message", .writes = true},
    {LMS_CALENDAR, "url:POST|/api/v1/calendar_events", "Course Calendar - manage",
     "access.why.calendar", .writes = true},
};

#define NEEDS_N (sizeof needs / sizeof needs[0])

/* --- probe ------------------------------------------------------------------- */

/* What the role of the token's user must allow, as Canvas's API calls it. */
static const struct {
    const char *scope;
    const char *right;
} rights[] = {
    {READ "/enrollments", "read_roster"},
    {READ "/students/submissions", "view_all_grades"},
    {READ "/outcome_results", "view_all_grades"},
    {READ "/quizzes/:quiz_id/questions", "manage_assignments_edit"},
    {"url:GET|" OVERRIDES, "manage_assignments_edit"},
    {"url:POST|" OVERRIDES, "manage_assignments_edit"},
    {"url:PUT|" OVERRIDES "/:id", "manage_assignments_edit"},
    {"url:GET|" MODULE, "manage_course_content_edit"},
    {"url:PUT|" MODULE, "manage_course_content_edit"},
    {"url:POST|/api/v1/conversations", "send_messages"},
    {"url:POST|/api/v1/calendar_events", "manage_calendar"},
};

/* Tried for real, one row a page: only that shows which scopes a developer key has. */
static const struct {
    const char *scope;
    const char *path;
} tries[] = {
    {READ "/assignments", "/assignments?per_page=1"},
    {READ "/modules", "/modules?per_page=1"},
    {READ "/enrollments", "/enrollments?per_page=1"},
    {READ "/students/submissions",
     "/students/submissions?student_ids[]=all&per_page=1&workflow_state=graded"},
    {READ "/groups", "/groups?per_page=1"},
    {READ "/outcome_group_links", "/outcome_group_links?per_page=1"},
    {READ "/outcome_results", "/outcome_results?per_page=1"},
};

static void deny(uint64_t *met, const char *scope)
{
    for (size_t i = 0; i < NEEDS_N; i++)
        if (strcmp(needs[i].function, scope) == 0)
            *met &= ~(UINT64_C(1) << i);
}

/* A course to try things in: the one that is asked about, else any that the user teaches.
 */
static int some_course(const struct lms *l, struct str *out, struct arena *a,
                       struct err *e)
{
    struct js *list;
    *out = STR_EMPTY;
    if (l->course.n > 0) {
        *out = canvas_call_course(a, l->course);
        return 0;
    }
    if (canvas_call_one(
            l, "GET", "url:GET|/api/v1/courses",
            canvas_call_url(l, a, "/api/v1/courses?per_page=1&enrollment_type=teacher"),
            STR_EMPTY, &list, a, e) == 0)
        *out = canvas_call_id(a, js_get(js_at(list, 0), "id"));
    else if (e->code == ERR_DENIED)
        err_clear(e); /* a key without that scope */
    else
        return -1;
    return 0;
}

static int look_at_rights(const struct lms *l, struct str course, uint64_t *met,
                          struct arena *a, struct err *e)
{
    struct buf url;
    struct js *answer;
    buf_init(&url, a, 1024);
    buf_str(&url,
            canvas_call_url(l, a, "/api/v1/courses/%.*s/permissions?", STR_ARG(course)));
    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++)
        buf_fmt(&url, "%spermissions[]=%s", i > 0 ? "&" : "", rights[i].right);
    if (canvas_call_one(l, "GET", READ "/permissions", buf_view(&url), STR_EMPTY, &answer,
                        a, e) != 0) {
        if (e->code != ERR_DENIED && e->code != ERR_INPUT && e->code != ERR_NOTFOUND)
            return -1;
        deny(met, READ "/permissions");
        err_clear(e);
        return 0;
    }
    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++) {
        bool yes;
        if (js_bool(js_get(answer, rights[i].right), &yes) && !yes)
            deny(met, rights[i].scope);
    }
    return 0;
}

static int try_all(const struct lms *l, struct str course, uint64_t *met, struct err *e)
{
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        struct arena *a = arena_new((size_t)128 << 20);
        struct err own = {0};
        struct js *answer;
        int rc = canvas_call_one(l, "GET", tries[i].scope,
                                 canvas_call_url(l, a, "/api/v1/courses/%.*s%s",
                                                 STR_ARG(course), tries[i].path),
                                 STR_EMPTY, &answer, a, &own);
        arena_free(a);
        if (rc != 0 && own.code == ERR_UNAVAILABLE) {
            *e = own;
            return -1;
        }
        if (rc != 0 && own.code == ERR_DENIED)
            deny(met, tries[i].scope);
    }
    return 0;
}

/* Canvas does not list what a token may do: so it is asked who it is, what its role may
 * do in a course, and each list is opened once. Where no course is known yet, everything
 * counts as allowed until it is refused. */
static int probe(const struct lms *l, struct lms_site *out, struct arena *a,
                 struct err *e)
{
    struct err own = {0};
    uint64_t met = (UINT64_C(1) << NEEDS_N) - 1;
    struct js *self;
    struct str course;
    if (e == NULL)
        e = &own;
    if (canvas_call_one(l, "GET", needs[0].function,
                        canvas_call_url(l, a, "/api/v1/users/self"), STR_EMPTY, &self, a,
                        e) != 0 ||
        some_course(l, &course, a, e) != 0)
        return -1;
    if (js_get(self, "id") == NULL)
        return err_set(e, ERR_INPUT, "Canvas: this is not Canvas's API");
    if (course.n > 0 &&
        (look_at_rights(l, course, &met, a, e) != 0 || try_all(l, course, &met, e) != 0))
        return -1;
    *out = (struct lms_site){.name = STR("Canvas"),
                             .release = STR_EMPTY,
                             .can = lms_abilities(l->ops, met),
                             .met = met};
    return 0;
}

struct str canvas_course(struct str context_id, struct str nrps_url)
{
    struct str head = STR("/api/lti/courses/"), id, rest;
    size_t at = str_find(nrps_url, head, 0);
    int64_t number;
    if (at == SIZE_MAX)
        return context_id;
    str_cut(str_sub(nrps_url, at + head.n, nrps_url.n), '/', &id, &rest);
    return str_i64(id, &number) && number > 0 ? id : context_id;
}

const struct lms_ops *canvas_ops(void)
{
    static const struct lms_ops ops = {
        .kind = "canvas",
        .needs = needs,
        .needs_n = NEEDS_N,
        .own_ids = true,
        .probe = probe,
        .catalogue = canvas_catalogue_read,
        .people = canvas_people_read,
        .person = canvas_people_find,
        .changes = canvas_catalogue_changes,
        .groups = canvas_people_groups,
        .submissions = canvas_work_read,
        .alignments = canvas_catalogue_alignments,
        .outcomes = canvas_outcomes_read,
        .opening_make = canvas_write_make,
        .opening_lock = canvas_lock_read,
        .opening_read = canvas_write_read,
        .opening_add = canvas_write_add,
        .message_send = canvas_write_message,
        .calendar_add = canvas_write_event,
    };
    return &ops;
}
