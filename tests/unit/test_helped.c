/* What helped similar learners: steps out of answers, and when a model may be used. */
#include "engine/helped.h"
#include "support/suite.h"

static struct arena *a;

static void setup(void)
{
    a = arena_new((size_t)256 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

#define SKILLS 6
#define EACH 8 /* answers of a learner: two on each of four skills */

/* After skill 0 some go on to 1, where it goes well, and as many to 2, where it does not;
 * then to 3 and 4. Nobody had 5. */
static struct answers *ledger(int32_t learners)
{
    struct answers *x = ARENA_NEW(a, struct answers);
    struct answer *rows = ARENA_ARRAY(a, struct answer, (size_t)learners * EACH);
    int32_t *from = ARENA_ARRAY(a, int32_t, (size_t)learners + 1);
    for (int32_t p = 0; p < learners; p++) {
        int32_t way[4] = {0, p % 2 == 0 ? 1 : 2, 3, 4};
        for (int32_t i = 0; i < EACH; i++) {
            rows[p * EACH + i] = (struct answer){
                .student = p, .item = -1, .skill = way[i / 2], .right = way[i / 2] != 2};
        }
        from[p + 1] = (p + 1) * EACH;
    }
    *x = (struct answers){.rows = rows,
                          .n = (size_t)learners * EACH,
                          .student_n = learners,
                          .skill_n = SKILLS,
                          .from = from};
    return x;
}

START_TEST(what_went_well_there_weighs_more)
{
    struct transit_model m;
    struct helped h;
    float score[SKILLS];
    int32_t history[] = {0};
    helped_fit(a, ledger(400), SKILLS, &m, &h);
    ck_assert_int_eq(h.persons, 400);
    ck_assert_int_eq(h.rows, 1600);
    ck_assert_msg(h.passed, "%g %g", h.log_loss, h.log_loss_popular);
    transit_score(&m, transit_work_new(a, &m), history, 1, score);
    ck_assert(score[1] > score[2]);
    ck_assert(score[1] > score[4]);
    ck_assert_msg(score[5] < score[2], "nobody had it");
}
END_TEST

START_TEST(too_few_learners_do_not_pass)
{
    struct transit_model m;
    struct helped h;
    helped_fit(a, ledger(TRANSIT_PEOPLE_MIN - 1), SKILLS, &m, &h);
    ck_assert(!h.passed && h.persons == TRANSIT_PEOPLE_MIN - 1);
    helped_fit(a, ledger(0), SKILLS, &m, &h);
    ck_assert(!h.passed && h.persons == 0 && h.choices == 0);
}
END_TEST

/* Learners of one skill alone tell nothing about what comes next. */
START_TEST(one_skill_is_no_step)
{
    struct answers *x = ledger(300);
    struct answer *rows = ARENA_ARRAY(a, struct answer, x->n);
    struct transit_model m;
    struct helped h;
    for (size_t i = 0; i < x->n; i++) {
        rows[i] = x->rows[i];
        rows[i].skill = rows[i].student < 100 ? 3 : rows[i].skill;
    }
    x->rows = rows;
    helped_fit(a, x, SKILLS, &m, &h);
    ck_assert_int_eq(h.persons, 200);
}
END_TEST

/* An item about two skills is a step to both. */
START_TEST(items_may_be_about_several_skills)
{
    struct answers *x = ledger(250);
    struct answer *rows = ARENA_ARRAY(a, struct answer, x->n);
    static const int32_t q_from[] = {0, 2, 3, 4, 5, 6};
    static const int32_t q_skill[] = {0, 5, 1, 2, 3, 4};
    struct transit_model m;
    struct helped h;
    for (size_t i = 0; i < x->n; i++) {
        rows[i] = x->rows[i];
        rows[i].item = rows[i].skill;
    }
    x->rows = rows;
    x->item_n = 5;
    x->q_from = q_from;
    x->q_skill = q_skill;
    x->q_skill_n = SKILLS;
    helped_fit(a, x, SKILLS, &m, &h);
    ck_assert_int_eq(h.rows, 250 * 5);
    ck_assert(m.active[5] >= 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("helped");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_went_well_there_weighs_more);
    tcase_add_test(t, too_few_learners_do_not_pass);
    tcase_add_test(t, one_skill_is_no_step);
    tcase_add_test(t, items_may_be_about_several_skills);
    suite_add_tcase(s, t);
    return suite_main(s);
}
