/* Fitting in production: from the ledger, tried on people held out, in force only when
 * better, and taken back as if it had never been. */
#include "support/learnkit.h"
#include "support/suite.h"
#include "support/termkit.h"

#include "engine/bkt.h"
#include "learn/fitmodel.h"
#include "learn/fitting.h"
#include "learn/model.h"
#include "learn/replay.h"

/* Answers as knowledge tracing makes them, with numbers that are not the map's. */
static const struct term traced = {.students = 80,
                                   .skills = 6,
                                   .attempts = 18,
                                   .seed = 11,
                                   .init = 0.1,
                                   .learn = 0.25,
                                   .guess = 0.35,
                                   .slip = 0.03};

static struct fitting fit(struct learn *l, bool dry_run, bool news_only)
{
    struct fitting f;
    struct err e = {0};
    struct fitting_ask ask = {
        .dry_run = dry_run, .news_only = news_only, .by_whom = STR("test")};
    kit_must(fitting_run(l, &ask, &f, &e), &e);
    return f;
}

static double share_sum(struct testdb *t)
{
    return (double)testdb_number(t, "SELECT CAST(sum(p_mastery) * 1000000 AS BIGINT) "
                                    "FROM state_skill") /
           1e6;
}

static void expect_replayed(struct learn *l, size_t persons)
{
    struct replay_counts c;
    struct err e = {0};
    kit_must(replay_course(l, NULL, NULL, &c, &e), &e);
    ck_assert_uint_eq(c.different, 0);
    ck_assert_uint_eq(c.persons, persons);
}

static void in_force(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    term_course(t, &l, &traced);
    term_answers(t, &l, &traced);
    term_jobs(&l);
    double before = share_sum(t);
    /* A dry run keeps nothing. */
    struct fitting f = fit(&l, true, false);
    ck_assert(f.trials[FITTED_BKT].passed && !f.few);
    ck_assert_int_eq(f.rows, 80 * 18 * TERM_SLOTS);
    ck_assert_int_eq(f.persons, 80);
    ck_assert_int_gt(f.held_persons, FITTING_HELD_MIN);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM fitted_model"), 0);
    /* In force: everybody is worked out with it, and a replay is given the same. */
    f = fit(&l, false, false);
    struct fitting_trial *bkt = &f.trials[FITTED_BKT];
    ck_assert(bkt->passed && bkt->sound && bkt->gain > 0);
    ck_assert(bkt->after.log_loss < bkt->before.log_loss);
    ck_assert(!f.trials[FITTED_TRANSIT].tried); /* too few people for that */
    ck_assert_uint_eq(f.changed, 1);
    t->now_ms += 1000;
    term_jobs(&l);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM state_run r JOIN course c ON "
                                      "c.models_id = r.models_id AND r.models_id > 0 "
                                      "WHERE r.because = 'models'"),
                     80);
    ck_assert(share_sum(t) != before);
    expect_replayed(&l, 80);
    /* What is in force is near the truth, of every skill. */
    struct model m;
    kit_must(model_load(&l, &m, &e), &e);
    for (size_t i = 0; i < m.map->skill_n; i++) {
        ck_assert_double_eq_tol(m.map->skills[i].bkt.p_guess, traced.guess, 0.1);
        ck_assert(bkt_sound(&m.map->skills[i].bkt, &m.map->limits));
    }
    /* No news: nothing is fitted. Asked again all the same: it does not beat itself. */
    ck_assert(fit(&l, false, true).stale);
    f = fit(&l, false, false);
    ck_assert(!f.trials[FITTED_BKT].passed && f.changed == 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM fitted_model WHERE kind = "
                                      "'bkt'"),
                     2);
    /* Out of force: as it was. */
    int64_t none[FITTED_KINDS] = {0}, set_id;
    size_t changed;
    kit_must(fitting_use(&l, f.map_code, none, STR("test"), &set_id, &changed, &e), &e);
    ck_assert_uint_eq(changed, 1);
    term_jobs(&l);
    ck_assert_double_eq_tol(share_sum(t), before, 1e-5);
    /* The job leaves a person's word alone, though it would know better. */
    testdb_sql(t, "UPDATE fitted_model SET rows_n = 1;\n");
    f = fit(&l, false, true);
    ck_assert(f.trials[FITTED_BKT].passed && !f.stale && f.changed == 0);
    expect_replayed(&l, 80);
}

START_TEST(a_better_model_is_put_in_force_and_taken_back)
{
    testdb_each(in_force);
}
END_TEST

static void as_it_is(struct testdb *t)
{
    struct learn l;
    /* Answers as the map says that they come: there is nothing to better. */
    struct term k = traced;
    k.init = 0.3;
    k.learn = 0.1;
    k.guess = 0.2;
    k.slip = 0.1;
    term_course(t, &l, &k);
    term_answers(t, &l, &k);
    struct fitting f = fit(&l, false, false);
    ck_assert(f.trials[FITTED_BKT].tried && f.trials[FITTED_BKT].sound);
    ck_assert(!f.trials[FITTED_BKT].passed);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM fitted_model WHERE kind = "
                                      "'bkt' AND passed = 0"),
                     1);
    ck_assert(f.trials[FITTED_LKT].tried && f.trials[FITTED_LKT].sound);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM fitted_set WHERE bkt_id > 0"),
                     0);
    /* Every intake reads what is in force: it stays small. */
    ck_assert_int_lt(testdb_number(t, "SELECT max(length(document)) FROM fitted_model"),
                     1 << 20);
}

START_TEST(a_map_that_is_right_stands)
{
    testdb_each(as_it_is);
}
END_TEST

static void few(struct testdb *t)
{
    struct learn l;
    struct term k = traced;
    k.students = 20;
    term_course(t, &l, &k);
    term_answers(t, &l, &k);
    struct fitting f = fit(&l, false, false);
    ck_assert(f.few && !f.trials[FITTED_BKT].tried);
}

START_TEST(too_few_answers_tell_nothing)
{
    testdb_each(few);
}
END_TEST

static void next(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct term k = traced;
    k.students = 260;
    k.attempts = 6;
    term_course(t, &l, &k);
    term_answers(t, &l, &k);
    struct fitting f = fit(&l, false, false);
    /* All go through the skills in one order: a model of that is better than counting. */
    ck_assert(f.trials[FITTED_TRANSIT].passed);
    term_jobs(&l);
    struct model m;
    kit_must(model_load(&l, &m, &e), &e);
    ck_assert(m.fitted.transit != NULL);
    expect_replayed(&l, 260);
}

START_TEST(what_learners_did_next_is_fitted_too)
{
    testdb_each(next);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fitting");
    TCase *c = tcase_create("fitting");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, a_better_model_is_put_in_force_and_taken_back);
    tcase_add_test(c, a_map_that_is_right_stands);
    tcase_add_test(c, too_few_answers_tell_nothing);
    tcase_add_test(c, what_learners_did_next_is_fitted_too);
    suite_add_tcase(s, c);
    return suite_main(s);
}
