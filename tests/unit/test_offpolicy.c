/* Off-policy estimates cover the truth; the bandit's probabilities are what it does. */
#include "base/arena.h"
#include "engine/bandit.h"
#include "engine/offpolicy.h"
#include "support/draw.h"
#include "support/suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ARMS 3
#define PERSONS 120
#define EACH 5

/* People differ, and their own rewards hang together; arms differ; who is chosen what
 * depends on the person (so a plain mean per arm would be wrong). */
static const double arm_mean[ARMS] = {0.35, 0.5, 0.65};
static const double target[ARMS] = {0.0, 0.2, 0.8};

static size_t world(uint64_t seed, struct offpolicy_row *rows)
{
    struct draw d = draw_seed(seed);
    size_t n = 0;
    for (int64_t person = 0; person < PERSONS; person++) {
        double own = 0.5 * (draw_share(&d) - 0.5);
        double logged[ARMS] = {0.5, 0.3, 0.2};
        if (own > 0.0) {
            logged[0] = 0.2;
            logged[2] = 0.5;
        }
        for (int i = 0; i < EACH; i++) {
            int32_t arm = bandit_draw(logged, ARMS, seed, person, i);
            bool yes = draw_share(&d) < arm_mean[arm] + own;
            rows[n++] = (struct offpolicy_row){.cluster = person,
                                               .arm = arm,
                                               .logged = logged[arm],
                                               .target = target[arm],
                                               .reward = yes ? 1.0 : 0.0};
        }
    }
    return n;
}

static double truth(void)
{
    double v = 0.0;
    for (int i = 0; i < ARMS; i++)
        v += target[i] * arm_mean[i];
    return v;
}

static bool covers(const struct offpolicy_estimate *e)
{
    return e->low <= truth() && truth() <= e->high;
}

/* 95 % intervals over 2,000 seeds, within two points (sampling error .5). */
START_TEST(intervals_cover_the_truth)
{
    int ips = 0, snips = 0, dr = 0;
    double sum[3] = {0, 0, 0}, wide[3] = {0, 0, 0};
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct offpolicy_row rows[PERSONS * EACH];
        struct offpolicy o;
        size_t n = world(seed, rows);
        offpolicy_means(rows, n, target, ARMS);
        offpolicy_work(rows, n, 0.1, 0.05, &o);
        ck_assert_int_eq(o.word, OFFPOLICY_FINE);
        ips += covers(&o.ips);
        snips += covers(&o.snips);
        dr += covers(&o.dr);
        sum[0] += o.ips.value;
        sum[1] += o.snips.value;
        sum[2] += o.dr.value;
        wide[0] += o.ips.high - o.ips.low;
        wide[1] += o.snips.high - o.snips.low;
        wide[2] += o.dr.high - o.dr.low;
    }
    printf("truth %.4f; of 2000 intervals cover: ips %d, snips %d, dr %d\n"
           "mean ips %.4f, snips %.4f, dr %.4f; width %.3f, %.3f, %.3f\n",
           truth(), ips, snips, dr, sum[0] / 2000, sum[1] / 2000, sum[2] / 2000,
           wide[0] / 2000, wide[1] / 2000, wide[2] / 2000);
    int got[] = {ips, snips, dr};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_ge(got[i], 1860);
        ck_assert_int_le(got[i], 1940);
        ck_assert_double_eq_tol(sum[i] / 2000, truth(), 0.005);
    }
    ck_assert_double_lt(wide[2], wide[0]); /* what the model is for */
}
END_TEST

/* A mean per arm is off here: those with more chosen arm 2. The estimate is not. */
START_TEST(a_plain_mean_would_be_wrong)
{
    double plain = 0.0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct offpolicy_row rows[PERSONS * EACH];
        size_t n = world(seed, rows);
        double sum[ARMS] = {0}, count[ARMS] = {0};
        for (size_t i = 0; i < n; i++) {
            sum[rows[i].arm] += rows[i].reward;
            count[rows[i].arm] += 1;
        }
        for (int i = 0; i < ARMS; i++)
            plain += target[i] * sum[i] / count[i] / 300;
    }
    ck_assert_double_gt(plain - truth(), 0.02);
}
END_TEST

