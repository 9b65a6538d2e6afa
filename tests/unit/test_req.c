/* Requests, answers, cookies, and how a browser carries its session. */
#include "support/suite.h"
#include "web/carry.h"
#include "web/cookie.h"

#include <string.h>

static struct arena *a;

static void setup(void)
{
    a = arena_new(4 * 1024 * 1024);
}

static void teardown(void)
{
    arena_free(a);
}

static struct req request(const char *cookies)
{
    return (struct req){.method = REQ_GET, .cookies = str_c(cookies)};
}

static int param(struct req *r, const char *prefix, const char *name, const char *value)
{
    return req_param(a, r, str_c(prefix), str_c(name), str_c(value), NULL);
}

static struct str head_of(const struct res *res)
{
    struct buf b;
    buf_init(&b, a, 256);
    res_head(res, &b);
    return buf_view(&b);
}

static bool has(struct str text, const char *part)
{
    return str_find(text, str_c(part), 0) != SIZE_MAX;
}

START_TEST(parameters)
{
    struct req r = {.method = REQ_OTHER};
    ck_assert_int_eq(param(&r, "/way", "REQUEST_METHOD", "POST"), 0);
    ck_assert_int_eq(param(&r, "/way", "REQUEST_URI", "/way/panel?l=x"), 0);
    ck_assert_int_eq(param(&r, "/way", "QUERY_STRING", "l=x"), 0);
    ck_assert_int_eq(param(&r, "/way", "SOMETHING", "else"), 0);
    ck_assert_int_eq(r.method, REQ_POST);
    ck_assert(str_is(r.path, "/panel"));
    ck_assert(str_is(r.query, "l=x"));
    param(&r, "/way", "REQUEST_URI", "/panel");
    ck_assert(str_is(r.path, "")); /* not below public_url: no route has it */
    param(&r, "/way", "REQUEST_METHOD", "get");
    ck_assert_int_eq(r.method, REQ_OTHER);
}
END_TEST

START_TEST(parameters_too_long) /* I10 */
{
    struct req r = {.method = REQ_GET};
    char *big = arena_alloc(a, 33 * 1024);
    memset(big, 'x', 33 * 1024 - 1);
    ck_assert_int_eq(param(&r, "", "QUERY_STRING", big), -1);
    ck_assert_int_eq(param(&r, "", "HTTP_COOKIE", big), -1);
}
END_TEST

START_TEST(content_types) /* I9, I27 */
{
    struct req r = {.content_type = STR("application/x-www-form-urlencoded")};
    ck_assert(req_is_form(&r));
    r.content_type = STR("Application/X-WWW-Form-URLencoded; charset=UTF-8");
    ck_assert(req_is_form(&r));
    r.content_type = STR("application/json");
    ck_assert(!req_is_form(&r));
    r.content_type = STR("");
    ck_assert(!req_is_form(&r));
}
END_TEST

START_TEST(cookie_values)
{
    struct req r = request("a=1; __Host-wm_x=secret;b=2=3; c; a=9");
    struct str v;
    ck_assert(req_cookie(&r, STR("__Host-wm_x"), &v) && str_is(v, "secret"));
    ck_assert(req_cookie(&r, STR("b"), &v) && str_is(v, "2=3"));
    ck_assert(req_cookie(&r, STR("a"), &v) && str_is(v, "1"));
    ck_assert(!req_cookie(&r, STR("c"), &v));
    ck_assert(!req_cookie(&r, STR("wm_x"), &v));
    r = request("");
    ck_assert(!req_cookie(&r, STR("a"), &v));
}
END_TEST

START_TEST(where_a_click_was_made) /* BIND-3 */
{
    struct str base = STR("https://tool.example:8443/way");
    struct req r = {.origin = STR("https://tool.example:8443")};
    ck_assert(req_same_origin(&r, base));
    ck_assert(!req_same_origin(&r, STR("https://tool.example/way")));
    r.origin = STR("https://evil.example");
    r.fetch_site = STR("same-origin"); /* the Origin header counts when it is there */
    ck_assert(!req_same_origin(&r, base));
    r.origin = STR("null");
    ck_assert(!req_same_origin(&r, base));
    r.origin = STR("");
    ck_assert(req_same_origin(&r, base));
    r.fetch_site = STR("same-site");
    ck_assert(!req_same_origin(&r, base));
    r.fetch_site = STR("");
    ck_assert(!req_same_origin(&r, base)); /* a browser that does not say: refused */
}
END_TEST

START_TEST(cookie_attributes) /* BIND-1, C-14 */
{
    struct res res;
    res_init(&res, a);
    struct str name = cookie_login_name(a, STR("AbCd_123-and-more"));
    ck_assert(str_is(name, "__Host-lti_AbCd_123"));
    cookie_set(&res, name, STR("v"), 600);
    cookie_set(&res, name, STR(""), 0);
    res_body(&res, 200, STR("text/plain"), STR(""));
    struct str head = head_of(&res);
    ck_assert(has(head, "Set-Cookie: __Host-lti_AbCd_123=v; Path=/; Max-Age=600; Secure; "
                        "HttpOnly; SameSite=None; Partitioned\r\n"));
    ck_assert(has(head, "Set-Cookie: __Host-lti_AbCd_123=; Path=/; Max-Age=0; Secure; "
                        "HttpOnly; SameSite=None; Partitioned\r\n"));
}
END_TEST

