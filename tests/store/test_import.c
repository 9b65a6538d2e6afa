/* Grade files: looked at, taken in, taken back. Everybody in them is invented. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/activities.h"
#include "learn/import.h"
#include "learn/who.h"
#include "store/source.h"

#include <string.h>

struct kit {
    struct testdb *t;
    struct learn l;
    struct keyring keys;
};

/* A course with a map and students; "n700" is the number of the first, and so on. */
static void begin(struct kit *k, struct testdb *t, int students)
{
    struct err e = {0};
    k->t = t;
    kit_course(t, &k->l, students);
    memset(&k->keys, 7, sizeof k->keys);
    k->l.keys = &k->keys;
    struct who_note rows[50];
    for (int i = 0; i < students; i++)
        rows[i] = (struct who_note){
            .sub = str_fmt(t->a, "s%d", KIT_PERSON + i),
            .sourcedid = str_fmt(t->a, "n%d", KIT_PERSON + i),
            .email = str_fmt(t->a, "p%d@school.example", KIT_PERSON + i)};
    kit_must(who_note(&k->l, rows, (size_t)students, &e), &e);
    kit_publish(&k->l);
}

static struct import_run keep(struct kit *k, const char *text)
{
    struct err e = {0};
    struct import_run run = {.file_name = STR("grades.csv"),
                             .document = str_c(text),
                             .choices = STR_EMPTY,
                             .counts = STR_EMPTY,
                             .form = STR_EMPTY};
    kit_must(import_keep(&k->l, &run, &e), &e);
    return run;
}

static struct importplan look(struct kit *k, const char *text)
{
    struct err e = {0};
    struct importplan plan;
    struct import_run run = keep(k, text);
    kit_must(import_look(&k->l, &run, false, &plan, &e), &e);
    kit_must(import_run_drop(k->t->db, KIT_TENANT, run.id, &e), &e);
    return plan;
}

static struct import_counts take(struct kit *k, const char *text, int64_t *id)
{
    struct err e = {0};
    struct import_counts c;
    struct import_run run = keep(k, text);
    kit_must(import_take(&k->l, run.id, NULL, &c, &e), &e);
    kit_jobs(&k->l);
    k->t->now_ms += 1000;
    if (id != NULL)
        *id = run.id;
    return c;
}

static struct import_counts undo(struct kit *k, int64_t id)
{
    struct err e = {0};
    struct import_counts c;
    kit_must(import_undo(&k->l, id, NULL, &c, &e), &e);
    kit_jobs(&k->l);
    k->t->now_ms += 1000;
    return c;
}

static int64_t rows(struct kit *k)
{
    return testdb_number(k->t,
                         "SELECT count(*) FROM evidence WHERE source_kind = 'file'");
}

/* The score that stands of person 700 at an activity, by file; -1: none. */
static double standing(struct kit *k, const char *activity)
{
    struct err e = {0};
    struct ledger *book;
    size_t n;
    int64_t id = kit_activity(&k->l, activity);
    kit_must(ledger_read(k->t->db, k->t->a, KIT_TENANT, KIT_COURSE, KIT_PERSON, INT64_MAX,
                         &book, &e),
             &e);
    const struct evidence **all = ledger_standing(book, k->t->a, &n);
    for (size_t i = 0; i < n; i++)
        if (all[i]->activity_id == id && str_is(all[i]->source_kind, "file"))
            return all[i]->has_score ? all[i]->score : -1;
    return -1;
}

