/* Addresses that come from outside (SVC-7, DR-S3, I94). */
#include "net/url.h"
#include "support/suite.h"

#include <string.h>

static struct arena *a;

static void setup(void)
{
    a = arena_new(1 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

/* The address as we would call it, or why it is refused with '!' in front. */
static const char *norm(const char *z, unsigned allow)
{
    struct url u;
    struct err e = {0};
    if (url_parse(a, str_c(z), allow, &u, &e) != 0)
        return "!";
    return str_z(a, url_text(a, &u));
}

START_TEST(good)
{
    static const char *const same[] = {"https://moodle.test/",
                                       "https://moodle.test:8443/mod/lti/token.php",
                                       "https://example.edu/moodle?x=1&y=%20",
                                       "https://xn--bcher-kva.example/",
                                       "https://192.0.2.7/",
                                       "https://[2001:db8::1]/",
                                       "https://[::1]:8443/a?b",
                                       "https://a-b.c_d.example/~x/;p=1,2(3)'*+!$",
                                       "https://h/?next=https://x/a@b:c"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        ck_assert_str_eq(norm(same[i], 0), same[i]);
    ck_assert_str_eq(norm("HTTPS://Moodle.TEST:443", 0), "https://moodle.test/");
    ck_assert_str_eq(norm("https://h:0443/Path?Q", 0), "https://h/Path?Q");
    ck_assert_str_eq(norm("https://h?x", 0), "https://h/?x");
    ck_assert_str_eq(norm("http://h:80/", URL_HTTP), "http://h/");
    ck_assert_str_eq(norm("https://h/#top", URL_FRAGMENT), "https://h/#top");
    ck_assert_str_eq(norm("https://[2001:DB8:0:0:0:0:0:1]/", 0),
                     "https://[2001:db8::1]/");
}
END_TEST

START_TEST(bad)
{
    static const char *const no[] = {"",
                                     "/",
                                     "//h/",
                                     "h",
                                     "https:",
                                     "https://",
                                     "https:///x",
                                     "https:/h",
                                     "ftp://h/",
                                     "file:///etc/passwd",
                                     "javascript://h/%0a",
                                     "http://h/",
                                     "https://u@h/",
                                     "https://u:p@h/",
                                     "https://@h/",
                                     "https://h/#f",
                                     "https://h:/",
                                     "https://h:0/",
                                     "https://h:65536/",
                                     "https://h:1x/",
                                     "https://h:-1/",
                                     "https://h:000443/",
                                     "https://h /",
                                     "https://h/a b",
                                     "https://h/\t",
                                     "https://h/\n",
                                     "https://h/\x7f",
                                     "https://h/\xc3\xa9",
                                     "https://\xc3\xa9/",
                                     "https://h\\@x/",
                                     "https://h/a\\b",
                                     "https://h/%",
                                     "https://h/%2",
                                     "https://h/%zz",
                                     "https://h%2e/",
                                     "https://a..b/",
                                     "https://.a/",
                                     "https://a./",
                                     "https://0x7f000001/",
                                     "https://2130706433/",
                                     "https://127.1/",
                                     "https://0177.0.0.1/",
                                     "https://127.0.0.01/",
                                     "https://1.2.3.4.5/",
                                     "https://256.1.1.1/",
                                     "https://a.0x10/",
                                     "https://[::1/",
                                     "https://[::1]x/",
                                     "https://[fe80::1%25eth0]/",
                                     "https://[fe80::1%eth0]/",
                                     "https://[127.0.0.1]/",
                                     "https://[]/",
                                     "https://h:[::1]/",
                                     "https://h/\"",
                                     "https://h/<x>",
                                     " https://h/",
                                     "https://h,x/",
                                     "https://h;x/"};
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        ck_assert_msg(norm(no[i], 0)[0] == '!', "accepted %s", no[i]);
    struct url u;
    ck_assert_int_ne(url_parse(a, (struct str){"https://h/\0x", 12}, 0, &u, NULL), 0);
    char *big = arena_alloc(a, URL_MAX_N + 2);
    memset(big, 'a', URL_MAX_N + 1);
    memcpy(big, "https://h/", 10);
    ck_assert_str_eq(norm(big, 0), "!");
    char label[80] = "https://";
    memset(label + 8, 'a', 64);
    ck_assert_str_eq(norm(label, 0), "!");
}
END_TEST

static const char *res(const char *base, const char *ref)
{
    struct url b, u;
    ck_assert_int_eq(url_parse(a, str_c(base), URL_HTTP, &b, NULL), 0);
    if (url_resolve(a, &b, str_c(ref), URL_HTTPS_ONLY, &u, NULL) != 0)
        return "!";
    return str_z(a, url_text(a, &u));
}

/* RFC 3986 section 5.4, as far as it makes sense for https. */
START_TEST(resolve)
{
    const char *b = "https://a/b/c/d;p?q";
    static const char *const want[][2] = {{"g", "https://a/b/c/g"},
                                          {"./g", "https://a/b/c/g"},
                                          {"g/", "https://a/b/c/g/"},
                                          {"/g", "https://a/g"},
                                          {"//g", "https://g/"},
                                          {"?y", "https://a/b/c/d;p?y"},
                                          {"g?y", "https://a/b/c/g?y"},
                                          {";x", "https://a/b/c/;x"},
                                          {"", "https://a/b/c/d;p?q"},
                                          {".", "https://a/b/c/"},
                                          {"./", "https://a/b/c/"},
                                          {"..", "https://a/b/"},
                                          {"../", "https://a/b/"},
                                          {"../g", "https://a/b/g"},
                                          {"../..", "https://a/"},
                                          {"../../g", "https://a/g"},
                                          {"../../../g", "https://a/g"},
                                          {"/./g", "https://a/g"},
                                          {"/../g", "https://a/g"},
                                          {"g.", "https://a/b/c/g."},
                                          {"..g", "https://a/b/c/..g"},
                                          {"./../g", "https://a/b/g"},
                                          {"./g/.", "https://a/b/c/g/"},
                                          {"g/../h", "https://a/b/c/h"},
                                          {"g;x=1/../y", "https://a/b/c/y"},
                                          {"https://x/y", "https://x/y"},
                                          {"g?y/./x", "https://a/b/c/g?y/./x"},
                                          {"http://x/", "!"},
                                          {"//u@x/", "!"},
                                          {"g#s", "!"},
                                          {"javascript:x", "!"},
                                          {"a b", "!"},
                                          {"//127.1/", "!"}};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
        ck_assert_str_eq(res(b, want[i][0]), want[i][1]);
}
END_TEST

START_TEST(origins)
{
    struct url x, y, z;
    url_parse(a, STR("https://H.test:443/a"), 0, &x, NULL);
    url_parse(a, STR("https://h.test/b?c"), 0, &y, NULL);
    url_parse(a, STR("https://h.test:444/"), 0, &z, NULL);
    ck_assert(url_same_origin(&x, &y));
    ck_assert(!url_same_origin(&x, &z));
    ck_assert(str_is(url_origin(a, &x), "https://h.test"));
    ck_assert(str_is(url_origin(a, &z), "https://h.test:444"));
    url_parse(a, STR("http://h.test:443/"), URL_HTTP, &z, NULL);
    ck_assert(!url_same_origin(&x, &z));
    url_parse(a, STR("https://[::1]:8/"), 0, &z, NULL);
    ck_assert(str_is(url_origin(a, &z), "https://[::1]:8"));
}
END_TEST

/* AGS-2 and NRPS-1. */
START_TEST(append)
{
    ck_assert(
        str_is(url_append_path(a, STR("https://m/3/lineitems/15/lineitem?type_id=3"),
                               STR("/scores")),
               "https://m/3/lineitems/15/lineitem/scores?type_id=3"));
    ck_assert(str_is(url_append_path(a, STR("https://m/i/"), STR("/results")),
                     "https://m/i/results"));
    ck_assert(str_is(url_append_query(a, STR("https://m/i"), "role", STR("a#b c")),
                     "https://m/i?role=a%23b%20c"));
    ck_assert(str_is(url_append_query(a, STR("https://m/i?p=1"), "limit", STR("9")),
                     "https://m/i?p=1&limit=9"));
    ck_assert(str_is(url_append_query(a, STR("https://m/i?"), "limit", STR("9")),
                     "https://m/i?limit=9"));
    ck_assert(str_is(url_escape(a, (struct str){"a\0/~\xff", 5}), "a%00%2F~%FF"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("url");
    TCase *t = tcase_create("url");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, good);
    tcase_add_test(t, bad);
    tcase_add_test(t, resolve);
    tcase_add_test(t, origins);
    tcase_add_test(t, append);
    suite_add_tcase(s, t);
    return suite_main(s);
}
