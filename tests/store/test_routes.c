/* One grade by AGS, by web services, by a file and by xAPI, in every order: it counts
 * once, a correction counts instead of it, and no grade is none. All are invented. */
#include "support/learnkit.h"
#include "support/suite.h"
#include "support/takekit.h"

#include "base/log.h"
#include "learn/import.h"
#include "learn/who.h"
#include "store/receiver.h"
#include "store/statement.h"
#include "sync/statements.h"

#define ROUTES 4
#define ORDERS 24 /* a person each */

static const struct keyring ring = {.seal = {1, 2, 3}, .mark = {4}};

struct kit {
    struct testdb *t;
    struct learn l;
    struct receiver key;
    int sent; /* statements */
};

static void begin(struct kit *k, struct testdb *t)
{
    struct err e = {0};
    struct str secret;
    struct who_note rows[ORDERS];
    *k = (struct kit){.t = t,
                      .key = {.tenant_id = KIT_TENANT,
                              .course_id = KIT_COURSE,
                              .kind = STR("xapi"),
                              .homes = STR("lms.example"),
                              .label = STR("Test")}};
    testdb_sql(t,
               "INSERT INTO registration (registration_id, issuer, client_id, name, "
               "auth_url, token_url, jwks_url, token_aud, state, deployment_policy, "
               "allow_anonymous, admins_are_staff, strict_target, trusted_audiences, "
               "product_family, frame_origins, clock_offset_ms, created_ms, changed_ms) "
               "VALUES (5, 'i', 'c', 'n', 'a', 't', 'j', '', 'active', 'reject', 0, 0, "
               "0, '[]', '', '[]', 0, 0, 0);\n"
               "INSERT INTO tenant (tenant_id, registration_id, deployment_id, state, "
               "settings, created_ms) VALUES (7, 5, '1', 'active', '{}', 0);\n");
    t->now_ms = INT64_C(1775000000000); /* after March 2026 */
    kit_course(t, &k->l, ORDERS);
    k->l.keys = &ring;
    for (int i = 0; i < ORDERS; i++)
        rows[i] = (struct who_note){.sub = str_fmt(t->a, "s%d", KIT_PERSON + i),
                                    .sourcedid = str_fmt(t->a, "n%d", KIT_PERSON + i)};
    kit_must(who_note(&k->l, rows, ORDERS, &e), &e);
    kit_publish(&k->l);
    kit_must(receiver_add(t->db, &t->env, t->a, &k->key, &secret, &e), &e);
}

/* --- the four routes; `score` below 0 is no score ------------------------------ */

/* As sync/results.c and sync/grades.c hand them over: a snapshot of this moment. */
static void by_lms(struct kit *k, int64_t person, double score, const char *source)
{
    struct evidence_in in = kit_grade(&k->l, person, "A", score, k->t->now_ms);
    in.has_score = score >= 0;
    in.source_kind = str_c(source);
    in.source_key = str_fmt(k->t->a, "%s:A", source);
    kit_take(&k->l, &in, 1);
}

static void by_file(struct kit *k, int64_t person, double score)
{
    struct err e = {0};
    struct import_counts c;
    struct str mark = score < 0 ? STR("-") : str_fmt(k->t->a, "%g", score);
    struct import_run run = {.file_name = STR("grades.csv"),
                             .document =
                                 str_fmt(k->t->a, "id number,Check A\nn%lld,%.*s\n",
                                         (long long)person, STR_ARG(mark)),
                             .choices = STR_EMPTY,
                             .counts = STR_EMPTY,
                             .form = STR_EMPTY};
    kit_must(import_keep(&k->l, &run, &e), &e);
    kit_must(import_take(&k->l, run.id, NULL, &c, &e), &e);
    ck_assert_int_eq(c.refused, 0);
}

