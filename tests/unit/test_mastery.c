/* Bayesian knowledge tracing: numbers worked out by hand, words, and properties. */
#include "engine/mastery.h"
#include "engine/num.h"
#include "support/mapmake.h"
#include "support/suite.h"

#include <math.h>
#include <string.h>

#define DAY EVIDENCE_DAY_MS

static struct mastery_rule rule(void)
{
    return (struct mastery_rule){.bkt = skill_bkt_default(),
                                 .limits = skill_limits_default()};
}

static void add(const struct mastery_rule *r, struct mastery *m, int64_t day,
                double share, double weight)
{
    struct mastery_obs o = {
        .at_ms = day * DAY, .share = share, .weight = weight, .kind = EV_ANSWER};
    mastery_add(r, m, &o);
}

/* init .3, learn .1, guess .2, slip .1. After a right answer
 * p = .3 * .9 / (.3 * .9 + .7 * .2) = .27 / .41, then p + (1 - p) * .1. */
START_TEST(one_right_answer_by_hand)
{
    struct mastery_rule r = rule();
    struct mastery m;
    mastery_start(&r, &m);
    ck_assert_double_eq_tol(m.p, 0.3, 1e-15);
    add(&r, &m, 1, 1.0, 1.0);
    double post = 0.27 / 0.41;
    ck_assert_double_eq_tol(m.p, post + (1.0 - post) * 0.1, 1e-14);
    add(&r, &m, 1, 0.0, 1.0);
    double q = post + (1.0 - post) * 0.1;
    double wrong = q * 0.1 / (q * 0.1 + (1.0 - q) * 0.8);
    ck_assert_double_eq_tol(m.p, wrong + (1.0 - wrong) * 0.1, 1e-14);
}
END_TEST

/* Half the points: the geometric mean of both likelihood ratios; a judgement teaches
 * nothing; a weight is a power of the ratio. */
START_TEST(shares_weights_and_judgements_by_hand)
{
    struct mastery_rule r = rule();
    struct mastery m;
    double ratio = sqrt((0.9 / 0.2) * (0.1 / 0.8));
    double post = 0.3 * ratio / (0.3 * ratio + 0.7);
    mastery_start(&r, &m);
    add(&r, &m, 1, 0.5, 1.0);
    ck_assert_double_eq_tol(m.p, post + (1.0 - post) * 0.1, 1e-13);
    mastery_start(&r, &m);
    struct mastery_obs o = {.at_ms = DAY, .share = 1, .weight = 1, .kind = EV_JUDGEMENT};
    mastery_add(&r, &m, &o);
    ck_assert_double_eq_tol(m.p, 0.27 / 0.41, 1e-14);
    mastery_start(&r, &m);
    add(&r, &m, 1, 1.0, 0.5);
    ratio = sqrt(0.9 / 0.2);
    post = 0.3 * ratio / (0.3 * ratio + 0.7);
    ck_assert_double_eq_tol(m.p, post + (1.0 - post) * 0.05, 1e-13);
}
END_TEST

START_TEST(words_need_enough_evidence)
{
    struct mastery_rule r = rule();
    struct mastery m;
    mastery_start(&r, &m);
    ck_assert_int_eq(mastery_read(&r, &m, DAY).word, MASTERY_NONE);
    add(&r, &m, 1, 1.0, 1.0);
    ck_assert_int_eq(mastery_read(&r, &m, DAY).word, MASTERY_LEARNING);
    add(&r, &m, 1, 1.0, 1.0);
    add(&r, &m, 1, 1.0, 1.0);
    add(&r, &m, 1, 1.0, 1.0);
    ck_assert(m.p > 0.99);
    ck_assert_msg(mastery_read(&r, &m, DAY).word == MASTERY_ALMOST, "one day only");
    add(&r, &m, 2, 1.0, 1.0);
    ck_assert_int_eq(mastery_read(&r, &m, 2 * DAY).word, MASTERY_MASTERED);
}
END_TEST

