/* The student's page: what it holds, what it costs, and what it never shows. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/panel.h"
#include "learn/recompute.h"
#include "store/source.h"

#include <stdio.h>
#include <string.h>

#define P KIT_PERSON

static void answers(struct learn *l, struct testdb *t, int64_t who, const char *act,
                    int n, int right)
{
    for (int i = 0; i < n; i++) {
        struct evidence_in in = kit_answer(l, who, act, "", i < right,
                                           t->now_ms - (int64_t)(n - i) * KIT_DAY);
        in.attempt = str_fmt(t->a, "%s%d", act, i);
        in.source_key = str_fmt(t->a, "attempt:%s:%d", act, i);
        kit_take(l, &in, 1);
    }
}

static struct panel look(struct learn *l, int64_t who, int64_t by, const char *focus)
{
    struct panel p;
    struct panel_who w = {.person_id = who, .by_person_id = by, .focus = str_c(focus)};
    struct err e = {0};
    kit_must(panel_read(l, &w, &p, &e), &e);
    return p;
}

static const struct panel_skill *skill(const struct panel *p, const char *code)
{
    for (size_t i = 0; i < p->skills_n; i++)
        if (str_is(p->skills[i].code, code))
            return &p->skills[i];
    ck_abort_msg("no skill %s", code);
    return NULL;
}

static int64_t arg(const struct say *s, const char *name)
{
    for (size_t i = 0; i < s->args_n; i++)
        if (strcmp(s->args[i].name, name) == 0)
            return s->args[i].num;
    ck_abort_msg("no %s in %.*s", name, STR_ARG(s->id));
    return -1;
}

static void holds(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    kit_course(t, &l, 2);
    kit_publish(&l);
    kit_must(source_ok(t->db, KIT_TENANT, KIT_COURSE, STR("grades"), 5000, 9, 2, &e), &e);
    kit_must(source_ok(t->db, KIT_TENANT, KIT_COURSE, STR("quizzes"), 4000, 9, 0, &e),
             &e);
    kit_must(source_ok(t->db, KIT_TENANT, KIT_COURSE, STR("roster"), 10, 2, 0, &e), &e);
    answers(&l, t, P, "A", 5, 5);
    answers(&l, t, P, "B", 3, 1);
    struct panel p = look(&l, P, P, "");
    ck_assert(str_is(p.course_title, "Kit course"));
    ck_assert(p.has_map);
    ck_assert_int_eq(p.as_of_ms, 4000); /* the oldest reading of results */
    ck_assert_uint_eq(p.pending, 2);
    ck_assert_uint_eq(p.skills_n, 5);
    ck_assert_int_eq(skill(&p, "A")->word, MASTERY_MASTERED);
    ck_assert_int_eq(skill(&p, "B")->word, MASTERY_LEARNING);
    ck_assert(skill(&p, "B")->ready && !skill(&p, "C")->ready);
    ck_assert_uint_eq(skill(&p, "D")->missing, 2);
    ck_assert(str_starts(skill(&p, "D")->waits[0], STR("Skill ")));
    ck_assert_uint_eq(skill(&p, "D")->needs, 2);
    ck_assert_uint_eq(p.targets, 2);
    ck_assert_uint_eq(p.mastered, 0);
    ck_assert_uint_eq(p.units_n, 2);
    ck_assert(str_is(p.units[0].title, "One"));
    ck_assert_uint_eq(p.units[0].total, 3);
    ck_assert_uint_eq(p.units[0].mastered, 1);
    /* The cards: nothing mastered, nothing locked, each with its why. */
    ck_assert_uint_ge(p.next_n, 2);
    for (size_t i = 0; i < p.next_n; i++) {
        const struct panel_card *c = &p.next[i];
        ck_assert(c->skill->word != MASTERY_MASTERED);
        ck_assert(c->skill->ready);
        ck_assert_uint_gt(c->fact.id.n, 0);
        ck_assert_uint_gt(c->link.id.n, 0);
        ck_assert_uint_gt(c->way.id.n, 0);
        ck_assert_int_eq(c->rank, (int64_t)i + 1);
    }
    const struct panel_card *b = &p.next[0];
    ck_assert(str_is(b->skill->code, "B"));
    ck_assert_int_eq(b->minutes, 8);
    ck_assert_uint_eq(b->evidence_n, 3);
    ck_assert(str_is(b->fact.id, "why.result"));
    ck_assert_int_gt(b->fact_ms, 0);
    ck_assert_int_eq(arg(&b->fact, "of"), 1);
    ck_assert(str_is(b->link.id, "why.needed_for"));
    ck_assert_int_ge(arg(&b->way, "n"), 1);
    /* The neighbourhood. */
    ck_assert(str_is(p.focus.at->code, "B"));
    ck_assert_uint_eq(p.focus.needs_n, 1);
    ck_assert(str_is(p.focus.needs[0]->code, "A"));
    ck_assert_uint_eq(p.focus.opens_n, 2);
    p = look(&l, P, P, "D");
    ck_assert(str_is(p.focus.at->code, "D"));
    ck_assert_uint_eq(p.focus.opens_n, 0);
    /* What was shown and who looked. */
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM exposure"), 2);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM looked"), 0); /* their own */
    testdb_sql(t, "DELETE FROM exposure;\n");
    struct panel_who first = {.person_id = P, .by_person_id = P, .cards = 1};
    kit_must(panel_read(&l, &first, &p, &e), &e); /* a page that shows one alone */
    ck_assert_uint_ge(p.next_n, 2);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM exposure WHERE shown LIKE "
                                      "'%\"rank\":1,%' AND shown NOT LIKE "
                                      "'%\"rank\":2,%'"),
                     1);
    look(&l, P, P, "");
    look(&l, P, KIT_TEACHER, "");
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM exposure"), 2);
    ck_assert_int_eq(testdb_number(t,
                                   "SELECT count(*) FROM looked WHERE by_person_id = 900 "
                                   "AND about_person_id = 700"),
                     1);
}

