/* Whom a file or a statement speaks of, and of which activity. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/activities.h"
#include "learn/names.h"
#include "learn/roster.h"
#include "learn/who.h"

#include <string.h>

static void kit(struct testdb *t, struct learn *l, struct keyring *keys, int students)
{
    kit_course(t, l, students);
    memset(keys, 7, sizeof *keys);
    l->keys = keys;
}

static struct who_index *people(struct learn *l)
{
    struct err e = {0};
    struct who_index *x = who_index(l, &e);
    ck_assert_msg(x != NULL, "%s", e.text);
    return x;
}

static void noted(struct testdb *t)
{
    struct learn l;
    struct keyring keys;
    struct err e = {0};
    kit(t, &l, &keys, 3);
    struct who_note rows[] = {
        {.sub = STR("s700"), .sourcedid = STR("N-1"), .email = STR("Ada@School.example")},
        {.sub = STR("s701"),
         .login = STR("Ben"),
         .account = STR("https://lms.example 4")},
        {.sub = STR("nobody"), .email = STR("x@school.example")},
        {.sub = STR("s702"), .sourcedid = STR("n-1"), .email = STR(" ")},
    };
    kit_must(who_note(&l, rows, 4, &e), &e);
    kit_must(who_note(&l, rows, 4, &e), &e);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM person_alias"), 5);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM person_alias WHERE mark LIKE "
                                      "'%chool%' OR mark LIKE '%N-1%'"),
                     0);
    struct who_index *x = people(&l);
    ck_assert_int_eq(who_find(x, WHO_SUB, STR("s702")), 702);
    ck_assert_int_eq(who_find(x, WHO_LMS_ID, STR("u701")), 701);
    ck_assert_int_eq(who_find(x, WHO_SOURCEDID, STR("N-1")), 700);
    ck_assert_int_eq(who_find(x, WHO_SOURCEDID, STR("n-1")), 702);
    ck_assert_int_eq(who_find(x, WHO_EMAIL, STR("ada@school.EXAMPLE ")), 700);
    ck_assert_int_eq(who_find(x, WHO_EMAIL, STR("mailto:ada@school.example")), 700);
    ck_assert_int_eq(who_find(x, WHO_LOGIN, STR("ben")), 701);
    ck_assert_int_eq(who_find(x, WHO_LOGIN, STR("ada@school.example")), 0);
    ck_assert_int_eq(who_find(x, WHO_ACCOUNT, STR("https://lms.example 4")), 701);
    ck_assert_int_eq(who_find(x, WHO_EMAIL, STR_EMPTY), 0);
    ck_assert_int_eq(who_find(x, WHO_EMAIL, STR("x@school.example")), 0);
    /* A mark is of its tenant and kind, and of this installation's key. */
    struct keyring other;
    memset(&other, 8, sizeof other);
    struct str m = who_mark(t->a, &keys, 7, WHO_EMAIL, STR("a"));
    ck_assert_uint_eq(m.n, 32);
    ck_assert(!str_eq(m, who_mark(t->a, &keys, 8, WHO_EMAIL, STR("a"))));
    ck_assert(!str_eq(m, who_mark(t->a, &keys, 7, WHO_LOGIN, STR("a"))));
    ck_assert(!str_eq(m, who_mark(t->a, &other, 7, WHO_EMAIL, STR("a"))));
    /* What two have names nobody. */
    struct who_note twice = {.sub = STR("s702"), .email = STR("ada@school.example")};
    kit_must(who_note(&l, &twice, 1, &e), &e);
    ck_assert_int_eq(who_find(people(&l), WHO_EMAIL, STR("ada@school.example")), -1);
    ck_assert(who_is_learner(x, 700) && !who_is_learner(x, KIT_TEACHER));
    ck_assert(!who_is_learner(x, 4711));
}

START_TEST(other_names_are_marks_that_find_their_person)
{
    testdb_each(noted);
}
END_TEST