static void one_file(struct testdb *t)
{
    struct kit k;
    struct err e = {0};
    begin(&k, t, 3);
    const char *text = "Id number,Name,Check A [10],Check B [20],Worksheet [5],Note\n"
                       "n700,x,7,20,,good\n"
                       "n701,x,0,-,EX,fine\n"
                       "n999,x,5,5,5,who\n"
                       "n702,x,A,6,5,oh\n"
                       "n700,x,1,1,1,again\n"
                       "n702\n";
    struct importplan p = look(&k, text);
    ck_assert_uint_eq(p.used, 3);
    ck_assert_str_eq(p.columns[5].why, "text");
    ck_assert_uint_eq(p.people, 3);
    ck_assert_uint_eq(p.fresh, 5);
    ck_assert_uint_eq(p.blank, 2);
    ck_assert_uint_eq(p.excused, 1);
    ck_assert_uint_eq(p.problems_all, 4);
    ck_assert_int_eq(p.problems[0].line, 4);
    ck_assert_int_eq(p.problems[1].line, 5);
    ck_assert(str_is(p.problems[1].column, "Check A [10]"));
    ck_assert_int_eq(p.problems[2].line, 6);
    ck_assert_int_eq(p.problems[3].line, 7);
    ck_assert_int_eq(rows(&k), 0);
    int64_t id;
    struct import_counts c = take(&k, text, &id);
    ck_assert_int_eq(c.added, 5);
    ck_assert_int_eq(c.refused, 4);
    ck_assert_double_eq(standing(&k, "A"), 7);
    ck_assert_int_eq(rows(&k), 5);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM evidence WHERE score = 0"),
                     1);
    /* What was taken in lists what was not, and keeps no file. */
    struct import_run run;
    ck_assert_int_eq(import_find(&k.l, id, &run, &e), 1);
    ck_assert(str_is(run.state, "done") && str_is(run.form, "plain"));
    ck_assert_uint_eq(run.document.n, 0);
    import_counts_read(t->a, run.counts, &c);
    ck_assert_uint_eq(c.problems_n, 4);
    ck_assert_str_eq(c.problems[1].why, "it is no number");
    struct source *s;
    size_t n;
    kit_must(source_list(t->db, t->a, KIT_TENANT, KIT_COURSE, &s, &n, &e), &e);
    ck_assert(n == 1 && str_is(s[0].source, "file") && s[0].rows_n == 5);
    /* The same file again. */
    c = take(&k, text, NULL);
    ck_assert_int_eq(c.added, 0);
    ck_assert_int_eq(c.same, 5);
    ck_assert_int_eq(rows(&k), 5);
    kit_replay(&k.l);
}

START_TEST(a_file_is_looked_at_and_taken_in)
{
    testdb_each(one_file);
}
END_TEST

/* 5, 7, 5 is three rows; the file of the 5 is no younger for coming again. */
static void changes(struct testdb *t)
{
    struct kit k;
    begin(&k, t, 1);
    const char *five = "email,Check A [10]\np700@school.example,5\n";
    const char *seven = "email,Check A [10]\nP700@School.example,7\n";
    take(&k, five, NULL);
    struct import_counts c = take(&k, seven, NULL);
    ck_assert_int_eq(c.added, 1);
    ck_assert_int_eq(c.changed, 1);
    ck_assert_double_eq(standing(&k, "A"), 7);
    c = take(&k, five, NULL);
    ck_assert_int_eq(c.added, 0);
    ck_assert_double_eq(standing(&k, "A"), 7);
    c = take(&k, "email,Check A [10]\np700@school.example,5.0\n", NULL);
    ck_assert_int_eq(c.changed, 1);
    ck_assert_double_eq(standing(&k, "A"), 5);
    ck_assert_int_eq(rows(&k), 3);
}

START_TEST(every_change_is_kept_and_a_repeated_file_is_none)
{
    testdb_each(changes);
}
END_TEST

