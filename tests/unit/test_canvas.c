/* Canvas's REST API. The answers are written by us after its public documentation:
 * there is no recording of a real Canvas. */
#include "lms/canvas.h"
#include "lms/canvas_oauth.h"
#include "support/canvaskit.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *seen_text(void)
{
    return buf_view(&cnv.seen).p;
}

/* --- probe -------------------------------------------------------------------- */

#define SELF                                                                             \
    {                                                                                    \
        "GET", "/api/v1/users/self", NULL, 200, NULL, "{\"id\":\"1\"}"                   \
    }
#define ONE_COURSE                                                                       \
    {                                                                                    \
        "GET", "/api/v1/courses?per_page=1&", NULL, 200, NULL, "[{\"id\":\"12\"}]"       \
    }
#define EMPTY(path)                                                                      \
    {                                                                                    \
        "GET", "/api/v1/courses/12/" path, NULL, 200, NULL, "[]"                         \
    }

static bool met(const struct lms_site *site, const char *function)
{
    for (size_t i = 0; i < cnv.canvas.ops->needs_n; i++)
        if (strcmp(cnv.canvas.ops->needs[i].function, function) == 0)
            return (site->met >> i & 1) != 0;
    ck_abort_msg("no such row: %s", function);
}

START_TEST(probe_all)
{
    const struct step steps[] = {SELF,
                                 ONE_COURSE,
                                 {"GET", "*permissions[]=view_all_grades", NULL, 200,
                                  NULL,
                                  "{\"view_all_grades\":true,\"send_messages\":false}"},
                                 EMPTY("assignments?"),
                                 EMPTY("modules?"),
                                 EMPTY("enrollments?"),
                                 EMPTY("students/submissions?"),
                                 {"GET", "/api/v1/courses/12/groups", NULL, 401, NULL,
                                  "{\"errors\":[{\"message\":\"Insufficient scopes on "
                                  "access token.\"}]}"},
                                 EMPTY("outcome_group_links?"),
                                 EMPTY("outcome_results?"),
                                 {0}};
    struct lms_site site;
    canvaskit_start(steps);
    ck_assert_int_eq(cnv.canvas.ops->probe(&cnv.canvas, &site, cnv.a, &cnv.e), 0);
    ck_assert_int_eq(canvaskit_asked(), 10);
    ck_assert_uint_eq(site.can, LMS_CATALOGUE | LMS_PEOPLE | LMS_SUBMISSIONS |
                                    LMS_GRADES | LMS_ATTEMPTS | LMS_ANSWERS |
                                    LMS_CHANGES | LMS_ALIGNMENTS | LMS_OPEN |
                                    LMS_CALENDAR | LMS_OUTCOMES);
    ck_assert(!met(&site, "url:POST|/api/v1/conversations"));
    ck_assert(met(&site, "url:GET|/api/v1/courses/:course_id/students/submissions"));
}
END_TEST

START_TEST(probe_bad_token)
{
    const struct step steps[] = {{"GET", "/api/v1/users/self", NULL, 401, NULL,
                                  "{\"errors\":[{\"message\":\"Invalid access "
                                  "token.\"}]}"},
                                 {0}};
    struct lms_site site;
    canvaskit_start(steps);
    ck_assert_int_eq(cnv.canvas.ops->probe(&cnv.canvas, &site, cnv.a, &cnv.e), -1);
    ck_assert_int_eq(cnv.e.code, ERR_DENIED);
    ck_assert_ptr_nonnull(strstr(cnv.e.text, "not valid any more"));
}
END_TEST

/* --- catalogue ------------------------------------------------------------------ */

#define ASSIGNMENTS                                                                      \
    "[{\"id\":\"7\",\"name\":\" Essay \",\"points_possible\":20,\"published\":true,"     \
    "\"updated_at\":\"2026-02-01T00:00:00Z\",\"due_at\":\"2026-03-04T09:00:00Z\","       \
    "\"html_url\":\"https://c/7\","                                                      \
    "\"submission_types\":[\"online_text_entry\"],\"rubric\":[{\"outcome_id\":\"5\"}]}," \
    "{\"id\":8,\"name\":\"Quiz\",\"points_possible\":10.5,\"quiz_id\":80,"               \
    "\"html_url\":\"https://c/8\",\"submission_types\":[\"online_quiz\"]},"              \
    "{\"id\":\"9\",\"name\":\"Ours\",\"points_possible\":100,\"html_url\":\"https://c/"  \
    "9\",\"submission_types\":[\"external_tool\"],\"lti_context_id\":\"abc\","           \
    "\"external_tool_tag_attributes\":{\"url\":\"https://tool/x\"}},"                    \
    "{\"id\":\"10\",\"name\":\"Survey\",\"points_possible\":null,\"html_url\":"          \
    "\"https://c/10\",\"submission_types\":[\"none\"],\"published\":false},{}]"

