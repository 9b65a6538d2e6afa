/* Looking names up (DR-S3, C-8): addresses, names of this machine, and giving up. What
 * name servers may do is shown in tests/integration/test_ssrf.py. */
#include "net/resolve.h"
#include "support/suite.h"

#include <arpa/inet.h>
#include <string.h>

static struct resolver *r;
static struct resolve_list out;

static void begin(void)
{
    r = resolve_new();
    out = (struct resolve_list){.n = 0};
}

static void end(void)
{
    resolve_free(r);
}

START_TEST(addresses)
{
    ck_assert_ptr_null(resolve_begin(r, STR("192.0.2.7"), &out));
    ck_assert_uint_eq(out.n, 1);
    ck_assert_int_eq(out.at[0].sa.sa_family, AF_INET);
    ck_assert_uint_eq(out.at[0].in.sin_addr.s_addr, inet_addr("192.0.2.7"));
    ck_assert_ptr_null(resolve_begin(r, STR("2001:db8::7"), &out));
    ck_assert_uint_eq(out.n, 1);
    ck_assert_int_eq(out.at[0].sa.sa_family, AF_INET6);
}
END_TEST

START_TEST(names)
{
    struct resolve *q = resolve_begin(r, STR("localhost"), &out);
    ck_assert_ptr_nonnull(q);
    ck_assert_int_eq(resolve_poll(q, 10000, &out), RESOLVE_OK);
    resolve_end(q);
    size_t n = out.n;
    ck_assert_uint_ge(n, 1);
    for (size_t i = 0; i < n; i++)
        ck_assert(out.at[i].sa.sa_family == AF_INET6 ||
                  ntohl(out.at[i].in.sin_addr.s_addr) >> 24 == 127);
    out.n = 0;
    ck_assert_ptr_null(resolve_begin(r, STR("localhost"), &out)); /* known by now */
    ck_assert_uint_eq(out.n, n);
    ck_assert_ptr_nonnull(q = resolve_begin(r, STR("localhost.localdomain"), &out));
    resolve_end(q); /* asked and left */
}
END_TEST

START_TEST(unknown)
{
    struct resolve *q = resolve_begin(r, STR("no.such.name.invalid"), &out);
    ck_assert_ptr_nonnull(q);
    enum resolve_result got = resolve_poll(q, 50, &out);
    ck_assert(got == RESOLVE_NONE || got == RESOLVE_WAIT);
    resolve_end(q);
    for (int i = 0; i < 100; i++) { /* left behind, and swept up some time */
        q = resolve_begin(r, STR("no.such.name.invalid"), &out);
        resolve_end(q);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("resolve");
    TCase *t = tcase_create("resolve");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, addresses);
    tcase_add_test(t, names);
    tcase_add_test(t, unknown);
    suite_add_tcase(s, t);
    return suite_main(s);
}
