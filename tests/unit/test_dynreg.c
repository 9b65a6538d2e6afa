/* Documents of Dynamic Registration: configuration, request, answer, refusals (LTI.md 7;
 * I103, I105, I106, I107, V35). */
#include "msg/dynreg_request.h"
#include "support/suite.h"
#include "support/svckit.h"

#include <string.h>

#define TOOL "https://tool.test:9443"
#define CANVAS "https://canvas.instructure.com/lti/"
#define PLATFORM "https://purl.imsglobal.org/spec/lti-platform-configuration"
#define TOOLCONF "https://purl.imsglobal.org/spec/lti-tool-configuration"
#define HERE "https://lms.example.edu/config"

static struct arena *a;
static struct dynreg_rules rules;
static struct dynreg_config c;
static struct dynreg_fault f;

static void begin(void)
{
    a = arena_new(16 << 20);
    rules = (struct dynreg_rules){
        .aliases = STR("canvas.instructure.com=*.instructure.com,*.canvaslms.com"),
        .ports = STR("443")};
    f = (struct dynreg_fault){.id = NULL};
}

static void end(void)
{
    arena_free(a);
}

/* --- addresses ------------------------------------------------------------------- */

/* I103, DR-S2, DR-S3: by form, before anything is called. */
START_TEST(addresses)
{
    static const char *const bad[][2] = {
        {"", "no_address"},
        {"http://lms.example.edu/c", "address"},
        {"file:///etc/passwd", "address"},
        {"gopher://lms.example.edu/", "address"},
        {"lms.example.edu/c", "address"},
        {"https://user@lms.example.edu/c", "address"},
        {"https://lms.example.edu/c#x", "address"},
        {"https://0x7f000001/c", "address"},
        {"https://127.1/c", "address"},
        {"https://2130706433/c", "address"},
        {"https://lms.example.edu\\@evil.test/", "address"},
        {"https://lms.example.edu:22/c", "port"},
        {"https://lms.example.edu:8443/c", "port"},
        {"https://127.0.0.1/c", "network"},
        {"https://10.1.2.3/c", "network"},
        {"https://169.254.169.254/latest", "network"},
        {"https://[::1]/c", "network"},
        {"https://[::ffff:169.254.169.254]/c", "network"},
        {"https://[fd00::1]/c", "network"},
        {"https://localhost/c", "network"},
        {"https://x.localhost/c", "network"},
        {"https://metadata.google.internal/c", "network"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(dynreg_address(a, &rules, str_c(bad[i][0]), &f), -1);
        ck_assert_msg(strcmp(f.id, bad[i][1]) == 0, "%s: %s", bad[i][0], f.id);
    }
    ck_assert_int_eq(dynreg_address(a, &rules, STR(HERE), &f), 0);
    ck_assert_int_eq(dynreg_address(a, &rules, STR("https://lms.example.edu?x=1"), &f),
                     0);
    rules.ports = STR("443 8443");
    ck_assert_int_eq(dynreg_address(a, &rules, STR("https://lms.example.edu:8443/"), &f),
                     0);
    ck_assert_int_eq(dynreg_address(a, &rules, STR("https://lms.example.edu:844/"), &f),
                     -1);
}
END_TEST

/* --- configurations -------------------------------------------------------------- */

static struct js *config(void)
{
    struct js *o = js_object(a), *p = js_object(a);
    js_set_str(o, "issuer", STR("https://lms.example.edu"));
    js_set_str(o, "authorization_endpoint", STR("https://lms.example.edu/auth"));
    js_set_str(o, "token_endpoint", STR("https://lms.example.edu/token"));
    js_set_str(o, "jwks_uri", STR("https://lms.example.edu/keys"));
    js_set_str(o, "registration_endpoint", STR("https://lms.example.edu/register"));
    js_set_str(p, "product_family_code", STR("Moodle"));
    js_set(o, PLATFORM, p);
    return o;
}

static int read_at(const char *url, const struct js *o)
{
    return dynreg_read(a, &rules, str_c(url), js_dump(a, o), &c, &f);
}

static struct js *list(const char *first, const char *second)
{
    struct js *l = js_array(a);
    js_push_str(l, str_c(first));
    if (second != NULL)
        js_push_str(l, str_c(second));
    return l;
}

static bool warned(const char *id, const char *host)
{
    for (size_t i = 0; i < c.warnings_n; i++)
        if (strcmp(c.warnings[i].id, id) == 0 && str_is(c.warnings[i].host, host))
            return true;
    return false;
}

/* V35: nothing optional is there; the issuer has a path; unknown members. */
START_TEST(V35_less_and_more_than_we_know)
{
    struct js *o = config();
    js_set_str(o, "issuer", STR("https://lms.example.edu/moodle"));
    js_set_str(o, "something_new", STR("x"));
    ck_assert_int_eq(read_at(HERE, o), 0);
    ck_assert(str_is(c.issuer, "https://lms.example.edu/moodle")); /* letter by letter */
    ck_assert(str_is(c.family, "moodle"));
    ck_assert_uint_eq(c.warnings_n, 0);
    ck_assert_uint_eq(c.token_aud.n, 0);
}
END_TEST

/* DR-1, I106: what is missing or of no use is named. */
START_TEST(I106_what_is_missing_is_named)
{
    static const char *const members[] = {"issuer", "authorization_endpoint",
                                          "token_endpoint", "jwks_uri",
                                          "registration_endpoint"};
    for (size_t i = 0; i < 5; i++) {
        struct js *o = config();
        js_set(o, members[i], NULL);
        ck_assert_int_eq(read_at(HERE, o), -1);
        ck_assert_str_eq(f.id, "missing");
        ck_assert(str_is(f.detail, members[i]));
        o = config();
        js_set_str(o, members[i], STR("http://lms.example.edu/x"));
        ck_assert_int_eq(read_at(HERE, o), -1);
        ck_assert_str_eq(f.id, "address");
    }
    struct js *o = config();
    js_set_str(o, "token_endpoint", STR("https://10.0.0.8/token"));
    ck_assert_int_eq(read_at(HERE, o), -1);
    ck_assert_str_eq(f.id, "network");
    static const char *const texts[] = {"", "[]", "<html>", "{\"issuer\":1", "\"x\""};
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(dynreg_read(a, &rules, STR(HERE), str_c(texts[i]), &c, &f), -1);
        ck_assert_str_eq(f.id, "not_json");
    }
}
END_TEST

