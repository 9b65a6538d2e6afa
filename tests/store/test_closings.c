/* Recommendations close: what the panel showed, what happened, what the job wrote. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "job/runner.h"
#include "learn/closings.h"
#include "learn/decide.h"
#include "learn/panel.h"

#include <math.h>

#define P KIT_PERSON

static void view(struct learn *l, int64_t who)
{
    struct panel p;
    struct panel_who w = {.person_id = who, .by_person_id = who};
    struct err e = {0};
    kit_must(panel_read(l, &w, &p, &e), &e);
    ck_assert_uint_ge(p.next_n, 2);
}

static void answer(struct testdb *t, struct learn *l, int64_t who, const char *act,
                   double score)
{
    static int n;
    struct evidence_in in = kit_answer(l, who, act, "", score, t->now_ms);
    in.attempt = str_fmt(t->a, "try%d", ++n);
    in.source_key = str_fmt(t->a, "attempt:%d", n);
    kit_take(l, &in, 1);
}

static size_t close_all(struct learn *l)
{
    struct err e = {0};
    size_t added;
    kit_must(closings_course(l, &added, &e), &e);
    return added;
}

static int64_t fate(struct testdb *t, int64_t who, const char *skill, const char *fate)
{
    return testdb_number(t, str_fmt(t->a,
                                    "SELECT count(*) FROM closing WHERE person_id = %lld "
                                    "AND skill_code = '%s' AND fate = '%s'",
                                    (long long)who, skill, fate)
                                .p);
}

/* At first A and E are open. One student does A, one E instead, one nothing. */
static void closes(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 4);
    kit_publish(&l);
    for (int i = 0; i < 3; i++) {
        view(&l, P + i);
        view(&l, P + i); /* again: the same offer */
    }
    t->now_ms += KIT_DAY;
    answer(t, &l, P, "A", 1);
    answer(t, &l, P + 1, "E", 0);
    view(&l, P); /* by now something else may be offered; A still is */
    t->now_ms += 7 * KIT_DAY;
    ck_assert_uint_eq(close_all(&l), 0); /* late results have two days */
    t->now_ms += KIT_DAY;
    ck_assert_uint_eq(close_all(&l), 6); /* A and E of three */
    ck_assert_int_eq(fate(t, P, "A", "taken"), 1);
    ck_assert_int_eq(fate(t, P, "E", "swapped"), 1);
    ck_assert_int_eq(fate(t, P + 1, "A", "swapped"), 1);
    ck_assert_int_eq(fate(t, P + 1, "E", "taken"), 1);
    ck_assert_int_eq(fate(t, P + 2, "A", "ignored"), 1);
    ck_assert_int_eq(fate(t, P + 2, "E", "ignored"), 1);
    ck_assert_uint_eq(close_all(&l), 0);
    struct closing *rows;
    size_t n;
    kit_must(closing_list(t->db, t->a, KIT_TENANT, KIT_COURSE, 0, 100, &rows, &n, &e),
             &e);
    ck_assert_uint_eq(n, 6);
    ck_assert_int_eq(rows[0].person_id, P);
    const struct closing *a = str_is(rows[0].skill_code, "A") ? &rows[0] : &rows[1];
    ck_assert_int_gt(a->views, 1);
    ck_assert(str_is(a->reason, "start"));
    ck_assert_double_eq(a->propensity, 1.0);
    ck_assert_int_ne(a->activity_id, 0);
    ck_assert_int_ne(a->next_id, 0);
    ck_assert_int_eq(a->by_id, a->next_id);
    ck_assert_double_eq(a->next_share, 1.0);
    /* before: .3; after a right answer: test_mastery.c's number by hand */
    ck_assert_double_eq_tol(a->p_before, 0.3, 1e-12);
    ck_assert_double_eq_tol(a->p_after, 0.27 / 0.41 + 0.1 * (1 - 0.27 / 0.41), 1e-12);
    struct closings all;
    kit_must(closings_read(&l, CLOSINGS_DAYS, &all, &e), &e);
    ck_assert_int_eq(all.all.n, 6);
    ck_assert_int_eq(all.all.taken, 2);
    ck_assert_int_eq(all.all.swapped, 2);
    ck_assert_int_eq(all.all.ignored, 2);
    ck_assert_int_eq(all.all.result_n, 2);
    ck_assert_double_eq_tol(all.all.result, 0.5, 1e-12);
    ck_assert_uint_eq(all.n, 1);
    kit_must(closings_read(&l, 1, &all, &e), &e); /* nothing first seen today */
    ck_assert_int_eq(all.all.n, 0);
}

