/* Scores out of the outbox (LTI.md AGS-7 to AGS-9): once, in order, later, never. */
#include "store/outbox.h"
#include "support/suite.h"
#include "support/svckit.h"
#include "sync/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TENANT 7
#define COURSE 70
#define AT INT64_C(1790000000000)

/* What the platform says to the next posts, by person: slot sub % 8; 0 is 200. */
static void grades(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    char *at = strstr(r->body, "\"userId\":\"");
    int sub = at == NULL ? 0 : atoi(at + 10), status = atomic_load(&s->slot[sub % 8]);
    (void)ctx;
    atomic_fetch_add(&s->slot[8], 1);
    atomic_store(&s->slot[9], sub);
    httpd_answer(fd, status == 0 ? 200 : status, "text/plain",
                 status == 429 ? "Retry-After: 600\r\n" : "", "said so", 7);
}

static void person(struct testdb *t, int id, const char *status, int learner, int test)
{
    char sql[600];
    snprintf(sql, sizeof sql,
             "INSERT INTO person (tenant_id, person_id, sub, locale, created_ms) VALUES "
             "(%d, %d, '%d', 'en', 1);\nINSERT INTO enrolment (tenant_id, course_id, "
             "person_id, roles, is_learner, is_staff, is_test, status, source, seen_ms, "
             "version) VALUES (%d, %d, %d, 1, %d, 0, %d, '%s', 'nrps', 1, 0);\n",
             TENANT, id, id, TENANT, COURSE, id, learner, test, status);
    testdb_sql(t, sql);
}

static void score(struct svckit *k, int outbox_id, int person_id, double given)
{
    char sql[600];
    snprintf(
        sql, sizeof sql,
        "INSERT INTO outbox (tenant_id, outbox_id, course_id, person_id, kind, target, "
        "dedupe_key, payload, state, attempts, next_ms, created_ms, changed_ms) VALUES "
        "(%d, %d, %d, %d, 'score', '%s/i/9?type_id=1', 'k%d', '{\"at_ms\":%lld,"
        "\"scoreGiven\":%g,\"scoreMaximum\":100}', 'pending', 0, 1, 1, 1);\n",
        TENANT, outbox_id, COURSE, person_id, k->srv.base, outbox_id, (long long)AT,
        given);
    testdb_sql(k->t, sql);
}

static void open_kit(struct svckit *k, struct testdb *t)
{
    char sql[900];
    svckit_open(k, t, grades);
    snprintf(
        sql, sizeof sql,
        "INSERT INTO registration (registration_id, issuer, client_id, name, auth_url, "
        "token_url, jwks_url, state, deployment_policy, allow_anonymous, "
        "admins_are_staff, trusted_audiences, strict_target, frame_origins, created_ms, "
        "changed_ms) VALUES (5, 'https://lms', 'c', 'L', 'https://lms/a', '%s/token', "
        "'https://lms/k', 'active', 'auto', 0, 0, '[]', 0, '[]', 1, 1);\n"
        "INSERT INTO tenant (tenant_id, registration_id, deployment_id, state, "
        "settings, created_ms) VALUES (%d, 5, '1', 'active', '{}', 1);\n"
        "INSERT INTO course (tenant_id, course_id, context_id, title, label, "
        "rules_version, modality, ags_scopes, roster_ms, grades_ms, states_ms, "
        "created_ms) VALUES (%d, %d, 'ctx', 'T', 'T', '', '', '[]', 0, 0, 0, 1);\n",
        k->srv.base, TENANT, TENANT, COURSE);
    testdb_sql(t, sql);
    t->now_ms = AT + 60000;
    for (int i = 1; i <= 7; i++)
        person(t, i, i == 6 ? "inactive" : "active", i != 5, i == 7);
}

static const struct job_kind kinds[] = {{"publish.score", publish_score_job, 0, 0},
                                        {"publish.tick", publish_tick_job, 0, 0}};

/* Ask for everything that is due, and run what was asked for. */
static void run(struct svckit *k)
{
    struct sync_app app = {.http = k->svc.http, .svc = k->svc};
    struct job_worker w = {
        .holder = STR("t"), .kinds = kinds, .kinds_n = 2, .last_tenant = -1};
    struct job_runner r = {.db = k->t->db,
                           .env = &k->t->env,
                           .arena = arena_new((size_t)16 << 20),
                           .worker = &w,
                           .app = &app};
    struct job_in in = {.kind = STR("publish.tick")};
    ck_assert_int_ge(job_add(k->t->db, &k->t->env, &in, NULL, &k->e), 0);
    int rc;
    while ((rc = job_run_one(&r, &k->e)) == 1)
        arena_reset(r.arena);
    ck_assert_msg(rc == 0, "%s", k->e.text);
    ck_assert_int_eq(
        testdb_number(k->t, "SELECT count(*) FROM job WHERE state <> 'done'"), 0);
    arena_free(r.arena);
}

