/* Experiments in a course: who decides, who is dealt in, what the engine is told, what a
 * look says, and that a replay finds all of it again. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "engine/expdoc.h"
#include "job/runner.h"
#include "learn/closings.h"
#include "learn/decide.h"
#include "learn/panel.h"
#include "learn/triallook.h"

#include <string.h>

#define P KIT_PERSON
#define STUDENTS 60

static const char document[] =
    "{\"format\":\"waymark-experiment/1\",\"code\":\"new-first\",\"question\":\"Q?\","
    "\"purpose\":\"P.\",\"unit\":\"person\",\"arms\":[{\"code\":\"usual\",\"setting\":"
    "\"usual\"},{\"code\":\"new\",\"setting\":\"variety\"}],\"metric\":\"share_held\","
    "\"days\":14,\"effect\":%s,\"sd\":0.2,\"alpha\":0.05,\"power\":0.8,\"looks\":[%s],"
    "\"ends\":\"2037-06-30\",\"consent\":\"%s\"%s}";

static struct str text(struct testdb *t, const char *effect, const char *looks,
                       const char *consent, const char *more)
{
    return str_fmt(t->a, document, effect, looks, consent, more);
}

static int64_t count(struct testdb *t, const char *sql)
{
    return testdb_number(t, str_fmt(t->a, "SELECT count(*) FROM %s", sql).p);
}

static void begin(struct testdb *t, struct learn *l, int students)
{
    kit_course(t, l, students);
    kit_publish(l);
}

static int64_t put(struct testdb *t, struct learn *l, struct str doc)
{
    struct err e = {0};
    int64_t id, course = KIT_COURSE;
    (void)t;
    kit_must(experiments_register(l, doc, &course, 1, STR("Ada"), &id, &e), &e);
    return id;
}

static int64_t run(struct testdb *t, struct learn *l, struct str doc)
{
    struct err e = {0};
    int64_t id = put(t, l, doc);
    kit_must(experiments_approve(l, id, STR("Ben"), &e), &e);
    kit_must(experiments_start(l, id, STR("Ada"), &e), &e);
    kit_jobs(l);
    return id;
}

/* ---- who decides ----------------------------------------------------------------- */

static void refuses(int rc, struct err *e, enum err_code code, const char *says)
{
    ck_assert_int_eq(rc, -1);
    ck_assert_int_eq(e->code, code);
    ck_assert_msg(strstr(e->text, says) != NULL, "\"%s\" does not say \"%s\"", e->text,
                  says);
    err_clear(e);
}

static void decides(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    int64_t id, course = KIT_COURSE, none = 999;
    begin(t, &l, STUDENTS);
    struct str doc = text(t, "0.2", "1", "opt_out", "");
    refuses(experiments_register(&l, doc, &none, 1, STR("Ada"), &id, &e), &e,
            ERR_NOTFOUND, "999");
    refuses(experiments_register(&l, doc, &course, 1, STR(""), &id, &e), &e, ERR_INPUT,
            "who");
    refuses(experiments_register(&l, STR("{}"), &course, 1, STR("Ada"), &id, &e), &e,
            ERR_INPUT, "format");
    id = put(t, &l, doc);
    int64_t again;
    refuses(experiments_register(&l, doc, &course, 1, STR("Ada"), &again, &e), &e,
            ERR_CONFLICT, "already");
    refuses(experiments_start(&l, id, STR("Ada"), &e), &e, ERR_CONFLICT, "registered");
    refuses(experiments_approve(&l, id, STR("Ada"), &e), &e, ERR_DENIED, "somebody else");
    ck_assert_int_eq(count(t, "decision"), 0);
    kit_must(experiments_approve(&l, id, STR("Ben"), &e), &e);
    refuses(experiments_approve(&l, id, STR("Cy"), &e), &e, ERR_CONFLICT, "approved");
    kit_must(experiments_start(&l, id, STR("Ada"), &e), &e);
    refuses(experiments_start(&l, id, STR("Ada"), &e), &e, ERR_CONFLICT, "running");
    /* one at a time in a course */
    struct str other = str_fmt(t->a, "%.*s", STR_ARG(doc));
    char *code = strstr((char *)(uintptr_t)other.p, "new-first");
    memcpy(code, "old", 3);
    int64_t second = put(t, &l, other);
    kit_must(experiments_approve(&l, second, STR("Ben"), &e), &e);
    refuses(experiments_start(&l, second, STR("Ada"), &e), &e, ERR_CONFLICT,
            "takes part in new-first");
    kit_must(experiments_stop(&l, id, STR("Ada"), STR("enough"), &e), &e);
    refuses(experiments_stop(&l, id, STR("Ada"), STR("enough"), &e), &e, ERR_CONFLICT,
            "ended");
    kit_must(experiments_start(&l, second, STR("Ada"), &e), &e);
}