static int on_activity(void *ctx, const struct lms_activity *r, struct err *err)
{
    (void)ctx;
    (void)err;
    buf_fmt(&cnv.seen, "%.*s %.*s '%.*s' %g @%d%s [%.*s] %.*s;", STR_ARG(r->key),
            STR_ARG(r->kind), STR_ARG(r->title), r->maximum, r->position,
            r->visible ? "" : " hidden", STR_ARG(r->section), STR_ARG(r->tool_url));
    return 0;
}

START_TEST(catalogue)
{
    const struct step steps[] = {
        {"GET", "/api/v1/courses/12/assignments?per_page=100", NULL, 200, NULL,
         ASSIGNMENTS},
        {"GET", "/api/v1/courses/12/modules?per_page=100&include[]=items", NULL, 200,
         NULL,
         "[{\"id\":1,\"name\":\"Unit 1\",\"published\":true,\"items\":["
         "{\"id\":31,\"type\":\"SubHeader\",\"title\":\"Read\"},"
         "{\"id\":32,\"type\":\"Page\",\"title\":\"Notes\",\"html_url\":\"https://c/"
         "32\"},"
         "{\"id\":33,\"type\":\"Quiz\",\"content_id\":80,\"title\":\"Quiz\"},"
         "{\"id\":34,\"type\":\"Quiz\",\"content_id\":81,\"title\":\"Practice\","
         "\"html_url\":\"https://c/34\"}]},"
         "{\"id\":2,\"name\":\"Unit 2\",\"published\":false,\"items_count\":1}]"},
        {"GET", "/api/v1/courses/12/modules/2/items?", NULL, 200, NULL,
         "[{\"id\":35,\"type\":\"Assignment\",\"content_id\":\"7\",\"title\":\"x\"}]"},
        {0}};
    canvaskit_start(steps);
    ck_assert_int_eq(cnv.canvas.ops->catalogue(&cnv.canvas, STR("12"), on_activity, NULL,
                                               cnv.a, &cnv.e),
                     0);
    ck_assert_int_eq(canvaskit_asked(), 3);
    ck_assert_str_eq(seen_text(), "item:32 page 'Notes' 0 @0 [Unit 1] ;"
                                  "quiz:81 quiz 'Practice' 0 @2 [Unit 1] ;"
                                  "assignment:7 assign 'Essay' 20 @3 hidden [Unit 2] ;"
                                  "assignment:8 quiz 'Quiz' 10.5 @1 [Unit 1] ;"
                                  "assignment:9 lti 'Ours' 100 @4 [] https://tool/x;"
                                  "assignment:10 assign 'Survey' 0 @5 hidden [] ;");
}
END_TEST

/* A course known by the id of its launch alone; modules that we may not see. */
START_TEST(catalogue_by_context)
{
    const struct step steps[] = {{"GET",
                                  "/api/v1/courses/lti_context_id:4dde05/assignments",
                                  NULL, 200, NULL, "[]"},
                                 {"GET", "/api/v1/courses/lti_context_id:4dde05/modules",
                                  NULL, 401, NULL, "{\"status\":\"unauthorized\"}"},
                                 {0}};
    canvaskit_start(steps);
    ck_assert_int_eq(cnv.canvas.ops->catalogue(&cnv.canvas, STR("4dde05"), on_activity,
                                               NULL, cnv.a, &cnv.e),
                     0);
}
END_TEST

static int on_alignment(void *ctx, const struct lms_alignment *r, struct err *err)
{
    (void)ctx;
    (void)err;
    buf_fmt(&cnv.seen, "%.*s %d %.*s '%.*s';", STR_ARG(r->activity_key), r->kind,
            STR_ARG(r->value), STR_ARG(r->title));
    return 0;
}

START_TEST(alignments)
{
    const struct step steps[] = {
        {"GET", "/api/v1/courses/12/assignments", NULL, 200, NULL, ASSIGNMENTS},
        {"GET", "/api/v1/courses/12/outcome_group_links", NULL, 200, NULL,
         "[{\"outcome\":{\"id\":5,\"title\":\"Fractions\",\"vendor_guid\":\"CC.4.NF\"}}"
         "]"},
        {0}};
    canvaskit_start(steps);
    ck_assert_int_eq(cnv.canvas.ops->alignments(&cnv.canvas, STR("12"), on_alignment,
                                                NULL, cnv.a, &cnv.e),
                     0);
    ck_assert_str_eq(seen_text(), "assignment:7 0 CC.4.NF 'Fractions';");
}
END_TEST

