/* The job queue: at least once, under a lease, round the tenants. */
#include "support/suite.h"
#include "support/testdb.h"

#include "job/queue.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct job_kind kinds[] = {
    {.name = "sync", .lease_ms = 10000, .max_attempts = 3},
    {.name = "note"},
};

static struct job_worker worker(const char *name)
{
    return (struct job_worker){
        .holder = str_c(name), .kinds = kinds, .kinds_n = 2, .last_tenant = -1};
}

static int64_t put(struct testdb *t, int64_t tenant, const char *key)
{
    struct err e = {0};
    int64_t id = 0;
    struct job_in in = {.tenant_id = tenant, .kind = STR("sync"), .key = str_c(key)};
    ck_assert_msg(job_add(t->db, &t->env, &in, &id, &e) >= 0, "%s", e.text);
    return id;
}

static int try_claim(struct testdb *t, struct job_worker *w, struct job *j)
{
    struct err e = {0};
    int rc = job_claim(t->db, &t->env, t->a, w, j, &e);
    ck_assert_msg(rc >= 0, "%s", e.text);
    return rc;
}

static struct job claim(struct testdb *t, struct job_worker *w)
{
    struct job j;
    ck_assert_int_eq(try_claim(t, w, &j), 1);
    return j;
}

static struct job_row row(struct testdb *t, int64_t job_id)
{
    struct err e = {0};
    struct job_row r = {0};
    ck_assert_msg(job_read(t->db, t->a, job_id, &r, &e) == 0, "%s", e.text);
    return r;
}

static void flunk(struct testdb *t, const struct job *j, int64_t wait_ms)
{
    struct err e = {0};
    ck_assert_int_eq(job_fail(t->db, &t->env, j, wait_ms, STR("It rained."), &e), 0);
}

static void finish(struct testdb *t, const struct job *j)
{
    struct err e = {0};
    ck_assert_msg(job_finish(t->db, &t->env, j, &e) == 0, "%s", e.text);
}

/* Asking for jobs -------------------------------------------------------------------- */

static void one_open(struct testdb *t)
{
    struct err e = {0};
    struct job_worker w = worker("a");
    struct job_in in = {.tenant_id = 5,
                        .kind = STR("sync"),
                        .key = STR("c1"),
                        .payload = STR("{\"n\":1}"),
                        .run_ms = t->now_ms + 60000};
    int64_t first = 0;
    int64_t second = 0;
    ck_assert_int_eq(job_add(t->db, &t->env, &in, &first, &e), 1);
    in.payload = STR("{\"n\":2}");
    in.run_ms = t->now_ms + 30000;
    ck_assert_int_eq(job_add(t->db, &t->env, &in, &second, &e), 0);
    ck_assert_int_eq(first, second);
    in.tenant_id = 6;
    ck_assert_int_eq(job_add(t->db, &t->env, &in, &second, &e), 1);
    ck_assert_int_ne(first, second);

    struct job j;
    ck_assert_int_eq(try_claim(t, &w, &j), 0);
    t->now_ms += 30000;
    j = claim(t, &w);
    ck_assert_int_eq(j.job_id, first);
    ck_assert(str_is(j.payload, "{\"n\":1}"));
    ck_assert(str_is(j.key, "c1"));
    ck_assert_int_eq(j.attempts, 1);
    ck_assert_int_eq(j.max_attempts, 3);
    finish(t, &j);
    in.tenant_id = 5;
    ck_assert_int_eq(job_add(t->db, &t->env, &in, &second, &e), 1);
    ck_assert_int_ne(first, second);
}

START_TEST(of_one_name_one_job_is_open)
{
    testdb_each(one_open);
}
END_TEST

static void once_more(struct testdb *t)
{
    struct err e = {0};
    struct job_worker w = worker("a");
    int64_t id = put(t, 5, "c1");
    struct job j = claim(t, &w);
    struct job_in in = {.tenant_id = 5, .kind = STR("sync"), .key = STR("c1")};
    in.run_ms = t->now_ms + 60000;
    ck_assert_int_eq(job_add(t->db, &t->env, &in, NULL, &e), 0);
    in.run_ms = t->now_ms + 20000;
    ck_assert_int_eq(job_add(t->db, &t->env, &in, NULL, &e), 0);
    in.run_ms = t->now_ms + 90000;
    ck_assert_int_eq(job_add(t->db, &t->env, &in, NULL, &e), 0);
    finish(t, &j);
    struct job_row r = row(t, id);
    ck_assert(str_is(r.state, "ready"));
    ck_assert_int_eq(r.run_ms, t->now_ms + 20000);
    t->now_ms += 20000;
    j = claim(t, &w);
    ck_assert_int_eq(j.attempts, 1);
    finish(t, &j);
    ck_assert(str_is(row(t, id).state, "done"));
}

