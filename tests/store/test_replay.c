/* Replay: what is stored follows from the ledger, and what does not is found. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/activities.h"
#include "learn/decide.h"
#include "learn/recompute.h"
#include "learn/replay.h"
#include "store/source.h"

#include <stdlib.h>
#include <string.h>

#define P KIT_PERSON

static struct replay_counts replay(struct learn *l)
{
    struct replay_counts c;
    struct err e = {0};
    kit_must(replay_course(l, NULL, NULL, &c, &e), &e);
    return c;
}

/* Twelve students with answers, grades, grants, decisions and several readings. */
static void busy_course(struct testdb *t, struct learn *l)
{
    static const char *const acts[] = {"A", "B", "mix", "E", "C"};
    struct err e = {0};
    kit_course(t, l, 12);
    kit_publish(l);
    for (int day = 0; day < 8; day++) {
        t->now_ms += KIT_DAY;
        for (int who = 0; who < 12; who++) {
            struct evidence_in in[2] = {
                kit_answer(l, P + who, acts[(day + who) % 5], "", (day * who) % 3 != 1,
                           t->now_ms - 1000),
                kit_grade(l, P + who, acts[who % 5], (who + day) % 11, t->now_ms)};
            in[0].attempt = str_fmt(t->a, "d%d", day);
            in[0].source_key = str_fmt(t->a, "attempt:%d", day);
            kit_take(l, in, 2);
        }
        kit_must(
            source_ok(t->db, KIT_TENANT, KIT_COURSE, STR("grades"), t->now_ms, 12, 0, &e),
            &e);
    }
    struct decide_in d = {.person_id = P,
                          .by_person_id = KIT_TEACHER,
                          .by_staff = true,
                          .kind = STR("flag_wrong"),
                          .subject = STR("low-checks")};
    t->now_ms += 1000;
    kit_must(decide_add(l, &d, &e), &e);
}

static void follows(struct testdb *t)
{
    struct learn l;
    busy_course(t, &l);
    struct replay_counts c = replay(&l);
    ck_assert_uint_eq(c.persons, 12);
    ck_assert_uint_eq(c.different, 0);
    ck_assert_uint_eq(c.stale, 0);
    ck_assert_uint_gt(c.rows, 12 * 11);
    /* What came since the last run is not held against it. */
    testdb_sql(
        t, "INSERT INTO evidence (tenant_id, evidence_id, course_id, person_id, item, "
           "attempt, kind, observed_ms, received_ms, source_kind, source_key, actor, "
           "fact_key, weight, effort) VALUES (7, 1, 70, 700, '', '', 'access', "
           "1900000000000, 1900000000000, 'launch', 'l', 'platform', 'access/1', 0, "
           "'');\n");
    ck_assert_uint_eq(replay(&l).different, 0);
    kit_jobs(&l);
    ck_assert_uint_eq(replay(&l).different, 0);
    /* Nor a launch that began just before the run and became visible after it. */
    t->now_ms += 10 * KIT_DAY;
    struct err e = {0};
    kit_must(recompute_enqueue(&l, &e), &e);
    kit_jobs(&l);
    ck_assert_int_gt(testdb_number(t, "SELECT count(*) FROM state_flag"), 0);
    testdb_sql(t, str_fmt(t->a,
                          "INSERT INTO evidence (tenant_id, evidence_id, course_id, "
                          "person_id, item, attempt, kind, observed_ms, received_ms, "
                          "source_kind, source_key, actor, fact_key, weight, effort) "
                          "SELECT 7, person_id, 70, person_id, '', '', 'access', %lld, "
                          "%lld, 'launch', 'l', 'platform', 'access/' || "
                          "CAST(person_id AS TEXT), 0, '' FROM state_run;\n",
                          (long long)t->now_ms - 5, (long long)t->now_ms - 5)
                      .p);
    ck_assert_uint_eq(replay(&l).different, 0);
}

START_TEST(a_replay_gives_the_same_bytes)
{
    testdb_each(follows);
}
END_TEST

