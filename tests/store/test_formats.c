/* A format: what kind of activity a person would rather open, and what it changes. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/decide.h"
#include "learn/formats.h"

static int say(struct learn *l, const char *kind, int64_t by, struct err *e)
{
    struct decide_in in = {.person_id = KIT_PERSON,
                           .by_person_id = by,
                           .by_staff = by == KIT_TEACHER,
                           .kind = STR("format"),
                           .subject = str_c(kind)};
    err_clear(e);
    return decide_add(l, &in, e);
}

/* The activity that the next step on a skill opens. */
static int64_t opens(struct testdb *t, const char *skill)
{
    return testdb_number(t,
                         str_fmt(t->a,
                                 "SELECT coalesce(max(activity_id), 0) FROM state_next "
                                 "WHERE person_id = %d AND skill_code = '%s'",
                                 KIT_PERSON, skill)
                             .p);
}

static void wished(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct formats f;
    kit_course(t, &l, 1);
    testdb_sql(t, "UPDATE activity SET kind = 'url' WHERE title = 'Check mix'");
    kit_publish(&l);
    kit_must(formats_read(&l, KIT_PERSON, &f, &e), &e);
    ck_assert_uint_eq(f.n, 3);
    ck_assert(str_is(f.kinds[0], "quiz") && str_is(f.kinds[2], "url"));
    ck_assert_uint_eq(f.wish.n, 0);
    struct evidence_in row = kit_answer(&l, KIT_PERSON, "A", "1", 0, t->now_ms - KIT_DAY);
    kit_take(&l, &row, 1);
    ck_assert_msg(opens(t, "A") == kit_activity(&l, "mix"), "not tried yet");

    kit_must(say(&l, "quiz", KIT_PERSON, &e), &e);
    kit_jobs(&l);
    kit_must(formats_read(&l, KIT_PERSON, &f, &e), &e);
    ck_assert(str_is(f.wish, "quiz"));
    ck_assert_int_eq(opens(t, "A"), kit_activity(&l, "A"));
    kit_replay(&l);

    t->now_ms += 1000;
    kit_must(say(&l, "url", KIT_PERSON, &e), &e);
    kit_jobs(&l);
    ck_assert_int_eq(opens(t, "A"), kit_activity(&l, "mix"));
    ck_assert_msg(opens(t, "E") == kit_activity(&l, "E"), "its last option stays");
    t->now_ms += 1000;
    kit_must(say(&l, "", KIT_PERSON, &e), &e);
    kit_jobs(&l);
    kit_must(formats_read(&l, KIT_PERSON, &f, &e), &e);
    ck_assert_uint_eq(f.wish.n, 0);
    kit_replay(&l);
}

START_TEST(a_wish_changes_what_opens_and_never_what_there_is)
{
    testdb_each(wished);
}
END_TEST

static void refused(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 1);
    ck_assert_int_eq(say(&l, "url", KIT_TEACHER, &e), -1);
    ck_assert_int_eq(e.code, ERR_DENIED);
    ck_assert_int_eq(say(&l, "song", KIT_PERSON, &e), -1);
    ck_assert_int_eq(e.code, ERR_INPUT);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM decision"), 0);
}

START_TEST(nobody_else_chooses_and_only_what_there_is)
{
    testdb_each(refused);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("formats");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, a_wish_changes_what_opens_and_never_what_there_is);
    tcase_add_test(c, nobody_else_chooses_and_only_what_there_is);
    suite_add_tcase(s, c);
    return suite_main(s);
}
