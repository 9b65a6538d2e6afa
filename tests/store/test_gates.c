/* Gates: what opens something in the LMS goes up only, and out once (FEATURES.md 5.6). */
#include "learn/panel.h"
#include "learn/recompute.h"
#include "learn/units.h"
#include "store/gate.h"
#include "store/lineitem.h"
#include "support/learnkit.h"
#include "support/suite.h"

#define P KIT_PERSON
#define URL1 "https://lms.example.edu/items/1?type_id=1"
#define URL2 "https://lms.example.edu/items/2?type_id=1"

/* `n` answers, `right` of them so, one a day, beginning `days` ago. */
static void answers(struct learn *l, struct testdb *t, const char *act, int n, int right,
                    int days)
{
    t->now_ms += 1000; /* a replay tells runs apart by their time */
    for (int i = 0; i < n; i++) {
        struct evidence_in in =
            kit_answer(l, P, act, "", i < right, t->now_ms - (days - i) * KIT_DAY);
        in.attempt = str_fmt(t->a, "%s%d-%d", act, days, i);
        in.source_key = str_fmt(t->a, "attempt:%s:%d:%d", act, days, i);
        kit_take(l, &in, 1);
    }
}

static int launched(struct learn *l, const char *unit, int64_t link, const char *url)
{
    struct err e = {0};
    int news = gate_launched(l->db, l->tenant_id, l->course_id, str_c(unit), link,
                             str_c(url), 1, &e);
    ck_assert_msg(news >= 0, "%s", e.text);
    return news;
}

static int64_t waiting(struct testdb *t, const char *url)
{
    return testdb_number(t,
                         str_z(t->a, str_fmt(t->a,
                                             "SELECT count(*) FROM outbox WHERE state = "
                                             "'pending' AND target = '%s'",
                                             url)));
}

static int64_t percent(struct testdb *t)
{
    return testdb_number(t, "SELECT coalesce(max(percent), -1) FROM gate_score");
}

static void again(struct learn *l)
{
    struct err e = {0};
    kit_must(recompute_person(l, P, &e), &e);
}

static void rises(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 2);
    kit_publish(&l);
    ck_assert_int_eq(launched(&l, "one", 5, URL1), 1);
    ck_assert_int_eq(launched(&l, "one", 5, URL1), 0);
    ck_assert_int_eq(launched(&l, "one", 5, ""), 0);
    ck_assert_int_eq(launched(&l, "one", 6, URL2), 0); /* the first link stands */
    again(&l);
    ck_assert_int_eq(percent(t), -1); /* nothing is known about them */
    answers(&l, t, "A", 5, 5, 40);
    ck_assert_int_eq(percent(t), 33); /* A of A, B, E */
    ck_assert_int_eq(waiting(t, URL1), 1);
    int64_t rows = testdb_number(t, "SELECT count(*) FROM outbox");
    t->now_ms += 1000;
    again(&l);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM outbox"), rows);
    answers(&l, t, "A", 6, 0, 30); /* A does not hold any more: it did */
    ck_assert(!str_is(kit_word(&l, P, "A"), "mastered"));
    ck_assert_int_eq(percent(t), 33);
    answers(&l, t, "E", 5, 5, 20);
    ck_assert_int_eq(percent(t), 66); /* A and E at some time */
    ck_assert_int_eq(waiting(t, URL1),
                     1); /* the newest waits, the older one is set aside */
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM outbox WHERE state = 'pending' AND "
                         "payload LIKE '%\"scoreGiven\":66%'"),
        1);
    ck_assert_uint_gt(kit_replay(&l), 0);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM gate_score WHERE percent > 100"), 0);
}

START_TEST(a_gate_never_falls)
{
    testdb_each(rises);
}
END_TEST

