/* Access tokens: what platforms answer, and how one token serves everybody (LTI.md 4). */
#include "support/suite.h"
#include "support/svckit.h"

#include <stdlib.h>
#include <string.h>

#define ASKED STR(SCOPE_LINEITEM " " SCOPE_ROSTER_RO)

static struct arena *a;

static void setup(void)
{
    a = arena_new((size_t)16 << 20);
}

static void teardown(void)
{
    arena_free(a);
}

static int read_body(int status, const char *body, struct token *t, struct err *e)
{
    struct http_res r = {.status = status, .body = str_c(body)};
    return token_read(&r, ASKED, 1000000, t, a, e);
}

/* Every answer recorded from Moodle 4.5, errors among them (SVC-3, SVC-4). */
START_TEST(recorded)
{
    static const struct {
        const char *name;
        enum err_code want;
    } table[] = {
        {"token/01-ok-all-scopes", ERR_NONE},
        {"token/02-ok-one-scope", ERR_NONE},
        {"token/03-ok-partly-unknown-scope", ERR_NONE},
        {"token/04-err-only-unknown-scope", ERR_DENIED},
        {"token/05-err-no-scope", ERR_DENIED},
        {"token/06-err-bad-grant", ERR_DENIED},
        {"token/07-err-unknown-client", ERR_DENIED},
        {"token/08-err-wrong-key-same-kid", ERR_DENIED},
        {"token/09-err-unknown-kid", ERR_DENIED}, /* its body is no JSON */
        {"token/10-err-expired-assertion", ERR_DENIED},
        {"token/11-err-iat-in-future", ERR_DENIED},
        {"token/16-err-garbage-assertion", ERR_DENIED},
        {"token/17-err-content-type-json", ERR_DENIED},
        {"token/18-ctype-with-charset", ERR_NONE},
        {"token/22-err-get-method", ERR_DENIED},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct http_res r = svckit_recorded(a, table[i].name);
        struct token t;
        struct err e = {0};
        int rc = token_read(&r, ASKED, 0, &t, a, &e);
        ck_assert_msg((rc == 0) == (table[i].want == ERR_NONE) && e.code == table[i].want,
                      "%s: %d %s", table[i].name, rc, e.text);
        if (rc == 0) {
            ck_assert_uint_eq(t.value.n, 32);
            ck_assert_int_eq(t.expires_ms, (3600 - 60) * 1000);
        }
    }
    struct token t;
    struct http_res r = svckit_recorded(a, "token/03-ok-partly-unknown-scope");
    ck_assert_int_eq(token_read(&r, ASKED, 0, &t, a, NULL), 0);
    ck_assert(!token_covers(t.scope, ASKED)); /* I91 */
    ck_assert(token_covers(t.scope, STR(SCOPE_ROSTER_RO)));
}
END_TEST

START_TEST(i90_answers)
{
    static const struct {
        int status;
        const char *body;
        enum err_code want;
    } table[] = {
        {200, "{\"access_token\":\"t\",\"token_type\":\"bearer\"}", ERR_NONE},
        {201, "{\"access_token\":\"t\",\"token_type\":\"BEARER\"}", ERR_NONE},
        {200, "{\"token_type\":\"Bearer\"}", ERR_INPUT},
        {200, "{\"access_token\":\"\",\"token_type\":\"Bearer\"}", ERR_INPUT},
        {200, "{\"access_token\":5,\"token_type\":\"Bearer\"}", ERR_INPUT},
        {200, "{\"access_token\":\"a\\r\\nb\",\"token_type\":\"Bearer\"}", ERR_INPUT},
        {200, "{\"access_token\":\"a b\",\"token_type\":\"Bearer\"}", ERR_INPUT},
        {200, "{\"access_token\":\"\\u00e9\",\"token_type\":\"Bearer\"}", ERR_INPUT},
        {200, "{\"access_token\":\"t\",\"token_type\":\"mac\"}", ERR_INPUT},
        {200, "{\"access_token\":\"t\"}", ERR_INPUT},
        {200, "[]", ERR_INPUT},
        {200, "<html>", ERR_INPUT},
        {200, "", ERR_INPUT},
        {302, "", ERR_INPUT}, /* I98 */
        {404, "", ERR_INPUT},
        {400, "{\"error\":\"invalid_client\"}", ERR_DENIED},
        {401, "<html>no</html>", ERR_DENIED},
        {403, "{}", ERR_DENIED},
        {429, "", ERR_UNAVAILABLE},
        {502, "<html>", ERR_UNAVAILABLE},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct token t;
        struct err e = {0};
        int rc = read_body(table[i].status, table[i].body, &t, &e);
        ck_assert_msg(e.code == table[i].want && (rc == 0) == (e.code == ERR_NONE),
                      "%d %s: %s", table[i].status, table[i].body, e.text);
    }
    struct token t;
    struct err e = {0};
    read_body(400, "{\"error\":\"x<script>\"}", &t, &e);
    ck_assert_ptr_null(strstr(e.text, "script"));
    read_body(400, "{\"error\":\"invalid_scope\",\"error_description\":\"secret\"}", &t,
              &e);
    ck_assert_ptr_nonnull(strstr(e.text, "invalid_scope"));
    ck_assert_ptr_null(strstr(e.text, "secret"));
}
END_TEST