START_TEST(DR1_lists_must_hold_what_we_need)
{
    static const char *const lists[] = {
        "token_endpoint_auth_methods_supported",
        "token_endpoint_auth_signing_alg_values_supported",
        "id_token_signing_alg_values_supported", "response_types_supported"};
    for (size_t i = 0; i < 4; i++) {
        struct js *o = config();
        js_set(o, lists[i], list("ES256", "client_secret_basic"));
        ck_assert_int_eq(read_at(HERE, o), -1);
        ck_assert_str_eq(f.id, "method");
        js_set(o, lists[i],
               list(i == 0   ? "private_key_jwt"
                    : i == 3 ? "id_token"
                             : "RS256",
                    "x"));
        ck_assert_int_eq(read_at(HERE, o), 0);
    }
}
END_TEST

/* DR-S2, I105: hosts. */
START_TEST(I105_hosts)
{
    ck_assert_int_eq(read_at("https://evil.test/config", config()), 0);
    ck_assert(warned("config", "evil.test"));
    rules.ports = STR("*");
    ck_assert_int_eq(read_at("https://lms.example.edu:8443/config", config()), 0);
    ck_assert(warned("config", "lms.example.edu"));

    struct js *o = config();
    js_set_str(o, "token_endpoint", STR("https://auth.example.edu/token"));
    js_set_str(o, "jwks_uri", STR("https://keys.test/"));
    ck_assert_int_eq(read_at(HERE, o), 0);
    ck_assert_uint_eq(c.warnings_n, 1); /* auth.example.edu has the same owner */
    ck_assert(warned("keys", "keys.test"));

    o = config(); /* whose requests for tokens? */
    js_set_str(o, "authorization_server", STR("https://api.example.edu/token"));
    ck_assert_int_eq(read_at(HERE, o), 0);
    ck_assert(str_is(c.token_aud, "https://api.example.edu/token"));
    ck_assert_uint_eq(c.warnings_n, 0);
    js_set_str(o, "authorization_server", STR("https://lms.other.test/token"));
    ck_assert_int_eq(read_at(HERE, o), 0);
    ck_assert(warned("audience", "lms.other.test"));

    /* One owner is not one suffix. */
    static const struct {
        const char *issuer, *other;
        bool fine;
    } pairs[] = {
        {"https://a.school.edu.au", "https://b.school.edu.au/k", true},
        {"https://school.edu.au", "https://other.edu.au/k", false},
        {"https://lms.north.k12.ca.us", "https://id.north.k12.ca.us/k", true},
        {"https://lms.north.k12.ca.us", "https://lms.south.k12.ca.us/k", false},
        {"https://203.0.112.7", "https://198.7.112.7/k", false},
        {"https://lms.example.edu", "https://example.edu.evil.test/k", false},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        o = config();
        js_set_str(o, "issuer", str_c(pairs[i].issuer));
        js_set_str(o, "jwks_uri", str_c(pairs[i].other));
        ck_assert_int_eq(read_at(HERE, o), 0);
        bool found = false;
        for (size_t k = 0; k < c.warnings_n; k++)
            found = found || strcmp(c.warnings[k].id, "keys") == 0;
        ck_assert_msg(found != pairs[i].fine, "%s %s", pairs[i].issuer, pairs[i].other);
    }
}
END_TEST