/* A column that is gone is forgotten, what was reached is not: the next one gets it. */
static void moves(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 2);
    kit_publish(&l);
    ck_assert_int_eq(launched(&l, "one", 5, ""), 1); /* a link without a column */
    answers(&l, t, "A", 5, 5, 40);
    ck_assert_int_eq(percent(t), 33);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM outbox"), 0);
    struct gate found = {STR("one"), STR(URL1), 100, STR("l9")};
    ck_assert_int_eq(gate_found(t->db, KIT_TENANT, KIT_COURSE, &found, 1, &e), 1);
    ck_assert_int_eq(gate_found(t->db, KIT_TENANT, KIT_COURSE, &found, 1, &e), 0);
    again(&l);
    ck_assert_int_eq(waiting(t, URL1), 1);
    ck_assert_int_eq(lineitem_gone(t->db, KIT_TENANT, KIT_COURSE, STR(URL1), 9, &e), 0);
    ck_assert_int_eq(waiting(t, URL1), 0);
    again(&l);
    ck_assert_int_eq(waiting(t, URL1), 0);
    ck_assert_int_eq(launched(&l, "one", 5, URL2), 1);
    answers(&l, t, "A", 6, 0, 30);
    ck_assert_int_eq(waiting(t, URL2), 1);
    ck_assert_int_eq(percent(t), 33);
    /* A unit that is not in the map: nothing to reach, nothing in the way. */
    ck_assert_int_eq(launched(&l, "elsewhere", 7, "https://lms.example.edu/items/3"), 1);
    again(&l);
    ck_assert_int_eq(waiting(t, "https://lms.example.edu/items/3"), 0);
}

START_TEST(AGS_3_a_gate_finds_its_column_again)
{
    testdb_each(moves);
}
END_TEST

static void counts(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct gate_class class;
    struct units_row *rows;
    size_t n;
    kit_course(t, &l, 3);
    ck_assert_int_eq(units_read(&l, &rows, &n, &e), 0);
    ck_assert_uint_eq(n, 0);
    kit_publish(&l);
    ck_assert_int_eq(units_read(&l, &rows, &n, &e), 0);
    ck_assert(n == 2 && str_is(rows[0].slug, "one") && str_is(rows[1].title, "Two") &&
              rows[0].skills == 3);
    launched(&l, "one", 5, URL1);
    answers(&l, t, "A", 5, 5, 40);
    kit_must(gate_class(t->db, KIT_TENANT, KIT_COURSE, STR("one"), &class, &e), &e);
    ck_assert(class.students == 3 && class.begun == 1 && class.through == 0);
    answers(&l, t, "B", 6, 6, 30);
    answers(&l, t, "E", 6, 6, 20);
    kit_must(gate_class(t->db, KIT_TENANT, KIT_COURSE, STR("one"), &class, &e), &e);
    ck_assert(class.begun == 1 && class.through == 1);
    /* One person costs one read more where there are gates. */
    testdb_sql(t, "DELETE FROM gate;");
    int64_t before = db_count(t->db);
    again(&l);
    int64_t without = db_count(t->db) - before;
    launched(&l, "one", 5, URL1);
    again(&l);
    before = db_count(t->db);
    again(&l);
    ck_assert_int_le(db_count(t->db) - before, without + 1);
}

START_TEST(a_class_is_counted_and_gates_cost_one_read)
{
    testdb_each(counts);
}
END_TEST

static void one_unit(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct panel p;
    struct panel_who who = {.person_id = P, .by_person_id = P, .focus = STR_EMPTY};
    kit_course(t, &l, 1);
    kit_publish(&l);
    answers(&l, t, "A", 5, 5, 40);
    who.unit = STR("one");
    int64_t before = db_count(t->db);
    kit_must(panel_read(&l, &who, &p, &e), &e);
    int64_t cost = db_count(t->db) - before;
    ck_assert(str_is(p.unit, "One") && !p.unit_lost && p.units_n == 1);
    ck_assert(str_is(p.units[0].title, "One") && p.units[0].total == 3 &&
              p.units[0].mastered == 1);
    ck_assert_uint_eq(p.skills_n, 3);
    for (size_t i = 0; i < p.next_n; i++)
        ck_assert(str_is(p.next[i].skill->unit, "One"));
    ck_assert(p.focus.at == NULL || str_is(p.focus.at->unit, "One"));
    who.unit = STR("gone");
    kit_must(panel_read(&l, &who, &p, &e), &e);
    ck_assert(p.unit.n == 0 && p.unit_lost && p.units_n == 2 && p.skills_n == 5);
    who.unit = STR_EMPTY;
    before = db_count(t->db);
    kit_must(panel_read(&l, &who, &p, &e), &e);
    ck_assert(!p.unit_lost && p.units_n == 2);
    ck_assert_int_eq(db_count(t->db) - before, cost);
}

START_TEST(a_panel_of_one_unit)
{
    testdb_each(one_unit);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gates");
    TCase *c = tcase_create("gates");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_gate_never_falls);
    tcase_add_test(c, AGS_3_a_gate_finds_its_column_again);
    tcase_add_test(c, a_class_is_counted_and_gates_cost_one_read);
    tcase_add_test(c, a_panel_of_one_unit);
    suite_add_tcase(s, c);
    return suite_main(s);
}