START_TEST(two_people_decide_and_one_runs_at_a_time)
{
    testdb_each(decides);
}
END_TEST

static void weak(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct experiments_need need;
    int64_t course = KIT_COURSE;
    begin(t, &l, 30);
    struct str doc = text(t, "0.2", "1", "opt_out", "");
    int64_t id = put(t, &l, doc);
    kit_must(experiments_plan(&l, expdoc_read(t->a, doc, &e), &course, 1, &need, &e), &e);
    ck_assert_int_eq(need.there, 30);
    ck_assert_int_gt(need.need.units, 30);
    kit_must(experiments_approve(&l, id, STR("Ben"), &e), &e);
    refuses(experiments_start(&l, id, STR("Ada"), &e), &e, ERR_DENIED,
            str_fmt(t->a, "%lld are needed", (long long)need.need.units).p);
    ck_assert_int_eq(count(t, "decision"), 0);
    ck_assert_int_eq(count(t, "experiment_unit"), 0);
    ck_assert_int_eq(count(t, "experiment WHERE state = 'approved' AND started_ms = 0"),
                     1);
    ck_assert_int_eq(count(t, "experiment_course WHERE running = 1"), 0);
}

START_TEST(an_under_powered_start_is_refused_and_leaves_nothing)
{
    testdb_each(weak);
}
END_TEST

/* ---- who gets what --------------------------------------------------------------- */

static void view(struct learn *l, int64_t who)
{
    struct panel p;
    struct panel_who w = {.person_id = who, .by_person_id = who};
    struct err e = {0};
    kit_must(panel_read(l, &w, &p, &e), &e);
}

static void decide(struct learn *l, int64_t who, const char *kind)
{
    struct decide_in in = {.person_id = who, .by_person_id = who, .kind = str_c(kind)};
    struct err e = {0};
    kit_must(decide_add(l, &in, &e), &e);
    kit_jobs(l);
}

static int64_t trials(struct testdb *t, int64_t who)
{
    return count(t, str_fmt(t->a, "state_next WHERE person_id = %lld AND trial <> ''",
                            (long long)who)
                        .p);
}

static void deals(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    begin(t, &l, STUDENTS);
    testdb_sql(t, "UPDATE enrolment SET is_test = 1 WHERE person_id = 759;");
    int64_t id = run(t, &l, text(t, "0.2", "1", "opt_out", ""));
    ck_assert_int_eq(count(t, "experiment_unit"), STUDENTS - 1); /* no test users */
    int64_t new = count(t, "experiment_unit WHERE arm = 1");
    ck_assert_int_ge(new, 29);
    ck_assert_int_le(new, 30);
    ck_assert_int_eq(count(t, "experiment_unit WHERE share = 0.5"), STUDENTS - 1);
    ck_assert_int_gt(count(t, "state_next WHERE trial LIKE '%new-first/new%'"), 0);
    ck_assert_int_gt(count(t, "state_next WHERE trial LIKE '%new-first/usual%'"), 0);
    ck_assert_int_eq(count(t, "state_next WHERE propensity < 0.4999 "
                              "OR propensity > 1.0001"),
                     0);
    kit_replay(&l);
    /* what is shown keeps arm and probability */
    view(&l, P);
    ck_assert_int_eq(count(t, "exposure WHERE shown LIKE '%\"trial\":{\"arm\":"
                              "\"new-first/%\"share\":0.5%'"),
                     1);
    /* who leaves gets what is usual, at once, and may come back */
    ck_assert_int_gt(trials(t, P), 0);
    t->now_ms += 1000;
    decide(&l, P, "experiment_out");
    ck_assert_int_eq(trials(t, P), 0);
    kit_replay(&l);
    struct experiments_row row;
    bool out = false;
    ck_assert_int_eq(experiments_here(&l, P, &row, &out, &e), 1);
    ck_assert(out);
    ck_assert_int_eq(experiments_here(&l, P + 1, &row, &out, &e), 1);
    ck_assert(!out);
    /* and nobody else brings them back */
    struct decide_in in = {.person_id = P,
                           .by_person_id = KIT_TEACHER,
                           .by_staff = true,
                           .kind = STR("experiment_in")};
    refuses(decide_add(&l, &in, &e), &e, ERR_DENIED, "themselves");
    t->now_ms += 1000;
    decide(&l, P, "experiment_in");
    ck_assert_int_gt(trials(t, P), 0);
    t->now_ms += 1000;
    decide(&l, P, "experiment_out"); /* the same day: leaving always counts */
    ck_assert_int_eq(trials(t, P), 0);
    /* the end: nobody is in it any more */
    t->now_ms += 1000;
    kit_must(experiments_stop(&l, id, STR("Ada"), STR("enough"), &e), &e);
    kit_jobs(&l);
    ck_assert_int_eq(count(t, "state_next WHERE trial <> ''"), 0);
    ck_assert_int_eq(count(t, "state_next WHERE propensity <> 1"), 0);
    ck_assert_int_eq(experiments_here(&l, P, &row, &out, &e), 0);
    kit_replay(&l);
}

