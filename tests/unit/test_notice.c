/* Notices (PNS-1, I111, V34) and the two claims that tell of services beside grades and
 * roster (LTI.md 8.1, 8.2). */
#include "msg/notice.h"
#include "msg/pack.h"
#include "support/suite.h"
#include "support/token.h"

#include <string.h>

#define PNS LTI "platformnotificationservice"
#define GROUPS "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
#define HANDLERS "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
#define COPY                                                                             \
    {                                                                                    \
        LTI "notice", "{\"id\":\"n-7\",\"timestamp\":\"2026-09-21T10:00:00Z\",\"type\":" \
                      "\"LtiContextCopyNotice\"}"                                        \
    }
#define HELLO                                                                            \
    {                                                                                    \
        LTI "notice", "{\"id\":\"n-1\",\"type\":\"LtiHelloWorldNotice\"}"                \
    }
#define NOT_A_LAUNCH                                                                     \
    {LTI "message_type", NULL}, {LTI "target_link_uri", NULL},                           \
        {LTI "resource_link", NULL}, {LTI "roles", NULL},                                \
    {                                                                                    \
        "sub", NULL                                                                      \
    }

static struct arena *a;
static struct notice n;
static struct fault f;
static struct token_keys keys;

static void begin(void)
{
    a = arena_new(16 << 20);
    f = (struct fault){.id = FAULT_NONE};
    keys = (struct token_keys){.asked = 0};
}

static void end(void)
{
    arena_free(a);
}

static int read_notice(struct str token)
{
    struct launch_policy p = token_policy();
    struct launch_keys k = token_lookup(&keys);
    p.nonce = STR_EMPTY; /* a launch's: not looked at */
    p.deployment_hint = STR("of a login");
    f = (struct fault){.id = FAULT_NONE};
    return notice_open(a, token, &n, &f) != 0
               ? -1
               : notice_check(&p, TOKEN_NOW_MS, &k, &n, &f);
}

START_TEST(PNS_1_hello)
{
    ck_assert_int_eq(read_notice(TOKEN(a, NOT_A_LAUNCH, HELLO)), 0);
    ck_assert_int_eq(n.kind, NOTICE_HELLO);
    ck_assert(str_is(n.id, "n-1") && str_is(n.nonce, "n-1"));
    ck_assert(str_is(n.iss, "https://lms.example.edu") && n.aud_n == 1);
    ck_assert(str_is(n.token.deployment_id, "dep-1"));
}
END_TEST

START_TEST(PNS_1_course_copy)
{
    const char *claim = LTI "origin_contexts";
    ck_assert_int_eq(read_notice(TOKEN(a, NOT_A_LAUNCH, COPY, {claim, "[\"c-0\"]"})), 0);
    ck_assert_int_eq(n.kind, NOTICE_COPY);
    ck_assert(str_is(n.context_id, "c-1"));
    ck_assert(n.origins_n == 1 && str_is(n.origins[0], "c-0"));
    /* objects too; what is no id, and the course itself, is left out */
    ck_assert_int_eq(read_notice(TOKEN(
                         a, NOT_A_LAUNCH, COPY,
                         {claim, "[7,{\"id\":\"c-0\"},\"c-1\",{\"x\":1},\"\",\"c-9\"]"})),
                     0);
    ck_assert(n.origins_n == 2 && str_is(n.origins[1], "c-9"));
    static const char *const bad[] = {NULL, "[]", "\"c-0\"", "[\"c-1\"]", "[5]", "{}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(read_notice(TOKEN(a, NOT_A_LAUNCH, COPY, {claim, bad[i]})), -1);
        ck_assert_int_eq(f.id, FAULT_NOTICE_CLAIM);
    }
    ck_assert_int_eq(read_notice(TOKEN(a, NOT_A_LAUNCH, COPY, {claim, "[\"c-0\"]"},
                                       {LTI "context", NULL})),
                     -1);
    ck_assert_int_eq(f.id, FAULT_NOTICE_CLAIM);
}
END_TEST

START_TEST(V34_unknown_type)
{
    ck_assert_int_eq(
        read_notice(TOKEN(a, NOT_A_LAUNCH,
                          {LTI "notice", "{\"id\":\"x\",\"type\":\"LtiSomething\"}"})),
        0);
    ck_assert_int_eq(n.kind, NOTICE_OTHER);
}
END_TEST

