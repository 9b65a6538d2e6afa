/* What each message asks for beyond a resource link launch, and the claim by which links
 * of LTI 1.1 move (LTI.md 2.4, 2.7, 8.3 to 8.5). */
#include "msg/lti11.h"
#include "msg/pack.h"
#include "support/suite.h"
#include "support/token.h"

#include <string.h>

#define M "http://purl.imsglobal.org/vocab/lis/v2/membership"
#define INSTRUCTOR "[\"" M "#Instructor\"]"
#define INSTITUTION "http://purl.imsglobal.org/vocab/lis/v2/institution/person"
#define SYSTEM "http://purl.imsglobal.org/vocab/lis/v2/system/person"
#define AGS "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
#define REVIEW                                                                           \
    {                                                                                    \
        LTI "message_type", "\"LtiSubmissionReviewRequest\""                             \
    }
#define PRIVACY                                                                          \
    {                                                                                    \
        LTI "message_type", "\"LtiDataPrivacyLaunchRequest\""                            \
    }
#define ITEM                                                                             \
    {                                                                                    \
        AGS, "{\"scope\":[],\"lineitem\":\"https://x.example/1\"}"                       \
    }
#define NO_LINK                                                                          \
    {                                                                                    \
        LTI "resource_link", NULL                                                        \
    }
#define NO_CONTEXT                                                                       \
    {                                                                                    \
        LTI "context", NULL                                                              \
    }

static struct arena *a;
static struct launch l;
static struct fault f;
static struct token_keys keys;
static struct launch_policy policy;

static void begin(void)
{
    a = arena_new(16 << 20);
    f = (struct fault){.id = FAULT_NONE};
    keys = (struct token_keys){.asked = 0};
    policy = token_policy();
}

static void end(void)
{
    arena_free(a);
}

/* The fault, or FAULT_NONE. */
static enum fault_id verdict(struct str token)
{
    struct launch_keys k = token_lookup(&keys);
    f = (struct fault){.id = FAULT_NONE};
    int rc = launch_verify(a, &policy, TOKEN_NOW_MS, token, &k, &l, &f);
    ck_assert((rc == 0) == (f.id == FAULT_NONE));
    return f.id;
}

/* I76. */
START_TEST(review_needs_a_user_and_a_column)
{
    ck_assert_int_eq(verdict(TOKEN(a, REVIEW, ITEM)), FAULT_REVIEW);
    ck_assert_int_eq(verdict(TOKEN(a, REVIEW, ITEM, {LTI "for_user", "{}"})),
                     FAULT_REVIEW);
    ck_assert_int_eq(verdict(TOKEN(a, REVIEW, ITEM, {LTI "for_user", "{\"user_id\":7}"})),
                     FAULT_REVIEW);
    ck_assert_int_eq(verdict(TOKEN(a, REVIEW, {LTI "for_user", "{\"user_id\":\"u-1\"}"})),
                     FAULT_REVIEW);
}
END_TEST

/* I77: whoever is not staff reviews their own work, whatever for_user says of roles. */
START_TEST(review_of_somebody_else)
{
    struct token_claim other = {LTI "for_user",
                                "{\"user_id\":\"u-2\",\"roles\":" INSTRUCTOR "}"};
    static const char *const learners[] = {"[]",
                                           "[\"" M "#Learner\"]",
                                           "[\"" M "#Mentor\"]",
                                           "[\"" M "#ContentDeveloper\"]",
                                           "[\"" M "/Instructor#TeachingAssistant\"]",
                                           "[\"" INSTITUTION "#Administrator\"]",
                                           "[\"" M "/Learner#Instructor\"]"};
    for (size_t i = 0; i < sizeof learners / sizeof *learners; i++)
        ck_assert_msg(verdict(TOKEN(a, REVIEW, ITEM, other,
                                    {LTI "roles", learners[i]})) == FAULT_REVIEW_OTHER,
                      "%s", learners[i]);
    ck_assert_int_eq(fault_row(FAULT_REVIEW_OTHER)->status, 403);
    enum fault_id own = verdict(
        TOKEN(a, REVIEW, ITEM, NO_LINK, {"sub", "\"u-2\""}, other, {LTI "roles", "[]"}));
    ck_assert(own == FAULT_MESSAGE_LATER || own == FAULT_NONE);
    ck_assert(str_is(l.for_user, "u-2"));
    ck_assert_int_ne(verdict(TOKEN(a, REVIEW, ITEM, other, {LTI "roles", INSTRUCTOR})),
                     FAULT_REVIEW_OTHER);
    policy.admins_are_staff = true; /* ROLE-1 */
    ck_assert_int_ne(verdict(TOKEN(a, REVIEW, ITEM, other,
                                   {LTI "roles", "[\"" INSTITUTION "#Administrator\"]"})),
                     FAULT_REVIEW_OTHER);
}
END_TEST