static int64_t states(struct svckit *k, const char *state)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM outbox WHERE state = '%s'", state);
    return testdb_number(k->t, sql);
}

static void once(struct testdb *t)
{
    struct svckit k;
    open_kit(&k, t);
    score(&k, 1, 1, 40);
    score(&k, 2, 2, 100);
    score(&k, 5, 5, 10); /* staff */
    score(&k, 6, 6, 10); /* has left */
    score(&k, 7, 7, 10); /* student preview */
    run(&k);
    ck_assert_int_eq(atomic_load(&k.srv.shared->slot[8]), 2);
    ck_assert_int_eq(states(&k, "sent"), 2);
    ck_assert_int_eq(states(&k, "failed"), 3); /* AGS-9 */
    ck_assert_int_eq(
        testdb_number(t, "SELECT last_ms FROM score_clock WHERE person_id = 1"), AT);
    run(&k);
    ck_assert_int_eq(atomic_load(&k.srv.shared->slot[8]), 2); /* nothing twice */
    score(&k, 8, 1, 50);
    run(&k); /* the next score of a person is at least a second younger (AGS-7) */
    ck_assert_int_eq(
        testdb_number(t, "SELECT last_ms FROM score_clock WHERE person_id = 1"),
        AT + 1000);
    svckit_close(&k);
}

START_TEST(once_each)
{
    testdb_each(once);
}
END_TEST

static void later(struct testdb *t)
{
    struct svckit k;
    open_kit(&k, t);
    score(&k, 1, 1, 40);
    score(&k, 2, 2, 50);
    atomic_store(&k.srv.shared->slot[1], 429);
    run(&k); /* who says "slow down" is not asked for the next one either */
    ck_assert_int_eq(atomic_load(&k.srv.shared->slot[8]), 1);
    ck_assert_int_eq(states(&k, "pending"), 2);
    ck_assert_int_ge(testdb_number(t, "SELECT next_ms FROM outbox WHERE outbox_id = 1"),
                     t->now_ms + 600000); /* Retry-After */
    run(&k);                              /* the one behind goes on */
    ck_assert_int_eq(states(&k, "sent"), 1);
    atomic_store(&k.srv.shared->slot[1], 0);
    t->now_ms += 599000;
    run(&k);
    ck_assert_int_eq(states(&k, "sent"), 1);
    t->now_ms += 400000;
    run(&k);
    ck_assert_int_eq(states(&k, "sent"), 2);
    score(&k, 3, 3, 1);
    atomic_store(&k.srv.shared->slot[3], 503);
    t->now_ms = AT + INT64_C(49) * 3600 * 1000;
    run(&k); /* two days are enough (AGS-8) */
    ck_assert_int_eq(states(&k, "failed"), 1);
    svckit_close(&k);
}

START_TEST(tried_later)
{
    testdb_each(later);
}
END_TEST

static void never(struct testdb *t)
{
    struct svckit k;
    struct outbox_item item = {STR("https://lms/i/9"), 100};
    open_kit(&k, t);
    ck_assert_int_eq(
        outbox_item_put(t->db, TENANT, COURSE, STR("mastery"), &item, 1, NULL), 0);
    score(&k, 1, 1, 40);
    score(&k, 2, 2, 40);
    score(&k, 3, 3, 40);
    atomic_store(&k.srv.shared->slot[1], 409); /* the teacher edited the grade */
    atomic_store(&k.srv.shared->slot[2], 422);
    run(&k);
    ck_assert_int_eq(atomic_load(&k.srv.shared->slot[8]), 4); /* 409 is tried once more */
    ck_assert_int_eq(states(&k, "failed"), 2);
    ck_assert_int_eq(states(&k, "sent"), 1);
    ck_assert_int_eq(testdb_number(t,
                                   "SELECT count(*) FROM outbox WHERE outbox_id = 2 AND "
                                   "receipt LIKE '%said so'"),
                     1);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM line_item"), 1);
    score(&k, 4, 4, 40);
    atomic_store(&k.srv.shared->slot[4],
                 404); /* the column is gone: another one, please */
    run(&k);
    ck_assert_int_eq(states(&k, "failed"), 3);
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM line_item"), 0);
    /* a registration that was switched off is not called */
    testdb_sql(t, "UPDATE registration SET state = 'disabled';\n");
    score(&k, 9, 3, 41);
    int before = atomic_load(&k.srv.shared->slot[8]);
    run(&k);
    ck_assert_int_eq(atomic_load(&k.srv.shared->slot[8]), before);
    ck_assert_int_eq(states(&k, "pending"), 1);
    svckit_close(&k);
}

START_TEST(never_again)
{
    testdb_each(never);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("publish");
    TCase *t = tcase_create("publish");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, once_each);
    tcase_add_test(t, tried_later);
    tcase_add_test(t, never_again);
    suite_add_tcase(s, t);
    return suite_main(s);
}