static void taken_back(struct testdb *t)
{
    struct kit k;
    struct err e = {0};
    int64_t one, two;
    begin(&k, t, 2);
    const char *five = "id number,Check A [10],Check B [10]\nn700,5,1\nn701,5,\n";
    const char *seven = "id number,Check A [10]\nn700,7\n";
    take(&k, five, &one);
    take(&k, seven, &two);
    ck_assert_double_eq(standing(&k, "A"), 7);
    struct import_counts c = undo(&k, two);
    ck_assert_int_eq(c.withdrawn, 1);
    ck_assert_int_eq(c.superseded, 0);
    ck_assert_double_eq(standing(&k, "A"), 5);
    ck_assert_int_eq(rows(&k), 5);
    /* Twice is said; the file may come again. */
    ck_assert_int_eq(import_undo(&k.l, two, NULL, &c, &e), -1);
    ck_assert_int_eq(e.code, ERR_CONFLICT);
    c = take(&k, seven, &two);
    ck_assert_int_eq(c.added, 1);
    ck_assert_double_eq(standing(&k, "A"), 7);
    /* The first: one grade was changed since. */
    c = undo(&k, one);
    ck_assert_int_eq(c.withdrawn, 2);
    ck_assert_int_eq(c.superseded, 1);
    ck_assert_double_eq(standing(&k, "A"), 7);
    ck_assert_double_eq(standing(&k, "B"), -1);
    /* Now the second: what was before it was taken back meanwhile. */
    c = undo(&k, two);
    ck_assert_int_eq(c.withdrawn, 1);
    ck_assert_double_eq(standing(&k, "A"), -1);
    ck_assert_int_eq(testdb_number(t, "SELECT sum(evidence_n) FROM state_skill WHERE "
                                      "person_id = 700"),
                     0);
    kit_replay(&k.l);
}

START_TEST(taken_back_what_was_known_before_stands_again)
{
    testdb_each(taken_back);
}
END_TEST

/* The later import is taken back first; its grade went back to the earlier one's. */
static void both_back(struct testdb *t)
{
    struct kit k;
    int64_t one, two;
    begin(&k, t, 1);
    take(&k, "id number,Check A [10]\nn700,5\n", &one);
    take(&k, "id number,Check A [10]\nn700,7\n", &two);
    undo(&k, two);
    struct import_counts c = undo(&k, one);
    ck_assert_int_eq(c.withdrawn, 1);
    ck_assert_int_eq(c.superseded, 0);
    ck_assert_double_eq(standing(&k, "A"), -1);
    ck_assert_int_eq(rows(&k), 4);
}

START_TEST(taken_back_one_after_the_other_nothing_is_left)
{
    testdb_each(both_back);
}
END_TEST