/* MSG-2: nobody in particular reviews nothing and asks for nobody's data. */
START_TEST(anonymous_messages)
{
    policy.allow_anonymous = true;
    ck_assert_int_eq(verdict(TOKEN(a, REVIEW, ITEM, {"sub", NULL},
                                   {LTI "for_user", "{\"user_id\":\"u-2\"}"},
                                   {LTI "roles", INSTRUCTOR})),
                     FAULT_SUB);
    ck_assert_int_eq(verdict(TOKEN(a, PRIVACY, NO_LINK, {"sub", NULL})), FAULT_SUB);
}
END_TEST

/* ROLE-1: other people's data only for an administrator above the course. */
START_TEST(privacy)
{
    struct token_claim other = {LTI "for_user", "{\"user_id\":\"u-2\"}"};
    struct token_claim old = {LTI "message_type", "\"DataPrivacyLaunchRequest\""};
    static const char *const not_above[] = {"[]", "[\"" M "#Administrator\"]", INSTRUCTOR,
                                            "[\"" INSTITUTION "#Staff\"]",
                                            "[\"" SYSTEM "#SysSupport\"]"};
    static const char *const above[] = {"[\"" INSTITUTION "#Administrator\"]",
                                        "[\"" SYSTEM "#Administrator\"]",
                                        "[\"urn:lti:sysrole:ims/lis/SysAdmin\"]"};
    for (size_t i = 0; i < sizeof not_above / sizeof *not_above; i++)
        ck_assert_msg(verdict(TOKEN(a, PRIVACY, NO_LINK, NO_CONTEXT, other,
                                    {LTI "roles", not_above[i]})) == FAULT_PRIVACY_OTHER,
                      "%s", not_above[i]);
    for (size_t i = 0; i < sizeof above / sizeof *above; i++) {
        enum fault_id id =
            verdict(TOKEN(a, old, NO_LINK, NO_CONTEXT,
                          {LTI "for_user", "{\"id\":\"u-2\"}"}, {LTI "roles", above[i]}));
        ck_assert(id == FAULT_MESSAGE_LATER || id == FAULT_NONE);
        ck_assert(str_is(l.for_user, "u-2"));
    }
    verdict(TOKEN(a, PRIVACY, NO_LINK, NO_CONTEXT));
    ck_assert(l.sub.n > 0 && str_eq(l.for_user, l.sub));
    ck_assert_int_eq(verdict(TOKEN(a, PRIVACY, NO_LINK, {LTI "for_user", "\"u-2\""})),
                     FAULT_PRIVACY);
}
END_TEST

START_TEST(context_launch)
{
    struct token_claim type = {LTI "message_type", "\"LtiContextLaunchRequest\""};
    ck_assert_int_eq(verdict(TOKEN(a, type, NO_LINK, NO_CONTEXT)), FAULT_CONTEXT);
    ck_assert_int_eq(verdict(TOKEN(a, type, NO_LINK, {LTI "context", "{}"})),
                     FAULT_CONTEXT);
    enum fault_id id = verdict(TOKEN(a, type, NO_LINK));
    ck_assert(id == FAULT_MESSAGE_LATER || id == FAULT_NONE);
    ck_assert(l.context.id.n > 0 && l.link.id.n == 0);
}
END_TEST

