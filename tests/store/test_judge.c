/* What a teacher has seen: evidence like any other, with who and when. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/judge.h"

#define ROWS "SELECT count(*) FROM evidence WHERE kind = 'judgement'"

static int say(struct learn *l, const char *code, bool has, struct err *e)
{
    struct judge_in in = {.person_id = KIT_PERSON,
                          .by_person_id = KIT_TEACHER,
                          .code = str_c(code),
                          .has = has};
    err_clear(e);
    return judge_add(l, &in, e);
}

static bool word(struct testdb *t, const char *code, const char *what)
{
    const char *sql = str_fmt(t->a,
                              "SELECT count(*) FROM state_skill WHERE person_id = %d AND "
                              "skill_code = '%s' AND word = '%s'",
                              KIT_PERSON, code, what)
                          .p;
    return testdb_number(t, sql) == 1;
}

static void counts(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 1);
    kit_publish(&l);
    kit_must(say(&l, "A", true, &e), &e);
    ck_assert_msg(!word(t, "A", "none") && !word(t, "A", "mastered"),
                  "one word moves a skill and does not settle it");
    kit_must(say(&l, "A", true, &e), &e);
    ck_assert_msg(testdb_number(t, ROWS) == 1, "said twice on a day is said once");
    for (int day = 0; day < 5; day++) {
        t->now_ms += KIT_DAY;
        kit_must(say(&l, "A", true, &e), &e);
    }
    ck_assert_int_eq(testdb_number(t, ROWS), 6);
    ck_assert(word(t, "A", "mastered"));
    kit_replay(&l);
}

START_TEST(a_word_is_one_result_and_several_on_several_days_master)
{
    testdb_each(counts);
}
END_TEST

static void corrected(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 1);
    kit_publish(&l);
    kit_must(say(&l, "A", true, &e), &e);
    double high = testdb_number(t, "SELECT CAST(1000 * p_mastery AS BIGINT) FROM "
                                   "state_skill WHERE skill_code = 'A'");
    t->now_ms += 60000;
    kit_must(say(&l, "A", false, &e), &e);
    double low = testdb_number(t, "SELECT CAST(1000 * p_mastery AS BIGINT) FROM "
                                  "state_skill WHERE skill_code = 'A'");
    ck_assert_msg(low < high, "%g and %g", low, high);
    ck_assert_msg(testdb_number(t, ROWS) == 2, "both words are kept");
    ck_assert_msg(testdb_number(t, "SELECT evidence_n FROM state_skill WHERE "
                                   "skill_code = 'A'") == 1,
                  "the last one counts");
    kit_replay(&l);
}

START_TEST(the_last_word_of_a_day_counts)
{
    testdb_each(corrected);
}
END_TEST

static void refused(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 1);
    ck_assert_int_eq(say(&l, "A", true, &e), -1);
    ck_assert_msg(e.code == ERR_NOTFOUND, "no map yet");
    kit_publish(&l);
    ck_assert_int_eq(say(&l, "no-such", true, &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
    struct judge_in stranger = {
        .person_id = 999999, .by_person_id = KIT_TEACHER, .code = STR("A"), .has = true};
    err_clear(&e);
    ck_assert_int_eq(judge_add(&l, &stranger, &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
    ck_assert_int_eq(testdb_number(t, ROWS), 0);
}

START_TEST(about_skills_and_people_of_the_course_alone)
{
    testdb_each(refused);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("judge");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, a_word_is_one_result_and_several_on_several_days_master);
    tcase_add_test(c, the_last_word_of_a_day_counts);
    tcase_add_test(c, about_skills_and_people_of_the_course_alone);
    suite_add_tcase(s, c);
    return suite_main(s);
}
