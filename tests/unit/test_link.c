/* Link headers: RFC 8288 and what platforms make of it (V27, I94, NRPS-2). */
#include "net/link.h"
#include "support/suite.h"

static struct arena *a;

static void setup(void)
{
    a = arena_new(1 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static const char *find(const char *header, const char *rel)
{
    struct str t;
    return link_find(a, str_c(header), rel, &t) ? str_z(a, t) : "-";
}

START_TEST(plain)
{
    ck_assert_str_eq(find("<https://x/A?b=C>; rel=\"next\"", "next"), "https://x/A?b=C");
    ck_assert_str_eq(find("<https://x/1>; rel=next", "next"), "https://x/1");
    ck_assert_str_eq(find("<https://x/1> ; REL = \"prev NEXT\" ; title=\"a, b\"", "next"),
                     "https://x/1");
    ck_assert_str_eq(find("<https://x/0>; rel=\"first\", <https://x/1>;rel=next", "next"),
                     "https://x/1");
    ck_assert_str_eq(find("<https://x/0>;title=\"<https://x/9>; rel=next\";rel=first,"
                          "<https://x/1>;rel=\"next\"",
                          "next"),
                     "https://x/1");
    ck_assert_str_eq(find("<https://x/0,1;2>; rel=next", "next"), "https://x/0,1;2");
    ck_assert_str_eq(find("<https://x/d>; rel=\"differences\"", "differences"),
                     "https://x/d");
}
END_TEST

START_TEST(none)
{
    ck_assert_str_eq(find("", "next"), "-");
    ck_assert_str_eq(find("<https://x/1>", "next"), "-");
    ck_assert_str_eq(find("<https://x/1; rel=next", "next"), "-");
    ck_assert_str_eq(find("https://x/1; rel=next", "next"), "-");
    ck_assert_str_eq(find("<https://x/1>; rel=\"nextpage\"", "next"), "-");
    ck_assert_str_eq(find("<https://x/1>; rel=\"first\"; rel=\"next\"", "next"), "-");
    ck_assert_str_eq(find("<https://x/1>; title=\"rel=next", "next"), "-");
    ck_assert_str_eq(find("<https://x/1>; xrel=next", "next"), "-");
    ck_assert_str_eq(find("<https://x/1>; rel=\"a\\", "next"), "-");
}
END_TEST

/* As recorded from Moodle 4.5: ags/06-limit-1. */
START_TEST(moodle_quotes)
{
    const char *h =
        "<https://moodle.test:8443/mod/lti/services.php/3/"
        "lineitems?type_id=1&amp;limit=1&amp;"
        "from=0>; rel=\xe2\x80\x9c"
        "first\xe2\x80\x9d, <https://moodle.test:8443/mod/lti/services.php/3/lineitems?"
        "type_id=1&amp;limit=1&amp;from=1>; rel=\xe2\x80\x9cnext\xe2\x80\x9d, "
        "<https://moodle.test:8443/l>; rel=\xe2\x80\x9clast\xe2\x80\x99";
    ck_assert_str_eq(find(h, "next"), "https://moodle.test:8443/mod/lti/services.php/3/"
                                      "lineitems?type_id=1&limit=1&from=1");
}
END_TEST

static int next(const char *page, const char *h1, const char *h2, struct str *out,
                struct err *e)
{
    struct http_header h[] = {{STR("X"), STR("<https://m/9>; rel=next")},
                              {STR("link"), str_c(h1)},
                              {STR("Link"), str_c(h2)}};
    struct http_res r = {.url = str_c(page), .headers = h, .headers_n = 3};
    return link_next(a, &r, "next", out, e);
}

START_TEST(follow)
{
    struct str n;
    struct err e = {0};
    ck_assert_int_eq(
        next("https://m/p", "<https://m/1>; rel=prev", "<https://m/2>; rel=next", &n, &e),
        0);
    ck_assert(str_is(n, "https://m/2"));
    ck_assert_int_eq(next("https://m/a/p?x", "<?page=2>; rel=next", "", &n, &e), 0);
    ck_assert(str_is(n, "https://m/a/p?page=2"));
    ck_assert_int_eq(next("https://m/p", "", "", &n, &e), 0);
    ck_assert_uint_eq(n.n, 0);
}
END_TEST

/* SVC-7: a next page that leaves the origin gets neither request nor token. */
START_TEST(i94_strays)
{
    struct str n;
    struct err e = {0};
    ck_assert_int_eq(next("https://m/p", "<https://evil/2>; rel=next", "", &n, &e), -1);
    ck_assert_int_eq(e.code, ERR_DENIED);
    ck_assert_int_eq(next("https://m/p", "<http://m/2>; rel=next", "", &n, &e), -1);
    ck_assert_int_eq(next("https://m/p", "<https://m:8443/2>; rel=next", "", &n, &e), -1);
    ck_assert_int_eq(next("https://m/p", "<//10.0.0.1/2>; rel=next", "", &n, &e), -1);
    ck_assert_int_eq(next("https://m/p", "<file:///x>; rel=next", "", &n, &e), -1);
    ck_assert_int_eq(next("https://m/p", "<https://m/a b>; rel=next", "", &n, &e), -1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("link");
    TCase *t = tcase_create("link");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, plain);
    tcase_add_test(t, none);
    tcase_add_test(t, moodle_quotes);
    tcase_add_test(t, follow);
    tcase_add_test(t, i94_strays);
    suite_add_tcase(s, t);
    return suite_main(s);
}
