/* Questions to the map out of the ledger, and what a person's answer does. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/questions.h"
#include "store/question.h"

#include <stdio.h>

#define PEOPLE 60

/* A student who shows a skill, or fails it, on two days. */
static void work_on(struct learn *l, int64_t person, const char *activity, bool shows,
                    int64_t at_ms)
{
    struct evidence_in rows[4];
    for (int i = 0; i < 4; i++) {
        char attempt[40];
        snprintf(attempt, sizeof attempt, "%s-%lld-%d", activity, (long long)person, i);
        rows[i] = kit_answer(l, person, activity, str_z(l->a, str_c(attempt)),
                             shows ? 1 : 0, at_ms + i * KIT_DAY);
    }
    kit_take(l, rows, 4);
}

/* B is learnt without A, whatever the map says; nobody gets D without E, which the map
 * does not know. Everybody has C. */
static void class_of(struct learn *l)
{
    for (int i = 0; i < PEOPLE; i++) {
        int64_t who = KIT_PERSON + i, at = 1700000000000 + i * 1000;
        work_on(l, who, "A", i % 2 == 0, at);
        work_on(l, who, "E", i % 3 != 0, at + 10 * KIT_DAY);
        work_on(l, who, "B", i % 5 != 0, at + 20 * KIT_DAY);
        work_on(l, who, "C", true, at + 30 * KIT_DAY);
        work_on(l, who, "D", i % 3 != 0, at + 40 * KIT_DAY);
    }
}

static const struct question *asked(const struct question *v, size_t n, const char *kind,
                                    const char *from, const char *to)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(v[i].kind, kind) && str_is(v[i].from, from) && str_is(v[i].to, to))
            return &v[i];
    return NULL;
}

static void asks(struct testdb *t)
{
    struct learn l;
    struct questions q;
    struct question *rows;
    struct str problem;
    size_t n;
    struct err e = {0};
    kit_course(t, &l, PEOPLE);
    kit_publish(&l);
    class_of(&l);
    kit_must(questions_work(&l, &q, &e), &e);
    ck_assert_int_eq(q.persons, PEOPLE);
    kit_must(questions_keep(&l, &q, &e), &e);
    kit_must(question_list(l.db, t->a, KIT_TENANT, KIT_COURSE, &rows, &n, &e), &e);
    const struct question *drop = asked(rows, n, "drop", "A", "B");
    const struct question *add = asked(rows, n, "add", "E", "D");
    ck_assert_ptr_nonnull(drop);
    ck_assert_ptr_nonnull(add);
    ck_assert_int_eq(drop->without, 30);
    ck_assert_int_eq(drop->showed, 24);
    ck_assert_int_eq(add->showed, 0);
    /* "No": not asked again, until many more people count. */
    ck_assert_int_eq(questions_answer(&l, drop->kind, drop->from, drop->to,
                                      QUESTIONS_KEEP, KIT_TEACHER, &problem, &e),
                     1);
    kit_must(questions_keep(&l, &q, &e), &e);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM map_question WHERE state = "
                                      "'kept' AND by_person_id = 900"),
                     1);
    testdb_sql(t, "UPDATE map_question SET decided_n = 20 WHERE state = 'kept';\n");
    kit_must(questions_keep(&l, &q, &e), &e);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM map_question WHERE state = 'kept'"), 0);
    /* "Yes": the next version of the map has it, in the teacher's name. */
    ck_assert_int_eq(questions_answer(&l, add->kind, add->from, add->to, QUESTIONS_HARD,
                                      KIT_TEACHER, &problem, &e),
                     1);
    ck_assert_int_eq(testdb_number(t,
                                   "SELECT count(*) FROM map_version WHERE version = 2 "
                                   "AND created_by = 900"),
                     1);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM skill s JOIN course c ON c.map_id = "
                         "s.map_id WHERE s.skill_code = 'D' AND s.needs LIKE '%E%'"),
        1);
    ck_assert_int_eq(questions_answer(&l, STR("drop"), STR("A"), STR("B"), QUESTIONS_SOFT,
                                      KIT_TEACHER, &problem, &e),
                     1);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM skill s JOIN course c ON c.map_id = "
                         "s.map_id WHERE s.skill_code = 'B' AND s.needs = '[]'"),
        1);
    ck_assert_int_eq(questions_answer(&l, STR("drop"), STR("A"), STR("B"), QUESTIONS_SOFT,
                                      KIT_TEACHER, &problem, &e),
                     0);
}

/* The quizzes got limits since the map was published: that is no reason to refuse what
 * locks less. */
static void in_a_dead_end(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct str problem;
    struct question q = {.kind = STR("drop"),
                         .from = STR("A"),
                         .to = STR("B"),
                         .n = 60,
                         .state = STR("open")};
    kit_course(t, &l, 1);
    kit_publish(&l);
    testdb_sql(t, "UPDATE activity SET attempts_max = 2;\n");
    kit_must(question_put(t->db, KIT_TENANT, KIT_COURSE, &q, &e), &e);
    ck_assert_int_eq(questions_answer(&l, q.kind, q.from, q.to, QUESTIONS_SOFT,
                                      KIT_TEACHER, &problem, &e),
                     1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM map_even_so"), 1);
}

START_TEST(a_lock_is_dropped_though_the_map_has_a_dead_end)
{
    testdb_each(in_a_dead_end);
}
END_TEST

START_TEST(answers_question_the_map_and_a_person_decides)
{
    testdb_each(asks);
}
END_TEST

/* 5,000 skills once took a cell for each of 10,000 people: more memory than
 * the job has, which ends the worker. */
START_TEST(a_big_map_asks_about_fewer_people)
{
    ck_assert_uint_ge(questions_people(500), 30000);
    ck_assert_uint_ge(questions_people(5000), 100);
    for (size_t n = 1; n <= 5000; n++)
        ck_assert_uint_le(n * questions_people(n) * sizeof(struct edges_cell),
                          (size_t)256 << 20);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("questions");
    TCase *t = tcase_create("questions");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, answers_question_the_map_and_a_person_decides);
    tcase_add_test(t, a_lock_is_dropped_though_the_map_has_a_dead_end);
    tcase_add_test(t, a_big_map_asks_about_fewer_people);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return suite_main(suite());
}
