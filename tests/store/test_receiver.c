/* Learning records as they come: keys, batches, conflicts, voids, fates, purge. */
#include "support/suite.h"
#include "support/testdb.h"

#include "base/crypt.h"
#include "store/receiver.h"
#include "store/statement.h"

#include <string.h>

#define ROWS 60

static const struct keyring ring = {.seal = {1, 2, 3}};
static struct receiver key;
static struct str secret;

static void begin(struct testdb *t)
{
    struct err e = {0};
    testdb_sql(
        t, "INSERT INTO registration (registration_id, issuer, client_id, name, "
           "auth_url, token_url, jwks_url, token_aud, state, deployment_policy, "
           "allow_anonymous, admins_are_staff, strict_target, trusted_audiences, "
           "product_family, frame_origins, clock_offset_ms, created_ms, changed_ms) "
           "VALUES (5, 'i', 'c', 'n', 'a', 't', 'j', '', 'active', 'reject', 0, 0, 0, "
           "'[]', '', '[]', 0, 0, 0);\n"
           "INSERT INTO tenant (tenant_id, registration_id, deployment_id, state, "
           "settings, created_ms) VALUES (7, 5, '1', 'active', '{}', 0);\n");
    key = (struct receiver){.tenant_id = 7,
                            .kind = STR("xapi"),
                            .homes = STR("lms.test"),
                            .label = STR("Test")};
    ck_assert_msg(receiver_add(t->db, &t->env, t->a, &key, &secret, &e) == 0, "%s",
                  e.text);
}

static struct statement_in row(struct testdb *t, int i, const char *word)
{
    return (struct statement_in){.key = str_fmt(t->a, "key-%04d", i),
                                 .document = str_fmt(t->a, "{\"%s\":%d}", word, i),
                                 .voids = STR_EMPTY,
                                 .index = (size_t)i};
}

static int add(struct testdb *t, const struct statement_in *rows, size_t n,
               struct statement_batch *b)
{
    struct err e = {0};
    *b = (struct statement_batch){.tenant_id = 7,
                                  .key_id = key.key_id,
                                  .kind = STR("xapi"),
                                  .now_ms = t->now_ms,
                                  .rows = rows,
                                  .n = n};
    int rc = statement_add(t->db, &t->env, t->a, &ring, b, &e);
    ck_assert_msg(rc == 0 || b->conflict, "%s", e.text);
    return rc;
}

static int64_t stored(struct testdb *t)
{
    return testdb_number(t, "SELECT count(*) FROM statement");
}

static void keys(struct testdb *t)
{
    struct err e = {0};
    struct receiver k;
    begin(t);
    ck_assert_int_eq(receiver_find(t->db, t->a, key.key_id, &k, &e), 1);
    ck_assert(k.open && k.registration_id == 5 && str_is(k.homes, "lms.test"));
    ck_assert(receiver_opens(t->a, &k, secret));
    ck_assert(!receiver_opens(t->a, &k, STR("")));
    ck_assert(!receiver_opens(t->a, &k, str_sub(secret, 1, secret.n)));
    ck_assert(!str_eq(k.secret_hash, secret));
    testdb_sql(t, "UPDATE tenant SET state = 'disabled';\n");
    ck_assert_int_eq(receiver_find(t->db, t->a, key.key_id, &k, &e), 1);
    ck_assert(!k.open);
    ck_assert_int_eq(receiver_revoke(t->db, key.key_id, &e), 1);
    ck_assert_int_eq(receiver_revoke(t->db, key.key_id, &e), 0);
    ck_assert_int_eq(receiver_find(t->db, t->a, STR("nobody"), &k, &e), 0);
}

/* Again is the same; another content is a conflict, and then nothing of it is stored. */
static void batches(struct testdb *t)
{
    struct statement_in rows[ROWS];
    struct statement_batch b;
    begin(t);
    for (int i = 0; i < ROWS; i++)
        rows[i] = row(t, i, "a");
    ck_assert_int_eq(add(t, rows, ROWS, &b), 0);
    ck_assert_uint_eq(b.added, ROWS);
    ck_assert_int_eq(add(t, rows, ROWS, &b), 0);
    ck_assert_uint_eq(b.added, 0);
    for (int i = 30; i < ROWS; i++)
        rows[i] = row(t, 100 + i, "a");
    ck_assert_int_eq(add(t, rows, ROWS, &b), 0);
    ck_assert_uint_eq(b.added, 30);
    for (int i = 0; i < ROWS; i++)
        rows[i] = row(t, 200 + i, "a");
    rows[52] = row(t, 7, "b");
    rows[41] = row(t, 8, "b");
    ck_assert_int_ne(add(t, rows, ROWS, &b), 0);
    ck_assert(b.conflict);
    ck_assert_uint_eq(b.conflict_at, 41);
    ck_assert_int_eq(stored(t), 90);
    ck_assert_int_eq(add(t, rows, 0, &b), 0);
}

/* Nothing readable lies in the table. */
static void sealed(struct testdb *t)
{
    struct err e = {0};
    struct statement s;
    struct statement_in one = row(t, 1, "name");
    struct statement_batch b;
    begin(t);
    add(t, &one, 1, &b);
    ck_assert_int_eq(testdb_number(t,
                                   "SELECT count(*) FROM statement WHERE document LIKE "
                                   "'%name%'"),
                     0);
    ck_assert_int_eq(statement_get(t->db, t->a, &ring, 7, one.key, &s, &e), 1);
    ck_assert(str_eq(s.document, one.document) && str_is(s.state, "new"));
    ck_assert_int_eq(statement_get(t->db, t->a, &ring, 8, one.key, &s, &e), 0);
    struct keyring other = {.seal = {9}};
    ck_assert_int_eq(statement_get(t->db, t->a, &other, 7, one.key, &s, &e), -1);
}