START_TEST(everybody_is_dealt_in_may_leave_and_a_replay_agrees)
{
    testdb_each(deals);
}
END_TEST

static void tick(struct testdb *t)
{
    struct job job = {.kind = STR("experiment.tick")};
    struct job_ctx ctx = {.db = t->db, .env = &t->env, .arena = t->a, .job = &job};
    struct err e = {0};
    kit_must(experiments_tick_job(&ctx, &e), &e);
}

static void comes_late(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    begin(t, &l, STUDENTS);
    testdb_sql(t, "UPDATE enrolment SET status = 'inactive' WHERE person_id >= 750;");
    struct decide_in no = {
        .person_id = P, .by_person_id = P, .kind = STR("experiment_out")};
    kit_must(decide_add(&l, &no, &e), &e);
    int64_t id = run(t, &l, text(t, "0.2", "1", "opt_out", ""));
    ck_assert_int_eq(count(t, "experiment_unit"), 49);
    ck_assert_int_eq(count(t, "experiment_unit WHERE person_id = 700"), 0);
    testdb_sql(t, "UPDATE enrolment SET status = 'active' WHERE person_id >= 750;");
    t->now_ms += KIT_DAY;
    tick(t);
    ck_assert_int_eq(count(t, "experiment_unit"), 59);
    int64_t new = count(t, "experiment_unit WHERE arm = 1 AND person_id >= 750");
    ck_assert(new >= 4 && new <= 6); /* blocks of four */
    ck_assert_int_eq(count(t, "job WHERE kind = 'recompute.course' AND state = 'ready'"),
                     1);
    tick(t);
    ck_assert_int_eq(count(t, "experiment_unit"), 59);
    struct experiments_row x;
    ck_assert_int_eq(experiments_get(&l, id, &x, &e), 1);
    ck_assert_int_eq(x.t.units, 49);
    t->now_ms = x.plan->ends_ms + 15 * KIT_DAY; /* long over */
    tick(t);
    ck_assert_int_eq(count(t, "experiment WHERE state = 'ended' AND ended_by "
                              "= 'the clock'"),
                     1);
    ck_assert_int_eq(count(t, "experiment_course WHERE running = 1"), 0);
}

/* The night's job stopped at the first experiment that failed, for everybody. */
static void one_is_broken(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct job job = {.kind = STR("experiment.tick")};
    begin(t, &l, STUDENTS);
    testdb_sql(t, "UPDATE enrolment SET status = 'inactive' WHERE person_id >= 750;");
    run(t, &l, text(t, "0.2", "1", "opt_out", ""));
    testdb_sql(t, "UPDATE enrolment SET status = 'active' WHERE person_id >= 750;");
    testdb_sql(t, "INSERT INTO experiment SELECT tenant_id, 1, 'broken', '{}', state, "
                  "seed, registered_by, registered_ms, approved_by, approved_ms, "
                  "started_by, started_ms, units, ended_by, ended_ms, ended_why "
                  "FROM experiment;");
    t->now_ms += KIT_DAY;
    struct job_ctx ctx = {.db = t->db, .env = &t->env, .arena = t->a, .job = &job};
    ck_assert_int_eq(experiments_tick_job(&ctx, &e), -1);
    ck_assert_int_ne(e.code, 0);
    ck_assert_int_eq(count(t, "experiment_unit"), 60);
}

