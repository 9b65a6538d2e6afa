/* The order and the cost of the teacher's conversations. */
#include "support/suite.h"

#include "learn/flags.h"

#define MANY 2000

/* A list of the sentences of everybody behind was made for each person: a course with 800
 * flags took more memory than a request may have, and every look at the teacher's page
 * ended the worker. */
START_TEST(two_thousand_flags_fit_into_a_request)
{
    struct arena *a = arena_new((size_t)4 << 20);
    struct dashboard_flag *flags = ARENA_ARRAY(a, struct dashboard_flag, MANY), *talks;
    size_t put_off;
    for (int i = 0; i < MANY; i++)
        flags[i] = (struct dashboard_flag){
            .person_id = i / 2, .rule_code = STR("missing-work"), .level = STR("watch")};
    size_t n = flags_talks(a, flags, MANY, &talks, &put_off);
    ck_assert_uint_eq(n, MANY / 2);
    for (size_t i = 0; i < n; i++)
        ck_assert_uint_eq(talks[i].also_n, 1);
    arena_free(a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("flags");
    TCase *c = tcase_create("flags");
    tcase_add_test(c, two_thousand_flags_fit_into_a_request);
    suite_add_tcase(s, c);
    return suite_main(s);
}