static void strictly(struct testdb *t)
{
    struct kit k;
    struct err e = {0};
    struct import_counts c;
    begin(&k, t, 2);
    struct import_run run = {.file_name = STR("x.csv"),
                             .document = STR("id number,Check A\nn700,5\nn999,6\n"),
                             .choices = STR_EMPTY,
                             .counts = STR_EMPTY,
                             .form = STR("plain"),
                             .strict = true};
    kit_must(import_keep(&k.l, &run, &e), &e);
    kit_must(import_take(&k.l, run.id, NULL, &c, &e), &e);
    ck_assert_int_eq(c.refused, 1);
    ck_assert(c.error.n > 0);
    ck_assert_int_eq(rows(&k), 0);
    kit_must(import_find(&k.l, run.id, &run, &e), &e);
    ck_assert(str_is(run.state, "refused"));
    /* And what is no grade book at all. */
    run = keep(&k, "nonsense");
    kit_must(import_take(&k.l, run.id, NULL, &c, &e), &e);
    ck_assert(c.error.n > 0);
    /* Of another course: not found. */
    k.l.course_id++;
    ck_assert_int_eq(import_take(&k.l, run.id, NULL, &c, &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
}

START_TEST(all_of_it_or_nothing)
{
    testdb_each(strictly);
}
END_TEST

/* Columns: by title with the kind's word, unknown ones as new activities, a choice. */
static void by_columns(struct testdb *t)
{
    struct kit k;
    struct err e = {0};
    begin(&k, t, 1);
    const char *text =
        "First name,Last name,ID number,Quiz: Check A (Real),Quiz: Check A (Percentage),"
        "Quiz: Fresh (Real),Quiz: Fresh (Percentage),Oral (Real),Course total (Real),"
        "Last downloaded from this course\n"
        "x,y,n700,8.00,80.00 %,3.00,30.00 %,2.00,11.00,1735689600\n";
    t->now_ms = INT64_C(1735689600000) + KIT_DAY;
    struct importplan p = look(&k, text);
    ck_assert_int_eq(p.book.form, GRADEBOOK_MOODLE);
    ck_assert_int_eq(p.observed_ms, INT64_C(1735689600000));
    ck_assert_int_eq(p.columns[3].to, IMPORTPLAN_KNOWN);
    ck_assert_int_eq(p.columns[3].activity_id, kit_activity(&k.l, "A"));
    ck_assert_double_eq(p.columns[3].maximum, 10);
    ck_assert_str_eq(p.columns[4].why, "twice");
    ck_assert_str_eq(p.columns[5].why, "twice"); /* nobody knows its maximum */
    ck_assert_int_eq(p.columns[6].to, IMPORTPLAN_NEW);
    ck_assert(str_is(p.columns[6].title, "Fresh") && str_is(p.columns[6].kind, "quiz"));
    ck_assert_str_eq(p.columns[7].why, "unnamed");
    ck_assert_str_eq(p.columns[8].why, "total");
    struct importplan_choice choices[] = {
        {.column = 7,
         .to = str_fmt(t->a, "activity:%lld", (long long)kit_activity(&k.l, "B")),
         .has_maximum = true,
         .maximum = 4},
        {.column = 6, .to = STR("ignore")},
        {.column = 3, .to = STR_EMPTY},
    };
    struct import_run run = keep(&k, text);
    run.choices = importplan_choices(t->a, choices, 3);
    kit_must(import_run_choose(t->db, KIT_TENANT, &run, &e), &e);
    kit_must(import_find(&k.l, run.id, &run, &e), &e);
    kit_must(import_look(&k.l, &run, true, &p, &e), &e);
    ck_assert_int_eq(p.columns[7].activity_id, kit_activity(&k.l, "B"));
    ck_assert_double_eq(p.columns[7].maximum, 4);
    ck_assert_str_eq(p.columns[6].why, "chosen");
    ck_assert_uint_eq(p.used, 2);
    take(&k, text, NULL);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM activity WHERE title = 'Fresh' AND "
                         "source = 'file' AND kind = 'quiz' AND maximum = 100"),
        1);
    /* The catalogue tells of it later, and is the same activity. */
    struct activities_in in = {
        .row = {.title = STR("Fresh"), .kind = STR("quiz"), .visible = true},
        .alias = {{STR("moodle-cm"), STR("4711")}},
        .alias_n = 1};
    kit_must(activities_apply(&k.l, STR("moodle"), &in, 1, false, NULL, &e), &e);
    p = look(&k, text);
    ck_assert_uint_eq(p.fresh, 0);
    ck_assert_uint_eq(p.same, 2);
}

/* A gradebook shows our own columns too: what we posted is no evidence. */
static void own_columns(struct testdb *t)
{
    struct kit k;
    begin(&k, t, 1);
    testdb_sql(
        t, "INSERT INTO link (tenant_id, link_id, course_id, resource_link_id, title, "
           "custom, created_ms) VALUES (7, 1, 70, 'r1', 'My way', '{}', 1);\n");
    testdb_sql(t, "INSERT INTO line_item (tenant_id, course_id, purpose, url, maximum, "
                  "created_ms, label) VALUES (7, 70, 'mastery', 'https://x', 100, 1, "
                  "'Mastery (Waymark)');\n");
    struct importplan p = look(
        &k, "id number,External tool: My way [10],Mastery (Waymark) [100],Other [5]\n"
            "n700,9,80,4\n");
    ck_assert_str_eq(p.columns[1].why, "own");
    ck_assert_str_eq(p.columns[2].why, "own");
    ck_assert_uint_eq(p.used, 1);
}

START_TEST(our_own_columns_are_left_out)
{
    testdb_each(own_columns);
}
END_TEST

START_TEST(columns_find_their_activity)
{
    testdb_each(by_columns);
}
END_TEST

