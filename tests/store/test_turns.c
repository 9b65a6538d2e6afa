/* Fair turns in the queue: by rank, round the tenants, behind the others after a turn,
 * and at most so many workers for one platform. */
#include "support/suite.h"
#include "support/testdb.h"

#include "base/log.h"
#include "job/runner.h"

#include <stdio.h>

static const struct job_kind kinds[] = {{.name = "sync"}};

static struct job_worker worker(const char *name, int64_t lane_most)
{
    return (struct job_worker){.holder = str_c(name),
                               .kinds = kinds,
                               .kinds_n = 1,
                               .last_tenant = -1,
                               .lane_most = lane_most};
}

static void put(struct testdb *t, int64_t tenant, const char *key, enum job_rank rank)
{
    struct err e = {0};
    struct job_in in = {.tenant_id = tenant,
                        .kind = STR("sync"),
                        .key = str_c(key),
                        .rank = rank,
                        .outside = true};
    ck_assert_msg(job_add(t->db, &t->env, &in, NULL, &e) >= 0, "%s", e.text);
    t->now_ms++; /* who asks later waits shorter */
}

/* The next job's key, or "" when there is none that this worker may have. */
static struct str next(struct testdb *t, struct job_worker *w, struct job *j)
{
    struct err e = {0};
    int rc = job_claim(t->db, &t->env, t->a, w, j, &e);
    ck_assert_msg(rc >= 0, "%s", e.text);
    return rc == 1 ? j->key : STR_EMPTY;
}

/* Claim and finish until nothing is left: the keys in their order. */
static struct str order(struct testdb *t, struct job_worker *w)
{
    struct err e = {0};
    struct buf b;
    struct job j;
    buf_init(&b, t->a, 64);
    while (next(t, w, &j).n > 0) {
        buf_str(&b, j.key);
        ck_assert_int_eq(job_finish(t->db, &t->env, &j, &e), 0);
    }
    return buf_view(&b);
}

static void ranks(struct testdb *t)
{
    struct job_worker w = worker("a", 0);
    put(t, 5, "s", JOB_SCHEDULE);
    put(t, 5, "n", JOB_NEED);
    put(t, 5, "r", JOB_SERVICE);
    put(t, 6, "u", JOB_URGENT);
    ck_assert(str_is(order(t, &w), "urns"));
    put(t, 5, "x", JOB_SCHEDULE);
    put(t, 5, "y", JOB_SCHEDULE);
    put(t, 5, "y", JOB_URGENT); /* somebody presses for one that waits already */
    w.claims = 0;
    ck_assert(str_is(order(t, &w), "yx"));
}

START_TEST(who_presses_comes_first)
{
    testdb_each(ranks);
}
END_TEST

static void starving(struct testdb *t)
{
    struct job_worker w = worker("a", 0);
    put(t, 5, "s", JOB_SCHEDULE);
    for (int i = 0; i < 6; i++)
        put(t, 5, (char[]){(char)('0' + i), '\0'}, JOB_NEED);
    ck_assert(str_is(order(t, &w), "0123s45"));
}

START_TEST(the_clock_gets_a_turn_though_people_keep_asking)
{
    testdb_each(starving);
}
END_TEST

static void give_back(struct testdb *t, const struct job *j)
{
    struct err e = {0};
    t->now_ms++;
    ck_assert_int_eq(job_yield(t->db, &t->env, j, 0, &e), 0);
}

static void behind(struct testdb *t)
{
    struct err e = {0};
    struct job_worker w = worker("a", 0);
    struct job big, j;
    put(t, 5, "B", JOB_URGENT);
    put(t, 5, "1", JOB_NEED);
    ck_assert(str_is(next(t, &w, &big), "B"));
    ck_assert_int_eq(job_progress(t->db, &t->env, &big, 3, 9, STR("3 of 9"), &e), 0);
    ck_assert_int_eq(job_checkpoint(t->db, &t->env, &big, STR("here"), &e), 0);
    give_back(t, &big);
    put(t, 5, "2", JOB_NEED);
    ck_assert(str_is(next(t, &w, &j), "1")); /* its first turn is had: no more pressing */
    ck_assert(str_is(next(t, &w, &big), "B"));
    ck_assert(str_is(big.checkpoint, "here"));
    ck_assert_int_eq(big.attempts, 1);
    struct job_row r;
    ck_assert_int_eq(job_read(t->db, t->a, big.job_id, &r, &e), 0);
    ck_assert(str_is(r.progress_text, "3 of 9"));
    for (int i = 0; i < 2 * JOB_ATTEMPTS; i++) { /* turns are no failures */
        give_back(t, &big);
        while (!str_is(next(t, &w, &big), "B"))
            continue;
    }
    ck_assert_int_eq(big.attempts, 1);
}

START_TEST(a_turn_that_is_given_back_goes_behind_the_others)
{
    testdb_each(behind);
}
END_TEST

static void tenants(struct testdb *t)
{
    struct job_worker w = worker("a", 0);
    for (int i = 0; i < 4; i++)
        put(t, 5, (char[]){(char)('a' + i), '\0'}, JOB_NEED);
    put(t, 6, "x", JOB_NEED);
    put(t, 7, "y", JOB_NEED);
    ck_assert(str_is(order(t, &w), "axybcd"));
}

