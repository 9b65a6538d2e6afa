/* Roles: the whole vocabulary, and what must not be taken for a role (LTI.md 2.5,
 * ROLE-5). */
#include "msg/role.h"
#include "support/suite.h"

#define LIS "http://purl.imsglobal.org/vocab/lis/v2/"
#define C(name) LIS "membership#" name
#define I(name) LIS "institution/person#" name
#define S(name) LIS "system/person#" name

static struct arena *a;

static void begin(void)
{
    a = arena_new(1 << 20);
}

static void end(void)
{
    arena_free(a);
}

static const struct {
    const char *role;
    int64_t bits;
} one[] = {
    {C("Administrator"), ROLE_ADMIN},
    {C("ContentDeveloper"), ROLE_CONTENT_DEVELOPER},
    {C("Instructor"), ROLE_INSTRUCTOR},
    {C("Learner"), ROLE_LEARNER},
    {C("Mentor"), ROLE_MENTOR},
    {C("Manager"), ROLE_MANAGER},
    {C("Member"), ROLE_MEMBER},
    {C("Officer"), ROLE_OFFICER},
    {"Instructor", ROLE_INSTRUCTOR}, /* V1: short names */
    {"Learner", ROLE_LEARNER},
    {"TeachingAssistant", ROLE_SUB_INSTRUCTOR},
    {"urn:lti:role:ims/lis/Instructor", ROLE_INSTRUCTOR}, /* V1: URNs */
    {"urn:lti:role:ims/lis/Learner", ROLE_LEARNER},
    {"urn:lti:role:ims/lis/Instructor/TeachingAssistant", ROLE_SUB_INSTRUCTOR},
    {"urn:lti:role:ims/lis/TeachingAssistant", ROLE_SUB_INSTRUCTOR},
    {"urn:lti:role:ims/lis/Learner/Instructor", ROLE_LEARNER},
    {"urn:lti:instrole:ims/lis/Administrator", ROLE_INST_ADMIN},
    {"urn:lti:sysrole:ims/lis/SysAdmin", ROLE_SYS_ADMIN},
    {LIS "membership/Instructor#TeachingAssistant", ROLE_SUB_INSTRUCTOR}, /* ROLE-3 */
    {LIS "membership/Instructor#Lecturer", ROLE_SUB_INSTRUCTOR},
    {LIS "membership/Administrator#Support", ROLE_SUB_ADMIN},
    {LIS "membership/Learner#Instructor", ROLE_LEARNER}, /* ROLE-4 */
    {LIS "membership/Mentor#Tutor", ROLE_MENTOR},
    {LIS "membership/Manager#Observer", ROLE_MANAGER},
    {LIS "membership/Officer#Vice-Chair", ROLE_OFFICER},
    {I("Administrator"), ROLE_INST_ADMIN},
    {I("Instructor"), ROLE_INST_STAFF}, /* ROLE-4 */
    {I("Student"), ROLE_INST_STUDENT},
    {I("None"), ROLE_INST_OTHER},
    {S("Administrator"), ROLE_SYS_ADMIN},
    {S("SysAdmin"), ROLE_SYS_ADMIN},
    {S("User"), ROLE_SYS_OTHER},
    {LIS "person#Administrator", ROLE_INST_ADMIN}, /* old: institution at most */
    {LIS "person#Instructor", ROLE_INST_STAFF},
    {"http://purl.imsglobal.org/vocab/lti/system/person#TestUser", ROLE_TEST_USER},
    /* I83 and its like: nothing */
    {C("instructor"), ROLE_UNKNOWN},
    {C("Instructor "), ROLE_UNKNOWN},
    {" " C("Instructor"), ROLE_UNKNOWN},
    {C("InstructorX"), ROLE_UNKNOWN},
    {C(""), ROLE_UNKNOWN},
    {"instructor", ROLE_UNKNOWN},
    {"urn:lti:role:ims/lis/InstructorX", ROLE_UNKNOWN},
    {"urn:lti:role:ims/lis/", ROLE_UNKNOWN},
    {"https://purl.imsglobal.org/vocab/lis/v2/membership#Instructor", ROLE_UNKNOWN},
    {"http://evil.example/vocab/lis/v2/membership#Instructor", ROLE_UNKNOWN},
    {LIS "membership/Instructor#Instructor", ROLE_UNKNOWN},
    {LIS "membership/Learner", ROLE_UNKNOWN},
    {LIS "membership/Nobody#Instructor", ROLE_UNKNOWN},
    {"", ROLE_UNKNOWN},
};

START_TEST(single)
{
    int64_t got = role_bits(str_c(one[_i].role));
    ck_assert_msg(got == one[_i].bits, "%s: %llx", one[_i].role, (long long)got);
}
END_TEST

static int64_t list(const char *json)
{
    struct err e;
    return role_list(js_parse(a, str_c(json), 4096, 3, &e));
}

/* ROLE-1, ROLE-2, ROLE-3, V2, V29: what combinations may do. */
START_TEST(rights)
{
    int64_t r = list("[\"" C("Instructor") "\",\"" C("Learner") "\"]");
    ck_assert(role_is_staff(r, false) && role_is_learner(r));
    r = list("[\"" I("Administrator") "\",\"" S("Administrator") "\"]");
    ck_assert(!role_is_staff(r, false));
    ck_assert(role_is_staff(r, true));
    r = list("[\"" I("Instructor") "\"]");
    ck_assert(!role_is_staff(r, true));
    r = list("[\"" LIS "membership/Instructor#TeachingAssistant\",\"Learner\"]");
    ck_assert(!role_is_staff(r, true) && role_is_learner(r));
    r = list("[\"" LIS "membership/Instructor#TeachingAssistant\",\"Instructor\"]");
    ck_assert(role_is_staff(r, false));
    r = list("[\"ContentDeveloper\",\"Mentor\",\"Manager\"]");
    ck_assert(!role_is_staff(r, true) && !role_is_learner(r));
    r = list(
        "[\"Learner\",\"http://purl.imsglobal.org/vocab/lti/system/person#TestUser\"]");
    ck_assert(role_is_learner(r) && (r & ROLE_TEST_USER) != 0);
    r = list("[]");
    ck_assert(r == 0 && !role_is_staff(r, true) && !role_is_learner(r));
}
END_TEST

/* I67, V1. */
START_TEST(lists)
{
    ck_assert_int_eq(list("[5,null,{},[\"Instructor\"],\"Learner\",\"Learner\"]"),
                     ROLE_LEARNER);
    ck_assert_int_eq(list("\"Instructor\""), 0);
    ck_assert_int_eq(list("{\"0\":\"Instructor\"}"), 0);
    ck_assert_int_eq(role_list(NULL), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("role");
    TCase *c = tcase_create("role");
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_loop_test(c, single, 0, (int)(sizeof one / sizeof *one));
    tcase_add_test(c, rights);
    tcase_add_test(c, lists);
    suite_add_tcase(s, c);
    return suite_main(s);
}
