/* Statements in any order, told twice, voided before or after they were looked at: the
 * same states. A property test over random schedules, through the job. */
#include "support/learnkit.h"
#include "support/suite.h"
#include "support/takekit.h"

#include "base/log.h"
#include "store/receiver.h"
#include "store/state.h"
#include "store/statement.h"
#include "sync/statements.h"

#define SCHEDULES 60 /* on each database, a person each */
#define FACTS 12
#define ARRIVALS (FACTS + 4) /* some twice */

static const struct keyring ring = {.seal = {1, 2, 3}, .mark = {4}};

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % below;
}

static struct str key_of(struct learn *l, int64_t person, int k)
{
    return str_fmt(l->a, "%08llx-0000-4000-8000-%012x", (long long)person, k);
}

/* Answers; one try told by three verbs; two of all that voided. */
static struct statement_in fact(struct learn *l, int64_t person, int k)
{
    static const char *const verbs[] = {"scored", "passed", "completed"};
    const char *base = "http://adlnet.gov/expapi/verbs/";
    struct statement_in in = {.key = key_of(l, person, k), .voids = STR_EMPTY};
    struct str head =
        str_fmt(l->a,
                "{\"actor\":{\"account\":{\"homePage\":\"https://lms.example\","
                "\"name\":\"s%lld\"}},\"timestamp\":\"2026-03-%02dT10:00:00Z\"",
                (long long)person, 1 + k);
    if (k < 7) {
        in.document =
            str_fmt(l->a,
                    "%.*s,\"verb\":{\"id\":\"%sanswered\"},\"object\":{\"id\":"
                    "\"https://lms.example/mod/%d\"},\"result\":{\"success\":%s}}",
                    STR_ARG(head), base, k % 5, k % 3 ? "true" : "false");
    } else if (k < 10) {
        in.document = str_fmt(
            l->a,
            "%.*s,\"verb\":{\"id\":\"%s%s\"},\"object\":{\"id\":"
            "\"https://lms.example/mod/2\"},\"result\":{\"score\":{\"scaled\":0.%d}},"
            "\"context\":{\"registration\":\"6690e6c9-3ef0-4ed3-8b37-7f3964730bee\"}}",
            STR_ARG(head), base, verbs[k - 7], k - 3);
    } else {
        in.voids = key_of(l, person, k == 10 ? 1 : 9);
        in.document = str_fmt(l->a,
                              "%.*s,\"verb\":{\"id\":\"%svoided\"},\"object\":{"
                              "\"objectType\":\"StatementRef\",\"id\":\"%.*s\"}}",
                              STR_ARG(head), base, STR_ARG(in.voids));
    }
    return in;
}

static void send(struct testdb *t, const struct receiver *key,
                 const struct statement_in *rows, size_t n)
{
    struct err e = {0};
    struct statement_batch b = {.tenant_id = KIT_TENANT,
                                .key_id = key->key_id,
                                .kind = STR("xapi"),
                                .now_ms = t->now_ms,
                                .rows = rows,
                                .n = n};
    kit_must(statement_add(t->db, &t->env, t->a, &ring, &b, &e), &e);
}

/* One person's statements in an order of their own. */
static void schedule(struct testdb *t, struct learn *l, const struct receiver *key,
                     int64_t person, uint32_t seed)
{
    struct statement_in rows[ARRIVALS];
    for (int i = 0; i < ARRIVALS; i++)
        rows[i] = fact(l, person, i < FACTS ? i : (int)draw(&seed, FACTS));
    for (uint32_t i = ARRIVALS - 1; i > 0; i--) {
        uint32_t j = draw(&seed, i + 1);
        struct statement_in x = rows[i];
        rows[i] = rows[j];
        rows[j] = x;
    }
    for (size_t i = 0; i < ARRIVALS; i++) {
        send(t, key, &rows[i], 1);
        if (draw(&seed, 4) == 0)
            takekit_run(t, &ring);
    }
    takekit_run(t, &ring);
}

