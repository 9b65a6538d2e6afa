/* Knowledge tracing fitted from answers: known parameters come back, small skills lean on
 * their family, and whatever is fitted keeps what bkt.h promises. */
#include "base/js.h"
#include "engine/bkt.h"
#include "engine/bktfit.h"
#include "engine/mastery.h"
#include "support/algebra.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <math.h>
#include <stdio.h>
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

static void as_logits(const struct skill_bkt *b, double *x)
{
    x[BKT_INIT] = bktfit_logit(b->p_init);
    x[BKT_LEARN] = bktfit_logit(b->p_learn);
    x[BKT_FORGET] = bktfit_logit(b->p_forget);
    x[BKT_GUESS] = bktfit_logit(b->p_guess);
    x[BKT_SLIP] = bktfit_logit(b->p_slip);
}

static double sd_of(const struct bkt_belief *b, int i)
{
    double sum = 0.0;
    for (int k = 0; k <= i; k++) {
        double r = b->root[i * (i + 1) / 2 + k];
        sum += r * r;
    }
    return sqrt(sum);
}

/* 4,000 people with 10 answers to each of four skills: every parameter within four of
 * the standard deviations that the fit itself gives (20 parameters: a right fit fails
 * once in a thousand seeds), which must be honest - on average the error is about one of
 * them - and small: .45 logits for forgetting, of which little is seen, .2 for others. */
