/* Credentials for an LMS's own API: the narrowest is used, sealed for its place. */
#include "store/lmsaccess.h"
#include "store/syncvisit.h"
#include "support/suite.h"
#include "support/testdb.h"

#include <string.h>

static struct keyring keys;
static struct err e;

static void put(struct testdb *t, int64_t tenant, const char *course, const char *token)
{
    struct lmsaccess in = {.registration_id = 7,
                           .tenant_id = tenant,
                           .course = str_c(course),
                           .kind = STR("moodle"),
                           .base_url = STR("https://moodle.example.edu"),
                           .token = str_c(token),
                           .probed = STR("{}")};
    ck_assert_int_eq(lmsaccess_put(t->db, t->a, &t->env, &keys, &in, &e), 0);
}

static struct str find(struct testdb *t, int64_t tenant, const char *course)
{
    struct lmsaccess out;
    int rc = lmsaccess_find(t->db, t->a, &keys, 7, tenant, str_c(course), &out, &e);
    ck_assert_msg(rc >= 0, "%s", e.text);
    return rc == 1 ? out.token : STR("none");
}

static void narrowest(struct testdb *t)
{
    ck_assert(str_is(find(t, 1, "3"), "none"));
    put(t, 0, "", "site");
    put(t, 1, "", "deployment");
    put(t, 1, "3", "course");
    put(t, 0, "4", "course of any deployment");
    ck_assert(str_is(find(t, 1, "3"), "course"));
    ck_assert(str_is(find(t, 1, "5"), "deployment"));
    ck_assert(str_is(find(t, 1, ""), "deployment"));
    ck_assert(str_is(find(t, 2, "3"), "site")); /* another school's course 3 */
    ck_assert(str_is(find(t, 2, "4"), "course of any deployment"));
    struct lmsaccess *rows;
    size_t n;
    ck_assert_int_eq(lmsaccess_list(t->db, t->a, 7, &rows, &n, &e), 0);
    ck_assert_uint_eq(n, 4);
    for (size_t i = 0; i < n; i++)
        ck_assert_uint_eq(rows[i].token.n, 0); /* a list shows no secret */
    ck_assert_int_eq(lmsaccess_remove(t->db, 7, 1, STR("3"), &e), 1);
    ck_assert_int_eq(lmsaccess_remove(t->db, 7, 1, STR("3"), &e), 0);
    ck_assert(str_is(find(t, 1, "3"), "deployment"));
    ck_assert_int_eq(lmsaccess_list(t->db, t->a, 8, &rows, &n, &e), 0);
    ck_assert_uint_eq(n, 0);
}

/* A list without secrets says the same as lmsaccess_find. */
static void narrowest_of_a_list(struct testdb *t)
{
    static const struct {
        int64_t tenant;
        const char *course;
        const char *token;
    } cases[] = {
        {1, "3", "d"}, {1, "4", "b"}, {1, "5", "c"}, {2, "4", "b"}, {2, "5", "a"}};
    struct lmsaccess *rows;
    size_t n;
    ck_assert_ptr_null(lmsaccess_narrowest(NULL, 0, 1, STR("3")));
    put(t, 0, "", "a");
    put(t, 0, "4", "b");
    put(t, 1, "", "c");
    put(t, 1, "3", "d");
    put(t, 3, "9", "of another school");
    ck_assert_int_eq(lmsaccess_list(t->db, t->a, 7, &rows, &n, &e), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct lmsaccess *x =
            lmsaccess_narrowest(rows, n, cases[i].tenant, str_c(cases[i].course));
        struct lmsaccess same;
        ck_assert_ptr_nonnull(x);
        ck_assert_int_eq(
            lmsaccess_get(t->db, t->a, &keys, 7, x->tenant_id, x->course, &same, &e), 1);
        ck_assert_msg(str_is(same.token, cases[i].token), "case %zu", i);
        ck_assert(str_is(find(t, cases[i].tenant, cases[i].course), cases[i].token));
    }
}

