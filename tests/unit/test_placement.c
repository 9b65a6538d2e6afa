/* Placement: few questions tell about as much as asking about everything. */
#include "engine/placement.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <math.h>
#include <stdio.h>

#define SKILLS 30
#define MAPS 20
#define PEOPLE 20 /* of each map */
#define TIMES 3   /* that the full test asks about each skill */
#define SEED 2026

static struct arena *a;

static void setup(void)
{
    a = arena_new((size_t)256 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

/* 30 skills; most need one to three of those a little before them. */
static struct skill_map *map_of_30(uint64_t *seed)
{
    struct skill_map *m = mapmake_plain(a, SKILLS);
    for (int32_t i = 4; i < SKILLS; i++) {
        int32_t needs = mapmake_below(seed, 4);
        for (int32_t k = 0; k < needs; k++) {
            int32_t back = 1 + k * 2 + mapmake_below(seed, 2);
            mapmake_need(a, m, i, i - back < 0 ? 0 : i - back, true);
        }
    }
    mapmake_link(a, m);
    return m;
}

/* Somebody by another model than the one of placement.c: an ability against each skill's
 * own difficulty, and nothing without what it needs. */
static void person(const struct skill_map *m, const double *hard, uint64_t *seed,
                   bool *has)
{
    double able = 3.0 * (mapmake_unit(seed) + mapmake_unit(seed) - 1.0);
    for (size_t i = 0; i < m->skill_n; i++) {
        int32_t s = m->order[i];
        has[s] = mapmake_unit(seed) < 1.0 / (1.0 + exp(hard[s] - 2.0 * able));
        for (size_t k = 0; k < m->skills[s].need_n; k++) {
            has[s] = has[s] && has[m->skills[s].needs[k].skill];
        }
    }
}

static bool answers(const struct skill_map *m, const bool *has, int32_t skill,
                    uint64_t *seed)
{
    const struct skill_bkt *b = &m->skills[skill].bkt;
    return mapmake_unit(seed) < (has[skill] ? 1.0 - b->p_slip : b->p_guess);
}

struct tally {
    int64_t skills, like_full, like_truth, full_truth, questions, most;
};

/* The full test: every skill, three questions, two right ones are enough. */
static void full_test(const struct skill_map *m, const bool *has, uint64_t *seed,
                      bool *out)
{
    for (int32_t s = 0; s < SKILLS; s++) {
        int right = 0;
        for (int k = 0; k < TIMES; k++) {
            right += answers(m, has, s, seed) ? 1 : 0;
        }
        out[s] = right >= 2;
    }
}

static void place(const struct skill_map *m, const double *hard, uint64_t *seed,
                  struct tally *t)
{
    bool has[SKILLS], full[SKILLS];
    double p[SKILLS];
    int32_t asked = 0;
    person(m, hard, seed, has);
    full_test(m, has, seed, full);
    struct placement *x = placement_new(a, m, PLACEMENT_QUESTIONS);
    for (int32_t s = placement_next(x); s >= 0; s = placement_next(x)) {
        placement_answer(x, s, answers(m, has, s, seed));
    }
    placement_read(x, p, &asked);
    for (int32_t s = 0; s < SKILLS; s++) {
        ck_assert(p[s] >= 0.0 && p[s] <= 1.0 + 1e-9);
        t->like_full += (p[s] >= 0.5) == full[s];
        t->like_truth += (p[s] >= 0.5) == has[s];
        t->full_truth += full[s] == has[s];
        t->skills++;
    }
    t->questions += asked;
    t->most = asked > t->most ? asked : t->most;
}

START_TEST(fifteen_questions_agree_with_the_full_test)
{
    uint64_t seed = SEED;
    struct tally t = {0};
    for (int k = 0; k < MAPS; k++) {
        struct skill_map *m = map_of_30(&seed);
        double hard[SKILLS];
        for (int s = 0; s < SKILLS; s++) {
            hard[s] = 2.0 * mapmake_unit(&seed) - 1.5;
        }
        for (int i = 0; i < PEOPLE; i++) {
            place(m, hard, &seed, &t);
        }
        arena_reset(a);
    }
    double n = (double)t.skills;
    printf("placement: %.1f questions on average, at most %d; agrees with the full test "
           "of %d: %.3f; with the truth: %.3f (the full test: %.3f)\n",
           (double)t.questions / (MAPS * PEOPLE), (int)t.most, SKILLS * TIMES,
           (double)t.like_full / n, (double)t.like_truth / n, (double)t.full_truth / n);
    ck_assert_int_le(t.most, 15);
    ck_assert_msg((double)t.like_full / n >= 0.85, "seed %d: %.3f", SEED,
                  (double)t.like_full / n);
}
END_TEST

/* Who answers all right has everything in the end, who answers all wrong nothing; it is
 * over before the limit, and the same answers give the same questions. */
START_TEST(clear_cases_end_early)
{
    uint64_t seed = SEED;
    struct skill_map *m = map_of_30(&seed);
    for (int right = 0; right < 2; right++) {
        double p[SKILLS];
        int32_t asked = 0;
        struct placement *x = placement_new(a, m, PLACEMENT_QUESTIONS);
        struct placement *y = placement_new(a, m, PLACEMENT_QUESTIONS);
        for (int32_t s = placement_next(x); s >= 0; s = placement_next(x)) {
            ck_assert_int_eq(s, placement_next(y));
            placement_answer(x, s, right == 1);
            placement_answer(y, s, right == 1);
        }
        placement_read(x, p, &asked);
        ck_assert_msg(asked < PLACEMENT_QUESTIONS, "%d", asked);
        for (int32_t s = 0; s < SKILLS; s++) {
            ck_assert_msg((p[s] >= 0.5) == (right == 1), "%d: %g", s, p[s]);
        }
    }
}
END_TEST

/* In a chain the middle tells more than the ends: what is above is likely when it is
 * there, and what is below is unlikely when it is not. */
START_TEST(the_first_question_halves_a_chain)
{
    struct skill_map *m = mapmake_plain(a, 9);
    for (int32_t s = 1; s < 9; s++) {
        mapmake_need(a, m, s, s - 1, true);
    }
    mapmake_link(a, m);
    int32_t first = placement_next(placement_new(a, m, PLACEMENT_QUESTIONS));
    ck_assert_msg(first >= 1 && first <= 6, "%d", first);
    int32_t all[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    double worth[9];
    placement_worth(a, m, all, 9, worth);
    ck_assert(worth[3] > worth[8]);
    for (int s = 0; s < 9; s++) {
        ck_assert(worth[s] > 0.0);
    }
}
END_TEST

/* One of two suffices: having the skill says less of each than a hard need would. */
START_TEST(alternatives_are_understood)
{
    struct skill_map *m = mapmake_plain(a, 3);
    mapmake_any(a, m, 2, 0, 1);
    mapmake_any(a, m, 2, 1, 1);
    mapmake_link(a, m);
    struct placement *x = placement_new(a, m, PLACEMENT_QUESTIONS);
    double p[3];
    int32_t asked = 0;
    for (int k = 0; k < 6; k++) {
        placement_answer(x, 2, true);
        placement_answer(x, 0, false);
    }
    placement_read(x, p, &asked);
    ck_assert_msg(p[2] > 0.9 && p[0] < 0.2 && p[1] > 0.9, "%g %g %g", p[2], p[0], p[1]);
    ck_assert_int_eq(asked, 12);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("placement");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, fifteen_questions_agree_with_the_full_test);
    tcase_add_test(t, clear_cases_end_early);
    tcase_add_test(t, the_first_question_halves_a_chain);
    tcase_add_test(t, alternatives_are_understood);
    suite_add_tcase(s, t);
    return suite_main(s);
}