static double share_of(struct kit *k, const char *skill)
{
    struct str code = str_c(skill);
    return (double)testdb_number(
               k->t,
               str_fmt(k->t->a,
                       "SELECT CAST(p_mastery * 1000000 AS BIGINT) FROM state_skill "
                       "WHERE person_id = %d AND skill_code = '%.*s'",
                       KIT_PERSON, STR_ARG(code))
                   .p) /
           1e6;
}

static struct evidence_in by_route(struct kit *k, const char *source, double score,
                                   int64_t at_ms)
{
    struct evidence_in in = kit_grade(&k->l, KIT_PERSON, "A", score, at_ms);
    in.source_kind = str_c(source);
    in.source_key = str_fmt(k->t->a, "%s:A", source);
    return in;
}

/* One grade by AGS, web services, a file and xAPI counts once; a correction by the
 * richest supersedes, and a file does not talk over the LMS. */
static void once(struct testdb *t)
{
    struct kit k;
    begin(&k, t, 1);
    int64_t at = t->now_ms;
    take(&k, "id number,Check A\nn700,6\n", NULL);
    double alone = share_of(&k, "A");
    static const char *const routes[] = {"xapi", "ags", "moodle-ws"};
    for (size_t i = 0; i < 3; i++) {
        struct evidence_in in = by_route(&k, routes[i], 6, at + (int64_t)i);
        kit_take(&k.l, &in, 1);
        ck_assert_double_eq(share_of(&k, "A"), alone);
        ck_assert_int_eq(testdb_number(t, "SELECT evidence_n FROM state_skill WHERE "
                                          "person_id = 700 AND skill_code = 'A'"),
                         1);
    }
    struct evidence_in in = by_route(&k, "moodle-ws", 10, at + 5000);
    in.read_ms = t->now_ms;
    kit_take(&k.l, &in, 1);
    double corrected = share_of(&k, "A");
    ck_assert(corrected > alone);
    take(&k, "id number,Check A\nn700,2\n", NULL);
    ck_assert_double_eq(share_of(&k, "A"), corrected);
    ck_assert_int_eq(testdb_number(t, "SELECT evidence_n FROM state_skill WHERE "
                                      "person_id = 700 AND skill_code = 'A'"),
                     1);
    kit_replay(&k.l);
}

START_TEST(one_grade_by_several_routes_counts_once)
{
    testdb_each(once);
}
END_TEST

/* A file with an older time came after a newer one: it changed nothing, but it was known
 * when the newer one was taken back, and was lost. */
static void late_file(struct testdb *t)
{
    struct kit k;
    int64_t newer, id;
    begin(&k, t, 1);
    int64_t now = t->now_ms;
    t->now_ms = now + KIT_DAY;
    take(&k, "id number,Check B\nn700,7\n", &newer);
    ck_assert_double_eq(standing(&k, "B"), 7);
    t->now_ms = now; /* as a file that tells its time */
    take(&k, "id number,Check B\nn700,4\n", &id);
    ck_assert_double_eq(standing(&k, "B"), 7);
    t->now_ms = now + 2 * KIT_DAY;
    undo(&k, newer);
    ck_assert_double_eq(standing(&k, "B"), 4);
    undo(&k, id);
    ck_assert_double_eq(standing(&k, "B"), -1);
    kit_replay(&k.l);
}

START_TEST(taken_back_what_came_late_stands)
{
    testdb_each(late_file);
}
END_TEST

/* The process died after the first batch: the job goes on, and what is told is the whole.
 */
static int stop_at_once(void *ctx, size_t done, size_t total, struct err *e)
{
    (void)ctx;
    (void)total;
    return done > 0 ? err_set(e, ERR_BUSY, "the worker stops") : 0;
}