START_TEST(course_of_launch)
{
    const struct step none[] = {{0}};
    canvaskit_start(none);
    ck_assert(str_is(canvas_course(STR("4dde"), STR("https://c.test/api/lti/courses/123/"
                                                    "names_and_roles")),
                     "123"));
    ck_assert(str_is(
        canvas_course(STR("4dde"), STR("https://c.test/api/lti/courses/x/y")), "4dde"));
    ck_assert(str_is(canvas_course(STR("3"), STR("https://m.test/mod/lti/services.php/"
                                                 "CourseSection/3/bindings/1")),
                     "3"));
}
END_TEST

/* --- people ---------------------------------------------------------------------- */

static int on_person(void *ctx, const struct lms_person *r, struct err *err)
{
    (void)ctx;
    (void)err;
    buf_fmt(&cnv.seen, "%.*s %.*s %lld %.*s %.*s;", STR_ARG(r->id), STR_ARG(r->roles[0]),
            (long long)r->last_access_ms, STR_ARG(r->sourcedid), STR_ARG(r->login));
    return 0;
}

/* Two pages, the second by a relative link; the student of "Student View" is nobody. */
START_TEST(people)
{
    const struct step steps[] = {
        {"GET", "/api/v1/courses/12/enrollments?per_page=100&state[]=active", NULL, 200,
         "Link: </api/v1/courses/12/enrollments?page=2>; rel=\"next\",</x>; "
         "rel=\"last\"\r\n",
         "[{\"user_id\":36,\"type\":\"StudentEnrollment\",\"last_activity_at\":"
         "\"2026-01-01T00:00:01Z\",\"sis_user_id\":\"S1\",\"user\":{\"login_id\":"
         "\"ana\"}}]"},
        {"GET", "/api/v1/courses/12/enrollments?page=2", NULL, 200, NULL,
         "[{\"user_id\":\"66\",\"type\":\"TeacherEnrollment\",\"last_activity_at\":null},"
         "{\"user_id\":1,\"type\":\"StudentViewEnrollment\"}]"},
        {0}};
    canvaskit_start(steps);
    ck_assert_int_eq(
        cnv.canvas.ops->people(&cnv.canvas, STR("12"), on_person, NULL, cnv.a, &cnv.e),
        0);
    ck_assert_str_eq(seen_text(),
                     "36 student 1767225601000 S1 ana;66 editingteacher 0  ;");
}
END_TEST

START_TEST(person_by_sub)
{
    const struct step steps[] = {
        {"GET", "/api/v1/users/lti_1_3_id:a-b/profile", NULL, 200, NULL, "{\"id\":36}"},
        {"GET", "/api/v1/users/lti_1_3_id:c/profile", NULL, 404, NULL, "{}"},
        {0}};
    struct str id = STR_EMPTY;
    canvaskit_start(steps);
    ck_assert_int_eq(cnv.canvas.ops->person(&cnv.canvas, STR("a-b"), &id, cnv.a, &cnv.e),
                     0);
    ck_assert(str_is(id, "36"));
    ck_assert_int_eq(cnv.canvas.ops->person(&cnv.canvas, STR("c"), &id, cnv.a, &cnv.e),
                     -1);
    ck_assert_int_eq(cnv.e.code, ERR_NOTFOUND);
}
END_TEST

/* --- work -------------------------------------------------------------------------- */

static int on_work(void *ctx, const struct lms_submission *r, struct err *err)
{
    (void)ctx;
    (void)err;
    buf_fmt(&cnv.seen, "%.*s#%d%s", STR_ARG(r->key), r->number, r->current ? "!" : "");
    if (r->has_score)
        buf_fmt(&cnv.seen, "=%g/%g", r->score, r->maximum);
    buf_fmt(&cnv.seen, "%s%s", r->hidden ? " hidden" : "", r->excused ? " excused" : "");
    for (size_t i = 0; i < r->answers_n; i++) {
        buf_fmt(&cnv.seen, " %.*s:", STR_ARG(r->answers[i].item));
        if (r->answers[i].has_score)
            buf_fmt(&cnv.seen, "%g/%g", r->answers[i].score, r->answers[i].maximum);
    }
    buf_c(&cnv.seen, ";");
    return 0;
}

#define LIST                                                                             \
    {                                                                                    \
        "GET", "/api/v1/courses/12/assignments", NULL, 200, NULL, ASSIGNMENTS            \
    }
#define WORK                                                                             \
    "GET",                                                                               \
        "/api/v1/courses/12/students/submissions?student_ids[]=all&per_page=100"         \
        "&include[]=submission_history&include[]=rubric_assessment",                     \
        NULL, 200, NULL

