/* Results by learning outcome on Canvas. The answers are written by us after its public
 * documentation: there is no recording of a real Canvas. */
#include "lms/canvas.h"
#include "support/canvaskit.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define WORKS                                                                            \
    "[{\"id\":1,\"quiz_id\":9,\"points_possible\":9},"                                   \
    "{\"id\":2,\"points_possible\":9,\"use_rubric_for_grading\":true,\"rubric\":"        \
    "[{\"id\":\"_1\",\"points\":5,\"outcome_id\":5}]},"                                  \
    "{\"id\":3,\"points_possible\":9,\"rubric\":[{\"id\":\"_1\",\"points\":5}]},"        \
    "{\"id\":4,\"submission_types\":[\"external_tool\"],\"points_possible\":9}]"
#define AT ",\"submitted_or_assessed_at\":\"1970-01-01T00:00:01Z\""
#define ROW(id, told, user, outcome, work)                                               \
    "{\"id\":" #id "," told ",\"links\":{\"user\":\"" #user                              \
    "\",\"learning_outcome\":\"" #outcome "\",\"alignment\":\"" work "\"}},"

static const char first[] =
    "{\"outcome_results\":[" ROW(1, "\"score\":1,\"possible\":5" AT, 8, 5, "assignment_1")
        ROW(2, "\"score\":1,\"possible\":5" AT, 8, 5, "assignment_2")
            ROW(3, "\"score\":2,\"possible\":4" AT, 8, 5, "assignment_3")
                ROW(4, "\"score\":0" AT, 8, 5, "assignment_4")
                    ROW(5, "\"score\":null,\"possible\":3" AT, 9, 5,
                        "assignment_4") "{}],\"linked\":{\"outcomes\":[]}}";
static const char second[] =
    "{\"outcome_results\":[" ROW(6, "\"score\":3,\"percent\":0.5" AT, 8, 6,
                                 "assignment_4") ROW(7, "\"score\":3" AT, 9, 7, "4")
        ROW(8, "\"score\":3" AT, 8, 5, "assessment_question_bank_4")
            ROW(9, "\"score\":3", 8, 5, "assignment_4")
                ROW(10, "\"score\":3,\"hidden\":true" AT, 8, 5, "assignment_4") "7]}";
static const char one[] = "{\"outcome_results\":[" ROW(1, "\"score\":1,\"possible\":5" AT,
                                                       8, 5, "assignment_4") "{}]}";

static int on_outcome(void *ctx, const struct lms_outcome *r, struct err *err)
{
    (void)ctx;
    (void)err;
    buf_fmt(&cnv.seen, "%.*s %.*s %.*s %.*s '%.*s' ", STR_ARG(r->activity_key),
            STR_ARG(r->user_id), STR_ARG(r->outcome), STR_ARG(r->value),
            STR_ARG(r->title));
    if (r->has_score)
        buf_fmt(&cnv.seen, "%g/%g;", r->score, r->maximum);
    else
        buf_fmt(&cnv.seen, "-/%g;", r->maximum);
    if (r->elsewhere)
        buf_fmt(&cnv.seen, "not;");
    ck_assert_int_eq(r->at_ms, 1000);
    return 0;
}

/* Two pages. A classic quiz and a rubric that makes the grade tell their parts already, a
 * rubric beside the grade does not; a bank of questions, a result without a time and a
 * hidden one are nothing; no score is no zero; without points an outcome's own count,
 * else the share. */
START_TEST(outcomes)
{
    const struct step steps[] = {
        {"GET", "/api/v1/courses/12/assignments", NULL, 200, NULL, WORKS},
        {"GET", "/api/v1/courses/12/outcome_group_links", NULL, 200, NULL,
         "[{\"outcome\":{\"id\":5,\"title\":\"Fractions\",\"vendor_guid\":\"4.NF\","
         "\"points_possible\":5}},"
         "{\"outcome\":{\"id\":6,\"title\":\"T\",\"display_name\":\"Lines\"}}]"},
        {"GET", "/api/v1/courses/12/outcome_results?per_page=100", NULL, 200,
         "Link: </api/v1/courses/12/outcome_results?page=2>; rel=\"next\"\r\n", first},
        {"GET", "/api/v1/courses/12/outcome_results?page=2", NULL, 200, NULL, second},
        {0}};
    canvaskit_start(steps);
    ck_assert_msg(cnv.canvas.ops->outcomes(&cnv.canvas, STR("12"), on_outcome, NULL,
                                           cnv.a, &cnv.e) == 0,
                  "%s", cnv.e.text);
    ck_assert_int_eq(canvaskit_asked(), 4);
    ck_assert_str_eq(buf_view(&cnv.seen).p, "assignment:1 8 5 4.NF 'Fractions' 1/5;not;"
                                            "assignment:2 8 5 4.NF 'Fractions' 1/5;not;"
                                            "assignment:3 8 5 4.NF 'Fractions' 2/4;"
                                            "assignment:4 8 5 4.NF 'Fractions' 0/5;"
                                            "assignment:4 9 5 4.NF 'Fractions' -/3;"
                                            "assignment:4 8 6 Lines 'T' 0.5/1;"
                                            "assignment:4 9 7  '' -/1;");
}
END_TEST

/* Without the list of outcomes they have no names; the refusal of the results is one. */
START_TEST(outcomes_refused)
{
    const struct step steps[] = {
        {"GET", "/api/v1/courses/12/assignments", NULL, 200, NULL, WORKS},
        {"GET", "/api/v1/courses/12/outcome_group_links", NULL, 401, NULL, "{}"},
        {"GET", "/api/v1/courses/12/outcome_results", NULL, 200, NULL, one},
        {"GET", "/api/v1/courses/12/outcome_group_links", NULL, 200, NULL, "[]"},
        {"GET", "/api/v1/courses/12/outcome_results", NULL, 401, NULL, "{}"},
        {"GET", "/api/v1/courses/12/outcome_group_links", NULL, 200, NULL, "[]"},
        {"GET", "/api/v1/courses/12/outcome_results", NULL, 200, NULL, "[]"},
        {0}};
    canvaskit_start(steps);
    ck_assert_int_eq(
        cnv.canvas.ops->outcomes(&cnv.canvas, STR("12"), on_outcome, NULL, cnv.a, &cnv.e),
        0);
    ck_assert_str_eq(buf_view(&cnv.seen).p, "assignment:4 8 5  '' 1/5;");
    ck_assert_int_eq(
        cnv.canvas.ops->outcomes(&cnv.canvas, STR("12"), on_outcome, NULL, cnv.a, &cnv.e),
        -1);
    ck_assert_int_eq(cnv.e.code, ERR_DENIED);
    ck_assert_int_eq(
        cnv.canvas.ops->outcomes(&cnv.canvas, STR("12"), on_outcome, NULL, cnv.a, &cnv.e),
        -1);
    ck_assert_int_eq(cnv.e.code, ERR_INPUT);
    ck_assert_ptr_null(lms_find(STR("moodle"))->outcomes);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("canvas_outcomes");
    TCase *t = tcase_create("canvas_outcomes");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, canvaskit_setup, canvaskit_teardown);
    tcase_add_test(t, outcomes);
    tcase_add_test(t, outcomes_refused);
    suite_add_tcase(s, t);
    return suite_main(s);
}