/* DR-S1: an invitation for one host. */
START_TEST(an_invitation_may_name_the_host)
{
    rules.host = STR("lms.example.edu");
    ck_assert_int_eq(read_at(HERE, config()), 0);
    ck_assert_int_eq(read_at("https://evil.test/config", config()), -1);
    ck_assert_str_eq(f.id, "not_invited");
    struct js *o =
        config(); /* the invited host lets another one speak: red, not refused */
    js_set_str(o, "issuer", STR("https://other.example.com"));
    ck_assert_int_eq(read_at(HERE, o), 0);
    ck_assert(warned("config", "lms.example.edu"));
    rules.host = STR("canvas.instructure.com");
    js_set_str(o, "issuer", STR("https://canvas.instructure.com"));
    ck_assert_int_eq(read_at("https://school.instructure.com/c", o), 0);
    ck_assert_int_eq(read_at("https://evil.test/c", o), -1);
}
END_TEST

static struct str sample(const char *name)
{
    return svckit_file(a, str_fmt(a, "tests/fuzz/corpus/registration/%s", name).p);
}

/* Canvas: another host of the same service speaks for the issuer; its authorization
 * server is a bare host and no audience. */
START_TEST(canvas)
{
    ck_assert_int_eq(dynreg_read(a, &rules, STR("https://school.instructure.com/c"),
                                 sample("config-canvas.json"), &c, &f),
                     0);
    ck_assert_uint_eq(c.warnings_n, 0);
    ck_assert_uint_eq(c.token_aud.n, 0);
    ck_assert(str_is(c.account, "Example School <b>"));
    struct str text = dynreg_request_text(a, &c, STR("https://tool.example.net"));
    struct js *v = js_parse(a, text, text.n, 16, NULL);
    struct js *tool = js_get(v, TOOLCONF), *m = js_get(tool, "messages");
    ck_assert(str_is(js_text(tool, "domain"), "tool.example.net"));
    ck_assert(str_is(js_text(tool, CANVAS "privacy_level"), "name_only"));
    ck_assert_uint_eq(js_len(m), 2);
    bool on = true;
    struct js *nav = js_at(m, 0), *pick = js_at(m, 1);
    ck_assert(str_is(js_text(nav, "type"), "LtiResourceLinkRequest"));
    ck_assert(str_is(js_text(nav, CANVAS "visibility"), "members"));
    ck_assert(js_bool(js_get(nav, CANVAS "course_navigation/default_enabled"), &on) &&
              !on);
    ck_assert_uint_eq(js_len(js_get(pick, "placements")), 2);
    ck_assert_uint_eq(js_len(js_get(tool, "custom_parameters")), 0); /* DR-2 */
    struct js *handlers = js_get(tool, "notice_handlers");
    ck_assert_uint_eq(js_len(handlers), 1);
    ck_assert(str_is(js_text(js_at(handlers, 0), "notice_type"), "LtiHelloWorldNotice"));
}
END_TEST

static bool asks_for(const char *name)
{
    struct str scopes = dynreg_request_scopes(a, &c), scope;
    while (scopes.n > 0) {
        str_cut(scopes, ' ', &scope, &scopes);
        const char *known = dynreg_request_name(scope);
        if (known != NULL && strcmp(known, name) == 0)
            return true;
    }
    return false;
}