START_TEST(bug_a_broken_experiment_kept_the_others_from_their_night)
{
    testdb_each(one_is_broken);
}
END_TEST

START_TEST(who_comes_later_is_dealt_in_by_night)
{
    testdb_each(comes_late);
}
END_TEST

/* Only who says yes. */
static void asked(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    begin(t, &l, STUDENTS);
    int64_t id = put(t, &l, text(t, "0.2", "1", "opt_in", ""));
    kit_must(experiments_approve(&l, id, STR("Ben"), &e), &e);
    refuses(experiments_start(&l, id, STR("Ada"), &e), &e, ERR_DENIED, "0 units");
}

START_TEST(with_opt_in_silence_is_no)
{
    testdb_each(asked);
}
END_TEST

/* ---- looks ----------------------------------------------------------------------- */

static void master(struct testdb *t, struct learn *l, int64_t who)
{
    for (int i = 0; i < 5; i++) {
        struct evidence_in in = kit_answer(l, who, "A", "", 1, t->now_ms - i * KIT_DAY);
        in.attempt = str_fmt(t->a, "m%lld-%d", (long long)who, i);
        in.source_key = in.attempt;
        kit_take(l, &in, 1);
    }
}

static void looks(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct experiment_look look;
    begin(t, &l, STUDENTS);
    int64_t id = run(t, &l, text(t, "0.2", "0.5,1", "opt_out", ""));
    refuses(triallook_look(&l, id, STR("Ada"), &look, &e), &e, ERR_DENIED, "50 %");
    ck_assert_int_eq(count(t, "experiment_look"), 0);
    /* within two weeks nearly everybody of the new arm masters A, few of the other */
    t->now_ms += 10 * KIT_DAY;
    for (int i = 0; i < STUDENTS; i++) {
        int64_t arm = testdb_number(
            t,
            str_fmt(t->a, "SELECT arm FROM experiment_unit WHERE person_id = %d", P + i)
                .p);
        if (arm == 1 ? i % 10 != 0 : i % 10 == 0)
            master(t, &l, P + i);
    }
    t->now_ms += 4 * KIT_DAY + 1000;
    kit_must(triallook_look(&l, id, STR("Ada"), &look, &e), &e);
    ck_assert_int_eq(look.number, 1);
    ck_assert_int_eq(look.word, EXPERIMENT_BETTER);
    ck_assert_int_eq(look.arms[0].n + look.arms[1].n, STUDENTS);
    ck_assert_double_gt(look.arms[1].difference, 0.1); /* of 5 skills one: .2 at most */
    ck_assert_double_gt(look.arms[1].low, 0.0);
    ck_assert_int_eq(count(t, "experiment_look WHERE number = 1 AND word = 'better'"), 1);
    ck_assert_int_eq(count(t, "experiment WHERE state = 'ended'"), 1);
    refuses(triallook_look(&l, id, STR("Ada"), &look, &e), &e, ERR_CONFLICT, "ended");
}

START_TEST(a_look_comes_when_it_is_planned_and_answers_once)
{
    testdb_each(looks);
}
END_TEST

/* Nobody did anything: everybody the same, which is no answer, and no look. */
static void nothing(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct experiment_look look;
    begin(t, &l, STUDENTS);
    int64_t id = run(t, &l, text(t, "0.2", "1", "opt_out", ""));
    t->now_ms += 15 * KIT_DAY;
    kit_must(triallook_look(&l, id, STR("Ada"), &look, &e), &e);
    ck_assert_str_eq(experiment_word_name(look.word), "not_enough_data");
    ck_assert_int_eq(count(t, "experiment WHERE state = 'running'"), 1);
}

START_TEST(not_enough_data_is_the_answer_until_there_is_another)
{
    testdb_each(nothing);
}
END_TEST

