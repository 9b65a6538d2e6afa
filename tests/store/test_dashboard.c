/* The teacher's pages: whom to talk to and why, groups, the heat table, one student. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/dashboard.h"
#include "learn/decide.h"
#include "learn/mapfile.h"
#include "learn/person.h"
#include "learn/recompute.h"
#include "store/person.h"

#include <string.h>

#define P KIT_PERSON
#define T KIT_TEACHER

static void attempts(struct learn *l, struct testdb *t, int64_t who, const char *act,
                     const int *scores, int n)
{
    for (int i = 0; i < n; i++) {
        struct evidence_in in = kit_answer(l, who, act, "", scores[i],
                                           t->now_ms - (int64_t)(n - i) * KIT_DAY);
        in.kind = EVIDENCE_ATTEMPT;
        in.maximum = 100;
        in.item = STR_EMPTY;
        in.attempt = str_fmt(t->a, "%s%d", act, i);
        in.source_key = str_fmt(t->a, "attempt:%s:%lld:%d", act, (long long)who, i);
        kit_take(l, &in, 1);
    }
}

static struct dashboard look(struct learn *l, size_t page)
{
    struct dashboard d;
    struct dashboard_ask ask = {.by_person_id = T, .page = page};
    struct err e = {0};
    kit_must(dashboard_read(l, &ask, &d, &e), &e);
    return d;
}

static int decide(struct learn *l, int64_t about, int64_t by, bool staff,
                  const char *kind, const char *subject, enum err_code *code)
{
    struct decide_in in = {.person_id = about,
                           .by_person_id = by,
                           .by_staff = staff,
                           .kind = str_c(kind),
                           .subject = str_c(subject)};
    struct err e = {0};
    int rc = decide_add(l, &in, &e);
    *code = e.code;
    return rc;
}

static const int low[] = {90, 52, 48};
static const int fine[] = {90, 92, 95};

static void talks(struct testdb *t)
{
    struct learn l;
    enum err_code code;
    kit_course(t, &l, 4);
    kit_publish(&l);
    attempts(&l, t, P, "A", low, 3);
    attempts(&l, t, P + 1, "A", fine, 3);
    struct dashboard d = look(&l, 0);
    ck_assert_uint_eq(d.students, 4);
    ck_assert_uint_eq(d.activities, 7);
    ck_assert_uint_eq(d.activities_linked, 6);
    ck_assert_int_eq(d.map_version, 1);
    ck_assert_uint_eq(d.talks_n, 1);
    const struct dashboard_flag *f = &d.talks[0];
    ck_assert_int_eq(f->person_id, P);
    ck_assert(str_is(f->rule_code, "low-checks"));
    ck_assert(str_is(f->mark, "struggle"));
    ck_assert(str_is(f->level, "watch")); /* one source alone */
    ck_assert(str_is(f->text.id, "flag_fact.low_checks"));
    ck_assert(str_is(f->text.args[2].text, "Check A: 52\xc2\xa0%, Check A: 48\xc2\xa0%"));
    ck_assert_uint_eq(f->sources_n, 1);
    ck_assert_uint_ge(f->evidence_n, 2);
    /* Planned: still there, and marked so, at once and after the engine ran again. */
    ck_assert_int_eq(decide(&l, P, T, true, "flag_plan", "low-checks", &code), 0);
    for (int i = 0; i < 2; i++, kit_jobs(&l)) {
        d = look(&l, 0);
        ck_assert_uint_eq(d.talks_n, 1);
        ck_assert(d.talks[0].planned);
    }
    /* Not now: gone for a week. */
    t->now_ms += 1000;
    ck_assert_int_eq(decide(&l, P, T, true, "flag_not_now", "low-checks", &code), 0);
    for (int i = 0; i < 2; i++, kit_jobs(&l)) {
        d = look(&l, 0);
        ck_assert_uint_eq(d.talks_n, 0);
        ck_assert_uint_eq(d.put_off, 1);
    }
    t->now_ms += DECIDE_NOT_NOW_MS + 1000;
    struct err e = {0};
    kit_must(recompute_person(&l, P, &e), &e);
    ck_assert_uint_eq(look(&l, 0).talks_n, 1);
    kit_replay(&l);
}

