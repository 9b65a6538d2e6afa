/* Platform keys through the database: when they are fetched, by whom, and for how long
 * they are good (TOK-7, JWKS-5, I35, I84, I85, I89). */
#include "jose/jwks.h"
#include "store/keys.h"
#include "store/lease.h"
#include "support/suite.h"
#include "support/testdb.h"
#include "support/token.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#define REG 7
#define URL "https://lms.example.edu/jwks"
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

/* A platform: what its key address answers, and how often it was asked. */
struct platform {
    const char *kid[2]; /* NULL: that key is not published */
    int64_t max_age_s;
    bool down;
    int budget_ms;     /* of the last call */
    atomic_int *asked; /* shared between processes */
    void (*meanwhile)(struct platform *p);
    int slow_ms;
    struct testdb *t;
    enum jwks_result seen;
};

static struct platform p;
static struct jwks *j;

static int fetch(void *ctx, struct str url, int budget_ms, struct arena *a,
                 struct jwks_answer *out, struct err *e)
{
    struct platform *x = ctx;
    ck_assert(str_is(url, URL)); /* JWKS-6 */
    atomic_fetch_add(x->asked, 1);
    x->budget_ms = budget_ms;
    if (x->meanwhile != NULL)
        x->meanwhile(x);
    if (x->slow_ms > 0)
        nanosleep(&(struct timespec){.tv_nsec = x->slow_ms * 1000000L}, NULL);
    if (x->down)
        return err_set(e, ERR_UNAVAILABLE, "no answer");
    struct buf b;
    buf_init(&b, a, 2048);
    buf_c(&b, "{\"keys\":[{\"kty\":\"EC\"}");
    for (int i = 0; i < 2; i++)
        if (x->kid[i] != NULL) {
            buf_char(&b, ',');
            buf_str(&b, token_jwk(a, (enum token_key)i, x->kid[i]));
        }
    buf_c(&b, "]}");
    *out = (struct jwks_answer){buf_view(&b), x->max_age_s};
    return 0;
}

static void begin(struct testdb *t)
{
    static atomic_int *shared; /* outlives the processes that testdb_fork makes */
    if (shared == NULL)
        shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    atomic_store(shared, 0);
    p = (struct platform){.kid = {"k1"}, .max_age_s = -1, .asked = shared, .t = t};
    j = jwks_new(fetch, &p);
}

static enum jwks_result ask_with(struct jwks *cache, struct testdb *t, const char *kid)
{
    struct jwks_query q = {REG, STR(URL), str_c(kid)};
    struct jwks_found found;
    struct err e = {.code = ERR_NONE};
    enum jwks_result r = jwks_find(cache, t->db, &t->env, t->a, &q, &found, &e);
    ck_assert_msg((r == JWKS_FOUND) == (found.n > 0), "%d %zu", r, found.n);
    if (r == JWKS_DOWN)
        ck_assert_int_ne(e.code, ERR_NONE);
    return r;
}

static enum jwks_result ask(struct testdb *t, const char *kid)
{
    return ask_with(j, t, kid);
}

static int asked(void)
{
    return atomic_load(p.asked);
}

/* A miss fetches; then memory answers without the database, and another process's memory
 * with one statement. */
static void costs(struct testdb *t)
{
    begin(t);
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    ck_assert_int_eq(asked(), 1);
    ck_assert_int_eq(p.budget_ms, 2000);
    int64_t before = db_count(t->db);
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    ck_assert_int_eq(db_count(t->db) - before, 0);
    struct jwks *other = jwks_new(fetch, &p);
    before = db_count(t->db);
    ck_assert_int_eq(ask_with(other, t, "k1"), JWKS_FOUND);
    ck_assert_int_eq(db_count(t->db) - before, 1);
    ck_assert_int_eq(asked(), 1);
    jwks_free(other);
    jwks_free(j);
}

/* I35, I89: a thousand odd kids are one fetch in 30 seconds. */
static void unknown_kids(struct testdb *t)
{
    begin(t);
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    t->now_ms += 31000;
    for (int i = 0; i < 50; i++)
        ck_assert_int_eq(ask(t, "' OR 1=1 --"), JWKS_UNKNOWN);
    ck_assert_int_eq(asked(), 2);
    t->now_ms += 29999;
    ck_assert_int_eq(ask(t, "x"), JWKS_UNKNOWN);
    ck_assert_int_eq(asked(), 2);
    t->now_ms += 1;
    ck_assert_int_eq(ask(t, "x"), JWKS_UNKNOWN);
    ck_assert_int_eq(asked(), 3);
    jwks_free(j);
}

/* A platform that rotates: the new kid is fetched at once, the old one ends with its set.
 */
