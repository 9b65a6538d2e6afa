/* Running jobs, and jobs that come round by the clock. */
#include "base/log.h"
#include "job/runner.h"
#include "job/schedule.h"
#include "support/suite.h"
#include "support/testdb.h"

/* What the handlers of this file do next, and what they saw. */
struct script {
    struct testdb *t;
    int runs;
    int beats;
    bool steal; /* let the lease run out and another worker take the job */
    sig_atomic_t stop;
};

static int do_good(struct job_ctx *c, struct err *e)
{
    struct script *s = c->app;
    s->runs++;
    for (int i = 1; i <= 30; i++) {
        s->t->now_ms += 500;
        if (job_beat(c, i, 30, STR("reading pages"), e) != 0)
            return -1;
    }
    return 0;
}

static int do_badly(struct job_ctx *c, struct err *e)
{
    ((struct script *)c->app)->runs++;
    c->wait_ms = 100000;
    return err_set(e, ERR_UNAVAILABLE, "The LMS does not answer.");
}

static int do_not(struct job_ctx *c, struct err *e)
{
    c->give_up = true;
    return err_set(e, ERR_DENIED, "The LMS refuses.");
}

static int do_and_stop(struct job_ctx *c, struct err *e)
{
    struct script *s = c->app;
    s->runs++;
    if (job_beat(c, 1, 2, STR(""), e) != 0)
        return -1;
    s->stop = 1;
    ck_assert(job_stopping(c));
    ck_assert_int_eq(job_beat(c, 2, 2, STR(""), e), -1);
    ck_assert_int_eq(e->code, ERR_BUSY);
    if (job_checkpoint(c->db, c->env, c->job, STR("half"), NULL) != 0)
        return -1;
    return -1;
}

static int lose_it(struct job_ctx *c, struct err *e)
{
    struct script *s = c->app;
    struct job_worker other = {.holder = STR("thief"), .last_tenant = -1};
    struct job j;
    s->runs++;
    s->t->now_ms += JOB_LEASE_MS + 1;
    ck_assert_int_eq(job_claim(c->db, c->env, c->arena, &other, &j, e), 1);
    ck_assert_int_eq(job_beat(c, 1, 2, STR(""), e), -1);
    ck_assert_int_eq(e->code, ERR_CONFLICT);
    return -1;
}

static const struct job_kind kinds[] = {
    {.name = "good", .fn = do_good, .lease_ms = 6000},
    {.name = "bad", .fn = do_badly},
    {.name = "not", .fn = do_not},
    {.name = "stop", .fn = do_and_stop},
    {.name = "lost", .fn = lose_it},
};

/* Ask for one job of that kind, run it, and say how it stands. */
static struct job_row run(struct testdb *t, struct script *s, const char *kind)
{
    struct err e = {0};
    struct job_row row = {0};
    struct arena *a = arena_new(1 << 20);
    struct job_worker w = {
        .holder = STR("me"), .kinds = kinds, .kinds_n = 5, .last_tenant = -1};
    struct job_runner r = {.db = t->db,
                           .env = &t->env,
                           .arena = a,
                           .worker = &w,
                           .app = s,
                           .stop = &s->stop};
    struct job_in in = {.tenant_id = 4, .kind = str_c(kind)};
    int64_t id;
    s->t = t;
    log_threshold(LOG_ERROR);
    ck_assert_int_eq(job_add(t->db, &t->env, &in, &id, &e), 1);
    ck_assert_msg(job_run_one(&r, &e) == 1, "%s", e.text);
    ck_assert_int_eq(job_read(t->db, t->a, id, &row, &e), 0);
    arena_free(a);
    return row;
}

static void outcomes(struct testdb *t)
{
    struct script s = {0};
    struct job_row r = run(t, &s, "good");
    ck_assert(str_is(r.state, "done"));
    ck_assert_int_eq(r.progress_done, 30); /* 15 s of work under a lease of 6 */
    ck_assert(str_is(r.progress_text, "reading pages"));
    r = run(t, &s, "bad");
    ck_assert(str_is(r.state, "ready"));
    ck_assert(str_is(r.error, "The LMS does not answer."));
    ck_assert_int_eq(r.run_ms, t->now_ms + 100000);
    r = run(t, &s, "not");
    ck_assert(str_is(r.state, "dead"));
    r = run(t, &s, "unheard-of");
    ck_assert(str_is(r.state, "ready"));
    ck_assert_uint_gt(r.error.n, 0);
    ck_assert_int_eq(s.runs, 2);
}

START_TEST(a_job_ends_as_its_handler_says)
{
    testdb_each(outcomes);
}
END_TEST

