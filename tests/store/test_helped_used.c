/* A model of what helped similar learners, in force: it is read with the course, moves
 * the next steps, and a replay is given the same. */
#include "support/learnkit.h"
#include "support/suite.h"

#include "engine/transit.h"
#include "learn/model.h"
#include "learn/recompute.h"
#include "store/fitted.h"
#include "store/mapstore.h"

#define PEOPLE TRANSIT_PEOPLE_MIN

/* After A all learners went on to E. Codes A to E of the kit are items 0 to 4. */
static struct str crowd(struct arena *a)
{
    static const struct str codes[] = {{"A", 1}, {"B", 1}, {"C", 1}, {"D", 1}, {"E", 1}};
    size_t *from = ARENA_ARRAY(a, size_t, PEOPLE + 1);
    int32_t *items = ARENA_ARRAY(a, int32_t, 3 * PEOPLE);
    for (size_t p = 0; p < PEOPLE; p++) {
        from[p + 1] = 3 * (p + 1);
        items[3 * p] = 0;
        items[3 * p + 1] = 4;
        items[3 * p + 2] = 1;
    }
    struct transit_rows rows = {
        .item_n = 5, .person_n = PEOPLE, .from = from, .items = items};
    struct transit_model *m = ARENA_NEW(a, struct transit_model);
    transit_fit(a, &rows, m);
    return transit_write(a, m, codes);
}

static void use(struct testdb *t, struct learn *l, struct str document)
{
    struct err e = {0};
    struct map_row map;
    ck_assert_int_eq(mapstore_current(t->db, t->a, KIT_TENANT, KIT_COURSE, &map, &e), 1);
    struct fitted_model m = {.model_id = env_id(&t->env),
                             .map_code = map.map_code,
                             .kind = FITTED_TRANSIT,
                             .document = document,
                             .figures = STR("{}"),
                             .passed = true,
                             .persons = PEOPLE,
                             .created_ms = t->now_ms};
    kit_must(fitted_add(t->db, KIT_TENANT, &m, &e), &e);
    struct fitted_set s = {.set_id = env_id(&t->env),
                           .map_code = map.map_code,
                           .ids = {[FITTED_TRANSIT] = m.model_id},
                           .by_whom = STR("fit"),
                           .created_ms = t->now_ms};
    kit_must(fitted_set_add(t->db, KIT_TENANT, &s, &e), &e);
    kit_must(fitted_use(t->db, KIT_TENANT, KIT_COURSE, s.set_id, &e), &e);
    kit_must(recompute_enqueue(l, &e), &e);
}

/* 1000 x the score of the next step on E. */
static int64_t score(struct testdb *t)
{
    return testdb_number(t, "SELECT CAST(1000 * max(score) AS BIGINT) FROM state_next "
                            "WHERE skill_code = 'E'");
}

static void moved(struct testdb *t)
{
    struct learn l;
    struct err e = {0};
    struct model m;
    kit_course(t, &l, 1);
    kit_publish(&l);
    struct evidence_in rows[3];
    for (int i = 0; i < 3; i++) {
        rows[i] = kit_answer(&l, KIT_PERSON, "A",
                             i == 0   ? "1"
                             : i == 1 ? "2"
                                      : "3",
                             1, t->now_ms - (4 - i) * KIT_DAY);
        rows[i].item = STR_EMPTY;
        rows[i].kind = EVIDENCE_ATTEMPT;
    }
    kit_take(&l, rows, 3);
    int64_t before = score(t);
    use(t, &l, crowd(t->a));
    kit_jobs(&l);
    kit_must(model_load(&l, &m, &e), &e);
    ck_assert_ptr_nonnull(m.fitted.transit);
    ck_assert_int_eq(m.fitted.transit->person_n, PEOPLE);
    ck_assert_msg(score(t) >= before + 140, "%d %d", (int)before, (int)score(t));
    kit_replay(&l);
    /* What cannot be read is said, not passed over. */
    use(t, &l, STR("no model"));
    ck_assert_int_eq(model_load(&l, &m, &e), -1);
    ck_assert_int_eq(e.code, ERR_INPUT);
}

START_TEST(what_others_did_moves_the_next_steps)
{
    testdb_each(moved);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("helped_used");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, what_others_did_moves_the_next_steps);
    suite_add_tcase(s, c);
    return suite_main(s);
}