static void read_work(int64_t since_ms, const char *from)
{
    struct lms_since since = {.since_ms = since_ms, .from = str_c(from)};
    ck_assert_msg(cnv.canvas.ops->submissions(&cnv.canvas, STR("12"), &since, on_work,
                                              NULL, cnv.a, &cnv.e) == 0,
                  "%s", cnv.e.text);
}

/* No score is no zero; excused is no score; what waits for a teacher is none; what is
 * held back says so; a zero of the late policy is a grade. */
START_TEST(scores)
{
    const struct step steps[] = {
        LIST,
        {WORK, "[{\"assignment_id\":7,\"user_id\":1,\"score\":null,\"attempt\":null,"
               "\"workflow_state\":\"unsubmitted\",\"posted_at\":null,\"missing\":true},"
               "{\"assignment_id\":7,\"user_id\":2,\"score\":0,\"attempt\":null,"
               "\"workflow_state\":\"graded\",\"missing\":true,\"posted_at\":"
               "\"2026-01-01T00:00:00Z\"},"
               "{\"assignment_id\":7,\"user_id\":3,\"score\":5,\"excused\":true},"
               "{\"assignment_id\":7,\"user_id\":4,\"score\":5,\"workflow_state\":"
               "\"pending_review\"},"
               "{\"assignment_id\":7,\"user_id\":5,\"score\":5,\"posted_at\":null},"
               "{\"assignment_id\":99,\"user_id\":5,\"score\":5},{\"score\":1}]"},
        {0}};
    canvaskit_start(steps);
    read_work(0, "");
    ck_assert_str_eq(seen_text(), "7:1:0#0! hidden;7:2:0#0!=0/20;7:3:0#0! excused;"
                                  "7:4:0#0!;7:5:0#0!=5/20 hidden;");
}
END_TEST

/* Attempts and answers; what questions are worth is asked once. */
START_TEST(attempts)
{
    const struct step steps[] = {
        LIST,
        {WORK, "[{\"assignment_id\":8,\"user_id\":1,\"score\":6,\"attempt\":2,"
               "\"submission_history\":["
               "{\"attempt\":1,\"score\":4,\"submitted_at\":\"2026-01-01T00:00:00Z\","
               "\"submission_data\":[{\"question_id\":801,\"points\":2,\"correct\":true},"
               "{\"question_id\":802,\"points\":0,\"correct\":\"undefined\"},"
               "{\"question_id\":803,\"points\":1,\"correct\":true}]},"
               "{\"attempt\":2,\"score\":6,\"submitted_at\":\"2026-01-02T00:00:00Z\","
               "\"submission_data\":[{\"question_id\":801,\"points\":1.5,\"correct\":"
               "\"partial\"}]},"
               "{\"attempt\":null,\"score\":6}]}]"},
        {"GET", "/api/v1/courses/12/quizzes/80/questions", NULL, 200, NULL,
         "[{\"id\":801,\"points_possible\":2,\"position\":1},"
         "{\"id\":802,\"points_possible\":3,\"position\":1,\"quiz_group_id\":4},"
         "{\"id\":803,\"points_possible\":0}]"},
        {0}};
    canvaskit_start(steps);
    read_work(0, "");
    ck_assert_int_eq(canvaskit_asked(), 3);
    ck_assert_str_eq(seen_text(), "8:1:1#1=4/10.5 1:2/2 q802:;8:1:2#2=6/10.5 1:1.5/2;"
                                  "8:1:2#2!=6/10.5;");
}
END_TEST

/* Where what questions are worth may not be known, attempts still count. */
START_TEST(attempts_without_answers)
{
    const struct step steps[] = {
        LIST,
        {WORK, "[{\"assignment_id\":8,\"user_id\":1,\"score\":6,\"attempt\":1,"
               "\"submission_history\":[{\"attempt\":1,\"score\":6,\"submitted_at\":"
               "\"2026-01-01T00:00:00Z\",\"submission_data\":[{\"question_id\":801,"
               "\"points\":2,\"correct\":true}]}]}]"},
        {"GET", "/api/v1/courses/12/quizzes/80/questions", NULL, 401, NULL, "{}"},
        {0}};
    canvaskit_start(steps);
    read_work(0, "");
    ck_assert_str_eq(seen_text(), "8:1:1#1=6/10.5;8:1:1#1!=6/10.5;");
}
END_TEST