/* A nightly reading of a district must not rewrite everybody's marks. */
static void refreshed(struct testdb *t)
{
    struct learn l;
    struct keyring keys;
    struct err e = {0};
    kit(t, &l, &keys, 1);
    struct who_note row = {.sub = STR("s700"), .email = STR("ada@school.example")};
    kit_must(who_note(&l, &row, 1, &e), &e);
    int64_t first = t->now_ms;
    t->now_ms += KIT_DAY;
    kit_must(who_note(&l, &row, 1, &e), &e);
    ck_assert_int_eq(testdb_number(t, "SELECT max(seen_ms) FROM person_alias"), first);
    t->now_ms += 40 * KIT_DAY;
    kit_must(who_note(&l, &row, 1, &e), &e);
    ck_assert_int_eq(testdb_number(t, "SELECT max(seen_ms) FROM person_alias"),
                     t->now_ms);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM person_alias"), 1);
}

START_TEST(a_mark_is_written_again_after_a_month)
{
    testdb_each(refreshed);
}
END_TEST

static void rostered(struct testdb *t)
{
    struct learn l;
    struct keyring keys;
    struct err e = {0};
    kit(t, &l, &keys, 1);
    struct roster_run run = {.run_ms = 1000, .source = STR("nrps")};
    struct roster_counts c = {0};
    struct roster_row rows[] = {
        {.sub = STR("s1"),
         .name = STR("Zoë  Sample"),
         .email = STR("zoe@school.example"),
         .sourcedid = STR("4711"),
         .is_learner = true,
         .active = true},
        {.sub = STR("s2"),
         .name = STR("Twin Sample"),
         .is_learner = true,
         .active = true},
        {.sub = STR("s3"),
         .name = STR("twin sample"),
         .is_learner = true,
         .active = true},
    };
    kit_must(roster_apply(&l, &run, rows, 3, &c, &e), &e);
    struct who_index *x = people(&l);
    int64_t zoe = who_find(x, WHO_SUB, STR("s1"));
    ck_assert_int_gt(zoe, 0);
    ck_assert_int_eq(who_find(x, WHO_EMAIL, STR("ZOE@school.example")), zoe);
    ck_assert_int_eq(who_find(x, WHO_SOURCEDID, STR("4711")), zoe);
    ck_assert_int_eq(who_find(x, WHO_NAME, STR("zoë sample")), zoe);
    ck_assert_int_eq(who_find(x, WHO_NAME, STR("SAMPLE, Zoë")), zoe);
    ck_assert_int_eq(who_find(x, WHO_NAME, STR("Twin Sample")), -1);
    ck_assert_int_eq(who_find(x, WHO_NAME, STR("Nobody")), 0);
    ck_assert(str_is(who_name(x, zoe), "Zoë  Sample"));
    kit_must(roster_apply(&l, &run, rows, 3, &c, &e), &e);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM person_alias"), 2);
}

START_TEST(a_roster_notes_numbers_and_addresses)
{
    testdb_each(rostered);
}
END_TEST

/* Activities -------------------------------------------------------------------- */

static int64_t find(struct names_index *x, struct names_in in, enum names_by by)
{
    enum names_by got;
    int64_t id = names_find(x, &in, &got);
    ck_assert_int_eq(got, by);
    return id;
}

static struct names_index *names(struct learn *l)
{
    struct err e = {0};
    struct names_index *x = names_index(l, &e);
    ck_assert_msg(x != NULL, "%s", e.text);
    return x;
}

