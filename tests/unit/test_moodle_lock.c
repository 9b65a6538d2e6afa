/* Is an activity of a Moodle really locked behind our group or column? */
#include "lms/moodle_lock.h"
#include "support/suite.h"

#define G(id) "{\"type\":\"group\",\"id\":" id "}"
#define S(id, more) "{\"type\":\"grade\",\"id\":" id more "}"
#define DATE "{\"type\":\"date\",\"d\":\">=\",\"t\":1700000000}"
#define TREE(op, c) "{\"op\":\"" op "\",\"c\":[" c "],\"show\":true}"

static enum lms_lock of(const char *rule, bool score)
{
    struct arena *a = arena_new(1 << 20);
    struct lms_opening o = {.kind = score ? LMS_BY_SCORE : LMS_BY_GROUP, .key = STR("3")};
    enum lms_lock lock = moodle_lock_of(str_c(rule), &o, a);
    arena_free(a);
    return lock;
}

static const struct {
    const char *rule;
    bool score;
    enum lms_lock lock;
} cases[] = {
    {"", false, LMS_LOCK_OPEN},
    {TREE("&", ""), false, LMS_LOCK_OPEN},
    {TREE("&", G("3")), false, LMS_LOCK_LOCKED},
    {TREE("&", G("\"3\"")), false, LMS_LOCK_LOCKED},
    {TREE("&", G("4")), false, LMS_LOCK_OPEN},
    {TREE("&", "{\"type\":\"group\"}"), false, LMS_LOCK_OPEN}, /* any group at all */
    {TREE("&", DATE "," G("3")), false, LMS_LOCK_LOCKED},
    {TREE("|", DATE "," G("3")), false, LMS_LOCK_OPEN}, /* the date lets everybody in */
    {TREE("|", G("3")), false, LMS_LOCK_LOCKED},
    {TREE("|", G("3") "," TREE("&", G("3") "," DATE)), false, LMS_LOCK_LOCKED},
    {TREE("!&", G("3")), false, LMS_LOCK_OPEN}, /* our people are kept out */
    {TREE("!|", G("3")), false, LMS_LOCK_OPEN},
    {TREE("&", S("3", ",\"min\":80")), true, LMS_LOCK_LOCKED},
    {TREE("&", S("3", ",\"min\":80")), false, LMS_LOCK_OPEN},
    {TREE("&", S("3", ",\"max\":80")), true, LMS_LOCK_OPEN}, /* an upper bound alone */
    {TREE("&", S("3", "")), true, LMS_LOCK_OPEN},
    {TREE("&", S("5", ",\"min\":80")), true, LMS_LOCK_OPEN},
    {TREE("&", "{\"type\":\"completion\",\"cm\":12,\"e\":2}"), false,
     LMS_LOCK_OPEN}, /* recorded from a real Moodle */
    {"nonsense", false, LMS_LOCK_UNSEEN},
    {"[]", false, LMS_LOCK_UNSEEN},
    {"{}", false, LMS_LOCK_OPEN},
};

START_TEST(a_lock_is_one_that_everybody_meets)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(of(cases[i].rule, cases[i].score) == cases[i].lock, "%s",
                      cases[i].rule);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("moodle_lock");
    TCase *c = tcase_create("moodle_lock");
    tcase_add_test(c, a_lock_is_one_that_everybody_meets);
    suite_add_tcase(s, c);
    return suite_main(s);
}