START_TEST(known_parameters_come_back)
{
    struct arena *a = arena_new((size_t)256 << 20);
    struct made m;
    struct bkt_model fit;
    uint64_t seed = 20261123;
    double squares = 0.0;
    made_init(a, &m, 4000 * 10 * TRUTHS, 4000, TRUTHS);
    for (int32_t s = 0; s < 4000; s++) {
        for (int32_t k = 0; k < TRUTHS; k++) {
            make_run(&m, &seed, &truths[k], s, k, 10);
        }
    }
    bkt_fit(a, &m.in, &(struct bkt_opts){0}, &fit);
    for (int k = 0; k < TRUTHS; k++) {
        double want[BKT_PARAMS], got[BKT_PARAMS];
        ck_assert_int_eq(fit.skills[k].origin, BKT_FITTED);
        ck_assert_int_eq(fit.skills[k].row_n, 40000);
        as_logits(&truths[k], want);
        as_logits(&fit.skills[k].bkt, got);
        for (int i = 0; i < BKT_PARAMS; i++) {
            double sd = sd_of(&fit.skills[k].belief, i);
            double z = (got[i] - want[i]) / sd;
            ck_assert_msg(fabs(z) < 4.0,
                          "skill %d, parameter %d: %.3f for %.3f (sd %.3f)", k, i, got[i],
                          want[i], sd);
            ck_assert_msg(sd < (i == BKT_FORGET ? 0.45 : 0.2), "skill %d, %d: sd %.3f", k,
                          i, sd);
            squares += z * z;
        }
    }
    squares /= TRUTHS * BKT_PARAMS;
    ck_assert_msg(squares > 0.3 && squares < 2.2, "mean square of z: %.2f", squares);
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

/* Thirty skills of a kind with few people each: leaning on one another they come nearer
 * to the truth; one skill with many people keeps its own, though the others differ. */
START_TEST(small_skills_lean_on_their_family)
{
    enum { SMALL = 30, MANY = 3000, FEW = 12 };
    struct arena *a = arena_new((size_t)256 << 20);
    struct made m;
    struct bkt_model lean;
    struct bkt_model alone;
    uint64_t seed = 77;
    double error[2] = {0.0, 0.0};
    double want[BKT_PARAMS];
    struct skill_bkt odd = {.p_init = 0.1,
                            .p_learn = 0.05,
                            .p_forget = 0.005,
                            .p_guess = 0.05,
                            .p_slip = 0.3};
    made_init(a, &m, MANY * 8 + SMALL * FEW * 6, MANY, SMALL + 1);
    for (int32_t s = 0; s < MANY; s++) {
        make_run(&m, &seed, &odd, s, SMALL, 8);
        for (int32_t k = 0; s < FEW && k < SMALL; k++) {
            make_run(&m, &seed, &truths[0], s, k, 6);
        }
    }
    bkt_fit(a, &m.in, &(struct bkt_opts){0}, &lean);
    bkt_fit(a, &m.in, &(struct bkt_opts){.no_shrinkage = true}, &alone);
    as_logits(&truths[0], want);
    for (int k = 0; k < SMALL; k++) {
        double got[2][BKT_PARAMS];
        as_logits(&lean.skills[k].bkt, got[0]);
        as_logits(&alone.skills[k].bkt, got[1]);
        for (int i = 0; i < BKT_PARAMS; i++) {
            error[0] += fabs(got[0][i] - want[i]);
            error[1] += fabs(got[1][i] - want[i]);
        }
    }
    ck_assert_msg(error[0] < 0.8 * error[1], "%.1f, alone %.1f", error[0], error[1]);
    ck_assert_double_eq_tol(lean.skills[SMALL].bkt.p_guess, 0.05, 0.02);
    ck_assert_double_eq_tol(lean.skills[SMALL].bkt.p_slip, 0.3, 0.06);
    ck_assert_int_eq(lean.families[0].skill_n, SMALL + 1);
    arena_free(a);
}
END_TEST

/* A skill that nobody answered has its family's parameters, one of a family that nobody
 * answered those of all. */
START_TEST(skills_without_rows_have_their_familys)
{
    struct arena *a = arena_new((size_t)64 << 20);
    struct made m;
    struct bkt_model fit;
    uint64_t seed = 3;
    int32_t family[] = {0, 1, 0, 2};
    struct bkt_opts o = {.family = family, .family_n = 3};
    made_init(a, &m, 20000, 1000, 4);
    for (int32_t s = 0; s < 1000; s++) {
        make_run(&m, &seed, &truths[0], s, 0, 6);
        make_run(&m, &seed, &truths[1], s, 1, 6);
    }
    bkt_fit(a, &m.in, &o, &fit);
    ck_assert_int_eq(fit.skills[2].origin, BKT_FAMILY);
    ck_assert_int_eq(fit.skills[3].origin, BKT_FAMILY);
    ck_assert(fit.skills[2].bkt.p_init < fit.skills[3].bkt.p_init);
    ck_assert(fit.skills[3].bkt.p_init < fit.skills[1].bkt.p_init);
    ck_assert_int_eq(fit.families[0].skill_n, 1);
    ck_assert_int_eq(fit.families[2].skill_n, 0);
    arena_free(a);
}
END_TEST

/* Whatever people answered, each skill is sound: right answers never lower p, lead to
 * "mastered" in time, and every number is one. */
START_TEST(every_fit_is_sound)
{
    uint64_t seed = 41;
    struct skill_limits l = skill_limits_default();
    int moved = 0;
    for (int c = 0; c < 60; c++) {
        struct arena *a = arena_new((size_t)64 << 20);
        struct made m;
        struct bkt_model fit;
        int32_t people = 1 + mapmake_below(&seed, 60);
        made_init(a, &m, (size_t)people * 8 * 30, people, 8);
        for (int32_t s = 0; s < people; s++) {
            for (int32_t k = 0; k < 8; k++) {
                int n = mapmake_below(&seed, 30);
                for (int i = 0; i < n; i++) {
                    /* all right, all wrong, in turns, chance, worse and worse, shares */
                    double share = k == 0   ? 1.0
                                   : k == 1 ? 0.0
                                   : k == 2 ? i % 2
                                   : k == 3 ? mapmake_below(&seed, 2)
                                   : k == 4 ? i < n / 2
                                   : k == 5 ? mapmake_unit(&seed)
                                   : k == 6 ? (mapmake_unit(&seed) * n > i)
                                            : 0.5;
                    m.rows[m.in.n++] = (struct answer){.student = s,
                                                       .item = -1,
                                                       .skill = i % 29 == 28 ? -1 : k,
                                                       .right = share >= 0.5,
                                                       .partial = (float)share};
                }
            }
        }
        bkt_fit(a, &m.in, &(struct bkt_opts){0}, &fit);
        for (size_t k = 0; k < 8; k++) {
            const struct skill_bkt *b = &fit.skills[k].bkt;
            ck_assert_msg(bkt_sound(b, &l), "case %d of seed 41, skill %zu", c, k);
            moved += fit.skills[k].origin != BKT_FITTED ? 1 : 0;
            for (double p = 1e-6; p < bkt_ceiling(b); p += 0.01) {
                ck_assert(bkt_update(b, p, true) >= p - 1e-12);
                ck_assert(bkt_update(b, p, true) >= bkt_update(b, p, false));
            }
            for (int i = 0; i < BKT_TRI; i++) {
                ck_assert(isfinite(fit.skills[k].belief.root[i]));
            }
        }
        arena_free(a);
    }
    ck_assert_int_gt(moved, 0); /* or the case was never met */
}
END_TEST

/* The ceiling is where a right answer changes nothing. */
START_TEST(the_ceiling_is_the_fixed_point)
{
    uint64_t seed = 8;
    for (int i = 0; i < 10000; i++) {
        struct skill_bkt b = {.p_init = 0.3,
                              .p_learn = 0.9 * mapmake_unit(&seed),
                              .p_guess = 0.001 + 0.49 * mapmake_unit(&seed),
                              .p_slip = 0.001 + 0.49 * mapmake_unit(&seed)};
        b.p_forget = 1e-4 + (1.0 - b.p_learn - 1e-4) * 0.99 * mapmake_unit(&seed);
        double top = bkt_ceiling(&b);
        double q = top * (1.0 - b.p_slip);
        q /= q + (1.0 - top) * b.p_guess;
        q = q + (1.0 - q) * b.p_learn - q * b.p_forget;
        ck_assert_msg(fabs(q - top) < 1e-9 || top <= 1e-6, "case %d of seed 8: %g %g", i,
                      top, q);
    }
}
END_TEST

static bool near(const struct js *x, const struct js *y)
{
    double p = 0.0;
    double q = 0.0;
    if (js_num(x, &p) && js_num(y, &q)) {
        return fabs(p - q) <= 1e-9 * (1.0 + fabs(p));
    }
    return js_type(x) == js_type(y);
}

/* WAYMARK_GOLDEN=write makes the file anew; look at the difference before committing. */
START_TEST(simulated_people_are_fitted_as_before)
{
    static const char path[] = "tests/golden/bkt-simulated.json";
    static const char *const keys[] = {"init", "learn", "forget", "guess",
                                       "slip", "rows",  "people"};
    struct arena *a = arena_new((size_t)256 << 20);
    const char *mode = getenv("WAYMARK_GOLDEN");
    struct skill_map *map = mapmake_plain(a, 12);
    struct made m;
    struct bkt_model fit;
    uint64_t seed = 2026;
    mapmake_link(a, map);
    made_init(a, &m, 40000, 200, 12);
    for (int32_t s = 0; s < 200; s++) {
        for (int32_t k = 0; k < 12; k++) {
            if (s < 200 >> (k / 3)) {
                make_run(&m, &seed, &truths[k % TRUTHS], s, k, mapmake_below(&seed, 15));
            }
        }
    }
    bkt_fit(a, &m.in, &(struct bkt_opts){0}, &fit);
    struct str got = bkt_write(a, &fit, map);
    if (mode != NULL && strcmp(mode, "write") == 0) {
        FILE *f = fopen(path, "wb");
        ck_assert_ptr_nonnull(f);
        ck_assert_uint_eq(fwrite(got.p, 1, got.n, f), got.n);
        (void)fclose(f);
    }
    struct js *want = js_parse(a, algebra_file(a, path), 1 << 20, 8, NULL);
    struct js *have = js_parse(a, got, 1 << 20, 8, NULL);
    ck_assert_uint_eq(js_len(js_get(want, "skills")), 12);
    for (size_t k = 0; k < 12; k++) {
        char *code = str_z(a, map->skills[k].code);
        const struct js *x = js_get(js_get(want, "skills"), code);
        const struct js *y = js_get(js_get(have, "skills"), code);
        ck_assert(str_eq(js_text(x, "origin"), js_text(y, "origin")));
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
            ck_assert_msg(near(js_get(x, keys[i]), js_get(y, keys[i])), "%s: %s", code,
                          keys[i]);
        }
        for (size_t i = 0; i < BKT_TRI; i++) {
            ck_assert(near(js_at(js_get(x, "root"), i), js_at(js_get(y, "root"), i)));
        }
    }
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
    tcase_add_test(t, small_skills_lean_on_their_family);
    tcase_add_test(t, skills_without_rows_have_their_familys);
    tcase_add_test(t, every_fit_is_sound);
    tcase_add_test(t, the_ceiling_is_the_fixed_point);
    tcase_add_test(t, simulated_people_are_fitted_as_before);
    tcase_add_test(t, a_model_is_written_and_read);
    suite_add_tcase(s, t);
    return suite_main(s);
}