START_TEST(two_rows_are_not_mastery)
{
    struct mastery_rule r = rule();
    struct mastery m;
    r.bkt.p_init = 0.9;
    mastery_start(&r, &m);
    add(&r, &m, 1, 1.0, 1.0);
    add(&r, &m, 2, 1.0, 1.0);
    ck_assert(m.p > 0.99);
    ck_assert_int_eq(mastery_read(&r, &m, 2 * DAY).word, MASTERY_ALMOST);
    add(&r, &m, 3, 1.0, 0.3); /* too light to be a proof */
    ck_assert_int_eq(mastery_read(&r, &m, 3 * DAY).word, MASTERY_ALMOST);
    add(&r, &m, 3, 1.0, 0.5);
    ck_assert_int_eq(mastery_read(&r, &m, 3 * DAY).word, MASTERY_MASTERED);
}
END_TEST

START_TEST(a_day_is_the_students_day)
{
    struct mastery_rule r = rule();
    struct mastery m;
    r.tz_min = -300;
    mastery_start(&r, &m);
    /* 23:00 and 01:00 UTC are one evening in New York, two days in London. */
    for (int i = 0; i < 4; i++) {
        struct mastery_obs o = {.at_ms = 10 * DAY + (i % 2 == 0 ? -1 : 1) * DAY / 24,
                                .share = 1,
                                .weight = 1,
                                .kind = EV_ANSWER};
        o.at_ms = 10 * DAY + (i < 2 ? -1 : 1) * DAY / 24;
        mastery_add(&r, &m, &o);
    }
    ck_assert_int_eq(m.day_n, 1);
}
END_TEST

START_TEST(mastered_becomes_review)
{
    struct mastery_rule r = rule();
    struct mastery m;
    mastery_start(&r, &m);
    for (int d = 1; d <= 4; d++) {
        add(&r, &m, d, 1.0, 1.0);
    }
    ck_assert_int_eq(mastery_read(&r, &m, 32 * DAY).word, MASTERY_MASTERED);
    ck_assert_int_eq(mastery_read(&r, &m, 33 * DAY).word, MASTERY_REVIEW);
    ck_assert(mastery_holds(MASTERY_REVIEW) && !mastery_holds(MASTERY_ALMOST));
    struct mastery slipped = m;
    add(&r, &slipped, 5, 0.0, 1.0);
    ck_assert_int_eq(mastery_read(&r, &slipped, 5 * DAY).word, MASTERY_MASTERED);
    add(&r, &slipped, 5, 0.0, 1.0);
    ck_assert_msg(mastery_read(&r, &slipped, 5 * DAY).word == MASTERY_REVIEW,
                  "two slips ask for a review, they take nothing away");
    add(&r, &slipped, 6, 0.0, 1.0);
    ck_assert_int_eq(mastery_read(&r, &slipped, 6 * DAY).word, MASTERY_LEARNING);
}
END_TEST

START_TEST(completion_access_and_reports_move_nothing)
{
    ck_assert(mastery_kind_weight(EV_COMPLETION) == 0.0);
    ck_assert(mastery_kind_weight(EV_ACCESS) == 0.0);
    ck_assert(mastery_kind_weight(EV_SELF_REPORT) == 0.0);
    struct mastery_rule r = rule();
    struct mastery m;
    struct mastery before;
    mastery_start(&r, &m);
    before = m;
    add(&r, &m, 1, 1.0, 0.0);
    ck_assert(memcmp(&m, &before, sizeof(m)) == 0);
}
END_TEST

START_TEST(needed_is_true_and_least)
{
    struct mastery_rule r = rule();
    uint64_t seed = 7;
    for (int i = 0; i < 2000; i++) {
        struct mastery m;
        int32_t days = 0;
        int n = mapmake_below(&seed, 6);
        mastery_start(&r, &m);
        for (int k = 0; k < n; k++) {
            add(&r, &m, 1 + k / 2, mapmake_unit(&seed) < 0.5 ? 1 : 0, 1.0);
        }
        int32_t k = mastery_needed(&r, &m, 10 * DAY, &days);
        ck_assert_int_ge(k, 0);
        struct mastery t = m;
        for (int32_t j = 0; j < k; j++) {
            add(&r, &t, 10 + (j < days ? j : days - 1), 1.0, 1.0);
        }
        ck_assert_int_eq(mastery_read(&r, &t, 30 * DAY).word, MASTERY_MASTERED);
        t = m; /* one less, however it is spread, is not enough */
        for (int32_t j = 0; j + 1 < k; j++) {
            add(&r, &t, 10 + j, 1.0, 1.0);
        }
        ck_assert(k == 0 || mastery_read(&r, &t, 30 * DAY).word != MASTERY_MASTERED);
    }
}
END_TEST

