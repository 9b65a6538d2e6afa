/* Login initiation and the envelope of the launch (LTI.md 1.1, 1.2, 1.4; I1 to I28). */
#include "msg/answer.h"
#include "msg/login.h"
#include "support/suite.h"

#include <string.h>

#define BASE "https://tool.example.net/lti/"
#define LOGIN "iss=https%3A%2F%2Flms.example.edu&login_hint=5&"

static struct arena *a;
static struct form fm;
static struct fault f;
static struct login_request r;
static struct answer w;

static void begin(void)
{
    a = arena_new(16 << 20);
    f = (struct fault){.id = FAULT_NONE};
}

static void end(void)
{
    arena_free(a);
}

static int login2(const char *query, const char *body)
{
    ck_assert_int_eq(
        form_decode(a, str_c(query), str_c(body), &form_limit_login, &fm, &f), 0);
    return login_parse(&fm, &r, &f);
}

static int login(const char *body)
{
    return login2("", body);
}

/* LOGIN-1, LOGIN-2, V17, V31: query, body or both; unknown parameters are nothing. */
START_TEST(parameters)
{
    const char *all =
        LOGIN "target_link_uri=https%3A%2F%2Ftool.example.net%2Flti%2Flaunch"
              "&client_id=c-1&lti_deployment_id=3&canvas_region=x"
              "&lti_message_hint=%7B%22cmid%22%3A12%7D&lti_new=1";
    ck_assert_int_eq(login2(all, ""), 0);
    ck_assert_int_eq(login(all), 0);
    ck_assert(str_is(r.iss, "https://lms.example.edu"));
    ck_assert(str_is(r.client_id, "c-1"));
    ck_assert(str_is(r.deployment_id, "3"));
    ck_assert(str_is(r.lti_message_hint, "{\"cmid\":12}"));
    ck_assert(r.has_message_hint);
    ck_assert_int_eq(login(LOGIN "deployment_id=dep&lti_message_hint="), 0);
    ck_assert(str_is(r.deployment_id, "dep")); /* Canvas */
    ck_assert(r.has_message_hint && r.lti_message_hint.n == 0);
    ck_assert_int_eq(login(LOGIN), 0);
    ck_assert(!r.has_message_hint);
}
END_TEST

