/* The dead-end prover: what is sound is proved, what is broken is caught with a
 * counter-example that holds when it is run, and both agree with looking at every
 * state. */
#include "engine/deadend_run.h"
#include "engine/deadend_why.h"
#include "support/deadkit.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <stdio.h>

static struct arena *a;

static void setup(void)
{
    a = arena_new((size_t)1 << 30);
}

static void teardown(void)
{
    arena_free(a);
}

START_TEST(a_thousand_sound_courses_are_proved)
{
    for (uint64_t i = 1; i <= 1000; i++) {
        uint64_t seed = i * 7919;
        arena_reset(a);
        struct deadend_in *in = deadkit_sound(a, &seed, 2 + (int32_t)(i % 39));
        struct deadend d;
        deadend_prove(a, in, &d);
        struct str w = deadend_words(a, in, &d);
        ck_assert_msg(d.verdict == DEADEND_SOUND, "course %llu: %.*s",
                      (unsigned long long)i, STR_ARG(w));
    }
}
END_TEST

START_TEST(a_thousand_broken_courses_are_caught_and_the_counter_example_holds)
{
    size_t shortest = 0;
    for (uint64_t i = 1; i <= 1000; i++) {
        uint64_t seed = i * 104729;
        const char *what = NULL;
        arena_reset(a);
        struct deadend_in *in = deadkit_broken(a, &seed, 2 + (int32_t)(i % 24), &what);
        struct deadend d;
        struct deadend_ran ran;
        deadend_prove(a, in, &d);
        struct str w = deadend_words(a, in, &d);
        ck_assert_msg(d.verdict == DEADEND_FOUND, "course %llu (%s): %d %.*s",
                      (unsigned long long)i, what, (int)d.verdict, STR_ARG(w));
        deadend_run(in, d.steps, d.step_n, d.goal, &ran);
        ck_assert_msg(ran.done && !ran.reached, "course %llu (%s): %.*s",
                      (unsigned long long)i, what, STR_ARG(w));
        shortest += d.shortest ? 1 : 0;
    }
    ck_assert_uint_ge(shortest, 900);
}
END_TEST

static void check_goals(const struct deadend_in *in, const struct deadend_step *steps,
                        size_t n, unsigned long long course, size_t *done)
{
    for (size_t g = 0; g < in->map->target_n; g++) {
        struct skill_goal goal = {in->map->targets[g], SKILL_MASTERED};
        struct deadend_ran ran;
        deadend_run(in, steps, n, goal, &ran);
        *done += ran.done ? 1 : 0;
        ck_assert_msg(!ran.done || ran.reached, "course %llu, %zu steps: S%d is lost",
                      course, n, (int)goal.skill);
    }
}

/* Whoever does anything at all in a course that is proved can still be rescued: this
 * checks the rescue as well, without which no counter-example would mean anything. */
START_TEST(no_random_steps_lead_to_a_dead_end_in_what_is_proved)
{
    size_t done = 0, sound = 0;
    for (uint64_t i = 1; i <= 400; i++) {
        uint64_t seed = i * 15485863;
        arena_reset(a);
        struct deadend_in *in = deadkit_any(a, &seed, 9);
        struct deadend d;
        deadend_prove(a, in, &d);
        sound += d.verdict == DEADEND_SOUND ? 1 : 0;
        for (int k = 0; k < 12 && d.verdict == DEADEND_SOUND; k++) {
            struct deadend_step steps[4];
            size_t n = 1 + (size_t)mapmake_below(&seed, 4);
            for (size_t j = 0; j < n; j++) {
                bool master = mapmake_unit(&seed) < 0.4;
                int32_t of = (int32_t)(master ? in->map->skill_n : in->activity_n);
                steps[j].kind = master ? DEADEND_MASTERS : DEADEND_FAILS;
                steps[j].what = mapmake_below(&seed, of);
                bool limited = in->activities[steps[j].what].attempts_max > 0;
                if (!master && !limited) {
                    steps[j].kind = DEADEND_ANSWERS;
                    steps[j].tries = mapmake_below(&seed, 8);
                }
            }
            check_goals(in, steps, n, (unsigned long long)i, &done);
        }
    }
    ck_assert_uint_gt(sound, 80);
    ck_assert_uint_gt(done, 500);
}
END_TEST

/* Every sequence of attempts of a small course: each activity, all patterns of right and
 * wrong, on the same day or the next. */
static void try_all(const struct deadend_in *in, struct deadend_step *steps, size_t n,
                    size_t depth, unsigned long long course, size_t *done)
{
    check_goals(in, steps, n, course, done);
    for (size_t i = 0; n < depth && i < in->activity_n; i++) {
        for (int32_t k = 0; k < 8; k++) {
            int32_t bits = (k & 1) != 0 ? 3 : (k & 4) != 0 ? 1 : 0;
            if ((k & 5) == 5 || in->activities[i].attempts_max == 0) {
                continue; /* what may be done again without end harms nobody */
            }
            steps[n] = (struct deadend_step){
                .kind = DEADEND_ANSWERS,
                .what = (int32_t)i,
                .tries = bits | ((k & 2) != 0 ? DEADEND_NEXT_DAY : 0)};
            try_all(in, steps, n + 1, depth, course, done);
        }
    }
}