/* What is asked for while it runs may concern what the run has read already. */
START_TEST(asked_for_while_it_runs_it_runs_once_more)
{
    testdb_each(once_more);
}
END_TEST

static void urgent(struct testdb *t)
{
    struct err e = {0};
    struct job_worker w = worker("a");
    int64_t id = put(t, 5, "c1");
    struct job j = claim(t, &w);
    flunk(t, &j, 0);
    int64_t later = row(t, id).run_ms;
    struct job_in in = {.tenant_id = 5, .kind = STR("sync"), .key = STR("c1")};
    ck_assert_int_eq(job_add(t->db, &t->env, &in, NULL, &e), 0);
    ck_assert_int_eq(row(t, id).run_ms, later);
    in.urgent = true;
    ck_assert_int_eq(job_add(t->db, &t->env, &in, NULL, &e), 0);
    ck_assert_int_eq(row(t, id).run_ms, t->now_ms);
}

START_TEST(a_schedule_does_not_cut_short_a_back_off_but_a_person_does)
{
    testdb_each(urgent);
}
END_TEST

static int add_and_refuse(struct db *db, void *ctx, struct err *e)
{
    struct testdb *t = ctx;
    struct job_in in = {.tenant_id = 5, .kind = STR("sync"), .key = STR("c1")};
    ck_assert_int_eq(job_add(db, &t->env, &in, NULL, e), 1);
    return err_set(e, ERR_DENIED, "no");
}

static void joins(struct testdb *t)
{
    struct err e = {0};
    ck_assert_int_eq(db_tx(t->db, DB_WRITE, add_and_refuse, t, &e), -1);
    struct job_stats s;
    ck_assert_int_eq(job_stats(t->db, &t->env, &s, &e), 0);
    ck_assert_int_eq(s.ready, 0);
    struct job_in in = {.kind = STR("")};
    ck_assert_int_eq(job_add(t->db, &t->env, &in, NULL, &e), -1);
    ck_assert_int_eq(e.code, ERR_INPUT);
}

START_TEST(a_job_belongs_to_the_transaction_that_asks_for_it)
{
    testdb_each(joins);
}
END_TEST

/* Leases ---------------------------------------------------------------------- */

static void all_refused(struct testdb *t, const struct job *j)
{
    struct err e[6] = {{0}};
    struct db *db = t->db;
    ck_assert_int_eq(job_renew(db, &t->env, j, &e[0]), -1);
    ck_assert_int_eq(job_progress(db, &t->env, j, 1, 2, STR("x"), &e[1]), -1);
    ck_assert_int_eq(job_checkpoint(db, &t->env, j, STR("x"), &e[2]), -1);
    ck_assert_int_eq(job_finish(db, &t->env, j, &e[3]), -1);
    ck_assert_int_eq(job_fail(db, &t->env, j, 0, STR("x"), &e[4]), -1);
    ck_assert_int_eq(job_release(db, &t->env, j, &e[5]), -1);
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(e[i].code, ERR_CONFLICT);
}

static void leases(struct testdb *t)
{
    struct err e = {0};
    struct job_worker a = worker("a");
    struct job_worker b = worker("b");
    int64_t id = put(t, 5, "c1");
    struct job mine = claim(t, &a);
    struct job j;
    ck_assert_int_eq(try_claim(t, &b, &j), 0);
    ck_assert_int_eq(job_checkpoint(t->db, &t->env, &mine, STR("page 3"), &e), 0);
    t->now_ms += 9000;
    ck_assert_int_eq(job_renew(t->db, &t->env, &mine, &e), 0);
    t->now_ms += 9000;
    ck_assert_int_eq(try_claim(t, &b, &j), 0);
    ck_assert_int_eq(job_progress(t->db, &t->env, &mine, 3, 9, STR("3 of 9 pages"), &e),
                     0);
    ck_assert_int_eq(row(t, id).progress_total, 9);
    t->now_ms += 10001;
    struct job theirs = claim(t, &b);
    ck_assert_int_eq(theirs.job_id, id);
    ck_assert_int_eq(theirs.attempts, 2);
    ck_assert(str_is(theirs.checkpoint, "page 3"));
    all_refused(t, &mine);
    ck_assert(str_is(row(t, id).state, "running"));
    t->now_ms += 10001;
    ck_assert_int_eq(try_claim(t, &b, &j), 0); /* the second crash costs a pause */
    t->now_ms += 5000;
    struct job again = claim(t, &b); /* the same holder, another attempt */
    all_refused(t, &theirs);
    finish(t, &again);
    all_refused(t, &again);
    ck_assert(str_is(row(t, id).state, "done"));
}

