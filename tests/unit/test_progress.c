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

static void work(const struct skill_map *m, const enum mastery_word *words,
                 const struct progress_grant *g, size_t g_n, struct progress *p)
{
    struct progress_known known = {.map = m, .words = words};
    progress_work(a, &known, g, g_n, p);
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
    work(m, w, NULL, 0, &p);
    ck_assert(p.ready[0].ready && p.ready[1].ready);
    ck_assert(!p.ready[2].ready && p.ready[2].missing_n == 1 &&
              p.ready[2].missing[0].of->skill == 1);
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
    work(m, w, NULL, 0, &p);
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
    work(m, w, g, 3, &p);
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
    work(m, w, NULL, 0, &p);
    ck_assert_uint_eq(progress_next(a, m, &p, 0, &next), 3);
    ck_assert(next[0] == 4 && next[1] == 5 && next[2] == 3);
    ck_assert_uint_eq(progress_next(a, m, &p, 5, &next), 0);
}
END_TEST

/* 3 needs 0, and one of 1 and 2. */
START_TEST(of_a_group_one_suffices)
{
    struct skill_map *m = mapmake_plain(a, 4);
    mapmake_any(a, m, 3, 2, 7);
    mapmake_need(a, m, 3, 0, true);
    mapmake_any(a, m, 3, 1, 7);
    mapmake_link(a, m);
    struct progress p;
    int32_t *next = NULL;
    enum mastery_word none[4] = {0};
    work(m, none, NULL, 0, &p);
    ck_assert_uint_eq(p.ready[3].missing_n, 2);
    ck_assert_int_eq(p.ready[3].missing[0].of->skill, 0);
    ck_assert_uint_eq(p.ready[3].missing[1].n, 2);
    ck_assert(progress_waits(&p.ready[3], 2) && progress_waits(&p.ready[3], 1));
    ck_assert_uint_eq(progress_next(a, m, &p, 2, &next), 1);
    enum mastery_word one[4] = {MASTERY_LEARNING, MASTERY_LEARNING, MASTERY_REVIEW};
    work(m, one, NULL, 0, &p);
    ck_assert(!p.ready[3].ready && p.ready[3].missing_n == 1);
    ck_assert_msg(!progress_waits(&p.ready[3], 1), "nothing waits for the other one");
    ck_assert_uint_eq(progress_next(a, m, &p, 1, &next), 0);
    enum mastery_word both[4] = {MASTERY_MASTERED, MASTERY_NONE, MASTERY_MASTERED};
    work(m, both, NULL, 0, &p);
    ck_assert(p.ready[3].ready && p.opened_n == 1);
}
END_TEST

/* 2 needs 0 at "working"; 3 needs 1 at "expert", above the threshold of the word. */
START_TEST(a_level_may_be_less_or_more_than_the_word)
{
    struct skill_map *m = mapmake_plain(a, 4);
    struct skill_level levels[] = {{.code = STR("working"), .p = 0.7},
                                   {.code = STR("expert"), .p = 0.98}};
    m->levels = levels;
    m->level_n = 2;
    mapmake_need(a, m, 2, 0, true);
    mapmake_need(a, m, 3, 1, true);
    m->skills[2].needs[0].level = 0;
    m->skills[3].needs[0].level = 1;
    mapmake_link(a, m);
    static const struct {
        enum mastery_word word;
        double p;
        bool working, expert;
    } rows[] = {
        {MASTERY_NONE, 0.75, false, false},    {MASTERY_LEARNING, 0.69, false, false},
        {MASTERY_LEARNING, 0.7, true, false},  {MASTERY_ALMOST, 0.99, true, false},
        {MASTERY_MASTERED, 0.97, true, false}, {MASTERY_MASTERED, 0.98, true, true},
        {MASTERY_REVIEW, 0.6, true, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum mastery_word w[4] = {rows[i].word, rows[i].word};
        double at[4] = {rows[i].p, rows[i].p};
        struct progress_known known = {.map = m, .words = w, .p = at};
        struct progress p;
        progress_work(a, &known, NULL, 0, &p);
        ck_assert_msg(p.ready[2].ready == rows[i].working, "row %zu", i);
        ck_assert_msg(p.ready[3].ready == rows[i].expert, "row %zu", i);
    }
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
        work(m, w, NULL, 0, &p);
        for (size_t i = 0; i < m->skill_n; i++) {
            bool open = true;
            for (int32_t any = 0; any <= 3; any++) {
                int there = 0, held = 0;
                for (size_t j = 0; j < m->skills[i].need_n; j++) {
                    const struct skill_need *n = &m->skills[i].needs[j];
                    if (n->hard && n->any == any) {
                        there++;
                        held += mastery_holds(w[n->skill]) ? 1 : 0;
                    }
                }
                open = open && (any == 0 ? held == there : there == 0 || held > 0);
            }
            ck_assert_msg(p.ready[i].ready == open, "seed 21, round %d, skill %zu", round,
                          i);
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
    tcase_add_test(t, of_a_group_one_suffices);
    tcase_add_test(t, a_level_may_be_less_or_more_than_the_word);
    tcase_add_test(t, random_maps_agree_with_the_definition);
    suite_add_tcase(s, t);
    return suite_main(s);
}
