/* Maps: checked, published once, never changed; and the jobs that follow. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "job/queue.h"
#include "learn/floor.h"
#include "learn/mapfile.h"
#include "learn/recompute.h"
#include "learn/rulefile.h"
#include "store/mapstore.h"
#include "store/state.h"

#include <stdio.h>
#include <string.h>

START_TEST(a_bad_map_is_refused_with_reasons)
{
    struct arena *a = arena_new((size_t)8 << 20);
    struct mapfile_result r;
    struct err e = {0};
    static const char *const bad[] = {"", "{", "[]", "{\"format\":\"waymark-map/1\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        kit_must(mapfile_check(a, str_c(bad[i]), &r, &e), &e);
        ck_assert(!r.ok);
        ck_assert_uint_gt(r.problems_n, 0);
        ck_assert_uint_gt(r.problems[0].n, 5);
    }
    /* A needs itself, by way of B. */
    struct buf b;
    buf_init(&b, a, 4096);
    struct str map = str_c(kit_map), a_skill = STR("\"title\":\"Skill A\",");
    size_t at = str_find(map, a_skill, 0);
    buf_str(&b, str_sub(map, 0, at));
    buf_c(&b, "\"hard\":[\"B\"],");
    buf_str(&b, str_sub(map, at, map.n));
    kit_must(mapfile_check(a, buf_view(&b), &r, &e), &e);
    ck_assert(!r.ok);
    kit_must(mapfile_check(a, map, &r, &e), &e);
    ck_assert(r.ok);
    ck_assert_uint_eq(r.skills, 5);
    ck_assert_uint_eq(r.edges, 5);
    arena_free(a);
}
END_TEST

