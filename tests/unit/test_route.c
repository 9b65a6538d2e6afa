/* The table of addresses: what each row promises. */
#include "support/suite.h"
#include "web/route.h"

static struct arena *a;

static void setup(void)
{
    a = arena_new(64 * 1024);
}

static void teardown(void)
{
    arena_free(a);
}

START_TEST(found_by_path)
{
    const struct route *r = route_find(STR("/panel"));
    ck_assert_ptr_nonnull(r);
    ck_assert_ptr_eq((void *)(uintptr_t)r->fn, (void *)(uintptr_t)page_panel);
    ck_assert_ptr_null(route_find(STR("/panel/")));
    ck_assert_ptr_null(route_find(STR("/Panel")));
    ck_assert_ptr_null(route_find(STR("")));
    ck_assert_ptr_null(route_find(STR("/lti")));
}
END_TEST

START_TEST(paths_are_unique)
{
    size_t n;
    const struct route *all = route_table(&n);
    for (size_t i = 0; i < n; i++) {
        ck_assert_int_eq(all[i].path[0], '/');
        ck_assert_ptr_eq(route_find(str_c(all[i].path)), &all[i]);
        ck_assert(all[i].methods != 0);
    }
}
END_TEST

/* What only a POST reaches changes something, so it wants the session's token; the ways
 * in have proofs of their own (state, ticket), programs have a key. */
START_TEST(acting_pages_want_their_token)
{
    size_t n;
    const struct route *all = route_table(&n);
    for (size_t i = 0; i < n; i++) {
        bool lti = str_starts(str_c(all[i].path), STR("/lti/"));
        if (all[i].methods == REQ_POST && !lti && !(all[i].flags & ROUTE_API))
            ck_assert_msg(all[i].flags & ROUTE_CSRF, "%s", all[i].path);
        if (all[i].flags & (ROUTE_CSRF | ROUTE_STAFF))
            ck_assert_msg(all[i].flags & ROUTE_SESSION, "%s", all[i].path);
    }
}
END_TEST

START_TEST(teachers_pages_are_for_staff) /* ROLE-1 */
{
    static const char *const staff[] = {"/course", "/person", "/start", "/sync"};
    for (size_t i = 0; i < sizeof staff / sizeof *staff; i++)
        ck_assert(route_find(str_c(staff[i]))->flags & ROUTE_STAFF);
    ck_assert(!(route_find(STR("/panel"))->flags & ROUTE_STAFF));
}
END_TEST

START_TEST(allow_header) /* I16 */
{
    ck_assert(str_is(route_allow(a, route_find(STR("/lti/launch"))), "POST"));
    ck_assert(str_is(route_allow(a, route_find(STR("/healthz"))), "GET, HEAD"));
    ck_assert(str_is(route_allow(a, route_find(STR("/lti/login"))), "GET, HEAD, POST"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("route");
    TCase *t = tcase_create("route");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, found_by_path);
    tcase_add_test(t, paths_are_unique);
    tcase_add_test(t, acting_pages_want_their_token);
    tcase_add_test(t, teachers_pages_are_for_staff);
    tcase_add_test(t, allow_header);
    suite_add_tcase(s, t);
    return suite_main(s);
}
