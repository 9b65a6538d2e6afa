/* Rosters and catalogues: complete or not at all, twice with the same outcome. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/activities.h"
#include "learn/roster.h"
#include "store/source.h"

#include <string.h>

static const struct roster_run run1 = {.run_ms = 1000, .source = {"nrps", 4}};
static const struct roster_run run2 = {.run_ms = 2000, .source = {"nrps", 4}};

static struct roster_row learner(struct testdb *t, int i)
{
    return (struct roster_row){
        .sub = str_fmt(t->a, "user-%d", i),
        .name = str_fmt(t->a, "Sample Student %d", i),
        .is_learner = true,
        .active = true,
    };
}

static void kit(struct testdb *t, struct learn *l, struct keyring *keys)
{
    kit_course(t, l, 1);
    memset(keys, 7, sizeof *keys);
    l->keys = keys;
}

static int64_t active(struct testdb *t)
{
    return testdb_number(t, "SELECT count(*) FROM enrolment WHERE status = 'active'");
}

static void complete(struct testdb *t)
{
    struct learn l;
    struct keyring keys;
    struct roster_row rows[5];
    struct err e = {0};
    kit(t, &l, &keys);
    for (int i = 0; i < 5; i++)
        rows[i] = learner(t, i);
    rows[4].sub = STR_EMPTY;
    struct roster_counts c = {0};
    kit_must(roster_apply(&l, &run1, rows, 3, &c, &e), &e);
    kit_must(roster_apply(&l, &run1, rows + 3, 2, &c, &e), &e);
    ck_assert_uint_eq(c.seen, 4);
    ck_assert_uint_eq(c.added, 4);
    ck_assert_uint_eq(c.refused, 1);
    /* Not complete: nobody is touched. */
    kit_must(roster_finish(&l, &run1, false, &c, &e), &e);
    ck_assert_int_eq(active(t), 6);
    kit_must(roster_finish(&l, &run1, true, &c, &e), &e);
    ck_assert_uint_eq(c.inactive, 2); /* the kit's student and teacher were seen at 1 */
    ck_assert_int_eq(active(t), 4);
    ck_assert_int_eq(testdb_number(t, "SELECT roster_ms FROM course"), 1000);
    /* The same again changes nothing but the mark; who is missing becomes inactive. */
    struct roster_counts d = {0};
    kit_must(roster_apply(&l, &run2, rows, 3, &d, &e), &e);
    ck_assert_uint_eq(d.added, 0);
    kit_must(roster_finish(&l, &run2, true, &d, &e), &e);
    ck_assert_uint_eq(d.inactive, 1);
    ck_assert_int_eq(active(t), 3);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM person"), 6);
    /* No name in clear. */
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM person WHERE name_sealed LIKE '%Sample%'"),
        0);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM person WHERE name_sealed IS NOT NULL"), 4);
}

START_TEST(only_a_complete_roster_makes_inactive)
{
    testdb_each(complete);
}
END_TEST

/* A name of 200 KB went into the database, and out of it into every page of the teacher:
 * seventy of them were more than a request may take. */
static void endless_texts(struct testdb *t)
{
    struct learn l;
    struct keyring keys;
    struct err e = {0};
    kit(t, &l, &keys);
    struct buf b;
    buf_init(&b, t->a, 300000);
    for (int i = 0; i < 100000; i++)
        buf_c(&b, "\xc3\xa9"); /* two bytes */
    buf_c(&b, "!");
    struct str endless = str_sub(buf_view(&b), 0, b.n);
    struct roster_row row = learner(t, 1);
    row.name = row.lms_id = endless;
    struct roster_counts c = {0};
    kit_must(roster_apply(&l, &run1, &row, 1, &c, &e), &e);
    struct activities_in act[2] = {
        {.row = {.title = endless, .kind = STR("quiz"), .url = endless, .visible = true},
         .alias = {{STR("moodle-cm"), STR("4711")}},
         .alias_n = 1},
        {.row = {.title = STR("x"), .kind = STR("quiz"), .visible = true},
         .alias = {{STR("moodle-cm"), endless}},
         .alias_n = 1}};
    struct activities_counts n = {0};
    kit_must(activities_apply(&l, STR("moodle"), act, 2, false, &n, &e), &e);
    ck_assert_uint_eq(n.added, 1);
    ck_assert_int_le(testdb_number(t, "SELECT max(length(name_sealed)) FROM person"),
                     3000);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM person WHERE length(lms_id) > 255"), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT max(length(title)) FROM activity"), 1024);
    ck_assert_int_le(testdb_number(t, "SELECT max(length(url)) FROM activity"), 4096);
}