/* Four rows by hand, each a person: w = 2 0 2 0 (and repeated for enough of them). */
START_TEST(estimates_by_hand)
{
    struct offpolicy_row rows[80];
    for (int i = 0; i < 80; i++)
        rows[i] = (struct offpolicy_row){.cluster = i,
                                         .arm = i % 2,
                                         .logged = 0.5,
                                         .target = i % 2 == 0 ? 1.0 : 0.0,
                                         .reward = i % 4 == 0 ? 1.0 : 0.0,
                                         .model_taken = 0.25,
                                         .model_target = 0.25};
    struct offpolicy o;
    offpolicy_work(rows, 80, 0.1, 0.05, &o);
    ck_assert_int_eq(o.word, OFFPOLICY_FINE);
    ck_assert_double_eq_tol(o.ips.value, 0.5, 1e-12);
    ck_assert_double_eq_tol(o.snips.value, 0.5, 1e-12);
    ck_assert_double_eq_tol(o.dr.value, 0.25 + (2 * 0.75 - 2 * 0.25) / 4, 1e-12);
    ck_assert_double_eq_tol(o.sample, 40.0, 1e-9);
    /* influence 1.5 -.5 -.5 -.5: squares sum to 3 of 4; 80 of them */
    ck_assert_double_eq_tol(o.ips.se, sqrt(60.0 * 80 / 79) / 80, 1e-12);
    /* ten rows of one person count once */
    for (int i = 0; i < 80; i++)
        rows[i].cluster = i / 2;
    offpolicy_work(rows, 80, 0.1, 0.05, &o);
    ck_assert_int_eq(o.clusters, 40);
    ck_assert_double_eq_tol(o.ips.se, sqrt(40.0 * 40 / 39) / 80, 1e-12);
}
END_TEST

START_TEST(it_refuses_what_it_cannot_know)
{
    struct offpolicy_row rows[PERSONS * EACH];
    struct offpolicy o;
    size_t n = world(1, rows);
    double kept = rows[77].logged;
    static const double missing[] = {0.0, -0.1, 1.5, NAN};
    for (size_t i = 0; i < 4; i++) {
        rows[77].logged = missing[i];
        offpolicy_work(rows, n, 0.1, 0.05, &o);
        ck_assert_str_eq(offpolicy_word_name(o.word), "no_propensity");
        ck_assert_uint_eq(o.at, 77);
        ck_assert_double_eq(o.ips.value, 0.0);
    }
    rows[77].logged = 0.05;
    rows[77].target = 1.0;
    offpolicy_work(rows, n, 0.1, 0.05, &o);
    ck_assert_str_eq(offpolicy_word_name(o.word), "below_floor");
    rows[77].logged = kept;
    offpolicy_work(rows, 49, 0.1, 0.05, &o);
    ck_assert_str_eq(offpolicy_word_name(o.word), "too_little");
    offpolicy_work(rows, 19 * EACH, 0.1, 0.05, &o); /* 95 rows of 19 persons */
    ck_assert_str_eq(offpolicy_word_name(o.word), "too_little");
    for (size_t i = 0; i < n; i++)
        rows[i].target = i < 19 ? 1.0 : 0.0; /* nearly nobody tells */
    offpolicy_work(rows, n, 0.1, 0.05, &o);
    ck_assert_str_eq(offpolicy_word_name(o.word), "too_little");
}
END_TEST

/* ---- the bandit ------------------------------------------------------------------ */

START_TEST(shares_are_probabilities_with_a_floor)
{
    struct draw d = draw_seed(11);
    for (int run = 0; run < 2000; run++) {
        struct bandit_arm arms[4];
        double p[4], sum = 0.0;
        for (int i = 0; i < 4; i++) {
            arms[i].n = (int64_t)(draw_share(&d) * draw_share(&d) * 3000);
            arms[i].sum = draw_share(&d) * (double)arms[i].n;
        }
        bandit_shares(arms, 4, 0.1, p);
        for (int i = 0; i < 4; i++) {
            ck_assert_msg(p[i] >= 0.1 && p[i] <= 0.7 + 1e-12, "run %d: %g", run, p[i]);
            sum += p[i];
        }
        ck_assert_double_eq_tol(sum, 1.0, 1e-12);
    }
}
END_TEST

/* Two arms: the difference of two normals, to be had in closed form. */
START_TEST(shares_are_exact)
{
    struct bandit_arm arms[2] = {{40, 18}, {60, 33}};
    double p[2];
    bandit_shares(arms, 2, 0.0, p);
    double m0 = 19.0 / 42, m1 = 34.0 / 62;
    double v = m0 * (1 - m0) / 43 + m1 * (1 - m1) / 63;
    ck_assert_double_eq_tol(p[1], 0.5 * erfc(-(m1 - m0) / sqrt(v) / sqrt(2.0)), 1e-9);
    struct bandit_arm same[3] = {{0, 0}, {0, 0}, {0, 0}};
    double q[3];
    bandit_shares(same, 3, 0.1, q);
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(q[i], 1.0 / 3, 1e-12);
}
END_TEST

