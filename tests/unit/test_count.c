/* Which rows count: one grade by several routes counts once. */
#include "engine/count.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <string.h>

static struct arena *a;

static void setup(void)
{
    a = arena_new(64u << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static struct ev row(int64_t id, enum ev_kind kind, int64_t at, double score, double max)
{
    return (struct ev){.id = id,
                       .observed_ms = at,
                       .fact_key = str_fmt(a, "f%d", (int)id),
                       .kind = kind,
                       .has_score = true,
                       .score = score,
                       .maximum = max,
                       .weight = 1,
                       .source_kind = STR("moodle-ws"),
                       .activity_id = 1};
}

static bool has(const struct counted *c, int64_t id)
{
    for (size_t i = 0; i < c->row_n; i++) {
        if (c->rows[i].id == id) {
            return true;
        }
    }
    return false;
}

START_TEST(answers_win_over_the_grade)
{
    struct ev v[3] = {row(1, EV_ANSWER, 10, 1, 1), row(2, EV_ANSWER, 10, 0, 1),
                      row(3, EV_GRADE, 20, 5, 10)};
    v[0].item = STR("1");
    v[1].item = STR("2");
    struct counted c;
    count_rows(a, v, 3, &c);
    ck_assert_uint_eq(c.row_n, 2);
    ck_assert(!has(&c, 3));
    ck_assert_msg(c.conflict_n == 0, "1 of 2 and 5 of 10 agree");
}
END_TEST

START_TEST(a_route_that_delivered_nothing_does_not_win)
{
    struct ev v[2] = {row(1, EV_ANSWER, 10, 0, 1), row(2, EV_GRADE, 20, 5, 10)};
    v[0].has_score = false; /* an essay that waits for its mark */
    struct counted c;
    count_rows(a, v, 2, &c);
    ck_assert(has(&c, 2));
    count_rows(a, v, 1, &c);
    ck_assert_msg(has(&c, 1), "alone it is still a fact: something was handed in");
}
END_TEST

START_TEST(routes_that_disagree_are_told)
{
    struct ev v[3] = {row(1, EV_ATTEMPT, 10, 4, 10), row(2, EV_ATTEMPT, 11, 8, 10),
                      row(3, EV_GRADE, 20, 8, 10)};
    v[0].attempt = STR("1");
    v[1].attempt = STR("2");
    v[2].source_kind = STR("ags");
    struct counted c;
    count_rows(a, v, 3, &c);
    ck_assert_uint_eq(c.row_n, 2);
    ck_assert_msg(c.conflict_n == 0, "the grade is the best attempt");
    v[2].score = 6;
    count_rows(a, v, 3, &c);
    ck_assert_msg(c.conflict_n == 0, "the grade is the mean");
    v[2].score = 9.5;
    count_rows(a, v, 3, &c);
    ck_assert_uint_eq(c.conflict_n, 1);
    ck_assert_double_eq_tol(c.conflicts[0].other_share, 0.95, 1e-12);
    ck_assert(str_is(c.conflicts[0].other_source, "ags"));
    ck_assert_msg(c.row_n == 2 && !has(&c, 3), "told, never averaged");
}
END_TEST

START_TEST(superseded_rows_are_dropped)
{
    struct ev v[3] = {row(1, EV_ATTEMPT, 10, 5, 10), row(2, EV_ATTEMPT, 10, 7, 10),
                      row(3, EV_ATTEMPT, 10, 6, 10)};
    v[1].supersedes = 1;
    v[2].supersedes = 2;
    struct counted c;
    count_rows(a, v, 3, &c);
    ck_assert_uint_eq(c.row_n, 1);
    ck_assert(has(&c, 3));
}
END_TEST

START_TEST(a_current_grade_is_the_newest)
{
    struct ev v[3] = {row(1, EV_GRADE, 10, 5, 10), row(2, EV_GRADE, 20, 7, 10),
                      row(3, EV_GRADE, 30, 5, 10)};
    struct counted c;
    count_rows(a, v, 3, &c);
    ck_assert_uint_eq(c.row_n, 1);
    ck_assert(has(&c, 3));
    v[2].has_score = false; /* taken back: absent, not 0 */
    count_rows(a, v, 3, &c);
    ck_assert_uint_eq(c.row_n, 1);
    struct count_result *r;
    ck_assert_uint_eq(count_results(a, &c, &r), 0);
}
END_TEST

/* Canvas: work that waits for a mark, and its mark later, are of one time and one
 * attempt. Which of the two counted was up to the hashes of their fact keys. */
START_TEST(handed_in_does_not_hide_the_mark_of_its_attempt)
{
    struct ev v[2] = {row(1, EV_ATTEMPT, 10, 0, 10), row(2, EV_ATTEMPT, 10, 7, 10)};
    v[0].has_score = false;
    v[0].attempt = v[1].attempt = STR("1");
    for (int i = 0; i < 3; i++) {
        struct counted c;
        struct count_result *r;
        v[0].fact_key = i == 0 ? STR("a") : STR("z");
        v[0].observed_ms = i == 2 ? 11 : 10;
        count_rows(a, v, 2, &c);
        ck_assert_uint_eq(c.row_n, 1);
        ck_assert_uint_eq(count_results(a, &c, &r), 1);
        ck_assert_double_eq(r[0].share, 0.7);
    }
}
END_TEST

START_TEST(files_come_last_and_sources_have_an_order)
{
    struct ev v[3] = {row(1, EV_GRADE, 10, 5, 10), row(2, EV_GRADE, 10, 5, 10),
                      row(3, EV_GRADE, 10, 5, 10)};
    v[0].source_kind = STR("file");
    v[1].source_kind = STR("ags");
    v[2].source_kind = STR("moodle-ws");
    struct counted c;
    count_rows(a, v, 3, &c);
    ck_assert_uint_eq(c.row_n, 1);
    ck_assert(has(&c, 3));
    count_rows(a, v, 2, &c);
    ck_assert(has(&c, 2));
}
END_TEST

START_TEST(facts_without_grades_stay)
{
    struct ev v[4] = {row(1, EV_ACCESS, 10, 0, 0), row(2, EV_COMPLETION, 10, 0, 0),
                      row(3, EV_JUDGEMENT, 10, 1, 1), row(4, EV_SELF_REPORT, 10, 1, 1)};
    struct counted c;
    count_rows(a, v, 4, &c);
    ck_assert_uint_eq(c.row_n, 4);
    count_rows(a, NULL, 0, &c);
    ck_assert_uint_eq(c.row_n, 0);
}
END_TEST

START_TEST(results_add_up_answers)
{
    struct ev v[4] = {row(1, EV_ANSWER, 10, 2, 2), row(2, EV_ANSWER, 12, 0, 2),
                      row(3, EV_ANSWER, 30, 2, 2), row(4, EV_ANSWER, 31, 2, 2)};
    for (int i = 0; i < 4; i++) {
        v[i].attempt = i < 2 ? STR("a") : STR("b");
        v[i].item = str_fmt(a, "%d", i % 2);
    }
    v[3].low_effort = true;
    struct counted c;
    struct count_result *r;
    count_rows(a, v, 4, &c);
    ck_assert_uint_eq(count_results(a, &c, &r), 2);
    ck_assert_double_eq(r[0].share, 0.5);
    ck_assert_double_eq(r[0].got, 1.0);
    ck_assert_double_eq(r[0].of, 2.0);
    ck_assert_int_eq(r[0].at_ms, 12);
    ck_assert_uint_eq(r[1].id_n, 1);
}
END_TEST

static struct ev random_row(uint64_t *seed, int64_t id)
{
    static const char *const sources[] = {"moodle-ws", "ags", "file", "xapi", "zebra"};
    struct ev r = row(id, (enum ev_kind)mapmake_below(seed, 7), mapmake_below(seed, 20),
                      mapmake_below(seed, 11), 10);
    r.activity_id = mapmake_below(seed, 4);
    r.source_kind = str_c(sources[mapmake_below(seed, 5)]);
    r.attempt = str_fmt(a, "%d", (int)mapmake_below(seed, 3));
    r.item =
        r.kind == EV_ANSWER ? str_fmt(a, "%d", (int)mapmake_below(seed, 4)) : STR_EMPTY;
    r.has_score = mapmake_unit(seed) < 0.8;
    r.supersedes = mapmake_unit(seed) < 0.2 ? 1 + mapmake_below(seed, (int32_t)id) : 0;
    r.supersedes = r.supersedes == id ? 0 : r.supersedes;
    return r;
}

START_TEST(order_of_arrival_never_matters)
{
    uint64_t seed = 5;
    for (int round = 0; round < 1500; round++) {
        struct ev v[40];
        int n = mapmake_below(&seed, 40);
        for (int i = 0; i < n; i++) {
            v[i] = random_row(&seed, i + 1);
        }
        struct counted x;
        struct counted y;
        struct counted z;
        count_rows(a, v, (size_t)n, &x);
        for (int i = n - 1; i > 0; i--) {
            int j = mapmake_below(&seed, i + 1);
            struct ev t = v[i];
            v[i] = v[j];
            v[j] = t;
        }
        count_rows(a, v, (size_t)n, &y);
        count_rows(a, x.rows, x.row_n, &z); /* counting again changes nothing */
        ck_assert_uint_eq(x.row_n, y.row_n);
        ck_assert_uint_eq(x.row_n, z.row_n);
        ck_assert_uint_eq(x.conflict_n, y.conflict_n);
        for (size_t i = 0; i < x.row_n; i++) {
            ck_assert_int_eq(x.rows[i].id, y.rows[i].id);
            ck_assert_int_eq(x.rows[i].id, z.rows[i].id);
            ck_assert(i == 0 || evidence_cmp(&x.rows[i - 1], &x.rows[i]) < 0);
        }
        arena_reset(a);
    }
}
END_TEST

/* Moodle gives all answers of an attempt one time, and fact keys are hashes: two students
 * with the same answers had them counted in different orders. */
START_TEST(answers_of_one_time_count_in_the_order_of_their_slots)
{
    const char *slots[3] = {"1", "2", "10"};
    for (int turn = 0; turn < 3; turn++) {
        struct ev v[3];
        for (int i = 0; i < 3; i++) {
            int at = (i + turn) % 3;
            v[at] = row(i + 1, EV_ANSWER, 10, 1, 1);
            v[at].item = str_c(slots[i]);
            v[at].fact_key = str_fmt(a, "%d", at);
        }
        struct counted c;
        count_rows(a, v, 3, &c);
        ck_assert_uint_eq(c.row_n, 3);
        for (int i = 0; i < 3; i++)
            ck_assert_int_eq(c.rows[i].id, i + 1);
    }
}
END_TEST

START_TEST(shares_are_kept_in_range)
{
    double share = 0;
    struct ev r = row(1, EV_GRADE, 1, 12, 10);
    ck_assert(evidence_share(&r, &share) && share == 1.0);
    r.score = -3;
    ck_assert(evidence_share(&r, &share) && share == 0.0);
    r.maximum = 0;
    ck_assert(!evidence_share(&r, &share));
    r.maximum = 10;
    r.has_score = false;
    ck_assert(!evidence_share(&r, &share));
    enum ev_kind kind;
    ck_assert(evidence_kind(STR("self_report"), &kind) && kind == EV_SELF_REPORT);
    ck_assert(!evidence_kind(STR("rumour"), &kind));
    ck_assert(str_eq(evidence_family(STR("ags")), evidence_family(STR("moodle-ws"))));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("count");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, answers_win_over_the_grade);
    tcase_add_test(t, a_route_that_delivered_nothing_does_not_win);
    tcase_add_test(t, routes_that_disagree_are_told);
    tcase_add_test(t, superseded_rows_are_dropped);
    tcase_add_test(t, a_current_grade_is_the_newest);
    tcase_add_test(t, handed_in_does_not_hide_the_mark_of_its_attempt);
    tcase_add_test(t, files_come_last_and_sources_have_an_order);
    tcase_add_test(t, facts_without_grades_stay);
    tcase_add_test(t, results_add_up_answers);
    tcase_add_test(t, order_of_arrival_never_matters);
    tcase_add_test(t, answers_of_one_time_count_in_the_order_of_their_slots);
    tcase_add_test(t, shares_are_kept_in_range);
    suite_add_tcase(s, t);
    return suite_main(s);
}