static struct str many_logins(int n)
{
    struct buf b;
    buf_init(&b, a, 256);
    for (int i = 0; i < n; i++)
        buf_fmt(&b, "%s__Host-lti_%08d=v; other%d=1", i == 0 ? "" : "; ", i, i);
    return buf_view(&b);
}

START_TEST(old_logins_are_purged) /* C-14: at most 20 under way, the oldest go */
{
    struct res res;
    struct req r = {.cookies = many_logins(19)};
    res_init(&res, a);
    cookie_purge(&r, &res);
    ck_assert_uint_eq(res.header_n, 0);
    r.cookies = many_logins(22);
    cookie_purge(&r, &res);
    ck_assert_uint_eq(res.header_n, 3);
    ck_assert(str_starts(res.header[0].value, STR("__Host-lti_00000000=; ")));
    ck_assert(str_starts(res.header[2].value, STR("__Host-lti_00000002=; ")));
    r.cookies = many_logins(500);
    res_init(&res, a);
    cookie_purge(&r, &res);
    ck_assert_uint_eq(res.header_n, COOKIE_PURGE_MAX);
    ck_assert(cookie_any_login(&r));
    r.cookies = STR("lti_x=1; __Host-wm_y=2");
    ck_assert(!cookie_any_login(&r));
}
END_TEST

START_TEST(security_headers) /* SES-3, I14 */
{
    struct res res;
    res_init(&res, a);
    res_body(&res, 404, STR("text/html; charset=utf-8"), STR("<p>"));
    struct str head = head_of(&res);
    ck_assert(str_starts(head, STR("Status: 404 Not Found\r\n")));
    ck_assert(has(head, "frame-ancestors 'self' https:\r\n"));
    ck_assert(has(head, "default-src 'none'"));
    ck_assert(has(head, "Cache-Control: no-store\r\n"));
    ck_assert(has(head, "Referrer-Policy: no-referrer\r\n"));
    ck_assert(has(head, "X-Content-Type-Options: nosniff\r\n"));
    ck_assert(!has(head, "X-Frame-Options"));
    ck_assert(str_ends(head, STR("\r\n\r\n")));
    res.frame_ancestors = STR("https://lms.example");
    res.cacheable = true;
    head = head_of(&res);
    ck_assert(has(head, "frame-ancestors 'self' https://lms.example\r\n"));
    ck_assert(!has(head, "no-store"));
}
END_TEST

START_TEST(a_header_takes_no_line_break)
{
    struct res res;
    res_init(&res, a);
    res_redirect(&res, 303, STR("https://a.example/\r\nSet-Cookie: x=1"));
    ck_assert_uint_eq(res.header_n, 0);
}
END_TEST

static void fixed(void *ctx, void *p, size_t n)
{
    (void)ctx;
    memset(p, 0xff, n);
}

START_TEST(carrying_a_session) /* SES-1, SES-2 */
{
    struct env env = {.fill = fixed};
    struct str handle = carry_handle(a, &env), secret = crypt_token(a, &env);
    struct carry c;
    ck_assert(carry_is_handle(handle));
    ck_assert(!carry_is_handle(STR("short")));
    ck_assert(!carry_is_handle(STR("twelve;chars")));
    struct req r = {.method = REQ_GET};
    ck_assert(!carry_find(a, &r, handle, secret, &c)); /* no cookie, and not a POST */
    r.cookies = str_fmt(a, "x=1; __Host-wm_%.*s=%.*s", STR_ARG(handle), STR_ARG(secret));
    ck_assert(carry_find(a, &r, handle, STR(""), &c));
    ck_assert(!c.in_form && str_eq(c.secret, secret) && str_eq(c.handle, handle));
    ck_assert(!carry_find(a, &r, STR("AAAAAAAAAAAA"), STR(""), &c)); /* another launch */
    r.cookies = STR("");
    r.method = REQ_POST;
    ck_assert(carry_find(a, &r, STR(""), secret, &c));
    ck_assert(c.in_form && str_eq(c.secret, secret));
    ck_assert(!carry_find(a, &r, STR(""), STR("guess"), &c));
}
END_TEST

START_TEST(csrf_fits_one_session)
{
    struct keyring keys = {.csrf = {1, 2, 3}}, other = {.csrf = {9}};
    struct str token = carry_csrf(a, &keys, STR("one"));
    ck_assert(carry_csrf_ok(a, &keys, STR("one"), token));
    ck_assert(!carry_csrf_ok(a, &keys, STR("two"), token));
    ck_assert(!carry_csrf_ok(a, &other, STR("one"), token));
    ck_assert(!carry_csrf_ok(a, &keys, STR("one"), STR("")));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("req");
    TCase *t = tcase_create("req");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, parameters);
    tcase_add_test(t, parameters_too_long);
    tcase_add_test(t, content_types);
    tcase_add_test(t, cookie_values);
    tcase_add_test(t, where_a_click_was_made);
    tcase_add_test(t, cookie_attributes);
    tcase_add_test(t, old_logins_are_purged);
    tcase_add_test(t, security_headers);
    tcase_add_test(t, a_header_takes_no_line_break);
    tcase_add_test(t, carrying_a_session);
    tcase_add_test(t, csrf_fits_one_session);
    suite_add_tcase(s, t);
    return suite_main(s);
}