START_TEST(each_offer_closes_once)
{
    testdb_each(closes);
}
END_TEST

/* The result happened in time and reached us the day after the week. */
static void late(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 1);
    kit_publish(&l);
    view(&l, P);
    int64_t seen_ms = t->now_ms;
    t->now_ms += 8 * KIT_DAY;
    struct evidence_in in = kit_answer(&l, P, "A", "late", 1, seen_ms + 6 * KIT_DAY);
    kit_take(&l, &in, 1);
    t->now_ms += KIT_DAY;
    ck_assert_uint_eq(close_all(&l), 2);
    ck_assert_int_eq(fate(t, P, "A", "taken"), 1);
    /* seen again weeks later: a new offer, and what closed stays */
    t->now_ms += 20 * KIT_DAY;
    view(&l, P);
    t->now_ms += 9 * KIT_DAY;
    ck_assert_uint_ge(close_all(&l), 2);
    ck_assert_int_eq(fate(t, P, "A", "taken"), 1);
    ck_assert_int_eq(fate(t, P, "A", "ignored"), 1);
}

/* Something else for now: it goes behind the others for a week, and the offer closes as
 * swapped. */
static void swaps(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 1);
    kit_publish(&l);
    view(&l, P);
    ck_assert(testdb_number(t, "SELECT count(*) FROM state_next WHERE rank = 1 AND "
                               "skill_code = 'A'") == 1);
    t->now_ms += 1000;
    struct decide_in in = {
        .person_id = P, .by_person_id = P, .kind = STR("swap"), .subject = STR("A")};
    kit_must(decide_add(&l, &in, &e), &e);
    kit_jobs(&l);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM state_next WHERE rank = 1 "
                                      "AND skill_code = 'E'"),
                     1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM state_next WHERE rank = 2 "
                                      "AND skill_code = 'A'"),
                     1);
    kit_replay(&l);
    t->now_ms += 9 * KIT_DAY;
    ck_assert_uint_eq(close_all(&l), 2);
    ck_assert_int_eq(fate(t, P, "A", "swapped"), 1);
    ck_assert_int_eq(fate(t, P, "E", "ignored"), 1);
}

START_TEST(something_else_for_now_is_a_swap)
{
    testdb_each(swaps);
}
END_TEST

START_TEST(what_arrives_late_counts_when_it_happened)
{
    testdb_each(late);
}
END_TEST

/* The clock asks for every course; a job that is killed half-way does not write twice. */
static void jobs(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 2);
    kit_publish(&l);
    view(&l, P);
    view(&l, P + 1);
    t->now_ms += 10 * KIT_DAY;
    struct job job = {.kind = STR("closing.tick")};
    struct job_ctx ctx = {.db = t->db, .env = &t->env, .arena = t->a, .job = &job};
    struct err e = {0};
    kit_must(closings_tick_job(&ctx, &e), &e);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM job WHERE kind = 'closing.course' "
                         "AND job_key = '70' AND state = 'ready'"),
        1);
    ck_assert_uint_eq(close_all(&l), 4);
    testdb_sql(t, "DELETE FROM closing WHERE person_id = 701;");
    testdb_sql(t, "UPDATE closing_run SET until_ms = 0;");
    ck_assert_uint_eq(close_all(&l), 2);
}

START_TEST(the_job_may_run_again)
{
    testdb_each(jobs);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("closings");
    TCase *t = tcase_create("closings");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, each_offer_closes_once);
    tcase_add_test(t, what_arrives_late_counts_when_it_happened);
    tcase_add_test(t, something_else_for_now_is_a_swap);
    tcase_add_test(t, the_job_may_run_again);
    suite_add_tcase(s, t);
    return suite_main(s);
}
