#include "lms/moodle_needs.h"

#include "lms/moodle_call.h"
#include "lms/moodle_value.h"

#include <string.h>

#define GROUPS "moodle/course:managegroups"

const struct lms_need moodle_needs_list[MOODLE_NEEDS_N] = {
    {0, "core_webservice_get_site_info", "webservice/rest:use", "access.why.site"},
    {LMS_CATALOGUE, "core_course_get_contents",
     "moodle/course:view, moodle/course:viewhiddenactivities, mod/assign:view and "
     "mod/lti:view",
     "access.why.catalogue"},
    {LMS_PEOPLE | LMS_GROUPS, "core_enrol_get_enrolled_users",
     "moodle/course:viewparticipants, moodle/user:viewdetails and "
     "moodle/site:accessallgroups",
     "access.why.people"},
    {LMS_GRADES, "gradereport_user_get_grade_items",
     "gradereport/user:view, moodle/grade:viewall and moodle/grade:viewhidden",
     "access.why.grades"},
    {LMS_QUIZZES, "mod_quiz_get_quizzes_by_courses", "mod/quiz:view",
     "access.why.quizzes"},
    {LMS_ATTEMPTS, "mod_quiz_get_user_quiz_attempts", "mod/quiz:viewreports",
     "access.why.attempts"},
    {LMS_ATTEMPTS, "mod_quiz_get_user_attempts", "mod/quiz:viewreports",
     "access.why.attempts", .instead = "mod_quiz_get_user_quiz_attempts"},
    {LMS_ANSWERS, "mod_quiz_get_attempt_review", "mod/quiz:viewreports",
     "access.why.answers"},
    {LMS_COMPLETION, "core_completion_get_activities_completion_status",
     "report/progress:view", "access.why.completion"},
    {LMS_CHANGES, "core_course_get_updates_since", "moodle/course:view",
     "access.why.changes"},
    {LMS_SUBMISSIONS, "mod_assign_get_assignments", "mod/assign:view",
     "access.why.assignments"},
    {LMS_SUBMISSIONS, "mod_assign_get_submissions", "mod/assign:grade",
     "access.why.submissions"},
    {LMS_ALIGNMENTS, "tool_lp_data_for_course_competencies_page",
     "moodle/competency:coursecompetencyview", "access.why.alignments"},
    {LMS_ALIGNMENTS, "core_competency_list_course_module_competencies",
     "moodle/competency:coursecompetencyview", "access.why.alignments",
     .instead = "tool_lp_data_for_course_competencies_page"},
    {LMS_OPEN, "core_group_get_course_groups", GROUPS, "access.why.open_find"},
    {LMS_OPEN, "core_group_create_groups", GROUPS, "access.why.open_make",
     .writes = true},
    {LMS_OPEN, "core_group_get_group_members", GROUPS, "access.why.open_read"},
    {LMS_OPEN, "core_group_add_group_members", GROUPS, "access.why.open_add",
     .writes = true},
    {LMS_MESSAGE, "core_message_send_instant_messages",
     "moodle/site:sendmessage and moodle/site:messageanyuser", "access.why.message",
     .writes = true},
    {LMS_CALENDAR, "core_calendar_create_calendar_events",
     "moodle/calendar:manageentries", "access.why.calendar", .writes = true},
};

static size_t row_of(const char *function)
{
    size_t i = 0;
    while (i < MOODLE_NEEDS_N && strcmp(moodle_needs_list[i].function, function) != 0)
        i++;
    return i;
}

const char *moodle_needs_permission(const char *function)
{
    size_t i = row_of(function);
    return i < MOODLE_NEEDS_N ? moodle_needs_list[i].permission : "another permission";
}

bool moodle_needs_met(const struct lms *l, const char *function)
{
    size_t i = row_of(function);
    return i < MOODLE_NEEDS_N && (l->met >> i & 1) != 0;
}

static int on_function(void *ctx, struct js *v, struct arena *scratch, struct err *e)
{
    uint64_t *met = ctx;
    struct str name = js_text(v, "name");
    (void)scratch;
    (void)e;
    for (size_t i = 0; i < MOODLE_NEEDS_N; i++)
        if (str_is(name, moodle_needs_list[i].function))
            *met |= UINT64_C(1) << i;
    return 0;
}

/* The list says what the token's service includes; whether its user may do it in a course
 * shows when it is asked there. */
int moodle_needs_probe(const struct lms *l, struct lms_site *out, struct arena *a,
                       struct err *e)
{
    uint64_t met = 0;
    struct js *rest;
    struct moodle_call c = {.function = "core_webservice_get_site_info",
                            .params = STR_EMPTY,
                            .member = "functions",
                            .element = on_function,
                            .ctx = &met};
    if (moodle_call_run(l, &c, &rest, a, e) != 0)
        return -1;
    *out = (struct lms_site){.name = moodle_value_plain(a, js_text(rest, "sitename")),
                             .release = js_text(rest, "release"),
                             .can = lms_abilities(l->ops, met),
                             .met = met};
    return 0;
}