/* DR-2: the recorded Moodle offers no groups, no notices and no link history. */
START_TEST(DR2_only_what_is_offered)
{
    rules.ports = STR("8443");
    struct http_res r = svckit_recorded(a, "registration/01-2-openid-configuration");
    ck_assert_int_eq(
        dynreg_read(a, &rules,
                    STR("https://moodle.test:8443/mod/lti/openid-configuration.php"),
                    r.body, &c, &f),
        0);
    ck_assert(str_is(c.issuer, "https://moodle.test:8443"));
    ck_assert_uint_eq(c.warnings_n, 0);
    ck_assert(asks_for("roster") && asks_for("columns") && asks_for("score"));
    ck_assert(!asks_for("groups") && !asks_for("notices") && !asks_for("columns_read"));
    struct str text = dynreg_request_text(a, &c, STR(TOOL));
    struct js *v = js_parse(a, text, text.n, 16, NULL);
    struct js *tool = js_get(v, TOOLCONF), *custom = js_get(tool, "custom_parameters");
    ck_assert(str_is(js_text(tool, "domain"), "tool.test:9443"));
    ck_assert(str_is(js_text(tool, "target_link_uri"), TOOL "/lti/launch"));
    ck_assert(str_is(js_text(custom, "context_id_history"), "$Context.id.history"));
    ck_assert_uint_eq(js_len(custom), 1);
    ck_assert_uint_eq(js_len(js_get(tool, "messages")), 2);
    ck_assert(str_find(text, STR("email"), 0) == SIZE_MAX);
    ck_assert(str_find(text, STR("notice"), 0) == SIZE_MAX);
    ck_assert(str_find(text, STR("openid"), 0) == SIZE_MAX);
    ck_assert(str_find(text, STR("instructure"), 0) == SIZE_MAX);
    static const char *const needs[] = {
        "application_type",           "response_types", "grant_types", "redirect_uris",
        "initiate_login_uri",         "client_name",    "jwks_uri",    "logo_uri",
        "token_endpoint_auth_method", "scope"};
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        ck_assert_msg(js_get(v, needs[i]) != NULL, "%s", needs[i]);
}
END_TEST

/* V35: placements that we do not know are left out, the message stays. */
START_TEST(V35_unknown_placements)
{
    struct js *o = config(), *all = js_array(a), *m = js_object(a), *other = js_object(a);
    js_set_str(m, "type", STR("LtiResourceLinkRequest"));
    js_set(m, "placements", list("somewhere", "elsewhere"));
    js_push(all, m);
    js_set_str(other, "type", STR("LtiTelepathyRequest"));
    js_push(all, other);
    js_set(js_get(o, PLATFORM), "messages_supported", all);
    ck_assert_int_eq(read_at(HERE, o), 0);
    struct str text = dynreg_request_text(a, &c, STR(TOOL));
    struct js *got =
        js_get(js_get(js_parse(a, text, text.n, 16, NULL), TOOLCONF), "messages");
    ck_assert_uint_eq(js_len(got), 1);
    ck_assert(!js_has(js_at(got, 0), "placements"));
    ck_assert(asks_for("roster") && asks_for("groups")); /* scopes are not stated */
}
END_TEST

/* --- answers --------------------------------------------------------------------- */

static int answered(struct dynreg_answer *n, const struct js *v)
{
    return dynreg_answer(a, &rules, &c, STR(TOOL), js_dump(a, v), n, &f);
}

static struct js *accepted(void)
{
    struct str text = dynreg_request_text(a, &c, STR(TOOL));
    struct js *v = js_parse(a, text, text.n, 16, NULL);
    js_set_str(v, "client_id", STR("c-1"));
    return v;
}

START_TEST(I107_answers)
{
    struct dynreg_answer n;
    ck_assert_int_eq(read_at(HERE, config()), 0);
    struct js *v = accepted();
    js_set_str(v, "registration_access_token", STR("secret-1"));
    js_set_str(v, "client_secret", STR("secret-2"));
    js_set_str(v, "registration_client_uri", STR("https://lms.example.edu/r/1"));
    js_set_str(v, "scope", STR("https://purl.imsglobal.org/spec/lti-ags/scope/score"));
    js_set_i64(js_get(v, TOOLCONF), "deployment_id", 3);
    ck_assert_int_eq(answered(&n, v), 0);
    ck_assert(str_is(n.client_id, "c-1") && str_is(n.deployment_id, "3"));
    ck_assert(str_ends(n.scopes, STR("/score")) && n.scopes.n < 60);
    ck_assert(
        str_is(n.access_token, "secret-1")); /* DR-S7: sealed, not in what is kept */
    ck_assert(str_find(js_dump(a, n.kept), STR("secret"), 0) == SIZE_MAX);

    js_set_i64(v, "client_id", 10000000000123); /* V35 */
    ck_assert_int_eq(answered(&n, v), 0);
    ck_assert(str_is(n.client_id, "10000000000123"));
    js_set_str(v, "client_id", STR("two words"));
    ck_assert_int_eq(answered(&n, v), -1);
    js_set(v, "client_id", NULL);
    ck_assert_int_eq(answered(&n, v), -1);
    ck_assert_str_eq(f.id, "no_client_id");

    v = accepted();
    js_set(v, "redirect_uris", list(TOOL "/lti/launch", "https://evil.test/"));
    ck_assert_int_eq(answered(&n, v), -1);
    ck_assert_str_eq(f.id, "other_address");
    v = accepted();
    js_set_str(v, "jwks_uri", STR("https://evil.test/keys"));
    ck_assert_int_eq(answered(&n, v), -1);
    ck_assert_int_eq(dynreg_answer(a, &rules, &c, STR(TOOL), STR("<html>"), &n, &f), -1);
    ck_assert_str_eq(f.id, "answer_json");
}
END_TEST

