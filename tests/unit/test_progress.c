/* What is open, what is missing, what opens next. */
#include "engine/progress.h"
#include "support/mapmake.h"
#include "support/suite.h"

static struct arena *a;

static void setup(void)
{
    a = arena_new(64u << 20);
}

static void teardown(void)
{
    arena_free(a);
}

/* 2 needs 0 and 1; 3 needs 2; 4 needs 0, and advises 1. */
static struct skill_map *five(void)
{
    struct skill_map *m = mapmake_plain(a, 5);
    mapmake_need(a, m, 2, 0, true);
    mapmake_need(a, m, 2, 1, true);
    mapmake_need(a, m, 3, 2, true);
    mapmake_need(a, m, 4, 0, true);
    mapmake_need(a, m, 4, 1, false);
    mapmake_link(a, m);
    return m;
}

START_TEST(hard_prerequisites_lock_soft_ones_do_not)
{
    struct skill_map *m = five();
    enum mastery_word w[5] = {MASTERY_MASTERED, MASTERY_ALMOST};
    struct progress p;
    progress_work(a, m, w, NULL, 0, &p);
    ck_assert(p.ready[0].ready && p.ready[1].ready);
    ck_assert(!p.ready[2].ready && p.ready[2].missing_n == 1 &&
              p.ready[2].missing[0] == 1);
    ck_assert(!p.ready[3].ready && p.ready[4].ready);
    ck_assert_uint_eq(p.opened_n, 1);
    ck_assert_int_eq(p.opened[0].skill, 4);
}
END_TEST

START_TEST(a_review_still_holds_the_door)
{
    struct skill_map *m = five();
    enum mastery_word w[5] = {MASTERY_REVIEW, MASTERY_MASTERED};
    struct progress p;
    progress_work(a, m, w, NULL, 0, &p);
    ck_assert(p.ready[2].ready && p.ready[4].ready);
}
END_TEST

START_TEST(what_was_opened_stays_open_until_a_person_closes_it)
{
    struct skill_map *m = five();
    enum mastery_word w[5] = {MASTERY_LEARNING, MASTERY_LEARNING};
    struct progress_grant g[3] = {
        {.skill = 2}, {.skill = 4}, {.skill = 4, .closed = true}};
    struct progress p;
    progress_work(a, m, w, g, 3, &p);
    ck_assert(p.ready[2].ready && p.ready[2].granted);
    ck_assert_msg(p.ready[2].missing_n == 2, "what is missing is still told");
    ck_assert(!p.ready[4].ready && p.ready[4].closed);
    ck_assert_uint_eq(p.opened_n, 0);
}
END_TEST

START_TEST(next_comes_with_the_fewest_missing)
{
    struct skill_map *m = mapmake_plain(a, 6);
    mapmake_need(a, m, 3, 0, true);
    mapmake_need(a, m, 3, 1, true);
    mapmake_need(a, m, 3, 2, true);
    mapmake_need(a, m, 4, 0, true);
    mapmake_need(a, m, 5, 0, true);
    mapmake_need(a, m, 5, 1, true);
    mapmake_link(a, m);
    enum mastery_word w[6] = {0};
    struct progress p;
    int32_t *next = NULL;
    progress_work(a, m, w, NULL, 0, &p);
    ck_assert_uint_eq(progress_next(a, m, &p, 0, &next), 3);
    ck_assert(next[0] == 4 && next[1] == 5 && next[2] == 3);
    ck_assert_uint_eq(progress_next(a, m, &p, 5, &next), 0);
}
END_TEST

START_TEST(random_maps_agree_with_the_definition)
{
    uint64_t seed = 21;
    for (int round = 0; round < 500; round++) {
        struct skill_map *m = mapmake_random(a, &seed);
        enum mastery_word *w = ARENA_ARRAY(a, enum mastery_word, m->skill_n);
        for (size_t i = 0; i < m->skill_n; i++) {
            w[i] = (enum mastery_word)mapmake_below(&seed, 5);
        }
        struct progress p;
        progress_work(a, m, w, NULL, 0, &p);
        for (size_t i = 0; i < m->skill_n; i++) {
            bool open = true;
            for (size_t j = 0; j < m->skills[i].need_n; j++) {
                const struct skill_need *n = &m->skills[i].needs[j];
                open = open && (!n->hard || mastery_holds(w[n->skill]));
            }
            ck_assert(p.ready[i].ready == open);
        }
        arena_reset(a);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("progress");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, hard_prerequisites_lock_soft_ones_do_not);
    tcase_add_test(t, a_review_still_holds_the_door);
    tcase_add_test(t, what_was_opened_stays_open_until_a_person_closes_it);
    tcase_add_test(t, next_comes_with_the_fewest_missing);
    tcase_add_test(t, random_maps_agree_with_the_definition);
    suite_add_tcase(s, t);
    return suite_main(s);
}