/* ---- whole courses --------------------------------------------------------------- */

#define COURSES 20

/* Twenty courses with the same three students: a course has one arm. */
static void whole(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    int64_t ids[COURSES], id;
    begin(t, &l, 3);
    for (int i = 0; i < COURSES; i++) {
        ids[i] = KIT_COURSE + i;
        if (i == 0)
            continue;
        testdb_sql(t, str_fmt(t->a,
                              "INSERT INTO course (tenant_id, course_id, context_id, "
                              "title, label, map_id, rules_version, modality, "
                              "ags_scopes, roster_ms, grades_ms, states_ms, created_ms) "
                              "SELECT tenant_id, %lld, 'c%lld', title, label, map_id, "
                              "rules_version, modality, ags_scopes, 0, 0, 0, 1 "
                              "FROM course WHERE course_id = 70;\n"
                              "INSERT INTO enrolment (tenant_id, course_id, person_id, "
                              "roles, is_learner, is_staff, is_test, status, source, "
                              "seen_ms, version) SELECT tenant_id, %lld, person_id, "
                              "roles, is_learner, is_staff, is_test, status, source, "
                              "seen_ms, version FROM enrolment WHERE course_id = 70;",
                              (long long)ids[i], (long long)ids[i], (long long)ids[i])
                          .p);
    }
    struct str doc = str_fmt(t->a, "%.*s,\"cluster_n\":3,\"icc\":0.1}",
                             (int)(text(t, "0.3", "1", "opt_out", "").n - 1),
                             text(t, "0.3", "1", "opt_out", "").p);
    char *unit = strstr((char *)(uintptr_t)doc.p, "\"person\"");
    memcpy(unit, "\"course\"", 8);
    kit_must(experiments_register(&l, doc, ids, COURSES, STR("Ada"), &id, &e), &e);
    kit_must(experiments_approve(&l, id, STR("Ben"), &e), &e);
    kit_must(experiments_start(&l, id, STR("Ada"), &e), &e);
    struct experiments_row x;
    ck_assert_int_eq(experiments_get(&l, id, &x, &e), 1);
    ck_assert_int_eq(x.t.units, COURSES);
    ck_assert_int_eq(count(t, "experiment_unit"), 3 * COURSES);
    ck_assert_int_eq(count(t, "(SELECT course_id FROM experiment_unit GROUP BY course_id "
                              "HAVING min(arm) <> max(arm)) v"),
                     0);
    ck_assert_int_eq(count(t, "experiment_unit WHERE arm = 1"), 3 * COURSES / 2);
    t->now_ms += 15 * KIT_DAY;
    struct experiment_look look;
    kit_must(triallook_look(&l, id, STR("Ada"), &look, &e), &e);
    ck_assert_int_eq(look.arms[0].n, COURSES / 2); /* courses, not persons */
    ck_assert_int_eq(look.arms[1].n, COURSES / 2);
    ck_assert_int_eq(look.word, EXPERIMENT_TOO_LITTLE); /* all the same */
}

START_TEST(a_whole_course_has_one_arm_and_is_one_unit)
{
    testdb_each(whole);
}
END_TEST

/* ---- the bandit ------------------------------------------------------------------ */