START_TEST(draws_follow_the_shares)
{
    static const double p[3] = {0.1, 0.25, 0.65};
    int n[3] = {0, 0, 0};
    for (int64_t unit = 0; unit < 100000; unit++) {
        int32_t arm = bandit_draw(p, 3, 5, unit, 2);
        ck_assert_int_eq(arm, bandit_draw(p, 3, 5, unit, 2));
        n[arm]++;
    }
    for (int i = 0; i < 3; i++) /* five standard deviations */
        ck_assert_double_eq_tol(n[i] / 1e5, p[i], 5 * sqrt(p[i] * (1 - p[i]) / 1e5));
}
END_TEST

/* Learning: in 200 runs of 40 periods of 25 persons the best arm gets most, and the
 * logged shares give an unbiased estimate of the worst arm too. */
START_TEST(it_learns_and_its_log_is_good)
{
    int most = 0, cover = 0, ruled = 0;
    struct arena *a = arena_new((size_t)8 << 20);
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct draw d = draw_seed(seed);
        struct bandit_arm arms[3] = {{0, 0}, {0, 0}, {0, 0}};
        arena_reset(a);
        struct offpolicy_row *rows = ARENA_ARRAY(a, struct offpolicy_row, 1000);
        size_t n = 0;
        double p[3];
        for (int64_t period = 0; period < 40; period++) {
            bandit_shares(arms, 3, 0.1, p);
            struct bandit_arm now[3] = {arms[0], arms[1], arms[2]};
            for (int64_t unit = 0; unit < 25; unit++) {
                int32_t arm = bandit_draw(p, 3, seed, unit, period);
                double r = draw_share(&d) < arm_mean[arm] ? 1.0 : 0.0;
                now[arm].n++;
                now[arm].sum += r;
                rows[n] = (struct offpolicy_row){.cluster = (int64_t)n,
                                                 .arm = arm,
                                                 .logged = p[arm],
                                                 .target = arm == 0 ? 1.0 : 0.0,
                                                 .reward = r};
                n++;
            }
            memcpy(arms, now, sizeof(arms));
        }
        static const double worst[3] = {1.0, 0.0, 0.0};
        struct offpolicy o;
        offpolicy_means(rows, n, worst, 3);
        offpolicy_work(rows, n, 0.1, 0.05, &o);
        ck_assert_int_eq(o.word, OFFPOLICY_FINE);
        cover += o.dr.low <= arm_mean[0] && arm_mean[0] <= o.dr.high;
        most += p[2] > 0.7;
        ruled += bandit_harm(arms, 0, 0.0, 0.975);
    }
    printf("bandit: of 200 runs the best arm leads in %d, the worst arm's value is "
           "covered in %d\n",
           most, cover);
    ck_assert_int_ge(most, 190);
    ck_assert_int_ge(cover, 180);
    ck_assert_int_eq(ruled, 0); /* arm 0 is never worse than itself */
    arena_free(a);
}
END_TEST

START_TEST(harm_is_seen_and_not_imagined)
{
    struct bandit_arm bad[2] = {{200, 120}, {200, 70}};
    struct bandit_arm even[2] = {{200, 120}, {200, 112}};
    ck_assert(bandit_harm(bad, 1, 0.05, 0.975));
    ck_assert(!bandit_harm(even, 1, 0.05, 0.975));
    struct bandit_arm young[2] = {{5, 4}, {5, 1}};
    ck_assert(!bandit_harm(young, 1, 0.05, 0.975));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("offpolicy");
    TCase *t = tcase_create("offpolicy");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, intervals_cover_the_truth);
    tcase_add_test(t, a_plain_mean_would_be_wrong);
    tcase_add_test(t, estimates_by_hand);
    tcase_add_test(t, it_refuses_what_it_cannot_know);
    tcase_add_test(t, shares_are_probabilities_with_a_floor);
    tcase_add_test(t, shares_are_exact);
    tcase_add_test(t, draws_follow_the_shares);
    tcase_add_test(t, it_learns_and_its_log_is_good);
    tcase_add_test(t, harm_is_seen_and_not_imagined);
    suite_add_tcase(s, t);
    return suite_main(s);
}