START_TEST(texts_of_an_lms_have_an_end)
{
    testdb_each(endless_texts);
}
END_TEST

static void resealed(struct testdb *t)
{
    struct learn l;
    struct keyring keys;
    struct err e = {0};
    struct roster_counts c = {0};
    kit(t, &l, &keys);
    struct roster_row row = learner(t, 1);
    kit_must(roster_apply(&l, &run1, &row, 1, &c, &e), &e);
    const char *count = "SELECT count(*) FROM person p JOIN person q ON p.name_sealed = "
                        "q.name_sealed WHERE p.sub = 'user-1'";
    testdb_sql(t, "CREATE TABLE before AS SELECT sub, name_sealed FROM person;\n");
    const char *same = "SELECT count(*) FROM before b JOIN person p ON p.sub = b.sub AND "
                       "p.name_sealed = b.name_sealed";
    ck_assert_int_eq(testdb_number(t, count), 1);
    kit_must(roster_apply(&l, &run2, &row, 1, &c, &e), &e);
    ck_assert_int_eq(testdb_number(t, same), 1);
    row.name = STR_EMPTY; /* a roster that says less than was known */
    kit_must(roster_apply(&l, &run2, &row, 1, &c, &e), &e);
    ck_assert_int_eq(testdb_number(t, same), 1);
    row.name = STR("Another Name");
    kit_must(roster_apply(&l, &run2, &row, 1, &c, &e), &e);
    ck_assert_int_eq(testdb_number(t, same), 0);
}

START_TEST(an_unchanged_name_is_not_sealed_again)
{
    testdb_each(resealed);
}
END_TEST

static void staff(struct testdb *t)
{
    struct learn l;
    struct keyring keys;
    struct err e = {0};
    struct roster_counts c = {0};
    kit(t, &l, &keys);
    testdb_sql(t, "UPDATE enrolment SET source = 'launch' WHERE is_staff = 1;\n");
    struct roster_row row = {
        .sub = STR("s900"), .is_learner = true, .active = true, .roles = 1};
    kit_must(roster_apply(&l, &run1, &row, 1, &c, &e), &e);
    ck_assert_int_eq(
        testdb_number(t, "SELECT is_staff FROM enrolment WHERE person_id = 900"), 1);
    ck_assert_int_eq(
        testdb_number(t, "SELECT is_learner FROM enrolment WHERE person_id = 900"), 0);
    /* Somebody of the staff by a roster's own word may become a learner by it. */
    testdb_sql(t, "UPDATE enrolment SET source = 'nrps' WHERE is_staff = 1;\n");
    kit_must(roster_apply(&l, &run2, &row, 1, &c, &e), &e);
    ck_assert_int_eq(
        testdb_number(t, "SELECT is_staff FROM enrolment WHERE person_id = 900"), 0);
}

START_TEST(a_roster_does_not_demote_whom_a_launch_named_staff)
{
    testdb_each(staff);
}
END_TEST