START_TEST(flags_come_as_conversations_with_facts)
{
    testdb_each(talks);
}
END_TEST

static void budget(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 9);
    kit_publish(&l);
    for (int i = 0; i < 8; i++)
        attempts(&l, t, P + i, "A", low, 3);
    struct dashboard d = look(&l, 0);
    ck_assert_uint_eq(d.talks_n, DASHBOARD_TALKS);
    ck_assert_uint_eq(d.waiting_n, 3);
    /* All eight work on A, in two groups of like size; nobody stands in two. */
    ck_assert_uint_eq(d.groups_n, 2);
    ck_assert(str_is(d.groups[0].skill_code, "A"));
    ck_assert_uint_eq(d.groups[0].n + d.groups[1].n, 8);
    ck_assert_uint_eq(d.groups[0].n, 4);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            ck_assert_int_ne(d.groups[0].person_ids[i], d.groups[1].person_ids[j]);
    ck_assert_uint_eq(d.skills[0].counts[MASTERY_LEARNING], 8);
    ck_assert_uint_eq(d.skills[0].counts[MASTERY_NONE], 1);
    ck_assert_uint_eq(d.skills[1].counts[MASTERY_NONE], 9);
}

START_TEST(a_budget_of_talks_and_groups_by_need)
{
    testdb_each(budget);
}
END_TEST

static void heat(struct testdb *t)
{
    struct learn l;
    struct keyring keys;
    struct err e = {0};
    struct str sealed;
    kit_course(t, &l, 130);
    kit_publish(&l);
    memset(&keys, 3, sizeof keys);
    l.keys = &keys;
    attempts(&l, t, P + 129, "A", fine, 3);
    kit_must(person_seal(t->a, &t->env, &keys, KIT_TENANT, P + 129, "name",
                         STR("Aaron Sample"), &sealed, &e),
             &e);
    testdb_sql(t, str_fmt(t->a,
                          "UPDATE person SET name_sealed = '%.*s' WHERE person_id = "
                          "%d;\n",
                          STR_ARG(sealed), P + 129)
                      .p);
    struct dashboard d = look(&l, 0);
    ck_assert_uint_eq(d.pages, 2);
    ck_assert_uint_eq(d.rows_n, 100);
    ck_assert(str_is(d.rows[0].name, "Aaron Sample"));
    ck_assert_int_eq(d.rows[0].cells[0], MASTERY_MASTERED);
    ck_assert_int_eq(d.rows[0].cells[1], MASTERY_NONE);
    ck_assert_uint_eq(d.rows[0].mastered, 1);
    int64_t before = db_count(t->db);
    d = look(&l, 7); /* clamped to the last */
    ck_assert_uint_eq(d.page, 1);
    ck_assert_uint_eq(d.rows_n, 30);
    /* As many statements for 130 students as for four. */
    ck_assert_int_le(db_count(t->db) - before, 17);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM looked WHERE page = 'course'"), 2);
}

START_TEST(the_heat_table_is_paged_and_its_cost_fixed)
{
    testdb_each(heat);
}
END_TEST

