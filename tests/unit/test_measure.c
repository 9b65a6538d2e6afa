/* Measures against values worked out by hand, and the checksum that splits students. */
#include "support/suite.h"

#include "base/crc.h"
#include "engine/measure.h"

#include <math.h>

static struct arena *A;

static void begin(void)
{
    A = arena_new((size_t)16 << 20);
}

static void end(void)
{
    arena_free(A);
}

static void near(double got, double want)
{
    ck_assert_msg(fabs(got - want) < 1e-12, "%.15g, not %.15g", got, want);
}

START_TEST(by_hand)
{
    const double p[] = {0.9, 0.6, 0.4, 0.2}, y[] = {1, 0, 1, 0};
    struct measure m = measure_of(A, p, y, 4);
    ck_assert_uint_eq(m.n, 4);
    near(m.auc, 0.75); /* of 4 pairs only .4 against .6 is the wrong way round */
    near(m.accuracy, 0.5);
    near(m.brier, (0.01 + 0.36 + 0.36 + 0.04) / 4);
    near(m.rmse, sqrt(0.1925));
    near(m.log_loss, -(log(0.9) + log(0.4) + log(0.4) + log(0.8)) / 4);
    near(m.ece, (0.1 + 0.6 + 0.6 + 0.2) / 4); /* four bins, one row each */
}
END_TEST

START_TEST(ties_are_one_half)
{
    const double p[] = {0.5, 0.5, 0.5, 0.7}, y[] = {1, 0, 0, 1};
    struct measure m = measure_of(A, p, y, 4);
    near(m.auc, (0.5 + 0.5 + 1 + 1) / 4);
    const double same[] = {0.3, 0.3};
    near(measure_of(A, same, y, 2).auc, 0.5);
    near(measure_of(A, p, y, 0).auc, 0.5);
    const double all[] = {1, 1, 1};
    near(measure_of(A, p, all, 3).auc, 0.5);
}
END_TEST

START_TEST(bins_are_of_equal_width)
{
    /* .10 and .19 share a bin: .29 said, 1 was; 1.0 belongs to the last. */
    const double p[] = {0.10, 0.19, 0.95, 1.0}, y[] = {1, 0, 1, 1};
    near(measure_of(A, p, y, 4).ece, (0.71 + 0.05) / 4);
}
END_TEST

START_TEST(shares_are_partly_right)
{
    const double p[] = {0.75, 0.25}, y[] = {0.75, 0.25};
    struct measure m = measure_of(A, p, y, 2);
    near(m.brier, 0);
    near(m.ece, 0);
    /* right .75 + .25, wrong .25 + .75: (.75 x (.75 + .125) + .25 x .375) / 1 */
    near(m.auc, 0.75 * 0.875 + 0.25 * 0.375);
    near(m.log_loss, -(0.75 * log(0.75) + 0.25 * log(0.25)));
}
END_TEST

START_TEST(certainty_that_errs_is_finite)
{
    const double p[] = {0, 1}, y[] = {1, 0};
    struct measure m = measure_of(A, p, y, 2);
    ck_assert(isfinite(m.log_loss) && fabs(m.log_loss + log(1e-12)) < 1e-3);
    near(m.auc, 0);
}
END_TEST

START_TEST(crc_of_known_texts)
{
    ck_assert_uint_eq(crc_32(STR("123456789")), 0xcbf43926u);
    ck_assert_uint_eq(crc_32(STR("")), 0);
    ck_assert_uint_eq(crc_32(STR("7")), 1790921346u); /* as zlib says */
    ck_assert_uint_eq(crc_32(STR("341")), 865628438u);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("measure");
    TCase *c = tcase_create("measure");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, by_hand);
    tcase_add_test(c, ties_are_one_half);
    tcase_add_test(c, bins_are_of_equal_width);
    tcase_add_test(c, shares_are_partly_right);
    tcase_add_test(c, certainty_that_errs_is_finite);
    tcase_add_test(c, crc_of_known_texts);
    suite_add_tcase(s, c);
    return suite_main(s);
}