static const struct {
    const char *claim;
    const char *json;
    enum fault_id fault;
} refusals[] = {
    {"iss", "\"https://other.example.edu\"", FAULT_ISS_MISMATCH},
    {"iss", NULL, FAULT_ISS_MISMATCH},
    {"aud", "\"tool-2\"", FAULT_AUD},
    {"aud", NULL, FAULT_AUD},
    {"aud", "[\"tool-1\",\"evil\"]", FAULT_AUD},
    {"azp", "\"tool-2\"", FAULT_AZP},
    {"exp", "1789999940", FAULT_EXP},
    {"iat", "1790000061", FAULT_IAT},
    {"iat", "1789990000", FAULT_IAT},
    {"nbf", "1790000099", FAULT_NBF},
    {"nonce", NULL, FAULT_NONCE},
    {"nonce", "\"\"", FAULT_NONCE},
    {"nonce", "7", FAULT_NONCE},
    {LTI "version", "\"1.3\"", FAULT_VERSION},
    {LTI "deployment_id", NULL, FAULT_DEPLOYMENT_MISSING},
    {LTI "deployment_id", "\"\"", FAULT_DEPLOYMENT_MISSING},
    {LTI "message_type", "\"LtiResourceLinkRequest\"", FAULT_NOTICE_MESSAGE},
    {LTI "notice", NULL, FAULT_NOTICE_CLAIM},
    {LTI "notice", "[]", FAULT_NOTICE_CLAIM},
    {LTI "notice", "{\"type\":\"LtiHelloWorldNotice\"}", FAULT_NOTICE_CLAIM},
    {LTI "notice", "{\"id\":\"\",\"type\":\"LtiHelloWorldNotice\"}", FAULT_NOTICE_CLAIM},
    {LTI "notice", "{\"id\":5,\"type\":\"LtiHelloWorldNotice\"}", FAULT_NOTICE_CLAIM},
    {LTI "notice", "{\"id\":\"x\"}", FAULT_NOTICE_CLAIM},
};

START_TEST(I111_refused)
{
    static const struct token_claim usual[] = {NOT_A_LAUNCH, HELLO};
    enum { N = sizeof usual / sizeof *usual };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct token_claim change[N + 1];
        size_t k = 0;
        change[k++] = (struct token_claim){refusals[i].claim, refusals[i].json};
        for (size_t j = 0; j < N; j++)
            if (strcmp(usual[j].name, refusals[i].claim) != 0)
                change[k++] = usual[j];
        ck_assert_int_eq(read_notice(token_make(a, change, k)), -1);
        ck_assert_msg(f.id == refusals[i].fault, "%s %s: %s", refusals[i].claim,
                      refusals[i].json, fault_row(f.id)->name);
    }
}
END_TEST

/* The standard launch is none; a signature of another key is none; for whom no key is
 * asked (TOK-6). */
START_TEST(I111_signatures)
{
    ck_assert_int_eq(read_notice(token_make(a, NULL, 0)), -1);
    ck_assert_int_eq(f.id, FAULT_NOTICE_MESSAGE);
    const struct token_claim usual[] = {NOT_A_LAUNCH, HELLO};
    struct str payload = token_payload(a, usual, sizeof usual / sizeof *usual);
    ck_assert_int_eq(
        read_notice(token_raw(a, TOKEN_OTHER_KEY,
                              "{\"alg\":\"RS256\",\"kid\":\"" TOKEN_KID "\"}", payload)),
        -1);
    ck_assert_int_eq(f.id, FAULT_TOKEN_SIGNATURE);
    int asked = keys.asked;
    ck_assert_int_eq(read_notice(TOKEN(a, NOT_A_LAUNCH, HELLO, {"aud", "\"x\""})), -1);
    ck_assert_int_eq(keys.asked, asked);
    ck_assert_int_eq(read_notice(STR("a.b")), -1);
    ck_assert_int_eq(f.id, FAULT_TOKEN_FORM);
    ck_assert_int_eq(read_notice(STR("")), -1);
}
END_TEST

static enum fault_id envelope(struct str body, size_t want)
{
    struct notice_list list;
    f = (struct fault){.id = FAULT_NONE};
    int rc = notice_envelope(a, body, &list, &f);
    ck_assert_int_eq(rc == 0, f.id == FAULT_NONE);
    ck_assert_uint_eq(list.n, want);
    return f.id;
}

static struct str many(size_t count)
{
    struct buf b;
    buf_init(&b, a, 4096);
    buf_c(&b, "{\"notices\":[");
    for (size_t i = 0; i < count; i++)
        buf_c(&b, i > 0 ? ",{\"jwt\":\"a.b.c\"}" : "{\"jwt\":\"a.b.c\"}");
    buf_c(&b, "]}");
    return buf_view(&b);
}

