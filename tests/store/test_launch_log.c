/* The launch log: how big it may grow. */
#include "store/login.h"
#include "support/suite.h"
#include "support/testdb.h"

static int last(void *ctx, const struct launch_note *n)
{
    *(int64_t *)ctx = n->at_ms;
    return 1;
}

/* Anybody who knew a client_id could add rows as fast as they liked, for 30 days. */
static void trim(struct testdb *t)
{
    struct err e = {0};
    int64_t at_ms = 0;
    for (int i = 0; i < 30; i++) {
        struct launch_note n = {.reference = STR("ABCD-EFGH"),
                                .fault = STR("TOKEN_FORM"),
                                .detail = STR_EMPTY,
                                .at_ms = i};
        ck_assert_int_eq(login_note(t->db, &t->env, &n, &e), 0);
    }
    ck_assert_int_eq(login_notes_trim(t->db, 30, &e), 0);
    ck_assert_int_eq(login_notes_trim(t->db, 25, &e), 5);
    ck_assert_int_eq(login_notes_trim(t->db, 25, &e), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT min(at_ms) FROM launch_log"), 5);
    ck_assert_int_eq(login_notes(t->db, t->a, STR_EMPTY, 5, last, &at_ms, &e), 0);
    ck_assert_int_eq(at_ms, 29);
}

START_TEST(refusals_leave_a_bounded_number_of_rows)
{
    testdb_each(trim);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("launch_log");
    TCase *c = tcase_create("launch_log");
    tcase_add_test(c, refusals_leave_a_bounded_number_of_rows);
    suite_add_tcase(s, c);
    return suite_main(s);
}