/* A rubric that makes the grade counts line by line, once all of it is marked. */
START_TEST(rubric)
{
    const struct step steps[] = {
        {"GET", "/api/v1/courses/12/assignments", NULL, 200, NULL,
         "[{\"id\":7,\"points_possible\":9,\"use_rubric_for_grading\":true,\"rubric\":["
         "{\"id\":\"_1\",\"points\":5},{\"id\":\"_x\",\"points\":3,"
         "\"ignore_for_scoring\":true},{\"id\":\"_2\",\"points\":4}]},"
         "{\"id\":8,\"points_possible\":9,\"rubric\":[{\"id\":\"_1\",\"points\":5}]}]"},
        {WORK, "[{\"assignment_id\":7,\"user_id\":1,\"score\":7,\"rubric_assessment\":"
               "{\"_1\":{\"points\":3},\"_2\":{\"points\":4.0}}},"
               "{\"assignment_id\":7,\"user_id\":2,\"score\":3,\"rubric_assessment\":"
               "{\"_1\":{\"points\":3}}},"
               "{\"assignment_id\":7,\"user_id\":3,\"score\":null,\"rubric_assessment\":"
               "{\"_1\":{\"points\":3},\"_2\":{\"points\":4.0}}},"
               "{\"assignment_id\":7,\"user_id\":4,\"score\":9,\"rubric_assessment\":"
               "{\"_1\":{\"points\":3},\"_2\":{\"points\":4.0}}},"
               "{\"assignment_id\":8,\"user_id\":1,\"score\":3,\"rubric_assessment\":"
               "{\"_1\":{\"points\":3}}}]"},
        {0}};
    canvaskit_start(steps);
    read_work(0, "");
    ck_assert_str_eq(seen_text(), "7:1:0#0!=7/9 1:3/5 3:4/4;7:2:0#0!=3/9 1: 3:;"
                                  "7:3:0#0! 1: 3:;7:4:0#0!=9/9 1: 3:;"
                                  "8:1:0#0!=3/9;");
}
END_TEST

/* Two questions, because Canvas joins conditions with "and"; the assignments are
 * known. */
START_TEST(changes)
{
    const struct step steps[] = {
        LIST,
        {"GET", "*submitted_since=2026-01-01T00%3A00%3A00.000Z", NULL, 200, NULL, "[]"},
        {"GET", "*graded_since=2026-01-01T00%3A00%3A00.000Z", NULL, 200, NULL, "[]"},
        {"GET", "*submitted_since=", NULL, 200, NULL, "[]"},
        {"GET", "*graded_since=", NULL, 200, NULL, "[]"},
        {0}};
    canvaskit_start(steps);
    read_work(INT64_C(1767225600000), "");
    read_work(INT64_C(1767225600000), "");
    ck_assert_int_eq(canvaskit_asked(), 5);
}
END_TEST

static int on_change(void *ctx, const struct lms_change *r, struct err *err)
{
    (void)ctx;
    (void)err;
    buf_fmt(&cnv.seen, "%.*s%s%s;", STR_ARG(r->activity_key), r->work ? " work" : "",
            r->settings ? " settings" : "");
    return 0;
}

/* Which assignments were edited costs the list that the work needs anyway. */
START_TEST(edited)
{
    const struct step steps[] = {LIST,
                                 {"GET", "*submitted_since=", NULL, 200, NULL, "[]"},
                                 {"GET", "*graded_since=", NULL, 200, NULL, "[]"},
                                 {0}};
    canvaskit_start(steps);
    ck_assert_int_eq(cnv.canvas.ops->changes(&cnv.canvas, STR("12"),
                                             INT64_C(1767225600000), on_change, NULL,
                                             cnv.a, &cnv.e),
                     0);
    ck_assert_str_eq(seen_text(), " work;assignment:7 settings;");
    read_work(INT64_C(1767225600000), "");
    ck_assert_int_eq(canvaskit_asked(), 3);
}
END_TEST

static int on_page(void *ctx, struct str next, struct err *err)
{
    (void)err;
    *(struct str *)ctx = str_dup(cnv.a, next);
    return 0;
}

/* After a crash the reading goes on with the page that it was at. */
START_TEST(resumed)
{
    const struct step steps[] = {
        LIST,
        {"GET", "*submitted_since=", NULL, 200, NULL, "[]"},
        {"GET", "*graded_since=", NULL, 200,
         "Link: </api/v1/courses/12/students/submissions?graded_since=x&page=2>; "
         "rel=\"next\"\r\n",
         "[]"},
        {"GET", "*graded_since=x&page=2", NULL, 503, NULL, "{}"},
        {"GET", "*graded_since=x&page=2", NULL, 200, NULL, "[]"},
        {0}};
    struct str at = STR_EMPTY;
    struct lms_since since = {.since_ms = 1, .page = on_page, .ctx = &at};
    since.from = STR_EMPTY;
    canvaskit_start(steps);
    ck_assert_int_eq(cnv.canvas.ops->submissions(&cnv.canvas, STR("12"), &since, on_work,
                                                 NULL, cnv.a, &cnv.e),
                     -1);
    ck_assert_int_eq(cnv.e.code, ERR_UNAVAILABLE);
    ck_assert(str_ends(at, STR("graded_since=x&page=2")));
    read_work(1, str_z(cnv.a, at));
    ck_assert_int_eq(canvaskit_asked(), 5);
}
END_TEST