/* 100 rows of a map with 200 skills took more memory than a request may have. */
static void wide(struct testdb *t)
{
    struct learn l;
    struct buf map;
    struct mapfile_result r;
    struct err e = {0};
    kit_course(t, &l, 45);
    buf_init(&map, t->a, 32 * 1024);
    buf_c(&map, "{\"format\":\"waymark-map/"
                "1\",\"code\":\"wide\",\"title\":\"Wide\",\"skills\":[");
    for (int i = 0; i < 400; i++)
        buf_fmt(&map, "%s{\"code\":\"S%d\",\"title\":\"Skill %d\",\"unit\":\"U\"}",
                i > 0 ? "," : "", i, i);
    buf_c(&map, "],\"targets\":[\"S0\"]}");
    kit_must(mapfile_publish(&l, buf_view(&map), T, &r, &e), &e);
    ck_assert_msg(r.ok, "%s", r.problems_n > 0 ? r.problems[0].p : "");
    struct dashboard d = look(&l, 2);
    ck_assert_uint_eq(d.skills_n, 400);
    ck_assert_uint_eq(d.pages, 3);
    ck_assert_uint_eq(d.page, 2);
    ck_assert_uint_eq(d.rows_n, 5);
    ck_assert_uint_eq(look(&l, 0).rows_n, DASHBOARD_CELLS / 400);
}

START_TEST(a_wide_map_does_not_blow_up_the_heat_table)
{
    testdb_each(wide);
}
END_TEST