START_TEST(the_panel_says_what_next_and_why)
{
    testdb_each(holds);
}
END_TEST

/* B went wrong twice, and A, which it builds on, is due for a review: A first, and
 * why. */
static void scaffold(struct testdb *t)
{
    struct learn l;
    struct evidence_in rows[6];
    kit_course(t, &l, 1);
    kit_publish(&l);
    for (int i = 0; i < 6; i++) {
        bool a = i < 4;
        rows[i] =
            kit_answer(&l, P, a ? "A" : "B", str_fmt(t->a, "%d", i).p, a ? 1 : 0,
                       t->now_ms - (a ? 45 - i : 8 - i) * KIT_DAY);
        rows[i].item = STR_EMPTY;
        rows[i].kind = EVIDENCE_ATTEMPT;
    }
    kit_take(&l, rows, 6);
    struct panel p = look(&l, P, P, "");
    ck_assert_uint_ge(p.next_n, 2);
    ck_assert(str_is(p.next[0].skill->code, "A"));
    ck_assert(str_is(p.next[0].link.id, "why.scaffold"));
    ck_assert(str_is(p.next[1].skill->code, "B"));
    kit_replay(&l);
}

START_TEST(what_it_builds_on_comes_first_after_two_failures)
{
    testdb_each(scaffold);
}
END_TEST

/* Statements: BEGIN, three reads, COMMIT; BEGIN, one insert, COMMIT. */
static void cost(struct testdb *t)
{
    struct learn l;
    kit_course(t, &l, 2);
    kit_publish(&l);
    answers(&l, t, P, "A", 5, 5);
    look(&l, P, P, "");
    int64_t before = db_count(t->db);
    look(&l, P, P, "");
    ck_assert_int_le(db_count(t->db) - before, 8);
}

START_TEST(the_panel_costs_three_reads_and_one_write)
{
    testdb_each(cost);
}
END_TEST

static void beginnings(struct testdb *t)
{
    struct learn l;
    struct panel p;
    struct err e = {0};
    kit_course(t, &l, 2);
    p = look(&l, P, P, "");
    ck_assert(!p.has_map);
    ck_assert_uint_eq(p.next_n + p.skills_n, 0);
    ck_assert_int_eq(p.as_of_ms, 0);
    kit_publish(&l);
    /* Somebody who came since the last recompute: their first steps are ordered. */
    testdb_sql(t, "DELETE FROM state_run WHERE person_id = 700;\n"
                  "DELETE FROM state_next WHERE person_id = 700;\n"
                  "DELETE FROM state_ready WHERE person_id = 700;\n"
                  "DELETE FROM state_skill WHERE person_id = 700;\n");
    p = look(&l, P, P, "");
    ck_assert_uint_eq(p.next_n, 0);
    ck_assert_uint_eq(p.skills_n, 5);
    ck_assert(skill(&p, "A")->ready && !skill(&p, "B")->ready);
    ck_assert_int_eq(p.states_ms, 0);
    look(&l, P, P, "");
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM job WHERE kind = "
                                      "'recompute.person' AND state = 'ready'"),
                     1);
    kit_jobs(&l);
    p = look(&l, P, P, "");
    ck_assert_uint_gt(p.next_n, 0);
    ck_assert(str_is(p.next[0].fact.id, "why.nothing_yet"));
    struct panel_who who = {.person_id = P, .by_person_id = P};
    l.course_id = 1;
    ck_assert_int_eq(panel_read(&l, &who, &p, &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
}

START_TEST(a_new_student_gets_first_steps)
{
    testdb_each(beginnings);
}
END_TEST

/* Hidden, closed or not open by now, though the states were worked out before. */
static void shut(struct testdb *t)
{
    struct learn l;
    static const char *const ways[] = {"visible = 0", "closes_ms = 1000",
                                       "opens_ms = 99999999999999"};
    kit_course(t, &l, 1);
    kit_publish(&l);
    struct panel p = look(&l, P, P, "");
    ck_assert_uint_gt(p.next_n, 0);
    ck_assert_uint_gt(p.next[0].activity_title.n, 0);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char sql[200];
        snprintf(sql, sizeof sql,
                 "UPDATE activity SET visible = 1, closes_ms = NULL, opens_ms = NULL, "
                 "url = 'https://lms.example.org/q';\nUPDATE activity SET %s;\n",
                 ways[i]);
        testdb_sql(t, sql);
        p = look(&l, P, P, "");
        ck_assert_uint_gt(p.next_n, 0);
        ck_assert_uint_eq(p.next[0].activity_title.n + p.next[0].activity_url.n, 0);
    }
    testdb_sql(t, "UPDATE activity SET opens_ms = NULL, restricted = 1;\n");
    p = look(&l, P, P, "");
    ck_assert(p.next[0].activity_url.n > 0 && p.next[0].activity_maybe);
}

START_TEST(what_is_shut_by_now_is_not_offered)
{
    testdb_each(shut);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("panel");
    TCase *c = tcase_create("panel");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, the_panel_says_what_next_and_why);
    tcase_add_test(c, what_it_builds_on_comes_first_after_two_failures);
    tcase_add_test(c, the_panel_costs_three_reads_and_one_write);
    tcase_add_test(c, a_new_student_gets_first_steps);
    tcase_add_test(c, what_is_shut_by_now_is_not_offered);
    suite_add_tcase(s, c);
    return suite_main(s);
}