/* How long a token is used: to 60 s before its end, or half of a short life (V24). */
START_TEST(v24_lives)
{
    static const struct {
        const char *life;
        int64_t seconds; /* -1: refused */
    } table[] = {{"3600", 3540},       {"\"3600\"", 3540}, {"3600.0", 3540},
                 {"\" 3600 \"", 3540}, {"null", 240},      {"60", 30},
                 {"10", 30},           {"1e9", 86340},     {"\"x\"", -1},
                 {"-5", -1},           {"0", -1},          {"[]", -1},
                 {"\"\"", -1},         {"true", -1}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct token t;
        struct str body =
            str_fmt(a,
                    "{\"access_token\":\"t\",\"token_type\":\"Bearer\",\"x\":1,"
                    "\"expires_in\":%s}",
                    table[i].life);
        int rc = read_body(200, body.p, &t, NULL);
        ck_assert_msg((rc == 0) == (table[i].seconds >= 0), "%s", table[i].life);
        if (rc == 0) {
            ck_assert_int_eq(t.expires_ms, 1000000 + table[i].seconds * 1000);
            ck_assert(token_covers(t.scope, ASKED)); /* no scope told: what was asked */
        }
    }
}
END_TEST

START_TEST(scopes)
{
    ck_assert(str_is(token_scopes(a, STR(" b  a b ")), "a b"));
    ck_assert(str_is(token_scopes(a, STR("")), ""));
    ck_assert(token_covers(STR("a b c"), STR("c a")));
    ck_assert(!token_covers(STR("lineitem.readonly"), STR("lineitem")));
    ck_assert(token_covers(STR(""), STR("")));
}
END_TEST

START_TEST(claims)
{
    struct svc_platform p = {.client_id = STR("c"),
                             .token_url = STR("https://m/token"),
                             .deployment_id = STR("3")};
    struct js *c = token_claims(a, &p, STR("j"), 1790000000123);
    int64_t iat, exp;
    ck_assert(str_is(js_text(c, "iss"), "c"));
    ck_assert(str_is(js_text(c, "sub"), "c"));
    ck_assert(str_is(js_text(c, "aud"), "https://m/token"));
    ck_assert(js_i64(js_get(c, "iat"), &iat) && js_i64(js_get(c, "exp"), &exp));
    ck_assert_int_eq(iat, 1789999995); /* Moodle knows no leeway */
    ck_assert_int_eq(exp, iat + 300);
    ck_assert(str_is(
        js_text(c, "https://purl.imsglobal.org/spec/lti/claim/deployment_id"), "3"));
    p.token_aud = STR("https://api.brightspace.com/auth/token");
    p.deployment_id = STR_EMPTY;
    c = token_claims(a, &p, STR("j"), 1790000000123);
    ck_assert(str_eq(js_text(c, "aud"), p.token_aud));
    ck_assert_uint_eq(js_len(c), 6);
}
END_TEST

/* --- the cache --------------------------------------------------------------- */

/* Tokens up to tok-(slot 0) are refused; the answer tells which came. */
static void service(int fd, const struct httpd_req *r, struct httpd_shared *s, void *ctx)
{
    char auth[64];
    (void)ctx;
    httpd_header(r, "authorization", auth, sizeof auth);
    atomic_fetch_add(&s->slot[1], 1);
    int n = strncmp(auth, "Bearer tok-", 11) == 0 ? atoi(auth + 11) : 0;
    httpd_answer(fd, n <= atomic_load(&s->slot[0]) ? 401 : 200, "text/plain", "", auth,
                 strlen(auth));
}

static void cache(struct testdb *t)
{
    struct svckit k;
    struct token x, y;
    svckit_open(&k, t, service);
    ck_assert_int_eq(token_get(&k.svc, &k.platform, ASKED, STR_EMPTY, &x, k.a, &k.e), 0);
    ck_assert(str_is(x.value, "tok-1"));
    /* the same, whatever the order of the scopes */
    ck_assert_int_eq(token_get(&k.svc, &k.platform,
                               STR(SCOPE_ROSTER_RO " " SCOPE_LINEITEM), STR_EMPTY, &y,
                               k.a, &k.e),
                     0);
    ck_assert(str_eq(x.value, y.value));
    ck_assert_int_eq(testdb_number(t,
                                   "SELECT count(*) FROM access_token WHERE sealed LIKE "
                                   "'%tok%'"),
                     0); /* sealed at rest */
    /* another registration, another token */
    struct svc_platform other = k.platform;
    other.registration_id = 8;
    ck_assert_int_eq(token_get(&k.svc, &other, ASKED, STR_EMPTY, &y, k.a, &k.e), 0);
    ck_assert(str_is(y.value, "tok-2"));
    /* renewed a minute before its end */
    t->now_ms += 3541 * 1000;
    ck_assert_int_eq(token_get(&k.svc, &k.platform, ASKED, STR_EMPTY, &y, k.a, &k.e), 0);
    ck_assert(str_is(y.value, "tok-3"));
    /* one that a service refused is replaced; one that was replaced is not again */
    ck_assert_int_eq(token_get(&k.svc, &k.platform, ASKED, y.value, &x, k.a, &k.e), 0);
    ck_assert(str_is(x.value, "tok-4"));
    ck_assert_int_eq(token_get(&k.svc, &k.platform, ASKED, y.value, &x, k.a, &k.e), 0);
    ck_assert(str_is(x.value, "tok-4"));
    ck_assert_int_eq(token_get(&k.svc, &k.platform, STR(" "), STR_EMPTY, &x, k.a, &k.e),
                     -1);
    ck_assert_int_eq(k.e.code, ERR_DENIED);
    svckit_close(&k);
}