/* --- refusals
 * ------------------------------------------------------------------------ */

static const struct {
    int status;
    const char *head;
    const char *body;
    enum err_code code;
    const char *words;
} refusals[] = {
    {401, NULL, "{\"errors\":[{\"message\":\"Invalid access token.\"}]}", ERR_DENIED,
     "not valid any more"},
    {401, NULL, "{\"status\":\"unauthorized\"}", ERR_DENIED, "may not do this"},
    {401, NULL, "{\"errors\":[{\"message\":\"Insufficient scopes on access token.\"}]}",
     ERR_DENIED, "url:GET|/api/v1/courses/:course_id/enrollments"},
    {403, NULL, "403 Forbidden (Rate Limit Exceeded)", ERR_UNAVAILABLE, "pause"},
    {429, NULL, "429 Forbidden (Rate Limit Exceeded)", ERR_UNAVAILABLE, "429"},
    {403, NULL, "{}", ERR_DENIED, "may not"},
    {404, NULL, "{\"errors\":[{\"message\":\"The specified resource does not exist.\"}]}",
     ERR_NOTFOUND, "no such thing"},
    {500, NULL, "{}", ERR_UNAVAILABLE, "500"},
    {302, "Location: https://elsewhere.test/\r\n", "", ERR_INPUT, "redirects"},
    {422, NULL, "{}", ERR_INPUT, "422"},
    {200, NULL, "<!doctype html>", ERR_INPUT, ""},
    {200, NULL, "[{\"user_id\":1", ERR_INPUT, ""},
    {200, NULL, "{\"errors\":[]}", ERR_INPUT, "not what it should be"},
    {200, "Link: <https://elsewhere.test/x>; rel=\"next\"\r\n", "[]", ERR_DENIED,
     "another site"},
    {200,
     "Link: </api/v1/courses/12/enrollments?per_page=100&state[]=active>; "
     "rel=\"next\"\r\n",
     "[]", ERR_INPUT, "itself"},
};

START_TEST(refused)
{
    const struct step steps[] = {{"GET", "/api/v1/courses/12/enrollments", NULL,
                                  refusals[_i].status, refusals[_i].head,
                                  refusals[_i].body},
                                 {0}};
    canvaskit_start(steps);
    ck_assert_int_eq(
        cnv.canvas.ops->people(&cnv.canvas, STR("12"), on_person, NULL, cnv.a, &cnv.e),
        -1);
    ck_assert_msg(cnv.e.code == refusals[_i].code, "%d: %s", cnv.e.code, cnv.e.text);
    ck_assert_msg(strstr(cnv.e.text, refusals[_i].words) != NULL, "%s", cnv.e.text);
    ck_assert_ptr_null(strstr(cnv.e.text, "7~t"));
}
END_TEST

/* --- writers
 * -------------------------------------------------------------------------- */

#define OVERRIDES "/api/v1/courses/12/assignments/7/overrides"
#define MODULE "/api/v1/courses/12/modules/3/assignment_overrides"

static struct lms_opening opening(const char *target)
{
    return (struct lms_opening){.kind = LMS_BY_OVERRIDE,
                                .name = STR("Waymark: Unit 2"),
                                .mark = STR("waymark-open-1"),
                                .target = str_c(target),
                                .key = STR_EMPTY};
}

static int on_user(void *ctx, struct str user, struct err *err)
{
    (void)ctx;
    (void)err;
    buf_fmt(&cnv.seen, "%.*s;", STR_ARG(user));
    return 0;
}