/* I1 to I11; LOGIN-3: what comes twice, too long or malformed. */
START_TEST(refused)
{
    static const struct {
        const char *query, *body;
        enum fault_id fault;
    } rows[] = {
        {"", "login_hint=5", FAULT_ISS_MISSING},                /* I1 */
        {"", "iss=&login_hint=5", FAULT_ISS_MISSING},           /* I1 */
        {"", "iss=https%3A%2F%2Fx", FAULT_LOGIN_HINT_MISSING},  /* I5 */
        {"", "iss=x&login_hint=", FAULT_LOGIN_HINT_MISSING},    /* I5 */
        {"", LOGIN "iss=x", FAULT_FORM_TWICE},                  /* I8 */
        {"iss=x", LOGIN, FAULT_FORM_TWICE},                     /* I8 */
        {"", LOGIN "login_hint=5", FAULT_FORM_TWICE},           /* I8 */
        {"client_id=1", LOGIN "client_id=1", FAULT_FORM_TWICE}, /* I8 */
        {"", LOGIN "target_link_uri=a&target_link_uri=a", FAULT_FORM_TWICE},
        {"", "oauth_consumer_key=k&lti_message_type=basic-lti-launch-request",
         FAULT_LTI11}, /* I26 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_int_eq(login2(rows[i].query, rows[i].body), -1);
        ck_assert_msg(f.id == rows[i].fault, "%s: %s", rows[i].body,
                      fault_row(f.id)->name);
    }
    /* LOGIN-4: the page can name what came */
    ck_assert_int_eq(login(LOGIN "client_id=c&client_id=d"), -1);
    ck_assert(str_is(r.iss, "https://lms.example.edu"));
    ck_assert(str_is(r.client_id, "c"));
}
END_TEST

/* I12. */
START_TEST(storage_names)
{
    static const char *const bad[] = {"a%22b", "%3Cb%3E", "_top", "a+b", ""};
    ck_assert_int_eq(login(LOGIN "lti_storage_target=post_message_forwarding"), 0);
    ck_assert(str_is(r.storage_target, "post_message_forwarding"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct str body = str_fmt(a, "%slti_storage_target=%s", LOGIN, bad[i]);
        ck_assert_int_eq(login(str_z(a, body)), 0);
        ck_assert_uint_eq(r.storage_target.n, 0);
    }
    char long_name[160];
    memset(long_name, 'x', 129);
    long_name[129] = '\0';
    struct str body = str_fmt(a, "%slti_storage_target=%s", LOGIN, long_name);
    ck_assert_int_eq(login(str_z(a, body)), 0);
    ck_assert_uint_eq(r.storage_target.n, 0);
}
END_TEST

/* I2, I3, I4, I13. */
START_TEST(admission)
{
    static const struct {
        const char *body;
        int matches;
        const char *state;
        enum fault_id fault;
    } rows[] = {
        {LOGIN, 1, "active", FAULT_NONE},
        {LOGIN, 0, "", FAULT_ISSUER_UNKNOWN},
        {LOGIN "client_id=x", 0, "", FAULT_CLIENT_UNKNOWN},
        {LOGIN, 2, "active", FAULT_CLIENT_AMBIGUOUS},
        {LOGIN, 1, "pending", FAULT_REGISTRATION_PENDING},
        {LOGIN, 1, "disabled", FAULT_REGISTRATION_DISABLED},
        {LOGIN, 1, "Active", FAULT_REGISTRATION_DISABLED},
        {LOGIN, 1, "", FAULT_REGISTRATION_DISABLED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_int_eq(login(rows[i].body), 0);
        f.id = FAULT_NONE;
        int rc = login_admit(&r, rows[i].matches, str_c(rows[i].state), &f);
        ck_assert_int_eq(rc, rows[i].fault == FAULT_NONE ? 0 : -1);
        ck_assert_int_eq(f.id, rows[i].fault);
    }
}
END_TEST

static int target(const char *uri, bool strict, struct str *out)
{
    struct login_request q = {.target_link_uri = str_c(uri)};
    return login_target(a, &q, STR(BASE), STR(BASE "launch"), strict, out, &f);
}

/* I6, I7, V23. */
START_TEST(targets)
{
    static const char *const bad[] = {
        "http://tool.example.net/lti/x",
        "https://evil.example/lti/",
        "https://tool.example.net.evil.example/lti/",
        "https://tool.example.net/",
        "https://tool.example.net/ltiX",
        "https://tool.example.net/lti/../admin",
        "https://tool.example.net/lti/./x",
        "https://tool.example.net/lti//evil.example",
        "https://tool.example.net/lti/%2e%2e/x",
        "https://tool.example.net/lti/%2fx",
        "https://tool.example.net/lti/%5cx",
        "https://tool.example.net\\lti/x",
        "https://tool.example.net@evil.example/lti/",
        "https://user@tool.example.net/lti/",
        "https://tool.example.net:8443/lti/x",
        "https:tool.example.net/lti/x",
        "//tool.example.net/lti/x",
        "/lti/x",
        "javascript:alert(1)//" BASE,
        BASE "x\r\nSet-Cookie: a=b",
        BASE "x y",
        BASE "\xc3\xa9",
        BASE "x#fragment",
    };
    static const char *const good[] = {BASE "launch",
                                       BASE "launch?x=1&y=%2F",
                                       "https://tool.example.net:443/lti/launch",
                                       "https://TOOL.example.net/lti/a%20b",
                                       BASE,
                                       "https://tool.example.net/lti"};
    struct str out;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(target(bad[i], false, &out) == -1, "%s", bad[i]);
        ck_assert_int_eq(f.id, FAULT_TARGET_FOREIGN);
        ck_assert(str_is(out, BASE "launch"));
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ck_assert_msg(target(good[i], true, &out) == 0, "%s", good[i]);
        ck_assert(str_is(out, good[i]));
    }
    ck_assert_int_eq(target("", false, &out), 0);
    ck_assert(str_is(out, BASE "launch"));
    ck_assert_int_eq(target("", true, &out), -1);
    ck_assert_int_eq(f.id, FAULT_TARGET_MISSING);
}
END_TEST

static struct str redirect(const char *auth_url, const char *body)
{
    struct login_answer x = {
        .auth_url = str_c(auth_url),
        .client_id = STR("c&1"),
        .redirect_uri = STR(BASE "launch"),
        .state = STR("S-_1"),
        .nonce = STR("N"),
    };
    ck_assert_int_eq(login(body), 0);
    return login_redirect_url(a, &x, &r);
}

/* LOGIN-5, V17: a query of auth_login_url stays; hints come back to the byte. */
START_TEST(redirects)
{
    struct str u = redirect("https://lms.example.edu/auth",
                            "iss=i&login_hint=a%25%2B%2F%3D%20%3A%26%C3%A9");
    ck_assert_str_eq(str_z(a, u),
                     "https://lms.example.edu/auth?scope=openid&response_type=id_token"
                     "&response_mode=form_post&prompt=none&client_id=c%261"
                     "&redirect_uri=https%3A%2F%2Ftool.example.net%2Flti%2Flaunch"
                     "&login_hint=a%25%2B%2F%3D%20%3A%26%C3%A9&state=S-_1&nonce=N");
    u = redirect("https://lms.example.edu/auth?tenant=7", LOGIN "lti_message_hint=");
    ck_assert(str_starts(u, STR("https://lms.example.edu/auth?tenant=7&scope=openid&")));
    ck_assert(str_find(u, STR("&lti_message_hint=&"), 0) != SIZE_MAX);
    u = redirect("https://lms.example.edu/auth", LOGIN);
    ck_assert(str_find(u, STR("lti_message_hint"), 0) == SIZE_MAX);
    /* LOGIN-6: nothing else */
    ck_assert(str_find(u, STR("deployment"), 0) == SIZE_MAX);
}
END_TEST

static int answer(const char *query, const char *body)
{
    ck_assert_int_eq(
        form_decode(a, str_c(query), str_c(body), &form_limit_launch, &fm, &f), 0);
    return answer_parse(&fm, &w, &f);
}

START_TEST(envelopes)
{
    static const struct {
        const char *query, *body;
        enum fault_id fault;
    } rows[] = {
        {"", "", FAULT_ANSWER_EMPTY},                      /* I17 */
        {"", "state=s", FAULT_ANSWER_EMPTY},               /* I17 */
        {"", "id_token=t", FAULT_STATE_MISSING},           /* I21 */
        {"", "id_token=t&state=", FAULT_STATE_MISSING},    /* I21 */
        {"", "error=login_required", FAULT_STATE_MISSING}, /* I20 */
        {"id_token=t", "state=s", FAULT_ANSWER_IN_QUERY},  /* I27 */
        {"id_token=t&state=s", "", FAULT_ANSWER_IN_QUERY}, /* I27 */
        {"", "state=s&state=t&id_token=t", FAULT_FORM_TWICE},
        {"id_token=t", "state=s&id_token=t", FAULT_FORM_TWICE},
        {"", "oauth_consumer_key=k&lti_message_type=basic-lti-launch-request",
         FAULT_LTI11}, /* I26 */
    };
    ck_assert_int_eq(answer("", "id_token=a.b.c&state=s&lti_storage_target=_parent"), 0);
    ck_assert(str_is(w.id_token, "a.b.c") && str_is(w.state, "s"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_int_eq(answer(rows[i].query, rows[i].body), -1);
        ck_assert_msg(f.id == rows[i].fault, "%s: %s", rows[i].body,
                      fault_row(f.id)->name);
    }
}
END_TEST

/* I18, I19. */
/* A two-byte letter across the cut made half a character: the database refused the row,
 * and the reference on the page led nowhere. */
START_TEST(a_detail_is_never_half_a_character)
{
    w = (struct answer){.error = str_fmt(a, "%063d\xc3\xa9!", 0)};
    answer_error(&w, &f);
    ck_assert_uint_eq(strlen(f.detail), 6 + 63);
    ck_assert(str_utf8(str_c(f.detail)));
    fault_set(&f, FAULT_MESSAGE_UNKNOWN, "message_type a\xff\n\xc3\xa9");
    ck_assert_str_eq(f.detail, "message_type a\?\?\?\?");
    fault_set(&f, FAULT_MESSAGE_UNKNOWN, "\xc3\xa9");
    ck_assert_str_eq(f.detail, "\xc3\xa9");
}
END_TEST

START_TEST(platform_errors)
{
    static const struct {
        const char *error;
        enum fault_id fault;
    } rows[] = {{"login_required", FAULT_PLATFORM_LOGIN},
                {"launch_no_longer_valid", FAULT_PLATFORM_EXPIRED},
                {"access_denied", FAULT_PLATFORM_DENIED},
                {"unauthorized_client", FAULT_PLATFORM_DENIED},
                {"invalid_request_object", FAULT_PLATFORM_ERROR},
                {"%3Cscript%3E", FAULT_PLATFORM_ERROR}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str body = str_fmt(a, "state=s&id_token=t&error=%s", rows[i].error);
        ck_assert_int_eq(answer("", str_z(a, body)), 0);
        ck_assert_uint_eq(w.id_token.n, 0);
        ck_assert_int_eq(answer_error(&w, &f), -1);
        ck_assert_int_eq(f.id, rows[i].fault);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("login");
    TCase *c = tcase_create("login");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, parameters);
    tcase_add_test(c, refused);
    tcase_add_test(c, storage_names);
    tcase_add_test(c, admission);
    tcase_add_test(c, targets);
    tcase_add_test(c, redirects);
    tcase_add_test(c, envelopes);
    tcase_add_test(c, a_detail_is_never_half_a_character);
    tcase_add_test(c, platform_errors);
    suite_add_tcase(s, c);
    return suite_main(s);
}
