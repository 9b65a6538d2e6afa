/* Statements in any order, told twice, voided before or after they were looked at: the
 * same states. A property test over random schedules, through the job. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "base/log.h"
#include "store/receiver.h"
#include "store/state.h"
#include "store/statement.h"
#include "sync/statements.h"

#define SCHEDULES 60 /* on each database, a person each */
#define FACTS 12
#define ARRIVALS (FACTS + 4) /* some twice */

static const struct keyring ring = {.seal = {1, 2, 3}, .mark = {4}};
static const struct conf conf;

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

static void run_jobs(struct testdb *t)
{
    static const struct job_kind kinds[] = {
        {.name = "statements.take", .fn = statements_take_job}};
    struct sync_app app = {.learn = {&conf, &ring}};
    struct job_worker w = {
        .holder = STR("take"), .kinds = kinds, .kinds_n = 1, .last_tenant = -1};
    struct job_in in = {.tenant_id = KIT_TENANT, .kind = STR("statements.take")};
    struct err e = {0};
    struct arena *a = arena_new((size_t)64 << 20);
    struct job_runner r = {
        .db = t->db, .env = &t->env, .arena = a, .worker = &w, .app = &app};
    kit_must(job_add(t->db, &t->env, &in, NULL, &e), &e);
    kit_must(job_run_one(&r, &e), &e);
    t->now_ms += 5000; /* when it looks once more */
    kit_must(job_run_one(&r, &e), &e);
    arena_free(a);
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
            run_jobs(t);
    }
    run_jobs(t);
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

int main(void)
{
    log_threshold(LOG_WARN);
    Suite *s = suite_create("take");
    TCase *c = tcase_create("take");
    tcase_set_timeout(c, 170);
    tcase_add_test(c, any_order_gives_the_same_states);
    suite_add_tcase(s, c);
    return suite_main(s);
}