START_TEST(one_token_for_all)
{
    testdb_each(cache);
}
END_TEST

static void refused_once(struct testdb *t)
{
    struct svckit k;
    svckit_open(&k, t, service);
    struct http_req req = {.url = svckit_url(&k, "/x")};
    struct http_res res;
    ck_assert_int_eq(token_call(&k.svc, &k.platform, ASKED, &req, &res, k.a, &k.e), 0);
    ck_assert_int_eq(res.status, 200);
    atomic_store(&k.srv.shared->slot[0], 1); /* the platform forgets tok-1 */
    ck_assert_int_eq(token_call(&k.svc, &k.platform, ASKED, &req, &res, k.a, &k.e), 0);
    ck_assert_int_eq(res.status, 200);
    ck_assert(str_is(res.body, "Bearer tok-2"));
    atomic_store(&k.srv.shared->slot[0], 99); /* and now everything */
    int before = atomic_load(&k.srv.shared->slot[1]);
    ck_assert_int_eq(token_call(&k.svc, &k.platform, ASKED, &req, &res, k.a, &k.e), 0);
    ck_assert_int_eq(res.status, 401);
    ck_assert_int_eq(atomic_load(&k.srv.shared->slot[1]), before + 2);
    svckit_close(&k);
}

START_TEST(a_new_token_once)
{
    testdb_each(refused_once);
}
END_TEST

static struct svckit shared_kit;

static void ask_at_once(struct testdb *t, int i)
{
    struct svckit k = shared_kit;
    struct token x;
    struct http_opt opt = {.private_networks = STR("127.0.0.0/8"), .allow_http = true};
    k.svc.db = t->db;
    k.svc.env = &t->env;
    k.svc.http = http_new(&opt, NULL);
    k.svc.holder = str_fmt(k.a, "process %d", i);
    ck_assert_int_eq(token_get(&k.svc, &k.platform, ASKED, STR_EMPTY, &x, k.a, &k.e), 0);
    ck_assert(str_is(x.value, "tok-1"));
    http_free(k.svc.http);
}

/* Five processes need a token at once; one of them asks (SVC-5). */
static void single_flight(struct testdb *t)
{
    svckit_open(&shared_kit, t, service);
    testdb_fork(t, 5, ask_at_once);
    ck_assert_int_eq(atomic_load(&shared_kit.srv.shared->slot[15]), 1);
    svckit_close(&shared_kit);
}

START_TEST(one_asks)
{
    testdb_each(single_flight);
}
END_TEST

/* Statuses of services and what a job may do about them (AGS-8, I93, I98). */
START_TEST(statuses)
{
    static const struct {
        int status;
        enum err_code want;
    } table[] = {{200, ERR_NONE},       {201, ERR_NONE},        {202, ERR_NONE},
                 {204, ERR_NONE},       {301, ERR_INPUT},       {302, ERR_INPUT},
                 {400, ERR_INPUT},      {401, ERR_DENIED},      {403, ERR_DENIED},
                 {404, ERR_NOTFOUND},   {405, ERR_INPUT},       {408, ERR_UNAVAILABLE},
                 {409, ERR_CONFLICT},   {410, ERR_NOTFOUND},    {412, ERR_INPUT},
                 {422, ERR_INPUT},      {429, ERR_UNAVAILABLE}, {500, ERR_UNAVAILABLE},
                 {503, ERR_UNAVAILABLE}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct http_res r = {.status = table[i].status};
        struct err e = {0};
        token_check(&r, "x", &e);
        ck_assert_int_eq(e.code, table[i].want);
    }
    struct http_res r = {.status = 403,
                         .body = STR("403 Forbidden (Rate Limit Exceeded)\n")};
    struct err e = {0};
    token_check(&r, "x", &e);
    ck_assert_int_eq(e.code, ERR_UNAVAILABLE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("access_token");
    TCase *t = tcase_create("access_token");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, recorded);
    tcase_add_test(t, i90_answers);
    tcase_add_test(t, v24_lives);
    tcase_add_test(t, scopes);
    tcase_add_test(t, claims);
    tcase_add_test(t, one_token_for_all);
    tcase_add_test(t, a_new_token_once);
    tcase_add_test(t, one_asks);
    tcase_add_test(t, statuses);
    suite_add_tcase(s, t);
    return suite_main(s);
}
