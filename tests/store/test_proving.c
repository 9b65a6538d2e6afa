/* Dead ends: refused when a map is published unless somebody says why, told when an
 * opening is switched on, and found when the catalogue changes. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/activities.h"
#include "learn/mapfile.h"
#include "learn/openings.h"
#include "learn/proving.h"
#include "store/activity.h"

#include <stdio.h>

static void activity_set(struct testdb *t, const char *set, const char *title)
{
    char sql[300];
    snprintf(sql, sizeof sql, "UPDATE activity SET %s WHERE title = '%s';\n", set, title);
    testdb_sql(t, sql);
}

/* A is told by "Check A" and by a question of "Check mix": both can be used up. */
static void limit_a(struct testdb *t)
{
    activity_set(t, "attempts_max = 2", "Check A");
    activity_set(t, "attempts_max = 3", "Check mix");
}

static void refused(struct testdb *t)
{
    struct learn l;
    struct mapfile_result r;
    struct proving_seen seen;
    struct err e = {0};
    kit_course(t, &l, 1);
    limit_a(t);
    struct mapfile_ask ask = {.document = str_c(kit_map), .by_person_id = KIT_TEACHER};
    kit_must(mapfile_put(&l, &ask, &r, &e), &e);
    ck_assert(!r.ok && r.problems_n == 1);
    ck_assert_msg(str_find(r.problems[0], STR("Skill A can never be proved"), 0) !=
                      SIZE_MAX,
                  "%.*s", STR_ARG(r.problems[0]));
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM map_version"), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM map_proof"), 0);
    ask.even_so = STR("I open it by hand.");
    kit_must(mapfile_put(&l, &ask, &r, &e), &e);
    ck_assert(r.ok && r.version == 1 && r.dead_end.n > 0);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM map_even_so WHERE by_person_id = 900 AND "
                         "why = 'I open it by hand.' AND words LIKE '%Skill A%'"),
        1);
    kit_must(proving_seen(&l, &seen, &e), &e);
    ck_assert(seen.known && str_is(seen.verdict, "found"));
    ck_assert(str_is(seen.even_so.why, "I open it by hand."));
    ck_assert_uint_gt(seen.steps_n, 2);
    ck_assert(str_is(seen.steps[0].id, "proof.fails"));
}

START_TEST(a_map_with_a_dead_end_is_refused_unless_somebody_says_why)
{
    testdb_each(refused);
}
END_TEST

static void vanished(struct testdb *t)
{
    struct learn l;
    struct proving_seen seen;
    struct err e = {0};
    kit_course(t, &l, 1);
    kit_publish(&l);
    kit_must(proving_seen(&l, &seen, &e), &e);
    ck_assert(seen.known);
    ck_assert_msg(str_is(seen.verdict, "sound") && seen.gone_n == 0, "%.*s, %zu gone",
                  STR_ARG(seen.verdict), seen.gone_n);
    ck_assert_uint_eq(seen.shorts_n, 0);
    /* The one quiz about C is no longer told: C and what needs it are gone. */
    activity_set(t, "visible = 0", "Check C");
    kit_must(proving_enqueue(&l, &e), &e);
    kit_jobs(&l);
    kit_must(proving_seen(&l, &seen, &e), &e);
    ck_assert_uint_eq(seen.gone_n, 2);
    ck_assert(str_is(seen.gone[0], "Skill C") && str_is(seen.gone[1], "Skill D"));
    ck_assert_uint_eq(seen.shorts_n, 1);
    activity_set(t, "visible = 1", "Check C");
    kit_must(proving_enqueue(&l, &e), &e);
    kit_jobs(&l);
    kit_must(proving_seen(&l, &seen, &e), &e);
    ck_assert_uint_eq(seen.gone_n, 0);
}

START_TEST(what_vanishes_in_the_lms_is_told)
{
    testdb_each(vanished);
}
END_TEST

static void opened(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct say *steps;
    size_t n;
    int64_t id;
    kit_course(t, &l, 1);
    kit_publish(&l);
    testdb_sql(t, "INSERT INTO activity_alias (tenant_id, course_id, source_kind, "
                  "source_key, activity_id) SELECT tenant_id, course_id, 'moodle-cm', "
                  "'77', activity_id FROM activity WHERE title = 'Check A';\n"
                  "UPDATE activity SET attempts_max = 1 WHERE title = 'Check mix';\n");
    /* Unit One, of which A is a part, opens the only quiz that proves A for sure. */
    struct openings_in in = {.unit = STR("one"),
                             .percent = 100,
                             .way = STR("score"),
                             .target = STR("77"),
                             .title = STR("Check A"),
                             .by_person_id = KIT_TEACHER};
    kit_must(openings_add(&l, &in, &id, &e), &e);
    int may = proving_opening(&l, id, KIT_TEACHER, STR_EMPTY, &steps, &n, &e);
    ck_assert_int_eq(may, 0);
    ck_assert_uint_gt(n, 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM map_even_so"), 0);
    may = proving_opening(&l, id, KIT_TEACHER, STR("Only for a week."), &steps, &n, &e);
    ck_assert_int_eq(may, 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM map_even_so WHERE "
                                      "opening_id <> 0"),
                     1);
}

START_TEST(an_opening_that_locks_its_own_key_in_is_told)
{
    testdb_each(opened);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("proving");
    TCase *t = tcase_create("proving");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_map_with_a_dead_end_is_refused_unless_somebody_says_why);
    tcase_add_test(t, what_vanishes_in_the_lms_is_told);
    tcase_add_test(t, an_opening_that_locks_its_own_key_in_is_told);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return suite_main(suite());
}