START_TEST(many_courses_of_one_tenant_do_not_hold_up_another)
{
    testdb_each(tenants);
}
END_TEST

static void add_tenants(struct testdb *t)
{
    testdb_sql(t, "INSERT INTO tenant (tenant_id, registration_id, deployment_id, state, "
                  "settings, created_ms) VALUES (5, 50, 'd', 'active', '{}', 1), "
                  "(6, 60, 'd', 'active', '{}', 1), (7, 50, 'e', 'active', '{}', 1);\n");
}

static void lanes(struct testdb *t)
{
    struct err e = {0};
    struct job_worker w = worker("a", 2);
    struct job one, two, j;
    add_tenants(t);
    put(t, 5, "1", JOB_NEED);
    put(t, 7, "2", JOB_NEED);
    put(t, 5, "3", JOB_NEED);
    put(t, 6, "4", JOB_SCHEDULE);
    ck_assert(str_is(next(t, &w, &one), "1"));
    ck_assert(str_is(next(t, &w, &two), "2")); /* another deployment, the same platform */
    ck_assert(str_is(next(t, &w, &j), "4"));
    ck_assert_uint_eq(next(t, &w, &j).n, 0);
    ck_assert_int_eq(job_finish(t->db, &t->env, &two, &e), 0);
    ck_assert(str_is(next(t, &w, &j), "3"));
}

START_TEST(one_platform_never_holds_all_workers)
{
    testdb_each(lanes);
}
END_TEST

/* In a process of its own: take what may be had, and hold it. */
static void grab(struct testdb *t, int i)
{
    struct job j;
    char name[16];
    snprintf(name, sizeof name, "w%d", i);
    struct job_worker w = worker(name, 2);
    next(t, &w, &j);
}

static void crowd(struct testdb *t)
{
    add_tenants(t);
    for (int i = 0; i < 8; i++)
        put(t, i % 2 ? 5 : 7, (char[]){(char)('a' + i), '\0'}, JOB_NEED);
    testdb_fork(t, 6, grab);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM job WHERE state = 'running'"),
                     2);
}

START_TEST(nor_when_all_of_them_claim_at_once)
{
    testdb_each(crowd);
}
END_TEST

/* --- the runner's side ------------------------------------------------------- */

struct script {
    struct testdb *t;
    int64_t worked_ms;
};

/* Work a second at a time until the turn is over, or for a minute. */
static int toil(struct job_ctx *c, struct err *e)
{
    struct script *s = c->app;
    for (s->worked_ms = 0; s->worked_ms < 60000; s->worked_ms += 1000) {
        if (job_turn_over(c))
            return job_give_turn(c, 0, e);
        s->t->now_ms += 1000;
    }
    return 0;
}

static int64_t run_one(struct testdb *t, enum job_rank rank, int64_t others)
{
    static const struct job_kind toils[] = {
        {.name = "sync", .fn = toil, .lease_ms = 90000}};
    struct err e = {0};
    struct script s = {.t = t};
    struct arena *a = arena_new(1 << 20);
    struct job_worker w = worker("a", 0);
    struct job_runner r = {
        .db = t->db, .env = &t->env, .arena = a, .worker = &w, .app = &s};
    w.kinds = toils;
    log_threshold(LOG_ERROR);
    testdb_sql(t, "DELETE FROM job;\n");
    put(t, 5, "big", rank);
    if (others > JOB_URGENT) {
        t->now_ms += 3000;
        struct job_in in = {.tenant_id = 9,
                            .kind = STR("sync"),
                            .key = STR("other"),
                            .rank = (enum job_rank)others,
                            .run_ms = t->now_ms + 1};
        ck_assert_int_eq(job_add(t->db, &t->env, &in, NULL, &e), 1);
    }
    ck_assert_msg(job_run_one(&r, &e) == 1, "%s", e.text);
    arena_free(a);
    return s.worked_ms;
}

static void turns(struct testdb *t)
{
    ck_assert_int_eq(run_one(t, JOB_SCHEDULE, JOB_URGENT), 60000); /* alone */
    ck_assert_int_eq(run_one(t, JOB_SCHEDULE, JOB_SCHEDULE), 20000);
    ck_assert_int_eq(run_one(t, JOB_NEED, JOB_SCHEDULE), 20000);
    ck_assert_int_eq(run_one(t, JOB_SCHEDULE, JOB_SERVICE), 5000);
    ck_assert_int_eq(
        testdb_number(
            t, "SELECT count(*) FROM job WHERE job_key = 'big' AND state = 'ready' "
               "AND attempts = 0 AND error IS NULL"),
        1);
}

START_TEST(a_long_job_gives_way_when_others_wait)
{
    testdb_each(turns);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("turns");
    TCase *c = tcase_create("turns");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, who_presses_comes_first);
    tcase_add_test(c, the_clock_gets_a_turn_though_people_keep_asking);
    tcase_add_test(c, a_turn_that_is_given_back_goes_behind_the_others);
    tcase_add_test(c, many_courses_of_one_tenant_do_not_hold_up_another);
    tcase_add_test(c, one_platform_never_holds_all_workers);
    tcase_add_test(c, nor_when_all_of_them_claim_at_once);
    tcase_add_test(c, a_long_job_gives_way_when_others_wait);
    suite_add_tcase(s, c);
    return suite_main(s);
}