/* --- LTI 1.1 ---------------------------------------------------------------------------
 */

/* MIG-1: the example of the migration guide, worked out anew. */
START_TEST(mig1_example)
{
    struct launch v = {.iss = STR("https://lmsvendor.com"),
                       .client_id = STR("PM48OJSfGDTAzAo"),
                       .deployment_id = STR("689302"),
                       .exp_ms = INT64_C(1551290856) * 1000};
    v.lti1p1.consumer_key = STR("179248902");
    v.lti1p1.sign = STR("lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps=");
    v.lti1p1.text = lti11_text(a, &v, STR("172we8671fd8z"));
    ck_assert(str_is(v.lti1p1.text, "179248902&689302&https://lmsvendor.com&"
                                    "PM48OJSfGDTAzAo&1551290856&172we8671fd8z"));
    ck_assert(lti11_signed(a, &v, STR("my-lti11-secret")));
    ck_assert(!lti11_signed(a, &v, STR("my-lti11-secreT")));
    ck_assert(!lti11_signed(a, &v, STR_EMPTY));
    v.lti1p1.sign = STR("lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps");
    ck_assert(!lti11_signed(a, &v, STR("my-lti11-secret")));
    v.lti1p1.sign = STR_EMPTY;
    ck_assert(!lti11_signed(a, &v, STR("my-lti11-secret")));
}
END_TEST

static bool warned(const char *word)
{
    for (size_t i = 0; i < l.warning_n; i++)
        if (strstr(l.warning[i], word) != NULL)
            return true;
    return false;
}

/* MIG-1, MIG-2: read from a token, kept through a ticket; I79: unsigned or odd claims are
 * left out and told of, and the launch goes on. */
START_TEST(mig1_claim)
{
    static const char *const odd[] = {
        "{}", "\"k\"", "{\"oauth_consumer_key\":\"k\"}",
        "{\"oauth_consumer_key\":7,\"oauth_consumer_key_sign\":\"s\"}",
        "{\"oauth_consumer_key\":\"k\",\"oauth_consumer_key_sign\":\"s\",\"user_id\":5}"};
    ck_assert_int_eq(
        verdict(TOKEN(a, {LTI "lti1p1",
                          "{\"oauth_consumer_key\":\"k\",\"oauth_consumer_key_sign\":"
                          "\"s\",\"context_id\":\"old\",\"user_id\":\"\"}"})),
        FAULT_NONE);
    ck_assert(str_is(l.lti1p1.consumer_key, "k") && str_is(l.lti1p1.context_id, "old"));
    ck_assert(l.lti1p1.user_id.n == 0 && l.lti1p1.link_id.n == 0 && !warned("lti1p1"));
    ck_assert(str_starts(l.lti1p1.text, STR("k&")));
    struct launch back;
    ck_assert_int_eq(pack_read(a, pack_launch(a, &l), &back, NULL), 0);
    ck_assert(str_eq(back.lti1p1.text, l.lti1p1.text));
    ck_assert(str_is(back.lti1p1.sign, "s"));
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        ck_assert_int_eq(verdict(TOKEN(a, {LTI "lti1p1", odd[i]})), FAULT_NONE);
        ck_assert_msg(warned("lti1p1") && l.lti1p1.consumer_key.n == 0, "%s", odd[i]);
    }
}
END_TEST

int main(void)
{
    token_setup();
    Suite *s = suite_create("messages");
    TCase *c = tcase_create("messages");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, review_needs_a_user_and_a_column);
    tcase_add_test(c, review_of_somebody_else);
    tcase_add_test(c, anonymous_messages);
    tcase_add_test(c, privacy);
    tcase_add_test(c, context_launch);
    tcase_add_test(c, mig1_example);
    tcase_add_test(c, mig1_claim);
    suite_add_tcase(s, c);
    return suite_main(s);
}