static void rotation(struct testdb *t)
{
    begin(t);
    p.max_age_s = 3600;
    struct jwks *other = jwks_new(fetch, &p);
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    ck_assert_int_eq(ask_with(other, t, "k1"), JWKS_FOUND);
    p.kid[0] = NULL;
    p.kid[1] = "k2";
    t->now_ms += MINUTE;
    ck_assert_int_eq(ask(t, "k2"), JWKS_FOUND);
    ck_assert_int_eq(asked(), 2);
    ck_assert_int_eq(ask(t, "k1"), JWKS_UNKNOWN); /* in this process at once */
    t->now_ms += HOUR - MINUTE - 1;
    ck_assert_int_eq(ask_with(other, t, "k1"),
                     JWKS_FOUND); /* elsewhere until it expires */
    t->now_ms += 1;
    ck_assert_int_eq(ask_with(other, t, "k1"), JWKS_UNKNOWN);
    jwks_free(other);
    jwks_free(j);
}

/* JWKS-5: max-age between 5 minutes and 24 hours, 1 hour when not given. */
static void ages(struct testdb *t)
{
    static const struct {
        int64_t max_age_s, life_ms;
    } rows[] = {{-1, HOUR}, {0, 5 * MINUTE}, {7200, 2 * HOUR}, {INT64_MAX, 24 * HOUR}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(t);
        p.max_age_s = rows[i].max_age_s;
        struct err e;
        ck_assert_int_eq(jwks_refresh(j, t->db, &t->env, t->a, REG, STR(URL), NULL, &e),
                         0);
        t->now_ms += rows[i].life_ms - 1;
        ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
        ck_assert_int_eq(asked(), 1);
        t->now_ms += 1;
        ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
        ck_assert_int_eq(asked(), 2);
        t->now_ms += MINUTE;
        jwks_free(j);
    }
}

/* I85: a platform that cannot be reached is forgiven for a day, for keys we have. */
static void stale(struct testdb *t)
{
    begin(t);
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    p.down = true;
    t->now_ms += HOUR;
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    ck_assert_int_eq(asked(), 2);
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND); /* without asking again */
    ck_assert_int_eq(ask(t, "k2"), JWKS_DOWN);  /* nobody knows whether it exists */
    ck_assert_int_eq(asked(), 2);
    t->now_ms += 24 * HOUR - 1;
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    ck_assert_int_eq(asked(), 3);
    t->now_ms += 1;
    ck_assert_int_eq(ask(t, "k1"), JWKS_DOWN);
    p.down = false;
    t->now_ms += 30000;
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    jwks_free(j);
}

/* I84, I86: nothing cached, nothing to be had; asked again after 30 seconds. */
static void down(struct testdb *t)
{
    begin(t);
    p.down = true;
    ck_assert_int_eq(ask(t, "k1"), JWKS_DOWN);
    ck_assert_int_eq(ask(t, "k1"), JWKS_DOWN);
    ck_assert_int_eq(asked(), 1);
    p.down = false;
    t->now_ms += 30000;
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    ck_assert_int_eq(asked(), 2);
    jwks_free(j);
}

static void second_process(struct platform *x)
{
    x->meanwhile = NULL;
    struct jwks *other = jwks_new(fetch, x);
    x->seen = ask_with(other, x->t, "k1");
    jwks_free(other);
}

/* TOK-7: while one fetches, others are told to come back; those who have a key go on. */
static void one_at_a_time(struct testdb *t)
{
    begin(t);
    p.meanwhile = second_process;
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    ck_assert_int_eq(p.seen, JWKS_BUSY);
    ck_assert_int_eq(asked(), 1);
    t->now_ms += HOUR;
    p.meanwhile = second_process;
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    ck_assert_int_eq(p.seen, JWKS_FOUND);
    ck_assert_int_eq(asked(), 2);
    jwks_free(j);
}

/* A process that died while fetching blocks the others for seconds only. */
static void dead_holder(struct testdb *t)
{
    begin(t);
    struct err e;
    ck_assert_int_eq(
        lease_take(t->db, STR("jwks:7"), STR("dead"), t->now_ms, t->now_ms + 10000, &e),
        1);
    ck_assert_int_eq(ask(t, "k1"), JWKS_BUSY);
    ck_assert_int_eq(jwks_refresh(j, t->db, &t->env, t->a, REG, STR(URL), NULL, &e), -1);
    ck_assert_int_eq(e.code, ERR_BUSY);
    t->now_ms += 10000;
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    jwks_free(j);
}

static void launch(struct testdb *t, int i)
{
    (void)i;
    struct jwks *mine = jwks_new(fetch, &p);
    enum jwks_result r = ask_with(mine, t, "k1");
    jwks_free(mine);
    ck_assert(r == JWKS_FOUND || r == JWKS_BUSY);
}

/* Many processes at one moment: one fetch. */
static void stampede(struct testdb *t)
{
    begin(t);
    p.slow_ms = 300;
    testdb_fork(t, 8, launch);
    ck_assert_int_eq(asked(), 1);
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    ck_assert_int_eq(asked(), 1);
    jwks_free(j);
}