/* The real Moodle's answers; the probe that recorded them had other addresses. */
START_TEST(recorded_answers)
{
    struct dynreg_answer n;
    struct http_res r = svckit_recorded(a, "registration/01-3-register");
    ck_assert_int_eq(
        dynreg_answer(a, &rules, &c, STR("https://tool.test:9443"), r.body, &n, &f), -1);
    ck_assert_str_eq(f.id, "other_address");
    struct js *v = js_parse(a, r.body, r.body.n, 16, NULL);
    js_set_str(v, "initiate_login_uri", STR(TOOL "/lti/login"));
    js_set_str(v, "jwks_uri", STR(TOOL "/lti/jwks.json"));
    js_set(v, "redirect_uris", list(TOOL "/lti/launch", NULL));
    ck_assert_int_eq(answered(&n, v), 0);
    ck_assert(str_is(n.client_id, "2UZAHSAmRtBA2E7"));
    ck_assert(str_is(n.deployment_id, "1"));
    ck_assert(str_find(n.scopes, STR("contextmembership.readonly"), 0) != SIZE_MAX);
}
END_TEST

START_TEST(refusals_in_words)
{
    static const struct {
        const char *name;
        int status;
        const char *words;
        const char *advice;
    } all[] = {
        {"err-token-reused", 401, "token_already_used", "token_used"},
        {"err-no-token", 401, "missing_registration_token", "token_missing"},
        {"err-garbage-token", 404, "", "gone"},
        {"err-bad-json", 404, "", "gone"},
        {"err-domain-mismatch", 400, "domain_targetlinkuri_mismatch", "domain"},
        {"err-domain-without-port", 400, "domain_targetlinkuri_mismatch", "domain"},
        {"err-redirect_uris-string", 400, "invalid_redirect_uris", "redirect"},
        {"err-application_type-native", 400, "invalid_application_type", "request"},
        {"err-missing-client_name", 400, "missing required attribute client_name",
         "request"},
        {"err-missing-domain", 400, "missing_domain", "request"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct http_res r =
            svckit_recorded(a, str_fmt(a, "registration/%s", all[i].name).p);
        struct str words = dynreg_words(
            a, r.status == 404 ? STR("<!DOCTYPE html><p>an error page") : r.body);
        ck_assert_int_eq(r.status, all[i].status);
        ck_assert_msg(str_is(words, all[i].words), "%s", all[i].name);
        ck_assert_str_eq(dynreg_advice(r.status, words), all[i].advice);
    }
    struct str w = dynreg_words(a, STR("{\"error\":\"invalid_client_metadata\",\"error_"
                                       "description\":\"a\\u0007b\"}"));
    ck_assert(str_is(w, "invalid_client_metadata: a b"));
    ck_assert_str_eq(dynreg_advice(503, STR_EMPTY), "later");
    ck_assert_str_eq(dynreg_advice(403, STR("no")), "denied");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dynreg");
    TCase *t = tcase_create("dynreg");
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, addresses);
    tcase_add_test(t, V35_less_and_more_than_we_know);
    tcase_add_test(t, I106_what_is_missing_is_named);
    tcase_add_test(t, DR1_lists_must_hold_what_we_need);
    tcase_add_test(t, I105_hosts);
    tcase_add_test(t, an_invitation_may_name_the_host);
    tcase_add_test(t, canvas);
    tcase_add_test(t, DR2_only_what_is_offered);
    tcase_add_test(t, V35_unknown_placements);
    tcase_add_test(t, I107_answers);
    tcase_add_test(t, recorded_answers);
    tcase_add_test(t, refusals_in_words);
    suite_add_tcase(s, t);
    return suite_main(s);
}
