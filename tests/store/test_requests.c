/* What is kept about a person, what they asked for about it, and the console's calls; on
 * both databases. */
#include "learn/learners.h"
#include "learn/privacy.h"
#include "store/call.h"
#include "support/learnkit.h"
#include "support/suite.h"

static const struct keyring keys = {.seal = {7}, .mark = {8}, .csrf = {9}};

static void requests(struct testdb *t)
{
    struct err e = {0};
    struct learn l;
    struct request *rows,
        q = {.person_id = KIT_PERSON, .by_person_id = KIT_TEACHER, .kind = STR("erase")};
    size_t n;
    kit_course(t, &l, 2);
    ck_assert_int_eq(request_add(t->db, &t->env, KIT_TENANT, &q, &e), 1);
    ck_assert_int_eq(request_add(t->db, &t->env, KIT_TENANT, &q, &e), 0);
    q.kind = STR("export");
    ck_assert_int_eq(request_add(t->db, &t->env, KIT_TENANT, &q, &e), 1);
    q.person_id = KIT_PERSON + 1; /* of somebody else it is another request */
    ck_assert_int_eq(request_add(t->db, &t->env, KIT_TENANT, &q, &e), 1);
    kit_must(request_list(t->db, t->a, KIT_TENANT, KIT_PERSON, &rows, &n, &e), &e);
    ck_assert_uint_eq(n, 2);
    ck_assert(str_is(rows[0].kind, "export") && str_is(rows[0].state, "open"));
    ck_assert_int_eq(request_close(t->db, rows[0].id, STR("done"), &e), 1);
    ck_assert_int_eq(request_close(t->db, rows[0].id, STR("refused"), &e), 0);
    q.person_id = KIT_PERSON; /* closed: it may be asked for again */
    ck_assert_int_eq(request_add(t->db, &t->env, KIT_TENANT, &q, &e), 1);
    ck_assert_int_eq(request_add(t->db, &t->env, KIT_TENANT + 1, &q, &e), 1);
    kit_must(request_list(t->db, t->a, KIT_TENANT, KIT_PERSON, &rows, &n, &e), &e);
    ck_assert_uint_eq(n, 3);
    ck_assert(!request_is_kind(STR("everything")) && !request_is_kind(STR_EMPTY));
}

START_TEST(a_request_is_recorded_once)
{
    testdb_each(requests);
}
END_TEST

static void kept(struct testdb *t)
{
    struct err e = {0};
    struct learn l;
    struct privacy p;
    kit_course(t, &l, 2);
    struct evidence_in one = kit_answer(&l, KIT_PERSON, "A", "1", 1, t->now_ms);
    kit_take(&l, &one, 1);
    int64_t looked = testdb_number(t, "SELECT count(*) FROM looked");
    ck_assert_int_eq(privacy_read(&l, KIT_PERSON, KIT_PERSON, &p, &e), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM looked"), looked);
    ck_assert_uint_eq(p.courses_n, 1);
    ck_assert_int_eq(p.courses[0].evidence_n, 1);
    ck_assert(p.name.n > 0);
    ck_assert_int_eq(privacy_read(&l, KIT_PERSON, KIT_TEACHER, &p, &e), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM looked "
                                      "WHERE page = 'privacy'"),
                     1);
    ck_assert_int_eq(privacy_read(&l, 12345, KIT_TEACHER, &p, &e), 0);
    l.tenant_id = KIT_TENANT + 1; /* nobody of another deployment */
    ck_assert_int_eq(privacy_read(&l, KIT_PERSON, KIT_TEACHER, &p, &e), 0);
}

START_TEST(what_is_kept_is_told_and_who_asked_is_noted)
{
    testdb_each(kept);
}
END_TEST

static void calls(struct testdb *t)
{
    struct err e = {0};
    struct learn l;
    struct learner *who;
    struct call *rows, got,
        c = {.tenant_id = KIT_TENANT,
             .course_id = KIT_COURSE,
             .by_person_id = KIT_TEACHER,
             .kind = STR("members"),
             .request = STR("{}")};
    struct str sub;
    size_t n;
    kit_course(t, &l, 2);
    kit_must(call_add(t->db, &t->env, &c, &e), &e);
    c.state = STR("done");
    c.answer = STR("{\"name\":\"Ada Invented\"}");
    kit_must(call_finish(t->db, t->a, &t->env, &keys, &c, &e), &e);
    ck_assert_int_eq(call_get(t->db, t->a, &keys, KIT_TENANT, KIT_COURSE, c.id, &got, &e),
                     1);
    ck_assert(str_eq(got.answer, c.answer) && str_is(got.state, "done"));
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM console_call WHERE answer LIKE '%Ada%'"),
        0);
    ck_assert_int_eq(
        call_get(t->db, t->a, &keys, KIT_TENANT, KIT_COURSE + 1, c.id, &got, &e), 0);
    ck_assert_int_eq(
        call_get(t->db, t->a, &keys, KIT_TENANT + 1, KIT_COURSE, c.id, &got, &e), 0);
    kit_must(call_list(t->db, t->a, &keys, KIT_TENANT, KIT_COURSE, 5, &rows, &n, &e), &e);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(call_purge(t->db, c.at_ms, &e), 0);
    ck_assert_int_eq(call_purge(t->db, c.at_ms + 1, &e), 1);

    ck_assert_int_eq(
        call_learner(t->db, t->a, KIT_TENANT, KIT_COURSE, KIT_PERSON, &sub, &e), 1);
    ck_assert_int_eq(
        call_learner(t->db, t->a, KIT_TENANT, KIT_COURSE, KIT_TEACHER, &sub, &e), 0);
    kit_must(learners_list(&l, 1, &who, &n, &e), &e);
    ck_assert_uint_eq(n, 1);
    kit_must(learners_list(&l, 9, &who, &n, &e), &e);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_le(str_cmp(who[0].name, who[1].name), 0);
}

START_TEST(a_call_is_sealed_and_of_its_course_alone)
{
    testdb_each(calls);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("requests");
    TCase *c = tcase_create("requests");
    tcase_add_test(c, a_request_is_recorded_once);
    tcase_add_test(c, what_is_kept_is_told_and_who_asked_is_noted);
    tcase_add_test(c, a_call_is_sealed_and_of_its_course_alone);
    suite_add_tcase(s, c);
    return suite_main(s);
}
