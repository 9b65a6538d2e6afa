/* What lies between a person and a goal. */
#include "engine/gap.h"
#include "engine/progress.h"
#include "support/mapmake.h"
#include "support/suite.h"

static struct arena *a;
static struct gap_step *steps;

static void setup(void)
{
    a = arena_new((size_t)256 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static size_t gap(struct skill_map *m, const enum mastery_word *words, const double *p,
                  int32_t goal, int32_t level)
{
    struct progress_known known = {.map = m, .words = words, .p = p};
    struct skill_goal g = {.skill = goal, .level = level};
    return gap_work(a, m, &g, 1, progress_holds, &known, &steps);
}

/* 0 <- 1 <- 2 <- 5; 3 <- 4, which nothing of 5 needs; 5 needs 3 too. Ords are shuffled
 * against the order on purpose: 5 is learnt last. */
static struct skill_map *chain(void)
{
    struct skill_map *m = mapmake_plain(a, 6);
    mapmake_need(a, m, 1, 0, true);
    mapmake_need(a, m, 2, 1, true);
    mapmake_need(a, m, 5, 2, true);
    mapmake_need(a, m, 5, 3, true);
    mapmake_need(a, m, 4, 3, true);
    mapmake_need(a, m, 5, 4, false);
    mapmake_link(a, m);
    return m;
}

/* FEATURES 5: the unmastered ancestors, in learnable order. */
START_TEST(the_gap_is_what_is_not_mastered_below_the_goal)
{
    struct skill_map *m = chain();
    enum mastery_word w[6] = {MASTERY_MASTERED, MASTERY_LEARNING};
    ck_assert_uint_eq(gap(m, w, NULL, 5, SKILL_MASTERED), 4);
    static const int32_t all[] = {1, 2, 3, 5};
    bool seen[6] = {false};
    for (size_t i = 0; i < 4; i++) {
        bool there = false;
        for (size_t k = 0; k < 4; k++) {
            there = there || steps[i].skill == all[k];
        }
        ck_assert_msg(there, "%d is no part of it", (int)steps[i].skill);
        seen[steps[i].skill] = true;
        ck_assert_msg(!steps[i].behind, "%d", (int)steps[i].skill);
        ck_assert((steps[i].skill == 5) == steps[i].goal);
    }
    ck_assert(seen[1] && seen[2] && seen[3] && seen[5]);
    ck_assert_int_eq(steps[3].skill, 5);
    enum mastery_word done[6] = {MASTERY_MASTERED, MASTERY_REVIEW,   MASTERY_MASTERED,
                                 MASTERY_MASTERED, MASTERY_LEARNING, MASTERY_MASTERED};
    ck_assert_uint_eq(gap(m, done, NULL, 5, SKILL_MASTERED), 0);
}
END_TEST

/* 2 was shown at once: what is below is a gap still, but locks nothing. */
START_TEST(below_what_is_held_a_gap_is_told_apart)
{
    struct skill_map *m = chain();
    enum mastery_word w[6] = {MASTERY_LEARNING, MASTERY_NONE, MASTERY_MASTERED,
                              MASTERY_MASTERED};
    ck_assert_uint_eq(gap(m, w, NULL, 5, SKILL_MASTERED), 3);
    ck_assert(steps[0].skill == 0 && steps[0].behind);
    ck_assert(steps[1].skill == 1 && steps[1].behind);
    ck_assert(steps[2].skill == 5 && !steps[2].behind);
}
END_TEST

/* FEATURES 7: two routes with different thresholds show different gaps for the same
 * evidence. */
START_TEST(two_routes_with_different_levels_differ)
{
    struct skill_map *m = chain();
    struct skill_level levels[] = {{.code = STR("working"), .p = 0.6},
                                   {.code = STR("secure"), .p = 0.9}};
    m->levels = levels;
    m->level_n = 2;
    enum mastery_word w[6] = {MASTERY_MASTERED, MASTERY_MASTERED, MASTERY_LEARNING};
    double p[6] = {0.97, 0.97, 0.7};
    ck_assert_uint_eq(gap(m, w, p, 2, 0), 0);
    ck_assert_uint_eq(gap(m, w, p, 2, 1), 1);
    ck_assert(steps[0].skill == 2 && steps[0].level == 1 && steps[0].goal);
    ck_assert_uint_eq(gap(m, w, p, 2, SKILL_MASTERED), 1);
    ck_assert_int_eq(steps[0].level, SKILL_MASTERED);
}
END_TEST

/* 5 needs one of 2 (behind 1 and 0) and 3 (nothing). */
static struct skill_map *fork_map(void)
{
    struct skill_map *m = mapmake_plain(a, 6);
    mapmake_need(a, m, 1, 0, true);
    mapmake_need(a, m, 2, 1, true);
    mapmake_any(a, m, 5, 2, 1);
    mapmake_any(a, m, 5, 3, 1);
    mapmake_link(a, m);
    return m;
}

START_TEST(of_two_ways_the_shorter_is_shown_and_the_other_named)
{
    struct skill_map *m = fork_map();
    enum mastery_word none[6] = {0};
    ck_assert_uint_eq(gap(m, none, NULL, 5, SKILL_MASTERED), 2);
    ck_assert(steps[0].skill == 3 && steps[0].any.n == 2 && steps[1].skill == 5);
    /* On the long way already, and one step before its end: the first of equals. */
    enum mastery_word far[6] = {MASTERY_MASTERED, MASTERY_MASTERED};
    ck_assert_uint_eq(gap(m, far, NULL, 5, SKILL_MASTERED), 2);
    ck_assert_int_eq(steps[0].skill, 2);
    /* There by the other way: nobody asks for this one. */
    enum mastery_word there[6] = {MASTERY_NONE, MASTERY_NONE, MASTERY_NONE,
                                  MASTERY_MASTERED};
    ck_assert_uint_eq(gap(m, there, NULL, 5, SKILL_MASTERED), 1);
    ck_assert_int_eq(steps[0].skill, 5);
    enum mastery_word jumped[6] = {0};
    jumped[5] = MASTERY_MASTERED;
    ck_assert_uint_eq(gap(m, jumped, NULL, 5, SKILL_MASTERED), 0);
}
END_TEST

/* Ancestors along hard needs alone, by the plain definition. */
static void mark(const struct skill_map *m, int32_t at, bool *seen)
{
    if (seen[at]) {
        return;
    }
    seen[at] = true;
    for (size_t i = 0; i < m->skills[at].need_n; i++) {
        if (m->skills[at].needs[i].hard) {
            mark(m, m->skills[at].needs[i].skill, seen);
        }
    }
}

/* Without groups: exactly the unmastered ancestors, each after what it needs. With them:
 * a part of these, and enough to open the goal when all of it is learnt. */
START_TEST(random_maps_agree_with_the_definition)
{
    uint64_t seed = 404;
    for (int round = 0; round < 2000; round++) {
        struct skill_map *m = mapmake_random(a, &seed);
        enum mastery_word *w = ARENA_ARRAY(a, enum mastery_word, m->skill_n);
        bool *below = ARENA_ARRAY(a, bool, m->skill_n);
        bool groups = false;
        int32_t goal = mapmake_below(&seed, (int32_t)m->skill_n);
        for (size_t i = 0; i < m->skill_n; i++) {
            w[i] = (enum mastery_word)mapmake_below(&seed, 5);
            for (size_t k = 0; k < m->skills[i].need_n; k++) {
                groups = groups || m->skills[i].needs[k].any > 0;
            }
        }
        mark(m, goal, below);
        size_t n = gap(m, w, NULL, goal, SKILL_MASTERED), want = 0;
        bool *listed = ARENA_ARRAY(a, bool, m->skill_n);
        for (size_t i = 0; i < n; i++) {
            int32_t s = steps[i].skill;
            ck_assert_msg(below[s] && !mastery_holds(w[s]) && !listed[s],
                          "seed 404, round %d", round);
            listed[s] = true;
        }
        for (size_t i = 0; i < m->skill_n; i++) {
            want += below[i] && !mastery_holds(w[i]) ? 1 : 0;
        }
        ck_assert_msg(groups ? n <= want : n == want, "seed 404, round %d", round);
        /* Learn the list in its order: each step is open when its turn comes. */
        for (size_t i = 0; i < n; i++) {
            struct progress_known known = {.map = m, .words = w};
            struct progress p;
            progress_work(a, &known, NULL, 0, &p);
            ck_assert_msg(p.ready[steps[i].skill].missing_n == 0,
                          "seed 404, round %d, step %zu", round, i);
            w[steps[i].skill] = MASTERY_MASTERED;
        }
        ck_assert(mastery_holds(w[goal]));
        arena_reset(a);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gap");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_gap_is_what_is_not_mastered_below_the_goal);
    tcase_add_test(t, below_what_is_held_a_gap_is_told_apart);
    tcase_add_test(t, two_routes_with_different_levels_differ);
    tcase_add_test(t, of_two_ways_the_shorter_is_shown_and_the_other_named);
    tcase_add_test(t, random_maps_agree_with_the_definition);
    suite_add_tcase(s, t);
    return suite_main(s);
}