static void publish(struct testdb *t)
{
    struct learn l;
    struct mapfile_result r;
    struct err e = {0};
    struct str out;
    kit_course(t, &l, 2);
    ck_assert_int_eq(mapfile_export(&l, &out, &e), 0);
    kit_must(mapfile_publish(&l, STR("{}"), 0, &r, &e), &e);
    ck_assert(!r.ok);
    kit_must(mapfile_publish(&l, str_c(kit_map), KIT_TEACHER, &r, &e), &e);
    ck_assert(r.ok);
    ck_assert_int_eq(r.version, 1);
    ck_assert_uint_eq(r.activities, 7);
    ck_assert_uint_eq(r.linked, 6);
    ck_assert_uint_eq(r.orphans_n, 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM activity_skill"), 7);
    kit_jobs(&l);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM state_skill"), 10);
    ck_assert_int_gt(testdb_number(t, "SELECT count(*) FROM state_next"), 0);
    ck_assert_int_gt(testdb_number(t, "SELECT states_ms FROM course"), 0);
    /* What is exported is the same map: publishing it again makes no version. */
    ck_assert_int_eq(mapfile_export(&l, &out, &e), 1);
    kit_must(mapfile_publish(&l, out, 0, &r, &e), &e);
    ck_assert(r.unchanged);
    ck_assert_int_eq(r.version, 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM job WHERE state = 'ready'"),
                     0);
    /* Another one does; the old rows stay as they were. */
    char *other = str_z(t->a, str_c(kit_map));
    memcpy(strstr(other, "Skill E"), "Skill F", 7);
    kit_must(mapfile_publish(&l, str_c(other), 0, &r, &e), &e);
    ck_assert_int_eq(r.version, 2);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM skill WHERE title = 'Skill E'"), 1);
    kit_jobs(&l);
    ck_assert_int_eq(testdb_number(t,
                                   "SELECT count(*) FROM state_skill s JOIN course c ON "
                                   "c.map_id = s.map_id"),
                     10);
    kit_replay(&l);
    l.course_id = 4711;
    ck_assert_int_eq(mapfile_publish(&l, str_c(kit_map), 0, &r, &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
}

/* A skill that no activity can prove: E, without its rule. */
static struct str uncovered(struct testdb *t)
{
    static const char rule[] =
        "{\"title\":\"Check E\",\"tells\":[{\"skill\":\"E\",\"weight\":1}]},";
    const char *at = strstr(kit_map, rule);
    ck_assert_ptr_nonnull(at);
    return str_fmt(t->a, "%.*s%s", (int)(at - kit_map), kit_map, at + sizeof rule - 1);
}

static void reasons(struct testdb *t)
{
    struct learn l;
    struct mapfile_result r;
    struct map_row *rows;
    size_t n;
    struct err e = {0};
    kit_course(t, &l, 2);
    struct mapfile_ask ask = {.document = uncovered(t), .ask = true, .by_person_id = 900};
    kit_must(mapfile_put(&l, &ask, &r, &e), &e);
    ck_assert(r.ok && r.needs_reason && r.orphans_n == 1);
    ck_assert(str_is(r.orphans[0], "Skill E"));
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM map_version"), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM activity_skill"), 0);
    ask.uncovered = STR(" \t");
    kit_must(mapfile_put(&l, &ask, &r, &e), &e);
    ck_assert_msg(r.needs_reason, "blanks are no reason");
    ask.uncovered = STR(" E is taught on paper. ");
    kit_must(mapfile_put(&l, &ask, &r, &e), &e);
    ck_assert(r.ok && !r.needs_reason && r.version == 1 && !r.has_before);
    /* The same map again needs no second reason; a dry run writes nothing. */
    ask.uncovered = STR_EMPTY;
    kit_must(mapfile_put(&l, &ask, &r, &e), &e);
    ck_assert(r.unchanged && !r.needs_reason);
    ask.document = str_c(kit_map);
    ask.dry_run = true;
    kit_must(mapfile_put(&l, &ask, &r, &e), &e);
    ck_assert(r.ok && r.version == 2 && r.has_before);
    ck_assert_uint_eq(r.diff.n, 1);
    ck_assert_int_eq(r.diff.rows[0].kind, MAPDIFF_TIES);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM map_version"), 1);
    ask.dry_run = false;
    kit_must(mapfile_put(&l, &ask, &r, &e), &e);
    kit_must(mapstore_versions(l.db, t->a, KIT_TENANT, KIT_COURSE, 10, &rows, &n, &e),
             &e);
    ck_assert_uint_eq(n, 2);
    ck_assert(rows[0].version == 2 && rows[0].uncovered.n == 0);
    ck_assert_msg(str_is(rows[0].diff,
                         "{\"counts\":{\"ties\":1},\"rows\":[{\"about\":\"E\","
                         "\"kind\":\"ties\",\"now\":\"Check E, weight 1\","
                         "\"title\":\"Skill E\"}]}"),
                  "%.*s", STR_ARG(rows[0].diff));
    ck_assert(str_is(rows[1].uncovered, "E is taught on paper.") &&
              rows[1].created_by == 900 && rows[1].diff.n == 0);
}

START_TEST(an_uncovered_skill_needs_a_reason)
{
    testdb_each(reasons);
}
END_TEST

static void floors(struct testdb *t)
{
    struct learn l;
    struct mapfile_result r;
    struct floor f;
    struct err e = {0};
    kit_course(t, &l, 2);
    kit_must(mapfile_publish(&l, uncovered(t), 0, &r, &e), &e);
    kit_jobs(&l);
    ck_assert_int_gt(testdb_number(t, "SELECT count(*) FROM state_next"), 0);
    ck_assert_int_eq(floor_set(&l, 101, &e), -1);
    ck_assert_int_eq(e.code, ERR_INPUT);
    err_clear(&e);
    /* 4 of 5 can be shown: 80 is reached, 81 is not. */
    kit_must(floor_set(&l, 80, &e), &e);
    kit_must(floor_read(&l, &f, &e), &e);
    ck_assert(f.percent == 80 && f.reached);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM job WHERE state = 'ready'"),
                     0);
    kit_must(floor_set(&l, 81, &e), &e);
    kit_must(floor_read(&l, &f, &e), &e);
    ck_assert(!f.reached);
    kit_jobs(&l);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM state_next"), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM state_skill"), 10);
    kit_replay(&l);
    /* A map that covers all of it switches them on. */
    kit_must(mapfile_publish(&l, str_c(kit_map), 0, &r, &e), &e);
    kit_must(floor_read(&l, &f, &e), &e);
    ck_assert(f.reached);
    kit_jobs(&l);
    ck_assert_int_gt(testdb_number(t, "SELECT count(*) FROM state_next"), 0);
    /* An activity that is hidden shows nothing: off again. */
    testdb_sql(t, "UPDATE activity SET visible = 0 WHERE title = 'Check E';\n");
    kit_must(floor_set(&l, 100, &e), &e);
    kit_jobs(&l);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM state_next"), 0);
    kit_must(floor_set(&l, 0, &e), &e);
    kit_jobs(&l);
    ck_assert_int_gt(testdb_number(t, "SELECT count(*) FROM state_next"), 0);
    kit_replay(&l);
}