static struct str skills(struct learn *l, int64_t person)
{
    struct state s;
    struct err e = {0};
    struct buf b;
    buf_init(&b, l->a, 1024);
    kit_must(state_read(l->db, l->a, l->tenant_id, l->course_id, person, &s, &e), &e);
    for (size_t i = 0; i < s.skills_n; i++)
        buf_fmt(&b, "%.*s %.17g %.17g %.17g %.*s %lld\n", STR_ARG(s.skills[i].skill_code),
                s.skills[i].p_mastery, s.skills[i].p_low, s.skills[i].p_high,
                STR_ARG(s.skills[i].word), (long long)s.skills[i].last_ms);
    return buf_view(&b);
}

static void platform(struct testdb *t)
{
    testdb_sql(t,
               "INSERT INTO registration (registration_id, issuer, client_id, name, "
               "auth_url, token_url, jwks_url, token_aud, state, deployment_policy, "
               "allow_anonymous, admins_are_staff, strict_target, trusted_audiences, "
               "product_family, frame_origins, clock_offset_ms, created_ms, changed_ms) "
               "VALUES (5, 'i', 'c', 'n', 'a', 't', 'j', '', 'active', 'reject', 0, 0, "
               "0, '[]', '', '[]', 0, 0, 0);\n"
               "INSERT INTO tenant (tenant_id, registration_id, deployment_id, state, "
               "settings, created_ms) VALUES (7, 5, '1', 'active', '{}', 0);\n");
}

static void any_order(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct str secret, first = STR_EMPTY;
    struct receiver key = {.tenant_id = KIT_TENANT,
                           .course_id = KIT_COURSE,
                           .kind = STR("xapi"),
                           .homes = STR("lms.example"),
                           .label = STR("Test")};
    platform(t);
    t->now_ms = INT64_C(1775000000000); /* after March 2026 */
    kit_course(t, &l, SCHEDULES);
    kit_publish(&l);
    kit_must(receiver_add(t->db, &t->env, t->a, &key, &secret, &e), &e);
    for (int i = 0; i < SCHEDULES; i++) {
        schedule(t, &l, &key, KIT_PERSON + i, (uint32_t)i * 7919u + 1);
        struct str now = skills(&l, KIT_PERSON + i);
        first = i == 0 ? now : first;
        ck_assert_msg(str_eq(now, first), "schedule %d\n%.*s\nfirst\n%.*s", i,
                      STR_ARG(now), STR_ARG(first));
    }
    ck_assert(str_find(first, STR("learning"), 0) != SIZE_MAX);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM statement WHERE state = 'voided'"),
        2 * SCHEDULES);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM statement WHERE state = 'used'"),
        10 * SCHEDULES);
    kit_replay(&l);
}

START_TEST(any_order_gives_the_same_states)
{
    testdb_each(any_order);
}
END_TEST

/* Records about more courses than fit into memory at once, or about none of very many,
 * ended the process; its job was tried again in vain, and nothing of the tenant came in.
 */
