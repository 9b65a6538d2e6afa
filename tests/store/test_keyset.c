/* Key sets are fetched by a job before they end: no launch waits for them (JWKS-5). */
#include "jose/jwks.h"
#include "service/keyfetch.h"
#include "store/keys.h"
#include "store/registration.h"
#include "support/suite.h"
#include "support/svckit.h"
#include "support/token.h"
#include "sync/keyset.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

enum { ASKED, DOWN, SHORT }; /* slots of the server */

static void serve(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    (void)r;
    (void)ctx;
    atomic_fetch_add(&s->slot[ASKED], 1);
    if (atomic_load(&s->slot[DOWN])) {
        httpd_answer(fd, 503, "text/plain", "", "down", 4);
        return;
    }
    struct arena *a = arena_new((size_t)1 << 20);
    struct str jwk = token_jwk(a, TOKEN_KEY, "k1");
    struct str body = str_fmt(a, "{\"keys\":[%.*s]}", STR_ARG(jwk));
    bool brief = atomic_load(&s->slot[SHORT]) != 0;
    httpd_answer(fd, 200, "application/json",
                 brief ? "Cache-Control: no-cache, max-age=0\r\n" : "", body.p, body.n);
    arena_free(a);
}

struct bench {
    struct svckit k;
    struct testdb *t;
    struct registration reg;
    struct sync_app app;
    struct job_runner runner;
    struct job_worker worker;
};

static void begin(struct bench *b, struct testdb *t)
{
    struct err e = {0};
    *b = (struct bench){.t = t};
    svckit_open(&b->k, t, serve);
    b->reg = (struct registration){.issuer = STR("https://lms.example.edu"),
                                   .client_id = STR("client-1"),
                                   .name = STR("Example (invented)"),
                                   .auth_url = STR("https://lms.example.edu/auth"),
                                   .token_url = STR("https://lms.example.edu/token"),
                                   .jwks_url = svckit_url(&b->k, "/jwks"),
                                   .state = STR("active"),
                                   .deployment_policy = STR("reject"),
                                   .trusted_audiences = STR("[]"),
                                   .frame_origins = STR("[]")};
    ck_assert_int_eq(registration_add(t->db, &t->env, &b->reg, &e), 0);
    b->app.http = b->k.svc.http;
    size_t n;
    b->worker = (struct job_worker){.holder = STR("test"), .last_tenant = -1};
    b->worker.kinds = sync_kinds(&n);
    b->worker.kinds_n = n;
    b->runner = (struct job_runner){.db = t->db,
                                    .env = &t->env,
                                    .arena = arena_new((size_t)1 << 22),
                                    .worker = &b->worker,
                                    .app = &b->app};
}

static void end(struct bench *b)
{
    arena_free(b->runner.arena);
    svckit_close(&b->k);
}

/* The clock's turn, and every job that comes of it; how many. */
static int turn(struct bench *b)
{
    struct err e = {0};
    struct job_in in = {.kind = STR("keys.tick")};
    int ran = 0;
    ck_assert_int_ge(job_add(b->t->db, &b->t->env, &in, NULL, &e), 0);
    for (int n = 1; n == 1; ran += n) {
        n = job_run_one(&b->runner, &e);
        ck_assert_msg(n >= 0, "%s", e.text);
        arena_reset(b->runner.arena);
    }
    return ran - 1; /* the turn itself */
}

static int asked(const struct bench *b)
{
    return atomic_load(&b->k.srv.shared->slot[ASKED]);
}

static enum jwks_result launch(struct bench *b)
{
    struct err e = {0};
    struct jwks_found found;
    struct jwks *j = jwks_new(keyfetch_http, b->app.http); /* a worker without memory */
    struct jwks_query q = {b->reg.id, b->reg.jwks_url, STR("k1")};
    enum jwks_result r = jwks_find(j, b->t->db, &b->t->env, b->t->a, &q, &found, &e);
    jwks_free(j);
    return r;
}

static void fresh(struct testdb *t)
{
    struct bench b;
    begin(&b, t);
    ck_assert_int_eq(turn(&b), 0); /* nobody launched yet: no key is asked for */
    ck_assert_int_eq(launch(&b), JWKS_FOUND);
    ck_assert_int_eq(asked(&b), 1);
    t->now_ms += 49 * MINUTE;
    ck_assert_int_eq(turn(&b), 0); /* more than ten minutes are left */
    t->now_ms += 2 * MINUTE;
    ck_assert_int_eq(turn(&b), 1);
    ck_assert_int_eq(asked(&b), 2);
    t->now_ms += 15 * MINUTE; /* the first set would have ended: no launch fetches */
    ck_assert_int_eq(launch(&b), JWKS_FOUND);
    ck_assert_int_eq(asked(&b), 2);
    end(&b);
}

/* A platform that is down is asked ever more rarely; launches go on without it. */
static void down(struct testdb *t)
{
    struct bench b;
    begin(&b, t);
    ck_assert_int_eq(launch(&b), JWKS_FOUND);
    atomic_store(&b.k.srv.shared->slot[DOWN], 1);
    t->now_ms += 55 * MINUTE;
    ck_assert_int_eq(turn(&b), 1);
    ck_assert_int_eq(turn(&b), 0); /* not again at once */
    ck_assert_int_eq(asked(&b), 2);
    ck_assert_int_eq(launch(&b), JWKS_FOUND);
    ck_assert_int_eq(asked(&b), 2);
    t->now_ms += 5 * MINUTE;
    ck_assert_int_eq(turn(&b), 1);
    t->now_ms += 4 * HOUR; /* down for four hours: a quarter of it passes between tries */
    ck_assert_int_eq(turn(&b), 1);
    t->now_ms += 59 * MINUTE;
    ck_assert_int_eq(turn(&b), 0);
    t->now_ms += 30 * MINUTE;
    ck_assert_int_eq(turn(&b), 1);
    end(&b);
}

static void switched_off(struct testdb *t)
{
    struct bench b;
    struct err e = {0};
    begin(&b, t);
    ck_assert_int_eq(launch(&b), JWKS_FOUND);
    ck_assert_int_eq(
        registration_set_state(t->db, b.reg.id, STR("disabled"), t->now_ms, &e), 1);
    t->now_ms += HOUR;
    ck_assert_int_eq(turn(&b), 0);
    end(&b);
}

/* A set that lives for five minutes always "ends soon": it was fetched every minute. */
static void brief_sets(struct testdb *t)
{
    struct bench b;
    begin(&b, t);
    atomic_store(&b.k.srv.shared->slot[SHORT], 1);
    ck_assert_int_eq(launch(&b), JWKS_FOUND);
    int before = asked(&b);
    for (int minute = 1; minute <= 12; minute++) {
        t->now_ms += MINUTE;
        turn(&b);
        ck_assert_int_eq(launch(&b), JWKS_FOUND);
    }
    ck_assert_int_eq(asked(&b) - before, 3); /* each fourth minute, before it ends */
    end(&b);
}

#define CASES(X)                                                                         \
    X(fresh)                                                                             \
    X(down)                                                                              \
    X(brief_sets)                                                                        \
    X(switched_off)

#define TEST(name)                                                                       \
    START_TEST(test_##name)                                                              \
    {                                                                                    \
        testdb_each(name);                                                               \
    }                                                                                    \
    END_TEST
CASES(TEST)

int main(void)
{
    token_setup();
    Suite *s = suite_create("keyset");
    TCase *c = tcase_create("keyset");
    tcase_set_timeout(c, 60);
#define ADD(name) tcase_add_test(c, test_##name);
    CASES(ADD)
    suite_add_tcase(s, c);
    return suite_main(s);
}