START_TEST(every_state_of_small_proved_courses_is_without_a_dead_end)
{
    size_t done = 0, sound = 0;
    for (uint64_t i = 1; i <= 3000 && sound < 40; i++) {
        uint64_t seed = i * 32452843;
        arena_reset(a);
        struct deadend_in *in = deadkit_any(a, &seed, 3);
        struct deadend_step steps[4];
        struct deadend d;
        size_t limited = 0;
        for (size_t k = 0; k < in->activity_n; k++) {
            limited += in->activities[k].attempts_max > 0 ? 1 : 0;
        }
        deadend_prove(a, in, &d);
        if (d.verdict == DEADEND_SOUND && limited > 0 && limited < 3) {
            sound++;
            try_all(in, steps, 0, 3, (unsigned long long)i, &done);
        }
    }
    ck_assert_uint_eq(sound, 40);
    ck_assert_uint_gt(done, 2000);
}
END_TEST

/* Fewest steps: every set of fewer, in every order, leaves the goal within reach. */
static bool any_fewer(const struct deadend_in *in, const struct deadend *d,
                      struct deadend_step *steps, size_t n)
{
    struct deadend_ran ran;
    deadend_run(in, steps, n, d->goal, &ran);
    if (ran.done && !ran.reached) {
        return true;
    }
    size_t skill_n = in->map->skill_n;
    for (size_t i = 0; ran.done && n + 1 < d->step_n && i < skill_n + in->activity_n;
         i++) {
        bool master = i < skill_n;
        int32_t what = (int32_t)(master ? i : i - skill_n);
        if (!master && in->activities[what].attempts_max == 0) {
            continue;
        }
        steps[n] = (struct deadend_step){.kind = master ? DEADEND_MASTERS : DEADEND_FAILS,
                                         .what = what};
        if (any_fewer(in, d, steps, n + 1)) {
            return true;
        }
    }
    return false;
}

START_TEST(the_shortest_counter_example_is_the_shortest)
{
    size_t long_n = 0;
    for (uint64_t i = 1; i <= 600; i++) {
        uint64_t seed = i * 49979687;
        arena_reset(a);
        struct deadend_in *in = deadkit_any(a, &seed, 5);
        struct deadend d;
        struct deadend_step steps[8];
        deadend_prove(a, in, &d);
        if (d.verdict != DEADEND_FOUND || d.step_n == 0 || d.step_n > 3) {
            continue;
        }
        ck_assert(d.shortest);
        long_n += d.step_n > 1 ? 1 : 0;
        ck_assert_msg(!any_fewer(in, &d, steps, 0), "course %llu: fewer than %zu steps",
                      (unsigned long long)i, d.step_n);
    }
    ck_assert_uint_gt(long_n, 10);
}
END_TEST

/* A document of 5,000 skills with 64 needs each may be sent by anybody who may publish:
 * running a person through it is given up, it took minutes. */
START_TEST(a_huge_map_that_waits_for_itself_is_given_up_soon)
{
    const int32_t n = 4000, needs = 50;
    struct skill_map *m = mapmake_plain(a, (size_t)n);
    struct unlock_rules *rules = ARENA_NEW(a, struct unlock_rules);
    struct skill_need own = {.skill = n - 1, .hard = true, .level = SKILL_MASTERED};
    struct unlock_rule waits = {.code = STR("waits"),
                                .skill = n - 1,
                                .rows.skill = -1,
                                .needs = &own,
                                .need_n = 1};
    for (int32_t i = 0; i < n; i++) {
        m->skills[i].title = str_fmt(a, "S%d", (int)i);
        m->skills[i].unit = STR("U");
        m->skills[i].needs = ARENA_ARRAY(a, struct skill_need, (size_t)needs);
        for (int32_t k = 1; k <= needs && k <= i; k++) {
            m->skills[i].needs[m->skills[i].need_n++] = (struct skill_need){
                .skill = i - k, .hard = true, .level = SKILL_MASTERED};
        }
    }
    mapmake_link(a, m);
    *rules = (struct unlock_rules){.v = &waits, .n = 1};
    m->unlock = rules;
    m->targets = ARENA_ARRAY(a, int32_t, 1);
    m->targets[0] = n - 1;
    m->target_n = 1;
    struct deadend_in in = {.map = m, .as_of_ms = DEADKIT_NOW, .assume = true};
    struct deadend d;
    struct deadend_ran ran;
    deadend_run(&in, NULL, 0, (struct skill_goal){n - 1, SKILL_MASTERED}, &ran);
    ck_assert(ran.weary && !ran.done);
    deadend_prove(a, &in, &d);
    ck_assert_int_eq(d.verdict, DEADEND_UNSURE);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("deadend");
    TCase *t = tcase_create("deadend");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, a_thousand_sound_courses_are_proved);
    tcase_add_test(t, a_thousand_broken_courses_are_caught_and_the_counter_example_holds);
    tcase_add_test(t, no_random_steps_lead_to_a_dead_end_in_what_is_proved);
    tcase_add_test(t, every_state_of_small_proved_courses_is_without_a_dead_end);
    tcase_add_test(t, the_shortest_counter_example_is_the_shortest);
    tcase_add_test(t, a_huge_map_that_waits_for_itself_is_given_up_soon);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return suite_main(suite());
}
