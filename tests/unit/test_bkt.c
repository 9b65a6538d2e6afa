/* Knowledge tracing fitted from answers: known parameters come back, small skills lean on
 * their family, and whatever is fitted keeps what bkt.h promises. */
#include "engine/bkt.h"
#include "engine/bktfit.h"
#include "engine/mastery.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct made {
    struct answers in;
    struct answer *rows;
    size_t cap;
};

static void made_init(struct arena *a, struct made *m, size_t cap, int32_t students,
                      int32_t skills)
{
    *m = (struct made){.cap = cap};
    m->rows = ARENA_ARRAY(a, struct answer, cap);
    m->in = (struct answers){
        .rows = m->rows, .student_n = students, .item_n = skills, .skill_n = skills};
}

/* A person's answers to one skill, by the model. */
static void make_run(struct made *m, uint64_t *seed, const struct skill_bkt *b,
                     int32_t student, int32_t skill, int n)
{
    bool has = mapmake_unit(seed) < b->p_init;
    for (int i = 0; i < n; i++) {
        bool right = mapmake_unit(seed) < (has ? 1.0 - b->p_slip : b->p_guess);
        ck_assert(m->in.n < m->cap);
        m->rows[m->in.n++] = (struct answer){
            .student = student, .item = skill, .skill = skill, .right = right};
        has = mapmake_unit(seed) < (has ? 1.0 - b->p_forget : b->p_learn);
    }
}

static const struct skill_bkt truths[] = {
    {.p_init = 0.3, .p_learn = 0.12, .p_forget = 0.02, .p_guess = 0.2, .p_slip = 0.08},
    {.p_init = 0.6, .p_learn = 0.3, .p_forget = 0.01, .p_guess = 0.15, .p_slip = 0.15},
    {.p_init = 0.15, .p_learn = 0.06, .p_forget = 0.03, .p_guess = 0.3, .p_slip = 0.05},
    {.p_init = 0.45, .p_learn = 0.2, .p_forget = 0.02, .p_guess = 0.1, .p_slip = 0.2},
};
#define TRUTHS ((int)(sizeof(truths) / sizeof(truths[0])))

/* 4,000 people with 10 answers to each of four skills. The standard errors of so much
 * data are about .01 (init, guess, slip), .006 (learn) and .003 (forget), so four of them
 * are allowed: .04, .025, .012. */
START_TEST(known_parameters_come_back)
{
    struct arena *a = arena_new((size_t)256 << 20);
    struct made m;
    struct bkt_model fit;
    uint64_t seed = 20261123;
    made_init(a, &m, 4000 * 10 * TRUTHS, 4000, TRUTHS);
    for (int32_t s = 0; s < 4000; s++) {
        for (int32_t k = 0; k < TRUTHS; k++) {
            make_run(&m, &seed, &truths[k], s, k, 10);
        }
    }
    bkt_fit(a, &m.in, &(struct bkt_opts){0}, &fit);
    for (int k = 0; k < TRUTHS; k++) {
        const struct skill_bkt *b = &fit.skills[k].bkt;
        ck_assert_int_eq(fit.skills[k].origin, BKT_FITTED);
        ck_assert_int_eq(fit.skills[k].row_n, 40000);
        ck_assert_double_eq_tol(b->p_init, truths[k].p_init, 0.04);
        ck_assert_double_eq_tol(b->p_learn, truths[k].p_learn, 0.025);
        ck_assert_double_eq_tol(b->p_forget, truths[k].p_forget, 0.012);
        ck_assert_double_eq_tol(b->p_guess, truths[k].p_guess, 0.04);
        ck_assert_double_eq_tol(b->p_slip, truths[k].p_slip, 0.04);
    }
    arena_free(a);
}
END_TEST

/* The same answers give the same bytes, and the numbers of people do not matter. */
START_TEST(the_same_rows_give_the_same_bytes)
{
    struct arena *a = arena_new((size_t)256 << 20);
    struct made m;
    struct bkt_model one;
    struct bkt_model two;
    uint64_t seed = 5;
    made_init(a, &m, 20000, 300, TRUTHS);
    for (int32_t s = 0; s < 300; s++) {
        for (int32_t k = 0; k < TRUTHS; k++) {
            make_run(&m, &seed, &truths[k], s, k, mapmake_below(&seed, 15));
        }
    }
    bkt_fit(a, &m.in, &(struct bkt_opts){0}, &one);
    bkt_fit(a, &m.in, &(struct bkt_opts){0}, &two);
    ck_assert(memcmp(one.skills, two.skills, sizeof(*one.skills) * TRUTHS) == 0);
    for (size_t i = 0; i < m.in.n; i++) {
        m.rows[i].student += 1000;
    }
    bkt_fit(a, &m.in, &(struct bkt_opts){0}, &two);
    ck_assert(memcmp(one.skills, two.skills, sizeof(*one.skills) * TRUTHS) == 0);
    arena_free(a);
}
END_TEST

/* Written by codes, read back into another version of the map. */
START_TEST(a_model_is_written_and_read)
{
    struct arena *a = arena_new((size_t)256 << 20);
    struct skill_map *map = mapmake_plain(a, TRUTHS);
    struct skill_map *later = mapmake_plain(a, TRUTHS + 1);
    struct made m;
    struct bkt_model fit;
    struct bkt_model back;
    struct err e = {0};
    uint64_t seed = 9;
    mapmake_link(a, map);
    mapmake_link(a, later);
    later->skills[1].bkt.half_life_days = 30;
    made_init(a, &m, 20000, 300, TRUTHS);
    for (int32_t s = 0; s < 300; s++) {
        for (int32_t k = 0; k < TRUTHS; k++) {
            make_run(&m, &seed, &truths[k], s, k, mapmake_below(&seed, 8));
        }
    }
    bkt_fit(a, &m.in, &(struct bkt_opts){0}, &fit);
    struct str text = bkt_write(a, &fit, map);
    ck_assert_int_eq(bkt_read(a, text, map, &back, &e), 0);
    ck_assert(str_eq(text, bkt_write(a, &back, map)));
    ck_assert_int_eq(bkt_read(a, text, later, &back, &e), 0);
    ck_assert(back.skills[1].bkt.p_learn == fit.skills[1].bkt.p_learn);
    ck_assert(back.skills[1].bkt.half_life_days == 30);
    ck_assert_int_eq(back.skills[TRUTHS].origin, BKT_BASE);
    ck_assert(back.skills[TRUTHS].bkt.p_init == later->skills[TRUTHS].bkt.p_init);
    ck_assert_int_eq(bkt_read(a, STR("{\"format\":\"waymark-bkt/1\"}"), map, &back, &e),
                     -1);
    ck_assert_int_eq(e.code, ERR_INPUT);
    arena_free(a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("bkt");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, known_parameters_come_back);
    tcase_add_test(t, the_same_rows_give_the_same_bytes);
    tcase_add_test(t, a_model_is_written_and_read);
    suite_add_tcase(s, t);
    return suite_main(s);
}