/* Any parameters: an inserted right answer never lowers p, nor does a better one; no NaN.
 */
START_TEST(a_right_answer_never_lowers)
{
    uint64_t seed = 11;
    for (int i = 0; i < 100000; i++) {
        struct mastery_rule r = rule();
        r.bkt.p_init = 0.001 + 0.998 * mapmake_unit(&seed);
        r.bkt.p_learn = 0.9 * mapmake_unit(&seed);
        r.bkt.p_forget = i % 3 == 0 ? 0.0 : (1.0 - r.bkt.p_learn) * mapmake_unit(&seed);
        r.bkt.p_guess = 0.001 + 0.49 * mapmake_unit(&seed);
        r.bkt.p_slip = 0.001 + 0.49 * mapmake_unit(&seed);
        r.bkt.half_life_days = i % 2 == 0 ? 0 : 1 + 60 * mapmake_unit(&seed);
        struct mastery with;
        struct mastery without;
        struct mastery better;
        mastery_start(&r, &with);
        mastery_start(&r, &better);
        mastery_start(&r, &without);
        int n = 1 + mapmake_below(&seed, 12);
        int extra = mapmake_below(&seed, n);
        int64_t day = 1;
        for (int k = 0; k < n; k++) {
            double share =
                mapmake_unit(&seed) < 0.3 ? mapmake_unit(&seed) : mapmake_below(&seed, 2);
            double weight = mapmake_unit(&seed) < 0.5 ? 1.0 : mapmake_unit(&seed);
            day += mapmake_below(&seed, 10);
            if (k == extra) {
                add(&r, &with, day, 1.0, mapmake_unit(&seed));
            }
            add(&r, &with, day, share, weight);
            add(&r, &without, day, share, weight);
            add(&r, &better, day,
                k == extra ? share + (1.0 - share) * mapmake_unit(&seed) : share, weight);
        }
        struct mastery_view a = mastery_read(&r, &with, (day + 5) * DAY);
        struct mastery_view b = mastery_read(&r, &without, (day + 5) * DAY);
        ck_assert_msg(a.p >= b.p - 1e-12, "case %d: one more right answer", i);
        ck_assert_msg(better.p >= without.p - 1e-12, "case %d: a better answer", i);
        ck_assert(isfinite(a.p) && a.p > 0.0 && a.p < 1.0);
    }
}
END_TEST

/* Whatever comes, p is a number strictly between 0 and 1. */
START_TEST(extreme_input_gives_numbers)
{
    static const double odd[] = {0, 1, 0.5, -1, 7, 1e300, -1e300, 1e-300, NAN, INFINITY};
    uint64_t seed = 17;
    for (int i = 0; i < 5000; i++) {
        struct mastery_rule r = rule();
        struct mastery m;
        r.bkt.p_init = mapmake_below(&seed, 2) ? 0.999 : 0.001;
        r.bkt.p_guess = mapmake_below(&seed, 2) ? 0.7 : 0.001;
        r.bkt.p_slip = r.bkt.p_guess > 0.5       ? 0.299
                       : mapmake_below(&seed, 2) ? 0.7
                                                 : 0.001;
        r.bkt.p_learn = mapmake_below(&seed, 2) ? 0.9 : 0.0;
        r.bkt.p_forget = mapmake_below(&seed, 2)   ? 0.1
                         : mapmake_below(&seed, 2) ? 1e-9
                                                   : 0;
        r.bkt.half_life_days = mapmake_below(&seed, 2) ? 1e-6 : 0.0;
        mastery_start(&r, &m);
        int64_t at = 0;
        for (int k = 0; k < 200; k++) {
            struct mastery_obs o = {.at_ms = at,
                                    .share = odd[mapmake_below(&seed, 10)],
                                    .weight = odd[mapmake_below(&seed, 10)],
                                    .kind = k % 7 == 0 ? EV_JUDGEMENT : EV_ANSWER};
            mastery_add(&r, &m, &o);
            at += k % 50 == 0 ? INT64_MAX / 8 : 1;
            ck_assert_msg(m.p > 0.0 && m.p < 1.0, "case %d of seed 17: %g", i, m.p);
        }
        double p = mastery_read(&r, &m, INT64_MAX).p;
        ck_assert_msg(p > 0.0 && p < 1.0, "case %d of seed 17, read: %g", i, p);
    }
}
END_TEST