static void denied(struct testdb *t)
{
    struct learn l;
    enum err_code code;
    kit_course(t, &l, 2);
    ck_assert_int_eq(decide(&l, P, P, false, "flag_wrong", "low-checks", &code), -1);
    ck_assert_int_eq(code, ERR_DENIED);
    ck_assert_int_eq(decide(&l, P + 1, P, false, "looks_wrong", "A", &code), -1);
    ck_assert_int_eq(code, ERR_DENIED);
    ck_assert_int_eq(decide(&l, P, P, false, "drop_table", "A", &code), -1);
    ck_assert_int_eq(code, ERR_INPUT);
    ck_assert_int_eq(decide(&l, P, T, true, "flag_plan", "", &code), -1);
    ck_assert_int_eq(code, ERR_INPUT);
    ck_assert_int_eq(decide(&l, 4242, T, true, "flag_plan", "x", &code), -1);
    ck_assert_int_eq(code, ERR_NOTFOUND);
    ck_assert_int_eq(decide(&l, P, P, false, "ask_teacher", "", &code), 0);
    ck_assert_int_eq(decide(&l, P, P, false, "looks_wrong", "A", &code), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM decision"), 2);
}

START_TEST(students_decide_about_themselves_alone)
{
    testdb_each(denied);
}
END_TEST

/* 60,000 reports by one student took more memory than a request may have: each look at
 * the student's page, by whomever, ended a worker of everybody's. */
static void flood(struct testdb *t)
{
    struct learn l;
    struct person_page p;
    struct err e = {0};
    enum err_code code;
    kit_course(t, &l, 2);
    kit_publish(&l);
    for (int i = 0; i < 2 * DECIDE_A_DAY; i++) {
        const char *subject = str_fmt(t->a, "S%d", i % (DECIDE_A_DAY + 10)).p;
        int rc = decide(&l, P, P, false, "looks_wrong", subject, &code);
        bool over = i % (DECIDE_A_DAY + 10) >= DECIDE_A_DAY;
        ck_assert_int_eq(rc, over ? -1 : 0);
        ck_assert(!over || code == ERR_LIMIT);
    }
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM decision"), DECIDE_A_DAY);
    ck_assert_int_eq(decide(&l, P, T, true, "flag_plan", "low-checks", &code), 0);
    ck_assert_int_eq(decide(&l, P + 1, P + 1, false, "ask_teacher", "A", &code), 0);
    t->now_ms += KIT_DAY + 1000;
    for (int i = 0; i < 5 * DECIDE_A_DAY; i++) {
        t->now_ms += KIT_DAY / DECIDE_A_DAY + 1;
        ck_assert_int_eq(
            decide(&l, P, P, false, "looks_wrong", str_fmt(t->a, "S%d", i).p, &code), 0);
    }
    ck_assert_int_eq(person_read(&l, P, T, &p, &e), 1);
    ck_assert_uint_eq(p.decisions_n, PERSON_TIMELINE);
    ck_assert_uint_eq(p.decisions_all, 6 * DECIDE_A_DAY + 1);
}

START_TEST(a_students_flood_of_reports_is_bounded)
{
    testdb_each(flood);
}
END_TEST

static void messages(struct testdb *t)
{
    struct learn l;
    enum err_code code;
    kit_course(t, &l, 2);
    kit_publish(&l);
    decide(&l, P, P, false, "ask_teacher", "", &code);
    t->now_ms += 1000;
    decide(&l, P + 1, P + 1, false, "looks_wrong", "A", &code);
    t->now_ms += 1000;
    decide(&l, P, P, false, "ask_teacher", "", &code); /* said already */
    struct dashboard d = look(&l, 0);
    ck_assert_uint_eq(d.messages_n, 2);
    ck_assert(d.messages[0].wrong);
    ck_assert(str_is(d.messages[0].skill_title, "Skill A"));
    ck_assert_int_eq(d.messages[1].person_id, P);
    ck_assert(!d.messages[1].wrong);
    ck_assert_uint_eq(d.messages[1].skill_title.n, 0);
    /* Done by the teacher, not by a student; and what comes later is shown again. */
    ck_assert_int_eq(decide(&l, P, P, false, "message_done", "", &code), -1);
    ck_assert_int_eq(code, ERR_DENIED);
    t->now_ms += 1000;
    ck_assert_int_eq(decide(&l, P, T, true, "message_done", "", &code), 0);
    ck_assert_uint_eq(look(&l, 0).messages_n, 1);
    t->now_ms += 1000;
    decide(&l, P, P, false, "ask_teacher", "", &code);
    ck_assert_uint_eq(look(&l, 0).messages_n, 2);
}

START_TEST(what_students_say_reaches_the_teacher)
{
    testdb_each(messages);
}
END_TEST

static void one_student(struct testdb *t)
{
    struct learn l;
    struct person_page p;
    struct err e = {0};
    enum err_code code;
    kit_course(t, &l, 2);
    kit_publish(&l);
    attempts(&l, t, P, "A", low, 3);
    /* The same work by a poorer route: kept as a witness. */
    struct evidence_in grade = kit_grade(&l, P, "A", 4.8, t->now_ms);
    kit_take(&l, &grade, 1);
    decide(&l, P, P, false, "ask_teacher", "A", &code);
    ck_assert_int_eq(person_read(&l, P, T, &p, &e), 1);
    ck_assert(p.active);
    ck_assert_uint_gt(p.name.n, 0);
    ck_assert_uint_eq(p.events_n, 4);
    ck_assert_int_eq(p.events[0].row.kind, EVIDENCE_GRADE);
    ck_assert(!p.events[0].counts);
    ck_assert(p.events[1].counts);
    ck_assert(str_is(p.events[1].activity_title, "Check A"));
    ck_assert(str_is(p.events[1].skill_title, "Skill A"));
    ck_assert_uint_ge(p.flags_n, 1);
    ck_assert_uint_eq(p.decisions_n, 1);
    ck_assert_uint_eq(p.panel.skills_n, 5);
    ck_assert_int_eq(person_read(&l, 4242, T, &p, &e), 0);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM looked WHERE page = 'person'"), 1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM exposure"), 0);
    kit_replay(&l);
}

START_TEST(one_student_with_the_evidence_behind)
{
    testdb_each(one_student);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dashboard");
    TCase *c = tcase_create("dashboard");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, flags_come_as_conversations_with_facts);
    tcase_add_test(c, a_budget_of_talks_and_groups_by_need);
    tcase_add_test(c, the_heat_table_is_paged_and_its_cost_fixed);
    tcase_add_test(c, a_wide_map_does_not_blow_up_the_heat_table);
    tcase_add_test(c, students_decide_about_themselves_alone);
    tcase_add_test(c, a_students_flood_of_reports_is_bounded);
    tcase_add_test(c, what_students_say_reaches_the_teacher);
    tcase_add_test(c, one_student_with_the_evidence_behind);
    suite_add_tcase(s, c);
    return suite_main(s);
}