/* The first student makes the override, the next one joins it, who is in stays in. */
START_TEST(override)
{
    const struct step steps[] = {
        {"GET", OVERRIDES "?", NULL, 200, NULL, "[]"},
        {"GET", OVERRIDES "?", NULL, 200, NULL, "[]"},
        {"POST", OVERRIDES, "{\"assignment_override\":{\"student_ids\":[\"36\"],", 201,
         NULL, "{\"id\":90}"},
        {"GET", OVERRIDES "?", NULL, 200, NULL,
         "[{\"id\":90,\"title\":\"Waymark: Unit 2\",\"student_ids\":[36]},"
         "{\"id\":91,\"title\":\"Late\",\"student_ids\":[40]}]"},
        {"PUT", OVERRIDES "/90", "\"student_ids\":[\"36\",\"37\"]", 200, NULL,
         "{\"id\":90}"},
        {"GET", OVERRIDES "?", NULL, 200, NULL,
         "[{\"id\":90,\"title\":\"2 students\",\"student_ids\":[36,37]}]"},
        {0}};
    struct lms_opening o = opening("assignment:7");
    struct str key, receipt, first[] = {STR("36")},
                             more[] = {STR("36"), STR("37"), STR("40")};
    canvaskit_start(steps);
    ck_assert_int_eq(
        cnv.canvas.ops->opening_make(&cnv.canvas, STR("12"), &o, &key, cnv.a, &cnv.e), 0);
    ck_assert(str_is(key, "assignment:7"));
    ck_assert_int_eq(cnv.canvas.ops->opening_add(&cnv.canvas, STR("12"), &o, first, 1,
                                                 &receipt, cnv.a, &cnv.e),
                     0);
    ck_assert(str_is(receipt, "override 90: 1 new, 0 were in already"));
    ck_assert_int_eq(cnv.canvas.ops->opening_add(&cnv.canvas, STR("12"), &o, more, 3,
                                                 &receipt, cnv.a, &cnv.e),
                     0);
    ck_assert(str_is(receipt, "override 90: 1 new, 2 were in already"));
    ck_assert_int_eq(cnv.canvas.ops->opening_read(&cnv.canvas, STR("12"), &o, on_user,
                                                  NULL, cnv.a, &cnv.e),
                     0);
    ck_assert_str_eq(seen_text(), "36;37;");
    ck_assert_int_eq(canvaskit_asked(), 6);
}
END_TEST

/* Canvas replaces all overrides of a module: those of others go along. */
START_TEST(override_of_module)
{
    const struct step steps[] = {
        {"GET", MODULE "?", NULL, 200, NULL,
         "[{\"id\":5,\"title\":\"Section\",\"course_section\":{\"id\":2}},"
         "{\"id\":6,\"title\":\"x\",\"students\":[{\"id\":40}]}]"},
        {"PUT", MODULE,
         "{\"overrides\":[{\"course_section_id\":\"2\",\"id\":\"5\",\"title\":"
         "\"Section\"},"
         "{\"id\":\"6\",\"student_ids\":[\"40\"],\"title\":\"x\"},"
         "{\"student_ids\":[\"36\"],\"title\":\"Waymark: Unit 2\"}]}",
         204, NULL, ""},
        {0}};
    struct lms_opening o = opening("module:3");
    struct str receipt, users[] = {STR("36"), STR("40")};
    canvaskit_start(steps);
    ck_assert_msg(cnv.canvas.ops->opening_add(&cnv.canvas, STR("12"), &o, users, 2,
                                              &receipt, cnv.a, &cnv.e) == 0,
                  "%s", cnv.e.text);
    ck_assert_int_eq(canvaskit_asked(), 2);
}
END_TEST

/* Somebody was let in by another hand in between. */
START_TEST(override_taken)
{
    const struct step steps[] = {{"GET", OVERRIDES "?", NULL, 200, NULL, "[]"},
                                 {"POST", OVERRIDES, NULL, 422, NULL,
                                  "{\"errors\":{\"assignment_override_students\":[{"
                                  "\"message\":\"already belongs to "
                                  "an assignment override\"}]}}"},
                                 {0}};
    struct lms_opening o = opening("assignment:7"), wrong = opening("page:1");
    struct str receipt, users[] = {STR("36")};
    canvaskit_start(steps);
    ck_assert_int_eq(cnv.canvas.ops->opening_add(&cnv.canvas, STR("12"), &o, users, 1,
                                                 &receipt, cnv.a, &cnv.e),
                     -1);
    ck_assert_int_eq(cnv.e.code, ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(cnv.e.text, "in another override"));
    ck_assert_int_eq(cnv.canvas.ops->opening_add(&cnv.canvas, STR("12"), &wrong, users, 1,
                                                 &receipt, cnv.a, &cnv.e),
                     -1);
    ck_assert_int_eq(canvaskit_asked(), 2);
}
END_TEST

