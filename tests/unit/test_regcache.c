/* A worker's copies of registrations. */
#include "support/suite.h"
#include "web/regcache.h"

static struct registration made(struct arena *a, int i)
{
    return (struct registration){
        .id = i,
        .issuer = STR("https://lms.example.edu"),
        .client_id = str_fmt(a, "client-%d", i),
        .auth_url = STR("https://lms.example.edu/auth"),
        .state = STR("active"),
        .changed_ms = i * 10,
    };
}

START_TEST(found_letter_by_letter_until_dropped_or_pushed_out)
{
    struct arena *life = arena_new(8 << 20);
    struct regcache *k = regcache_new(life);
    struct str iss = STR("https://lms.example.edu");
    for (int i = 1; i <= 20; i++) {
        struct registration r = made(life, i);
        regcache_put(k, &r);
        regcache_put(k, &r); /* once more is the same one */
    }
    ck_assert(regcache_get(k, iss, STR("client-1")) == NULL); /* 16 are kept */
    ck_assert_int_eq(regcache_get(k, iss, STR("client-20"))->id, 20);
    ck_assert_int_eq(regcache_get(k, iss, STR("client-20"))->changed_ms, 200);
    ck_assert(regcache_get(k, STR("https://lms.example.edu/"), STR("client-20")) == NULL);
    ck_assert(regcache_get(k, iss, STR("Client-20")) == NULL);
    ck_assert(regcache_get(k, iss, STR_EMPTY) == NULL);
    regcache_drop(k, 20);
    ck_assert(regcache_get(k, iss, STR("client-20")) == NULL);
    ck_assert_int_eq(regcache_get(k, iss, STR("client-19"))->id, 19);
    arena_free(life);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("regcache");
    TCase *c = tcase_create("regcache");
    tcase_add_test(c, found_letter_by_letter_until_dropped_or_pushed_out);
    suite_add_tcase(s, c);
    return suite_main(s);
}