/* Students made by the model: those who have the skill end above those who have not, and
 * the p that is told is about right. */
START_TEST(simulated_students_are_told_apart)
{
    struct mastery_rule r = rule();
    uint64_t seed = 3;
    double sum[2] = {0, 0};
    double n[2] = {0, 0};
    double told[5] = {0};
    double true_n[5] = {0};
    double bin_n[5] = {0};
    for (int i = 0; i < 20000; i++) {
        struct mastery m;
        bool knows = mapmake_unit(&seed) < r.bkt.p_init;
        mastery_start(&r, &m);
        for (int k = 0; k < 5; k++) {
            bool right =
                mapmake_unit(&seed) < (knows ? 1.0 - r.bkt.p_slip : r.bkt.p_guess);
            add(&r, &m, k, right ? 1 : 0, 1.0);
            knows = knows || mapmake_unit(&seed) < r.bkt.p_learn;
        }
        int b = (int)(m.p * 5.0);
        sum[knows] += m.p;
        n[knows] += 1.0;
        told[b] += m.p;
        true_n[b] += knows ? 1 : 0;
        bin_n[b] += 1.0;
    }
    ck_assert(sum[1] / n[1] > 0.8 && sum[0] / n[0] < 0.35);
    for (int b = 0; b < 5; b++) {
        if (bin_n[b] > 300) {
            ck_assert_double_eq_tol(told[b] / bin_n[b], true_n[b] / bin_n[b], 0.04);
        }
    }
}
END_TEST

START_TEST(forgetting_is_off_until_asked_for)
{
    struct mastery_rule r = rule();
    struct mastery m;
    mastery_start(&r, &m);
    for (int d = 1; d <= 3; d++) {
        add(&r, &m, d, 1.0, 1.0);
    }
    ck_assert(mastery_read(&r, &m, 400 * DAY).p == m.p);
    r.bkt.half_life_days = 10;
    double p = mastery_read(&r, &m, 13 * DAY).p;
    ck_assert_double_eq_tol(p, 0.3 + (m.p - 0.3) / 2.0, 1e-12);
    ck_assert_double_eq_tol(mastery_read(&r, &m, 4000 * DAY).p, 0.3, 1e-6);
}
END_TEST

START_TEST(own_exp_and_log_are_right)
{
    for (double x = 1e-6; x < 1e6; x *= 1.37) {
        ck_assert_double_eq_tol(num_log(x), log(x), 1e-14 * (1.0 + fabs(log(x))));
        ck_assert_double_eq_tol(num_exp(log(x)) / exp(log(x)), 1.0, 1e-13);
    }
    ck_assert(num_exp(-800.0) == 0.0 && num_exp(0.0) == 1.0 && num_log(1.0) == 0.0);
    ck_assert(num_clamp(NAN, 0.0, 1.0) == 0.0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mastery");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, one_right_answer_by_hand);
    tcase_add_test(t, shares_weights_and_judgements_by_hand);
    tcase_add_test(t, words_need_enough_evidence);
    tcase_add_test(t, two_rows_are_not_mastery);
    tcase_add_test(t, a_day_is_the_students_day);
    tcase_add_test(t, mastered_becomes_review);
    tcase_add_test(t, completion_access_and_reports_move_nothing);
    tcase_add_test(t, needed_is_true_and_least);
    tcase_add_test(t, a_right_answer_never_lowers);
    tcase_add_test(t, extreme_input_gives_numbers);
    tcase_add_test(t, simulated_students_are_told_apart);
    tcase_add_test(t, forgetting_is_off_until_asked_for);
    tcase_add_test(t, own_exp_and_log_are_right);
    suite_add_tcase(s, t);
    return suite_main(s);
}
