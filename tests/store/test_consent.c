/* Consents under way, where changes of a source begin, the LMS's own ids of people. */
#include "store/consent.h"
#include "store/lmsaccess.h"
#include "store/lmsid.h"
#include "store/source.h"
#include "store/sourcemark.h"
#include "support/learnkit.h"
#include "support/suite.h"

#include <string.h>

static struct keyring keys = {.seal = {1}, .mark = {2}, .csrf = {3}};

static void credential(struct testdb *t, int64_t registration, const char *course)
{
    struct err e = {0};
    struct lmsaccess x = {.registration_id = registration,
                          .tenant_id = 7,
                          .course = str_c(course),
                          .kind = STR("canvas"),
                          .base_url = STR("https://canvas.test")};
    ck_assert_msg(lmsaccess_put(t->db, t->a, &t->env, &keys, &x, &e) == 0, "%s", e.text);
}

struct take {
    struct testdb *t;
    const char *state;
    int64_t now_ms;
    int rc;
    struct consent got;
};

static int take_tx(struct db *db, void *ctx, struct err *e)
{
    struct take *x = ctx;
    x->rc = consent_take(db, x->t->a, str_c(x->state), x->now_ms, &x->got, e);
    return x->rc < 0 ? -1 : 0;
}

static int take(struct testdb *t, const char *state, int64_t now_ms, struct consent *got)
{
    struct take x = {.t = t, .state = state, .now_ms = now_ms};
    struct err e = {0};
    ck_assert_msg(db_tx(t->db, DB_WRITE, take_tx, &x, &e) == 0, "%s", e.text);
    *got = x.got;
    return x.rc;
}

/* Good once, for ten minutes, for one credential; a newer one replaces it. */
static void consent(struct testdb *t)
{
    struct err e = {0};
    struct consent one = {1, 7, STR("")}, two = {1, 7, STR("50")}, none = {2, 7, STR("")},
                   got;
    int64_t now = t->now_ms;
    credential(t, 1, "");
    credential(t, 1, "50");
    ck_assert_int_eq(consent_begin(t->db, t->a, &none, STR("x"), now + 1, &e), 0);
    ck_assert_int_eq(
        consent_begin(t->db, t->a, &one, STR("first"), now + CONSENT_MS, &e), 1);
    ck_assert_int_eq(
        consent_begin(t->db, t->a, &two, STR("other"), now + CONSENT_MS, &e), 1);
    ck_assert_int_eq(
        consent_begin(t->db, t->a, &one, STR("second"), now + CONSENT_MS, &e), 1);
    ck_assert_int_eq(take(t, "first", now, &got), 0);
    ck_assert_int_eq(take(t, "second", now + CONSENT_MS, &got), 0);
    ck_assert_int_eq(take(t, "second", now, &got), 1);
    ck_assert(got.registration_id == 1 && got.tenant_id == 7 && got.course.n == 0);
    ck_assert_int_eq(take(t, "second", now, &got), 0);
    ck_assert_int_eq(take(t, "other", now, &got), 1);
    ck_assert(str_is(got.course, "50"));
    ck_assert_int_eq(take(t, "", now, &got), 0);
}

static void marks(struct testdb *t)
{
    struct err e = {0};
    struct sourcemark m, in = {STR("17"), 5};
    ck_assert_int_eq(sourcemark_get(t->db, t->a, 7, 70, STR("grades"), &m, &e), 0);
    ck_assert(m.since.n == 0 && m.full_ms == 0);
    ck_assert_int_eq(source_ok(t->db, 7, 70, STR("grades"), 5, 1, 0, &e), 0);
    ck_assert_int_eq(sourcemark_put(t->db, 7, 70, STR("grades"), &in, &e), 0);
    ck_assert_int_eq(source_ok(t->db, 7, 70, STR("grades"), 9, 1, 0, &e), 0);
    ck_assert_int_eq(sourcemark_get(t->db, t->a, 7, 70, STR("grades"), &m, &e), 1);
    ck_assert(str_is(m.since, "17") && m.full_ms == 5); /* a reading leaves it alone */
}

/* Who was asked for, found or not, is not asked for again. */
static void ids(struct testdb *t)
{
    struct err e = {0};
    struct learn l;
    struct lmsid *rows;
    size_t n;
    kit_course(t, &l, 3);
    testdb_sql(t, "UPDATE person SET lms_id = NULL");
    ck_assert_int_eq(lmsid_missing(t->db, t->a, KIT_TENANT, KIT_COURSE, &rows, &n, &e),
                     0);
    ck_assert_uint_eq(n, 4);
    ck_assert(rows[0].sub.n > 0 && rows[0].lms_id.n == 0);
    rows[0].lms_id = STR("36");
    rows[1].lms_id = STR_EMPTY;
    ck_assert_int_eq(lmsid_set(t->db, KIT_TENANT, rows, 2, &e), 0);
    ck_assert_int_eq(lmsid_missing(t->db, t->a, KIT_TENANT, KIT_COURSE, &rows, &n, &e),
                     0);
    ck_assert_uint_eq(n, 2);
}

START_TEST(a_state_is_good_once)
{
    testdb_each(consent);
}
END_TEST

START_TEST(where_changes_begin)
{
    testdb_each(marks);
}
END_TEST

START_TEST(who_lacks_an_id)
{
    testdb_each(ids);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("consent");
    TCase *c = tcase_create("consent");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_state_is_good_once);
    tcase_add_test(c, where_changes_begin);
    tcase_add_test(c, who_lacks_an_id);
    suite_add_tcase(s, c);
    return suite_main(s);
}