START_TEST(who_lost_the_lease_can_do_nothing_more)
{
    testdb_each(leases);
}
END_TEST

struct fence {
    struct testdb *t;
    const struct job *j;
};

static int write_under_claim(struct db *db, void *ctx, struct err *e)
{
    struct fence *f = ctx;
    struct job_in in = {.tenant_id = 9, .kind = STR("note")};
    if (job_add(db, &f->t->env, &in, NULL, e) < 0)
        return -1;
    return job_renew(db, &f->t->env, f->j, e);
}

static void fenced(struct testdb *t)
{
    struct err e = {0};
    struct job_worker a = worker("a");
    struct job_worker b = worker("b");
    put(t, 5, "c1");
    struct job mine = claim(t, &a);
    t->now_ms += 10001;
    struct job theirs = claim(t, &b);
    struct fence f = {t, &mine};
    ck_assert_int_eq(db_tx(t->db, DB_WRITE, write_under_claim, &f, &e), -1);
    ck_assert_int_eq(e.code, ERR_CONFLICT);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM job"), 1);
    f.j = &theirs;
    ck_assert_int_eq(db_tx(t->db, DB_WRITE, write_under_claim, &f, &e), 0);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM job"), 2);
}

START_TEST(a_renewal_fences_the_handlers_transaction)
{
    testdb_each(fenced);
}
END_TEST

static void released(struct testdb *t)
{
    struct err e = {0};
    struct job_worker w = worker("a");
    put(t, 5, "c1");
    for (int i = 0; i < 5; i++) {
        struct job j = claim(t, &w);
        ck_assert_int_eq(j.attempts, 1);
        ck_assert_int_eq(job_release(t->db, &t->env, &j, &e), 0);
    }
}

START_TEST(a_released_job_loses_no_attempt)
{
    testdb_each(released);
}
END_TEST

/* Failures --------------------------------------------------------------------------- */