static void bandit(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    begin(t, &l, STUDENTS);
    int64_t id =
        run(t, &l, text(t, "0.2", "1", "opt_out", ",\"bandit\":true,\"floor\":0.1"));
    for (int i = 0; i < STUDENTS; i++)
        view(&l, P + i);
    t->now_ms += KIT_DAY;
    for (int i = 0; i < STUDENTS; i++) { /* who got the new one does what is offered */
        int64_t arm = testdb_number(
            t,
            str_fmt(t->a, "SELECT arm FROM experiment_unit WHERE person_id = %d", P + i)
                .p);
        struct evidence_in a = kit_answer(&l, P + i, "A", "x", 1, t->now_ms);
        struct evidence_in other = kit_answer(&l, P + i, "E", "y", 1, t->now_ms);
        if (arm == 1) {
            kit_take(&l, &a, 1);
            kit_take(&l, &other, 1);
        }
    }
    t->now_ms += 9 * KIT_DAY;
    size_t added;
    kit_must(closings_course(&l, &added, &e), &e);
    ck_assert_uint_eq(added, 2 * STUDENTS);
    tick(t);
    ck_assert_int_eq(count(t, "experiment_unit WHERE period = 1"), STUDENTS);
    ck_assert_int_ge(count(t, "experiment_unit WHERE period = 1 AND arm = 1"), 45);
    ck_assert_int_eq(count(t, "experiment_unit WHERE period = 1 AND share < 0.0999"), 0);
    ck_assert_int_eq(count(t, "experiment_unit WHERE period = 1 AND arm = 1 "
                              "AND share > 0.85"),
                     count(t, "experiment_unit WHERE period = 1 AND arm = 1"));
    tick(t); /* once a week */
    ck_assert_int_eq(count(t, "experiment_unit"), 2 * STUDENTS);
    kit_jobs(&l);
    kit_replay(&l);
    struct experiments_row x;
    struct offpolicy v[EXPERIMENT_ARMS];
    ck_assert_int_eq(experiments_get(&l, id, &x, &e), 1);
    kit_must(triallook_values(&l, &x, v, &e), &e);
    ck_assert_str_eq(offpolicy_word_name(v[1].word), "fine");
    ck_assert_uint_eq(v[1].clusters, STUDENTS);
    ck_assert_double_gt(v[1].dr.low, v[0].dr.high);
    ck_assert_double_gt(v[1].dr.value, 0.3); /* .3 to .69 of those who did it */
    ck_assert_double_eq_tol(v[0].dr.value, 0.0, 1e-9);
}

START_TEST(a_bandit_deals_again_by_what_helped_with_a_floor)
{
    testdb_each(bandit);
}
END_TEST

/* The other way round: who got the new one did nothing, the others did what was offered.
 * The new arm helps less, so it ends. */
static void harm(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    begin(t, &l, STUDENTS);
    run(t, &l, text(t, "0.2", "1", "opt_out", ",\"bandit\":true,\"floor\":0.1"));
    for (int i = 0; i < STUDENTS; i++)
        view(&l, P + i);
    t->now_ms += KIT_DAY;
    for (int i = 0; i < STUDENTS; i++) {
        int64_t arm = testdb_number(
            t,
            str_fmt(t->a, "SELECT arm FROM experiment_unit WHERE person_id = %d", P + i)
                .p);
        struct evidence_in in = kit_answer(&l, P + i, "A", "x", 1, t->now_ms);
        if (arm == 0)
            kit_take(&l, &in, 1);
    }
    t->now_ms += 9 * KIT_DAY;
    size_t added;
    kit_must(closings_course(&l, &added, &e), &e);
    tick(t);
    ck_assert_int_eq(count(t, "experiment WHERE state = 'ended' AND ended_by = "
                              "'the clock' AND ended_why LIKE 'arm new helps less%'"),
                     1);
    ck_assert_int_eq(count(t, "experiment_unit WHERE period > 0"), 0);
    kit_jobs(&l);
    ck_assert_int_eq(count(t, "state_next WHERE trial <> ''"), 0);
}

START_TEST(a_bandit_that_does_harm_ends)
{
    testdb_each(harm);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("experiments");
    TCase *t = tcase_create("experiments");
    tcase_set_timeout(t, 240);
    tcase_add_test(t, two_people_decide_and_one_runs_at_a_time);
    tcase_add_test(t, an_under_powered_start_is_refused_and_leaves_nothing);
    tcase_add_test(t, everybody_is_dealt_in_may_leave_and_a_replay_agrees);
    tcase_add_test(t, who_comes_later_is_dealt_in_by_night);
    tcase_add_test(t, bug_a_broken_experiment_kept_the_others_from_their_night);
    tcase_add_test(t, with_opt_in_silence_is_no);
    tcase_add_test(t, a_look_comes_when_it_is_planned_and_answers_once);
    tcase_add_test(t, not_enough_data_is_the_answer_until_there_is_another);
    tcase_add_test(t, a_bandit_deals_again_by_what_helped_with_a_floor);
    tcase_add_test(t, a_bandit_that_does_harm_ends);
    tcase_add_test(t, a_whole_course_has_one_arm_and_is_one_unit);
    suite_add_tcase(s, t);
    return suite_main(s);
}
