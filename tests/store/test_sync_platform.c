/* Which platforms jobs may call. */
#include "store/registration.h"
#include "support/suite.h"
#include "support/testdb.h"
#include "sync/sync.h"

static int ready(struct testdb *t, int64_t id, const char *deployment)
{
    struct registration reg;
    struct svc_platform p;
    struct err e = {0};
    return sync_platform(t->db, t->a, id, str_c(deployment), &reg, &p, &e);
}

/* Its pages were closed at once, but its roster, grades and scores went on travelling. */
static void switched_off(struct testdb *t)
{
    struct err e = {0};
    struct registration reg = {
        .issuer = STR("https://lms.example.edu"),
        .client_id = STR("client-1"),
        .name = STR("Example (invented)"),
        .auth_url = STR("https://lms.example.edu/auth"),
        .token_url = STR("https://lms.example.edu/token"),
        .jwks_url = STR("https://lms.example.edu/jwks"),
        .state = STR("active"),
        .deployment_policy = STR("reject"),
        .trusted_audiences = STR("[]"),
        .frame_origins = STR("[]"),
    };
    ck_assert_int_eq(registration_add(t->db, &t->env, &reg, &e), 0);
    static const char *const names[] = {"1", "2"};
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(registration_add_deployment(t->db, &t->env, reg.id,
                                                     str_c(names[i]), STR("active"), &e),
                         0);
    ck_assert_int_eq(ready(t, reg.id, "2"), 1);
    ck_assert_int_eq(
        registration_set_deployment(t->db, reg.id, STR("2"), STR("disabled"), &e), 1);
    ck_assert_int_eq(ready(t, reg.id, "2"), 0);
    ck_assert_int_eq(ready(t, reg.id, "1"), 1);
    ck_assert_int_eq(ready(t, reg.id, "3"), 0);
    ck_assert_int_eq(
        registration_set_state(t->db, reg.id, STR("disabled"), t->now_ms, &e), 1);
    ck_assert_int_eq(ready(t, reg.id, "1"), 0);
}

START_TEST(a_deployment_that_was_switched_off_is_not_read)
{
    testdb_each(switched_off);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sync_platform");
    TCase *c = tcase_create("sync_platform");
    tcase_add_test(c, a_deployment_that_was_switched_off_is_not_read);
    suite_add_tcase(s, c);
    return suite_main(s);
}