static void voided(struct testdb *t)
{
    struct err e = {0};
    struct statement s;
    struct statement_batch b;
    struct statement_in rows[2] = {row(t, 1, "a"), row(t, 2, "void")};
    begin(t);
    rows[1].voids = rows[0].key;
    add(t, rows + 1, 1, &b); /* before what it voids */
    add(t, rows, 1, &b);
    ck_assert_int_eq(statement_get(t->db, t->a, &ring, 7, rows[0].key, &s, &e), 1);
    ck_assert(str_eq(s.voided_by, rows[1].key));
    ck_assert_int_eq(statement_get(t->db, t->a, &ring, 7, rows[1].key, &s, &e), 1);
    ck_assert(str_is(s.kind, "void") && s.voided_by.n == 0);
    testdb_sql(t, "UPDATE statement_void SET key_id = 'another';\n");
    ck_assert_int_eq(statement_get(t->db, t->a, &ring, 7, rows[0].key, &s, &e), 1);
    ck_assert_uint_eq(s.voided_by.n, 0);
}

struct counts {
    int64_t used, waiting, dropped, fresh;
};

static void count_one(void *ctx, struct str state, struct str reason, int64_t n)
{
    struct counts *c = ctx;
    *(str_is(state, "used")      ? &c->used
      : str_is(state, "waiting") ? &c->waiting
      : str_is(state, "dropped") ? &c->dropped
                                 : &c->fresh) += n;
    ck_assert(str_is(state, "used") || str_is(state, "new") || reason.n > 0);
}

static struct counts counts(struct testdb *t)
{
    struct err e = {0};
    struct counts c = {0};
    ck_assert_int_eq(statement_counts(t->db, key.key_id, count_one, &c, &e), 0);
    return c;
}

static void fates(struct testdb *t)
{
    struct err e = {0};
    struct statement_in rows[ROWS];
    struct statement_fate fate[ROWS];
    struct statement *list;
    struct statement_batch b;
    size_t n;
    begin(t);
    for (int i = 0; i < ROWS; i++)
        rows[i] = row(t, i, "a");
    add(t, rows, ROWS, &b);
    ck_assert_int_eq(statement_new(t->db, t->a, &ring, 7, 0, 1000, &list, &n, &e), 0);
    ck_assert_uint_eq(n, ROWS);
    for (size_t i = 0; i < n; i++) {
        ck_assert(i == 0 || list[i].seq > list[i - 1].seq);
        fate[i] = (struct statement_fate){list[i].key, "used", STR_EMPTY, 3, 4};
        if (i % 3 == 1)
            fate[i] = (struct statement_fate){list[i].key, "waiting", STR("nobody"),
                                              i % 2 ? 3 : 0, 0};
        if (i % 3 == 2)
            fate[i] = (struct statement_fate){list[i].key, "dropped", STR("why"), 0, 0};
    }
    ck_assert_msg(statement_settle(t->db, 7, fate, n, &e) == 0, "%s", e.text);
    struct counts c = counts(t);
    ck_assert(c.used == 20 && c.waiting == 20 && c.dropped == 20 && c.fresh == 0);
    ck_assert_int_eq(statement_waiting(t->db, 7, 3, STR("xapi"), &e), 10);
    ck_assert_int_eq(statement_wake(t->db, 7, 9, &e), 10); /* those of no known course */
    ck_assert_int_eq(statement_wake(t->db, 7, 0, &e), 10);
    ck_assert_int_eq(counts(t).fresh, 20);
    ck_assert_int_eq(statement_settle(t->db, 7, fate, n, &e), 0);
    ck_assert_int_eq(counts(t).waiting, 20);
    ck_assert_int_eq(statement_expire(t->db, t->now_ms - 1000, &e), 0);
    ck_assert_int_eq(statement_purge(t->db, t->now_ms - 1000, &e), 0);
    ck_assert_int_eq(statement_expire(t->db, t->now_ms + 1000, &e), 20);
    ck_assert_int_eq(counts(t).dropped, 40);
    ck_assert_int_eq(statement_purge(t->db, t->now_ms + 1000, &e), 60);
    ck_assert_int_eq(stored(t), 0);
}

/* Several processes send the same batch at once: each statement is there once. */
static void same_batch(struct testdb *t, int i)
{
    struct statement_in rows[ROWS];
    struct statement_batch b;
    (void)i;
    for (int k = 0; k < ROWS; k++)
        rows[k] = row(t, k, "a");
    ck_assert_int_eq(add(t, rows, ROWS, &b), 0);
}

static void at_once(struct testdb *t)
{
    begin(t);
    testdb_fork(t, 4, same_batch);
    ck_assert_int_eq(stored(t), ROWS);
}

#define BOTH(name)                                                                       \
    START_TEST(on_both_##name)                                                           \
    {                                                                                    \
        testdb_each(name);                                                               \
    }                                                                                    \
    END_TEST

BOTH(keys)
BOTH(batches)
BOTH(sealed)
BOTH(voided)
BOTH(fates)
BOTH(at_once)

int main(void)
{
    Suite *s = suite_create("receiver");
    TCase *c = tcase_create("receiver");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, on_both_keys);
    tcase_add_test(c, on_both_batches);
    tcase_add_test(c, on_both_sealed);
    tcase_add_test(c, on_both_voided);
    tcase_add_test(c, on_both_fates);
    tcase_add_test(c, on_both_at_once);
    suite_add_tcase(s, c);
    return suite_main(s);
}