/* Everybody's states, from each database in turn: kept from the first for the next. */
static char *known;

#define ID_DIGITS 18 /* no other number has as many */

/* Ids are drawn at random. */
static struct str without_ids(struct arena *a, struct str s)
{
    struct buf b;
    buf_init(&b, a, s.n);
    for (size_t i = 0; i < s.n;) {
        size_t k = i;
        while (k < s.n && s.p[k] >= '0' && s.p[k] <= '9')
            k++;
        if (k - i >= ID_DIGITS)
            buf_char(&b, '#');
        else
            buf_str(&b, str_sub(s, i, k > i ? k : i + 1));
        i = k > i ? k : i + 1;
    }
    return buf_view(&b);
}

static void same_text(struct testdb *t)
{
    struct learn l;
    struct buf all;
    buf_init(&all, t->a, 1 << 16);
    busy_course(t, &l);
    for (int who = 0; who < 12; who++)
        buf_str(&all, kit_states(&l, P + who));
    struct str text = without_ids(t->a, buf_view(&all));
    if (known == NULL) {
        known = strndup(text.p, text.n);
        ck_assert_uint_gt(text.n, 5000);
        return;
    }
    ck_assert_uint_eq(text.n, strlen(known));
    ck_assert_msg(memcmp(text.p, known, text.n) == 0, "not what the other database has");
}

START_TEST(both_databases_give_the_same_bytes)
{
    known = NULL;
    testdb_each(same_text);
    testdb_each(same_text); /* and twice */
    free(known);
}
END_TEST

static void tampered(struct testdb *t)
{
    struct learn l;
    busy_course(t, &l);
    testdb_sql(t, "UPDATE state_skill SET p_mastery = p_mastery + 0.000000001 WHERE "
                  "person_id = 703 AND skill_code = 'A';\n");
    ck_assert_uint_eq(replay(&l).different, 1);
    testdb_sql(t, "DELETE FROM state_next WHERE person_id = 704 AND rank = 1;\n");
    ck_assert_uint_eq(replay(&l).different, 2);
    testdb_sql(
        t, "INSERT INTO state_flag (tenant_id, course_id, person_id, rule_code, level, "
           "facts, evidence_ids, sources, decided, since_ms, rules_version, as_of_ms) "
           "VALUES (7, 70, 705, 'made-up', 'talk', '{}', '[]', '[]', '', 1, '', 1);\n");
    ck_assert_uint_eq(replay(&l).different, 3);
    /* A recompute puts everything right. */
    struct err e = {0};
    kit_must(recompute_enqueue(&l, &e), &e);
    kit_jobs(&l);
    ck_assert_uint_eq(replay(&l).different, 0);
}

START_TEST(a_changed_row_is_found_and_mended)
{
    testdb_each(tampered);
}
END_TEST

static void catalogue(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    busy_course(t, &l);
    t->now_ms += 1000;
    struct activities_in in = {
        .row = {.title = STR("Check C"), .kind = STR("quiz"), .visible = true},
        .alias = {{STR("moodle-cm"), STR("another C")}},
        .alias_n = 1};
    kit_must(activities_apply(&l, STR("moodle"), &in, 1, false, NULL, &e), &e);
    struct replay_counts c = replay(&l);
    ck_assert_uint_eq(c.stale, 12);
    ck_assert_uint_eq(c.different, 0);
    kit_jobs(&l);
    c = replay(&l);
    ck_assert_uint_eq(c.stale, 0);
    ck_assert_uint_eq(c.different, 0);
    ck_assert_uint_eq(c.persons, 12);
}

START_TEST(a_newer_catalogue_is_no_difference)
{
    testdb_each(catalogue);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("replay");
    TCase *c = tcase_create("replay");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_replay_gives_the_same_bytes);
    tcase_add_test(c, both_databases_give_the_same_bytes);
    tcase_add_test(c, a_changed_row_is_found_and_mended);
    tcase_add_test(c, a_newer_catalogue_is_no_difference);
    suite_add_tcase(s, c);
    return suite_main(s);
}