START_TEST(message_and_event)
{
    const struct step steps[] = {
        {"POST", "/api/v1/conversations",
         "{\"body\":\"Hello\",\"force_new\":true,\"recipients\":[\"36\"]}", 201, NULL,
         "[{\"id\":5}]"},
        {"GET", "/api/v1/courses/lti_context_id:4dde", NULL, 200, NULL, "{\"id\":12}"},
        {"POST", "/api/v1/calendar_events", "\"context_code\":\"course_12\"", 201, NULL,
         "{\"id\":6}"},
        {0}};
    struct lms_message m = {STR("36"), STR("Hello")};
    struct lms_event v = {.name = STR("Talk"), .at_ms = 1, .length_ms = 60000};
    struct str receipt;
    canvaskit_start(steps);
    ck_assert_int_eq(
        cnv.canvas.ops->message_send(&cnv.canvas, &m, &receipt, cnv.a, &cnv.e), 0);
    ck_assert(str_is(receipt, "conversation 5"));
    v.text = v.group_key = STR_EMPTY;
    ck_assert_int_eq(cnv.canvas.ops->calendar_add(&cnv.canvas, STR("4dde"), &v, &receipt,
                                                  cnv.a, &cnv.e),
                     0);
    ck_assert(str_is(receipt, "event 6"));
}
END_TEST

/* --- developer keys
 * -------------------------------------------------------------------- */

START_TEST(oauth)
{
    const struct step steps[] = {
        {"POST", "/login/oauth2/token",
         "client_id=17&client_secret=a%26b&redirect_uri=https%3A%2F%2Ft%2Fx&grant_type="
         "authorization_code&code=c%2Bd",
         200, NULL,
         "{\"access_token\":\"7~n\",\"refresh_token\":\"r\",\"expires_in\":3600}"},
        {"POST", "/login/oauth2/token", "grant_type=refresh_token&refresh_token=r", 200,
         NULL, "{\"access_token\":\"7~o\"}"},
        {"POST", "/login/oauth2/token", NULL, 400, NULL, "{\"error\":\"invalid_grant\"}"},
        {"POST", "/login/oauth2/token", NULL, 503, NULL, ""},
        {"POST", "/login/oauth2/token", NULL, 200, NULL, "{\"access_token\":\"\"}"},
        {0}};
    struct canvas_oauth_token t;
    canvaskit_start(steps);
    struct canvas_oauth k = {cnv.http, cnv.canvas.base_url, STR("17"), STR("a&b"),
                             STR("https://t/x")};
    ck_assert_int_eq(canvas_oauth_code(&k, STR("c+d"), &t, cnv.a, &cnv.e), 0);
    ck_assert(str_is(t.access, "7~n") && str_is(t.refresh, "r") && t.life_ms == 3600000);
    ck_assert_int_eq(canvas_oauth_renew(&k, STR("r"), &t, cnv.a, &cnv.e), 0);
    ck_assert(str_is(t.access, "7~o") && t.refresh.n == 0);
    ck_assert_int_eq(canvas_oauth_renew(&k, STR("r"), &t, cnv.a, &cnv.e), -1);
    ck_assert_int_eq(cnv.e.code, ERR_DENIED);
    ck_assert_int_eq(canvas_oauth_renew(&k, STR("r"), &t, cnv.a, &cnv.e), -1);
    ck_assert_int_eq(cnv.e.code, ERR_UNAVAILABLE);
    ck_assert_int_eq(canvas_oauth_renew(&k, STR("r"), &t, cnv.a, &cnv.e), -1);
    ck_assert_int_eq(cnv.e.code, ERR_INPUT);
    ck_assert(str_find(canvas_oauth_address(cnv.a, &k, cnv.canvas.ops, STR("s/t")),
                       STR("&state=s%2Ft&scope=url%3AGET%7C%2Fapi%2Fv1%2Fusers%2F%3Aid"),
                       0) != SIZE_MAX);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("canvas");
    TCase *t = tcase_create("canvas");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, canvaskit_setup, canvaskit_teardown);
    tcase_add_test(t, probe_all);
    tcase_add_test(t, probe_bad_token);
    tcase_add_test(t, catalogue);
    tcase_add_test(t, catalogue_by_context);
    tcase_add_test(t, alignments);
    tcase_add_test(t, course_of_launch);
    tcase_add_test(t, people);
    tcase_add_test(t, person_by_sub);
    tcase_add_test(t, scores);
    tcase_add_test(t, attempts);
    tcase_add_test(t, attempts_without_answers);
    tcase_add_test(t, rubric);
    tcase_add_test(t, changes);
    tcase_add_test(t, edited);
    tcase_add_test(t, resumed);
    tcase_add_loop_test(t, refused, 0, (int)(sizeof refusals / sizeof refusals[0]));
    tcase_add_test(t, override);
    tcase_add_test(t, override_of_module);
    tcase_add_test(t, override_taken);
    tcase_add_test(t, message_and_event);
    tcase_add_test(t, oauth);
    suite_add_tcase(s, t);
    return suite_main(s);
}