/* Who came back since they were read; each once, in order, however often it is told. */
static void visits(struct testdb *t)
{
    const struct syncvisit told[] = {{STR("36"), 100}, {STR("37"), 200}, {STR("5"), 50}};
    const struct syncvisit older = {STR("36"), 90}, newer = {STR("36"), 300};
    struct syncvisit *rows;
    struct map *known;
    size_t n;
    ck_assert_int_eq(syncvisit_tell(t->db, 1, 3, told, 3, &e), 0);
    ck_assert_int_eq(syncvisit_tell(t->db, 1, 3, &older, 1, &e), 0);
    ck_assert_int_eq(syncvisit_count(t->db, 1, 3, &e), 3);
    ck_assert_int_eq(syncvisit_due(t->db, t->a, 1, 3, STR_EMPTY, 2, &rows, &n, &e), 0);
    ck_assert_uint_eq(n, 2);
    ck_assert(str_is(rows[0].sub, "36") && rows[0].told_ms == 100);
    ck_assert_int_eq(syncvisit_done(t->db, 1, 3, rows, n, &e), 0);
    ck_assert_int_eq(syncvisit_due(t->db, t->a, 1, 3, STR("37"), 2, &rows, &n, &e), 0);
    ck_assert_uint_eq(n, 1);
    ck_assert(str_is(rows[0].sub, "5"));
    ck_assert_int_eq(syncvisit_tell(t->db, 1, 3, &newer, 1, &e), 0);
    ck_assert_int_eq(syncvisit_count(t->db, 1, 3, &e), 2);
    ck_assert_int_eq(syncvisit_count(t->db, 1, 4, &e), 0); /* another course */
    ck_assert_int_eq(syncvisit_told(t->db, t->a, 1, 3, &known, &e), 0);
    ck_assert_uint_eq(map_len(known), 3);
    ck_assert_int_eq(*(int64_t *)map_get(known, STR("36")), 300);
}

/* A row that somebody copied to another place opens nothing, and nothing is in clear. */
static void sealed(struct testdb *t)
{
    struct lmsaccess out;
    put(t, 1, "", "a secret");
    ck_assert_int_eq(testdb_number(t, "SELECT count(*) FROM lms_credential "
                                      "WHERE token_sealed LIKE '%secret%'"),
                     0);
    testdb_sql(t, "UPDATE lms_credential SET tenant_id = 2");
    ck_assert_int_eq(lmsaccess_get(t->db, t->a, &keys, 7, 2, STR_EMPTY, &out, &e), -1);
    ck_assert_int_eq(e.code, ERR_INPUT);
    e = (struct err){0};
}

static void kept(struct testdb *t)
{
    struct lmsaccess in = {.registration_id = 7,
                           .kind = STR("canvas"),
                           .base_url = STR("https://canvas.example.edu"),
                           .refresh = STR("again"),
                           .client_id = STR("10000000001"),
                           .client_secret = STR("developer key"),
                           .probed = STR("{}")},
                     out;
    ck_assert_int_eq(lmsaccess_put(t->db, t->a, &t->env, &keys, &in, &e), 0);
    in.probed = STR("{\"functions\":[]}");
    in.probed_ms = t->now_ms;
    in.error = STR("not today");
    ck_assert_int_eq(lmsaccess_probed(t->db, &in, &e), 0);
    ck_assert_int_eq(lmsaccess_get(t->db, t->a, &keys, 7, 0, STR_EMPTY, &out, &e), 1);
    ck_assert_uint_eq(out.token.n, 0);
    ck_assert(str_is(out.refresh, "again"));
    ck_assert(str_is(out.client_secret, "developer key"));
    ck_assert(str_is(out.error, "not today"));
    ck_assert_int_eq(out.probed_ms, t->now_ms);
    ck_assert_int_eq(lmsaccess_doubt(t->db, &out, &e), 0);
    ck_assert_int_eq(lmsaccess_get(t->db, t->a, &keys, 7, 0, STR_EMPTY, &out, &e), 1);
    ck_assert_int_eq(out.probed_ms, 0);
    ck_assert(str_is(out.probed, "{\"functions\":[]}"));
}

#define CASES(X)                                                                         \
    X(narrowest)                                                                         \
    X(narrowest_of_a_list)                                                               \
    X(visits)                                                                            \
    X(sealed)                                                                            \
    X(kept)

#define TEST(name)                                                                       \
    START_TEST(test_##name)                                                              \
    {                                                                                    \
        testdb_each(name);                                                               \
    }                                                                                    \
    END_TEST
CASES(TEST)

int main(void)
{
    memset(&keys, 7, sizeof keys);
    Suite *s = suite_create("lmsaccess");
    TCase *c = tcase_create("lmsaccess");
    tcase_set_timeout(c, 60);
#define ADD(name) tcase_add_test(c, test_##name);
    CASES(ADD)
    suite_add_tcase(s, c);
    return suite_main(s);
}