static void named(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 1);
    struct activities_in in[] = {
        {.row = {.title = STR("Quiz 1"),
                 .kind = STR("quiz"),
                 .url = STR("https://LMS.example/moodle/mod/quiz/view.php?id=12"),
                 .visible = true},
         .alias = {{STR("moodle-cm"), STR("12")}},
         .alias_n = 1},
        {.row = {.title = STR("Essay &amp; talk"),
                 .kind = STR("assign"),
                 .visible = true},
         .alias = {{STR("moodle-cm"), STR("13")}},
         .alias_n = 1},
        {.row = {.title = STR("Twice"), .kind = STR("assign"), .visible = true},
         .alias = {{STR("moodle-cm"), STR("14")}},
         .alias_n = 1},
        {.row = {.title = STR("Twice"), .kind = STR("quiz"), .visible = true},
         .alias = {{STR("moodle-cm"), STR("15")}},
         .alias_n = 1},
        {.row = {.title = STR("Ratio: part 1"), .kind = STR("quiz"), .visible = true},
         .alias = {{STR("moodle-cm"), STR("16")}},
         .alias_n = 1},
        {.row = {.title = STR("Canvas work"),
                 .kind = STR("assign"),
                 .url = STR("https://canvas.example/courses/3/assignments/4"),
                 .visible = true},
         .alias = {{STR("canvas-assignment"), STR("4")}},
         .alias_n = 1},
    };
    kit_must(activities_apply(&l, STR("moodle"), in, 6, false, NULL, &e), &e);
    struct names_index *x = names(&l);
    struct activities_index *ids = activities_index(&l, &e);
    int64_t quiz = activities_find(ids, STR("moodle-cm"), STR("12"));
    int64_t essay = activities_find(ids, STR("moodle-cm"), STR("13"));
    ck_assert_int_eq(find(x,
                          (struct names_in){.source_kind = STR("moodle-cm"),
                                            .source_key = STR("12"),
                                            .title = STR("Twice")},
                          NAMES_ALIAS),
                     quiz);
    struct names_in url = {.url = STR("http://lms.example:80/moodle/mod/quiz/"
                                      "attempt.php?attempt=7&cmid=12&page=2#q1")};
    ck_assert_int_eq(find(x, url, NAMES_URL), quiz);
    url.url = STR("https://other.example/moodle/mod/quiz/view.php?id=12");
    ck_assert_int_eq(find(x, url, NAMES_NOTHING), 0);
    url.url = STR("https://canvas.example/api/v1/courses/3/assignments/4/submissions/9");
    ck_assert_int_eq(find(x, url, NAMES_URL),
                     activities_find(ids, STR("canvas-assignment"), STR("4")));
    ck_assert_int_eq(
        find(x, (struct names_in){.title = STR("Quiz: Quiz 1")}, NAMES_TITLE), quiz);
    ck_assert_int_eq(find(x, (struct names_in){.title = STR("quiz  1 ")}, NAMES_TITLE),
                     quiz);
    /* A word of another language. */
    ck_assert_int_eq(
        find(x, (struct names_in){.title = STR("Test: Quiz 1")}, NAMES_TITLE), quiz);
    ck_assert_int_eq(
        find(x, (struct names_in){.title = STR("Assignment: Essay & talk")}, NAMES_TITLE),
        essay);
    /* The wrong kind's word. */
    ck_assert_int_eq(
        find(x, (struct names_in){.title = STR("Quiz: Essay & talk")}, NAMES_NOTHING), 0);
    ck_assert_int_eq(find(x, (struct names_in){.title = STR("Twice")}, NAMES_SEVERAL), 0);
    ck_assert_int_eq(find(x, (struct names_in){.title = STR("Quiz: Twice")}, NAMES_TITLE),
                     activities_find(ids, STR("moodle-cm"), STR("15")));
    ck_assert_int_eq(
        find(x, (struct names_in){.title = STR("Ratio: part 1")}, NAMES_TITLE),
        activities_find(ids, STR("moodle-cm"), STR("16")));
    ck_assert_int_eq(find(x, (struct names_in){0}, NAMES_NOTHING), 0);
    /* What was found by its title stays, whatever the title becomes. */
    struct names_in file = {
        .source_kind = STR("file"), .source_key = STR("quiz 1"), .title = STR("Quiz 1")};
    ck_assert_int_eq(find(x, file, NAMES_TITLE), quiz);
    kit_must(names_keep(&l, &file, quiz, &e), &e);
    kit_must(names_keep(&l, &file, essay, &e), &e);
    in[0].row.title = STR("Renamed");
    kit_must(activities_apply(&l, STR("moodle"), in, 1, false, NULL, &e), &e);
    ck_assert_int_eq(find(names(&l), file, NAMES_ALIAS), quiz);
}