static void found(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 2);
    struct roster_index *x = roster_index(&l, ROSTER_BY_SUB, &e);
    ck_assert_ptr_nonnull(x);
    ck_assert_int_eq(roster_person(x, STR("s701")), 701);
    ck_assert_int_eq(roster_person(x, STR("s70")), 0);
    x = roster_index(&l, ROSTER_BY_LMS_ID, &e);
    ck_assert_int_eq(roster_person(x, STR("u700")), 700);
    kit_must(source_failed(t->db, KIT_TENANT, KIT_COURSE, STR("grades"), 5,
                           STR("no token"), &e),
             &e);
    kit_must(source_ok(t->db, KIT_TENANT, KIT_COURSE, STR("grades"), 9, 3, 1, &e), &e);
    kit_must(
        source_failed(t->db, KIT_TENANT, KIT_COURSE, STR("grades"), 12, STR("away"), &e),
        &e);
    struct source *s;
    size_t n;
    kit_must(source_list(t->db, t->a, KIT_TENANT, KIT_COURSE, &s, &n, &e), &e);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(s[0].ok_ms, 9);
    ck_assert_int_eq(s[0].tried_ms, 12);
    ck_assert(str_is(s[0].error, "away"));
    ck_assert_int_eq(testdb_number(t, "SELECT grades_ms FROM course"), 9);
}

START_TEST(persons_are_found_and_sources_remembered)
{
    testdb_each(found);
}
END_TEST

/* Catalogue ---------------------------------------------------------------------- */

static void catalogue(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct activities_counts c;
    kit_course(t, &l, 1);
    kit_publish(&l);
    int64_t worksheet = kit_activity(&l, "Worksheet");
    ck_assert_int_gt(worksheet, 0);
    struct activities_in in[2] = {
        {.row = {.title = STR("Worksheet 1"),
                 .kind = STR("assign"),
                 .due_ms = 500,
                 .visible = true},
         .alias = {{STR("moodle-assign"), STR("9")},
                   {STR("moodle-cm"), STR("Worksheet")}},
         .alias_n = 2},
        {.row = {.title = STR("Check A"), .kind = STR("quiz"), .visible = true},
         .alias = {{STR("moodle-cm"), STR("another A")}},
         .alias_n = 1},
    };
    /* Known by its second name; the new quiz is tied to A by its title. */
    kit_must(activities_apply(&l, STR("moodle"), in, 2, false, &c, &e), &e);
    ck_assert_uint_eq(c.changed, 1);
    ck_assert_uint_eq(c.added, 1);
    ck_assert_uint_eq(c.hidden, 0);
    ck_assert_uint_eq(c.linked, 1);
    struct activities_index *x = activities_index(&l, &e);
    ck_assert_int_eq(activities_find(x, STR("moodle-assign"), STR("9")), worksheet);
    ck_assert_int_eq(testdb_number(t,
                                   "SELECT count(*) FROM activity WHERE maximum = 10 AND "
                                   "title = 'Worksheet 1'"),
                     1);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM job WHERE kind = 'recompute.course' "
                         "AND state = 'ready'"),
        1);
    kit_jobs(&l);
    /* The same again: nothing, and no new job. */
    kit_must(activities_apply(&l, STR("moodle"), in, 2, false, &c, &e), &e);
    ck_assert_uint_eq(c.changed + c.added + c.linked, 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM job WHERE state = 'ready'"),
                     0);
    /* A complete catalogue hides what it does not tell, and deletes nothing. */
    kit_must(activities_apply(&l, STR("moodle"), in, 2, true, &c, &e), &e);
    ck_assert_uint_eq(c.hidden, 6);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM activity"), 8);
    kit_jobs(&l);
    kit_replay(&l);
}

START_TEST(a_catalogue_is_taken_over)
{
    testdb_each(catalogue);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("roster");
    TCase *c = tcase_create("roster");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, texts_of_an_lms_have_an_end);
    tcase_add_test(c, only_a_complete_roster_makes_inactive);
    tcase_add_test(c, an_unchanged_name_is_not_sealed_again);
    tcase_add_test(c, a_roster_does_not_demote_whom_a_launch_named_staff);
    tcase_add_test(c, persons_are_found_and_sources_remembered);
    tcase_add_test(c, a_catalogue_is_taken_over);
    suite_add_tcase(s, c);
    return suite_main(s);
}