static void failures(struct testdb *t)
{
    struct err e = {0};
    struct job_worker w = worker("a");
    int64_t id = put(t, 5, "c1");
    for (int attempt = 1; attempt <= 3; attempt++) {
        struct job j = claim(t, &w);
        ck_assert_int_eq(j.attempts, attempt);
        flunk(t, &j, 0);
        int64_t pause = row(t, id).run_ms - t->now_ms;
        int64_t middle = (int64_t)5000 << (attempt - 1);
        ck_assert_int_ge(pause, middle * 3 / 4);
        ck_assert_int_le(pause, middle * 5 / 4);
        t->now_ms += pause;
    }
    struct job_row r = row(t, id);
    struct job j;
    ck_assert(str_is(r.state, "dead"));
    ck_assert(str_is(r.error, "It rained."));
    ck_assert_int_eq(try_claim(t, &w, &j), 0);

    int64_t other = put(t, 5, "c1"); /* a dead job holds up nobody */
    ck_assert_int_eq(job_requeue(t->db, &t->env, id, &e), -1);
    ck_assert_int_eq(e.code, ERR_CONFLICT);
    ck_assert_int_eq(job_requeue(t->db, &t->env, other, &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
    j = claim(t, &w);
    finish(t, &j);
    ck_assert_int_eq(job_requeue(t->db, &t->env, id, &e), 0);
    j = claim(t, &w);
    ck_assert_int_eq(j.job_id, id);
    ck_assert_int_eq(j.attempts, 1);
}

START_TEST(failures_wait_longer_each_time_and_end)
{
    testdb_each(failures);
}
END_TEST

static void gives_up(struct testdb *t)
{
    struct err e = {0};
    struct job_worker w = worker("a");
    int64_t one = put(t, 5, "c1");
    struct job j = claim(t, &w);
    flunk(t, &j, JOB_GIVE_UP);
    ck_assert(str_is(row(t, one).state, "dead"));
    int64_t two = put(t, 5, "c2");
    j = claim(t, &w);
    flunk(t, &j, 7200000);
    ck_assert_int_eq(row(t, two).run_ms, t->now_ms + 7200000);
    t->now_ms += 7200000;
    j = claim(t, &w);
    char long_text[2000];
    memset(long_text, 'x', sizeof long_text);
    memcpy(long_text + 499, "\xc3\xa9", 2); /* a character across the cut */
    struct str words = {long_text, sizeof long_text};
    ck_assert_int_eq(job_fail(t->db, &t->env, &j, 0, words, &e), 0);
    ck_assert_uint_eq(row(t, two).error.n, 499);
}

START_TEST(a_handler_may_give_up_or_wait)
{
    testdb_each(gives_up);
}
END_TEST

static void poison(struct testdb *t)
{
    struct job_worker w = worker("a");
    struct job j;
    int64_t id = put(t, 5, "c1");
    int claims = 0;
    for (int i = 0; i < 10; i++) {
        claims += try_claim(t, &w, &j);
        t->now_ms += 10001;
    }
    ck_assert_int_eq(claims, 3);
    ck_assert(str_is(row(t, id).state, "dead"));
    ck_assert(row(t, id).error.n > 0);
}

START_TEST(a_job_that_kills_its_workers_ends)
{
    testdb_each(poison);
}
END_TEST

static void afresh(struct testdb *t)
{
    struct job_worker w = worker("a");
    int64_t id = put(t, 5, "c1");
    struct job j = claim(t, &w);
    put(t, 5, "c1");
    flunk(t, &j, JOB_GIVE_UP);
    ck_assert(str_is(row(t, id).state, "ready"));
    t->now_ms += 3600000;
    j = claim(t, &w);
    ck_assert_int_eq(j.attempts, 1);
    flunk(t, &j, JOB_GIVE_UP);
    ck_assert(str_is(row(t, id).state, "dead"));
}

START_TEST(what_was_asked_for_meanwhile_outlives_a_failure)
{
    testdb_each(afresh);
}
END_TEST

/* Fairness and figures ----------------------------------------------------------- */

static void fair(struct testdb *t)
{
    struct job_worker w = worker("a");
    char key[16];
    for (int i = 0; i < 50; i++) {
        snprintf(key, sizeof key, "c%d", i);
        put(t, 7, key);
    }
    put(t, 3, "late");
    put(t, 8, "late");
    put(t, 0, "own");
    bool seen[10] = {false};
    for (int i = 0; i < 4; i++)
        seen[claim(t, &w).tenant_id] = true;
    ck_assert(seen[0] && seen[3] && seen[7] && seen[8]);
    for (int i = 0; i < 49; i++)
        ck_assert_int_eq(claim(t, &w).tenant_id, 7);
}

START_TEST(a_tenant_with_many_jobs_holds_up_nobody)
{
    testdb_each(fair);
}
END_TEST

static void figures(struct testdb *t)
{
    struct err e = {0};
    struct job_worker w = worker("a");
    struct job_stats s;
    ck_assert_int_eq(job_stats(t->db, &t->env, &s, &e), 0);
    ck_assert_int_eq(s.ready + s.running + s.done + s.dead + s.oldest_due_ms, 0);
    put(t, 1, "a");
    put(t, 2, "b");
    put(t, 3, "c");
    put(t, 4, "d");
    struct job j = claim(t, &w);
    finish(t, &j);
    j = claim(t, &w);
    flunk(t, &j, JOB_GIVE_UP);
    j = claim(t, &w);
    t->now_ms += 3000;
    ck_assert_int_eq(job_stats(t->db, &t->env, &s, &e), 0);
    ck_assert_int_eq(s.ready, 1);
    ck_assert_int_eq(s.due, 1);
    ck_assert_int_eq(s.running, 1);
    ck_assert_int_eq(s.done, 1);
    ck_assert_int_eq(s.dead, 1);
    ck_assert_int_eq(s.oldest_due_ms, 3000);
    struct job_row *rows;
    size_t n;
    ck_assert_int_eq(job_list(t->db, t->a, STR(""), 3, &rows, &n, &e), 0);
    ck_assert_uint_eq(n, 3);
    ck_assert_int_eq(job_list(t->db, t->a, STR("dead"), 10, &rows, &n, &e), 0);
    ck_assert_uint_eq(n, 1);
    ck_assert(str_is(rows[0].key, "b"));
    ck_assert_int_eq(job_purge(t->db, t->now_ms, 0, &e), 1);
    ck_assert_int_eq(job_purge(t->db, t->now_ms, t->now_ms, &e), 1);
    struct job_row r;
    ck_assert_int_eq(job_read(t->db, t->a, 1, &r, &e), -1);
    ck_assert_int_eq(e.code, ERR_NOTFOUND);
}

START_TEST(an_administrator_sees_the_queue)
{
    testdb_each(figures);
}
END_TEST

/* Several processes ---------------------------------------------------------------- */

static void work_off(struct testdb *t, int i)
{
    char name[16];
    struct err e = {0};
    snprintf(name, sizeof name, "w%d", i);
    struct job_worker w = worker(name);
    struct db_sql sql = {"SEEN", "INSERT INTO seen (job_id) VALUES ($1)",
                         "INSERT INTO seen (job_id) VALUES ($1)"};
    struct db_opt o = {.url = t->url, .sql = &sql, .sql_n = 1};
    struct db *notes = db_open(&o, &e);
    struct job j;
    for (int idle = 0; idle < 3;) {
        if (try_claim(t, &w, &j) == 0) {
            idle++;
            continue;
        }
        ck_assert_int_eq(db_do(notes, 0, &e, DB_I(j.job_id)), 1);
        finish(t, &j);
    }
    db_close(notes);
}

static void exactly_once(struct testdb *t)
{
    char key[16];
    testdb_sql(t, "CREATE TABLE seen (job_id BIGINT NOT NULL);\n");
    for (int i = 0; i < 400; i++) {
        snprintf(key, sizeof key, "c%d", i);
        put(t, 1 + i % 7, key);
    }
    testdb_fork(t, 4, work_off);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM seen"), 400);
    ck_assert_int_eq(testdb_number(t, "SELECT count(DISTINCT job_id) FROM seen"), 400);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM job WHERE state = 'done'"),
                     400);
}

/* The usual claim gave 400 jobs 1,018 times (ARCHITECTURE, decisions). */
START_TEST(four_workers_claim_four_hundred_jobs_once_each)
{
    testdb_each(exactly_once);
}
END_TEST

static void claim_and_hang(struct testdb *t, int fd)
{
    struct err e = {0};
    struct job_worker w = worker("doomed");
    struct job j = claim(t, &w);
    ck_assert_int_eq(job_checkpoint(t->db, &t->env, &j, STR("page 2"), &e), 0);
    ck_assert_int_eq(write(fd, "x", 1), 1);
    for (;;)
        pause();
}

static void killed(struct testdb *t)
{
    put(t, 5, "c1");
    testdb_pause(t);
    int fd;
    char c;
    pid_t pid = testdb_spawn(t, claim_and_hang, &fd);
    ck_assert_int_eq(read(fd, &c, 1), 1);
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    close(fd);
    testdb_resume(t);
    struct job_worker w = worker("heir");
    struct job j;
    ck_assert_int_eq(try_claim(t, &w, &j), 0);
    t->now_ms += 10001;
    ck_assert_int_eq(try_claim(t, &w, &j), 1);
    ck_assert(str_is(j.checkpoint, "page 2"));
    finish(t, &j);
}

START_TEST(a_killed_workers_job_goes_on_from_its_checkpoint)
{
    testdb_each(killed);
}
END_TEST

static void add_same(struct testdb *t, int i)
{
    t->now_ms += i; /* ids are made of the clock */
    for (int k = 0; k < 20; k++)
        put(t, 5, "c1");
}

static void asked_at_once(struct testdb *t)
{
    testdb_fork(t, 4, add_same);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM job"), 1);
}

START_TEST(many_processes_ask_for_one_job)
{
    testdb_each(asked_at_once);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("job");
    TCase *c = tcase_create("job");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, of_one_name_one_job_is_open);
    tcase_add_test(c, asked_for_while_it_runs_it_runs_once_more);
    tcase_add_test(c, a_schedule_does_not_cut_short_a_back_off_but_a_person_does);
    tcase_add_test(c, a_job_belongs_to_the_transaction_that_asks_for_it);
    tcase_add_test(c, who_lost_the_lease_can_do_nothing_more);
    tcase_add_test(c, a_renewal_fences_the_handlers_transaction);
    tcase_add_test(c, a_released_job_loses_no_attempt);
    tcase_add_test(c, failures_wait_longer_each_time_and_end);
    tcase_add_test(c, a_handler_may_give_up_or_wait);
    tcase_add_test(c, a_job_that_kills_its_workers_ends);
    tcase_add_test(c, what_was_asked_for_meanwhile_outlives_a_failure);
    tcase_add_test(c, a_tenant_with_many_jobs_holds_up_nobody);
    tcase_add_test(c, an_administrator_sees_the_queue);
    tcase_add_test(c, four_workers_claim_four_hundred_jobs_once_each);
    tcase_add_test(c, a_killed_workers_job_goes_on_from_its_checkpoint);
    tcase_add_test(c, many_processes_ask_for_one_job);
    suite_add_tcase(s, c);
    return suite_main(s);
}