static void many_courses(struct testdb *t)
{
    enum { BIG = 5, SMALL = 2000, RECORDS = 300 };
    struct learn l;
    struct err e = {0};
    struct str secret;
    struct buf b;
    struct receiver key = {.tenant_id = KIT_TENANT,
                           .kind = STR("xapi"),
                           .homes = STR("lms.example"),
                           .label = STR("Test")};
    platform(t);
    kit_course(t, &l, 40);
    kit_must(receiver_add(t->db, &t->env, t->a, &key, &secret, &e), &e);
    buf_init(&b, t->a, 200000);
    buf_c(&b, "UPDATE person SET name_sealed = '");
    for (int i = 0; i < 10000; i++)
        buf_c(&b, "0123456789");
    buf_c(&b, "';\n");
    for (int i = 0; i < 4; i++) /* 1.6 MB each */
        buf_c(&b, "UPDATE person SET name_sealed = name_sealed || name_sealed;\n");
    for (int i = 1; i <= BIG + SMALL; i++)
        buf_fmt(&b,
                "INSERT INTO course (tenant_id, course_id, context_id, title, label, "
                "map_id, rules_version, modality, ags_scopes, roster_ms, grades_ms, "
                "states_ms, created_ms) VALUES (%d, %d, 'urn:c%d', 'C', 'C', NULL, '', "
                "'', '[]', 0, 0, 0, 1);\n",
                KIT_TENANT, KIT_COURSE + i, i);
    for (int i = 1; i <= BIG; i++)
        buf_fmt(&b,
                "INSERT INTO enrolment (tenant_id, course_id, person_id, roles, "
                "is_learner, is_staff, is_test, status, source, seen_ms, version) SELECT "
                "tenant_id, %d, person_id, roles, is_learner, is_staff, is_test, status, "
                "source, seen_ms, version FROM enrolment WHERE course_id = %d;\n",
                KIT_COURSE + i, KIT_COURSE);
    testdb_sql(t, buf_view(&b).p);
    for (int i = 0; i < BIG + RECORDS; i++) {
        struct str other = STR("https://lms.example/nowhere/of/any/course?id=");
        struct statement_in in = {.key = key_of(&l, 1, i), .voids = STR_EMPTY};
        buf_init(&b, t->a, 1024);
        buf_c(&b, "{\"actor\":{\"account\":{\"homePage\":\"https://lms.example\","
                  "\"name\":\"nobody\"}},\"verb\":{\"id\":\"http://adlnet.gov/"
                  "expapi/verbs/answered\"},\"object\":{\"id\":"
                  "\"https://lms.example/mod/1\"},"
                  "\"result\":{\"success\":true},\"context\":{\"contextActivities\":{"
                  "\"grouping\":[");
        for (int k = 0; i >= BIG && k < 7; k++)
            buf_fmt(&b, "%s{\"id\":\"%.*s%d\"}", k > 0 ? "," : "", STR_ARG(other), k);
        if (i < BIG)
            buf_fmt(&b, "{\"id\":\"urn:c%d\"}", i + 1);
        buf_c(&b, "]}}}");
        in.document = buf_view(&b);
        send(t, &key, &in, 1);
    }
    takekit_run(t, &ring);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM statement WHERE state = 'waiting'"),
        BIG + RECORDS);
    ck_assert_int_eq(testdb_number(t, "SELECT count(DISTINCT course_id) FROM statement"),
                     BIG);
}

START_TEST(bug_records_of_many_courses_ended_the_process)
{
    testdb_each(many_courses);
}
END_TEST

#define MANY 4200 /* more than a lot has */

static void send_many(struct testdb *t, struct learn *l, const struct receiver *key,
                      bool voids)
{
    struct statement_in rows[100];
    for (int i = 0; i < MANY;) {
        struct arena *a = arena_new(1 << 20);
        size_t n = 0;
        struct learn own = *l;
        own.a = a;
        for (; n < 100 && i < MANY; n++, i++) {
            rows[n] = fact(&own, KIT_PERSON, voids ? 10 : 0);
            rows[n].key = key_of(&own, voids ? 1 : 2, i);
            if (voids)
                rows[n].voids = key_of(&own, 2, i);
        }
        send(t, key, rows, n);
        arena_free(a);
    }
}

static void many_voids(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct str secret;
    struct receiver key = {.tenant_id = KIT_TENANT,
                           .course_id = KIT_COURSE,
                           .kind = STR("xapi"),
                           .homes = STR("lms.example"),
                           .label = STR("Test")};
    platform(t);
    t->now_ms = INT64_C(1775000000000);
    kit_course(t, &l, 1);
    kit_publish(&l);
    kit_must(receiver_add(t->db, &t->env, t->a, &key, &secret, &e), &e);
    send_many(t, &l, &key, true);
    send_many(t, &l, &key, false);
    takekit_run(t, &ring);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM statement WHERE state = 'voided'"), MANY);
    ck_assert_int_eq(
        testdb_number(t, "SELECT count(*) FROM statement WHERE state = 'used'"), MANY);
}

/* Each waited for a record behind it, all of them filled a lot, and the job looked at
 * that lot again and again. */
START_TEST(many_that_take_back_what_comes_behind_do_not_stop_the_job)
{
    testdb_each(many_voids);
}
END_TEST

int main(void)
{
    log_threshold(LOG_WARN);
    Suite *s = suite_create("take");
    TCase *c = tcase_create("take");
    tcase_set_timeout(c, 170);
    tcase_add_test(c, any_order_gives_the_same_states);
    tcase_add_test(c, bug_records_of_many_courses_ended_the_process);
    tcase_add_test(c, many_that_take_back_what_comes_behind_do_not_stop_the_job);
    suite_add_tcase(s, c);
    return suite_main(s);
}