START_TEST(I111_envelope)
{
    static const char *const bad[] = {"",
                                      "[]",
                                      "{}",
                                      "null",
                                      "{\"notices\":{}}",
                                      "{\"notices\":[]}",
                                      "notices",
                                      "{\"notices\":[{\"jwt\":\"a\"}],\"notices\":[]}",
                                      "{\"notices\":[{\"jwt\":\"a\"}]",
                                      "{\"notices\":[[[[[[\"deep\"]]]]]]}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(envelope(str_c(bad[i]), 0), FAULT_NOTICE_FORM);
    ck_assert_int_eq(envelope(many(NOTICE_LIST_MAX), NOTICE_LIST_MAX), FAULT_NONE);
    ck_assert_int_eq(envelope(many(NOTICE_LIST_MAX + 1), 0), FAULT_NOTICE_FORM);
    ck_assert_int_eq(envelope(STR("{\"notices\":[5,{\"jwt\":7},{\"jwt\":\"a\"}]}"), 3),
                     FAULT_NONE);
    char *big = arena_alloc(a, NOTICE_BODY_MAX + 1);
    memset(big, ' ', NOTICE_BODY_MAX + 1);
    ck_assert_int_eq(envelope((struct str){big, NOTICE_BODY_MAX + 1}, 0),
                     FAULT_NOTICE_TOO_BIG);
}
END_TEST

/* --- the claims of a launch ------------------------------------------------------------
 */

static struct launch l;

static int launch(struct str token)
{
    struct launch_policy p = token_policy();
    struct launch_keys k = token_lookup(&keys);
    return launch_verify(a, &p, TOKEN_NOW_MS, token, &k, &l, &f);
}

START_TEST(PNS_notification_service)
{
    ck_assert_int_eq(
        launch(TOKEN(a, {PNS, "{\"service_versions\":[\"1.0\"],\"scope\":[\"" HANDLERS
                              "\"],\"platform_notification_service_url\":\"https://"
                              "lms.example.edu/pns/1\",\"notice_types_supported\":["
                              "\"LtiHelloWorldNotice\",5,\"a b\"]}"})),
        0);
    ck_assert(str_is(l.pns.url, "https://lms.example.edu/pns/1"));
    ck_assert(str_is(pack_offered(a, &l), "[\"LtiHelloWorldNotice\"]"));
    struct launch back;
    ck_assert_int_eq(pack_read(a, pack_launch(a, &l), &back, NULL), 0);
    ck_assert(str_eq(back.pns.url, l.pns.url) && back.pns.offered.n == 1);
    static const char *const none[] = {
        "{\"scope\":[],\"platform_notification_service_url\":\"https://"
        "lms.example.edu/pns\"}",
        "{\"scope\":[\"" HANDLERS "\"],\"platform_notification_service_url\":\"https://"
        "10.0.0.1/pns\"}",
        "{\"scope\":[\"" HANDLERS "\"],\"platform_notification_service_url\":\"http://"
        "lms.example.edu/pns\"}",
        "{\"scope\":[\"" HANDLERS "\"]}",
        "[]",
        "{}"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        ck_assert_int_eq(launch(TOKEN(a, {PNS, none[i]})), 0);
        ck_assert_uint_eq(l.pns.url.n + l.pns.offered.n, 0);
    }
}
END_TEST

START_TEST(groups_service)
{
    ck_assert_int_eq(
        launch(
            TOKEN(a, {GROUPS, "{\"context_groups_url\":\"https://lms.example.edu/g\","
                              "\"context_group_sets_url\":\"https://lms.example.edu/s\","
                              "\"scope\":[\"https://x/contextgroup.readonly\"]}"})),
        0);
    ck_assert(str_is(l.groups.url, "https://lms.example.edu/g"));
    ck_assert(str_is(l.groups.sets_url, "https://lms.example.edu/s"));
    ck_assert_uint_eq(l.groups.scopes.n, 1);
    static const char *const none[] = {
        "{\"context_groups_url\":\"https://127.0.0.1/g\"}", "{}",
        "{\"context_groups_url\":\"https://lms.example.edu/g\","
        "\"context_group_sets_url\":\"https://evil.example/s\"}",
        "{\"context_groups_url\":\"https://lms.example.edu/g\","
        "\"context_group_sets_url\":5}"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        ck_assert_int_eq(launch(TOKEN(a, {GROUPS, none[i]})), 0);
        ck_assert_uint_eq(l.groups.url.n + l.groups.sets_url.n, 0);
        ck_assert_uint_eq(l.warning_n, 1);
    }
}
END_TEST

int main(void)
{
    token_setup();
    Suite *s = suite_create("notice");
    TCase *c = tcase_create("notice");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, PNS_1_hello);
    tcase_add_test(c, PNS_1_course_copy);
    tcase_add_test(c, V34_unknown_type);
    tcase_add_test(c, I111_refused);
    tcase_add_test(c, I111_signatures);
    tcase_add_test(c, I111_envelope);
    tcase_add_test(c, PNS_notification_service);
    tcase_add_test(c, groups_service);
    suite_add_tcase(s, c);
    return suite_main(s);
}
