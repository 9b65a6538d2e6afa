/* Ids and times. */
#include "base/env.h"
#include "support/suite.h"

START_TEST(floors_grow_with_time)
{
    ck_assert_int_eq(env_id_floor(0), 0);
    ck_assert_int_eq(env_id_floor(INT64_MIN), 0);
    ck_assert_int_lt(env_id_floor(INT64_C(1790000000000)),
                     env_id_floor(INT64_C(1790000000001)));
}
END_TEST

/* "until=2100-01-01T00:00:00Z" of an xAPI sender wrapped round: the answer was empty. */
START_TEST(bug_a_time_behind_all_ids_was_before_them)
{
    int64_t last = env_id_floor(INT64_C(253402300799999));
    ck_assert_int_eq(last, INT64_MAX);
    ck_assert_int_eq(env_id_floor(INT64_MAX), INT64_MAX);
    ck_assert_int_gt(env_id_floor(INT64_C(3900000000000)),
                     env_id_floor(INT64_C(1790000000000)));
    ck_assert_int_eq(env_id_floor(INT64_C(4102444800000)), INT64_MAX); /* 2100 */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("env");
    TCase *c = tcase_create("env");
    tcase_add_test(c, floors_grow_with_time);
    tcase_add_test(c, bug_a_time_behind_all_ids_was_before_them);
    suite_add_tcase(s, c);
    return suite_main(s);
}
