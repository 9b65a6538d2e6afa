#include "support/publishkit.h"

#include "service/ags.h"
#include "support/suite.h"
#include "sync/publish.h"

#include <stdio.h>

void publishkit_person(struct testdb *t, int id, const char *status, int learner,
                       int test)
{
    char sql[600];
    snprintf(sql, sizeof sql,
             "INSERT INTO person (tenant_id, person_id, sub, locale, created_ms) VALUES "
             "(%d, %d, '%d', 'en', 1);\nINSERT INTO enrolment (tenant_id, course_id, "
             "person_id, roles, is_learner, is_staff, is_test, status, source, seen_ms, "
             "version) VALUES (%d, %d, %d, 1, %d, 0, %d, '%s', 'nrps', 1, 0);\n",
             PUBLISHKIT_TENANT, id, id, PUBLISHKIT_TENANT, PUBLISHKIT_COURSE, id, learner,
             test, status);
    testdb_sql(t, sql);
}

void publishkit_score(struct svckit *k, int outbox_id, int person_id, double given)
{
    char sql[600];
    snprintf(
        sql, sizeof sql,
        "INSERT INTO outbox (tenant_id, outbox_id, course_id, person_id, kind, target, "
        "dedupe_key, payload, state, attempts, next_ms, created_ms, changed_ms) VALUES "
        "(%d, %d, %d, %d, 'score', '%s/i/9?type_id=1', 'k%d', '{\"at_ms\":%lld,"
        "\"scoreGiven\":%g,\"scoreMaximum\":100}', 'pending', 0, 1, %lld, 1);\n",
        PUBLISHKIT_TENANT, outbox_id, PUBLISHKIT_COURSE, person_id, k->srv.base,
        outbox_id, (long long)PUBLISHKIT_AT, given, (long long)PUBLISHKIT_AT);
    testdb_sql(k->t, sql);
}

void publishkit_open(struct svckit *k, struct testdb *t, httpd_fn fn)
{
    char sql[1400];
    svckit_open(k, t, fn);
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
        "created_ms, ags_lineitems_url) VALUES (%d, %d, 'ctx', 'T', 'T', '', '', "
        "'[\"" SCOPE_SCORE "\",\"" SCOPE_RESULT_RO "\",\"" SCOPE_LINEITEM_RO
        "\"]', 0, 0, 0, 1, '%s/i');\n",
        k->srv.base, PUBLISHKIT_TENANT, PUBLISHKIT_TENANT, PUBLISHKIT_COURSE,
        k->srv.base);
    testdb_sql(t, sql);
    t->now_ms = PUBLISHKIT_AT + 60000;
    for (int i = 1; i <= 7; i++)
        publishkit_person(t, i, i == 6 ? "inactive" : "active", i != 5, i == 7);
}

static const struct job_kind kinds[] = {{"publish.score", publish_score_job, 0, 0},
                                        {"publish.tick", publish_tick_job, 0, 0}};

/* Ask for everything that is due, and run what was asked for. */
void publishkit_run(struct svckit *k)
{
    static const struct conf conf = {.platform_calls = 6};
    struct sync_app app = {.learn = {.conf = &conf}, .http = k->svc.http, .svc = k->svc};
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
    ck_assert_int_eq(testdb_number(k->t,
                                   "SELECT count(*) FROM job WHERE state NOT IN ('done', "
                                   "'ready')"),
                     0);
    arena_free(r.arena);
}