static void stopping(struct testdb *t)
{
    struct script s = {0};
    struct job_row r = run(t, &s, "stop");
    ck_assert(str_is(r.state, "ready"));
    ck_assert_int_eq(r.attempts, 0);
    ck_assert_int_eq(r.run_ms, t->now_ms);
    ck_assert_uint_eq(r.error.n, 0);
}

START_TEST(a_worker_that_stops_puts_its_job_back)
{
    testdb_each(stopping);
}
END_TEST

static void stolen(struct testdb *t)
{
    struct script s = {0};
    struct job_row r = run(t, &s, "lost");
    ck_assert(str_is(r.state, "running")); /* the other worker's */
    ck_assert_int_eq(r.attempts, 2);
}

START_TEST(a_job_that_was_lost_is_left_alone)
{
    testdb_each(stolen);
}
END_TEST

static void idle(struct testdb *t)
{
    struct err e = {0};
    struct arena *a = arena_new(1 << 20);
    struct job_worker w = {.holder = STR("me"), .last_tenant = -1};
    struct job_runner r = {.db = t->db, .env = &t->env, .arena = a, .worker = &w};
    int64_t before = db_count(t->db);
    ck_assert_int_eq(job_run_one(&r, &e), 0);
    ck_assert_int_eq(db_count(t->db), before + 1); /* one read, no writer's lock */
    arena_free(a);
}

START_TEST(waiting_costs_one_read)
{
    testdb_each(idle);
}
END_TEST

/* The schedule ---------------------------------------------------------------- */

#define HOUR 3600000
#define DAY (24 * (int64_t)HOUR)

static const struct schedule_item items[] = {
    {.kind = "hourly", .every_ms = HOUR, .at_once = true},
    {.kind = "nightly", .every_ms = DAY, .at_ms = 2 * HOUR},
};

static int tick(struct testdb *t)
{
    struct err e = {0};
    int n = schedule_tick(t->db, &t->env, items, 2, &e);
    ck_assert_msg(n >= 0, "%s", e.text);
    return n;
}

static int64_t jobs(struct testdb *t)
{
    struct err e = {0};
    struct job_stats s;
    ck_assert_int_eq(job_stats(t->db, &t->env, &s, &e), 0);
    return s.ready;
}

static void rounds(struct testdb *t)
{
    t->now_ms = t->now_ms / DAY * DAY + 30 * 60000; /* 00:30 */
    ck_assert_int_eq(tick(t), 1);                   /* hourly: at once */
    ck_assert_int_eq(tick(t), 0);
    ck_assert_int_eq(jobs(t), 1);
    t->now_ms += 30 * 60000; /* 01:00 */
    ck_assert_int_eq(tick(t), 1);
    ck_assert_int_eq(jobs(t), 1); /* the first still waits: one open job */
    t->now_ms += HOUR;            /* 02:00 */
    ck_assert_int_eq(tick(t), 2);
    ck_assert_int_eq(jobs(t), 2);
    t->now_ms += 5 * DAY + 1; /* nobody ran for days */
    ck_assert_int_eq(tick(t), 2);
    ck_assert_int_eq(tick(t), 0);
    t->now_ms += DAY - 1;
    ck_assert_int_eq(tick(t), 2);
    testdb_sql(t, "UPDATE schedule SET next_ms = next_ms + 900000000000;\n");
    ck_assert_int_eq(tick(t), 2); /* a clock was wrong */
    ck_assert_int_eq(tick(t), 0);
}

START_TEST(items_come_round_by_the_clock)
{
    testdb_each(rounds);
}
END_TEST

static void tick_along(struct testdb *t, int i)
{
    struct err e = {0};
    (void)i;
    for (int k = 0; k < 20; k++) {
        int n = schedule_tick(t->db, &t->env, items, 1, &e);
        ck_assert_msg(n >= 0, "%s", e.text);
        if (n == 1)
            testdb_sql(t, "INSERT INTO turns (n) VALUES (1);\n");
    }
}

static void once_each(struct testdb *t)
{
    testdb_sql(t, "CREATE TABLE turns (n BIGINT NOT NULL);\n");
    for (int turn = 1; turn <= 3; turn++) {
        testdb_fork(t, 4, tick_along);
        ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM turns"), turn);
        t->now_ms += HOUR;
    }
}

START_TEST(each_turn_is_taken_once)
{
    testdb_each(once_each);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("runner");
    TCase *c = tcase_create("runner");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_job_ends_as_its_handler_says);
    tcase_add_test(c, a_worker_that_stops_puts_its_job_back);
    tcase_add_test(c, a_job_that_was_lost_is_left_alone);
    tcase_add_test(c, waiting_costs_one_read);
    tcase_add_test(c, items_come_round_by_the_clock);
    tcase_add_test(c, each_turn_is_taken_once);
    suite_add_tcase(s, c);
    return suite_main(s);
}
