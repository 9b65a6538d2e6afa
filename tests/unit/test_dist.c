/* Distributions against published digits; boundaries against the published table. */
#include "engine/dist.h"
#include "engine/sequential.h"
#include "support/suite.h"

#include <math.h>

START_TEST(the_normal_to_fourteen_digits)
{
    static const double known[][2] = {
        {0.0, 0.5},
        {1.0, 0.8413447460685429},
        {1.959963984540054, 0.975},
        {2.4999999, 0.9937903329213936},
        {2.5, 0.9937903346742238},
        {3.0, 0.9986501019683699},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        ck_assert_double_eq_tol(dist_normal(known[i][0]), known[i][1], 1e-14);
        ck_assert_double_eq_tol(dist_tail(-known[i][0]), known[i][1], 1e-14);
    }
    ck_assert_double_eq_tol(dist_tail(5.0) / 2.866515718791939e-07, 1.0, 1e-13);
    ck_assert_double_eq_tol(dist_tail(10.0) / 7.619853024160527e-24, 1.0, 1e-13);
    ck_assert_double_eq_tol(dist_density(0.0), 0.3989422804014327, 1e-16);
}
END_TEST

START_TEST(its_quantile_is_its_inverse)
{
    ck_assert_double_eq_tol(dist_quantile(0.975), 1.959963984540054, 1e-12);
    ck_assert_double_eq_tol(dist_quantile(0.005), -2.5758293035489004, 1e-12);
    ck_assert_double_eq_tol(dist_quantile(1e-10), -6.361340902404056, 1e-12);
    ck_assert_double_eq(dist_quantile(0.5), 0.0);
    for (int i = 1; i < 1000; i++) {
        double p = i / 1000.0;
        ck_assert_double_eq_tol(dist_normal(dist_quantile(p)), p, 1e-14);
    }
    for (double x = 0.01; x < 37.0; x += 0.37) {
        ck_assert_double_eq_tol(dist_quantile(dist_tail(x)), -x, 1e-12 * x + 1e-12);
    }
    ck_assert_double_lt(dist_quantile(0.0), -37.0);
    ck_assert_double_gt(dist_quantile(1.0), 37.0);
}
END_TEST

START_TEST(chi_square_and_t_to_eleven_digits)
{
    ck_assert_double_eq_tol(dist_lgamma(0.5), 0.5723649429247001, 1e-13);
    ck_assert_double_eq_tol(dist_lgamma(100.0), 359.1342053695754, 1e-11);
    ck_assert_double_eq_tol(dist_chi2_tail(3.841458820694124, 1), 0.05, 1e-12);
    ck_assert_double_eq_tol(dist_chi2_tail(18.307038053275146, 10), 0.05, 1e-12);
    ck_assert_double_eq(dist_chi2_tail(0.0, 3), 1.0);
    /* of two degrees the tail is e to the -x / 2 */
    for (double x = 0.1; x < 60.0; x += 0.7) {
        ck_assert_double_eq_tol(dist_chi2_tail(x, 2) / exp(-x / 2), 1.0, 1e-11);
    }
    ck_assert_double_eq_tol(dist_t_quantile(0.975, 1), 12.706204736432095, 1e-9);
    ck_assert_double_eq_tol(dist_t_quantile(0.975, 5), 2.570581835636314, 1e-11);
    ck_assert_double_eq_tol(dist_t_quantile(0.025, 30), -2.0422724563012373, 1e-11);
    ck_assert_double_eq_tol(dist_t_tail(2.0, 10), 0.03669401738537018, 1e-12);
    /* of one degree it is the Cauchy distribution's */
    for (double t = 0.05; t < 50.0; t *= 1.3) {
        double cauchy = 0.5 - atan(t) / 3.14159265358979323846;
        ck_assert_double_eq_tol(dist_t_tail(t, 1), cauchy, 1e-12);
        ck_assert_double_eq_tol(dist_t_tail(-t, 1), 1.0 - cauchy, 1e-12);
    }
}
END_TEST

START_TEST(t_as_a_normal_deviate)
{
    ck_assert_double_eq_tol(dist_z_of_t(2.570581835636314, 5), 1.959963984540054, 1e-10);
    ck_assert_double_eq_tol(dist_z_of_t(-12.706204736432095, 1), -1.959963984540054,
                            1e-10);
    ck_assert_double_eq_tol(dist_z_of_t(2.0, 1e12), 2.0, 1e-12);
    ck_assert_double_eq(dist_z_of_t(0.0, 7), 0.0);
}
END_TEST

static struct sequential even(int32_t n)
{
    struct sequential s = {.n = n};
    for (int32_t k = 0; k < n; k++) {
        s.at[k] = (k + 1.0) / n;
    }
    return s;
}

/* Lan & DeMets' boundaries of O'Brien and Fleming's type: the table that every book and
 * program prints (to a digit) for five looks at two-sided .05; three looks likewise. */
START_TEST(boundaries_of_the_published_table)
{
    static const double five[] = {4.8769, 3.3570, 2.6803, 2.2898, 2.0310};
    static const double three[] = {3.7103, 2.5114, 1.9930};
    struct arena *a = arena_new((size_t)64 << 20);
    struct sequential s = even(5);
    sequential_bounds(a, 0.05, true, &s);
    for (int k = 0; k < 5; k++) {
        ck_assert_double_eq_tol(s.bound[k], five[k], 6e-5);
    }
    ck_assert_double_eq_tol(s.spent[4], 0.05, 1e-15);
    s = even(3);
    sequential_bounds(a, 0.05, true, &s);
    for (int k = 0; k < 3; k++) {
        ck_assert_double_eq_tol(s.bound[k], three[k], 6e-5);
    }
    s = even(1);
    sequential_bounds(a, 0.05, true, &s);
    ck_assert_double_eq_tol(s.bound[0], 1.959963984540054, 1e-8);
    arena_free(a);
}
END_TEST

/* Without a drift each side is passed with half of alpha, however the looks fall; with
 * the drift found for a power, it has that power. */
START_TEST(alpha_is_spent_and_power_found)
{
    struct arena *a = arena_new((size_t)256 << 20);
    struct sequential s = {.n = 4, .at = {0.13, 0.2, 0.71, 0.9}};
    sequential_bounds(a, 0.05, true, &s);
    ck_assert_double_eq_tol(sequential_power(a, &s, 0.0), 0.025, 1e-6);
    double drift = sequential_drift(a, &s, 0.9);
    ck_assert_double_eq_tol(sequential_power(a, &s, drift), 0.9, 1e-6);
    /* one look: z + z */
    s = even(1);
    sequential_bounds(a, 0.05, true, &s);
    ck_assert_double_eq_tol(sequential_drift(a, &s, 0.8),
                            1.959963984540054 + 0.8416212335729143, 1e-5);
    arena_free(a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dist");
    TCase *t = tcase_create("dist");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, the_normal_to_fourteen_digits);
    tcase_add_test(t, its_quantile_is_its_inverse);
    tcase_add_test(t, chi_square_and_t_to_eleven_digits);
    tcase_add_test(t, t_as_a_normal_deviate);
    tcase_add_test(t, boundaries_of_the_published_table);
    tcase_add_test(t, alpha_is_spent_and_power_found);
    suite_add_tcase(s, t);
    return suite_main(s);
}