START_TEST(one_activity_whatever_the_route)
{
    testdb_each(named);
}
END_TEST

/* A file came first and made the activity; then a token is given and the catalogue is
 * read: two activities of one thing would let one grade count twice. */
static void adopted(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct activities_counts c;
    kit_course(t, &l, 1);
    struct activities_in file[] = {
        {.row = {.title = STR("Quiz 9"), .kind = STR("other"), .visible = true},
         .alias = {{STR("file"), STR("quiz 9")}},
         .alias_n = 1},
        {.row = {.title = STR("Common"), .kind = STR("other"), .visible = true},
         .alias = {{STR("file"), STR("common")}},
         .alias_n = 1},
    };
    kit_must(activities_apply(&l, STR("file"), file, 2, false, &c, &e), &e);
    ck_assert_uint_eq(c.added, 2);
    struct activities_in lms[] = {
        {.row = {.title = STR("Quiz 9"), .kind = STR("quiz"), .visible = true},
         .alias = {{STR("moodle-cm"), STR("99")}},
         .alias_n = 1},
        {.row = {.title = STR("Common"), .kind = STR("quiz"), .visible = true},
         .alias = {{STR("moodle-cm"), STR("100")}},
         .alias_n = 1},
        {.row = {.title = STR("Common"), .kind = STR("page"), .visible = true},
         .alias = {{STR("moodle-cm"), STR("101")}},
         .alias_n = 1},
    };
    kit_must(activities_apply(&l, STR("moodle"), lms, 3, false, &c, &e), &e);
    ck_assert_uint_eq(c.added, 2);
    struct activities_index *ids = activities_index(&l, &e);
    ck_assert_int_eq(activities_find(ids, STR("moodle-cm"), STR("99")),
                     activities_find(ids, STR("file"), STR("quiz 9")));
    ck_assert_int_ne(activities_find(ids, STR("moodle-cm"), STR("100")),
                     activities_find(ids, STR("file"), STR("common")));
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM activity WHERE title = "
                                      "'Quiz 9' AND kind = 'quiz'"),
                     1);
    kit_must(activities_apply(&l, STR("moodle"), lms, 3, false, &c, &e), &e);
    ck_assert_uint_eq(c.added, 0);
}

START_TEST(a_catalogue_takes_over_what_a_file_told_first)
{
    testdb_each(adopted);
}
END_TEST

static void address(const char *url, const char *form)
{
    struct arena *a = arena_new(1 << 20);
    struct str got = names_address(a, str_c(url));
    ck_assert_msg(str_is(got, form), "%s gives %.*s", url, STR_ARG(got));
    arena_free(a);
}

START_TEST(an_address_has_one_form)
{
    address("https://LMS.example/mod/quiz/view.php?id=12",
            "lms.example/mod/quiz/view.php?id=12");
    address("https://lms.example/mod/quiz/view.php?x=1&amp;id=12",
            "lms.example/mod/quiz/view.php?id=12");
    address("https://lms.example/mod/quiz/review.php?attempt=3",
            "lms.example/mod/quiz/review.php?attempt=3");
    address("http://c.example/courses/3/quizzes/4?module_item_id=9",
            "c.example/courses/3/quizzes/4");
    address("https://c.example/courses/3/pages/fractions",
            "c.example/courses/3/pages/fractions");
    address("https://c.example/courses/x/assignments/4",
            "c.example/courses/x/assignments/4");
    address("https://c.example/a/?b=1#c", "c.example/a?b=1");
    address("https://c.example", "c.example");
    address("ftp://c.example/a", "");
    address("https://a@c.example/", "");
    address("nonsense", "");
    address("", "");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("who");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, other_names_are_marks_that_find_their_person);
    tcase_add_test(t, a_mark_is_written_again_after_a_month);
    tcase_add_test(t, a_roster_notes_numbers_and_addresses);
    tcase_add_test(t, one_activity_whatever_the_route);
    tcase_add_test(t, a_catalogue_takes_over_what_a_file_told_first);
    tcase_add_test(t, an_address_has_one_form);
    suite_add_tcase(s, t);
    return suite_main(s);
}