/* JWKS-4: keys that share a kid are all tried. V33: registrations do not share keys. */
static void shared_kid(struct testdb *t)
{
    begin(t);
    p.kid[1] = "k1";
    struct jwks_query q = {REG, STR(URL), STR("k1")};
    struct jwks_found found;
    struct err e;
    ck_assert_int_eq(jwks_find(j, t->db, &t->env, t->a, &q, &found, &e), JWKS_FOUND);
    ck_assert_uint_eq(found.n, 2);
    struct keys_set standing;
    struct keys_row rows[1];
    ck_assert_int_eq(keys_find(t->db, t->a, REG, STR("k1"), &standing, rows, 1, &e), 1);
    ck_assert(standing.known && !standing.failed && standing.fetched_ms == t->now_ms);
    ck_assert_int_eq(keys_find(t->db, t->a, REG + 1, STR("k1"), &standing, rows, 1, &e),
                     0);
    ck_assert(!standing.known);
    jwks_free(j);
}

/* C-8: launches of all platforms together take turns, or slow platforms held every
 * worker. */
static void turns(struct testdb *t)
{
    begin(t);
    struct jwks_query q = {REG, STR(URL), STR("k1"), .waits = 2};
    struct jwks_found found;
    struct err e = {.code = ERR_NONE};
    struct str other = STR("other");
    int64_t until_ms = t->now_ms + 5000;
    for (int i = 0; i < 2; i++) {
        struct str name = str_fmt(t->a, "jwks.turn:%d", i);
        ck_assert_int_eq(lease_take(t->db, name, other, t->now_ms, until_ms, &e), 1);
    }
    ck_assert_int_eq(jwks_find(j, t->db, &t->env, t->a, &q, &found, &e), JWKS_BUSY);
    ck_assert_int_eq(asked(), 0);
    ck_assert_int_eq(lease_drop(t->db, STR("jwks.turn:1"), other, &e), 0);
    ck_assert_int_eq(jwks_find(j, t->db, &t->env, t->a, &q, &found, &e), JWKS_FOUND);
    ck_assert_int_eq(asked(), 1);
    ck_assert_int_eq( /* given back */
        lease_take(t->db, STR("jwks.turn:1"), other, t->now_ms, until_ms, &e), 1);
    q.registration_id = REG + 1; /* a dead process's turn comes back by itself */
    ck_assert_int_eq(jwks_find(j, t->db, &t->env, t->a, &q, &found, &e), JWKS_BUSY);
    t->now_ms = until_ms;
    ck_assert_int_eq(jwks_find(j, t->db, &t->env, t->a, &q, &found, &e), JWKS_FOUND);
    jwks_free(j);
}

/* A job's fetch has more time than a person's, and counts the keys. */
static void refresh(struct testdb *t)
{
    begin(t);
    size_t n = 0;
    struct err e;
    ck_assert_int_eq(jwks_refresh(j, t->db, &t->env, t->a, REG, STR(URL), &n, &e), 0);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(p.budget_ms, 8000);
    p.down = true;
    ck_assert_int_eq(jwks_refresh(j, t->db, &t->env, t->a, REG, STR(URL), &n, &e), -1);
    ck_assert_int_eq(e.code, ERR_UNAVAILABLE);
    ck_assert_int_eq(ask(t, "k1"), JWKS_FOUND);
    jwks_free(j);
}

static void leases(struct testdb *t)
{
    struct err e;
    struct str name = STR("work"), one = STR("one"), two = STR("two");
    ck_assert_int_eq(lease_take(t->db, name, one, 100, 200, &e), 1);
    ck_assert_int_eq(lease_take(t->db, name, two, 199, 300, &e), 0);
    ck_assert_int_eq(lease_take(t->db, name, one, 150, 250, &e), 1); /* longer */
    ck_assert_int_eq(lease_take(t->db, name, two, 249, 300, &e), 0);
    ck_assert_int_eq(lease_drop(t->db, name, two, &e), 0); /* not two's to give */
    ck_assert_int_eq(lease_take(t->db, name, two, 249, 300, &e), 0);
    ck_assert_int_eq(lease_take(t->db, name, two, 250, 300, &e), 1);
    ck_assert_int_eq(lease_drop(t->db, name, two, &e), 0);
    ck_assert_int_eq(lease_take(t->db, name, one, 251, 300, &e), 1);
}

#define CASES(X)                                                                         \
    X(turns)                                                                             \
    X(costs)                                                                             \
    X(unknown_kids)                                                                      \
    X(rotation)                                                                          \
    X(ages)                                                                              \
    X(stale)                                                                             \
    X(down)                                                                              \
    X(one_at_a_time)                                                                     \
    X(dead_holder)                                                                       \
    X(stampede)                                                                          \
    X(shared_kid)                                                                        \
    X(refresh)                                                                           \
    X(leases)

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
    Suite *s = suite_create("keys");
    TCase *c = tcase_create("keys");
    tcase_set_timeout(c, 60);
#define ADD(name) tcase_add_test(c, test_##name);
    CASES(ADD)
    suite_add_tcase(s, c);
    return suite_main(s);
}
