/* Fitted models: kept as they were, put in force as sets, named by every run. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "learn/model.h"
#include "learn/recompute.h"
#include "learn/replay.h"
#include "store/fitted.h"
#include "store/mapstore.h"

static int64_t put_model(struct testdb *t, enum fitted_kind kind, const char *document)
{
    struct err e = {0};
    struct fitted_model m = {.model_id = env_id(&t->env),
                             .map_code = STR("kit"),
                             .kind = kind,
                             .document = str_c(document),
                             .figures = STR("{\"auc\":0.7}"),
                             .passed = true,
                             .rows = 12,
                             .persons = 3,
                             .created_ms = t->now_ms};
    kit_must(fitted_add(t->db, KIT_TENANT, &m, &e), &e);
    return m.model_id;
}

static int64_t put_set(struct testdb *t, const char *map_code, int64_t bkt, int64_t lkt)
{
    struct err e = {0};
    struct fitted_set s = {.set_id = env_id(&t->env),
                           .map_code = str_c(map_code),
                           .ids = {[FITTED_BKT] = bkt, [FITTED_LKT] = lkt},
                           .by_whom = STR("fit"),
                           .created_ms = t->now_ms};
    kit_must(fitted_set_add(t->db, KIT_TENANT, &s, &e), &e);
    return s.set_id;
}

static void kept(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct fitted_model one, *rows, of_set[FITTED_KINDS];
    struct fitted_set set;
    size_t n;
    kit_course(t, &l, 1);
    int64_t bkt = put_model(t, FITTED_BKT, "first");
    t->now_ms += 1000;
    int64_t lkt = put_model(t, FITTED_LKT, "second");
    kit_must(fitted_list(t->db, t->a, KIT_TENANT, STR("kit"), 9, &rows, &n, &e), &e);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_eq(rows[0].model_id, lkt);
    ck_assert_uint_eq(rows[0].document.n, 0);
    kit_must(fitted_list(t->db, t->a, KIT_TENANT, STR("kit"), 1, &rows, &n, &e), &e);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(fitted_get(t->db, t->a, KIT_TENANT, bkt, &one, &e), 1);
    ck_assert(str_is(one.document, "first") && one.kind == FITTED_BKT && one.passed);
    ck_assert_int_eq(one.rows, 12);
    ck_assert_int_eq(fitted_get(t->db, t->a, KIT_TENANT + 1, bkt, &one, &e), 0);
    ck_assert_int_eq(fitted_set_last(t->db, t->a, KIT_TENANT, STR("kit"), &set, &e), 0);
    put_set(t, "kit", bkt, 0);
    int64_t both = put_set(t, "kit", bkt, lkt);
    put_set(t, "another map", 0, lkt);
    ck_assert_int_eq(fitted_set_last(t->db, t->a, KIT_TENANT, STR("kit"), &set, &e), 1);
    ck_assert_int_eq(set.set_id, both);
    kit_must(fitted_of_set(t->db, t->a, KIT_TENANT, both, of_set, &e), &e);
    ck_assert_int_eq(of_set[FITTED_BKT].model_id, bkt);
    ck_assert(str_is(of_set[FITTED_LKT].document, "second"));
    ck_assert_int_eq(of_set[FITTED_TRANSIT].model_id, 0);
}

START_TEST(models_are_kept_and_found)
{
    testdb_each(kept);
}
END_TEST

static int64_t runs_with(struct testdb *t, int64_t set)
{
    return testdb_number(t, str_fmt(t->a,
                                    "SELECT count(*) FROM state_run WHERE models_id = "
                                    "%lld",
                                    (long long)set)
                                .p);
}

static void in_force(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct map_row map;
    int64_t *courses;
    size_t n;
    kit_course(t, &l, 3);
    kit_publish(&l);
    ck_assert_int_eq(mapstore_current(t->db, t->a, KIT_TENANT, KIT_COURSE, &map, &e), 1);
    ck_assert_int_eq(runs_with(t, 0), 3);
    int64_t set = put_set(t, map.map_code.p, 0, 0);
    kit_must(fitted_courses(t->db, t->a, KIT_TENANT, map.map_code, set, &courses, &n, &e),
             &e);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(courses[0], KIT_COURSE);
    /* Whoever loaded the course before works with it no more. */
    struct model old;
    kit_must(model_load(&l, &old, &e), &e);
    kit_must(fitted_use(t->db, KIT_TENANT, KIT_COURSE, set, &e), &e);
    ck_assert_int_eq(intake_again(&l, &old, KIT_PERSON, &e), -1);
    ck_assert_int_eq(e.code, ERR_CONFLICT);
    err_clear(&e);
    kit_must(recompute_enqueue(&l, &e), &e);
    kit_jobs(&l);
    ck_assert_int_eq(runs_with(t, set), 3);
    kit_must(fitted_courses(t->db, t->a, KIT_TENANT, map.map_code, set, &courses, &n, &e),
             &e);
    ck_assert_uint_eq(n, 0);
    kit_replay(&l);
    /* A map that is put in force brings its own set along, or none. */
    kit_must(mapstore_put_in_force(t->db, KIT_TENANT, KIT_COURSE, map.map_id, &e), &e);
    ck_assert_int_eq(testdb_number(t, "SELECT models_id FROM course"), set);
    testdb_sql(t, "DELETE FROM fitted_set;\n");
    kit_must(mapstore_put_in_force(t->db, KIT_TENANT, KIT_COURSE, map.map_id, &e), &e);
    ck_assert_int_eq(testdb_number(t, "SELECT models_id FROM course"), 0);
}

START_TEST(a_run_names_its_models)
{
    testdb_each(in_force);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fitted");
    TCase *c = tcase_create("fitted");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, models_are_kept_and_found);
    tcase_add_test(c, a_run_names_its_models);
    suite_add_tcase(s, c);
    return suite_main(s);
}