static void by_statement(struct kit *k, int64_t person, double score)
{
    struct err e = {0};
    struct arena *a = k->t->a;
    int n = ++k->sent;
    struct str result =
        score < 0 ? STR("{\"success\":true}")
                  : str_fmt(a, "{\"score\":{\"raw\":%g,\"min\":0,\"max\":10}}", score);
    struct statement_in in = {
        .key = str_fmt(a, "%08x-0000-4000-8000-000000000000", n),
        .voids = STR_EMPTY,
        .document =
            str_fmt(a,
                    "{\"actor\":{\"account\":{\"homePage\":\"https://lms.example\","
                    "\"name\":\"s%lld\"}},\"verb\":{\"id\":"
                    "\"http://adlnet.gov/expapi/verbs/scored\"},\"object\":{\"id\":"
                    "\"https://lms.example/mod/0\"},\"result\":%.*s,\"context\":{"
                    "\"registration\":\"6690e6c9-3ef0-4ed3-8b37-7f3964730bee\"},"
                    "\"timestamp\":\"2026-03-01T10:%02d:%02dZ\"}",
                    (long long)person, STR_ARG(result), n / 60 % 60, n % 60)};
    struct statement_batch b = {.tenant_id = KIT_TENANT,
                                .key_id = k->key.key_id,
                                .kind = STR("xapi"),
                                .now_ms = k->t->now_ms,
                                .rows = &in,
                                .n = 1};
    kit_must(statement_add(k->t->db, &k->t->env, a, &ring, &b, &e), &e);
    takekit_run(k->t, &ring);
}

static void arrive(struct kit *k, int64_t person, int route, double score)
{
    k->t->now_ms += 1000;
    if (route == 2)
        by_file(k, person, score);
    else if (route == 3)
        by_statement(k, person, score);
    else
        by_lms(k, person, score, route == 0 ? "ags" : "moodle-ws");
}

/* The i-th order of the routes. */
static void order_of(int i, int order[ROUTES])
{
    int left[ROUTES] = {0, 1, 2, 3};
    for (int n = ROUTES; n > 0; n--) {
        order[ROUTES - n] = left[i % n];
        for (int j = i % n; j + 1 < n; j++)
            left[j] = left[j + 1];
        i /= n;
    }
}

/* --- what must hold ------------------------------------------------------------ */

static int64_t of_skill(struct kit *k, int64_t person, const char *what)
{
    return testdb_number(k->t, str_fmt(k->t->a,
                                       "SELECT coalesce(max(CAST(%s AS BIGINT)), 0) "
                                       "FROM state_skill WHERE person_id = %lld AND "
                                       "skill_code = 'A'",
                                       what, (long long)person)
                                   .p);
}

static int64_t rows_of(struct kit *k, int64_t person)
{
    return testdb_number(
        k->t, str_fmt(k->t->a, "SELECT count(*) FROM evidence WHERE person_id = %lld",
                      (long long)person)
                  .p);
}

/* Whichever came first, what counts is one grade, and the others are witnesses of it. */
static void same_grade(struct kit *k, int64_t person, const int *order, double score,
                       bool again)
{
    for (int i = 0; i < ROUTES; i++) {
        int64_t before = rows_of(k, person);
        arrive(k, person, order[i], score);
        ck_assert_int_eq(of_skill(k, person, "evidence_n"), 1);
        ck_assert_int_eq(rows_of(k, person), before + 1);
        if (!again || order[i] == 3)
            continue; /* a statement that is sent anew has a number of its own */
        arrive(k, person, order[i], score);
        ck_assert_int_eq(rows_of(k, person), before + 1);
    }
}

static void every_order(struct testdb *t)
{
    struct kit k;
    int64_t once = 0, corrected = 0;
    begin(&k, t);
    for (int i = 0; i < ORDERS; i++) {
        int order[ROUTES];
        int64_t person = KIT_PERSON + i;
        order_of(i, order);
        for (int route = 0; route < ROUTES; route++)
            arrive(&k, person, route, -1);
        ck_assert_msg(rows_of(&k, person) == 0, "no grade is none, by no route");
        ck_assert_int_eq(of_skill(&k, person, "evidence_n"), 0);

        same_grade(&k, person, order, 6, true);
        int64_t p = of_skill(&k, person, "p_mastery * 1000000");
        once = i == 0 ? p : once;
        ck_assert_int_eq(p, once);

        same_grade(&k, person, order, 9, false);
        p = of_skill(&k, person, "p_mastery * 1000000");
        corrected = i == 0 ? p : corrected;
        ck_assert_int_eq(p, corrected);
        ck_assert_int_gt(corrected, once);
        ck_assert_int_eq(rows_of(&k, person), 2 * ROUTES);
    }
    kit_replay(&k.l);
}

START_TEST(one_grade_by_four_routes_counts_once_and_its_correction_too)
{
    testdb_each(every_order);
}
END_TEST

int main(void)
{
    log_threshold(LOG_WARN);
    Suite *s = suite_create("routes");
    TCase *c = tcase_create("routes");
    tcase_set_timeout(c, 170);
    tcase_add_test(c, one_grade_by_four_routes_counts_once_and_its_correction_too);
    suite_add_tcase(s, c);
    return suite_main(s);
}