START_TEST(below_the_floor_nothing_is_recommended)
{
    testdb_each(floors);
}
END_TEST

START_TEST(a_map_is_published_once_and_everybody_worked_out)
{
    testdb_each(publish);
}
END_TEST

/* A recompute that is interrupted goes on where it stopped. */
static void resume(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 130);
    kit_publish(&l);
    testdb_sql(t, "DELETE FROM state_run;\n");
    kit_must(recompute_enqueue(&l, &e), &e);
    kit_must(recompute_enqueue(&l, &e), &e);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM job WHERE state = 'ready' AND kind = "
                         "'recompute.course'"),
        1);
    char set[160];
    snprintf(set, sizeof set,
             "UPDATE job SET checkpoint = '{\"after\":%d,\"done\":100,\"map\":' || "
             "(SELECT map_id FROM course) || '}' WHERE state = 'ready';\n",
             KIT_PERSON + 99);
    testdb_sql(t, set);
    kit_jobs(&l);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM state_run"), 30);
    /* The tick asks for every course with a map, and time alone changes the answer. */
    t->now_ms += 3 * KIT_DAY;
    struct job_in in = {.kind = STR("risk.tick")};
    kit_must(job_add(t->db, &t->env, &in, NULL, &e), &e);
    kit_jobs(&l);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM state_run"), 130);
    kit_replay(&l);
}

START_TEST(a_recompute_goes_on_where_it_stopped)
{
    testdb_each(resume);
}
END_TEST

/* Asked for between two turns, it reaches those as well who were done before. */
static void once_more(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 130);
    kit_publish(&l);
    kit_must(recompute_enqueue(&l, &e), &e);
    char set[160];
    snprintf(set, sizeof set,
             "UPDATE job SET checkpoint = '{\"after\":%d,\"done\":100,\"map\":' || "
             "(SELECT map_id FROM course) || '}' WHERE state = 'ready';\n",
             KIT_PERSON + 99);
    testdb_sql(t, set);
    testdb_sql(t, "UPDATE course SET ties_n = ties_n + 1;\n");
    kit_must(recompute_enqueue(&l, &e), &e);
    kit_jobs(&l);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM state_run r JOIN course c ON "
                                      "c.course_id = r.course_id AND c.ties_n = "
                                      "r.ties_n"),
                     130);
}

START_TEST(what_changes_between_two_turns_of_a_recompute_reaches_everybody)
{
    testdb_each(once_more);
}
END_TEST

static void rules(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM rule_set"), 1);
    kit_must(rulefile_load(t->db, &t->env, t->a, STR("config"), &e), &e);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM rule_set"), 1);
    ck_assert_int_eq(rulefile_install(t->db, &t->env, t->a, STR("{}"), NULL, &e), -1);
    ck_assert_int_eq(e.code, ERR_INPUT);
    err_clear(&e);
    ck_assert_int_eq(rulefile_load(t->db, &t->env, t->a, STR("no/such"), &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
    /* Without rules there are states and no flags. */
    testdb_sql(t, "DELETE FROM rule_set;\n");
    kit_publish(&l);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM state_flag"), 0);
    kit_replay(&l);
}

START_TEST(rule_sets_are_checked_and_kept)
{
    testdb_each(rules);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mapfile");
    TCase *c = tcase_create("mapfile");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, what_changes_between_two_turns_of_a_recompute_reaches_everybody);
    tcase_add_test(c, a_bad_map_is_refused_with_reasons);
    tcase_add_test(c, an_uncovered_skill_needs_a_reason);
    tcase_add_test(c, below_the_floor_nothing_is_recommended);
    tcase_add_test(c, a_map_is_published_once_and_everybody_worked_out);
    tcase_add_test(c, a_recompute_goes_on_where_it_stopped);
    tcase_add_test(c, rule_sets_are_checked_and_kept);
    suite_add_tcase(s, c);
    return suite_main(s);
}
