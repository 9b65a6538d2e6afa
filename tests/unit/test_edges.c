/* Questions to the map: on simulated classes planted errors come out on top, and a map
 * without errors is left in peace. */
#include "engine/edges.h"
#include "engine/mastery.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SKILLS 24
#define PEOPLE 800
#define ANSWERS 7

static struct arena *a;

static void setup(void)
{
    a = arena_new((size_t)256 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

struct plan {
    struct skill_map *map;
    bool need[SKILLS][SKILLS]; /* in truth: [b][a] */
    int32_t from[6], to[6];    /* 0 to 2: the map's lock is wrong; 3 to 5: it lacks one */
};

static bool reaches(bool need[SKILLS][SKILLS], int32_t b, int32_t of)
{
    if (b == of) {
        return true;
    }
    for (int32_t i = 0; i < SKILLS; i++) {
        if (need[b][i] && reaches(need, i, of)) {
            return true;
        }
    }
    return false;
}

/* A map of skills that need up to two of the last few; then three of its locks are made
 * wrong and three needs are hidden from it. */
static struct plan plan_new(uint64_t *seed, int errors)
{
    struct plan p = {.map = mapmake_plain(a, SKILLS)};
    bool told[SKILLS][SKILLS] = {{false}};
    for (int32_t b = 2; b < SKILLS; b++) {
        for (int k = 0; k < 1 + mapmake_below(seed, 2); k++) {
            int32_t back = 1 + mapmake_below(seed, b < 6 ? b : 6);
            p.need[b][b - back] = told[b][b - back] = true;
        }
    }
    for (int e = 0; e < errors;) {
        int32_t b = 3 + mapmake_below(seed, SKILLS - 3);
        int32_t x = mapmake_below(seed, b);
        bool drop = e < 3;
        if (drop && told[b][x] && p.need[b][x]) {
            p.need[b][x] = false; /* the map goes on saying so */
            if (reaches(p.need, b, x)) {
                p.need[b][x] = true; /* it would follow all the same */
                continue;
            }
        } else if (!drop && !reaches(told, b, x) && !reaches(p.need, b, x)) {
            p.need[b][x] = true;
        } else {
            continue;
        }
        p.from[e] = x;
        p.to[e++] = b;
    }
    for (int32_t b = 0; b < SKILLS; b++) {
        for (int32_t x = 0; x < b; x++) {
            if (told[b][x]) {
                mapmake_need(a, p.map, b, x, true);
                p.map->skills[b].needs[p.map->skills[b].need_n - 1].level =
                    SKILL_MASTERED;
            }
        }
    }
    mapmake_link(a, p.map);
    return p;
}

/* One person goes through the skills in order. Two in five work on everything that the
 * LMS shows; the others obey the locks. */
static void one_person(const struct plan *p, uint64_t *seed, struct edges_cell *cells)
{
    struct mastery_rule rule = {.bkt = skill_bkt_default(),
                                .limits = {.p_mastered = 0.9,
                                           .p_almost = 0.7,
                                           .min_rows = 3,
                                           .min_days = 1,
                                           .review_days = 0}};
    double ability = mapmake_unit(seed) * 0.4 + 0.55;
    bool is_free = mapmake_unit(seed) < 0.4;
    bool knows[SKILLS] = {false};
    for (int32_t b = 0; b < SKILLS; b++) {
        const struct skill *s = &p->map->skills[b];
        bool locked = false, ready = true;
        cells[b] = (struct edges_cell){.held_ms = EDGES_NEVER};
        for (size_t k = 0; k < s->need_n; k++) {
            locked = locked || cells[s->needs[k].skill].held_ms == EDGES_NEVER;
        }
        for (int32_t x = 0; x < b; x++) {
            ready = ready && (!p->need[b][x] || knows[x]);
        }
        if (locked && !is_free) {
            continue;
        }
        knows[b] = mapmake_unit(seed) < (ready ? ability : 0.05);
        struct mastery m;
        mastery_start(&rule, &m);
        for (int32_t i = 0; i < ANSWERS; i++) {
            struct mastery_obs o = {
                .at_ms = 1000 * (b * 100 + i + 1),
                .weight = 1,
                .kind = EV_ANSWER,
                .share = mapmake_unit(seed) < (knows[b] ? 0.9 : 0.2) ? 1 : 0};
            mastery_add(&rule, &m, &o);
            cells[b].last_ms = o.at_ms;
        }
        if (mastery_holds(mastery_read(&rule, &m, m.last_ms).word)) {
            cells[b].held_ms = m.last_ms;
        }
    }
}

static size_t ask(const struct plan *p, uint64_t *seed, struct edges_question **q)
{
    struct edges_cell *cells = ARENA_ARRAY(a, struct edges_cell, PEOPLE * SKILLS);
    for (size_t i = 0; i < PEOPLE; i++) {
        one_person(p, seed, cells + i * SKILLS);
    }
    return edges_find(a, p->map, cells, PEOPLE, q, NULL);
}

static int planted(const struct plan *p, const struct edges_question *q, size_t n)
{
    int found = 0;
    for (int e = 0; e < 6; e++) {
        for (size_t i = 0; i < n && i < 10; i++) {
            found += q[i].from == p->from[e] && q[i].to == p->to[e] &&
                     q[i].kind == (e < 3 ? EDGES_DROP : EDGES_ADD);
        }
    }
    return found;
}

START_TEST(five_of_six_planted_errors_are_in_the_top_ten)
{
    int good = 0, all = 0, sum = 0;
    for (uint64_t i = 1; i <= 60; i++) {
        uint64_t seed = i * 7919;
        struct edges_question *q;
        arena_reset(a);
        struct plan p = plan_new(&seed, 6);
        size_t n = ask(&p, &seed, &q);
        int found = planted(&p, q, n);
        good += found >= 5;
        all += found == 6;
        sum += found;
    }
    printf("%d of 60 classes: 5 or 6 of 6 in the top ten; all 6 in %d; mean %.2f\n", good,
           all, sum / 60.0);
    ck_assert_int_ge(good, 54);
}
END_TEST

START_TEST(a_map_without_errors_is_hardly_questioned)
{
    size_t sum = 0;
    for (uint64_t i = 1; i <= 60; i++) {
        uint64_t seed = i * 104729;
        struct edges_question *q;
        arena_reset(a);
        struct plan p = plan_new(&seed, 0);
        size_t n = ask(&p, &seed, &q);
        for (size_t k = 0; k < n; k++) {
            sum += q[k].sure;
        }
    }
    printf("%.2f questions about a map without errors\n", (double)sum / 60.0);
    ck_assert_uint_le(sum, 60);
}
END_TEST

START_TEST(an_obeyed_lock_is_not_asked_about)
{
    struct skill_map *m = mapmake_plain(a, 2);
    struct edges_cell cells[200];
    struct edges_question *q;
    size_t hidden;
    mapmake_need(a, m, 1, 0, true);
    m->skills[1].needs[0].level = SKILL_MASTERED;
    mapmake_link(a, m);
    for (int i = 0; i < 100; i++) { /* everybody has A first */
        cells[2 * i] = (struct edges_cell){.held_ms = 5, .last_ms = 5};
        cells[2 * i + 1] =
            (struct edges_cell){.held_ms = i % 2 ? 9 : EDGES_NEVER, .last_ms = 9};
    }
    ck_assert_uint_eq(edges_find(a, m, cells, 100, &q, &hidden), 0);
    ck_assert_uint_eq(hidden, 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("edges");
    TCase *t = tcase_create("edges");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, five_of_six_planted_errors_are_in_the_top_ten);
    tcase_add_test(t, a_map_without_errors_is_hardly_questioned);
    tcase_add_test(t, an_obeyed_lock_is_not_asked_about);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return suite_main(suite());
}