static void interrupted(struct testdb *t)
{
    struct kit k;
    struct err e = {0};
    struct import_counts c;
    struct import_progress p = {stop_at_once, NULL};
    struct buf b;
    begin(&k, t, 50);
    buf_init(&b, t->a, 4096);
    buf_c(&b, "id number,Check A,Check B,Check C,Check D,Check E\n");
    for (int i = 0; i < 50; i++)
        buf_fmt(&b, "n%d,1,2,3,4,5\n", KIT_PERSON + i);
    struct import_run run = keep(&k, buf_view(&b).p);
    ck_assert_int_eq(import_take(&k.l, run.id, &p, &c, &e), -1);
    ck_assert_int_eq(e.code, ERR_BUSY);
    ck_assert_int_eq(rows(&k), 200);
    kit_must(import_take(&k.l, run.id, NULL, &c, &e), &e);
    ck_assert_int_eq(c.added, 250);
    ck_assert_int_eq(rows(&k), 250);
    ck_assert_int_eq(import_undo(&k.l, run.id, &p, &c, &e), -1);
    kit_must(import_undo(&k.l, run.id, NULL, &c, &e), &e);
    ck_assert_int_eq(c.withdrawn, 250);
    ck_assert_int_eq(rows(&k), 500);
}

START_TEST(cut_off_it_goes_on)
{
    testdb_each(interrupted);
}
END_TEST

/* A job that died in the middle left the whole grade file with its names in the database
 * for ever, and the page said "being taken in" without a way back. */
static void left_lying(struct testdb *t)
{
    struct kit k;
    struct err e = {0};
    struct import_counts c;
    struct import_run found;
    struct import_progress p = {stop_at_once, NULL};
    struct buf b;
    begin(&k, t, 50);
    buf_init(&b, t->a, 4096);
    buf_c(&b, "id number,Check A,Check B,Check C,Check D,Check E\n");
    for (int i = 0; i < 50; i++)
        buf_fmt(&b, "n%d,1,2,3,4,5\n", KIT_PERSON + i);
    struct import_run half = keep(&k, buf_view(&b).p);
    ck_assert_int_eq(import_take(&k.l, half.id, &p, &c, &e), -1);
    err_clear(&e);
    struct import_run none = keep(&k, "id number,Check A\nn700,6\n");
    ck_assert_int_eq(import_run_move(t->db, KIT_TENANT, none.id, "preview", "taking",
                                     t->now_ms, &e),
                     1);
    ck_assert_int_eq(import_run_purge(t->db, t->now_ms, &e), 0);
    t->now_ms += 2 * KIT_DAY;
    ck_assert_int_eq(import_run_purge(t->db, t->now_ms - KIT_DAY, &e), 2);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM import_run WHERE "
                                      "document_sealed IS NOT NULL"),
                     0);
    ck_assert_int_eq(import_find(&k.l, half.id, &found, &e), 1);
    ck_assert(str_is(found.state, "done"));
    ck_assert_int_eq(import_find(&k.l, none.id, &found, &e), 1);
    ck_assert(str_is(found.state, "refused"));
    kit_must(import_undo(&k.l, half.id, NULL, &c, &e), &e);
    ck_assert_int_eq(c.withdrawn, 200);
}

START_TEST(bug_a_file_whose_job_died_stayed_for_ever)
{
    testdb_each(left_lying);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("import");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, a_file_is_looked_at_and_taken_in);
    tcase_add_test(t, every_change_is_kept_and_a_repeated_file_is_none);
    tcase_add_test(t, taken_back_what_was_known_before_stands_again);
    tcase_add_test(t, taken_back_one_after_the_other_nothing_is_left);
    tcase_add_test(t, all_of_it_or_nothing);
    tcase_add_test(t, our_own_columns_are_left_out);
    tcase_add_test(t, columns_find_their_activity);
    tcase_add_test(t, one_grade_by_several_routes_counts_once);
    tcase_add_test(t, taken_back_what_came_late_stands);
    tcase_add_test(t, cut_off_it_goes_on);
    tcase_add_test(t, bug_a_file_whose_job_died_stayed_for_ever);
    suite_add_tcase(s, t);
    return suite_main(s);
}
